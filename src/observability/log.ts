/**
 * The log: one line of typed fields for each thing that happens (ARCHITECTURE §10).
 *
 * Personal data cannot enter by construction: functions take numbers, closed lists of words and templates, never
 * objects of the application. The one address in it is that of a failed sign-in, because tools like fail2ban need it.
 */
import { pino } from 'pino';
import { prettyLine } from './pretty.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface RequestLine {
  readonly id: string;
  readonly door: string;
  readonly method: string;
  /** A template such as `/dav/calendars/*\/*`, never the path itself: see `path-template.ts`. */
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** Bytes of the answer's body as sent; -1 where it was cut off. */
  readonly bytes: number;
  /** Who was signed in, by number. */
  readonly principal?: number;
  /** The client program as it calls itself, shortened. */
  readonly program?: string;
}

export interface SignInFailure {
  readonly id: string;
  readonly door: string;
  /** Where the request came from, behind trusted proxies. */
  readonly address: string;
  readonly reason: 'wrong-credentials' | 'too-many-attempts' | 'malformed';
}

/** Further fields of a line. Only what cannot hold a person's words: numbers, truth values and words from closed lists. */
export type Fields = Readonly<Record<string, number | boolean | string | readonly string[] | undefined>>;

export interface Log {
  readonly request: (line: RequestLine) => void;
  /** Its message is stable: the fail2ban filter of the guide looks for `sign-in failed` and `"address":"…"`. */
  readonly signInFailed: (failure: SignInFailure) => void;
  readonly event: (level: Exclude<LogLevel, 'silent'>, message: string, fields?: Fields) => void;
  /** Something unexpected, with its stack; `id` is that of the request, which the client was told. */
  readonly failure: (message: string, error: unknown, id?: string) => void;
  /** Writes what is still in memory; nothing may be logged afterwards. */
  readonly close: () => Promise<void>;
}

export interface LineSink {
  readonly write: (line: string) => void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  /** A file descriptor, or where tests read the lines. */
  readonly to: number | LineSink;
}

/** Requests that took longer are logged as warnings. */
const slowMs = 1000;

export function createLog({ level, format, to }: LogOptions): Log {
  const { sink, close } =
    typeof to === 'number' ? gathering(to) : { sink: to, close: () => Promise.resolve() };
  const target = format === 'pretty' ? { write: (line: string) => sink.write(prettyLine(line)) } : sink;
  const logger = pino(
    {
      level,
      base: null, // No process id and host name on every line: the collector knows both.
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    target,
  );
  return {
    // Slow and failed ones stand out, and stay when the level is raised.
    request: (line) => logger[line.ms >= slowMs || line.status >= 500 ? 'warn' : 'info'](line, 'request'),
    signInFailed: (failure) => logger.warn(failure, 'sign-in failed'),
    event: (severity, message, fields = {}) => logger[severity](fields, message),
    failure: (message, error, id) =>
      logger.error({ ...(id !== undefined && { id }), ...described(error) }, message),
    close,
  };
}

/** A log that says nothing, for tests. */
export const silentLog: Log = {
  request: () => {},
  signInFailed: () => {},
  event: () => {},
  failure: () => {},
  close: () => Promise.resolve(),
};

/** How long lines are gathered before they are written together, and up to how many bytes. */
const maxWaitMs = 50;
const maxGatheredBytes = 8 * 1024;

/**
 * Asynchronous: a slow reader of the log must not hold up requests. Lines are written together, because a write of its own
 * for each cost a quarter of a short request; they are lost only if the process is killed.
 */
function gathering(descriptor: number): {
  readonly sink: LineSink;
  readonly close: () => Promise<void>;
} {
  const stream = pino.destination({ dest: descriptor, sync: false, minLength: maxGatheredBytes });
  // The reader of the log has gone, which is no reason to stop serving.
  stream.on('error', () => {});
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  stream.once('close', () => {
    isClosed = true;
    clearTimeout(timer);
  });
  const write = (line: string): void => {
    // After a start that failed something may still be logged, and the closed stream would throw.
    if (isClosed) return;
    stream.write(line);
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!isClosed) stream.flush();
    }, maxWaitMs).unref();
  };
  const close = (): Promise<void> => {
    isClosed = true;
    clearTimeout(timer);
    return ended(stream);
  };
  return { sink: { write }, close };
}

function ended(stream: ReturnType<typeof pino.destination>): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', resolve).once('error', resolve);
    stream.end();
  });
}

/**
 * Where an unexpected error came from: its class, code and stack, with those of its causes. The message is left out of
 * the stack, because a library may quote the data it stumbled over.
 */
function described(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: typeof error };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    error: error.name,
    ...(code !== undefined && { code }),
    stack: frames.slice(0, 12).map((line) => line.trim()),
    ...(error.cause instanceof Error && { cause: described(error.cause) }),
  };
}
