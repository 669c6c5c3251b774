import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pause } from '../../conformance/portcal.ts';

/** What a server of ours is started with, so that `longestTurn` can ask it. */
export const turnArguments: readonly string[] = [
  '--import',
  fileURLToPath(new URL('turns.js', import.meta.url)),
];

/** The longest turn of a server's event loop while `action` runs, in milliseconds of processor time: see turns.ts. */
export async function longestTurn(pid: number, action: () => Promise<unknown>): Promise<number> {
  const file = join(tmpdir(), `bench-turns-${pid}`);
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  await pause(50);
  await action();
  process.kill(pid, 'SIGUSR2');
  for (let waited = 0; waited < 10_000; waited += 20) {
    await pause(20);
    try {
      const ms = Number(readFileSync(file, 'utf8'));
      rmSync(file);
      return ms;
    } catch {
      // Not written yet.
    }
  }
  throw new Error(`process ${pid} does not tell of its turns`);
}
