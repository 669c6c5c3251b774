import { connect, type Socket } from 'node:net';
import { pause } from '../../portcal.ts';

/** What a command answers; scripts and questions put it into `value`. */
interface Result {
  readonly value?: unknown;
}

type Message =
  | { readonly applicationType: string }
  | readonly [1, number, { readonly message: string } | null, Result | null];

interface Waiting {
  readonly resolve: (value: Result | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A client of Marionette, the remote control built into Mozilla programs.
 *
 * A message is `length:json`. The first one greets; afterwards commands `[0, id, name, parameters]` are answered by
 * `[1, id, error, result]`, here in any order.
 */
export class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #received: Buffer = Buffer.alloc(0);
  #lastId = 0;
  #greeted: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects as soon as the program listens, and opens a session that may use everything in the program. */
  static async open(port: number): Promise<Marionette> {
    const marionette = new Marionette(await connected(port));
    await marionette.#greeting();
    await marionette.command('WebDriver:NewSession', {
      capabilities: { alwaysMatch: { unhandledPromptBehavior: 'ignore' } },
    });
    await marionette.command('Marionette:SetContext', { value: 'chrome' });
    await marionette.command('WebDriver:SetTimeouts', { script: 120_000 });
    return marionette;
  }

  command(name: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<Result | null> {
    const id = ++this.#lastId;
    const message = Buffer.from(JSON.stringify([0, id, name, parameters]));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(Buffer.concat([Buffer.from(`${message.length}:`), message]));
    });
  }

  /**
   * Runs `body` inside the program, as the inside of an async function of one argument `a`, and answers what it returns.
   *
   * The result went through JSON; its type is what the caller knows of its own script.
   */
  async script<T>(body: string, argument: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const script = `const [a, done] = arguments;
      (async () => { ${body} })().then(
        (value) => done(JSON.stringify({ value: value === undefined ? null : value })),
        (error) => done(JSON.stringify({ error: String(error) + ' ' + (error.stack || '') })));`;
    const options = { script, args: [argument], sandbox: null, newSandbox: true };
    const answer = await this.command('WebDriver:ExecuteAsyncScript', options);
    if (typeof answer?.value !== 'string') {
      const alert: unknown = await this.command('WebDriver:GetAlertText').catch((error: unknown) =>
        String(error),
      );
      throw new Error(`Thunderbird asks something instead of going on: ${JSON.stringify(alert)}`);
    }
    const result: { value: T } | { error: string } = JSON.parse(answer.value);
    if ('error' in result) throw new Error(result.error);
    return result.value;
  }

  #greeting(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#greeted = resolve;
      this.#socket.on('data', (chunk: Buffer) => {
        this.#received = Buffer.concat([this.#received, chunk]);
        while (this.#readMessage());
      });
      this.#socket.once('close', () => {
        const gone = new Error('Thunderbird closed the connection');
        reject(gone);
        for (const waiting of this.#waiting.values()) waiting.reject(gone);
      });
    });
  }

  #readMessage(): boolean {
    const colon = this.#received.indexOf(':');
    if (colon < 0) return false;
    const end = colon + 1 + Number(this.#received.subarray(0, colon).toString());
    if (this.#received.length < end) return false;
    const message: Message = JSON.parse(this.#received.subarray(colon + 1, end).toString());
    this.#received = this.#received.subarray(end);
    if ('applicationType' in message) {
      this.#greeted();
      return true;
    }
    const [, id, error, value] = message;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(value);
    return true;
  }
}

async function connected(port: number): Promise<Socket> {
  for (let attempt = 0; attempt < 120; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (opened) {
      socket.on('error', () => {
        // Followed by `close`, which says it to everyone who waits.
      });
      return socket;
    }
    await pause(500);
  }
  throw new Error(`Thunderbird does not open its Marionette port ${port}`);
}
