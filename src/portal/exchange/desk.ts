/** What the page needs of a live connector. `app` supplies it; it is made when it is first needed. */
import type { ConnectorAccount, ConnectorLink } from '../../core/connector.ts';
import type { RunId } from '../../core/ids.ts';
import type { Principal } from '../../core/principal.ts';
import type { SignIn } from '../../service/connectors/accounts.ts';
import type { LinkRequest } from '../../service/connectors/links.ts';
import type { Vault } from '../../service/connectors/secrets.ts';
import type {
  ExchangeCalendars,
  ExchangeMembers,
  ExchangePreview,
  ExchangeReason,
  ExchangeTest,
  ExchangeTestAnswer,
} from './api.ts';

/** The provider could not do what it was asked for. */
export class ExchangeFailure extends Error {
  readonly reason: ExchangeReason;
  /** For support. */
  readonly code: string;

  constructor(reason: ExchangeReason, code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ExchangeFailure';
    this.reason = reason;
    this.code = code;
  }
}

/** All that ask the provider throw `ExchangeFailure` when it does not answer as it should. */
export interface ExchangeDesk {
  /** Tries a sign-in. Answers what to remember of the server behind the mailbox. */
  readonly signIn: (attempt: SignIn, person: Principal) => Promise<{ readonly memory: string }>;
  /** The default calendar first. */
  readonly calendars: (account: ConnectorAccount) => Promise<ExchangeCalendars['calendars']>;
  /** Who is on a distribution list, as the mailbox sees it; null: it is none that may be looked into. */
  readonly members: (account: ConnectorAccount, address: string) => Promise<ExchangeMembers['members']>;
  /** Reads both sides and writes nothing. */
  readonly preview: (
    account: ConnectorAccount,
    request: Omit<LinkRequest, 'remoteName'>,
  ) => Promise<ExchangePreview>;
  /** Tries the settings as they are stored, step by step; a step that fails is an answer. */
  readonly test: (test: ExchangeTest) => Promise<ExchangeTestAnswer['steps']>;
  /** What it has noticed of the server that an administrator ought to know, as codes. */
  readonly warnings: () => readonly string[];
  /** Somebody wishes for a run, or settings have changed. */
  readonly wake: () => void;
  /** A run of this process ends at its next page. */
  readonly cancel: (run: RunId) => void;
  /** Removes the copies that the link has at the provider; nobody is mailed. */
  readonly clear: (link: ConnectorLink) => Promise<void>;
}

export interface ExchangeParts {
  readonly vault: Vault;
  readonly desk: () => Promise<ExchangeDesk>;
}
