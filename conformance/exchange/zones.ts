/**
 * Time zones as Exchange knows them: by the names of Windows, or as a definition with rules in the request.
 *
 * The rules of the named zones come from the runtime's own data by `Intl`; nothing of the product is used.
 */

import type { Markup } from './markup.ts';

/** A zone of an item: how far its clocks are ahead of UTC. */
export interface Zone {
  readonly id: string;
  readonly name: string;
  /** Milliseconds ahead of UTC at this instant. */
  readonly offset: (at: number) => number;
  /** The XML of its definition as the client gave it; absent for zones by name. */
  readonly definition?: Markup;
}

const windows: Readonly<Record<string, readonly [iana: string, name: string]>> = {
  UTC: ['Etc/UTC', '(UTC) Coordinated Universal Time'],
  'GMT Standard Time': ['Europe/London', '(UTC+00:00) Dublin, Edinburgh, Lisbon, London'],
  'Greenwich Standard Time': ['Atlantic/Reykjavik', '(UTC+00:00) Monrovia, Reykjavik'],
  'W. Europe Standard Time': [
    'Europe/Berlin',
    '(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
  ],
  'Central Europe Standard Time': [
    'Europe/Budapest',
    '(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague',
  ],
  'Central European Standard Time': ['Europe/Warsaw', '(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb'],
  'Romance Standard Time': ['Europe/Paris', '(UTC+01:00) Brussels, Copenhagen, Madrid, Paris'],
  'FLE Standard Time': ['Europe/Kiev', '(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius'],
  'E. Europe Standard Time': ['Europe/Chisinau', '(UTC+02:00) Chisinau'],
  'GTB Standard Time': ['Europe/Bucharest', '(UTC+02:00) Athens, Bucharest'],
  'Egypt Standard Time': ['Africa/Cairo', '(UTC+02:00) Cairo'],
  'Israel Standard Time': ['Asia/Jerusalem', '(UTC+02:00) Jerusalem'],
  'South Africa Standard Time': ['Africa/Johannesburg', '(UTC+02:00) Harare, Pretoria'],
  'Kaliningrad Standard Time': ['Europe/Kaliningrad', '(UTC+02:00) Kaliningrad'],
  'Russian Standard Time': ['Europe/Moscow', '(UTC+03:00) Moscow, St. Petersburg'],
  'Turkey Standard Time': ['Europe/Istanbul', '(UTC+03:00) Istanbul'],
  'Arab Standard Time': ['Asia/Riyadh', '(UTC+03:00) Kuwait, Riyadh'],
  'Iran Standard Time': ['Asia/Tehran', '(UTC+03:30) Tehran'],
  'Arabian Standard Time': ['Asia/Dubai', '(UTC+04:00) Abu Dhabi, Muscat'],
  'Russia Time Zone 3': ['Europe/Samara', '(UTC+04:00) Izhevsk, Samara'],
  'Afghanistan Standard Time': ['Asia/Kabul', '(UTC+04:30) Kabul'],
  'Ekaterinburg Standard Time': ['Asia/Yekaterinburg', '(UTC+05:00) Ekaterinburg'],
  'India Standard Time': ['Asia/Kolkata', '(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi'],
  'Nepal Standard Time': ['Asia/Kathmandu', '(UTC+05:45) Kathmandu'],
  'Omsk Standard Time': ['Asia/Omsk', '(UTC+06:00) Omsk'],
  'N. Central Asia Standard Time': ['Asia/Novosibirsk', '(UTC+07:00) Novosibirsk'],
  'SE Asia Standard Time': ['Asia/Bangkok', '(UTC+07:00) Bangkok, Hanoi, Jakarta'],
  'China Standard Time': ['Asia/Shanghai', '(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi'],
  'Singapore Standard Time': ['Asia/Singapore', '(UTC+08:00) Kuala Lumpur, Singapore'],
  'Tokyo Standard Time': ['Asia/Tokyo', '(UTC+09:00) Osaka, Sapporo, Tokyo'],
  'Korea Standard Time': ['Asia/Seoul', '(UTC+09:00) Seoul'],
  'Cen. Australia Standard Time': ['Australia/Adelaide', '(UTC+09:30) Adelaide'],
  'AUS Eastern Standard Time': ['Australia/Sydney', '(UTC+10:00) Canberra, Melbourne, Sydney'],
  'E. Australia Standard Time': ['Australia/Brisbane', '(UTC+10:00) Brisbane'],
  'Vladivostok Standard Time': ['Asia/Vladivostok', '(UTC+10:00) Vladivostok'],
  'Lord Howe Standard Time': ['Australia/Lord_Howe', '(UTC+10:30) Lord Howe Island'],
  'New Zealand Standard Time': ['Pacific/Auckland', '(UTC+12:00) Auckland, Wellington'],
  'Chatham Islands Standard Time': ['Pacific/Chatham', '(UTC+12:45) Chatham Islands'],
  'Tonga Standard Time': ['Pacific/Tongatapu', "(UTC+13:00) Nuku'alofa"],
  'Samoa Standard Time': ['Pacific/Apia', '(UTC+13:00) Samoa'],
  'Line Islands Standard Time': ['Pacific/Kiritimati', '(UTC+14:00) Kiritimati Island'],
  'Azores Standard Time': ['Atlantic/Azores', '(UTC-01:00) Azores'],
  'Greenland Standard Time': ['America/Godthab', '(UTC-02:00) Greenland'],
  'E. South America Standard Time': ['America/Sao_Paulo', '(UTC-03:00) Brasilia'],
  'Argentina Standard Time': ['America/Buenos_Aires', '(UTC-03:00) City of Buenos Aires'],
  'Newfoundland Standard Time': ['America/St_Johns', '(UTC-03:30) Newfoundland'],
  'Atlantic Standard Time': ['America/Halifax', '(UTC-04:00) Atlantic Time (Canada)'],
  'Eastern Standard Time': ['America/New_York', '(UTC-05:00) Eastern Time (US & Canada)'],
  'Central Standard Time': ['America/Chicago', '(UTC-06:00) Central Time (US & Canada)'],
  'Mountain Standard Time': ['America/Denver', '(UTC-07:00) Mountain Time (US & Canada)'],
  'US Mountain Standard Time': ['America/Phoenix', '(UTC-07:00) Arizona'],
  'Pacific Standard Time': ['America/Los_Angeles', '(UTC-08:00) Pacific Time (US & Canada)'],
  'Alaskan Standard Time': ['America/Anchorage', '(UTC-09:00) Alaska'],
  'Hawaiian Standard Time': ['Pacific/Honolulu', '(UTC-10:00) Hawaii'],
  'UTC-11': ['Etc/GMT+11', '(UTC-11:00) Coordinated Universal Time-11'],
  'Dateline Standard Time': ['Etc/GMT+12', '(UTC-12:00) International Date Line West'],
  'UTC+12': ['Etc/GMT-12', '(UTC+12:00) Coordinated Universal Time+12'],
  'UTC+13': ['Etc/GMT-13', '(UTC+13:00) Coordinated Universal Time+13'],
};

const known = new Map<string, Zone>();

/** The zone of this Windows name, or undefined: Exchange refuses names it does not know. */
export function zoneNamed(id: string): Zone | undefined {
  // Clients that come without a table of names send these two, which Exchange takes.
  const name = id === 'tzone://Microsoft/Utc' || id === 'Etc/UTC' ? 'UTC' : id;
  const found = known.get(name);
  if (found) return found;
  const entry = windows[name];
  if (!entry) return undefined;
  const zone: Zone = { id: name, name: entry[1], offset: offsets(entry[0]) };
  known.set(name, zone);
  return zone;
}

/** The zone of this IANA name, which becomes its id as well. */
export function zoneOfIana(name: string): Zone | undefined {
  try {
    return { id: name, name, offset: offsets(name) };
  } catch {
    return undefined; // a RangeError: nobody knows it
  }
}

export const zoneIds: readonly string[] = Object.keys(windows);

/** The zone that stands for items without any. */
export function utcZone(): Zone {
  return mustBe('UTC');
}

export function mustBe(id: string): Zone {
  const zone = zoneNamed(id);
  if (!zone) throw new Error(`the fake Exchange server knows no time zone ${id}`);
  return zone;
}

export interface Transition {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** The changes of the clock in one year of a zone, found by halving. */
export function transitionsIn(zone: Zone, year: number): readonly Transition[] {
  const found: Transition[] = [];
  const last = Date.UTC(year + 1, 0, 1);
  for (let from = Date.UTC(year, 0, 1); from < last; from += week) {
    const until = Math.min(from + week, last);
    if (zone.offset(from) === zone.offset(until)) continue;
    let [low, high] = [from, until];
    while (high - low > 60_000) {
      const middle = Math.floor((low + high) / 120_000) * 60_000;
      if (zone.offset(middle) === zone.offset(from)) low = middle;
      else high = middle;
    }
    found.push({ at: high, before: zone.offset(low), after: zone.offset(high) });
  }
  return found;
}

const week = 7 * 86_400_000;
const quarter = 15 * 60_000;

/** Offsets change on quarters of an hour only, so they are remembered for each: `Intl` is slow. */
function offsets(iana: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: iana,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  const remembered = new Map<number, number>();
  return (at) => {
    const slot = Math.floor(at / quarter);
    const before = remembered.get(slot);
    if (before !== undefined) return before;
    const parts: Record<string, number> = {};
    const instant = slot * quarter;
    for (const { type, value } of format.formatToParts(instant)) parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - instant;
    if (remembered.size > 100_000) remembered.clear();
    remembered.set(slot, offset);
    return offset;
  };
}

/** What a clock on the wall of `zone` shows, as if it were UTC. */
export function wallClock(zone: Zone, at: number): number {
  return at + zone.offset(at);
}

/** The instant of a wall-clock time; in the hour that a change skips, the time after the change. */
export function instantOf(zone: Zone, wall: number): number {
  const early = wall - zone.offset(wall - 86_400_000);
  const late = wall - zone.offset(wall + 86_400_000);
  if (wallClock(zone, early) === wall) return early;
  if (wallClock(zone, late) === wall) return late;
  return early;
}
