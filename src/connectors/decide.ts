/**
 * What is written where: a pure function of what both sides agreed on, what each says now, and the rules of the link
 * (exchange.md 9, 11.3).
 *
 * A part that one side changed goes to the other. Of a part that both changed, the policy keeps one value and the other
 * becomes a `Conflict`, which is kept for people to look at. Nothing else is touched on either side.
 */
import { type Agreed, asOrganized, canonical, fieldValue, isSame, withField } from './agreed.ts';
import { withDaysApart } from './days-apart.ts';
import { mergedInstances } from './decide-instances.ts';
import {
  type ContentField,
  contentFields,
  type EventContent,
  type NeutralEvent,
  type RecurrenceKey,
} from './event.ts';
import {
  allowedFor,
  baseThere,
  type Conflict,
  type Judge,
  type JudgeRules,
  judgeFor,
  type Way,
} from './judge.ts';
import { clockOf } from './series.ts';

/** A part that a change of the remote side may not touch here: it is put back there (exchange.md 9.7). */
export interface Locked {
  readonly field: ContentField | 'start' | 'end';
  /** A code for the report of the run. */
  readonly reason: string;
}

export interface Sides {
  /** Null: the two were only just found to be the same event. */
  readonly agreed: Agreed | null;
  /** Null: deleted here. */
  readonly local: NeutralEvent | null;
  /** `local` as the provider would tell it. */
  readonly localThere: NeutralEvent | null;
  /** Null: deleted there. */
  readonly remote: NeutralEvent | null;
  readonly role: 'owner' | 'guest';
  /** Instances for which single items stand there. */
  readonly apart?: ReadonlySet<RecurrenceKey>;
}

export interface Rules extends JudgeRules {
  /** The local edit was made after the last look at the remote side. */
  readonly editedSincePull: boolean;
  /** What a change of the remote side may not touch, asked only when there is one. */
  readonly locked: (before: NeutralEvent, after: NeutralEvent) => readonly Locked[];
}

export type Decision =
  /** What each side is to say. A side that says it already is not written. */
  | {
      readonly do: 'merge';
      readonly local: NeutralEvent;
      readonly remote: NeutralEvent;
      readonly conflicts: readonly Conflict[];
      readonly reverted: readonly Locked[];
    }
  | { readonly do: 'delete-local'; readonly conflicts: readonly Conflict[] }
  | { readonly do: 'delete-remote'; readonly conflicts: readonly Conflict[] }
  /** It was deleted there, and is made anew with what is said here. */
  | { readonly do: 'create-remote'; readonly event: NeutralEvent; readonly conflicts: readonly Conflict[] }
  /** It was deleted here, and is made anew with what is said there. */
  | { readonly do: 'create-local'; readonly event: NeutralEvent; readonly conflicts: readonly Conflict[] }
  /** The direction of the link forbids what would follow. */
  | { readonly do: 'leave' }
  /** Gone on both sides. */
  | { readonly do: 'forget' };

export function decide(sides: Sides, rules: Rules): Decision {
  const { agreed, local, localThere, remote } = sides;
  if (local && remote)
    return merged(
      sides,
      { agreed, local, localThere: localThere ?? local, remote, apart: sides.apart ?? new Set() },
      rules,
    );
  if (local) return deletedThere(agreed, local, sides.role, rules);
  if (remote) return deletedHere(agreed, remote, rules);
  return { do: 'forget' };
}

function deletedThere(
  agreed: Agreed | null,
  local: NeutralEvent,
  role: Sides['role'],
  { policy, direction, editedSincePull }: Rules,
): Decision {
  if (direction === 'to-remote') return { do: 'leave' };
  const edited = agreed !== null && !isSame(agreed.local, local);
  // A meeting of somebody else cannot be made anew: it would be another meeting, with us as its organizer.
  const stays =
    edited &&
    role === 'owner' &&
    direction === 'both' &&
    (policy === 'portal' || (policy === 'newest' && editedSincePull));
  const conflict: Conflict = { field: 'event', ours: local, theirs: null, kept: stays ? 'ours' : 'theirs' };
  const conflicts = edited ? [conflict] : [];
  return stays ? { do: 'create-remote', event: local, conflicts } : { do: 'delete-local', conflicts };
}

function deletedHere(agreed: Agreed | null, remote: NeutralEvent, { policy, direction }: Rules): Decision {
  // What others answer to a meeting does not bring it back.
  const edited = agreed !== null && !isSame(asOrganized(agreed.remote), asOrganized(remote));
  if (direction === 'from-remote' && !edited) return { do: 'leave' };
  const stays = edited && direction !== 'to-remote' && policy !== 'portal';
  const conflict: Conflict = { field: 'event', ours: null, theirs: remote, kept: stays ? 'theirs' : 'ours' };
  const conflicts = edited ? [conflict] : [];
  return stays ? { do: 'create-local', event: remote, conflicts } : { do: 'delete-remote', conflicts };
}

interface Both {
  readonly agreed: Agreed | null;
  readonly local: NeutralEvent;
  readonly localThere: NeutralEvent;
  readonly remote: NeutralEvent;
  readonly apart: ReadonlySet<RecurrenceKey>;
}

function merged(sides: Sides, both: Both, rules: Rules): Decision {
  const conflicts: Conflict[] = [];
  const judge = judgeFor(sides.role, rules, conflicts);
  const free = mergedBy(both, judge, []);
  const locked = isSame(free.local, both.local) ? [] : rules.locked(both.local, free.local);
  if (locked.length === 0) return { do: 'merge', ...free, conflicts, reverted: [] };
  conflicts.length = 0;
  return { do: 'merge', ...mergedBy(both, judge, locked), conflicts, reverted: locked };
}

function mergedBy(
  { agreed, local, localThere, remote, apart }: Both,
  judge: Judge,
  locked: readonly Locked[],
): { readonly local: NeutralEvent; readonly remote: NeutralEvent } {
  const [inbound, outbound] = [withoutClash(remote, local.zones), withoutClash(local, remote.zones)];
  let [here, there] = [local.content, remote.content];
  let whenWay: Way = 'stay';
  const contents = {
    localBase: agreed?.local.content,
    remoteBase: agreed?.remote.content,
    local: local.content,
    remote: remote.content,
  };
  for (const field of contentFields) {
    const value = (event: NeutralEvent): unknown => fieldValue(event.content, field, event);
    const base = baseThere(field, contents);
    const values = {
      localBase: agreed ? value(agreed.local) : undefined,
      remoteBase: agreed && base ? value({ ...agreed.remote, content: base }) : undefined,
      local: value(local),
      localThere: value(localThere),
      remote: value(remote),
    };
    const allowed = allowedFor(field, judge.role);
    const isLocked = locksAll(locked, field, local);
    const way = judge.way(field, values, isLocked ? { ...allowed, in: false } : allowed);
    if (way === 'in') here = withField(here, field, inbound.content);
    if (way === 'out') there = withField(there, field, outbound.content);
    if (field === 'when') whenWay = way;
  }
  const halves = whenWay === 'in' ? lockedHalf(here, local.content, locked) : undefined;
  if (halves) [here, there] = [halves, withField(there, 'when', halves)];
  const coming = whenWay === 'in' ? withDaysApart(inbound, apart) : inbound;
  const becoming: NeutralEvent = {
    ...local,
    content: here,
    recurrence: whenWay === 'in' ? coming.recurrence : local.recurrence,
    zones: { ...inbound.zones, ...local.zones },
  };
  const both = { agreed, local, localThere, remote, coming, becoming, apart };
  const instances = mergedInstances(both, judge, whenWay);
  return {
    local: canonical({ ...becoming, ...instances.local }),
    remote: canonical({
      ...remote,
      content: there,
      recurrence: whenWay === 'out' ? outbound.recurrence : (remote.recurrence ?? coming.recurrence),
      ...instances.remote,
      zones: { ...outbound.zones, ...remote.zones },
    }),
  };
}

/** Of a series, whose times all hang together, no half can be kept. */
function locksAll(locked: readonly Locked[], field: ContentField, { recurrence }: NeutralEvent): boolean {
  const has = (name: Locked['field']): boolean => locked.some((lock) => lock.field === name);
  if (field !== 'when') return has(field);
  const [start, end] = [has('start'), has('end')];
  return has('when') || (start && end) || (recurrence !== null && (start || end));
}

/** The new time with the half that may not move; undefined where both may. An end before the start keeps the whole time. */
function lockedHalf(
  moved: EventContent,
  kept: EventContent,
  locked: readonly Locked[],
): EventContent | undefined {
  const half = locked.find(({ field }) => field === 'start' || field === 'end')?.field;
  if (half === undefined) return undefined;
  const mixed = half === 'start' ? { ...moved, start: kept.start } : { ...moved, end: kept.end };
  const sameKind = 'date' in mixed.start === 'date' in mixed.end;
  return sameKind && clockOf(mixed.start) <= clockOf(mixed.end) ? mixed : withField(moved, 'when', kept);
}

/** The event with other names for zones of its own that `taken` has another definition of. */
function withoutClash(event: NeutralEvent, taken: NeutralEvent['zones']): NeutralEvent {
  const clashing = Object.keys(event.zones).filter(
    (name) => taken[name] !== undefined && taken[name] !== event.zones[name],
  );
  if (clashing.length === 0) return event;
  // Names stand in times as `"zone":"name"` and in definitions as the TZID line.
  let text = JSON.stringify({ ...event, zones: {} });
  const zones = { ...event.zones };
  for (const name of clashing) {
    const other = `${name} (2)`;
    const [from, to] = [JSON.stringify(name), JSON.stringify(other)];
    text = text.replaceAll(`"zone":${from}`, () => `"zone":${to}`);
    zones[other] = (zones[name] ?? '').replace(/^TZID[:;][^\r\n]*/m, () => `TZID:${other}`);
    delete zones[name];
  }
  const renamed: NeutralEvent = JSON.parse(text);
  return { ...renamed, zones };
}
