import { demand } from '../checks.ts';
import { send } from '../dav.ts';

/** One person in the page: its JSON API with the session a browser would have. */
export class PageSession {
  readonly #base: string;
  readonly #cookie: string;

  private constructor(base: string, cookie: string) {
    this.#base = base;
    this.#cookie = cookie;
  }

  static async signIn(origin: string, name: string, password: string): Promise<PageSession> {
    const base = `${origin}/api/v1`;
    const answer = await send({
      method: 'POST',
      url: `${base}/session`,
      headers: { 'Content-Type': 'application/json', 'X-Requested-With': 'portal' },
      body: JSON.stringify({ name, password }),
    });
    demand(answer.status === 200, `sign-in of ${name}: ${answer.status} ${answer.text}`);
    return new PageSession(base, answer.headers['set-cookie']?.split(';')[0] ?? '');
  }

  /** The answer's body, null without one; rejects for everything but success. A text is sent as CSV, all else as JSON. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await send({
      method,
      url: `${this.#base}${path}`,
      headers: {
        Cookie: this.#cookie,
        'X-Requested-With': 'portal',
        ...(body !== undefined && {
          'Content-Type': typeof body === 'string' ? 'text/csv' : 'application/json',
        }),
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      limitMs: 60_000,
    });
    demand(status >= 200 && status < 300, `${method} ${path}: ${status} ${text.slice(0, 300)}`);
    return JSON.parse(text === '' ? 'null' : text);
  }
}
