/**
 * Where a command reads and writes: the process in production, strings in tests.
 *
 * Every command says its result once, as a sentence or, with `--json`, as one JSON document on standard output. Notes and
 * progress go to standard error, so that output can be piped.
 */
import cliProgress from 'cli-progress';

export interface Io {
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    /** On a terminal: typed characters are not shown, and each key arrives at once. */
    setRawMode?(on: boolean): unknown;
  };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** 0 done, 1 failed, 2 wrong usage, 3 partly done. */
export type ExitCode = 0 | 1 | 2 | 3;

/** A failure that is already a sentence for the person at the terminal. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Throws a `CommandError` where a file is to be written and a folder, or nothing, is named: an unset variable, say. */
export function requireFileName(file: string): void {
  if (file === '') throw new CommandError('the name of the file is empty', 2);
  if (/[\\/]$|(?:^|[\\/])\.\.?$/.test(file))
    throw new CommandError(`${file} is a folder, and a file is wanted`, 2);
}

export interface Report {
  /** What `--json` prints. */
  readonly json: unknown;
  /** Lines for a person; none prints nothing. */
  readonly lines: readonly string[];
  readonly exitCode?: ExitCode;
  /** The command has written its result itself, as data. */
  readonly isSaid?: true;
}

export function say(io: Io, report: Report, asJson: boolean): ExitCode {
  if (report.isSaid) return report.exitCode ?? 0;
  if (asJson) io.stdout.write(`${JSON.stringify(report.json, null, 2)}\n`);
  else for (const line of report.lines) io.stdout.write(`${harmless(line)}\n`);
  return report.exitCode ?? 0;
}

/**
 * Writes an error so that it cannot harm a terminal: what somebody typed, or a client stored, may be very long and hold
 * anything.
 */
export function complain(io: Io, text: string): void {
  const lines = text.split('\n').map((line) => {
    const shown = harmless(line);
    return shown.length > maxShownLine ? `${shown.slice(0, maxShownLine)}…` : shown;
  });
  io.stderr.write(lines.join('\n'));
}

const maxShownLine = 500;

/** Without characters that control the terminal or reverse the direction of text. */
function harmless(line: string): string {
  return line.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what it is about
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (found) => `\\u{${found.charCodeAt(0).toString(16)}}`,
  );
}

/** Columns padded to their widest cell; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export interface Progress {
  readonly advance: (done: number, total: number) => void;
  readonly finish: () => void;
}

/** A bar on a terminal, a line every tenth part otherwise: both on standard error. */
export function progress(io: Io, what: string): Progress {
  return io.stderr.isTTY ? progressBar(io, what) : progressLines(io, what);
}

function progressBar(io: Io, what: string): Progress {
  const bar = new cliProgress.SingleBar(
    {
      format: `${what} [{bar}] {percentage}% {value}/{total} {eta_formatted}`,
      stream: io.stderr,
      hideCursor: true,
    },
    cliProgress.Presets.rect,
  );
  let started = false;
  return {
    advance(done, total) {
      if (started) bar.setTotal(total);
      else bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    finish() {
      if (started) bar.stop();
    },
  };
}

function progressLines(io: Io, what: string): Progress {
  let saidTenths = -1;
  return {
    advance(done, total) {
      const tenths = total === 0 ? 10 : Math.floor((done / total) * 10);
      if (tenths <= saidTenths) return;
      saidTenths = tenths;
      io.stderr.write(`${what}: ${done} of ${total}\n`);
    },
    finish() {},
  };
}
