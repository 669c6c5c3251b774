import { createHook } from 'node:async_hooks';

/** How many passwords are hashed while `work` runs: what sign-in costs shows itself there, on any machine and however busy it is. */
export async function passwordsHashed(work: () => Promise<unknown>): Promise<number> {
  let hashed = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'SCRYPTREQUEST') hashed += 1;
    },
  }).enable();
  try {
    await work();
  } finally {
    hook.disable();
  }
  return hashed;
}
