/**
 * Ids of occurrences that a server composes of the id of their series and their day. Whether it does is seen of one of them;
 * then those can be asked for that it does not find by their numbers.
 */
import { dayMs, hourMs, type LocalTime, minuteMs } from '../../icalendar/time.ts';

/** The time from which such servers count (MS-OXOCAL 2.2.1.44.1). */
const epoch = Date.UTC(1601, 0, 1);
const dayBytes = 4;
/** A clock is nowhere further from UTC, and a start is on the day of its midnight. */
const maxDistanceMs = 14 * hourMs + dayMs;

/** Makes the id of the occurrence of a day; undefined where ids are not of that kind. */
export function composedIds(
  master: string,
  sample: { readonly id: string; readonly told: number },
): ((date: LocalTime) => string) | undefined {
  const [series, one] = [Buffer.from(master, 'base64'), Buffer.from(sample.id, 'base64')];
  // The series' own id ends with what kind of id it is.
  const at = series.length - 1;
  if (
    at < 1 ||
    one.length !== series.length + dayBytes ||
    !one.subarray(0, at).equals(series.subarray(0, at))
  )
    return undefined;
  if (one.toString('base64') !== sample.id) return undefined;
  const midnight = epoch + one.readUInt32LE(at) * minuteMs;
  const isDay = midnight % dayMs === 0 && Math.abs(sample.told - midnight) <= maxDistanceMs;
  if (!isDay) return undefined;
  return (date) => {
    const made = Buffer.from(one);
    made.writeUInt32LE((date - epoch) / minuteMs, at);
    return made.toString('base64');
  };
}
