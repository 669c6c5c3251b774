/** What both sides had changed, and which of the two was kept (exchange.md §9.1), as words for the person whose link it is. */
import type { ConnectorConflict } from '../../core/connector.ts';
import type { Actor } from '../../core/principal.ts';
import { textOf } from '../../icalendar/event-facts.ts';
import { parseObject } from '../../icalendar/object.ts';
import { linkOfPerson } from '../../service/connectors/accounts.ts';
import type { Services } from '../../service/context.ts';
import { timestamp } from '../route.ts';
import { type ExchangeConflict, type ExchangeConflictField, exchangeConflictFields } from './api.ts';
import { patchOf } from './take.ts';
import { at, listOf, titleOf, wordOf } from './values.ts';

/** Older ones than so many are of no use to anybody. */
const shown = 100;
const maxTextLength = 1_000;

/** Newest first; with a UID those of one event, for its history. */
export async function conflictShapes(
  services: Services,
  actor: Actor,
  uid?: string,
): Promise<readonly ExchangeConflict[]> {
  const { storage } = services;
  const link = await linkOfPerson(services, actor.principal.id);
  if (!link) return [];
  const conflicts = await storage.connectors.conflicts(link.id, {
    limit: shown,
    ...(uid !== undefined && { uid }),
  });
  const titles = new Map<string, string>();
  const select = { by: 'uids', uids: [...new Set(conflicts.map(({ uid }) => uid))] } as const;
  for await (const page of storage.objects({ calendar: link.calendar, select })) {
    for (const { uid, bytes } of page) titles.set(uid, titleIn(bytes));
  }
  return conflicts.map((conflict) => conflictShape(conflict, titles.get(conflict.uid)));
}

function titleIn(bytes: Uint8Array): string {
  const object = parseObject(bytes);
  const component = object?.master ?? object?.overrides[0];
  return component ? textOf(component, 'SUMMARY') : '';
}

/** Exported for its test. `title`: undefined where the event is gone. */
function conflictShape(
  { id, at, field, ours, theirs, kept }: ConnectorConflict,
  title: string | undefined,
): ExchangeConflict {
  const parts = field.split(' ');
  const name = parts.at(-1) ?? '';
  // What the engine has written; a value that is none of ours has no words.
  const [here, there]: readonly unknown[] = [JSON.parse(ours), JSON.parse(theirs)];
  const known = exchangeConflictFields.find((one) => one === name) ?? 'event';
  const [instance] = parts.length > 1 ? parts : [];
  return {
    id: String(id),
    at: timestamp(at),
    title: cut(title ?? (titleOf(here) || titleOf(there))),
    instance: instance === undefined ? null : (/^\d{4}-\d\d-\d\d/.exec(instance)?.[0] ?? null),
    recurrenceId: instance?.replace(/[-:]/g, '') ?? null,
    field: known,
    here: wordsOf(name, here),
    there: wordsOf(name, there),
    kept: kept === 'ours' ? 'here' : 'there',
    take: title === undefined ? null : patchOf(known, kept === 'ours' ? there : here),
  };
}

function wordsOf(field: string, value: unknown): string | null {
  // It does not take place there, or was deleted.
  if (value === 'excluded') return null;
  if (typeof value === 'string') return cut(value);
  if (value === null) return field === 'event' || field === 'instance' ? null : '';
  const plain = typeof value === 'object' ? titleOf(value) : JSON.stringify(value);
  return cut(sayings[field]?.(value) ?? plain);
}

const sayings: Readonly<Record<string, (value: unknown) => string>> = {
  when: (value) =>
    [
      `${timeOf(at(value, 'start'))} – ${timeOf(at(value, 'end'))}`,
      ...listOf(at(at(value, 'recurrence'), 'rules')).map(String),
    ].join(', '),
  description: (value) => wordOf(at(value, 'text')),
  people: (value) =>
    [at(value, 'organizer'), ...listOf(at(value, 'attendees'))]
      .map((person) => wordOf(at(person, 'name')) || wordOf(at(person, 'address')))
      .filter((person) => person !== '')
      .join(', '),
  categories: (value) => listOf(value).map(String).join(', '),
} satisfies Partial<Record<ExchangeConflictField, (value: unknown) => string>>;

function timeOf(time: unknown): string {
  const local = wordOf(at(time, 'local'));
  return local === '' ? wordOf(at(time, 'date')) : local.slice(0, 16).replace('T', ' ');
}

function cut(text: string): string {
  return text.slice(0, maxTextLength);
}
