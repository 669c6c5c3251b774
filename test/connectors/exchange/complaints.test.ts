/**
 * One test for each complaint that fills the trackers of comparable products (exchange.md 19.5), named after it. The stream that
 * is dead without an error, and the busy answer in all its spellings, are in streaming.test.ts and brakes.test.ts.
 */
import assert from 'node:assert/strict';
import type { EventContent } from '../../../src/connectors/event.ts';
import { createScheduler } from '../../../src/connectors/scheduler.ts';
import { hourMs, minuteMs, secondMs } from '../../../src/icalendar/time.ts';
import { wishForRun } from '../../../src/service/connectors/runs.ts';
import { changedInstance, daily, neutral } from '../events.ts';
import { FakeTimers } from '../fake-timers.ts';
import { titled, withContent } from '../linked.ts';
import { InStep, type InStepOptions } from './in-step.ts';

/** 23 March 2026 in days since 1970. */
const monday = Date.UTC(2026, 2, 23) / 86_400_000;

const meeting: Partial<EventContent> = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
};

describe('complaints about comparable products', () => {
  let both: InStep;

  async function open(options: InStepOptions = {}): Promise<InStep> {
    both = await InStep.open(options);
    return both;
  }

  afterEach(() => both.close());

  for (const zone of ['Tonga Standard Time', 'UTC-11', 'India Standard Time', 'Pacific Standard Time']) {
    it(`all-day one day early, made by somebody in ${zone}`, async () => {
      const { outlook, linked } = await open();
      for (const date of ['2026-03-29', '2026-10-25', '2026-06-15']) {
        outlook.create({ subject: date, start: date, end: next(date), allDay: true, zone });
      }
      await both.quiet();
      for (const { content } of await linked.events()) {
        assert.deepEqual(
          [content.start, content.end],
          [{ date: content.title }, { date: next(content.title) }],
        );
      }
      assert.equal((await linked.events()).length, 3);
    });
  }

  it('override one hour off after a daylight-saving change', async () => {
    const { linked, outlook } = await open();
    const moved = {
      start: { local: '2026-03-31T15:00:00', zone: 'Europe/Stockholm' },
      end: { local: '2026-03-31T16:00:00', zone: 'Europe/Stockholm' },
    };
    await linked.put(
      changedInstance(daily({ title: 'Daily' }, { uid: 'series' }), '2026-03-31T08:00:00Z', moved),
    );
    await both.quiet();
    assert.deepEqual(outlook.find('Daily')?.exceptions['2026-03-31']?.start.slice(0, 16), '2026-03-31T13:00');
    outlook.editInstance(outlook.find('Daily')?.id ?? '', '2026-04-01', {
      start: '2026-04-01T09:00',
      end: '2026-04-01T10:00',
    });
    await both.quiet();
    const { overrides } = await linked.event('series');
    assert.deepEqual(overrides['2026-04-01T08:00:00Z']?.start, {
      local: '2026-04-01T09:00:00',
      zone: 'Europe/Stockholm',
    });
    assert.deepEqual(overrides['2026-03-31T08:00:00Z']?.start, moved.start);
  });

  it('all-day override lost', async () => {
    const { linked, outlook } = await open();
    const id = outlook.create({
      subject: 'Days',
      start: '2026-03-23',
      end: '2026-03-24',
      allDay: true,
      zone: 'Tonga Standard Time',
      recurrence: { pattern: { kind: 'daily', interval: 1 }, start: monday, count: 5 },
    });
    outlook.editInstance(id, '2026-03-25', { subject: 'Other' });
    await both.quiet();
    const [event] = await linked.events();
    assert.equal(event?.overrides['2026-03-25']?.title, 'Other');
    assert.deepEqual(event?.overrides['2026-03-25']?.start, { date: '2026-03-25' });
  });

  it('deleted occurrence comes back', async () => {
    const { linked, outlook } = await open();
    await linked.put(daily({ title: 'Daily' }, { uid: 'series' }));
    await both.quiet();
    outlook.deleteInstance(outlook.find('Daily')?.id ?? '', '2026-03-25');
    await both.quiet();
    await linked.edit('series', (event) => ({
      ...event,
      excluded: [...event.excluded, '2026-03-26T09:00:00Z'],
    }));
    await both.quiet();
    await linked.edit('series', withContent({ location: 'Room 9' }));
    await both.quiet();
    assert.deepEqual((await linked.event('series')).excluded, [
      '2026-03-25T09:00:00Z',
      '2026-03-26T09:00:00Z',
    ]);
    assert.deepEqual(outlook.find('Daily')?.deleted.length, 2);
    await both.assertInStep();
  });

  it('duplicates after re-subscribe', async () => {
    const { linked, outlook } = await open();
    await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    outlook.create({ subject: 'Theirs', start: '2026-03-24T10:00', end: '2026-03-24T11:00' });
    await both.quiet();
    for (let at = 0; at < 3; at++) {
      const removed = linked.office.clock.now();
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed } }]);
      const patch = {
        cursor: null,
        initialised: false,
        localCursor: 0,
        deepChecked: null,
        removed: null,
      } as const;
      await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch }]);
      await both.quiet();
    }
    assert.equal(outlook.all().length, 2);
    assert.equal((await linked.events()).length, 2);
  });

  it('duplicates after time-out', async () => {
    const { linked, outlook, fake } = await open();
    await both.quiet();
    for (let at = 0; at < 5; at++)
      await linked.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
    fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
    await linked.run();
    await both.quiet();
    assert.equal(outlook.all().length, 5);
    await both.assertInStep();
  });

  it('deletions of a whole calendar', async () => {
    const { linked, outlook } = await open();
    for (let at = 0; at < 30; at++)
      await linked.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
    await both.quiet();
    for (const { id } of outlook.all()) outlook.delete(id);
    const { run } = await linked.run();
    assert.equal(run.outcome, 'stopped');
    assert.equal((await linked.events()).length, 30);
    assert.equal((await linked.link()).stopped, 'guard');
  });

  it('endless update loop', async () => {
    const { linked, outlook, fake } = await open();
    await linked.put(
      neutral({ title: 'x'.repeat(400), reminder: 15, description: 'a  b\n\n' }, { uid: 'one' }),
    );
    outlook.create({
      subject: ' blanks ',
      start: '2026-03-24T10:00',
      end: '2026-03-24T11:00',
      html: '<p>Hello</p>',
    });
    await both.quiet();
    fake.counters.byOperation.clear();
    for (let at = 0; at < 3; at++) await linked.synced();
    assert.equal(fake.counters.of('UpdateItem') + fake.counters.of('CreateItem'), 0);
    assert.equal((await linked.event('one')).content.title.length, 400);
  });

  it('a text changed by a program without HTML is hidden by the HTML of before', async () => {
    const { linked, outlook } = await open();
    outlook.create({
      subject: 'Agenda',
      start: '2026-03-24T10:00',
      end: '2026-03-24T11:00',
      html: '<p>Bring <b>cake</b></p>',
    });
    await both.quiet();
    const [{ uid } = { uid: '' }] = await linked.events();
    // Blanks alone, which many programs mend, are no reason to lose the formatting.
    await linked.edit(uid, withContent({ description: ' Bring  cake\n' }));
    await both.quiet();
    assert.match(outlook.find('Agenda')?.body ?? '', /<b>cake/);
    await linked.edit(uid, withContent({ description: 'Bring tea' }));
    // As a phone does it: the line that it does not know stays.
    const object = await linked.object(uid);
    assert.ok(object);
    assert.match(Buffer.from(object.bytes).toString('utf8').replaceAll('\r\n ', ''), /X-ALT-DESC.*cake/);
    await both.quiet();
    const [item] = outlook.all();
    assert.match(item?.body ?? '', /Bring tea/);
    const { content } = await linked.event(uid);
    assert.equal(content.description, 'Bring tea');
    assert.equal(content.html, null);
  });

  it('invitations sent at first sync', async () => {
    const { linked, fake, outlook } = await open();
    fake.addMailbox('bob@example.com');
    await linked.put(neutral({ ...meeting, title: 'Ours' }, { uid: 'ours' }));
    outlook.create({
      subject: 'Theirs',
      start: '2026-03-24T10:00',
      end: '2026-03-24T11:00',
      required: ['bob@example.com'],
    });
    await both.quiet();
    assert.deepEqual(fake.mails, []);
    await linked.put(neutral({ ...meeting, title: 'Later' }, { uid: 'later' }));
    await both.quiet();
    assert.deepEqual(
      fake.mails.map(({ kind, subject }) => [kind, subject]),
      [['request', 'Later']],
    );
  });

  it('account locked by a stale password', async () => {
    const { fake, linked } = await open();
    const timers = new FakeTimers(linked.office.clock);
    fake.account('svc').password = 'changed';
    const halts: string[] = [];
    const scheduler = createScheduler({
      services: linked.services,
      provider: 'exchange',
      engine: linked.engine(),
      settings: () =>
        Promise.resolve({
          enabled: true,
          halted: halts.length > 0,
          periodMinutes: 15,
          priority: [],
          maxRuns: 4,
        }),
      open: () => Promise.reject(new Error('nobody listens')),
      watch: () => Promise.resolve(undefined),
      halt: (code) => Promise.resolve(void halts.push(code)),
      report: () => undefined,
      timers,
    });
    timers.isBusy = () => scheduler.runningCount() > 0;
    scheduler.start();
    for (let at = 0; at < 20 && halts.length === 0; at++) await timers.pass(secondMs);
    await timers.pass(3 * hourMs);
    await scheduler.stop();
    assert.equal(halts.length, 1);
    assert.ok(fake.account('svc').failures <= 2, `${fake.account('svc').failures} refusals`);
  });

  it('two cycles at once (manual click meets notification) create everything twice', async () => {
    const { linked, outlook } = await open();
    for (let at = 0; at < 5; at++)
      await linked.put(neutral({ title: `Event ${at}` }, { uid: `event-${at}` }));
    const timers = new FakeTimers(linked.office.clock);
    const made = [0, 1].map(() =>
      createScheduler({
        services: linked.services,
        provider: 'exchange',
        engine: linked.engine(),
        settings: () =>
          Promise.resolve({ enabled: true, halted: false, periodMinutes: 15, priority: [], maxRuns: 4 }),
        open: () => Promise.reject(new Error('nobody listens')),
        watch: () => Promise.resolve(undefined),
        halt: () => Promise.resolve(),
        report: () => undefined,
        timers,
      }),
    );
    await wishForRun(linked.services, linked.who);
    timers.isBusy = () => made.some((one) => one.runningCount() > 0);
    for (const scheduler of made) scheduler.start();
    for (const scheduler of made) scheduler.wake();
    for (let at = 0; at < 50 && outlook.all().length < 5; at++) await timers.pass(secondMs);
    for (const scheduler of made) await scheduler.stop();
    await both.quiet();
    assert.equal(outlook.all().length, 5);
  });

  it('item reported twice in one run', async () => {
    const { linked, outlook, fake } = await open();
    const id = outlook.create({ subject: 'One', start: '2026-03-24T10:00', end: '2026-03-24T11:00' });
    outlook.edit(id, { subject: 'Two' });
    fake.faults.add({ on: 'SyncFolderItems', fault: { kind: 'duplicate-messages' } });
    await linked.run();
    linked.office.clock.advance(hourMs);
    await both.quiet();
    assert.deepEqual(
      (await linked.events()).map(({ content }) => content.title),
      ['Two'],
    );
  });

  it('accepting an invitation mails everyone', async () => {
    const { linked, fake } = await open();
    const bob = fake.addMailbox('bob@example.com');
    fake.addMailbox('carol@example.com');
    bob.create(
      {
        subject: 'Invited',
        start: '2026-03-24T10:00',
        end: '2026-03-24T11:00',
        required: ['alice@example.com', 'carol@example.com'],
      },
      { send: true },
    );
    await both.quiet();
    const before = fake.mails.length;
    const [event] = await linked.events();
    assert.ok(event);
    await linked.edit(event.uid, withContent({ answer: 'accepted' }));
    await both.quiet();
    const sent = fake.mails.slice(before).map(({ kind, to }) => [kind, to]);
    assert.deepEqual(sent, [['response', ['bob@example.com']]]);
    assert.equal(
      bob.find('Invited')?.attendees.find(({ address }) => address === 'alice@example.com')?.response,
      'Accept',
    );
  });

  for (const profile of ['exchange2016', 'gromox'] as const) {
    it(`an answer to one day is given to all days (${profile})`, async () => {
      const { linked, fake, outlook } = await open({ profile });
      const bob = fake.addMailbox('bob@example.com');
      const recurrence = { pattern: { kind: 'daily', interval: 1 }, start: monday, count: 5 } as const;
      const [start, end] = ['2026-03-23T10:00', '2026-03-23T11:00'];
      bob.create(
        { subject: 'Invited', start, end, recurrence, required: ['alice@example.com'] },
        { send: true },
      );
      await both.quiet();
      const before = fake.mails.length;
      const [event] = await linked.events();
      assert.ok(event);
      await linked.edit(event.uid, (one) =>
        changedInstance(one, '2026-03-25T09:00:00Z', { answer: 'tentative' }),
      );
      await both.quiet();
      const sent = fake.mails.slice(before).map(({ kind, response }) => [kind, response]);
      assert.deepEqual(sent, profile === 'gromox' ? [] : [['response', 'Tentative']]);
      assert.equal(outlook.find('Invited')?.response, 'NoResponseReceived');
      const { content, overrides } = await linked.event(event.uid);
      assert.equal(content.answer, 'needs-action');
      assert.equal(overrides['2026-03-25T09:00:00Z']?.answer, 'tentative');
    });
  }

  it('attendee answers lost', async () => {
    const { linked, fake } = await open();
    const bob = fake.addMailbox('bob@example.com');
    await both.quiet();
    await linked.put(neutral({ ...meeting, title: 'Ours' }, { uid: 'ours' }));
    await both.quiet();
    bob.respond(bob.find('Ours')?.id ?? '', 'TentativelyAccept');
    await both.quiet();
    assert.equal((await linked.event('ours')).content.attendees[0]?.answer, 'tentative');
  });

  it('sync stops at one bad item', async () => {
    const { linked, outlook, fake } = await open();
    for (let at = 0; at < 3; at++)
      outlook.create({ subject: `Event ${at}`, start: '2026-03-24T10:00', end: '2026-03-24T11:00' });
    await linked.put(neutral({ title: 'x' }, { uid: 'fine' }));
    await linked.put(
      neutral(
        { title: 'Ends first', end: { local: '2036-03-23T11:00:00', zone: 'Europe/Stockholm' } },
        { uid: 'bad' },
      ),
    );
    fake.faults.add({ on: 'GetItem', fault: { kind: 'code', code: 'ErrorItemCorrupt', where: 'message' } });
    await linked.run();
    linked.office.clock.advance(hourMs);
    assert.equal((await linked.run()).run.outcome, 'partial');
    assert.equal((await linked.events()).length, 5);
    assert.equal(outlook.all().length, 4);
  });

  it('invalid state callback never fires', async () => {
    const { linked, outlook } = await open();
    const id = outlook.create({ subject: 'One', start: '2026-03-24T10:00', end: '2026-03-24T11:00' });
    outlook.create({ subject: 'Two', start: '2026-03-24T12:00', end: '2026-03-24T13:00' });
    await both.quiet();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { cursor: 'spoilt' } }]);
    outlook.delete(id);
    await both.quiet();
    assert.deepEqual(
      (await linked.events()).map(({ content }) => content.title),
      ['Two'],
    );
  });

  it('private event leaked', async () => {
    const { linked, outlook } = await open({ settings: { privateEvents: 'busyOnly' } });
    outlook.create({
      subject: 'Doctor',
      body: 'secret',
      location: 'Clinic',
      sensitivity: 'Private',
      start: '2026-03-24T10:00',
      end: '2026-03-24T11:00',
    });
    await both.quiet();
    const [object] = await linked.events();
    assert.equal(object?.content.privacy, 'private');
    assert.doesNotMatch(JSON.stringify(object), /Doctor|secret|Clinic/);
    assert.equal(outlook.find('Doctor')?.body, 'secret');
  });

  for (const settings of [
    { privateEvents: 'skip' },
    { privateEvents: 'busyOnly' },
    { recurrencePolicy: 'firstAsNote' },
  ] as const) {
    it(`what people here have written is taken from them by ${Object.values(settings).join()}`, async () => {
      const { linked, outlook } = await open({ settings });
      const ours = daily({ title: 'Therapy', privacy: 'private', location: 'Clinic' }, { uid: 'ours' });
      await linked.put(ours);
      await both.quiet();
      // The comparison of everything reads series again, and so does a change made there.
      linked.office.clock.advance(25 * hourMs);
      await both.quiet();
      outlook.edit(outlook.find('Therapy')?.id ?? '', { reminder: 10 });
      await both.quiet();
      const event = await linked.event('ours');
      assert.deepEqual([event.content.title, event.content.location], ['Therapy', 'Clinic']);
      assert.deepEqual(event.recurrence, ours.recurrence);
      assert.equal(event.content.reminder, 10);
    });
  }

  it('what is not told there blanks what is here', async () => {
    const { linked, outlook } = await open({ settings: { privateEvents: 'busyOnly' } });
    const ours = neutral({ title: 'Doctor', location: 'Clinic', privacy: 'private' }, { uid: 'same' });
    await linked.put(ours);
    outlook.create({
      uid: 'same',
      subject: 'Doctor',
      location: 'Clinic',
      sensitivity: 'Private',
      start: '2026-03-23T10:00',
      end: '2026-03-23T11:00',
      zone: 'W. Europe Standard Time',
    });
    await both.quiet();
    const events = await linked.events();
    assert.deepEqual(
      events.map(({ content: { title, location } }) => [title, location]),
      [['Doctor', 'Clinic']],
    );
    assert.equal(outlook.all().length, 1);
    assert.equal(outlook.find('Doctor')?.location, 'Clinic');
  });

  it('HTML body flattened', async () => {
    const { linked, outlook } = await open();
    outlook.create({
      subject: 'Rich',
      html: '<html><body><p>Hello <b>you</b></p></body></html>',
      start: '2026-03-24T10:00',
      end: '2026-03-24T11:00',
    });
    await both.quiet();
    const [event] = await linked.events();
    assert.match(event?.content.html ?? '', /<b>you<\/b>/);
    await linked.edit(event?.uid ?? '', titled('Renamed'));
    await both.quiet();
    assert.match(outlook.find('Renamed')?.body ?? '', /<b>you<\/b>/);
  });

  it('reminder lost', async () => {
    const { linked, outlook } = await open();
    await linked.put(neutral({ title: 'Ours', reminder: 30 }, { uid: 'ours' }));
    outlook.create({ subject: 'Theirs', reminder: 45, start: '2026-03-24T10:00', end: '2026-03-24T11:00' });
    await both.quiet();
    assert.equal(outlook.find('Ours')?.reminder, 30);
    const theirs = (await linked.events()).find(({ content }) => content.title === 'Theirs');
    assert.equal(theirs?.content.reminder, 45);
    outlook.edit(outlook.find('Ours')?.id ?? '', { reminder: null });
    await both.quiet();
    assert.equal((await linked.event('ours')).content.reminder, null);
  });

  it('a busy server is asked again and again', async () => {
    const { linked, fake } = await open();
    await both.quiet();
    fake.faults.add({ fault: { kind: 'busy', backOffMs: 7 * minuteMs, where: 'response-message' } });
    const { failure } = await linked.run();
    assert.deepEqual([failure?.class, failure?.retryAfterMs], ['throttle', 7 * minuteMs]);
    fake.counters.byOperation.clear();
    await linked.run();
    assert.equal(fake.counters.of('SyncFolderItems'), 0, 'nothing is sent before the pause is over');
  });
});

function next(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}
