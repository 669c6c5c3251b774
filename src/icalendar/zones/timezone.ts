/**
 * Time zones: the only place where local times become instants and instants local times.
 *
 * Where a zone comes from, in this order: its name is known (IANA or alias, a vendor's prefix before it, Windows, Outlook's
 * display text); the object defines it (VTIMEZONE); its name can be understood all the same, or says an offset; else the zone
 * that the caller gives. The name comes before the definition because definitions are often old or cut to a year, while the
 * database knows the rules.
 */
import type { Component } from '../component.ts';
import { type DateTimeValue, type Instant, minuteMs } from '../time.ts';
import { FixedZone, type Zone } from './zone.ts';
import { ianaZone, utc } from './zone-iana.ts';
import { meantZone } from './zone-meaning.ts';
import { ianaNameOfDisplay, ianaNameOfWindows, offsetMinutesOf } from './zone-names.ts';
import { zoneFromVtimezone } from './zone-vtimezone.ts';

export type { Zone } from './zone.ts';
export { ianaZone, utc } from './zone-iana.ts';
export { windowsNameOf } from './zone-names.ts';
export { zoneFromVtimezone } from './zone-vtimezone.ts';

/** How the times of one object are understood. */
export interface ZoneResolver {
  /** For floating times and dates: the zone of the request, the calendar or its owner. */
  readonly fallback: Zone;
  /** TZIDs met so far that nothing defines; they were read as the fallback. */
  readonly unresolved: ReadonlySet<string>;
  zone(tzid: string): Zone;
  /** The zone a value is written in. */
  zoneOf(value: DateTimeValue): Zone;
  /** Of a date: the first instant of that day in the fallback zone. */
  toInstant(value: DateTimeValue): Instant;
}

/** `timezones` are the VTIMEZONE components of the object by TZID. They are read only when a name needs them. */
export function zoneResolver(timezones: ReadonlyMap<string, Component>, fallback: Zone): ZoneResolver {
  return new ObjectZones(timezones, fallback);
}

/** UTC by any of its names. */
export function isUtc(zone: Zone): boolean {
  return zone === utc || /^(Etc\/)?(UTC|GMT|UCT|Zulu|Universal)$/.test(zone.id);
}

class ObjectZones implements ZoneResolver {
  readonly fallback: Zone;
  private readonly timezones: ReadonlyMap<string, Component>;
  private missing: Set<string> | undefined;
  private folded: ReadonlyMap<string, Component> | undefined;
  private lastTzid: string | undefined;
  private lastZone: Zone;

  constructor(timezones: ReadonlyMap<string, Component>, fallback: Zone) {
    this.timezones = timezones;
    this.fallback = fallback;
    this.lastZone = fallback;
  }

  get unresolved(): ReadonlySet<string> {
    return (this.missing ??= new Set());
  }

  zone(tzid: string): Zone {
    if (tzid === this.lastTzid) return this.lastZone;
    const zone = namedZone(tzid) ?? this.defined(tzid) ?? meantZone(tzid) ?? offsetZone(tzid);
    if (!zone) (this.missing ??= new Set()).add(tzid);
    this.lastTzid = tzid;
    return (this.lastZone = zone ?? this.fallback);
  }

  zoneOf(value: DateTimeValue): Zone {
    if (value.kind === 'zoned') return this.zone(value.tzid);
    return value.kind === 'utc' ? utc : this.fallback;
  }

  toInstant(value: DateTimeValue): Instant {
    return value.kind === 'utc' ? value.instant : this.zoneOf(value).toInstant(value.local);
  }

  /** Some programs write one name in different cases. */
  private get inAnyCase(): ReadonlyMap<string, Component> {
    return (this.folded ??= new Map([...this.timezones].map(([tzid, zone]) => [fold(tzid), zone])));
  }

  private defined(tzid: string): Zone | undefined {
    const component =
      this.timezones.get(tzid) ?? this.timezones.get(tzid.trim()) ?? this.inAnyCase.get(fold(tzid));
    if (!component) return undefined;
    let zone = definedZones.get(component);
    if (zone === undefined) definedZones.set(component, (zone = zoneFromVtimezone(component) ?? null));
    return zone ?? undefined;
  }
}

function fold(tzid: string): string {
  return tzid.trim().toLowerCase();
}

/** Zones of VTIMEZONE components, as long as their object is alive; `null` for those that define nothing. */
const definedZones = new WeakMap<Component, Zone | null>();

/**
 * The zone that a name means by itself, without any definition; `undefined` if the name is not known.
 *
 * Known are IANA names and aliases in any case, Windows names, what Outlook's settings show (`(UTC+01:00) Amsterdam,
 * Berlin...`), `tzone://Microsoft/Utc`, and any of them behind a vendor's prefix (`/mozilla.org/20050126_1/Europe/Rome`).
 */
export function namedZone(tzid: string): Zone | undefined {
  // Too long to be a name, or to be remembered: it may have half a million characters.
  if (tzid.length > maxNameLength) return undefined;
  const known = namedZones.get(tzid);
  if (known !== undefined) return known ?? undefined;
  const zone = readName(tzid.trim()) ?? null;
  // Names come from clients; a clearing now and then keeps strange ones from piling up.
  if (namedZones.size >= maxNames) namedZones.clear();
  // A copy: V8 keeps the whole text alive for a part cut out of it.
  namedZones.set(Buffer.from(tzid).toString(), zone);
  return zone ?? undefined;
}

const namedZones = new Map<string, Zone | null>();
const maxNames = 10_000;
const maxNameLength = 200;

function readName(name: string): Zone | undefined {
  if (name === '') return undefined;
  if (/^z$/i.test(name)) return utc;
  const schemed = /^tzone:\/\/[^/]+\/(.+)$/i.exec(name);
  if (schemed?.[1]) return readName(schemed[1]);
  if (name.startsWith('/')) return prefixedZone(name);
  const iana = ianaNameOfWindows(name) ?? ianaNameOfDisplay(name);
  // A Windows name and the IANA name UTC are the same thing; no other name is in both tables.
  return ianaZone(iana ?? name.replaceAll(' ', '_'));
}

/** The longest tail of the path that is a zone: `America/Argentina/Ushuaia`, not `Ushuaia`. */
function prefixedZone(path: string): Zone | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  for (let length = Math.min(3, parts.length); length > 0; length--) {
    const zone = ianaZone(parts.slice(-length).join('/').replaceAll(' ', '_'));
    if (zone) return zone;
  }
  return undefined;
}

function offsetZone(tzid: string): Zone | undefined {
  const minutes = offsetMinutesOf(tzid);
  return minutes === undefined ? undefined : new FixedZone(tzid.trim(), minutes * minuteMs, true);
}
