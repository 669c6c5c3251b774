import assert from 'node:assert/strict';
import { caldav, dav } from '../../src/xml/name.ts';
import { event, share, text } from '../service/office.ts';
import {
  type Answer,
  type Client,
  client,
  dataOf,
  found,
  hrefs,
  multiget,
  preconditions,
  propfind,
  query,
  type RequestParts,
  xml,
} from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

describe('calendar objects', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client({ limits: { maxObjectBytes: 20_000, maxAttendees: 3, maxInstances: 10 } });
  });
  afterEach(() => at.close());

  const put = (
    name: string,
    body: Uint8Array | string = event(),
    parts: RequestParts = {},
  ): Promise<Answer> =>
    at.send('PUT', calendar + name, {
      ...parts,
      body,
      headers: { 'Content-Type': 'text/calendar', ...parts.headers },
    });

  it('RFC 4791 §5.3.2: PUT makes an object (201), then changes it (204), each time with its ETag', async () => {
    const made = await put('a.ics');
    assert.equal(made.status, 201);
    const changed = await put('a.ics', event({ summary: 'Other' }));
    assert.equal(changed.status, 204);
    assert.notEqual(made.headers['ETag'], changed.headers['ETag']);
    const got = await at.send('GET', `${calendar}a.ics`);
    assert.equal(got.headers['ETag'], changed.headers['ETag']);
  });

  it('RFC 4791 §5.3.4: what was sent comes back byte for byte', async () => {
    const bytes = text([
      'X-WR-CALNAME;X-A="q:z";X-B=^n:Имя',
      'BEGIN:VEVENT',
      'UID:lossless@example.com',
      'DTSTAMP:20260101T000000Z',
      'DTSTART;TZID="Europe/Stockholm":20260323T090000',
      'SUMMARY;LANGUAGE=sv:Möte\\, kväll & <natt>',
      'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Office:geo:59.334591,18.06',
      ' 3240',
      'GEO:1.2;3.4',
      'CLASS:PRIVATE',
      'URL;VALUE=URI:https://example.com/?a=1',
      'ATTACH;FMTTYPE=text/plain;VALUE=BINARY;ENCODING=BASE64:aGVqIQ==',
      'ATTACH:https://example.com/agenda.pdf',
      'ATTENDEE;CN="Ek, Bo";X-KIND=guest;PARTSTAT=TENTATIVE:mailto:bo@example.com',
      'COMMENT;ALTREP="cid:1":första',
      'COMMENT:andra',
      'FUTURE-PROPERTY;FUTURE="a,b":value',
      ...['-PT5M', '-P1D'].flatMap((trigger) => [
        'BEGIN:VALARM',
        `TRIGGER:${trigger}`,
        'X-INSIDE:1',
        'ACTION:X-BLINK',
        'END:VALARM',
      ]),
      'BEGIN:X-OWN',
      'X-A:b',
      'END:X-OWN',
      'END:VEVENT',
    ]);
    assert.equal((await put('b.ics', bytes)).status, 201);
    const got = await at.send('GET', `${calendar}b.ics`);
    assert.deepEqual(Buffer.from(got.bytes), Buffer.from(bytes));
    assert.equal(got.headers['Content-Type'], 'text/calendar;charset=utf-8');
    const [reported] = dataOf(
      await at.send('REPORT', calendar, { body: multiget([`${calendar}b.ics`]) }),
    ).values();
    assert.equal(reported, Buffer.from(bytes).toString());
  });

  it('RFC 9110 §9.3.2: HEAD tells what GET would, without bytes', async () => {
    await put('a.ics');
    const got = await at.send('GET', `${calendar}a.ics`);
    const head = await at.send('HEAD', `${calendar}a.ics`);
    assert.equal(head.status, 200);
    assert.equal(head.bytes.length, 0);
    assert.equal(head.headers['Content-Length'], String(got.bytes.length));
    for (const name of ['ETag', 'Last-Modified', 'Content-Type'])
      assert.equal(head.headers[name], got.headers[name]);
  });

  const conditional: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
    ['If-None-Match: * on a free name', 'new.ics', { 'If-None-Match': '*' }, 201],
    ['If-None-Match: * on a taken name', 'a.ics', { 'If-None-Match': '*' }, 412],
    ['If-None-Match: "*", as seen in the wild', 'a.ics', { 'If-None-Match': '"*"' }, 412],
    ['If-Match with another ETag', 'a.ics', { 'If-Match': '"other"' }, 412],
    ['If-Match on a name that is free', 'new.ics', { 'If-Match': '"other"' }, 412],
    ['If-Match: * on a free name', 'new.ics', { 'If-Match': '*' }, 412],
    ['If-Match: * on a taken name', 'a.ics', { 'If-Match': '*' }, 204],
    ['If-Schedule-Tag-Match (clients.md W39)', 'a.ics', { 'If-Schedule-Tag-Match': '"1"' }, 412],
    [
      'If-Unmodified-Since before the last change',
      'a.ics',
      { 'If-Unmodified-Since': 'Sun, 06 Nov 1994 08:49:37 GMT' },
      412,
    ],
    [
      'If-Unmodified-Since after the last change',
      'a.ics',
      { 'If-Unmodified-Since': 'Fri, 06 Nov 2099 08:49:37 GMT' },
      204,
    ],
    ['an If header with another ETag', 'a.ics', { If: '(["other"])' }, 412],
  ];
  for (const [what, name, headers, status] of conditional) {
    it(`RFC 9110 §13: PUT with ${what} is answered ${status}`, async () => {
      await put('a.ics');
      const uid = name === 'a.ics' ? 'event-1' : 'event-2';
      assert.equal((await put(name, event({ uid, summary: 'Changed' }), { headers })).status, status);
    });
  }

  it('RFC 9110 §13: PUT with the right If-Match is taken, once', async () => {
    const { headers } = await put('a.ics');
    const condition = { 'If-Match': headers['ETag'] ?? '' };
    assert.equal((await put('a.ics', event({ summary: '2' }), { headers: condition })).status, 204);
    assert.equal((await put('a.ics', event({ summary: '3' }), { headers: condition })).status, 412);
  });

  it('RFC 9110 §13.1.2: GET with the known ETag is answered 304, with another one 200', async () => {
    const { headers } = await put('a.ics');
    const etag = headers['ETag'] ?? '';
    assert.equal(
      (await at.send('GET', `${calendar}a.ics`, { headers: { 'If-None-Match': etag } })).status,
      304,
    );
    assert.equal(
      (await at.send('GET', `${calendar}a.ics`, { headers: { 'If-None-Match': '"x"' } })).status,
      200,
    );
    const since = { 'If-Modified-Since': 'Fri, 06 Nov 2099 08:49:37 GMT' };
    assert.equal((await at.send('GET', `${calendar}a.ics`, { headers: since })).status, 304);
  });

  const refused: readonly (readonly [
    string,
    Uint8Array | string,
    number,
    string,
    Readonly<Record<string, string>>?,
  ])[] = [
    ['another media type', '{}', 403, 'supported-calendar-data', { 'Content-Type': 'application/json' }],
    ['no iCalendar', 'hello', 403, 'valid-calendar-data'],
    ['nothing', '', 403, 'valid-calendar-data'],
    ['bytes that are not UTF-8', Buffer.from([...event(), 0xff]), 403, 'valid-calendar-data'],
    [
      'an object without UID',
      text(['BEGIN:VEVENT', 'DTSTAMP:20260101T000000Z', 'DTSTART:20260101T000000Z', 'END:VEVENT']),
      403,
      'valid-calendar-object-resource',
    ],
    [
      'two UIDs',
      text(
        ['one', 'two'].flatMap((uid) => [
          'BEGIN:VEVENT',
          `UID:${uid}`,
          'DTSTAMP:20260101T000000Z',
          'DTSTART:20260101T000000Z',
          'END:VEVENT',
        ]),
      ),
      403,
      'valid-calendar-object-resource',
    ],
    [
      'two kinds',
      text([
        'BEGIN:VEVENT',
        'UID:x',
        'DTSTAMP:20260101T000000Z',
        'DTSTART:20260101T000000Z',
        'END:VEVENT',
        'BEGIN:VTODO',
        'UID:x',
        'DTSTAMP:20260101T000000Z',
        'END:VTODO',
      ]),
      403,
      'valid-calendar-object-resource',
    ],
    ['a to-do in a calendar of events', event({ component: 'VTODO' }), 403, 'supported-calendar-component'],
    [
      'more bytes than a calendar takes',
      event({ more: [`DESCRIPTION:${'x'.repeat(30_000)}`] }),
      403,
      'max-resource-size',
    ],
    [
      'a date before the first',
      event({ start: ':10000101T000000Z', end: ':10000101T010000Z' }),
      403,
      'min-date-time',
    ],
    [
      'more instances than a series may have',
      event({ more: ['RRULE:FREQ=DAILY;COUNT=11'] }),
      403,
      'max-instances',
    ],
    [
      'more people than an instance takes',
      event({ more: [1, 2, 3, 4].map((n) => `ATTENDEE:mailto:p${n}@example.com`) }),
      403,
      'max-attendees-per-instance',
    ],
  ];
  for (const [what, body, status, precondition, headers] of refused) {
    it(`RFC 4791 §5.3.2.1: PUT of ${what} is refused with ${precondition}`, async () => {
      const answer = await put('bad.ics', body, headers ? { headers } : {});
      assert.equal(answer.status, status, answer.text);
      assert.deepEqual(preconditions(answer), [precondition]);
      assert.equal((await at.send('GET', `${calendar}bad.ics`)).status, 404);
    });
  }

  it('RFC 4791 §5.3.2.1: a second object with a UID is refused with the href of the first', async () => {
    await put('first one.ics'.replaceAll(' ', '%20'));
    const answer = await put('second.ics');
    assert.equal(answer.status, 409);
    const [conflict] = xml(answer).children;
    assert.equal(conflict?.name, caldav('no-uid-conflict'));
    assert.deepEqual(conflict && hrefs(conflict), [`${calendar}first%20one.ics`]);
  });

  it('RFC 4791 §5.3.2.1: an object is not replaced by one with another UID', async () => {
    await put('a.ics');
    const answer = await put('a.ics', event({ uid: 'another' }));
    assert.equal(answer.status, 409);
    const [conflict] = xml(answer).children;
    assert.equal(conflict?.name, caldav('no-uid-conflict'));
    assert.deepEqual(conflict && hrefs(conflict), [`${calendar}a.ics`]);
    await at.send('DELETE', `${calendar}a.ics`);
    assert.equal((await put('a.ics', event({ uid: 'another' }))).status, 201);
  });

  it('caldav.md 2.6: the same UID may be in two calendars', async () => {
    await at.send('MKCALENDAR', `${home}other/`);
    await put('a.ics');
    assert.equal((await at.send('PUT', `${home}other/a.ics`, { body: event() })).status, 201);
  });

  it('caldav.md 2.8: an event with a start and no end is valid', async () => {
    const body = text([
      'BEGIN:VEVENT',
      'UID:x',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20260101T000000Z',
      'END:VEVENT',
    ]);
    assert.equal((await put('a.ics', body)).status, 201);
  });

  for (const [what, names] of [
    ['@ and %40', ['a@b.ics', 'a%40b.ics']],
    ['+ and %2B', ['a+b.ics', 'a%2Bb.ics', 'a%2bb.ics']],
    ['~ and %7E', ['a~b.ics', 'a%7Eb.ics']],
    ['composed and decomposed letters', ['m%C3%B6te.ics', 'mo%CC%88te.ics']],
  ] as const) {
    it(`clients.md W1: ${what} name the same object`, async () => {
      assert.equal((await put(names[0])).status, 201);
      for (const name of names) assert.equal((await at.send('GET', calendar + name)).status, 200, name);
    });
  }

  for (const name of [
    'a%2Fb.ics',
    'a%252Fb.ics',
    'no-suffix',
    'ÅÄÖ'.normalize('NFC'),
    `${'n'.repeat(255)}.ics`,
    'UPPER.ICS',
    'a%20b',
  ]) {
    it(`clients.md W4: an object may be named ${name.slice(0, 20)}`, async () => {
      const path = calendar + encodeURI(name).replaceAll('%25', '%');
      assert.equal((await at.send('PUT', path, { body: event() })).status, 201);
      assert.equal((await at.send('GET', path)).status, 200);
    });
  }

  it('demand 9: name and UID may be long and have nothing in common, and neither is ever rewritten', async () => {
    const uid = `040000008200E00074C5B7101A82E008${'0'.repeat(300)}@ö`;
    const name = `${'Ж'.repeat(100)}${'n'.repeat(400)}`;
    const path = calendar + encodeURIComponent(name);
    assert.equal((await at.send('PUT', path, { body: event({ uid }) })).status, 201);
    const { responses } = await propfind(at, calendar, [dav('getetag')], { depth: '1' });
    assert.deepEqual(
      responses.map(({ href }) => href),
      [calendar, path],
    );
    assert.equal((await at.send('PUT', path, { body: event({ uid, summary: 'Again' }) })).status, 204);
    assert.deepEqual(
      Buffer.from((await at.send('GET', path)).bytes),
      Buffer.from(event({ uid, summary: 'Again' })),
    );
  });

  it('clients.md W40: what an organizer says of who mails stays as it was said', async () => {
    const more = [
      'ORGANIZER;SCHEDULE-AGENT=CLIENT:mailto:alice@example.com',
      'ATTENDEE:mailto:bob@example.com',
    ];
    assert.equal((await put('meeting.ics', event({ more }))).status, 201);
    const answer = await put('imip.ics', event({ more }), { headers: { 'If-None-Match': '*' } });
    assert.deepEqual([answer.status, preconditions(answer)], [409, ['no-uid-conflict']]);
    assert.deepEqual(
      Buffer.from((await at.send('GET', `${calendar}meeting.ics`)).bytes),
      Buffer.from(event({ more })),
    );
  });

  it('names are told apart by case, and never decoded twice', async () => {
    await put('a%252Fb.ics');
    assert.equal((await at.send('GET', `${calendar}a%2Fb.ics`)).status, 404);
    assert.equal((await at.send('GET', `${calendar}A%252Fb.ics`)).status, 404);
  });

  it('RFC 9110 §9.3.4: PUT into a calendar that is not there is a conflict', async () => {
    assert.equal((await at.send('PUT', `${home}nowhere/a.ics`, { body: event() })).status, 409);
  });

  it('PUT onto a calendar, a home or a principal is not allowed', async () => {
    for (const path of [calendar, home, '/dav/principals/alice/', '/dav/']) {
      const answer = await at.send('PUT', path, { body: event() });
      assert.equal(answer.status, 405, path);
      assert.match(answer.headers['Allow'] ?? '', /PROPFIND/);
    }
  });

  it('RFC 9110 §14.4: a part of an object is refused', async () => {
    assert.equal(
      (await put('a.ics', event(), { headers: { 'Content-Range': 'bytes 0-9/100' } })).status,
      400,
    );
  });

  it('clients.md W43: a compressed body is refused with 415', async () => {
    assert.equal((await put('a.ics', event(), { headers: { 'Content-Encoding': 'gzip' } })).status, 415);
  });

  it('RFC 8144 §3: PUT with return=representation answers the stored body and its ETag', async () => {
    const answer = await put('a.ics', event(), { headers: { Prefer: 'return=representation' } });
    assert.equal(answer.status, 201);
    assert.deepEqual(Buffer.from(answer.bytes), Buffer.from(event()));
    assert.equal(answer.headers['Preference-Applied'], 'return=representation');
    assert.equal(answer.headers['Content-Location'], `${calendar}a.ics`);
    assert.equal(answer.headers['ETag'], (await at.send('GET', `${calendar}a.ics`)).headers['ETag']);
  });

  it('RFC 4791 §5.3.4: an object that had to be mended comes back without ETag', async () => {
    const answer = await put(
      'a.ics',
      Buffer.from(event().toString().replace('PRODID:-//test//test//EN\r\n', '')),
    );
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['ETag'], undefined);
    assert.match((await at.send('GET', `${calendar}a.ics`)).text, /PRODID/);
  });

  it('RFC 4918 §9.6: DELETE takes an object away, and a PUT may bring it back (demand 6)', async () => {
    await put('a.ics');
    assert.equal((await at.send('DELETE', `${calendar}a.ics`)).status, 204);
    assert.equal((await at.send('GET', `${calendar}a.ics`)).status, 404);
    assert.equal((await at.send('DELETE', `${calendar}a.ics`)).status, 404);
    assert.equal((await put('b.ics')).status, 201);
    assert.equal((await at.send('DELETE', `${calendar}b.ics`)).status, 204);
    assert.equal((await put('b.ics', event(), { headers: { 'If-None-Match': '*' } })).status, 201);
  });

  it('RFC 9110 §13: DELETE with another ETag is refused, with the right one done', async () => {
    const { headers } = await put('a.ics');
    const path = `${calendar}a.ics`;
    assert.equal((await at.send('DELETE', path, { headers: { 'If-Match': '"x"' } })).status, 412);
    assert.equal(
      (await at.send('DELETE', path, { headers: { 'If-Match': headers['ETag'] ?? '' } })).status,
      204,
    );
  });

  it('demand 3: a calendar that is only read is not written to, and the answer says which right is missing', async () => {
    await share(at, at.bob, 'read');
    await put('a.ics');
    const shared = await sharedCalendar(at);
    for (const [method, path, body, where, privilege] of [
      ['PUT', `${shared}b.ics`, event({ uid: 'b' }), shared, 'bind'],
      ['PUT', `${shared}a.ics`, event({ summary: 'Mine' }), `${shared}a.ics`, 'write-content'],
      ['DELETE', `${shared}a.ics`, '', shared, 'unbind'],
      ['MOVE', `${shared}a.ics`, '', shared, 'unbind'],
    ] as const) {
      const headers = { Destination: '/dav/calendars/bob/personal/a.ics' };
      const answer = await at.send(method, path, { as: at.bob, body, headers });
      assert.equal(answer.status, 403, `${method} ${answer.text}`);
      const resource = xml(answer).children[0]?.children[0];
      assert.deepEqual(resource && hrefs(resource), [where]);
      assert.match(answer.text, new RegExp(`<D:privilege><D:${privilege}/></D:privilege>`));
      assert.deepEqual(preconditions(answer), ['need-privileges']);
    }
    assert.equal((await at.send('GET', `${shared}a.ics`, { as: at.bob })).status, 200);
  });

  it('demand 4: an alarm can be dismissed on a calendar that is only read, for oneself alone', async () => {
    await share(at, at.bob, 'read');
    const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:x', 'TRIGGER:-PT5M', 'END:VALARM'];
    await put('a.ics', event({ inner: alarm }));
    const shared = await sharedCalendar(at);
    const dismissed = event({ more: ['X-MOZ-LASTACK:20260323T085500Z'], inner: alarm });
    assert.equal((await at.send('PUT', `${shared}a.ics`, { as: at.bob, body: dismissed })).status, 204);
    assert.match((await at.send('GET', `${shared}a.ics`, { as: at.bob })).text, /X-MOZ-LASTACK/);
    assert.doesNotMatch((await at.send('GET', `${calendar}a.ics`)).text, /X-MOZ-LASTACK/);
    const renamed = event({ summary: 'Changed', inner: alarm });
    assert.equal((await at.send('PUT', `${shared}a.ics`, { as: at.bob, body: renamed })).status, 403);
  });

  it('an app password that may only read changes nothing', async () => {
    await put('a.ics');
    assert.equal((await put('b.ics', event({ uid: 'b' }), { scope: 'read' })).status, 403);
    assert.equal((await at.send('DELETE', `${calendar}a.ics`, { scope: 'read' })).status, 403);
    assert.equal((await at.send('MKCALENDAR', `${home}x/`, { scope: 'read' })).status, 403);
    assert.equal((await at.send('GET', `${calendar}a.ics`, { scope: 'read' })).status, 200);
  });
});

/** The calendar that alice shares with bob, as bob finds it in his home. */
async function sharedCalendar(at: Client): Promise<string> {
  const asked = { as: at.bob, depth: '1' } as const;
  const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('resourcetype')], asked);
  return responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
}

describe('GET of collections', () => {
  let at: Client;
  before(async () => {
    at = await client();
  });
  after(() => at.close());

  it('caldav.md, priority 19: an empty calendar is a valid .ics', async () => {
    const { status, headers, text: body } = await at.send('GET', calendar);
    assert.equal(status, 200);
    assert.match(headers['Content-Type'] ?? '', /^text\/calendar/);
    assert.match(body, /^BEGIN:VCALENDAR\r\n[\s\S]*END:VCALENDAR\r\n$/);
  });

  it('a calendar is one .ics, and 304 until something changes', async () => {
    await at.send('PUT', `${calendar}a.ics`, { body: event() });
    await at.send('PUT', `${calendar}b.ics`, { body: event({ uid: 'b' }) });
    const { headers, text: body } = await at.send('GET', calendar);
    assert.equal(body.match(/BEGIN:VEVENT/g)?.length, 2);
    const known = { 'If-None-Match': headers['ETag'] ?? '' };
    assert.equal((await at.send('GET', calendar, { headers: known })).status, 304);
    await at.send('DELETE', `${calendar}b.ics`);
    assert.equal((await at.send('GET', calendar, { headers: known })).status, 200);
  });

  it('demand 68: what was long ago, and what is far off, is there as everything else', async () => {
    await at.send('MKCALENDAR', `${home}ages/`);
    for (const year of [1603, 1931, 2026, 2107, 9998])
      await at.send('PUT', `${home}ages/${year}`, {
        body: event({ uid: String(year), start: `:${year}0101T100000Z`, end: `:${year}0101T110000Z` }),
      });
    const names = ['1603', '1931', '2026', '2107', '9998'];
    const listed = await propfind(at, `${home}ages/`, [dav('getetag')], { depth: '1' });
    assert.deepEqual(
      listed.responses.slice(1).map(({ href }) => href.split('/').at(-1)),
      names,
    );
    const all = await at.send('REPORT', `${home}ages/`, {
      depth: '1',
      body: query('<C:comp-filter name="VEVENT"/>'),
    });
    assert.deepEqual(found(all), names);
    assert.equal((await at.send('GET', `${home}ages/`)).text.match(/BEGIN:VEVENT/g)?.length, names.length);
    for (const year of names) {
      const range = `<C:time-range start="${year}0101T000000Z" end="${year}0102T000000Z"/>`;
      const body = query(`<C:comp-filter name="VEVENT">${range}</C:comp-filter>`);
      assert.deepEqual(found(await at.send('REPORT', `${home}ages/`, { depth: '1', body })), [year]);
    }
  });

  for (const path of [
    '/',
    '/dav/',
    '/dav/principals/',
    '/dav/calendars/alice/',
    '/dav/principals/alice/',
    '/principals/',
  ]) {
    it(`demand 84: GET ${path} explains itself and runs nothing`, async () => {
      const { status, headers, text: body } = await at.send('GET', path);
      assert.equal(status, 200);
      assert.match(headers['Content-Type'] ?? '', /^text\/html/);
      assert.match(headers['Content-Security-Policy'] ?? '', /default-src 'none'/);
      assert.match(body, /https:\/\/cal\.example\.com\/dav\//);
    });
  }
});
