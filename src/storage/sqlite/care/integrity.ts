/** Checks a copy of the database without stopping the event loop. */
import { Worker } from 'node:worker_threads';

/** Throws what is wrong with the copy in `file`, which nobody else may have open; resolves if it is sound. */
export async function assertSound(file: string): Promise<void> {
  // The compiled name: the compiler rewrites import specifiers only.
  const worker = new Worker(new URL('./integrity-worker.js', import.meta.url), { workerData: file });
  const found = await new Promise<unknown>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (!Array.isArray(found) || found.join() !== 'ok') {
    throw new Error(`the copy is damaged: ${String(found)}`);
  }
}
