import type { Checks } from './checks.ts';
import type { Target } from './target.ts';

/** One program or set of claims that is run against the server. */
export interface Suite {
  readonly name: string;
  /** One sentence for the list of suites. */
  readonly about: string;
  readonly limitSeconds: number;
  /** The programs it starts, each with the Debian packages that bring it. */
  readonly programs?: readonly Program[];
  /** npm packages it loads by `moduleUrl`. */
  readonly modules?: readonly string[];
  /** Set for suites that stop, restart or administer the server, which only a portcal of our own allows. */
  readonly needsOwnServer?: boolean;
  /** Why failures of this suite do not fail the whole run; absent means that none is expected. */
  readonly failuresAllowed?: string;
  /** Run only when named: for suites that take many minutes. */
  readonly onlyWhenNamed?: boolean;
  readonly run: (context: SuiteContext) => Promise<void>;
}

export interface Program {
  /** A program on the PATH, or with `python:` before it a module of Debian's Python. */
  readonly name: string;
  readonly packages: readonly string[];
}

export interface SuiteContext {
  readonly target: Target;
  readonly checks: Checks;
  /** An empty folder for logs and work files of this suite. */
  readonly outFolder: string;
  /** Aborted when the suite's time is over. */
  readonly signal: AbortSignal;
}
