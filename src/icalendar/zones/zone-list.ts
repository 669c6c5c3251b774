/** All time zones that the engine's data have, each under the name it has today, with its other names. */
import { setImmediate } from 'node:timers/promises';
import { zoneLinks } from './zone-links.ts';

export interface ListedZone {
  readonly tzid: string;
  readonly aliases: readonly string[];
}

/** Which edition of the time zone database the engine carries: `2025b`. */
export const zoneDataVersion: string = process.versions['tz'] ?? 'unknown';

/** Names between two turns of the event loop. */
const sliceSize = 32;

let listed: Promise<readonly ListedZone[]> | undefined;

/** In order of their names. Found out once: Intl is asked for the zone behind each name that is known to us. */
export function listZones(): Promise<readonly ListedZone[]> {
  return (listed ??= findZones());
}

async function findZones(): Promise<readonly ListedZone[]> {
  const old = new Set(zoneLinks.flatMap(([, ...older]) => older));
  const names = new Set([...Intl.supportedValuesOf('timeZone'), ...zoneLinks.flat()]);
  const groups = new Map<string, string[]>();
  let count = 0;
  for (const name of names) {
    const meant = meantBy(name);
    if (meant !== undefined) groups.set(meant, [...(groups.get(meant) ?? []), name]);
    if (++count % sliceSize === 0) await setImmediate();
  }
  return [...groups]
    .map(([meant, group]) => {
      // The engine calls some zones by a name they once had: Asia/Calcutta.
      const today = group.filter((name) => !old.has(name));
      const tzid = today.length === 1 ? (today[0] ?? meant) : meant;
      return { tzid, aliases: group.filter((name) => name !== tzid).sort() };
    })
    .sort((one, other) => (one.tzid < other.tzid ? -1 : 1));
}

/** The engine's own name for the zone; `undefined` for names that its edition does not have. */
function meantBy(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined; // a RangeError is how Intl says that it does not know the zone
  }
}
