/**
 * Which way one value goes: what each side says of it, what each said when both agreed, and what the link allows
 * (exchange.md 9.1, 11.3).
 */
import type { Direction } from '../core/connector.ts';
import { invitesOthers, isSame } from './agreed.ts';
import type { ContentField, EventContent } from './event.ts';

export type ConflictPolicy = 'newest' | 'exchange' | 'portal';

export interface JudgeRules {
  readonly policy: ConflictPolicy;
  readonly direction: Direction;
  /** Which side was changed last; clocks are compared by the caller, and a tie is the remote side's. */
  readonly newer: 'local' | 'remote';
  /** The answer to one instance can be sent alone. */
  readonly answersInstances?: boolean;
}

export interface Conflict {
  /** A `ContentField`, after the key of the instance where it is about one, or `event`. */
  readonly field: string;
  readonly ours: unknown;
  readonly theirs: unknown;
  readonly kept: 'ours' | 'theirs';
}

/** Four tellings of one thing: each side's now, and each side's when they agreed. */
export interface Four<Value> {
  /** Undefined: they never agreed. */
  readonly localBase: Value | undefined;
  readonly remoteBase: Value | undefined;
  readonly local: Value;
  /** `local` as the provider would tell it. */
  readonly localThere: Value;
  readonly remote: Value;
}

/**
 * What the other side said before of a part of an event. Where people are invited or left out here, what a server calls the
 * others by now, or what they have answered, is no edit that would be in the way; it comes in afterwards.
 */
export function baseThere(
  field: ContentField,
  { localBase, remoteBase, local, remote }: Omit<Four<EventContent>, 'localThere'>,
): EventContent | undefined {
  if (field !== 'people' || !localBase || !remoteBase) return remoteBase;
  return invitesOthers(localBase, local) && !invitesOthers(remoteBase, remote) ? remote : remoteBase;
}

/** Which way a value goes. */
export type Way = 'stay' | 'out' | 'in';

/** Decides for one value, and notes what is lost by it. */
export interface Judge {
  readonly way: (field: string, values: Four<unknown>, allowed: Allowed) => Way;
  readonly role: 'owner' | 'guest';
  readonly answersInstances: boolean;
}

export interface Allowed {
  readonly out: boolean;
  readonly in: boolean;
}

/** What a guest may change (exchange.md 11.3). */
export const guestFields: ReadonlySet<ContentField> = new Set([
  'answer',
  'reminder',
  'busy',
  'categories',
  'privacy',
]);

export function allowedFor(field: ContentField, role: 'owner' | 'guest'): Allowed {
  if (role === 'guest') return { out: guestFields.has(field), in: true };
  // Nobody answers to an invitation of their own.
  return field === 'answer' ? { out: false, in: false } : { out: true, in: true };
}

/** `conflicts` gets what is lost by its decisions. */
export function judgeFor(
  role: Judge['role'],
  { policy, direction, newer, answersInstances = false }: JudgeRules,
  conflicts: Conflict[],
): Judge {
  const winner = policy === 'newest' ? newer : policy === 'portal' ? 'local' : 'remote';
  const way: Judge['way'] = (field, values, allowed) => {
    const { local, localThere, remote, localBase, remoteBase } = values;
    if (isSame(localThere, remote)) return 'stay';
    const ours = localBase === undefined || !isSame(localBase, local);
    const theirs = remoteBase === undefined || !isSame(remoteBase, remote);
    if (!ours && !theirs) return 'stay';
    const can = {
      out: allowed.out && direction !== 'from-remote',
      in: allowed.in && direction !== 'to-remote',
    };
    const first = ours && (!theirs || winner === 'local') ? 'out' : 'in';
    const other = first === 'out' ? 'in' : 'out';
    // The other way, when that settles a conflict or puts back what may not be changed.
    const back = can[other] && ((ours && theirs) || !allowed[first]);
    const taken = can[first] ? first : back ? other : 'stay';
    const lost = taken === 'out' ? ours && theirs : taken === 'in' && ours;
    if (lost)
      conflicts.push({ field, ours: local, theirs: remote, kept: taken === 'out' ? 'ours' : 'theirs' });
    return taken;
  };
  return { way, role, answersInstances };
}
