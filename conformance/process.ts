import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly limitSeconds?: number;
  /** At the priority of this process: for servers that are measured beside others. */
  readonly isMeasured?: boolean;
  /** Ends the program early, for example when the suite around it has run out of time. */
  readonly signal?: AbortSignal;
  /** A copy of everything the program writes. */
  readonly logFile?: string;
}

export interface RunResult {
  /** The exit code; undefined when a signal ended the program. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** What is kept of a program's output; a program that writes without end must not fill the memory. */
const maxOutputBytes = 16 * 1024 * 1024;

/**
 * Runs a program to its end, at low priority unless it is to be measured, and answers what it wrote.
 *
 * The program leads a process group of its own; at the time limit the whole group is killed, so that what it
 * started (D-Bus, keyrings) does not outlive it. Refused: a program that cannot be started rejects the promise.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { limitSeconds = 120, signal } = options;
  return new Promise((resolve, reject) => {
    const [first, ...rest] = options.isMeasured ? [program, ...args] : ['nice', program, ...args];
    const child = spawn(first, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const log = options.logFile === undefined ? undefined : createWriteStream(options.logFile);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        log?.write(text);
        if (output[name].length < maxOutputBytes) output[name] += text;
      });
    }
    let timedOut = false;
    const stop = (): void => {
      timedOut = true;
      killGroup(child);
    };
    const timer = setTimeout(stop, limitSeconds * 1000);
    signal?.addEventListener('abort', stop, { once: true });
    child.stdin.on('error', () => {
      // The program closed its input before reading all of it; its exit code says what that meant.
    });
    child.stdin.end(options.stdin ?? '');
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      log?.end();
      resolve({ code: code ?? undefined, ...output, timedOut });
    });
  });
}

/** Kills a process started with `detached: true` and everything it started. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group has ended already.
  }
}

/** Whether `program` is on the PATH. */
export async function isInstalled(program: string): Promise<boolean> {
  const { code } = await run('sh', ['-c', 'command -v "$0"', program]);
  return code === 0;
}
