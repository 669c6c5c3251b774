/**
 * Sync of a whole home: which calendars came, changed or went, and where the reader stands in each (RFC 6578, clients.md
 * W14).
 *
 * The token is stateless: it holds, compressed, each calendar with its state. So it survives restarts, needs no table,
 * and dies with the epoch.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import { homeName, visibleCalendars } from '../access.ts';
import type { Services } from '../context.ts';
import { Kept } from '../memory.ts';
import { maxAttempts } from '../writing.ts';
import { badToken, ctag, isKnownState, syncToken } from './sync-token.ts';

/** What changed in a home, calendar by calendar. */
export type HomeChange =
  | {
      /** Its segment in the home, decoded. */
      readonly name: string;
      readonly gone: false;
      readonly seen: SeenCalendar;
      /** The calendar itself or something in it has changed since the client's token. */
      readonly changed: boolean;
      /** The client does not know the calendar's own present properties. What is in it may be known nevertheless. */
      readonly isNews: boolean;
      /** Where the client stands in the calendar, for `changesSince`; absent: it knows nothing of what is in it. */
      readonly token: string | undefined;
      /** The client stands in a state that is no longer known: it may have objects of which nobody can say that they went. */
      readonly isLost: boolean;
    }
  | { readonly name: string; readonly gone: true };

export interface HomeSync {
  /** All calendars of the home in its order, then those that went. */
  readonly calendars: readonly HomeChange[];
  /** The token of a client that has been told everything. */
  readonly token: string;
  /**
   * The client's token if an answer ends early (RFC 6578 §3.6). `told` says how much of each calendar, by name, the
   * answer had.
   */
  readonly tokenAfter: (told: ReadonlyMap<string, Told>) => string;
}

/** What a client was told of a calendar: all there is, or the calendar itself and its objects up to this token. */
export type Told = 'all' | { readonly upTo: string | undefined };

/** A calendar in a token: its name in the home, its own token, and a mark of how it looks to this person. */
type Entry = readonly [name: string, token: string, look: string];

/** A home's token may not unpack to more than this. */
const maxTokenBytes = 1024 * 1024;

/** The token of the actor's home as it stands now. `calendars` are its children, where the caller has them already. */
export async function homeToken(
  services: Services,
  actor: Actor,
  calendars?: readonly SeenCalendar[],
): Promise<string> {
  return encode(services, actor, entriesOf(services, calendars ?? (await visibleCalendars(services, actor))));
}

/** Changes whenever anything in the home does; like `homeToken`, but short. */
export async function homeCtag(
  services: Services,
  actor: Actor,
  calendars?: readonly SeenCalendar[],
): Promise<string> {
  const seen = calendars ?? (await visibleCalendars(services, actor));
  return `${services.storage.epoch}-${digest(JSON.stringify(entriesOf(services, seen)))}`;
}

/**
 * Services whose next write holds only while the actor's home is as `token` says (RFC 6578 §5); refused as `stale`.
 *
 * A token stands for calendars, each with a counter, and for what makes them the person's: the commit is told all of these.
 * The directory moves with changes of other people too: where it has moved and the home has not, the write is tried again.
 */
export function holdingHome<Given extends Services>(services: Given, actor: Actor, token: string): Given {
  const { storage } = services;
  let isHeld = true;
  const commit: Services['storage']['commit'] = async (set) => {
    for (let attempt = 1; isHeld; attempt++) {
      // Read before what stands on it.
      const directory = await storage.directoryVersion();
      const calendars = await visibleCalendars(services, actor);
      if ((await homeToken(services, actor, calendars)) !== token) {
        return { ok: false, change: 0, reason: 'moved-on' };
      }
      const known = calendars.map(({ calendar: { id, modseq } }) => ({ calendar: id, modseq }));
      const unchanged = [...(set.unchanged ?? []), ...known];
      const result = await storage.commit({ ...set, directory, unchanged });
      // Further writes of this request need no check: the request itself has changed the home.
      if (result.ok) isHeld = false;
      if (result.ok || result.reason !== 'moved-on' || attempt === maxAttempts) return result;
    }
    return await storage.commit(set);
  };
  return { ...services, storage: { ...storage, commit } };
}

/** Compares the home with a token; without one every calendar is new. Refuses `bad-sync-token`. */
export async function homeChangesSince(
  services: Services,
  actor: Actor,
  token: string | undefined,
): Promise<HomeSync> {
  const known = token === undefined || token === '' ? [] : decode(services, actor, token);
  const before = new Map(known.map((entry) => [entry[0], entry]));
  const seen = await visibleCalendars(services, actor);
  const now = entriesOf(services, seen);
  const calendars: HomeChange[] = seen.map((calendar, index) => {
    const name = homeName(calendar);
    const then = before.get(name);
    const token = then && isKnownState(services, calendar, then[1]) ? then[1] : undefined;
    const changed = then?.join() !== now[index]?.join();
    const isNews = then?.[2] !== now[index]?.[2];
    const isLost = token === undefined && then !== undefined && then[1] !== '';
    return { name, gone: false, seen: calendar, changed, isNews, token, isLost };
  });
  const names = new Set(calendars.map(({ name }) => name));
  for (const name of before.keys()) if (!names.has(name)) calendars.push({ name, gone: true });
  return {
    calendars,
    token: encode(services, actor, now),
    tokenAfter: (told) => encode(services, actor, partialEntries(before, now, told)),
  };
}

function partialEntries(
  before: ReadonlyMap<string, Entry>,
  now: readonly Entry[],
  told: ReadonlyMap<string, Told>,
): readonly Entry[] {
  const entries: Entry[] = [];
  for (const entry of now) {
    const [name, , look] = entry;
    const then = before.get(name);
    const known = told.get(name);
    if (known === 'all') entries.push(entry);
    // An empty token: next time the calendar is listed from its beginning.
    else if (known) entries.push([name, known.upTo ?? then?.[1] ?? '', look]);
    else if (then) entries.push(then);
  }
  const names = new Set(now.map(([name]) => name));
  for (const [name, entry] of before) if (!names.has(name) && !told.has(name)) entries.push(entry);
  return entries;
}

function entriesOf(services: Services, calendars: readonly SeenCalendar[]): readonly Entry[] {
  let entries = entriesKnown.get(calendars);
  if (!entries) {
    entries = calendars.map((seen) => [homeName(seen), syncToken(services, seen), lookOf(services, seen)]);
    entriesKnown.set(calendars, entries);
  }
  return entries;
}

/** A listing asks for the token and the ctag of the same calendars. */
const entriesKnown = new WeakMap<readonly SeenCalendar[], readonly Entry[]>();

/** What a person sees of a calendar besides its content: rights, and their own name and colour for it. */
function lookOf(services: Services, seen: SeenCalendar): string {
  return digest(JSON.stringify([ctag(services, seen), seen.level, seen.access, seen.view ?? null]));
}

function digest(text: string): string {
  let known = digests.known(text);
  if (known === undefined) {
    known = createHash('sha256').update(text).digest('base64url').slice(0, 16);
    if (text.length <= maxKeptText) digests.keep(text, known);
  }
  return known;
}

/** A home is listed many times between two changes of it. */
const digests: Kept<string> = new Kept(2000);
const packedEntries: Kept<string> = new Kept(500);
const maxKeptText = 2000;

function prefixOf(services: Services, actor: Actor): string {
  return `https://portcal.org/ns/sync/${services.storage.epoch}/home-${actor.principal.id.toString(36)}/`;
}

function encode(services: Services, actor: Actor, entries: readonly Entry[]): string {
  const text = JSON.stringify(entries);
  let packed = packedEntries.known(text);
  if (packed === undefined) {
    packed = deflateRawSync(text).toString('base64url');
    if (text.length <= maxKeptText) packedEntries.keep(text, packed);
  }
  return prefixOf(services, actor) + packed;
}

function decode(services: Services, actor: Actor, token: string): readonly Entry[] {
  const prefix = prefixOf(services, actor);
  if (!token.startsWith(prefix)) throw badToken();
  let value: unknown;
  try {
    const packed = Buffer.from(token.slice(prefix.length), 'base64url');
    value = JSON.parse(inflateRawSync(packed, { maxOutputLength: maxTokenBytes }).toString('utf8'));
  } catch {
    // Whatever the error, this is no token that was made here.
    throw badToken();
  }
  if (!Array.isArray(value) || !value.every(isEntry)) throw badToken();
  return value;
}

function isEntry(value: unknown): value is Entry {
  return Array.isArray(value) && value.length === 3 && value.every((part) => typeof part === 'string');
}
