import assert from 'node:assert/strict';
import type { EventPatch, EventsAnswer, Scope } from '../../src/portal/api.ts';
import { type Browser, event, ownCalendar, useWorld } from './world.ts';

describe('events of the page', () => {
  const world = useWorld();
  let anna: Browser;
  let id: string;

  before(async () => {
    anna = await world.now.signedIn('anna');
    ({ id } = await ownCalendar(anna));
  });

  const file = (uid: string): string => `/dav/calendars/anna/personal/${uid}.ics`;
  const get = async (uid: string): Promise<string> => (await world.now.dav('anna', 'GET', file(uid))).text;
  const put = async (uid: string, lines: readonly string[]): Promise<void> => {
    const body = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//test//EN',
      'BEGIN:VEVENT',
      `UID:${uid}`,
      'DTSTAMP:20260101T000000Z',
      ...lines,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    const { status } = await world.now.dav('anna', 'PUT', file(uid), {
      headers: { 'Content-Type': 'text/calendar' },
      body,
    });
    assert.equal(status, 201);
  };
  const month = async (from = '2026-11-01', to = '2026-12-01'): Promise<EventsAnswer['occurrences']> =>
    (await anna.ok('GET /events', { query: { from, to, calendars: id } })).occurrences;
  const of = async (uid: string, from?: string, to?: string): Promise<readonly string[]> =>
    (await month(from, to)).filter((one) => one.uid === uid).map(({ start, title }) => `${start} ${title}`);
  const change = async (uid: string, body: EventPatch, scope?: Scope, recurrenceId?: string) => {
    const { etag } = await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } });
    const query = { ...(scope && { scope }), ...(recurrenceId !== undefined && { recurrenceId }) };
    return await anna.ok('PATCH /calendars/{id}/events/{uid}', {
      path: { id, uid },
      body,
      query,
      ifMatch: etag,
    });
  };
  const remove = async (uid: string, scope?: Scope, recurrenceId?: string) => {
    const { etag } = await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } });
    const query = { ...(scope && { scope }), ...(recurrenceId !== undefined && { recurrenceId }) };
    return await anna.ok('DELETE /calendars/{id}/events/{uid}', { path: { id, uid }, query, ifMatch: etag });
  };
  const undo = async (name: string): Promise<void> =>
    await anna.ok('POST /undo/{undo}', { path: { undo: name } });
  const utc = (date: string, time: string): string => `${date.replaceAll('-', '')}T${time}00Z`;

  it('say how long they last where the clock is set back meanwhile and does not tell it', async () => {
    const times = {
      hour: ['20261025T003000Z', '20261025T013000Z'],
      backwards: ['20261025T004500Z', '20261025T011500Z'],
      point: ['20261025T003000Z', '20261025T003000Z'],
      longer: ['20261025T003000Z', '20261025T020000Z'],
    };
    for (const [uid, [start, end]] of Object.entries(times))
      await put(uid, [`DTSTART:${start}`, `DTEND:${end}`, `SUMMARY:${uid}`]);
    const found = (await month('2026-10-25', '2026-10-26')).map(({ uid, start, end, minutes }) =>
      [uid, start.slice(11, 16), end.slice(11, 16), minutes].join(' '),
    );
    assert.deepEqual(found.toSorted(), [
      'backwards 02:45 02:15 30',
      'hour 02:30 02:30 60',
      'longer 02:30 03:00 ',
      'point 02:30 02:30 ',
    ]);
    for (const uid of Object.keys(times)) await remove(uid);
  });

  it('are added with the UID of the path, once, whatever it is made of (portal.md 11)', async () => {
    for (const uid of ['given', 'a/b ü?', `${'long '.repeat(100)}end`]) {
      const path = { id, uid };
      const made = await anna.call('POST /calendars/{id}/events/{uid}', { path, body: event() });
      assert.deepEqual([made.status, made.body.uid], [201, uid]);
      const { title } = await anna.ok('GET /calendars/{id}/events/{uid}', { path });
      assert.equal(title, event().title);
      const again = await anna.refused('POST /calendars/{id}/events/{uid}', { path, body: event() });
      assert.equal(again.status, 409);
      await undo(made.body.undo);
      assert.equal((await anna.refused('GET /calendars/{id}/events/{uid}', { path })).status, 404);
    }
    for (const uid of [' x', 'a\nb', 'x'.repeat(1_025)]) {
      const { status } = await anna.refused('POST /calendars/{id}/events/{uid}', {
        path: { id, uid },
        body: event(),
      });
      assert.ok(status === 400 || status === 403 || status === 422, `${uid.length}: ${status}`);
    }
    const boris = await world.now.signedIn('boris');
    const path = { id, uid: 'theirs' };
    const { status } = await boris.refused('POST /calendars/{id}/events/{uid}', { path, body: event() });
    assert.equal(status, 404);
  });

  it('stand beside a series that no answer can hold, of which the first instances are told', async () => {
    await put('dense', ['DTSTART:20280501T000000Z', 'DURATION:PT1M', 'RRULE:FREQ=MINUTELY']);
    await put('beside', ['DTSTART:20280520T090000Z', 'DURATION:PT1H', 'SUMMARY:Beside']);
    const query = { from: '2028-05-01', to: '2028-06-01', calendars: id };
    for (const look of ['first', 'second']) {
      const answer = await anna.ok('GET /events', { query });
      assert.equal(answer.truncated, true, look);
      assert.deepEqual(await of('beside', query.from, query.to), ['2028-05-20T11:00:00 Beside']);
      assert.equal(answer.occurrences.filter(({ uid }) => uid === 'dense').length, 3_000);
    }
    await remove('dense');
    assert.deepEqual(await of('dense', query.from, query.to), []);
  });

  it('are added with all fields, read back by CalDAV and by the form', async () => {
    const { uid } = await anna.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({
        title: 'Планёрка; "важно"',
        location: 'Room 1, floor 2',
        description: 'line one\nline two',
        reminders: [0, 10, 1440],
        busy: false,
        status: 'tentative',
        privacy: 'private',
        categories: ['work', 'a,b'],
        attendees: [{ address: 'boris@example.com', name: 'Boris' }],
        links: [{ url: 'https://example.com/agenda', label: 'Agenda' }],
      }),
    });
    const text = await get(uid);
    for (const line of [
      /^DTSTART;TZID=Europe\/Stockholm:20261104T091500\r$/m,
      /^TZID:Europe\/Stockholm\r$/m,
      /^TRANSP:TRANSPARENT\r$/m,
      /^CLASS:PRIVATE\r$/m,
      /^ORGANIZER;CN=ANNA:mailto:anna@example.com\r$/m,
      /^ATTENDEE;/m,
      /^ATTACH;FILENAME=Agenda:https:\/\/example.com\/agenda\r$/m,
    ])
      assert.match(text, line);
    const detail = await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } });
    assert.deepEqual(detail, {
      ...detail,
      title: 'Планёрка; "важно"',
      location: 'Room 1, floor 2',
      description: 'line one\nline two',
      start: { dateTime: '2026-11-04T09:15:00', zone: 'Europe/Stockholm' },
      end: { dateTime: '2026-11-04T10:00:00', zone: 'Europe/Stockholm' },
      reminders: [0, 10, 1440],
      otherReminders: 0,
      busy: false,
      status: 'tentative',
      privacy: 'private',
      categories: ['work', 'a,b'],
      organizer: { address: 'anna@example.com', name: 'ANNA' },
      attendees: [{ address: 'boris@example.com', name: 'Boris', status: 'needs-action', role: 'required' }],
      links: [{ url: 'https://example.com/agenda', label: 'Agenda' }],
      repeat: null,
      repeats: false,
      readOnly: false,
    });
    assert.deepEqual(detail.local, {
      start: '2026-11-04T09:15:00',
      end: '2026-11-04T10:00:00',
      zone: 'Europe/Stockholm',
    });
    const [drawn] = (await month()).filter((one) => one.uid === uid);
    assert.deepEqual(
      [
        drawn?.start,
        drawn?.end,
        drawn?.tz,
        drawn?.hasReminder,
        drawn?.hasAttendees,
        drawn?.busy,
        drawn?.repeats,
      ],
      ['2026-11-04T09:15:00', '2026-11-04T10:00:00', 'Europe/Stockholm', true, true, false, false],
    );
    await remove(uid);
  });

  it('are shown in the zone that is asked for, days as days', async () => {
    await put('zones', ['DTSTART;VALUE=DATE:20261110', 'DTEND;VALUE=DATE:20261112', 'SUMMARY:trip']);
    await put('float', ['DTSTART:20261110T080000', 'DTEND:20261110T090000', 'SUMMARY:float']);
    await put('utc', ['DTSTART:20261110T230000Z', 'DURATION:PT1H', 'SUMMARY:utc']);
    const { zone, occurrences } = await anna.ok('GET /events', {
      query: { from: '2026-11-09', to: '2026-11-13', calendars: id, zone: 'Asia/Tokyo' },
    });
    assert.equal(zone, 'Asia/Tokyo');
    const seen = Object.fromEntries(occurrences.map(({ uid, start, end, tz }) => [uid, [start, end, tz]]));
    assert.deepEqual(seen['zones'], ['2026-11-10', '2026-11-12', null]);
    assert.deepEqual(seen['float'], ['2026-11-10T08:00:00', '2026-11-10T09:00:00', null]);
    assert.deepEqual(seen['utc'], ['2026-11-11T08:00:00', '2026-11-11T09:00:00', 'UTC']);
    const found = await anna.ok('GET /events', {
      query: { from: '2026-11-01T00:00:00Z', to: '2026-12-01', text: 'TRI' },
    });
    assert.deepEqual(
      found.occurrences.map(({ uid }) => uid),
      ['zones'],
    );
    for (const uid of ['zones', 'float', 'utc']) await remove(uid);
  });

  it('keep every line that a change is not about', async () => {
    const odd = [
      'DTSTART;TZID=Europe/Stockholm;X-ODD=1:20261105T090000',
      'DURATION:PT1H',
      'X-FUTURE;LANGUAGE=sv;X-A="b;c":kept, as it is\\, folded or not so that it is longer than se',
      ' venty-five octets',
      'SUMMARY;LANGUAGE=sv:before',
      'IANA-PROP:1',
      'BEGIN:VALARM',
      'ACTION:AUDIO',
      'TRIGGER;RELATED=END:-PT5M',
      'X-SOUND:bell',
      'END:VALARM',
      'BEGIN:X-COMPONENT',
      'X-INNER:1',
      'END:X-COMPONENT',
    ];
    await put('bytes', odd);
    await change('bytes', { title: 'after', reminders: [5], location: 'here' });
    const after = await get('bytes');
    for (const line of odd.filter((one) => !one.startsWith('SUMMARY')))
      assert.ok(after.includes(`${line}\r\n`), line);
    assert.match(after, /^SUMMARY:after\r$/m);
    assert.match(after, /^SEQUENCE:1\r$/m);
    await change('bytes', {
      start: { dateTime: '2026-11-05T11:00:00', zone: 'Europe/Stockholm' },
      end: { dateTime: '2026-11-05T11:30:00', zone: 'Europe/Stockholm' },
      location: '',
    });
    const moved = await get('bytes');
    assert.match(moved, /^DTEND;TZID=Europe\/Stockholm:20261105T113000\r$/m);
    assert.doesNotMatch(moved, /DURATION|LOCATION/);
    assert.match(moved, /X-FUTURE;LANGUAGE=sv;X-A="b;c":kept/);
    const detail = await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid: 'bytes' } });
    assert.deepEqual([detail.reminders, detail.otherReminders], [[5], 1]);
    await remove('bytes');
  });

  const weekly = [
    'DTSTART;TZID=Europe/Stockholm:20261102T090000',
    'DTEND;TZID=Europe/Stockholm:20261102T100000',
    'RRULE:FREQ=WEEKLY;COUNT=6',
    'SUMMARY:week',
    'X-KEEP:1',
  ];

  it('change one instance of a series, again, and take it out', async () => {
    await put('one', weekly);
    const second = utc('2026-11-09', '0800');
    await change(
      'one',
      {
        title: 'moved',
        start: { dateTime: '2026-11-10T12:00:00', zone: 'Europe/Stockholm' },
        end: { dateTime: '2026-11-10T13:00:00', zone: 'Europe/Stockholm' },
      },
      'one',
      second,
    );
    assert.deepEqual(await of('one', '2026-11-01', '2026-11-20'), [
      '2026-11-02T09:00:00 week',
      '2026-11-10T12:00:00 moved',
      '2026-11-16T09:00:00 week',
    ]);
    const text = await get('one');
    assert.match(text, /^RECURRENCE-ID;TZID=Europe\/Stockholm:20261109T090000\r$/m);
    assert.equal(text.match(/X-KEEP:1/g)?.length, 2);
    await change('one', { location: 'there' }, 'one', second);
    const detail = await anna.ok('GET /calendars/{id}/events/{uid}', {
      path: { id, uid: 'one' },
      query: { recurrenceId: second },
    });
    assert.deepEqual([detail.title, detail.location, detail.recurrenceId], ['moved', 'there', second]);
    const { undo: name } = await remove('one', 'one', second);
    assert.deepEqual(await of('one', '2026-11-01', '2026-11-20'), [
      '2026-11-02T09:00:00 week',
      '2026-11-16T09:00:00 week',
    ]);
    assert.match(await get('one'), /^EXDATE;TZID=Europe\/Stockholm:20261109T090000\r$/m);
    await undo(name);
    assert.equal((await of('one', '2026-11-01', '2026-11-20')).length, 3);
    await remove('one');
  });

  it('change this and the following: two series, the second with a UID of its own', async () => {
    await put('follow', [...weekly, 'EXDATE;TZID=Europe/Stockholm:20261123T090000']);
    await change('follow', { title: 'special' }, 'one', utc('2026-11-30', '0800'));
    const written = await change(
      'follow',
      {
        title: 'later',
        start: { dateTime: '2026-11-16T10:30:00', zone: 'Europe/Stockholm' },
        end: { dateTime: '2026-11-16T11:00:00', zone: 'Europe/Stockholm' },
      },
      'following',
      utc('2026-11-16', '0800'),
    );
    assert.notEqual(written.uid, 'follow');
    assert.deepEqual(await of('follow', '2026-11-01', '2027-01-01'), [
      '2026-11-02T09:00:00 week',
      '2026-11-09T09:00:00 week',
    ]);
    // Six in all, of which two stay behind and one is taken out.
    assert.deepEqual(await of(written.uid, '2026-11-01', '2027-01-01'), [
      '2026-11-16T10:30:00 later',
      '2026-11-30T10:30:00 special',
      '2026-12-07T10:30:00 later',
    ]);
    await undo(written.undo);
    assert.equal((await of('follow', '2026-11-01', '2027-01-01')).length, 5);
    assert.deepEqual(await of(written.uid, '2026-11-01', '2027-01-01'), []);
    await remove('follow', 'following', utc('2026-11-09', '0800'));
    assert.deepEqual(await of('follow', '2026-11-01', '2027-01-01'), ['2026-11-02T09:00:00 week']);
    await remove('follow', 'following', utc('2026-11-02', '0800'));
    assert.equal((await world.now.dav('anna', 'GET', file('follow'))).status, 404);
  });

  it('change all: weekdays, taken out and changed instances go along', async () => {
    await put('all', [
      ...weekly.filter((line) => !line.startsWith('RRULE')),
      'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261118T225959Z',
      'EXDATE;TZID=Europe/Stockholm:20261104T090000',
    ]);
    await change('all', { title: 'special' }, 'one', utc('2026-11-09', '0800'));
    // The Monday of the second week is dragged to Tuesday, an hour later.
    await change(
      'all',
      {
        location: 'new',
        start: { dateTime: '2026-11-17T10:00:00', zone: 'Europe/Stockholm' },
        end: { dateTime: '2026-11-17T11:30:00', zone: 'Europe/Stockholm' },
      },
      'all',
      utc('2026-11-16', '0800'),
    );
    assert.deepEqual(await of('all', '2026-11-01', '2026-12-31'), [
      '2026-11-03T10:00:00 week',
      '2026-11-10T10:00:00 special',
      '2026-11-12T10:00:00 week',
      '2026-11-17T10:00:00 week',
      '2026-11-19T10:00:00 week',
    ]);
    assert.match(await get('all'), /^RRULE:FREQ=WEEKLY;UNTIL=20261119T225959Z;BYDAY=TU,TH\r$/m);
    assert.equal((await get('all')).match(/^LOCATION:new\r$/gm)?.length, 2);
    await change('all', { title: 'renamed' });
    assert.deepEqual(await of('all', '2026-11-01', '2026-11-12'), [
      '2026-11-03T10:00:00 renamed',
      '2026-11-10T10:00:00 special',
    ]);
    await remove('all');
  });

  it('get, change and lose their repetition', async () => {
    const { uid } = await anna.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({
        repeat: {
          frequency: 'monthly',
          interval: 1,
          monthly: { nth: 1, weekday: 'WE' },
          ends: { is: 'after', count: 3 },
        },
      }),
    });
    const dates = async () => (await of(uid, '2026-11-01', '2027-06-01')).map((one) => one.slice(0, 10));
    assert.deepEqual(await dates(), ['2026-11-04', '2026-12-02', '2027-01-06']);
    const read = async () =>
      (await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } })).repeat;
    assert.deepEqual(await read(), {
      frequency: 'monthly',
      interval: 1,
      monthly: { nth: 1, weekday: 'WE' },
      ends: { is: 'after', count: 3 },
    });
    const daily = { frequency: 'daily', interval: 2, ends: { is: 'on', date: '2026-11-08' } } as const;
    await change(uid, { repeat: daily });
    assert.deepEqual(await read(), daily);
    assert.deepEqual(await dates(), ['2026-11-04', '2026-11-06', '2026-11-08']);
    await change(uid, { title: 'x' }, 'one', utc('2026-11-06', '0815'));
    await change(uid, {
      repeat: { frequency: 'weekly', interval: 1, weekdays: ['WE', 'FR'], ends: { is: 'after', count: 3 } },
    });
    assert.deepEqual(await dates(), ['2026-11-04', '2026-11-06', '2026-11-11']);
    await change(uid, { repeat: { rule: 'FREQ=YEARLY;BYWEEKNO=45' } });
    assert.deepEqual(await read(), { rule: 'FREQ=YEARLY;BYWEEKNO=45' });
    assert.equal(
      (
        await anna.refused('PATCH /calendars/{id}/events/{uid}', {
          path: { id, uid },
          body: { repeat: { rule: 'FREQ=NEVER' } },
          ifMatch: (await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } })).etag,
        })
      ).status,
      422,
    );
    await change(uid, { repeat: null });
    assert.deepEqual(await dates(), ['2026-11-04']);
    assert.equal(await read(), null);
    await remove(uid);
  });

  it('become whole days and times again, the series with its exceptions', async () => {
    await put('days', [...weekly, 'EXDATE;TZID=Europe/Stockholm:20261109T090000']);
    await change('days', { start: { date: '2026-11-02' }, end: { date: '2026-11-03' } });
    assert.deepEqual(await of('days', '2026-11-01', '2026-11-20'), ['2026-11-02 week', '2026-11-16 week']);
    await change('days', { title: 'odd day' }, 'one', '20261116');
    await change('days', {
      start: { dateTime: '2026-11-02T14:00:00', zone: 'Europe/Moscow' },
      end: { dateTime: '2026-11-02T15:00:00', zone: 'Europe/Moscow' },
    });
    assert.deepEqual(await of('days', '2026-11-01', '2026-11-20'), [
      '2026-11-02T12:00:00 week',
      '2026-11-16T12:00:00 odd day',
    ]);
    assert.match(await get('days'), /^TZID:Europe\/Moscow\r$/m);
    await remove('days');
  });

  it('refuse a stale write with what is there now, and one without an entity tag', async () => {
    const { uid, etag } = await anna.ok('POST /calendars/{id}/events', { path: { id }, body: event() });
    const path = { id, uid };
    await change(uid, { title: 'by phone' });
    const stale = await anna.refused('PATCH /calendars/{id}/events/{uid}', {
      path,
      body: { title: 'mine' },
      ifMatch: etag ?? '',
    });
    const { etag: now } = await anna.ok('GET /calendars/{id}/events/{uid}', { path });
    assert.deepEqual([stale.status, stale.error, stale.etag], [412, 'E07', now]);
    assert.match(stale.message, /Changed on another device at \d\d:\d\d/);
    assert.equal((await anna.refused('PATCH /calendars/{id}/events/{uid}', { path, body: {} })).status, 428);
    const { undo: first } = await change(uid, { title: 'one' });
    await change(uid, { title: 'two' });
    assert.equal((await anna.refused('POST /undo/{undo}', { path: { undo: first } })).status, 412);
    await remove(uid);
    const gone = await anna.refused('DELETE /calendars/{id}/events/{uid}', { path, ifMatch: now });
    assert.equal(gone.status, 404);
  });

  it('refuse what ends before it starts (E08), and mixtures of days and times', async () => {
    const post = (more: object) =>
      anna.refused('POST /calendars/{id}/events', { path: { id }, body: event(more) });
    const end = { dateTime: '2026-11-04T09:00:00', zone: 'Europe/Stockholm' };
    assert.deepEqual([(await post({ end })).error, (await post({ end })).status], ['E08', 422]);
    assert.equal((await post({ end: { date: '2026-11-05' } })).status, 400);
    assert.equal((await post({ start: { date: '2026-02-30' } })).status, 400);
    assert.equal((await post({ start: { dateTime: '2026-11-04T09:15:00', zone: 'Mars/Base' } })).status, 422);
    assert.equal((await post({ start: { date: '2026-11-05' }, end: { date: '2026-11-05' } })).error, 'E08');
  });

  it('move to another calendar and back by undo', async () => {
    const other = await anna.ok('POST /calendars', { body: { name: 'Other' } });
    const { uid } = await anna.ok('POST /calendars/{id}/events', { path: { id }, body: event() });
    const moved = await change(uid, { cal: other.id, title: 'there' });
    assert.equal(moved.cal, other.id);
    assert.equal((await anna.refused('GET /calendars/{id}/events/{uid}', { path: { id, uid } })).status, 404);
    assert.equal(
      (await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id: other.id, uid } })).title,
      'there',
    );
    await undo(moved.undo);
    assert.equal((await anna.ok('GET /calendars/{id}/events/{uid}', { path: { id, uid } })).title, 'Meeting');
    const kept = await change(uid, { cal: other.id });
    await undo(kept.undo);
    await remove(uid);
  });

  it('are deleted to the trash, and come back by undo or from there', async () => {
    const { uid } = await anna.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({ title: 'Trashed' }),
    });
    const { undo: name, etag } = await remove(uid);
    assert.equal(etag, null);
    await undo(name);
    await remove(uid);
    const { items } = await anna.ok('GET /trash');
    const item = items.find(({ title }) => title === 'Trashed');
    assert.deepEqual([item?.what, item?.calendarName, item?.deletedBy], ['event', 'Personal', 'ANNA']);
    await anna.ok('POST /trash/{item}/restore', { path: { item: item?.id ?? '' } });
    assert.equal((await of(uid)).length, 1);
    await remove(uid);
  });

  it('take attendees and links away, and keep the answers of those who stay', async () => {
    await put('people', [
      'DTSTART:20261104T090000Z',
      'ORGANIZER:mailto:anna@example.com',
      'ATTENDEE;PARTSTAT=ACCEPTED;X-NUM=7:mailto:boris@example.com',
      'ATTENDEE:mailto:carl@example.com',
      'URL:https://example.com/',
      'ATTACH:https://example.com/a',
    ]);
    await change('people', {
      attendees: [{ address: 'Boris@example.com' }, { address: 'dora@example.com', name: 'Dora' }],
      links: [{ url: 'https://example.com/a', label: 'A' }],
      categories: ['x'],
      status: 'cancelled',
      busy: true,
    });
    const text = await get('people');
    assert.match(text, /^ATTENDEE;PARTSTAT=ACCEPTED;X-NUM=7:mailto:boris@example.com\r$/m);
    assert.match(text, /^ATTENDEE;CN=Dora;/m);
    assert.doesNotMatch(text, /carl|^URL/m);
    assert.match(text, /^ATTACH;FILENAME=A:https:\/\/example.com\/a\r$/m);
    await change('people', { attendees: [], links: [] });
    assert.doesNotMatch(await get('people'), /ATTENDEE|ORGANIZER|ATTACH/);
    await remove('people');
  });

  it('are written as they are called, whatever signs their names have', async () => {
    const strange = 'a"b\\c/день 1';
    await put('signs', ['DTSTART:20270301T090000Z', 'DURATION:PT1H', 'SUMMARY:Say "hi" \\\\ привет']);
    const body = (await get('signs')).replace('UID:signs', `UID:${strange}`);
    const { status } = await world.now.dav('anna', 'PUT', file('strange'), {
      headers: { 'Content-Type': 'text/calendar' },
      body,
    });
    assert.equal(status, 201);
    const found = (await month('2027-03-01', '2027-03-02')).filter(({ title }) => title.startsWith('Say'));
    assert.deepEqual(
      new Set(found.map((one) => `${one.id} ${one.uid} ${one.title}`)),
      new Set([strange, 'signs'].map((uid) => `${id}/${uid}/ ${uid} Say "hi" \\ привет`)),
    );
  });

  it('are opened and deleted by names that no path can carry', async () => {
    await put('dots', ['DTSTART:20270302T090000Z', 'DURATION:PT1H', 'SUMMARY:Dots']);
    for (const uid of ['.', '..']) {
      const { status } = await world.now.dav('anna', 'PUT', file(`dots-${uid.length}`), {
        headers: { 'Content-Type': 'text/calendar' },
        body: (await get('dots')).replace('UID:dots', `UID:${uid}`),
      });
      assert.equal(status, 201);
      const path = { id, uid: '-' };
      const { etag, title } = await anna.ok('GET /calendars/{id}/events/{uid}', { path, query: { uid } });
      assert.equal(title, 'Dots');
      await anna.ok('DELETE /calendars/{id}/events/{uid}', { path, query: { uid }, ifMatch: etag });
      assert.deepEqual(
        (await month('2027-03-02', '2027-03-03')).map((one) => one.uid),
        ['dots'],
      );
    }
  });

  it('tell the zone of their series, also of a date that was added in another one', async () => {
    await put('added', [
      'DTSTART;TZID=Europe/Berlin:20270405T100000',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;COUNT=2',
      'RDATE:20270408T080000Z',
      'SUMMARY:Added',
    ]);
    const found = (await month('2027-04-01', '2027-05-01')).filter(({ uid }) => uid === 'added');
    assert.deepEqual(
      found.map(({ start, tz, recurrenceId }) => [start, tz, recurrenceId]),
      [
        ['2027-04-05T10:00:00', 'Europe/Berlin', utc('2027-04-05', '0800')],
        ['2027-04-06T10:00:00', 'Europe/Berlin', utc('2027-04-06', '0800')],
        ['2027-04-08T10:00:00', 'Europe/Berlin', utc('2027-04-08', '0800')],
      ],
    );
  });

  it('of many objects are drawn without reading them twice', async () => {
    const first = await month();
    const again = await month();
    assert.deepEqual(again, first);
  });
});
