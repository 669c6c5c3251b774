/** The engine with a fake Exchange behind it, and the hands of people on both sides. */
import assert from 'node:assert/strict';
import { type FakeExchange, startExchange } from '../../../conformance/exchange/exchange.ts';
import type { Outlook } from '../../../conformance/exchange/outlook.ts';
import type { Profile, ProfileName } from '../../../conformance/exchange/profile.ts';
import { canonical } from '../../../src/connectors/agreed.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import {
  createExchange,
  type Exchange,
  type ExchangeSettings,
} from '../../../src/connectors/exchange/index.ts';
import type { RemoteCalendar, RemoteItem, RemoteMailbox } from '../../../src/connectors/remote.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { noon } from '../../service/office.ts';
import { killed } from '../crash.ts';
import { Linked, type LinkedOptions } from '../linked.ts';
import { aliceByService, never, settingsFor } from './scripted.ts';

export interface InStepOptions {
  readonly profile?: ProfileName;
  readonly quirks?: Partial<Profile>;
  readonly settings?: Partial<ExchangeSettings>;
  readonly linked?: LinkedOptions;
  /** A calendar that is made beside the default one, and linked in its place. */
  readonly calendar?: string;
}

export class InStep {
  readonly fake: FakeExchange;
  readonly outlook: Outlook;
  readonly linked: Linked;
  readonly calendar: RemoteCalendar;
  readonly mailbox: RemoteMailbox;
  private readonly exchange: Exchange;

  private constructor(
    fake: FakeExchange,
    outlook: Outlook,
    exchange: Exchange,
    linked: Linked,
    mailbox: RemoteMailbox,
    calendar: RemoteCalendar,
  ) {
    this.fake = fake;
    this.outlook = outlook;
    this.exchange = exchange;
    this.linked = linked;
    this.mailbox = mailbox;
    this.calendar = calendar;
  }

  static async open({
    profile = 'exchange2016',
    quirks = {},
    settings = {},
    linked: options = {},
    calendar,
  }: InStepOptions = {}): Promise<InStep> {
    let now = (): number => noon;
    const fake = await startExchange({ now: () => now(), profile, quirks });
    const outlook = fake.addMailbox('alice@example.com');
    if (calendar !== undefined) outlook.addCalendar(calendar);
    fake.addService('svc');
    const server = {
      port: fake.port,
      url: new URL(fake.origin),
      connectionCount: () => 0,
      close: fake.close,
    };
    const all = { authMethods: ['ntlm', 'basic'], autodiscover: 'off', ...settings } as const;
    const exchange = createExchange(settingsFor(server, all), {
      userAgent: 'test',
      now: () => now(),
      random: () => 0.5,
    });
    const mailbox = exchange.mailbox(aliceByService);
    const calendars = await mailbox.calendars(never);
    const info = calendars.find(({ title }) => title === calendar) ?? calendars[0];
    const remoteCalendar = info?.id ?? '';
    const named = calendar !== undefined && { remoteName: calendar };
    const linked = await Linked.make({ ...options, mailbox, link: { remoteCalendar, ...named } });
    now = () => linked.office.clock.now();
    return new InStep(fake, outlook, exchange, linked, mailbox, mailbox.calendar(remoteCalendar));
  }

  /** Bob, in the same office, with a mailbox at the same server; he is closed with the first. */
  async joined(options: LinkedOptions = {}): Promise<InStep> {
    const { fake, linked: first } = this;
    const outlook = fake.addMailbox('bob@example.com');
    const mailbox = this.exchange.mailbox({ ...aliceByService, mailbox: 'bob@example.com' });
    const [info] = await mailbox.calendars(never);
    const remoteCalendar = info?.id ?? '';
    const linked = await Linked.make({
      ...options,
      person: 'bob',
      office: first.office,
      mailbox,
      link: { remoteCalendar },
    });
    return new InStep(fake, outlook, this.exchange, linked, mailbox, mailbox.calendar(remoteCalendar));
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

  /** A run whose process dies at this step: before or after a write, or a commit. Answers whether it came so far. */
  async dies(step: number): Promise<boolean> {
    const { linked, fake } = this;
    const { reached } = await killed(linked, step, (tick) => {
      fake.faults.take = (operation) => {
        if (!/^(?:Create|Update|Delete)Item$/.test(operation)) return undefined;
        if (!tick()) return { kind: 'reset-before' };
        return tick() ? undefined : { kind: 'reset-after' };
      };
      return () => {
        fake.faults.take = () => undefined;
      };
    });
    linked.office.clock.advance(91_000);
    return reached;
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
