/** What the pages of `web-clients` can do. Bundled for the browser; the suite calls it there and reads what it answers. */
import { createDAVClient } from 'tsdav';
import { type CheckLine, Checks } from '../../checks.ts';
import { type TsdavStart, walkByTsdav } from '../tsdav-walk.ts';

export interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly credentials?: 'include' | 'omit';
}

/** What a script learns; `blocked`: no more than that something failed. */
export type Learnt =
  | { readonly is: 'blocked' }
  | {
      readonly is: 'answer';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    };

export interface WebClient {
  readonly ask: (asked: Asked) => Promise<Learnt>;
  readonly walk: (start: TsdavStart) => Promise<readonly CheckLine[]>;
}

const client: WebClient = {
  async ask({ url, ...init }) {
    let answer: Response;
    try {
      answer = await fetch(url, init);
    } catch (error) {
      // So says the standard of all that a script may not see.
      if (error instanceof TypeError) return { is: 'blocked' };
      throw error;
    }
    const headers = Object.fromEntries(answer.headers.entries());
    return { is: 'answer', status: answer.status, headers, text: await answer.text() };
  },
  async walk(start) {
    const checks = new Checks();
    await walkByTsdav({ createDAVClient }, start, checks);
    return checks.lines;
  },
};

Object.assign(globalThis, { webClient: client });
