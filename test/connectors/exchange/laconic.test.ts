/** A server of which nothing is known beforehand, and which says and does no more than it must. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import type { EventContent, NeutralEvent } from '../../../src/connectors/event.ts';
import {
  createExchange,
  type Exchange,
  type MailboxRequest,
} from '../../../src/connectors/exchange/index.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { noon } from '../../service/office.ts';
import { neutral } from '../events.ts';
import { Linked, titled, withContent } from '../linked.ts';
import { type LaconicOptions, LaconicServer } from './laconic.ts';
import {
  aliceByService,
  credentials,
  failing,
  never,
  type ScriptedServer,
  scriptedServer,
  service,
  settingsFor,
} from './scripted.ts';

const content: EventContent = {
  start: { local: '2026-03-25T09:00:00', zone: 'Europe/Berlin' },
  end: { local: '2026-03-25T10:00:00', zone: 'Europe/Berlin' },
  title: 'Plan',
  description: 'text',
  html: null,
  location: 'Room',
  busy: 'busy',
  privacy: 'public',
  importance: 'high',
  categories: ['Blue'],
  reminder: 15,
  cancelled: false,
  organizer: null,
  attendees: [],
  answer: null,
  url: '',
};
const plan: NeutralEvent = {
  uid: 'plan',
  content,
  recurrence: null,
  excluded: [],
  overrides: {},
  zones: {},
};
const day: NeutralEvent = {
  ...plan,
  uid: 'day',
  content: { ...content, title: 'Day', start: { date: '2026-03-26' }, end: { date: '2026-03-27' } },
};
const series: NeutralEvent = {
  ...plan,
  uid: 'series',
  content: { ...content, title: 'Series' },
  recurrence: { rules: ['FREQ=WEEKLY;BYDAY=WE'], dates: [] },
};

const variants: Readonly<Record<string, LaconicOptions>> = {
  'that knows eight operations': {},
  'that has no change keys': { withoutChangeKeys: true },
  'that does not say whether there is more': { withoutPaging: true },
  'that finds everything, whatever is looked for': { withoutSearch: true },
  'with prefixes of its own': { prefixes: ['messages', 'types'] },
  'without a list of folders': { ignores: ['FindFolder'] },
  'without a list of folders, which it says in a fault': { ignores: ['FindFolder'], ignorance: 'fault' },
  'without a list of folders, which it says in a fault of HTTP 200': {
    ignores: ['FindFolder'],
    ignorance: 'fault-200',
  },
  'that lists folders of all kinds, and none that are looked for': { onlyAllFolders: true },
  'that keeps neither UID nor properties of ours': { drops: /^(?:UID|ExtendedProperty)$/ },
  'that keeps no zones': { drops: /TimeZone/ },
  'that lets little be changed': { changesOnly: /^(?:Subject|Start|End)$/ },
  'that keeps no series': { drops: /^Recurrence$/ },
  'that keeps neither importance nor categories nor texts': { drops: /^(?:Importance|Categories|Body)$/ },
  'that keeps little more than times and titles': {
    drops: /^(?!Subject|Start|End|IsAllDayEvent|Recurrence)/,
  },
  'that fails at what it does not know': { ignorance: 'http-500' },
  'that says with HTTP what it does not know': { ignorance: 'http-501' },
};

describe('a server', () => {
  let server: ScriptedServer;
  let exchange: Exchange;
  let linked: Linked | undefined;
  afterEach(async () => {
    await linked?.office.close();
    linked = undefined;
    await exchange.close();
    await server.close();
  });

  for (const [name, options] of Object.entries(variants)) {
    it(`${name} is kept in step with`, async () => {
      const there = new LaconicServer(options);
      server = await scriptedServer(there.script);
      let now = (): number => noon;
      const settings = settingsFor(server, { accessMode: 'delegate' });
      exchange = createExchange(settings, { userAgent: 'test', now: () => now(), random: () => 0.5 });
      const mailbox = exchange.mailbox(aliceByService);
      const [calendar, ...others] = await mailbox.calendars(never);
      assert.deepEqual(others, []);
      const both = await Linked.make({ mailbox, link: { remoteCalendar: calendar?.id ?? '' } });
      linked = both;
      now = () => both.office.clock.now();
      const titles = async (): Promise<readonly string[]> =>
        (await both.events()).map((event) => event.content.title).sort();
      const assertBoth = async (...expected: readonly string[]): Promise<void> => {
        await both.synced();
        assert.deepEqual(there.titles(), expected);
        assert.deepEqual(await titles(), expected);
        both.office.clock.advance(hourMs);
        await both.synced();
        there.asked.length = 0;
        await both.synced();
        assert.deepEqual(there.asked, ['SyncFolderItems']);
      };

      for (const event of [plan, day, series]) await both.put(event);
      await assertBoth('Day', 'Plan', 'Series');
      await both.edit('plan', titled('Plan, here'));
      await assertBoth('Day', 'Plan, here', 'Series');
      const [first = ''] = there.items.keys();
      there.write(first, 'Plan, there');
      there.write('own', 'Theirs');
      await assertBoth('Day', 'Plan, there', 'Series', 'Theirs');
      // What such a server has not kept was not emptied by anybody there.
      const { description, location, categories, reminder, importance } = (await both.event('plan')).content;
      assert.deepEqual([description, location, categories, reminder], ['text', 'Room', ['Blue'], 15]);
      assert.equal(importance, 'high');
      await both.delete('day');
      there.remove('own');
      await assertBoth('Plan, there', 'Series');
    });
  }

  it('that lets only titles be changed is told all the same to mail the guests of a new meeting, once', async () => {
    const there = new LaconicServer({ changesOnly: /^Subject$/ });
    const sent: string[] = [];
    server = await scriptedServer((request, response) => {
      const { operation, body } = request;
      if (operation === 'UpdateItem') sent.push(/Cancellations="(\w+)"/.exec(body)?.[1] ?? '');
      return there.script(request, response);
    });
    const settings = settingsFor(server, { accessMode: 'delegate' });
    exchange = createExchange(settings, { userAgent: 'test', now: () => noon, random: () => 0.5 });
    const both = await Linked.make({
      mailbox: exchange.mailbox(aliceByService),
      link: { remoteCalendar: 'calendar' },
    });
    linked = both;
    await both.synced();
    const people = [
      { address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' },
    ] as const;
    const organizer = { address: 'alice@example.com', name: '' };
    await both.put(neutral({ organizer, attendees: people, title: 'Meeting' }, { uid: 'meeting' }));
    for (let at = 0; at < 3; at++) await both.run();
    assert.deepEqual(new Set(sent), new Set(['SendToAllAndSaveCopy']));
    assert.deepEqual(there.titles(), ['Meeting']);
    // With a note, and then without: the first ones are refused.
    assert.equal(sent.length, 3);
  });

  it('that lets little be changed, and nothing be deleted, gets all that it takes', async () => {
    const there = new LaconicServer({ changesOnly: /^(?:Subject|Body|Start|End|IsAllDayEvent|Location)$/ });
    server = await scriptedServer(there.script);
    const settings = settingsFor(server, { accessMode: 'delegate' });
    exchange = createExchange(settings, { userAgent: 'test', now: () => noon, random: () => 0.5 });
    const both = await Linked.make({
      mailbox: exchange.mailbox(aliceByService),
      link: { remoteCalendar: 'calendar' },
    });
    linked = both;
    await both.put(plan);
    await both.synced();
    const later = { local: '2026-03-25T12:00:00', zone: 'Europe/Berlin' };
    await both.edit('plan', withContent({ location: '', start: later, end: later, title: 'Moved' }));
    await both.synced();
    const [item] = there.items.values();
    assert.deepEqual(there.titles(), ['Moved']);
    assert.match(JSON.stringify(item?.fields.get('Start')), /T12:00:00/);
    assert.doesNotMatch(JSON.stringify(item?.fields.get('Location')), /Room/);
    // What it does not take is told to the person, and all else is there.
    await both.edit('plan', withContent({ categories: ['Red'], title: 'Coloured' }));
    assert.equal((await both.run()).run.outcome, 'partial');
    assert.deepEqual(there.titles(), ['Coloured']);
    for (let at = 0; at < 3; at++) await both.run();
    there.asked.length = 0;
    await both.run();
    assert.deepEqual(there.asked, ['SyncFolderItems'], 'not again and again');
  });

  for (const ignorance of ['code', 'fault', 'fault-200', 'http-500', 'http-501'] as const) {
    it(`that knows eight operations passes the connection test, though it answers others with ${ignorance}`, async () => {
      const there = new LaconicServer({ ignorance });
      server = await scriptedServer(there.script);
      const settings = settingsFor(server, { accessMode: 'delegate' });
      exchange = createExchange(settings, { userAgent: 'test', now: Date.now, random: () => 0.5 });
      const failed: string[] = [];
      const request = { mailbox: 'alice@example.com', credentials: service, isService: true, probe: true };
      for await (const { step, ok, found } of exchange.check(request, never))
        if (ok === false) failed.push(`${step}: ${found}`);
      assert.deepEqual(failed, []);
      assert.equal(there.items.size, 0);
    });
  }

  it('that fails whenever somebody wants to listen to it is spoken to all the same', async () => {
    const there = new LaconicServer({ ignorance: 'http-500' });
    server = await scriptedServer(there.script);
    const settings = settingsFor(server, { accessMode: 'delegate' });
    const options = { userAgent: 'test', now: Date.now, random: () => 0.5, streamPauseMs: 1 };
    exchange = createExchange(settings, options);
    const mailbox = exchange.mailbox(aliceByService);
    const tried = async (): Promise<void> => {
      while (there.asked.filter((operation) => operation === 'Subscribe').length < 7) await setTimeout(5);
    };
    const stop = new AbortController();
    const watching = exchange.watch([{ mailbox, calendars: ['calendar'] }], () => undefined, stop.signal);
    await tried();
    assert.equal((await mailbox.calendars(never)).length, 1);
    stop.abort();
    await watching;
  });

  it('that does not care for whom it is asked never shows the calendar of its login as that of somebody', async () => {
    const there = new LaconicServer();
    server = await scriptedServer(there.script);
    exchange = createExchange(settingsFor(server), { userAgent: 'test', now: Date.now, random: () => 0.5 });
    const of = (login: string): MailboxRequest => ({
      ...aliceByService,
      credentials: credentials(login, 'secret'),
    });
    const ignored = failing('permission', 'impersonation-ignored');
    await assert.rejects(exchange.mailbox(of('svc@example.com')).calendars(never), ignored);
    for (const login of ['alice@example.com', 'Alice'])
      assert.equal((await exchange.mailbox(of(login)).calendars(never)).length, 1);
    const failed: string[] = [];
    const request = { ...of('svc@example.com'), probe: false };
    for await (const { step, ok, found, advice } of exchange.check(request, never))
      if (ok === false) failed.push(`${step}: ${found}: ${advice}`);
    assert.deepEqual(failed, ['impersonation: impersonation-ignored: impersonation']);
  });
});
