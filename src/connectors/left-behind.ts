/**
 * Exceptions that a write of ours has left behind. One that says what its series says is told as none; where a server keeps
 * whole copies, it does not follow what the series says now (exchange.md 10.2, 10.3).
 */
import { type Agreed, canonical, isSame } from './agreed.ts';
import type { NeutralEvent, RecurrenceKey } from './event.ts';
import { instanceContent } from './series.ts';

/** May a write from `before` to `after` leave some behind? */
export function mayLeaveBehind(before: NeutralEvent, after: NeutralEvent): boolean {
  return before.recurrence !== null && after.recurrence !== null && !isSame(before.content, after.content);
}

/** Instances that say what the series said before, and that nobody knew to be exceptions. */
export function leftBehind(
  told: NeutralEvent,
  expected: NeutralEvent,
  before: NeutralEvent,
): ReadonlySet<RecurrenceKey> {
  if (!mayLeaveBehind(before, expected)) return new Set();
  const keys = Object.entries(told.overrides)
    .filter(([key]) => expected.overrides[key] === undefined && before.overrides[key] === undefined)
    .filter(([key, content]) => isSame(content, instanceContent(before, key)))
    .map(([key]) => key);
  return new Set(keys);
}

/** The event as it would be without them. */
export function withoutThem(told: NeutralEvent, keys: ReadonlySet<RecurrenceKey>): NeutralEvent {
  const overrides = Object.entries(told.overrides).filter(([key]) => !keys.has(key));
  return canonical({ ...told, overrides: Object.fromEntries(overrides) });
}

/** Both sides begin where they are said: that they are not said here any more goes out, and nothing of them comes in. */
export function agreedOnThem(agreed: Agreed, told: NeutralEvent, keys: ReadonlySet<RecurrenceKey>): Agreed {
  if (keys.size === 0) return agreed;
  const them = Object.entries(told.overrides).filter(([key]) => keys.has(key));
  const face = (event: NeutralEvent): NeutralEvent =>
    canonical({
      ...event,
      excluded: event.excluded.filter((key) => !keys.has(key)),
      overrides: { ...event.overrides, ...Object.fromEntries(them) },
      zones: { ...told.zones, ...event.zones },
    });
  return { ...agreed, local: face(agreed.local), remote: face(agreed.remote) };
}
