/** Habits of programs that no RFC speaks of, or speaks against (clients.md, parts 1 and 2). */
import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { event } from '../service/office.ts';
import { type Client, client, found, hrefs, property, propfindBody, query } from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

/** One VEVENT or VTODO of the lines given. */
const object = (uid: string, lines: readonly string[], kind = 'VEVENT'): string =>
  `${[
    'BEGIN:VCALENDAR',
    'PRODID:-//a//b//EN',
    'VERSION:2.0',
    `BEGIN:${kind}`,
    ...lines,
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    `END:${kind}`,
    'END:VCALENDAR',
  ].join('\r\n')}\r\n`;

const start = 'DTSTART:20260410T100000Z';

describe('habits of programs', () => {
  let at: Client;
  before(async () => {
    at = await client();
  });
  after(() => at.close());

  const put = (name: string, body: Uint8Array) =>
    at.send('PUT', calendar + name, { body, headers: { 'Content-Type': 'text/calendar' } });

  for (const type of [
    'text/xml',
    'application/xml; charset="utf-8"',
    'text/plain',
    'application/x-www-form-urlencoded',
    undefined,
  ])
    it(`clients.md W19: a body is read as what it is, sent as ${type ?? 'nothing'}`, async () => {
      const headers = type === undefined ? {} : { 'Content-Type': type };
      const body = propfindBody([dav('current-user-principal')]);
      const answer = await at.send('PROPFIND', '/dav/', { depth: '0', headers, body });
      assert.equal(answer.status, 207);
      assert.match(answer.text, /\/dav\/principals\/alice\//);
    });

  it('Emacs: a PROPFIND may have each of its names in a prop of its own', async () => {
    const ask = (inner: string) =>
      at.send('PROPFIND', calendar, { depth: '0', body: `<D:propfind xmlns:D="DAV:">${inner}</D:propfind>` });
    const both = await ask('<D:prop><D:displayname/></D:prop> <D:prop><D:getetag/><D:displayname/></D:prop>');
    assert.equal(both.status, 207);
    assert.match(both.text, /<D:displayname>[^<]+<.*<D:getetag>[^<]+</s);
    assert.equal(both.text.match(/<D:displayname>/g)?.length, 1);
    for (const inner of [
      '<D:prop/><D:allprop/>',
      '<D:prop/><D:prop/><D:propname/>',
      '<D:allprop/><D:allprop/>',
    ])
      assert.equal((await ask(inner)).status, 400, inner);
  });

  it('clients.md W3: a calendar without its slash is asked, made and deleted like any other', async () => {
    const bare = `${home}bare`;
    assert.equal((await at.send('MKCALENDAR', bare)).status, 201);
    assert.equal((await at.send('REPORT', bare, { depth: '1', body: query('') })).status, 207);
    assert.equal((await at.send('GET', bare)).status, 200);
    assert.equal((await at.send('OPTIONS', bare)).status, 200);
    assert.equal((await at.send('DELETE', bare)).status, 204);
    assert.equal((await at.send('PROPFIND', `${bare}/`, { depth: '0' })).status, 404);
  });

  for (const path of ['/', '/dav/', '/dav/principals/', '/dav/principals/alice/', home, calendar])
    it(`clients.md W36: what Apple asks at set-up is answered at ${path}, with Depth and without`, async () => {
      for (const depth of [{ depth: '0' as const }, {}]) {
        for (const [body, status] of [
          ['<D:principal-search-property-set xmlns:D="DAV:"/>', 200],
          ['<D:principal-match xmlns:D="DAV:"><D:self/></D:principal-match>', 207],
          [
            '<D:principal-property-search xmlns:D="DAV:"><D:property-search><D:prop><D:displayname/></D:prop><D:match>bob</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>',
            207,
          ],
          [
            '<D:expand-property xmlns:D="DAV:"><D:property name="current-user-principal"><D:property name="displayname"/></D:property></D:expand-property>',
            207,
          ],
          [
            '<S:calendarserver-principal-search xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:" context="attendee"><S:search-token>bob</S:search-token><D:prop><D:displayname/></D:prop></S:calendarserver-principal-search>',
            207,
          ],
        ] as const)
          assert.equal((await at.send('REPORT', path, { ...depth, body })).status, status, body);
      }
    });

  it('clients.md W41: what is gone is not found by HEAD, nor by a second DELETE', async () => {
    await put('gone.ics', event({ uid: 'gone' }));
    assert.equal((await at.send('DELETE', `${calendar}gone.ics`)).status, 204);
    for (const method of ['HEAD', 'DELETE'])
      assert.equal((await at.send(method, `${calendar}gone.ics`)).status, 404, method);
  });

  for (const [habit, lines, kind] of [
    ['RDATE before DTSTART (2.11)', [start, 'RDATE:20260310T100000Z']],
    [
      'RRULE with a parameter (BusyCal, 2.11)',
      [start, 'RRULE;X-BUSYMAC-REGENERATE=TRASH:FREQ=DAILY;COUNT=2'],
    ],
    [
      'RRULE beside RECURRENCE-ID (Evolution, 2.4)',
      [start, 'RECURRENCE-ID:20260410T100000Z', 'RRULE:FREQ=DAILY;COUNT=3'],
    ],
    [
      'EXDATE in an override (2.11)',
      [
        start,
        'RRULE:FREQ=DAILY;COUNT=3',
        'UID:EXDATE in an override (2.11)',
        'DTSTAMP:20260101T000000Z',
        'END:VEVENT',
        'BEGIN:VEVENT',
        'RECURRENCE-ID:20260411T100000Z',
        'DTSTART:20260411T120000Z',
        'EXDATE:20260412T100000Z',
      ],
    ],
    ['DTEND beside DURATION (2.9)', [start, 'DTEND:20260410T110000Z', 'DURATION:PT1H']],
    ['two DTSTAMPs (2.9)', [start, 'DTSTAMP:20260102T000000Z']],
    ['CREATED in the year 0 (2.9)', [start, 'CREATED:00001231T000000Z']],
    ['COMPLETED as a day (2.9)', ['SUMMARY:x', 'COMPLETED:20260410'], 'VTODO'],
    [
      'travel times, places with doubled backslashes, trailing blanks, alarms that are none (Apple, 2.1)',
      [
        'X-APPLE-TRAVEL-DURATION;VALUE=DURATION:PT15M',
        'X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-ADDRESS=a\\\\nb:geo:1.2,3.4  ',
        start,
        'BEGIN:VALARM',
        'X-WR-ALARMUID:z',
        'ACTION:NONE',
        'TRIGGER;VALUE=DATE-TIME:19760401T005545Z',
        'X-APPLE-DEFAULT-ALARM:TRUE',
        'PROXIMITY:ARRIVE',
        'ACKNOWLEDGED:20260410T100000Z',
        'END:VALARM',
      ],
    ],
  ] as const)
    it(`${habit} is taken, kept as it came, and found`, async () => {
      const list = kind === 'VTODO' ? `${home}tasks/` : calendar;
      const name = `${habit.replace(/\W+/g, '-')}.ics`;
      const body = object(habit, lines, kind);
      const headers = { 'Content-Type': 'text/calendar' };
      const made = await at.send('PUT', list + name, { body, headers });
      assert.equal(made.status, 201, made.text);
      const back = await at.send('GET', list + name);
      assert.equal(back.text, body);
      assert.equal(made.headers['ETag'], back.headers['ETag']);
      const day = '<C:time-range start="20260410T000000Z" end="20260411T000000Z"/>';
      const inner = `<C:comp-filter name="${kind ?? 'VEVENT'}">${kind === 'VTODO' ? '' : day}</C:comp-filter>`;
      const listed = await at.send('REPORT', list, { depth: '1', body: query(inner) });
      assert.ok(found(listed).includes(name));
    });

  it('clients.md 2.9: the href of an answer leads to the resource that was asked', async () => {
    const path = `${calendar}a%20b%5b1%5d.ics`;
    await put('a%20b%5b1%5d.ics', event({ uid: 'spelling' }));
    const answer = await at.send('PROPFIND', path, { depth: '0', body: propfindBody([dav('getetag')]) });
    const [, href = ''] = /<D:href>([^<]*)/.exec(answer.text) ?? [];
    assert.equal(decodeURIComponent(href), decodeURIComponent(path));
    assert.deepEqual(hrefs(await property(at, href, dav('owner'))), ['/dav/principals/alice/']);
  });
});
