/**
 * Preloaded into a server under measurement (`node --import`): how long its event loop did not turn, in processor time of
 * its main thread, which other work on the machine does not lengthen. Linux only.
 *
 * SIGUSR2 begins; SIGUSR2 again ends and writes the longest turn in milliseconds to `turnsFile`.
 */
import { closeSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let end: (() => number) | undefined;

process.on('SIGUSR2', () => {
  if (end === undefined) {
    end = begin();
    return;
  }
  const file = join(tmpdir(), `bench-turns-${process.pid}`);
  // Whoever waits for the file must not see half of it.
  writeFileSync(`${file}.new`, String(end()));
  renameSync(`${file}.new`, file);
  end = undefined;
});

function begin(): () => number {
  const statistics = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const bytes = Buffer.alloc(64);
  /** Nanoseconds on a core are the first of its three numbers. */
  const used = (): number => {
    const length = readSync(statistics, bytes, 0, bytes.length, 0);
    return Number(bytes.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6;
  };
  let [before, longest] = [used(), 0];
  const timer = setInterval(() => {
    const now = used();
    longest = Math.max(longest, now - before);
    before = now;
  }, 1);
  return () => {
    clearInterval(timer);
    longest = Math.max(longest, used() - before);
    closeSync(statistics);
    return longest;
  };
}
