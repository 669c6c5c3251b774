/**
 * A provider is waited for, but not for ever: whatever a call hangs on, the run ends and its link is free for the next one.
 * What a write without an answer has done is found out then (`round/recover.ts`).
 */
import { minuteMs, secondMs } from '../icalendar/time.ts';
import { RemoteFailure } from './failure.ts';
import type { RemoteCalendar } from './remote.ts';
import type { Timers } from './schedule/timers.ts';

/** Longer than any call of a provider that keeps its own time takes. */
export const patienceMs: number = 10 * minuteMs;
/** A call that is cancelled may still say what it has done. */
const graceMs: number = 5 * secondMs;

/** The answer, or a failure of class `transient` when it does not come, `cancelled` when nobody waits any more. */
export async function waitedFor<Answer>(
  timers: Timers,
  signal: AbortSignal,
  call: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const control = new AbortController();
  const forgets: (() => void)[] = [];
  const limit = (ms: number, failure: RemoteFailure): void => {
    forgets.push(timers.after(ms, () => control.abort(failure)));
  };
  const cancelled = (): void =>
    limit(graceMs, new RemoteFailure('cancelled', 'cancelled', 'the run was cancelled'));
  limit(patienceMs, new RemoteFailure('transient', 'no-answer', 'no answer came'));
  if (signal.aborted) cancelled();
  signal.addEventListener('abort', cancelled);
  try {
    return await Promise.race([call(AbortSignal.any([signal, control.signal])), ending(control.signal)]);
  } finally {
    signal.removeEventListener('abort', cancelled);
    for (const forget of forgets) forget();
  }
}

/** Ends only by failing, with the reason of the signal. */
function ending(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- it is the failure that it was aborted with
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

/** The same calendar, with every call waited for. */
export function patient(remote: RemoteCalendar, timers: Timers): RemoteCalendar {
  const wait = <Answer>(
    signal: AbortSignal,
    call: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> => waitedFor(timers, signal, call);
  return {
    capabilities: () => remote.capabilities(),
    batchSize: remote.batchSize,
    changes: (cursor, signal) => wait(signal, (both) => remote.changes(cursor, both)),
    fetch: (ids, signal) => wait(signal, (both) => remote.fetch(ids, both)),
    listed: (range, signal) => pagesOf(remote.listed(range, signal), (next) => wait(signal, next)),
    findByMarker: (markers, signal) => wait(signal, (both) => remote.findByMarker(markers, both)),
    findByUid: (uids, signal) => wait(signal, (both) => remote.findByUid(uids, both)),
    makings: (ids, signal) => wait(signal, (both) => remote.makings(ids, both)),
    discarded: (marker, signal) => wait(signal, (both) => remote.discarded(marker, both)),
    create: (items, window, signal) => wait(signal, (both) => remote.create(items, window, both)),
    update: (items, window, signal) => wait(signal, (both) => remote.update(items, window, both)),
    remove: (items, signal) => wait(signal, (both) => remote.remove(items, both)),
    respond: (item, signal) => wait(signal, (both) => remote.respond(item, both)),
    normalize: (event, window) => remote.normalize(event, window),
    dependsOnWindow: (event) => remote.dependsOnWindow(event),
  };
}

async function* pagesOf<Page>(
  pages: AsyncIterable<Page>,
  wait: (next: () => Promise<IteratorResult<Page>>) => Promise<IteratorResult<Page>>,
): AsyncIterable<Page> {
  const iterator = pages[Symbol.asyncIterator]();
  for (;;) {
    const next = await wait(() => iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}
