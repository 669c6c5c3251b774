/** How Exchange will tell an event after it was written: by construction what is read of what is written. */
import type { TimeRange } from '../../../icalendar/time.ts';
import { canonical } from '../../agreed.ts';
import type { EventContent, NeutralEvent, RecurrenceKey } from '../../event.ts';
import { type ExchangeForm, exchangeForm } from './form.ts';
import { withoutUnkept } from './kept.ts';
import type { Mapping } from './mapping.ts';
import type { RefusedPlan } from './plan.ts';
import { readItem } from './read.ts';
import { exportRecurrence } from './recurrence.ts';
import { toldItem } from './told.ts';

/**
 * The event as main item and parts will tell it together. Parts are changed instances (`overrides`), also those that stand
 * beside the rule; where there is no main item the recurrence is as it was. What pulls bring of a main item says nothing of
 * its parts: the state of their keys is that of this event.
 */
export function normalizeEvent(
  event: NeutralEvent,
  window: TimeRange,
  mapping: Mapping,
): NeutralEvent | RefusedPlan {
  const form = exchangeForm(event, window, mapping);
  if (form.refused !== undefined) return form;
  const main = form.main ? readMain(form, mapping) : singly(form.whole, mapping);
  if (!main || !form.main) return main ?? { refused: 'unreadable-time' };
  const parts = [...form.parts].map(
    ([key, { content }]) => [key, contentTold(content, event, mapping)] as const,
  );
  const told = parts.filter((part): part is [RecurrenceKey, NeutralEvent] => part[1] !== undefined);
  return canonical({
    ...main,
    uid: event.uid,
    excluded: main.excluded.filter((key) => !form.parts.has(key)),
    overrides: { ...main.overrides, ...Object.fromEntries(told.map(([key, { content }]) => [key, content])) },
    zones: Object.assign({}, main.zones, ...told.map(([, { zones }]) => zones)),
  });
}

/** Does the series change there when the window moves on? */
export function dependsOnWindow(event: NeutralEvent, mapping: Mapping): boolean {
  return exportRecurrence(event, mapping).as === 'singles';
}

function readMain({ main }: ExchangeForm, mapping: Mapping): NeutralEvent | undefined {
  if (!main) return undefined;
  const { item, exceptions } = toldItem(main, mapping);
  const plain: Mapping = { ...mapping, privateEvents: 'full', recurrencePolicy: 'full' };
  const read = readItem(item, exceptions, plain);
  if (read.kind !== 'item') return undefined;
  const { event } = read.item;
  const { unkept } = mapping;
  if (!unkept?.length) return event;
  const overrides = Object.entries(event.overrides).map(
    ([key, content]) => [key, withoutUnkept(content, unkept)] as const,
  );
  const content = withoutUnkept(event.content, unkept);
  return { ...event, content, overrides: Object.fromEntries(overrides) };
}

/** One item by itself. */
function contentTold(content: EventContent, event: NeutralEvent, mapping: Mapping): NeutralEvent | undefined {
  const single = { ...event, content, recurrence: null, excluded: [], overrides: {} };
  const form = { main: { event: single, series: null }, parts: new Map(), whole: single, notes: [] };
  return readMain(form, mapping);
}

/** A series without main item: its times and its rule are ours, the rest is as single items tell it. */
function singly(event: NeutralEvent, mapping: Mapping): NeutralEvent | undefined {
  const tell = (content: EventContent): EventContent | undefined => {
    const told = contentTold(content, event, mapping)?.content;
    return told && { ...told, start: content.start, end: content.end };
  };
  const content = tell(event.content);
  const overrides = Object.entries(event.overrides).flatMap(([key, own]) => {
    const told = tell(own);
    return told ? [[key, told] as const] : [];
  });
  return content && canonical({ ...event, content, overrides: Object.fromEntries(overrides) });
}
