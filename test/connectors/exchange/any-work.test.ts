/**
 * Whatever people do on both sides of a link, at whatever server, while requests get lost, processes die, links are cut and joined
 * again, the calendar there is taken away and restored, and the window moves on: in the end both sides tell the same days, nobody's event is lost or there twice, and guests have
 * been mailed no more often than there was news (exchange.md 19.5). What people can do and what it comes to belong together, hence
 * one long file.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Fault } from '../../../conformance/exchange/faults.ts';
import { type Profile, profileNames } from '../../../conformance/exchange/profile.ts';
import type { EventContent, NeutralEvent } from '../../../src/connectors/event.ts';
import { instancesIn } from '../../../src/connectors/exchange/mapping/instances.ts';
import { instanceContent, instantOf } from '../../../src/connectors/series.ts';
import { dayMs, hourMs, instant } from '../../../src/icalendar/time.ts';
import { freshState, retry } from '../../../src/service/connectors/links.ts';
import { neutral } from '../events.ts';
import { withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const forms = ['single', 'series', 'days', 'meeting', 'weekly'] as const;

const acts = [
  'make',
  'rename',
  'place',
  'shift',
  'lengthen',
  'whole-day',
  'zone',
  'exclude',
  'override',
  'move-instance',
  'add-date',
  'drop-dates',
  'pattern',
  'split',
  'people',
  'cancel',
  'take-place',
  'delete',
] as const;

const actsThere = [
  'make',
  'rename',
  'place',
  'shift',
  'lengthen',
  'whole-day',
  'exclude',
  'override',
  'move-instance',
  'rename-part',
  'delete-part',
  'move-away',
  'bring-back',
  'empty',
  'call-off',
  'delete',
] as const;

interface Act {
  readonly do: (typeof acts)[number];
  readonly event: number;
  readonly value: number;
  /** The link runs right behind it. */
  readonly runs: boolean;
}

interface ActThere {
  readonly there: (typeof actsThere)[number];
  readonly event: number;
  readonly value: number;
  /** The link runs right behind it. */
  readonly runs: boolean;
}

type Step =
  | Act
  | ActThere
  | { readonly run: true }
  | { readonly fail: 'reset-before' | 'reset-after' | 'busy' | 'refused'; readonly after: number }
  | { readonly die: number }
  | { readonly late: number }
  | { readonly days: number }
  | { readonly relink: 'at-once' | 'later' }
  | { readonly folder: 'gone' | 'as-it-was' | 'anew' };

const failures = {
  'reset-before': { kind: 'reset-before' },
  'reset-after': { kind: 'reset-after' },
  busy: { kind: 'busy', where: 'response-message' },
  refused: { kind: 'code', code: 'ErrorItemSave', where: 'message' },
} as const satisfies Record<string, Fault>;

const event = fc.nat({ max: 4 });
const value = fc.nat({ max: 6 });
const runs = fc.boolean();

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 9, arbitrary: fc.record({ do: fc.constantFrom('make', 'make', ...acts), event, value, runs }) },
  { weight: 5, arbitrary: fc.record({ there: fc.constantFrom('make', ...actsThere), event, value, runs }) },
  { weight: 2, arbitrary: fc.record({ run: fc.constant(true) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      fail: fc.constantFrom('reset-before', 'reset-after', 'busy', 'refused'),
      after: fc.nat({ max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ die: fc.integer({ min: 1, max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ late: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ days: fc.constantFrom(1, 1, 3, 20) }) },
  { weight: 1, arbitrary: fc.record({ relink: fc.constantFrom('at-once', 'later') }) },
  { weight: 1, arbitrary: fc.record({ folder: fc.constantFrom('gone', 'as-it-was', 'anew') }) },
);

const server = fc.record({
  profile: fc.constantFrom(...profileNames),
  quirks: fc.record(
    {
      checksChangeKeys: fc.boolean(),
      occurrencesChangeMaster: fc.boolean(),
      searchesIds: fc.boolean(),
      searchesNames: fc.boolean(),
      refusesUpdates: fc.constantFrom([], ['item:Importance']),
    } satisfies Partial<Record<keyof Profile, fc.Arbitrary<unknown>>>,
    { requiredKeys: [] },
  ),
  settings: fc.record({ unsupportedRecurrence: fc.constantFrom('expand', 'approximate') }),
});

const zone = 'Europe/Stockholm';
const dayOf = (count: number): string => new Date(Date.UTC(2026, 3, 1 + count)).toISOString().slice(0, 10);
const at = (day: string, clock: string, name = zone): EventContent['start'] => ({
  local: `${day}T${clock}:00`,
  zone: name,
});
const guest = (name: string) =>
  ({ address: `${name}@example.com`, name: '', role: 'required', answer: 'needs-action' }) as const;
const organizer = { address: 'alice@example.com', name: '' };

/** The one by which an event is known on both sides, as titles change and UIDs are the server's. */
const markOf = (count: number): string => `event-${count}`;

function made(count: number, title: string, uid: string): NeutralEvent {
  const form = forms[count % forms.length];
  const content = {
    title,
    categories: [markOf(count)],
    start: at(dayOf(0), '10:00'),
    end: at(dayOf(0), '11:00'),
    ...(form === 'days' && { start: { date: dayOf(0) }, end: { date: dayOf(1) } }),
    ...(form === 'meeting' && { organizer, attendees: [guest('bob'), guest('carol')] }),
  };
  const rules = form === 'weekly' ? ['FREQ=WEEKLY;BYDAY=WE,FR'] : ['FREQ=DAILY;COUNT=8'];
  const recurs = form === 'series' || form === 'days' || form === 'weekly';
  return neutral(content, { uid, ...(recurs && { recurrence: { rules, dates: [] } }) });
}

/** How it goes on with one test. */
class Work {
  readonly both: InStep;
  /** Those which somebody has made, and nobody has deleted or moved away. */
  readonly wanted: Set<string> = new Set();
  /** How often guests of an event may have to hear something, by its UID here. */
  readonly news: Map<string, number> = new Map();
  readonly away: Set<string> = new Set();
  private isLinked = true;
  /** The calendar there has gone; how it comes back. */
  private restored: ReturnType<InStep['outlook']['takeAway']> | undefined;

  constructor(both: InStep) {
    this.both = both;
  }

  async take(count: number, one: Step): Promise<void> {
    const { linked, fake } = this.both;
    linked.office.clock.advance(1000);
    if ('do' in one || 'there' in one) {
      if ('do' in one) await this.here(count, one);
      else if (!this.restored) this.there(count, one);
      if (one.runs && this.isLinked) await linked.run();
      return;
    }
    if ('late' in one) {
      fake.late.changes = one.late;
      return;
    }
    if ('days' in one) return linked.office.clock.advance(one.days * dayMs);
    if ('folder' in one) return await this.folder(one.folder);
    if ('relink' in one) return await this.relink(one.relink);
    if (!this.isLinked) return;
    if ('die' in one) return void (await this.both.dies(one.die));
    if ('fail' in one) fake.faults.add({ after: one.after, fault: failures[one.fail] });
    await linked.run();
    fake.faults.clear();
    if ('fail' in one) linked.office.clock.advance(hourMs);
  }

  /** As a person does it who keeps all events; between the two, they may go on working. */
  private async relink(when: 'at-once' | 'later'): Promise<void> {
    const { linked } = this.both;
    const now = linked.office.clock.now();
    if (this.isLinked)
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed: now } }]);
    this.isLinked = !this.isLinked || when === 'at-once';
    if (this.isLinked)
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: freshState }]);
  }

  /** The person who is told of it has it looked for again. */
  private async folder(becomes: 'gone' | 'as-it-was' | 'anew'): Promise<void> {
    const { linked, outlook } = this.both;
    if (becomes === 'gone') this.restored ??= outlook.takeAway('calendar');
    else if (this.restored) {
      this.restored(becomes);
      this.restored = undefined;
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { stopped: null } }]);
    }
  }

  private async here(count: number, { do: what, event: number, value: chosen }: Act): Promise<void> {
    const { linked } = this.both;
    const mark = markOf(number);
    const found = (await linked.events()).find(({ content }) => content.categories.includes(mark));
    if (!found) {
      if (what === 'delete') return;
      const uid = `${mark}-${count}`;
      this.wanted.add(mark);
      this.heard(uid);
      return await linked.put(made(number, `made ${count}`, uid));
    }
    if (what === 'make') return;
    this.heard(found.uid);
    if (what === 'delete') {
      this.wanted.delete(mark);
      return await linked.delete(found.uid);
    }
    if (what === 'split') return await this.split(found, chosen, count);
    await linked.edit(found.uid, (one) => changed(one, what, chosen, count));
  }

  private heard(uid: string): void {
    this.news.set(uid, (this.news.get(uid) ?? 0) + 1);
  }

  /** This and all that follow become a series of their own. */
  private async split(found: NeutralEvent, chosen: number, count: number): Promise<void> {
    const { linked } = this.both;
    const [rule] = found.recurrence?.rules ?? [];
    if (rule === undefined || !rule.startsWith('FREQ=DAILY;COUNT=8') || 'date' in found.content.start) return;
    const day = found.content.start.local.slice(0, 10);
    const first = new Date(Date.parse(`${day}T00:00:00Z`) + (1 + (chosen % 5)) * dayMs)
      .toISOString()
      .slice(0, 10);
    const clock = found.content.start.local.slice(11, 16);
    await linked.edit(found.uid, (one) => ({
      ...one,
      recurrence: { rules: [`FREQ=DAILY;COUNT=${1 + (chosen % 5)}`], dates: [] },
      excluded: [],
      overrides: {},
    }));
    const rest = neutral(
      {
        ...found.content,
        title: `rest ${count}`,
        categories: [`rest-${count}`],
        start: at(first, clock, found.content.start.zone),
        end: at(first, '23:00', found.content.start.zone),
      },
      { uid: `rest-${count}`, recurrence: { rules: ['FREQ=DAILY;COUNT=3'], dates: [] } },
    );
    this.wanted.add(`rest-${count}`);
    this.heard(rest.uid);
    await linked.put(rest);
  }

  private there(count: number, { there: what, event: number, value: chosen }: ActThere): void {
    const { outlook } = this.both;
    const mark = markOf(number);
    if (what === 'empty') {
      if (chosen > 0) return;
      for (const { id, categories } of outlook.all()) {
        outlook.delete(id);
        for (const one of categories) this.wanted.delete(one);
      }
      return;
    }
    const own = outlook.all().filter(({ categories }) => categories.includes(mark));
    const isPart = ({ extended }: (typeof own)[number]): boolean =>
      /^(?:series|override):/.test(extended['PortalEventId'] ?? '');
    const [found, part] = [own.find((one) => !isPart(one)), own.find(isPart)];
    if (what === 'call-off') {
      if (!found || found.attendees.length === 0) return;
      this.wanted.delete(mark);
      return outlook.cancel(found.id);
    }
    if (what === 'make' || (own.length === 0 && what === 'rename')) {
      if (own.length > 0 || this.away.has(mark)) return;
      this.wanted.add(mark);
      outlook.create({
        subject: `made ${count}`,
        start: `${dayOf(0)}T10:00`,
        end: `${dayOf(0)}T11:00`,
        zone: 'W. Europe Standard Time',
        categories: [mark],
        reminder: null,
        ...(number % 2 === 1 && {
          recurrence: {
            pattern: { kind: 'daily', interval: 1 },
            start: Date.parse(dayOf(0)) / dayMs,
            count: 8,
          },
        }),
      });
      return;
    }
    if (what === 'bring-back') {
      const item = outlook.all('Elsewhere').find(({ categories }) => categories.includes(mark));
      if (item === undefined || own.length > 0) return;
      outlook.move(item.id, 'calendar');
      this.away.delete(mark);
      this.wanted.add(mark);
      return;
    }
    if (what === 'delete-part' || what === 'rename-part') {
      if (part && what === 'delete-part') {
        outlook.delete(part.id);
        if (own.length === 1) this.wanted.delete(mark);
      } else if (part) outlook.edit(part.id, { subject: `part ${count}` });
      return;
    }
    if (!found) return;
    const clock = found.allDay ? '' : 'T1';
    switch (what) {
      case 'rename':
        return outlook.edit(found.id, { subject: `title ${count}` });
      case 'place':
        return outlook.edit(found.id, { location: `room ${count}` });
      case 'shift':
      case 'lengthen': {
        const [from, to] = what === 'shift' ? [2 + (chosen % 3), 5] : [0, 1 + chosen];
        if (clock !== '')
          outlook.edit(found.id, { start: `${dayOf(0)}T1${from}:00`, end: `${dayOf(0)}T1${to}:30` });
        return;
      }
      case 'whole-day':
        return outlook.edit(found.id, { allDay: true, start: dayOf(0), end: dayOf(1) });
      case 'delete':
        this.wanted.delete(mark);
        return outlook.delete(found.id);
      case 'move-away':
        this.wanted.delete(mark);
        this.away.add(mark);
        outlook.move(found.id, 'Elsewhere');
        return;
      case 'exclude':
      case 'override':
      case 'move-instance':
        break;
      default:
        return what satisfies never;
    }
    if (!found.recurrence || found.recurrence.pattern.kind !== 'daily') return;
    const day = dayOf(chosen);
    const last = (found.recurrence.count ?? 0) + found.recurrence.start;
    const date = Date.parse(day) / dayMs;
    if (date < found.recurrence.start || date >= last || found.deleted.includes(day)) return;
    if (what === 'exclude') {
      if (found.deleted.length + 2 < (found.recurrence.count ?? 0)) outlook.deleteInstance(found.id, day);
    } else if (what === 'override') outlook.editInstance(found.id, day, { subject: `instance ${count}` });
    else if (what === 'move-instance' && !found.allDay)
      outlook.editInstance(found.id, day, { start: `${day}T07:00`, end: `${day}T08:00` });
  }

  /** Nothing is in the way any more. */
  async settled(): Promise<void> {
    const { linked, fake } = this.both;
    if (!this.isLinked) await this.relink('at-once');
    await this.folder('as-it-was');
    fake.late.changes = 0;
    linked.office.clock.advance(hourMs);
    for (let round = 0; round < 3; round++) {
      await linked.run();
      linked.office.clock.advance(hourMs);
    }
    const { connectors } = linked.services.storage;
    for await (const page of connectors.pairs(linked.id, { quarantined: true }))
      for (const pair of page) await linked.commit(retry({ id: linked.id }, pair, linked.office.clock.now()));
    // What some servers do not tell of comes to light when everything is looked through.
    for (let round = 0; round < 4; round++) {
      linked.office.clock.advance(13 * hourMs);
      await linked.run();
    }
    await this.both.quiet();
  }

  async assertSame(): Promise<void> {
    const { linked, outlook, fake } = this.both;
    const now = linked.office.clock.now();
    const window = { start: instant(now - 30 * dayMs), end: instant(now + 60 * dayMs) };
    const days = (events: readonly NeutralEvent[]): readonly string[] =>
      events.flatMap((one) => [...instancesIn(one, window).values()].map((own) => dayText(own, one))).sort();
    const [here, there] = [await linked.events(), (await this.both.there()).map((item) => item.event)];
    assert.deepEqual(days(there), days(here));
    const marks = new Set(here.flatMap(({ content }) => content.categories));
    for (const mark of this.wanted) assert.ok(marks.has(mark), `${mark} is lost`);
    assert.equal(new Set(here.map(({ uid }) => uid)).size, here.length);
    for (const [uid, news] of this.news) {
      const mails = fake.mails.filter((mail) => mail.kind === 'request' && mail.uid === uid);
      for (const name of ['bob', 'carol', 'dora'])
        assert.ok(
          mails.filter(({ to }) => to.includes(`${name}@example.com`)).length <= news,
          `${name}: ${mails.length} mails about ${uid}, of which there were ${news} news`,
        );
    }
    assert.ok(outlook.all().length < 100);
  }
}

function dayText({ start, end, title, location }: EventContent, { zones }: NeutralEvent): string {
  const text = (time: EventContent['start']): string =>
    new Date(instantOf(time, zones)).toISOString().slice(0, 16);
  return `${text(start)} ${text(end)} ${title}, ${location}`;
}

function changed(
  one: NeutralEvent,
  what: Exclude<Act['do'], 'make' | 'delete' | 'split'>,
  chosen: number,
  count: number,
): NeutralEvent {
  const { start, end } = one.content;
  const plain = { ...one, excluded: [], overrides: {} };
  const days = dayOf(chosen);
  const isDay = 'date' in start;
  const key = isDay
    ? days
    : `${new Date(instantOf(at(days, start.local.slice(11, 16), start.zone), one.zones)).toISOString().slice(0, 19)}Z`;
  const { [key]: _, ...others } = one.overrides;
  switch (what) {
    case 'rename':
      return withContent({ title: `title ${count}` })(one);
    case 'place':
      return withContent({ location: `room ${count}` })(one);
    case 'shift':
      if (isDay) return one;
      return withContent({
        start: at(start.local.slice(0, 10), `1${chosen}:30`, start.zone),
        end: at(start.local.slice(0, 10), '18:00', start.zone),
      })({ ...plain, recurrence: one.recurrence && { ...one.recurrence, dates: [] } });
    case 'lengthen':
      return isDay
        ? one
        : withContent({ end: at(start.local.slice(0, 10), `20:1${chosen}`, start.zone) })(one);
    case 'whole-day':
      if (isDay) return one;
      return withContent({ start: { date: dayOf(0) }, end: { date: dayOf(1) } })({
        ...plain,
        recurrence: one.recurrence && { ...one.recurrence, dates: [] },
      });
    case 'zone':
      if (isDay || 'date' in end) return one;
      return withContent({
        start: { ...start, zone: 'America/New_York' },
        end: { ...end, zone: 'America/New_York' },
      })({ ...plain, recurrence: one.recurrence && { ...one.recurrence, dates: [] } });
    case 'cancel':
      return withContent({ cancelled: true })(one);
    case 'take-place':
      return withContent({ cancelled: false })(one);
    case 'people':
      if (one.content.attendees.length === 0) return one;
      return withContent({
        attendees: [guest('bob'), ...(chosen % 2 === 0 ? [guest('dora')] : [guest('carol')])],
      })(one);
    case 'exclude':
    case 'override':
    case 'move-instance':
    case 'add-date':
    case 'drop-dates':
    case 'pattern':
      break;
    default:
      return what satisfies never;
  }
  if (!one.recurrence) return one;
  switch (what) {
    case 'exclude':
      return { ...one, excluded: [...one.excluded.slice(0, 2), key], overrides: others };
    case 'override':
    case 'move-instance': {
      if (isDay || one.excluded.includes(key)) return one;
      const own = { ...instanceContent(one, key), title: `instance ${count}` };
      const later = { start: at(days, '07:00'), end: at(days, '07:30') };
      return { ...one, overrides: { ...others, [key]: what === 'override' ? own : { ...own, ...later } } };
    }
    case 'add-date': {
      const date = dayOf(12 + chosen * 2);
      const time = isDay ? { date } : at(date, start.local.slice(11, 16), start.zone);
      const dates = one.recurrence.dates.filter((other) => JSON.stringify(other) !== JSON.stringify(time));
      return { ...one, recurrence: { ...one.recurrence, dates: [...dates, time] } };
    }
    case 'drop-dates':
      return { ...one, recurrence: { ...one.recurrence, dates: [] } };
    case 'pattern': {
      const rules = [
        'FREQ=DAILY;COUNT=8',
        'FREQ=DAILY;COUNT=5',
        'FREQ=WEEKLY;COUNT=3',
        'FREQ=MONTHLY;BYMONTHDAY=31',
      ];
      return { ...plain, recurrence: { ...one.recurrence, rules: [rules[chosen % rules.length] ?? ''] } };
    }
    default:
      return what satisfies never;
  }
}

describe('anything that people do with Exchange behind it', () => {
  it('is in step in the end, lost nowhere, and mailed once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 40 }), server, async (steps, options) => {
        const { quirks, ...others } = options;
        const rules = { forwardMonths: 4, invitations: 'exchange' } as const;
        // An absent quirk is that of the profile.
        const own: Partial<Profile> = Object.fromEntries(
          Object.entries(quirks).filter(([, one]) => one !== undefined),
        );
        const both = await InStep.open({ ...others, quirks: own, linked: { rules } });
        try {
          both.outlook.addCalendar('Elsewhere');
          const work = new Work(both);
          await both.quiet();
          for (const [count, one] of steps.entries()) await work.take(count, one);
          await work.settled();
          await work.assertSame();
        } finally {
          await both.close();
        }
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 4) },
    );
  });
});
