import { seededRandom } from '../../conformance/random.ts';
import * as requests from './requests.ts';
import type { Session } from './session.ts';
import { type Summary, summarize } from './statistics.ts';
import { cpuMs } from './usage.ts';

export interface OfficeOptions {
  readonly phones: number;
  readonly maxMs: number;
  /** The share of turns in which a phone edits an event. */
  readonly editShare?: number;
}

/**
 * An office of phones on one calendar: clients without think time, each on its own connection.
 *
 * Most turns poll. When the token has moved the phone runs a sync and fetches what changed; one turn in a hundred
 * edits an event.
 */
export async function office(session: Session, options: OfficeOptions): Promise<Summary> {
  const { phones, maxMs, editShare = 0.01 } = options;
  const latencies: number[] = [];
  const statuses: Record<number, number> = {};
  let [bytes, errors] = [0, 0];
  let note: string | undefined;
  const startToken = await session.currentToken();
  const cpuBefore = cpuMs(session.pids);
  const started = performance.now();

  const send = async (request: requests.BenchRequest, keep = false): Promise<string> => {
    const sent = await session.client.send(request, { connections: phones, keep });
    return count(sent.status, sent.bytes, sent.ms) ? sent.text : '';
  };
  const count = (status: number, size: number, ms: number): boolean => {
    bytes += size;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status >= 400) {
      errors += 1;
      note ??= `status ${status}`;
      return false;
    }
    latencies.push(ms);
    return true;
  };
  const phone = async (number: number): Promise<void> => {
    const random = seededRandom(session.seed * 7919 + number);
    let token = startToken;
    while (performance.now() - started < maxMs) {
      try {
        if (random.chance(editShare)) {
          const index = random.int(0, session.count - 1);
          const put = await session.put(index, { revision: ++session.revision, connections: phones });
          count(put.status, put.bytes, put.ms);
          continue;
        }
        const polled = await send(requests.poll(session.path), true);
        const now = requests.syncTokenIn(polled) ?? requests.ctagIn(polled);
        if (now === undefined || now === token) continue;
        const delta = await send(requests.syncCollection(session.path, token), true);
        token = requests.syncTokenIn(delta) ?? now;
        const changed = requests.hrefsIn(delta).filter((href) => href.endsWith('.ics'));
        if (changed.length > 0) await send(requests.multiget(session.path, changed.slice(0, 50)));
      } catch (error) {
        errors += 1;
        note ??= error instanceof Error ? error.message : String(error);
      }
    }
  };

  await Promise.all(Array.from({ length: phones }, (_, number) => phone(number)));
  const elapsedMs = performance.now() - started;
  const cpuAfter = cpuMs(session.pids);
  const used = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore;
  return summarize({ latencies, bytes, errors, statuses, elapsedMs, cpuMs: used, note });
}
