/** What the server says of the connection: asked for once, told by the stream as `sync`, and asked for now and then. */
import type { ExchangeRun, ExchangeStatus } from '../../portal/api.ts';
import { call } from '../client.ts';
import { app, refreshEvents } from '../state/app-state.ts';
import { exchange } from './known.ts';

/** While nothing runs, and while something does: where the stream is down, these looks are all there is. */
const quietMs = 60_000;
const busyMs = 3000;

let timer: ReturnType<typeof setTimeout> | undefined;
let users = 0;
let asked = 0;

/** Begins to look; answers how to end it. Several parts of the page may look at the same time. */
export function watchExchange(): () => void {
  users += 1;
  if (users === 1) {
    document.addEventListener('visibilitychange', lookWhenSeen);
    void look();
  }
  return () => {
    users -= 1;
    if (users > 0) return;
    document.removeEventListener('visibilitychange', lookWhenSeen);
    clearTimeout(timer);
  };
}

/** Asks now. */
export async function look(): Promise<void> {
  clearTimeout(timer);
  asked += 1;
  const mine = asked;
  const before = exchange.get().status;
  try {
    const status = await call('GET /exchange/status');
    // An answer that was overtaken by a later question's, or by the stream, is old.
    if (mine === asked && exchange.get().status === before) take(status);
  } catch {
    // The banner keeps what it knew; the next look may reach the server.
  }
  plan();
}

/** Takes over an answer that came with something else. */
export function take(status: ExchangeStatus): void {
  const before = exchange.get().status;
  exchange.set({ status });
  const hasFinished = before?.run && !status.run;
  if (hasFinished || (before && before.lastSync !== status.lastSync)) refreshEvents();
}

export async function synchronise(): Promise<void> {
  await call('POST /exchange/sync');
  await look();
}

export async function cancelRun(run: ExchangeRun): Promise<void> {
  await call('DELETE /exchange/runs/{run}', { path: { run: run.id } });
  await look();
}

function plan(): void {
  clearTimeout(timer);
  if (users === 0 || app.get().me === null) return;
  const isBusy = exchange.get().status?.run != null;
  timer = setTimeout(() => void look(), isBusy ? busyMs : quietMs);
}

function lookWhenSeen(): void {
  if (document.visibilityState === 'visible') void look();
}
