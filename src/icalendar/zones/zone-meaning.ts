/**
 * What the name of a time zone means that neither a table nor the object knows, where it says so plainly enough.
 *
 * Programs write a name in the words of the season, without its last words, or as one of the cities that have the time. Asked
 * last, after what an object defines: only then is a guess better than the calendar's own zone.
 */
import { instant, minuteMs } from '../time.ts';
import type { Zone } from './zone.ts';
import { ianaZone } from './zone-iana.ts';
import { zoneLinks } from './zone-links.ts';
import { ianaNameOfDisplay, ianaNameOfWindows, leadingOffset, offsetMinutesOf } from './zone-names.ts';
import { ianaNameOfWords, translatedCities } from './zone-words.ts';

/** The zone, unless the name says an offset that the zone does not have. `undefined` for what means nothing. */
export function meantZone(tzid: string): Zone | undefined {
  if (tzid.length > maxLength) return undefined;
  const known = meanings.get(tzid);
  if (known !== undefined) return known ?? undefined;
  const zone = read(tzid) ?? null;
  // Names come from clients; a clearing now and then keeps strange ones from piling up.
  if (meanings.size >= maxMeanings) meanings.clear();
  meanings.set(tzid, zone);
  return zone ?? undefined;
}

const meanings = new Map<string, Zone | null>();
const maxMeanings = 10_000;
const maxLength = 200;

function read(tzid: string): Zone | undefined {
  const text = tzid.replace(ornaments, '');
  const name = text.replace(leadingOffset, '').trim();
  // Nothing but an offset, or nothing at all.
  if (name === '' || offsetMinutesOf(name) !== undefined) return undefined;
  const zone = meantBy(name) ?? meantBy(name.replace(remark, ''));
  const minutes = offsetMinutesOf(text);
  return zone && minutes !== undefined && !hasOffset(zone, minutes * minuteMs) ? undefined : zone;
}

function meantBy(name: string): Zone | undefined {
  return byWords(name) ?? byName(name) ?? byWindowsName(name) ?? byCity(name);
}

/** `Mitteleuropäische Zeit`. */
function byWords(name: string): Zone | undefined {
  const iana = ianaNameOfWords(name);
  return iana === undefined ? undefined : ianaZone(iana);
}

/** `Europe/Moscow (MSK)`. */
const remark = /\s*\([^()]*\)$/;

/** Quotes of a second kind, and marks of direction and joining, which nobody sees. */
const ornaments = /^[\s'"\u200b-\u200f\u202a-\u202e\u2060]+|[\s'"\u200b-\u200f\u202a-\u202e\u2060]+$/g;

/** `Europe\/Berlin` with the backslash of a JSON text, `US-Eastern`; or whatever the tables know without the ornaments. */
function byName(name: string): Zone | undefined {
  const plain = name.replaceAll(/\\+\/?/g, '/').replaceAll(' ', '_');
  const table = ianaNameOfWindows(name) ?? ianaNameOfDisplay(name);
  return ianaZone(table ?? plain) ?? (plain.includes('/') ? undefined : ianaZone(plain.replace('-', '/')));
}

/**
 * `W. Europe Daylight Time`, `Eastern Time`, `Pacific`; `GMT Standard Time 1`, as Exchange counts zones of one name;
 * `W.Europe Standard Time`.
 */
function byWindowsName(name: string): Zone | undefined {
  const plain = name.replace(/\s+\d{1,2}$/, '').replace(seasonal, '');
  const iana = ianaNameOfWindows(`${plain} Standard Time`) ?? ianaNameOfWindows(spaced(plain));
  return iana === undefined ? undefined : ianaZone(iana);
}

const seasonal = /(?:\s+(?:Standard|Daylight|Summer))?(?:\s+Time)?$/i;

/** With the blank that belongs behind the full stop. */
function spaced(name: string): string {
  return `${name.replace(/\.(?=\S)/, '. ')} Standard Time`;
}

/** The first of the cities that has a zone of its own: `Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna` in any order. */
function byCity(name: string): Zone | undefined {
  for (const city of name.replace(seasonal, '').split(/[,;/]/, maxCities)) {
    const iana = cityZones().get(city.trim().toLowerCase().replaceAll('_', ' '));
    if (iana !== undefined) return ianaZone(iana);
  }
  return undefined;
}

const maxCities = 20;
let zonesByCity: ReadonlyMap<string, string> | undefined;

/** IANA names by the last part if that is a city, not a state or a part of a country; and by translated names of cities. */
function cityZones(): ReadonlyMap<string, string> {
  return (zonesByCity ??= new Map([
    ...translatedCities(),
    ...[...Intl.supportedValuesOf('timeZone'), ...zoneLinks.flat()]
      .filter((name) => ofCity.test(name))
      .map(
        (name) =>
          [
            name
              .slice(name.indexOf('/') + 1)
              .toLowerCase()
              .replaceAll('_', ' '),
            name,
          ] as const,
      ),
  ]));
}

const ofCity =
  /^(?:Africa|America|Asia|Atlantic|Europe|Indian|Pacific|Australia(?=\/(?!North|South|West|ACT|NSW)))\/[^/]+$/;

/** In a winter or a summer of our time. */
function hasOffset(zone: Zone, offset: number): boolean {
  return [winter, summer].some((at) => zone.offsetAt(at) === offset);
}

const winter = instant(Date.UTC(2020, 0, 15));
const summer = instant(Date.UTC(2020, 6, 15));
