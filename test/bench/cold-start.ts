import { pause } from '../../conformance/portcal.ts';
import { BenchClient } from './http-client.ts';
import * as requests from './requests.ts';
import type { RunningTarget } from './targets.ts';

const limitMs = 60_000;

/** Milliseconds from the start of the server's process to its first 207, the best of three; it stays running. */
export async function coldStart(running: RunningTarget): Promise<number | null> {
  if (running.relaunch === undefined) return null;
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const { target } = running;
    const client = new BenchClient({ origin: target.origin, account: target.account, timeoutMs: 5_000 });
    await running.end?.();
    const started = performance.now();
    let failure: unknown;
    const launching = running.relaunch().catch((error: unknown) => {
      failure = error;
    });
    while (!(await answers(client, target.home))) {
      if (failure !== undefined) throw failure;
      if (performance.now() - started > limitMs) throw new Error(`no 207 within ${limitMs} ms`);
      await pause(2);
    }
    times.push(Math.round(performance.now() - started));
    await launching;
    await client.close();
  }
  return Math.min(...times);
}

async function answers(client: BenchClient, home: string): Promise<boolean> {
  try {
    return (await client.send(requests.poll(home))).status === 207;
  } catch {
    return false; // Not listening yet.
  }
}
