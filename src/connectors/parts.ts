/** Single items that stand for instances of a series beside its main item (exchange.md 10.2, 10.4, 10.5). */
import { canonical, type Faces, usedZones, withField } from './agreed.ts';
import type { NeutralEvent, RecurrenceKey } from './event.ts';

/**
 * What a main item tells, with what is known of its parts. It tells nothing of them itself: to the provider such an instance
 * is deleted, or was never one. Hence their state is as agreed.
 */
export function withParts(
  main: NeutralEvent,
  agreed: NeutralEvent,
  parts: readonly RecurrenceKey[],
): NeutralEvent {
  if (parts.length === 0) return main;
  const isPart = new Set(parts);
  const others = main.excluded.filter((key) => !isPart.has(key));
  const known = Object.entries(agreed.overrides).filter(([key]) => isPart.has(key));
  const whole: NeutralEvent = {
    ...main,
    excluded: [...others, ...agreed.excluded.filter((key) => isPart.has(key))].sort(),
    overrides: { ...main.overrides, ...Object.fromEntries(known) },
  };
  return { ...whole, zones: usedZones(whole, { ...agreed.zones, ...main.zones }) };
}

/** The other side's face with the whole rule in place of a pattern that comes near to it for a while. */
export function withWholeRule({ local, remote }: Faces): NeutralEvent {
  return canonical({
    ...remote,
    content: withField(remote.content, 'when', local.content),
    recurrence: local.recurrence,
    excluded: local.excluded,
    zones: { ...local.zones, ...remote.zones },
  });
}
