/** The transport against the fake server: every profile, both ways to sign in, and faults in the worst places. */
import assert from 'node:assert/strict';
import {
  type ExchangeOptions,
  type FakeExchange,
  startExchange,
} from '../../../conformance/exchange/exchange.ts';
import type { Outlook } from '../../../conformance/exchange/outlook.ts';
import type { ProfileName } from '../../../conformance/exchange/profile.ts';
import type { Transcript } from '../../../conformance/exchange/server.ts';
import { schemaErrors, schemaMissing } from '../../../conformance/exchange/validate.ts';
import type { EventContent, NeutralEvent } from '../../../src/connectors/event.ts';
import type { CheckStep } from '../../../src/connectors/exchange/check.ts';
import {
  createExchange,
  type Exchange,
  type ExchangeSettings,
} from '../../../src/connectors/exchange/index.ts';
import type { RemoteCalendar, RemoteItem, RemoteMailbox, Written } from '../../../src/connectors/remote.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { certificateFile } from '../../outbound/server.ts';
import { credentials, failing, never, settingsFor } from './scripted.ts';

const window = { start: instant(Date.UTC(2026, 8, 1)), end: instant(Date.UTC(2027, 10, 1)) };
const monday = Date.UTC(2026, 10, 23, 8);
const profiles: readonly ProfileName[] = [
  'exchange2010',
  'exchange2013',
  'exchange2016',
  'exchangeSE',
  'gromox',
];

const content: EventContent = {
  start: { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' },
  end: { local: '2026-11-23T11:00:00', zone: 'Europe/Berlin' },
  title: 'Review',
  description: 'Agenda',
  html: null,
  location: 'Room 4',
  busy: 'busy',
  privacy: 'public',
  importance: 'normal',
  categories: ['Blue'],
  reminder: 15,
  cancelled: false,
  organizer: null,
  attendees: [],
  answer: null,
  url: '',
};
const single: NeutralEvent = {
  uid: 'single@portcal',
  content,
  recurrence: null,
  excluded: [],
  overrides: {},
  zones: {},
};
/** In a zone that is not the mailbox's. */
const abroad: NeutralEvent = {
  ...single,
  uid: 'abroad@portcal',
  content: {
    ...content,
    start: { local: '2026-11-23T10:00:00', zone: 'America/New_York' },
    end: { local: '2026-11-23T11:00:00', zone: 'America/New_York' },
    attendees: [{ address: 'bob@lab.test', name: '', role: 'required', answer: 'needs-action' }],
  },
  recurrence: { rules: ['FREQ=WEEKLY;BYDAY=MO;COUNT=20'], dates: [] },
};
const series: NeutralEvent = {
  ...single,
  uid: 'series@portcal',
  content: { ...content, title: 'Weekly' },
  recurrence: { rules: ['FREQ=WEEKLY;BYDAY=MO;COUNT=8'], dates: [] },
  excluded: ['2026-12-07T09:00:00Z'],
  overrides: {
    '2026-11-30T09:00:00Z': {
      ...content,
      title: 'Moved',
      start: { local: '2026-11-30T12:00:00', zone: 'Europe/Berlin' },
      end: { local: '2026-11-30T13:00:00', zone: 'Europe/Berlin' },
    },
  },
};

let opened: Opened | undefined;
afterEach(async () => {
  await opened?.exchange.close();
  await opened?.fake.close();
  opened = undefined;
});

for (const profile of profiles) {
  describe(`a calendar of ${profile}`, () => {
    it('gives back what was written, and knows beforehand what that will be', async () => {
      const { calendar } = await open({ profile });
      const [one, many] = await created(calendar, [single, series]);
      const page = await calendar.changes(null, never);
      assert.deepEqual(page.changed.map(({ id }) => id).toSorted(), [one.id, many.id].toSorted());
      assert.deepEqual(Object.fromEntries(page.changed.map(({ id, version }) => [id, version])), {
        [one.id]: one.version,
        [many.id]: many.version,
      });
      const [readOne, readMany] = await fetched(calendar, [one.id, many.id]);
      assert.deepEqual(readOne.event, calendar.normalize(single, window));
      assert.deepEqual(readMany.event, calendar.normalize(series, window));
      assert.deepEqual([readOne.marker, readMany.marker], ['marker-0', 'marker-1']);
      assert.equal(readMany.version, many.version);
    });

    it('changes only what changed, and the rest of a series survives a new time', async () => {
      const { calendar } = await open({ profile });
      const [many] = await created(calendar, [series]);
      const [read] = await fetched(calendar, [many.id]);
      const moved: NeutralEvent = {
        ...read.event,
        content: {
          ...read.event.content,
          start: { local: '2026-11-23T09:00:00', zone: 'Europe/Berlin' },
          end: { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' },
        },
        excluded: ['2026-12-07T08:00:00Z'],
        overrides: { '2026-11-30T08:00:00Z': read.event.overrides['2026-11-30T09:00:00Z'] ?? content },
      };
      const [written] = await updated(calendar, read, moved);
      const parts = written.failed ? [] : (written.parts ?? []);
      const [back, ...singles] = await fetched(calendar, [many.id, ...parts.map(({ id }) => id)]);
      // Where the changed occurrence cannot come back, a single item stands for it.
      assert.equal(parts.length, profile === 'gromox' ? 1 : 0);
      const keys = parts.map(({ recurrenceId }) => recurrenceId);
      const whole = {
        ...back.event,
        excluded: back.event.excluded.filter((key) => !keys.includes(key)),
        overrides: {
          ...back.event.overrides,
          ...Object.fromEntries(singles.map(({ event }, index) => [keys[index] ?? '', event.content])),
        },
      };
      assert.deepEqual(whole, calendar.normalize(moved, window));
      assert.equal(back.version, written.failed ? undefined : written.version);
    });

    it('keeps whatever of an event is changed, also where the server overlooks a part', async () => {
      const { calendar } = await open({ profile });
      const [one] = await created(calendar, [abroad]);
      const [read] = await fetched(calendar, [one.id]);
      const { start, recurrence } = told(read.event);
      assert.deepEqual([start, recurrence], [abroad.content.start, abroad.recurrence]);
      const [bob] = abroad.content.attendees;
      assert.ok(bob);
      const guests = [bob, { ...bob, address: 'eve@lab.test', role: 'optional' as const }];
      const after: NeutralEvent = {
        ...read.event,
        content: {
          ...read.event.content,
          busy: 'out-of-office',
          reminder: 45,
          description: '',
          attendees: guests,
        },
      };
      const [written] = await updated(calendar, read, after);
      assert.equal(written.failed, undefined);
      const [back] = await fetched(calendar, [one.id]);
      assert.deepEqual(told(back.event), told(after));
      const quiet = { ...back.event, content: { ...back.event.content, reminder: null } };
      await updated(calendar, back, quiet);
      const [silent] = await fetched(calendar, [one.id]);
      assert.equal(silent.event.content.reminder, null);
    });

    it('keeps a text a text, also where there was formatted text before', async () => {
      const { calendar } = await open({ profile });
      const description = 'Bring:\n  tea &  cake <3\n\nand a pen';
      const [one] = await created(calendar, [{ ...single, content: { ...content, description } }]);
      const [plain] = await fetched(calendar, [one.id]);
      assert.deepEqual([plain.event.content.description, plain.event.content.html], [description, null]);
      const formatted = { description: 'Bring tea', html: '<p>Bring <b>tea</b></p>' };
      await updated(calendar, plain, withBody(plain.event, formatted));
      const [rich] = await fetched(calendar, [one.id]);
      assert.equal(rich.event.content.html, formatted.html);
      await updated(calendar, rich, withBody(rich.event, { description, html: null }));
      const [again] = await fetched(calendar, [one.id]);
      assert.deepEqual([again.event.content.description, again.event.content.html], [description, null]);
    });

    it('finds events by their markers, and lists what lies in a range', async () => {
      const { calendar } = await open({ profile });
      const [one, many] = await created(calendar, [single, series]);
      const found = await calendar.findByMarker(['marker-0', 'marker-1', 'nobody'], never);
      assert.deepEqual(found.get('marker-0'), { id: one.id, version: one.version });
      assert.equal(found.get('marker-1')?.id, many.id);
      assert.equal(found.size, 2);
      const inJanuary = { start: instant(Date.UTC(2027, 0, 1)), end: instant(Date.UTC(2027, 1, 1)) };
      const ids: string[] = [];
      for await (const page of calendar.listed(inJanuary, never)) ids.push(...page.map(({ id }) => id));
      assert.deepEqual(ids, [many.id]);
    });

    it('finds events by markers that are longer than a listing tells', async () => {
      const { calendar, outlook } = await open({ profile });
      const uid = 'ü'.repeat(200);
      const hourly: NeutralEvent = {
        ...single,
        uid,
        recurrence: { rules: ['FREQ=HOURLY;COUNT=3'], dates: [] },
      };
      const [made] = await created(calendar, [hourly]);
      const marker = `series:${uid}:2026-11-23T10:00:00Z`;
      const found = await calendar.findByMarker([marker, 'none'], never);
      assert.deepEqual([...found.keys()], [marker]);
      const [item] = await fetched(calendar, [found.get(marker)?.id ?? '']);
      assert.deepEqual([item.marker, item.partOf?.uid], [marker, uid]);
      assert.equal(made.parts?.length, 3);
      for (const { extended } of outlook.all())
        for (const [key, value] of Object.entries(extended))
          if (key.endsWith('PortalEventId')) assert.ok(Buffer.byteLength(value) <= 255);
    });

    it('removes, and takes what is gone for removed', async () => {
      const { calendar, outlook } = await open({ profile });
      const [one, many] = await created(calendar, [single, series]);
      outlook.delete(one.id, { hard: true });
      const removals = [one, many].map(
        ({ id, version }) => ({ id, version, parts: [], role: 'owner', notify: 'none' }) as const,
      );
      assert.deepEqual(
        (await calendar.remove(removals, never)).map(({ failed }) => failed),
        [undefined, undefined],
      );
      assert.deepEqual(outlook.all(), []);
      assert.equal(outlook.all('deleteditems').length, 1);
    });

    it('hints at what is done elsewhere', async () => {
      const { exchange, mailbox, calendarId, outlook, fake } = await open({ profile });
      await checked(exchange, true);
      const stop = new AbortController();
      const hints: string[] = [];
      const watching = exchange.watch(
        [{ mailbox, calendars: [calendarId] }],
        (_mailbox, calendar) => {
          hints.push(calendar);
          if (hints.length === 1)
            outlook.create({ subject: 'Elsewhere', start: '2026-11-25T10:00', end: '2026-11-25T11:00' });
          else stop.abort();
        },
        stop.signal,
      );
      await watching;
      assert.deepEqual(hints, [calendarId, calendarId]);
      assert.equal(fake.mails.length, 0);
    });

    it('passes the connection test, which leaves nothing behind', async () => {
      const { exchange, outlook, mailbox } = await open({ profile });
      const steps = await checked(exchange, true);
      assert.deepEqual(
        steps.filter(({ step, ok }) => ok !== true && step !== 'tls'),
        [],
      );
      assert.deepEqual([outlook.all().length, outlook.all('deleteditems').length], [0, 0]);
      const quirks = steps.find(({ step }) => step === 'capabilities')?.found;
      const [lax, strict] = profile === 'gromox' ? ['yes', 'no'] : ['no', 'yes'];
      assert.deepEqual(quirks?.split(', '), [
        `accepts stale change keys: ${lax}`,
        `reports invalid sync states: ${strict}`,
        `expands CalendarView: ${strict}`,
        `notifies per folder: ${strict}`,
        `faults with HTTP 200: ${lax}`,
        `GetServerTimeZones: ${strict}`,
        `SOAP autodiscover: ${strict}`,
        `charset in Content-Type: ${strict}`,
      ]);
      assert.match(mailbox.memory(), new RegExp(`"faultsAsSuccess":${lax === 'yes'}`), 'it is kept');
    });

    for (const autodiscover of ['auto', 'soap', 'pox', 'off'] as const)
      it(`tells in the connection test what autodiscover = ${autodiscover} has found, and whether there is SOAP`, async () => {
        const hasSoap = profile !== 'gromox';
        const { fake } = await open({ profile });
        const exchange = another(fake, { autodiscover });
        const steps = await checked(exchange, false);
        await exchange.close();
        const of = (name: string) => steps.find(({ step }) => step === name);
        const host = `127.0.0.1:${fake.port}`;
        const address = `${fake.origin}/EWS/Exchange.asmx`;
        const soap = `SOAP ${host}: ${hasSoap ? address : 'not offered (http-404)'}`;
        const xml = `XML ${host}: ${address}`;
        const said = {
          auto: [true, hasSoap ? soap : `${soap} · ${xml}`, null],
          soap: [hasSoap, soap, hasSoap ? null : 'autodiscover'],
          pox: [true, xml, null],
          off: [null, 'autodiscover=off', null],
        } as const;
        const { ok, found, advice } = of('autodiscover') ?? {};
        assert.deepEqual([ok, found, advice], said[autodiscover]);
        if (ok === false) return assert.deepEqual([of('login')?.ok, of('capabilities')?.ok], [true, null]);
        assert.match(
          of('capabilities')?.found ?? '',
          new RegExp(`SOAP autodiscover: ${hasSoap ? 'yes' : 'no'}`),
        );
      });
  });
}

describe('a distribution list', () => {
  it('is told with its members, asked for once, and stays one attendee of its event', async () => {
    const { mailbox, calendar, fake } = await open({});
    fake.store.lists.set('team@lab.test', ['anna@lab.test', 'bert@lab.test']);
    const members = async (address: string) =>
      (await mailbox.members?.(address, never))?.map((member) => member.address);
    for (const spelling of ['team@lab.test', 'Team@lab.test'])
      assert.deepEqual(await members(spelling), ['anna@lab.test', 'bert@lab.test']);
    assert.equal(await members('nobody@lab.test'), undefined);
    assert.equal(await members('nobody@lab.test'), undefined);
    assert.equal(fake.counters.byOperation.get('ExpandDL'), 2);
    const team = {
      address: 'team@lab.test',
      name: 'Team',
      role: 'required',
      answer: 'needs-action',
    } as const;
    const organizer = { address: 'anna@lab.test', name: '' };
    const [made] = await created(calendar, [
      { ...single, uid: 'team@portcal', content: { ...content, organizer, attendees: [team] } },
    ]);
    const [item] = await calendar.fetch([made.id], never);
    assert.ok(item && !('failed' in item));
    assert.deepEqual(
      item.event.content.attendees.map(({ address }) => address),
      ['team@lab.test'],
    );
  });
});

describe('what Exchange cannot say', () => {
  it('is written as single items, which change and go with the series', async () => {
    const { calendar, outlook } = await open({});
    const odd: NeutralEvent = {
      ...single,
      uid: 'odd@portcal',
      content: {
        ...content,
        start: { local: '2026-10-31T10:00:00', zone: 'Europe/Berlin' },
        end: { local: '2026-10-31T11:00:00', zone: 'Europe/Berlin' },
      },
      recurrence: { rules: ['FREQ=MONTHLY;BYMONTHDAY=31'], dates: [] },
    };
    assert.equal(calendar.dependsOnWindow(odd), true);
    const [made] = await created(calendar, [odd]);
    const parts = made.parts ?? [];
    // The 31sts from one October to the next.
    assert.equal(parts.length, 8);
    assert.deepEqual(made.notes, ['recurrence-as-singles']);
    const items = await calendar.fetch(
      parts.map(({ id }) => id),
      never,
    );
    assert.deepEqual(
      items.map((item) => ('failed' in item ? item.code : item.partOf)),
      parts.map(({ recurrenceId }) => ({ uid: odd.uid, recurrenceId })),
    );
    const before = calendar.normalize(odd, window);
    assert.ok(!('refused' in before));
    const after = { ...odd, content: { ...odd.content, title: 'Renamed' } };
    const change = {
      id: made.id,
      version: made.version,
      marker: 'marker-0',
      attempt: '2',
      before,
      after,
      parts,
      role: 'owner',
      notify: 'none',
    } as const;
    const [changed] = await calendar.update([change], window, never);
    assert.ok(changed && !changed.failed, JSON.stringify(changed));
    assert.deepEqual(new Set(outlook.all().map(({ subject }) => subject)), new Set(['Renamed']));
    const removal = {
      id: made.id,
      version: made.version,
      parts: changed.parts ?? [],
      role: 'owner',
      notify: 'none',
    } as const;
    await calendar.remove([removal], never);
    assert.deepEqual(outlook.all(), []);
  });

  it('is refused with a reason, while the others of the batch are written', async () => {
    const { calendar } = await open({}, { unsupportedRecurrence: 'skip' });
    const odd: NeutralEvent = { ...single, uid: 'odd', recurrence: { rules: ['FREQ=HOURLY'], dates: [] } };
    const results = await calendar.create(
      [odd, single].map((event, index) => ({ marker: `m${index}`, event, attempt: `${index}` })),
      window,
      never,
    );
    assert.deepEqual(
      results.map((result) => (result.failed ? [result.class, result.code] : 'written')),
      [['ours', 'recurrence-unsupported'], 'written'],
    );
  });

  it('is taken out of the series where an instance would move past its neighbour', async () => {
    const { calendar, outlook } = await open({});
    const daily: NeutralEvent = {
      ...single,
      uid: 'daily@portcal',
      recurrence: { rules: ['FREQ=DAILY;COUNT=5'], dates: [] },
      overrides: {
        '2026-11-24T09:00:00Z': {
          ...content,
          title: 'Moved far',
          start: { local: '2026-11-26T15:00:00', zone: 'Europe/Berlin' },
          end: { local: '2026-11-26T16:00:00', zone: 'Europe/Berlin' },
        },
      },
    };
    const [made] = await created(calendar, [daily]);
    assert.deepEqual(
      made.parts?.map(({ recurrenceId }) => recurrenceId),
      ['2026-11-24T09:00:00Z'],
    );
    assert.equal(outlook.find('Moved far')?.start, '2026-11-26T14:00:00Z');
    assert.deepEqual(outlook.find('Review')?.deleted, ['2026-11-24']);
  });
});

describe('meetings of others', () => {
  it('are answered, and the organizer hears of it', async () => {
    for (const [answer, response, profile] of [
      ['accepted', 'Accept', 'exchange2016'],
      ['tentative', 'Tentative', 'exchange2016'],
      ['declined', 'Decline', 'exchange2016'],
      ['accepted', 'Accept', 'gromox'],
    ] as const) {
      const { calendar, fake, outlook, exchange } = await open({ profile });
      fake.addMailbox('bob@lab.test');
      const bob = fake.outlook('bob@lab.test');
      bob.invite(
        bob.create({
          subject: 'Lunch',
          start: '2026-11-25T12:00',
          end: '2026-11-25T13:00',
          required: ['anna@lab.test'],
        }),
      );
      const [item] = await fetched(
        calendar,
        (await calendar.changes(null, never)).changed.map(({ id }) => id),
      );
      assert.deepEqual(
        [item.role, item.event.content.answer, item.event.content.organizer?.address],
        ['guest', 'needs-action', 'bob@lab.test'],
      );
      const answered = await calendar.respond({ id: item.id, version: item.version, answer }, never);
      assert.ok(!answered.failed, JSON.stringify(answered));
      assert.equal(bob.find('Lunch')?.attendees[0]?.response, response);
      if (answer !== 'declined') assert.equal(answered.version, outlook.find('Lunch')?.changeKey);
      // What was sent lies nowhere as if it were still to be sent.
      assert.deepEqual(outlook.all('outbox'), []);
      await exchange.close();
      await fake.close();
    }
  });
});

describe('one instance of somebody else’s series', () => {
  it('is answered alone', async () => {
    for (const [answer, response] of [
      ['accepted', 'Accept'],
      ['tentative', 'Tentative'],
      ['declined', 'Decline'],
    ] as const) {
      const { calendar, fake, outlook, exchange } = await open({});
      fake.addMailbox('bob@lab.test');
      const bob = fake.outlook('bob@lab.test');
      bob.invite(
        bob.create({
          subject: 'Lunch',
          start: '2026-11-23T12:00',
          end: '2026-11-23T13:00',
          recurrence: {
            pattern: { kind: 'daily', interval: 1 },
            start: Date.UTC(2026, 10, 23) / 86_400_000,
            count: 5,
          },
          required: ['anna@lab.test'],
        }),
      );
      const ids = (await calendar.changes(null, never)).changed.map(({ id }) => id);
      const [item] = await fetched(calendar, ids);
      const instance = { key: '2026-11-25T11:00:00Z', of: item.event };
      const answered = await calendar.respond(
        { id: item.id, version: item.version, answer, instance },
        never,
      );
      assert.ok(!answered.failed, JSON.stringify(answered));
      assert.deepEqual(
        fake.mails.filter(({ kind }) => kind === 'response').map((mail) => mail.response),
        [response],
      );
      assert.equal(answered.version, outlook.find('Lunch')?.changeKey);
      const [after] = await fetched(calendar, ids);
      assert.equal(after.event.content.answer, 'needs-action');
      assert.equal(after.event.overrides[instance.key]?.answer, answer === 'declined' ? undefined : answer);
      assert.deepEqual(after.event.excluded, answer === 'declined' ? [instance.key] : []);
      const again = await calendar.respond(
        {
          id: item.id,
          version: item.version,
          answer,
          instance: { ...instance, key: '2026-12-25T11:00:00Z' },
        },
        never,
      );
      assert.equal(again.failed && again.code, 'occurrence-beside-rule');
      await exchange.close();
      await fake.close();
    }
  });
});

describe('a large calendar', () => {
  it('is listed page by page, each item once', async () => {
    const { calendar, outlook } = await open({});
    for (let count = 0; count < 700; count += 1)
      outlook.create({ subject: `n${count}`, start: '2026-11-25T12:00', end: '2026-11-25T13:00' });
    outlook.create({
      subject: 'note',
      start: '2026-11-25T12:00',
      end: '2026-11-25T13:00',
      itemClass: 'IPM.StickyNote',
    });
    const seen = new Set<string>();
    let cursor: string | null = null;
    let pages = 0;
    for (let last = false; !last; pages += 1) {
      const page = await calendar.changes(cursor, never);
      for (const { id, foreign } of page.changed) if (foreign !== true) seen.add(id);
      [cursor, last] = [page.cursor, page.last];
    }
    assert.deepEqual([seen.size, pages], [700, 2]);
    const listed: string[] = [];
    for await (const page of calendar.listed(window, never)) listed.push(...page.map(({ id }) => id));
    assert.deepEqual(new Set(listed), seen);
  });

  it('lies beside others, of which those in the bin are not shown', async () => {
    const { mailbox, outlook } = await open({});
    outlook.addCalendar('Projects');
    const calendars = await mailbox.calendars(never);
    assert.deepEqual(
      calendars.map(({ title, isDefault, canWrite }) => [title, isDefault, canWrite]),
      [
        ['Calendar', true, true],
        ['Projects', false, true],
      ],
    );
  });
});

describe('signing in at a server', () => {
  const tls = { key: certificateFile('server.key'), cert: certificateFile('other-name.pem') };

  it('binds NTLM to the channel where that is required', async () => {
    const { calendar, fake } = await open({ tls, requireChannelBinding: true, methods: ['ntlm'] });
    await created(calendar, [single]);
    assert.equal(fake.outlook('anna@lab.test').all().length, 1);
  });

  it('uses Basic where only that is offered', async () => {
    const { mailbox } = await open({ tls, methods: ['basic'] });
    assert.equal((await mailbox.calendars(never)).length, 1);
  });

  it('works with the own login of a person', async () => {
    const { exchange } = await open({});
    const own = exchange.mailbox({
      ...request,
      credentials: credentials('anna@lab.test', 'secret'),
      isService: false,
    });
    assert.equal((await own.calendars(never))[0]?.title, 'Calendar');
  });

  it('works as a delegate, who sees what was shared', async () => {
    const { exchange, fake } = await open({}, { accessMode: 'delegate' });
    fake.addMailbox('svc@lab.test');
    fake.delegate('anna@lab.test', 'svc@lab.test', 'Editor');
    const mailbox = exchange.mailbox({ ...request, credentials: credentials('svc@lab.test', 'secret') });
    const calendars = await mailbox.calendars(never);
    assert.equal(calendars.length, 1);
    await created(mailbox.calendar(calendars[0]?.id ?? ''), [single]);
    assert.equal(fake.outlook('anna@lab.test').all().length, 1);
  });

  it('locks nobody out', async () => {
    const { exchange, fake } = await open({ lockAfter: 3 });
    const wrong = { ...request, credentials: credentials('anna@lab.test', 'outdated'), isService: false };
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await assert.rejects(exchange.mailbox(wrong).calendars(never), failing('auth', 'login-refused'));
    }
    assert.equal(fake.account('anna@lab.test').failures, 1);
  });

  it('is told apart by a connection test, where autodiscover alone refuses a login that EWS accepts', async () => {
    const { fake } = await open({});
    fake.autodiscover.status = 401;
    const exchange = another(fake, { autodiscover: 'auto' });
    const steps = await checked(exchange, false);
    assert.deepEqual(
      steps.filter(({ ok }) => ok === false).map(({ step, advice }) => [step, advice]),
      [['autodiscover', 'autodiscover']],
    );
    assert.equal(steps.find(({ step }) => step === 'login')?.ok, true);
    await exchange.close();
    const off = another(fake, { autodiscover: 'off' });
    const others = await checked(off, false);
    await off.close();
    assert.equal(others.find(({ step }) => step === 'calendar')?.ok, true);
    assert.match(others.find(({ step }) => step === 'capabilities')?.found ?? '', /SOAP autodiscover: no/);
  });

  it('names a missing right', async () => {
    const { exchange, fake } = await open({});
    fake.addService('weak', { impersonates: [] });
    const weak = exchange.mailbox({ ...request, credentials: credentials('weak', 'secret') });
    await assert.rejects(weak.calendars(never), failing('permission'));
    const steps = await checked(exchange, false, 'weak');
    assert.deepEqual(
      steps.filter(({ ok }) => ok === false).map(({ step, advice }) => [step, advice]),
      [['impersonation', 'impersonation']],
    );
    const delegate = another(fake, { accessMode: 'delegate' });
    const others = await checked(delegate, false);
    await delegate.close();
    assert.deepEqual(
      others.filter(({ ok }) => ok === false).map(({ step, advice }) => [step, advice]),
      [['calendar', 'delegate']],
    );
    assert.equal(others.find(({ step }) => step === 'impersonation')?.ok, null);
  });

  it('takes what fails for somebody else’s mailbox alone, without a code, for a missing right', async () => {
    const { exchange, fake } = await open({});
    const fault = { kind: 'code', code: '', where: 'fault', status: 500 } as const;
    fake.faults.add({ mailbox: 'anna@lab.test', times: 50, fault });
    const steps = await checked(exchange, false);
    assert.deepEqual(
      steps.filter(({ ok }) => ok === false).map(({ step, advice }) => [step, advice]),
      [['impersonation', 'impersonation']],
    );
  });

  it('opens a mailbox by any of its addresses, and remembers that it is not the first one', async () => {
    const { exchange, fake } = await open({});
    fake.addMailbox('ben@lab.test', { proxies: ['ben.smith@lab.test'] });
    const asked = { ...request, mailbox: 'ben.smith@lab.test' };
    const mailbox = exchange.mailbox(asked);
    const [info] = await mailbox.calendars(never);
    const calendar = mailbox.calendar(info?.id ?? '');
    await created(calendar, [single]);
    const heard = new AbortController();
    await exchange.watch(
      [{ mailbox, calendars: [info?.id ?? ''] }],
      () => heard.abort(),
      AbortSignal.any([heard.signal, AbortSignal.timeout(5000)]),
    );
    assert.ok(heard.signal.aborted, 'it is listened to');
    assert.equal(fake.outlook('ben@lab.test').all().length, 1);
    fake.counters.byOperation.clear();
    const again = exchange.mailbox({ ...asked, memory: mailbox.memory() });
    await again.calendar(info?.id ?? '').changes(null, never);
    assert.deepEqual([...fake.counters.byOperation], [['SyncFolderItems', 1]]);
    const steps = await checked(exchange, false, 'svc', 'ben.smith@lab.test');
    assert.deepEqual(
      steps.filter(({ ok }) => ok === false),
      [],
    );
  });

  for (const profile of ['exchange2016', 'gromox'] as const)
    it(`lets one mailbox that it may not enter stop no other one: ${profile}`, async () => {
      const { exchange, fake } = await open({ profile });
      fake.addService('weak', { impersonates: ['anna@lab.test'] });
      fake.addMailbox('ben@lab.test');
      const entering = (mailbox: string): Promise<unknown> =>
        exchange
          .mailbox({ ...request, mailbox, credentials: credentials('weak', 'secret') })
          .calendars(never);
      const before = fake.counters.requests;
      await assert.rejects(entering('ben@lab.test'), failing('permission'));
      await assert.rejects(entering('nobody@lab.test'), failing('permission'));
      assert.ok(fake.counters.requests - before <= 8, String(fake.counters.requests - before));
      await entering('anna@lab.test');
      const steps = await checked(exchange, false, 'weak', 'ben@lab.test');
      assert.deepEqual(
        steps.filter(({ ok }) => ok === false).map(({ step, advice }) => [step, advice]),
        [['impersonation', 'impersonation']],
      );
    });
});

describe('a server in trouble', () => {
  it('does not make a duplicate when the answer to a creation is lost', async () => {
    const { calendar, fake, outlook } = await open({});
    await calendar.changes(null, never);
    fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
    const [lost] = await calendar.create([{ marker: 'm', event: single, attempt: '1' }], window, never);
    assert.ok(lost?.failed);
    assert.equal(lost.class, 'transient');
    assert.equal(outlook.all().length, 1);
    assert.equal((await calendar.findByMarker(['m'], never)).size, 1);
  });

  it('is asked again for what was only read', async () => {
    const { calendar, fake } = await open({});
    await calendar.changes(null, never);
    for (const kind of ['reset-before', 'reset-after', 'half'] as const) {
      fake.faults.add({ on: 'SyncFolderItems', fault: { kind } });
      assert.equal((await calendar.changes(null, never)).last, true, kind);
    }
  });

  for (const where of ['fault-detail', 'response-message', 'fault-code'] as const) {
    it(`is left alone when it says it is busy in the ${where}`, async () => {
      const { calendar, fake } = await open({});
      await calendar.changes(null, never);
      fake.faults.add({ on: 'SyncFolderItems', fault: { kind: 'busy', backOffMs: 60_000, where } });
      await assert.rejects(calendar.changes(null, never), failing('throttle', 'ErrorServerBusy'));
      const before = fake.counters.requests;
      await assert.rejects(calendar.changes(null, never), failing('throttle', 'paused-by-server'));
      assert.equal(fake.counters.requests, before);
    });
  }

  it('may find a request too large: its parts come one by one, and only those that are too large by themselves are left', async () => {
    const { calendar, fake, outlook } = await open({});
    const events = ['a', 'b', 'c'].map((uid): NeutralEvent => ({ ...single, uid }));
    fake.faults.add({ on: 'CreateItem', times: 2, fault: { kind: 'status', status: 413, html: true } });
    const items = events.map((event) => ({ marker: event.uid, event, attempt: '1' }));
    const results = await calendar.create(items, window, never);
    assert.deepEqual(
      results.map((result) => (result.failed ? [result.class, result.code] : 'made')),
      [['ours', 'http-413'], 'made', 'made'],
    );
    assert.equal(outlook.all().length, 2);
    assert.equal(fake.counters.byOperation.get('CreateItem'), 4);
  });

  it('may stop in the middle of a batch: the rest is asked for alone', async () => {
    const { calendar, fake, outlook } = await open({});
    const events = ['a', 'b'].map((uid): NeutralEvent => ({ ...single, uid }));
    fake.faults.add({
      on: 'CreateItem',
      fault: { kind: 'code', code: 'ErrorBatchProcessingStopped', where: 'message' },
    });
    const made = await created(calendar, events);
    assert.equal(outlook.all().length, 2);
    fake.faults.add({
      on: 'DeleteItem',
      fault: { kind: 'code', code: 'ErrorBatchProcessingStopped', where: 'message' },
    });
    const removals = made.map(
      ({ id, version }) => ({ id, version, parts: [], role: 'owner', notify: 'none' }) as const,
    );
    assert.deepEqual(
      (await calendar.remove(removals, never)).map(({ failed }) => failed),
      [undefined, undefined],
    );
    assert.deepEqual(outlook.all(), []);
  });

  it('costs one event, not the batch, when the server refuses a request of several as a whole', async () => {
    const { calendar, fake, outlook } = await open({});
    const refused = { kind: 'code', code: 'ErrorSchemaValidation', where: 'fault' } as const;
    const refuseThem = (on: string): void => {
      // The batch, and the first of those that are then asked for one by one.
      fake.faults.add({ on, times: 2, fault: refused });
    };
    refuseThem('CreateItem');
    const creations = ['a', 'b', 'c'].map((uid) => ({
      marker: uid,
      event: { ...single, uid },
      attempt: uid,
    }));
    const [no, ...made] = await calendar.create(creations, window, never);
    assert.deepEqual(no?.failed && [no.class, no.code], ['ours', 'ErrorSchemaValidation']);
    assert.ok(made.every(({ failed }) => failed === undefined));
    assert.equal(outlook.all().length, 2);
    refuseThem('DeleteItem');
    const removals = made.flatMap((each) =>
      each.failed
        ? []
        : [{ id: each.id, version: each.version, parts: [], role: 'owner', notify: 'none' } as const],
    );
    assert.deepEqual(
      (await calendar.remove(removals, never)).map(({ failed }) => failed),
      [true, undefined],
    );
    assert.equal(outlook.all().length, 1);
  });

  it('costs one item, not the batch, when an answer cannot be read', async () => {
    const { calendar, fake } = await open({});
    const events = Array.from({ length: 4 }, (_, index): NeutralEvent => ({ ...single, uid: `u${index}` }));
    const made = await created(calendar, events);
    fake.faults.add({ on: 'GetItem', times: 1, fault: { kind: 'drop-message' } });
    const items = await calendar.fetch(
      made.map(({ id }) => id),
      never,
    );
    assert.deepEqual(
      items.map((item) => 'failed' in item),
      [false, false, false, false],
    );
    fake.faults.add({ on: 'GetItem', times: 1, fault: { kind: 'doctype' } });
    assert.equal(
      (
        await fetched(
          calendar,
          made.map(({ id }) => id),
        )
      ).length,
      4,
    );
  });

  it('may send unknown elements and characters that XML has not', async () => {
    const { calendar, fake } = await open({});
    const [made] = await created(calendar, [single]);
    fake.faults.add({ on: 'GetItem', times: 1, fault: { kind: 'unknown-elements' } });
    assert.equal((await fetched(calendar, [made.id]))[0].event.content.title, 'Review');
    fake.faults.add({ on: 'GetItem', times: 1, fault: { kind: 'invalid-characters' } });
    assert.match((await fetched(calendar, [made.id]))[0].event.content.title, /Review$/);
  });

  it('tells a lost place, a lost folder and an old version', async () => {
    const { calendar, fake, outlook } = await open({});
    const [made] = await created(calendar, [single]);
    await assert.rejects(calendar.changes('bm9uc2Vuc2U=', never), failing('state'));
    fake.faults.add({
      on: 'SyncFolderItems',
      fault: { kind: 'code', code: 'ErrorSyncFolderNotFound', where: 'message' },
    });
    await assert.rejects(calendar.changes(null, never), failing('folder-gone'));
    const [read] = await fetched(calendar, [made.id]);
    outlook.edit(made.id, { subject: 'By somebody else' });
    const [stale] = await updated(calendar, read, {
      ...read.event,
      content: { ...read.event.content, location: 'X' },
    });
    assert.deepEqual([stale.failed, stale.failed && stale.class], [true, 'conflict']);
  });

  it('is not trusted with versions where it takes states that it never gave', async () => {
    const { calendar } = await open({ profile: 'gromox' });
    assert.equal(calendar.capabilities().conditionalWrite, false);
    await opened?.exchange.close();
    await opened?.fake.close();
    const other = await open({});
    assert.equal(other.calendar.capabilities().conditionalWrite, true);
  });

  for (const code of ['ErrorInvalidRestriction', 'ErrorUnsupportedQueryFilter', 'ErrorRestrictionTooComplex'])
    it(`need not know how to search for markers (${code})`, async () => {
      const { calendar, fake } = await open({});
      const [one] = await created(calendar, [single, { ...single, uid: 'other' }]);
      fake.faults.add({
        on: 'FindItem',
        times: 1,
        fault: { kind: 'code', code, where: 'message' },
      });
      for (const attempt of [1, 2]) {
        const found = await calendar.findByMarker(['marker-0', 'nobody'], never);
        assert.deepEqual(
          [...found],
          [['marker-0', { id: one.id, version: one.version }]],
          `attempt ${attempt}`,
        );
      }
      assert.equal(fake.faults.pending, 0);
    });

  it('shows how far its clock is off', async () => {
    const { mailbox, fake, exchange } = await open({});
    fake.clockSkewMs = 3 * 3_600_000;
    await mailbox.calendars(never);
    await mailbox.calendars(never);
    const steps = await checked(exchange, false);
    assert.ok(steps.some(({ step, advice }) => step === 'clock' && advice === 'clock'));
    assert.ok(Math.abs(mailbox.clockSkewMs()) > 3_600_000);
  });
});

describe('streams of a server farm', () => {
  it('reach the machine that holds the subscriptions, and outlive its restart', async () => {
    const { exchange, fake, mailbox, calendarId } = await open({ anchors: true }, { random: 0 });
    fake.addMailbox('bob@lab.test');
    const bob = exchange.mailbox({ ...request, mailbox: 'bob@lab.test' });
    const [own] = await bob.calendars(never);
    const stop = new AbortController();
    const hints: string[] = [];
    await exchange.watch(
      [
        { mailbox: bob, calendars: [own?.id ?? ''] },
        { mailbox, calendars: [calendarId] },
      ],
      (which) => {
        hints.push(which === bob ? 'bob' : 'anna');
        if (hints.length === 2)
          fake
            .outlook('bob@lab.test')
            .create({ subject: 'x', start: '2026-11-25T10:00', end: '2026-11-25T11:00' });
        if (hints.length === 3) stop.abort();
      },
      stop.signal,
    );
    assert.deepEqual(hints, ['anna', 'bob', 'bob']);
    assert.equal(fake.counters.maxStreams, 1);
    assert.equal(fake.subscriptions.count, 0);
  });
});

describe('streams', () => {
  const chunkings = ['whole', 'awkward', 'joined'] as const;
  for (const chunking of chunkings) {
    it(`are understood in chunks of the kind ${chunking}`, async () => {
      const { exchange, mailbox, calendarId, outlook } = await open({ chunking, gzip: true });
      const stop = new AbortController();
      const hints: string[] = [];
      await exchange.watch(
        [{ mailbox, calendars: [calendarId] }],
        (_mailbox, calendar) => {
          hints.push(calendar);
          if (hints.length === 3) stop.abort();
          else outlook.create({ subject: 'x', start: '2026-11-25T10:00', end: '2026-11-25T11:00' });
        },
        stop.signal,
      );
      assert.deepEqual(new Set(hints), new Set([calendarId]));
    });
  }

  const serving = async (plainStreams: boolean): Promise<void> => {
    const quirks = { plainStreams };
    const { exchange, fake, mailbox, calendarId } = await open({ profile: 'gromox', quirks });
    const calendars = new Map([[mailbox, calendarId]]);
    fake.addMailbox('bob@lab.test');
    const bob = exchange.mailbox({ ...request, mailbox: 'bob@lab.test' });
    calendars.set(bob, (await bob.calendars(never))[0]?.id ?? '');
    const stop = new AbortController();
    const hints: string[] = [];
    const happens = (name: string): void =>
      void fake
        .outlook(`${name}@lab.test`)
        .create({ subject: 'x', start: '2026-11-25T10:00', end: '2026-11-25T11:00' });
    await exchange.watch(
      [...calendars].map(([each, id]) => ({ mailbox: each, calendars: [id] })),
      (which) => {
        hints.push(which === bob ? 'bob' : 'anna');
        const count = (name: string): number => hints.filter((each) => each === name).length;
        if (count('anna') === 1 && count('bob') === 1 && hints.length === 2) happens('bob');
        else if (hints.length === 3) for (const stream of fake.streams) stream.close();
        // Both begin anew, and hear what happens then.
        else if (count('anna') === 2 && count('bob') === 3 && hints.length === 5) happens('anna');
        else if (count('anna') === 3) stop.abort();
      },
      stop.signal,
    );
    assert.deepEqual(hints.toSorted(), ['anna', 'anna', 'anna', 'bob', 'bob', 'bob']);
    assert.equal(fake.counters.maxStreams, 2);
  };
  it('serve each mailbox where a stream is for one alone, and after it has ended', () => serving(false));
  it('are understood as they come, without chunks', () => serving(true));

  it('come back after the server was gone, and hint at what they have missed', async () => {
    const { exchange, mailbox, calendarId, fake } = await open({});
    const stop = new AbortController();
    let hints = 0;
    await exchange.watch(
      [{ mailbox, calendars: [calendarId] }],
      () => {
        hints += 1;
        if (hints === 1) fake.restart();
        else stop.abort();
      },
      stop.signal,
    );
    assert.equal(hints, 2);
    assert.equal(exchange.health().openStreams, 0);
  });
});

describe('what the connector says on the wire', () => {
  it('is valid against the schema, and so is what it hears', async function () {
    const missing = schemaMissing();
    if (missing !== undefined) this.skip();
    const transcripts: Transcript[] = [];
    const { calendar, exchange } = await open({
      onTranscript: (transcript) => void transcripts.push(transcript),
    });
    await checked(exchange, true);
    const [, many] = await created(calendar, [single, series]);
    const [read] = await fetched(calendar, [many.id]);
    await updated(calendar, read, {
      ...read.event,
      excluded: [...read.event.excluded, '2026-12-14T09:00:00Z'],
    });
    await calendar.findByMarker(['marker-0', 'x'], never);
    await calendar.findByUid([read.event.uid, '040000008200E00074C5B7101A82E008'.padEnd(112, '0')], never);
    const [now] = await fetched(calendar, [many.id]);
    const again = {
      ...now,
      before: now.event,
      after: now.event,
      parts: [],
      marker: 'marker-1',
      attempt: '2',
    };
    const [invited] = await calendar.update(
      [{ ...again, notify: 'all', invites: 'unless-sent' }],
      window,
      never,
    );
    assert.ok(invited && !invited.failed);
    await calendar.remove([{ id: many.id, version: '', parts: [], role: 'owner', notify: 'none' }], never);
    const soap = transcripts.filter(({ request: text }) => text.includes('Envelope'));
    assert.ok(soap.length > 15);
    // The schema of 2013 SP1 fixes the version in the header, so that is what is asked as.
    const said = soap.map(({ operation, request: text }) => ({ name: `${operation}-request`, text }));
    assert.deepEqual(await schemaErrors(said, 'exchange2013_sp1'), []);
  });
});

function withBody(event: NeutralEvent, body: Pick<EventContent, 'description' | 'html'>): NeutralEvent {
  return { ...event, content: { ...event.content, ...body } };
}

interface Opened {
  readonly fake: FakeExchange;
  readonly exchange: Exchange;
  readonly outlook: Outlook;
  readonly mailbox: RemoteMailbox;
  readonly calendarId: string;
  readonly calendar: RemoteCalendar;
}

const request = {
  mailbox: 'anna@lab.test',
  credentials: credentials('svc', 'secret'),
  isService: true,
  memory: '',
  zone: 'Europe/Berlin',
  territory: null,
  aliases: [],
};

async function open(
  options: ExchangeOptions,
  { random = 0.5, ...changes }: Partial<ExchangeSettings> & { readonly random?: number } = {},
): Promise<Opened> {
  const fake = await startExchange({ now: () => monday, ...options });
  const outlook = fake.addMailbox('anna@lab.test');
  fake.addService('svc');
  const server = { port: fake.port, url: new URL(fake.origin), connectionCount: () => 0, close: fake.close };
  const settings = settingsFor(server, { authMethods: ['ntlm', 'basic'], autodiscover: 'auto', ...changes });
  const exchange = createExchange(settings, {
    userAgent: 'portcal-test',
    now: () => monday,
    random: () => random,
    streamPauseMs: 1,
  });
  const mailbox = exchange.mailbox(request);
  // In delegate mode nothing is shared yet.
  const calendarId =
    settings.accessMode === 'delegate' ? '' : ((await mailbox.calendars(never))[0]?.id ?? '');
  opened = { fake, exchange, outlook, mailbox, calendarId, calendar: mailbox.calendar(calendarId) };
  return opened;
}

/** What of an event is ours to say: the server knows the names of people better. */
function told({ content: all, recurrence }: NeutralEvent) {
  const { start, end, busy, reminder, description, attendees } = all;
  const guests = attendees.map(({ address, role }) => `${address} ${role}`);
  return { start, end, busy, reminder, description, guests, recurrence };
}

type Result = Awaited<ReturnType<RemoteCalendar['update']>>[number];

/** Of one event the second is none; tests look at as many as they made. */
type Some<Value> = readonly [Value, Value, ...Value[]];

async function created(calendar: RemoteCalendar, events: readonly NeutralEvent[]): Promise<Some<Written>> {
  const creations = events.map((event, index) => ({
    marker: `marker-${index}`,
    event,
    attempt: `${index}`,
  }));
  const written = await calendar.create(creations, window, never);
  for (const each of written) assert.ok(!each.failed, JSON.stringify(each));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- none has failed
  return written as unknown as Some<Written>;
}

async function fetched(calendar: RemoteCalendar, ids: readonly string[]): Promise<Some<RemoteItem>> {
  const items = await calendar.fetch(ids, never);
  for (const each of items) assert.ok(!('failed' in each), JSON.stringify(each));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- none has failed
  return items as unknown as Some<RemoteItem>;
}

async function updated(
  calendar: RemoteCalendar,
  read: RemoteItem,
  after: NeutralEvent,
): Promise<readonly [Result]> {
  const { id, version, event } = read;
  const update = {
    id,
    version,
    marker: 'm',
    attempt: '2',
    before: event,
    after,
    parts: [],
    role: 'owner',
    notify: 'none',
  } as const;
  const [result] = await calendar.update([update], window, never);
  assert.ok(result);
  return [result];
}

/** The connector once more, with other settings. */
function another(fake: FakeExchange, changes: Partial<ExchangeSettings>): Exchange {
  const server = { port: fake.port, url: new URL(fake.origin), connectionCount: () => 0, close: fake.close };
  const settings = settingsFor(server, { authMethods: ['ntlm', 'basic'], ...changes });
  return createExchange(settings, { userAgent: 'portcal-test', now: () => monday, random: () => 0.5 });
}

async function checked(
  exchange: Exchange,
  probe: boolean,
  login = 'svc',
  mailbox = 'anna@lab.test',
): Promise<readonly CheckStep[]> {
  const steps: CheckStep[] = [];
  const check = {
    mailbox,
    credentials: credentials(login, 'secret'),
    isService: true,
    probe,
  };
  for await (const step of exchange.check(check, never)) steps.push(step);
  return steps;
}
