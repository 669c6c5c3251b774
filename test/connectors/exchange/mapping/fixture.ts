/** Events, mailboxes and items for the tests of the mapping. */
import assert from 'node:assert/strict';
import type { EventContent, NeutralEvent } from '../../../../src/connectors/event.ts';
import type { Mapping } from '../../../../src/connectors/exchange/mapping/mapping.ts';
import type { Plan, PlanStep, RefusedPlan } from '../../../../src/connectors/exchange/mapping/plan.ts';
import { type ReadResult, readItem } from '../../../../src/connectors/exchange/mapping/read.ts';
import type { RemoteItem } from '../../../../src/connectors/remote.ts';
import { instant, type TimeRange } from '../../../../src/icalendar/time.ts';
import { type DocumentElement, xmlDocument } from '../../../../src/xml/document.ts';
import { readXml, type XmlElement } from '../../../../src/xml/reader.ts';

export const now: number = Date.UTC(2026, 10, 21);

export const mapping: Mapping = {
  version: 'Exchange2013_SP1',
  now,
  mailbox: 'anna@corp.example',
  aliases: ['a.berg@corp.example'],
  zone: 'Europe/Berlin',
  territory: null,
  unsupportedRecurrence: 'expand',
  recurrencePolicy: 'full',
  privateEvents: 'full',
  directory: new Map(),
};

export const window: TimeRange = {
  start: instant(Date.UTC(2026, 8, 21)),
  end: instant(Date.UTC(2027, 10, 21)),
};

export const plain: EventContent = {
  start: { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' },
  end: { local: '2026-11-23T11:00:00', zone: 'Europe/Berlin' },
  title: 'Weekly review',
  description: '',
  html: null,
  location: '',
  busy: 'busy',
  privacy: 'public',
  importance: 'normal',
  categories: [],
  reminder: null,
  cancelled: false,
  organizer: null,
  attendees: [],
  answer: null,
  url: '',
};

export function content(parts: Partial<EventContent> = {}): EventContent {
  return { ...plain, ...parts };
}

export function event(parts: Partial<EventContent> = {}, whole: Partial<NeutralEvent> = {}): NeutralEvent {
  return {
    uid: '5f3c@portal.example',
    content: content(parts),
    recurrence: null,
    excluded: [],
    overrides: {},
    zones: {},
    ...whole,
  };
}

export function series(
  rule: string,
  parts: Partial<EventContent> = {},
  whole: Partial<NeutralEvent> = {},
): NeutralEvent {
  return event(parts, { recurrence: { rules: [rule], dates: [] }, ...whole });
}

export function allDay(start: string, end: string, parts: Partial<EventContent> = {}): Partial<EventContent> {
  return { start: { date: start }, end: { date: end }, ...parts };
}

const limits = { maxXmlBytes: 1e7, maxXmlDepth: 64, maxXmlElements: 1e5 };

/** Elements of the types namespace; `t:` before each name may be left out. */
export function item(children: string, name = 'CalendarItem'): XmlElement {
  const namespace = 'http://schemas.microsoft.com/exchange/services/2006/types';
  return readXml(Buffer.from(`<${name} xmlns="${namespace}">${children}</${name}>`), limits);
}

export function readOk(read: ReadResult): RemoteItem {
  if (read.kind !== 'item') assert.fail(`it was not read: ${JSON.stringify(read)}`);
  return read.item;
}

/** What an item with these children says. */
export function eventOf(
  children: string,
  as: Partial<Mapping> = {},
  exceptions: readonly string[] = [],
): NeutralEvent {
  const others = exceptions.map((one) => item(one));
  return readOk(readItem(item(children), others, { ...mapping, ...as })).event;
}

export function planned(plan: Plan | RefusedPlan): Plan {
  if (plan.refused !== undefined) assert.fail(`refused: ${plan.refused}`);
  return plan;
}

export function stepAt<Do extends PlanStep['do']>(
  plan: Plan,
  index: number,
  wanted: Do,
): Extract<PlanStep, { do: Do }> {
  const step = plan.steps[index];
  const is = (one: PlanStep | undefined): one is Extract<PlanStep, { do: Do }> => one?.do === wanted;
  if (!is(step)) assert.fail(`step ${index} is ${step?.do ?? 'missing'}, not ${wanted}`);
  return step;
}

/** An element of ours as compact text with the prefix `t`. */
export function xmlOf(element: DocumentElement): string {
  const prefixes = { 'http://schemas.microsoft.com/exchange/services/2006/types': 't' };
  return xmlDocument(element, { prefixes })
    .replace(/^<\?xml[^>]*\?>\s*/, '')
    .replace(/ xmlns:t="[^"]*"/, '')
    .replaceAll('<t:', '<')
    .replaceAll('</t:', '</');
}
