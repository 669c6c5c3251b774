/**
 * The engine with Exchange behind it: people work in Outlook and here, answers get lost, and once everything is quiet both
 * sides say the same, nothing is there twice, and nobody was mailed (exchange.md 19.5).
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type FakeExchange, startExchange } from '../../../conformance/exchange/exchange.ts';
import type { Outlook } from '../../../conformance/exchange/outlook.ts';
import type { ProfileName } from '../../../conformance/exchange/profile.ts';
import { canonical } from '../../../src/connectors/agreed.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { createExchange, type Exchange } from '../../../src/connectors/exchange/index.ts';
import type { RemoteCalendar, RemoteItem } from '../../../src/connectors/remote.ts';
import { instanceContent } from '../../../src/connectors/series.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { noon } from '../../service/office.ts';
import { daily, neutral } from '../events.ts';
import { Linked, titled, withContent } from '../linked.ts';
import { credentials, never, settingsFor } from './scripted.ts';

class InStep {
  readonly fake: FakeExchange;
  readonly outlook: Outlook;
  readonly linked: Linked;
  readonly calendar: RemoteCalendar;
  private readonly exchange: Exchange;

  private constructor(
    fake: FakeExchange,
    outlook: Outlook,
    exchange: Exchange,
    linked: Linked,
    calendar: RemoteCalendar,
  ) {
    this.fake = fake;
    this.outlook = outlook;
    this.exchange = exchange;
    this.linked = linked;
    this.calendar = calendar;
  }

  static async open(profile: ProfileName): Promise<InStep> {
    let now = (): number => noon;
    const fake = await startExchange({ now: () => now(), profile });
    const outlook = fake.addMailbox('alice@example.com');
    fake.addService('svc');
    const server = {
      port: fake.port,
      url: new URL(fake.origin),
      connectionCount: () => 0,
      close: fake.close,
    };
    const settings = settingsFor(server, { authMethods: ['ntlm', 'basic'], autodiscover: 'off' });
    const exchange = createExchange(settings, { userAgent: 'test', now: () => now(), random: () => 0.5 });
    const mailbox = exchange.mailbox({
      mailbox: 'alice@example.com',
      credentials: credentials('svc', 'secret'),
      isService: true,
      memory: '',
      zone: 'Europe/Stockholm',
      territory: null,
      aliases: [],
    });
    const [info] = await mailbox.calendars(never);
    const remoteCalendar = info?.id ?? '';
    const linked = await Linked.make({ mailbox, link: { remoteCalendar } });
    now = () => linked.office.clock.now();
    return new InStep(fake, outlook, exchange, linked, mailbox.calendar(remoteCalendar));
  }

  async close(): Promise<void> {
    await this.linked.office.close();
    await this.exchange.close();
    await this.fake.close();
  }

  async there(): Promise<readonly RemoteItem[]> {
    const items = await this.calendar.fetch(
      this.outlook.all().map(({ id }) => id),
      never,
    );
    return items.map((item) => {
      assert.ok(!('failed' in item));
      return item;
    });
  }

  /** Runs until a run finds nothing to do. */
  async quiet(): Promise<void> {
    let asked: readonly string[] = [];
    for (let at = 0; at < 6; at++) {
      // A server that has failed is left alone for a while.
      this.linked.office.clock.advance(hourMs);
      this.fake.counters.byOperation.clear();
      const { run, failure } = await this.linked.run();
      if (failure?.cause) throw failure.cause;
      assert.equal(run.outcome, 'ok', run.failure ?? '');
      // A connection that was idle for an hour signs in anew.
      this.fake.counters.byOperation.delete('401');
      asked = [...this.fake.counters.byOperation].map(([operation, count]) => `${count} ${operation}`);
      if (asked.join() === '1 SyncFolderItems') return;
    }
    assert.fail(`it does not come to rest: ${asked.join(', ')}`);
  }

  async assertInStep(): Promise<void> {
    const window = { start: this.linked.office.clock.now(), end: this.linked.office.clock.now() };
    const normal = (event: NeutralEvent): NeutralEvent => {
      const told = this.calendar.normalize(event, window);
      assert.ok(!('refused' in told));
      return canonical({ ...told, uid: '' });
    };
    const sorted = (events: readonly NeutralEvent[]): readonly NeutralEvent[] =>
      [...events].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
    const here = (await this.linked.events()).map(normal);
    const there = folded(await this.there()).map((event) => canonical({ ...event, uid: '' }));
    assert.deepEqual(sorted(there), sorted(here));
    assert.equal(this.fake.mails.length, 0);
  }
}

/** Single items that stand for instances are those instances. */
function folded(items: readonly RemoteItem[]): readonly NeutralEvent[] {
  const parts = items.flatMap(({ event, partOf }) => (partOf ? { ...partOf, content: event.content } : []));
  return items
    .filter(({ partOf }) => partOf === null)
    .map(({ event }) => {
      const own = parts.filter(({ uid }) => uid === event.uid);
      const keys = own.map(({ recurrenceId }) => recurrenceId);
      const overrides = Object.fromEntries(own.map(({ recurrenceId, content }) => [recurrenceId, content]));
      return {
        ...event,
        excluded: event.excluded.filter((key) => !keys.includes(key)),
        overrides: { ...event.overrides, ...overrides },
      };
    });
}

interface Act {
  readonly do: 'make' | 'rename' | 'place' | 'shift' | 'exclude' | 'override' | 'delete';
  readonly side: 'here' | 'there';
  readonly event: number;
  readonly value: number;
}

type Step =
  | Act
  | { readonly do: 'run' }
  | { readonly do: 'fail'; readonly after: number; readonly kind: 'reset-before' | 'reset-after' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('make', 'make', 'rename', 'place', 'shift', 'exclude', 'override', 'delete'),
      side: fc.constantFrom('here', 'there'),
      event: fc.nat({ max: 3 }),
      value: fc.nat({ max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('run') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail'),
      after: fc.nat({ max: 4 }),
      kind: fc.constantFrom('reset-before', 'reset-after'),
    }),
  },
);

const dayOf = (value: number): string => `2026-03-${24 + value}`;
const keyOf = (value: number): string => `${dayOf(value)}T09:00:00Z`;

async function take(both: InStep, at: number, one: Step): Promise<void> {
  const { linked, fake } = both;
  if (one.do === 'run') {
    await linked.run();
    return;
  }
  if (one.do === 'fail') {
    fake.faults.add({ after: one.after, fault: { kind: one.kind } });
    await linked.run();
    fake.faults.clear();
    linked.office.clock.advance(hourMs);
    return;
  }
  linked.office.clock.advance(1000);
  const key = `event-${one.event}`;
  if (one.side === 'here') await actHere(linked, key, at, one);
  else actThere(both, key, at, one);
}

/** The event is known by its category on both sides, since titles change and UIDs are the server's. */
async function actHere(
  linked: Linked,
  key: string,
  at: number,
  { do: what, event, value }: Act,
): Promise<void> {
  const found = (await linked.events()).find(({ content }) => content.categories.includes(key));
  if (what === 'make') {
    const content = { title: `made ${at}`, categories: [key] };
    const uid = `${key}-${at}`;
    if (!found) await linked.put(event % 2 === 0 ? daily(content, { uid }) : neutral(content, { uid }));
    return;
  }
  if (!found) return;
  if (what === 'delete') return await linked.delete(found.uid);
  const instance = keyOf(value);
  await linked.edit(found.uid, (one) => {
    if (what === 'rename') return titled(`title ${at}`)(one);
    if (what === 'place') return withContent({ location: `room ${at}` })(one);
    if (what === 'shift') {
      const hour = 11 + (value % 3);
      const time = (minutes: string): { local: string; zone: string } => ({
        local: `2026-03-23T${hour}:${minutes}:00`,
        zone: 'Europe/Stockholm',
      });
      return { ...withContent({ start: time('00'), end: time('30') })(one), excluded: [], overrides: {} };
    }
    if (!one.recurrence) return one;
    const { [instance]: _, ...others } = one.overrides;
    if (what === 'exclude') return { ...one, excluded: [...one.excluded, instance], overrides: others };
    const override = { ...instanceContent(one, instance), title: `instance ${at}` };
    return {
      ...one,
      excluded: one.excluded.filter((other) => other !== instance),
      overrides: { ...others, [instance]: override },
    };
  });
}

function actThere({ outlook }: InStep, key: string, at: number, { do: what, event, value }: Act): void {
  const found = outlook.all().find(({ categories }) => categories.includes(key));
  if (what === 'make') {
    if (found) return;
    const recurrence =
      event % 2 === 0
        ? ({ pattern: { kind: 'daily', interval: 1 }, start: 20_535, count: 10 } as const)
        : undefined;
    outlook.create({
      subject: `made ${at}`,
      start: '2026-03-23T10:00',
      end: '2026-03-23T11:00',
      zone: 'W. Europe Standard Time',
      categories: [key],
      reminder: null,
      ...(recurrence && { recurrence }),
    });
    return;
  }
  if (!found) return;
  if (what === 'delete') outlook.delete(found.id);
  else if (what === 'rename') outlook.edit(found.id, { subject: `title ${at}` });
  else if (what === 'place') outlook.edit(found.id, { location: `room ${at}` });
  else if (found.recurrence && !found.deleted.some((gone) => gone.startsWith(dayOf(value)))) {
    if (what === 'exclude') outlook.deleteInstance(found.id, dayOf(value));
    if (what === 'override') outlook.editInstance(found.id, dayOf(value), { subject: `instance ${at}` });
  }
}

describe('the engine and Exchange', () => {
  for (const profile of ['exchange2010', 'exchange2016', 'gromox'] as const) {
    it(`come to rest in step with ${profile}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
          const both = await InStep.open(profile);
          try {
            for (const [at, one] of steps.entries()) await take(both, at, one);
            await both.quiet();
            if (profile === 'gromox') {
              // Instances that were changed there come to light when everything is looked through.
              both.linked.office.clock.advance(24 * hourMs);
              await both.quiet();
            }
            await both.assertInStep();
          } finally {
            await both.close();
          }
        }),
        { numRuns: Number(process.env['FC_RUNS'] ?? 5) },
      );
    });
  }
});
