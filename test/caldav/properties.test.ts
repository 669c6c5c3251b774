import assert from 'node:assert/strict';
import { caldav, calendarserver, dav } from '../../src/xml/name.ts';
import { event } from '../service/office.ts';
import { type Answer, type Client, client, hrefs, property, propfind, query } from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

describe('properties of a home and its calendars', () => {
  let at: Client;
  before(async () => {
    at = await client({ caldav: { timezoneServices: ['https://tz.example.com/.well-known/timezone'] } });
  });
  after(() => at.close());

  it('RFC 4791 §5.2: the limits that hold are announced', async () => {
    const expected: Readonly<Record<string, string>> = {
      'max-resource-size': '5242880',
      'min-date-time': '16010101T000000Z',
      'max-date-time': '99991231T235959Z',
      'max-instances': '10000',
      'max-attendees-per-instance': '5000',
    };
    for (const [name, value] of Object.entries(expected)) {
      assert.equal((await property(at, calendar, caldav(name))).text, value, name);
    }
    const data = (await property(at, calendar, caldav('supported-calendar-data'))).children[0];
    assert.deepEqual(
      [...(data?.attributes ?? [])],
      [
        ['{}content-type', 'text/calendar'],
        ['{}version', '2.0'],
      ],
    );
    const collations = await property(at, calendar, caldav('supported-collation-set'));
    assert.deepEqual(
      collations.children.map(({ text }) => text),
      ['i;ascii-casemap', 'i;octet', 'i;unicode-casemap'],
    );
  });

  it('clients.md W28: a home tells which sets of components a calendar may have', async () => {
    const sets = await property(at, home, caldav('supported-calendar-component-sets'));
    assert.ok(sets.children.length > 2);
    assert.ok(
      sets.children.every(
        ({ name, children }) => name === caldav('supported-calendar-component-set') && children.length > 0,
      ),
    );
  });

  it('clients.md W35: a home has a ctag that moves with its calendars', async () => {
    const before = (await property(at, home, calendarserver('getctag'))).text;
    assert.equal((await property(at, home, calendarserver('getctag'))).text, before);
    await at.send('PUT', `${calendar}x.ics`, { body: event({ uid: 'x' }) });
    assert.notEqual((await property(at, home, calendarserver('getctag'))).text, before);
  });

  it('RFC 4918 §15.4: who asks a collection itself is told the length of what GET answers', async () => {
    const told = async (path: string, depth: '0' | '1'): Promise<string | number | undefined> => {
      const { responses } = await propfind(at, path, [dav('getcontentlength')], { depth });
      const itself = responses.find(({ href }) => href === path);
      const found = itself?.properties.get(dav('getcontentlength'));
      return found?.status === 200 ? found.element.text : found?.status;
    };
    await at.send('PUT', `${calendar}länge.ics`, { body: event({ uid: 'length', summary: 'Länge' }) });
    for (const path of [calendar, home, '/dav/', '/dav/principals/alice/']) {
      const answer = await at.send('GET', path);
      assert.equal(await told(path, '0'), String(Buffer.byteLength(answer.text)), path);
      assert.equal(await told(path, '1'), 404, 'listings say nothing of files that would have to be made');
    }
    const large = `${home}large/`;
    await at.send('MKCALENDAR', large);
    await at.send('PUT', `${large}x.ics`, {
      body: event({ uid: 'large', summary: 'x'.repeat(200_000) }),
    });
    assert.equal(await told(large, '0'), 404);
    assert.match((await at.send('GET', large)).text, /x{70}/);
    assert.notEqual(await told(large, '0'), 404, 'a file that is at hand has a length');
    await at.send('DELETE', large);
    await at.send('DELETE', `${calendar}länge.ics`);
  });

  it('RFC 4918 §15.5, §15.6: a calendar tells the type and the tag of the file that GET answers', async () => {
    const tag = async (): Promise<string> => (await property(at, calendar, dav('getetag'))).text;
    const file = await at.send('GET', calendar);
    const first = await tag();
    assert.equal(first, file.headers['ETag']);
    assert.equal((await property(at, calendar, dav('getcontenttype'))).text, file.headers['Content-Type']);
    await at.send('PUT', `${calendar}tagged.ics`, { body: event({ uid: 'tagged' }) });
    assert.notEqual(await tag(), first);
    assert.equal((await at.send('GET', calendar, { headers: { 'if-none-match': await tag() } })).status, 304);
    const body =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:mark/></D:prop></D:set></D:propertyupdate>';
    const conditional = async (name: string, value: string): Promise<number> =>
      (await at.send('PROPPATCH', calendar, { body, headers: { [name]: value } })).status;
    assert.equal(await conditional('if-match', first), 412);
    assert.equal(await conditional('if-match', await tag()), 207);
    assert.equal(await conditional('if', `([${first}])`), 412);
    assert.equal(await conditional('if', `<${calendar}> ([${await tag()}])`), 207);
    await at.send('DELETE', `${calendar}tagged.ics`);
  });

  it('RFC 5842 §3.1: a resource-id stays when the calendar is renamed', async () => {
    await at.send('MKCALENDAR', `${home}one/`);
    const before = hrefs(await property(at, `${home}one/`, dav('resource-id')));
    await at.send('MOVE', `${home}one/`, { headers: { Destination: `${home}two/` } });
    assert.deepEqual(hrefs(await property(at, `${home}two/`, dav('resource-id'))), before);
    assert.match(before[0] ?? '', /^urn:uuid:/);
    assert.notDeepEqual(hrefs(await property(at, home, dav('resource-id'))), before);
  });

  it('RFC 7809: with a time zone service, zones that everybody knows are left out when asked', async () => {
    const zone =
      'BEGIN:VTIMEZONE\r\nTZID:TZ\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n';
    const body = event({
      uid: 'z',
      start: ';TZID=Europe/Rome:20260101T100000',
      end: ';TZID=Own:20260101T110000',
    })
      .toString()
      .replace(
        'BEGIN:VEVENT',
        `${zone.replace('TZID:TZ', 'TZID:Europe/Rome')}${zone.replace('TZID:TZ', 'TZID:Own')}BEGIN:VEVENT`,
      );
    assert.equal((await at.send('PUT', `${calendar}z.ics`, { body })).status, 201);
    const headers = { 'CalDAV-Timezones': 'F' };
    const whole = await at.send('GET', `${calendar}z.ics`);
    assert.equal(whole.text, body);
    const short = await at.send('GET', `${calendar}z.ics`, { headers });
    assert.doesNotMatch(short.text, /TZID:Europe\/Rome/);
    assert.match(short.text, /TZID:Own/);
    const ask = (more: Readonly<Record<string, string>>): Promise<Answer> =>
      at.send('REPORT', calendar, {
        depth: '1',
        headers: more,
        body: query('', '<D:prop><D:getetag/><C:calendar-data/></D:prop>'),
      });
    assert.doesNotMatch((await ask(headers)).text, /TZID:Europe\/Rome/);
    assert.match((await ask({})).text, /TZID:Europe\/Rome/);
    assert.equal(
      (await at.send('HEAD', `${calendar}z.ics`, { headers })).headers['Content-Length'],
      undefined,
    );
    assert.match((await at.send('OPTIONS', calendar)).headers['DAV'] ?? '', /calendar-no-timezone/);
    assert.deepEqual(hrefs(await property(at, home, caldav('timezone-service-set'))), [
      'https://tz.example.com/.well-known/timezone',
    ]);
  });

  it('RFC 7809 §3.1.3: who asks for time zones gets a definition of each that an object names', async () => {
    const lines = ['BEGIN:VEVENT', 'UID:named', 'DTSTAMP:20260101T000000Z', 'SUMMARY:named'];
    lines.push('DTSTART;TZID=America/New_York:20260101T100000', 'RRULE:FREQ=MONTHLY;COUNT=3');
    lines.push('DTEND;TZID=W. Europe Standard Time:20260101T170000', 'EXDATE;TZID=Nowhere:20260201T100000');
    const ends = ['END:VEVENT', 'END:VCALENDAR', ''];
    const body = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', ...lines, ...ends].join('\r\n');
    assert.equal((await at.send('PUT', `${calendar}named.ics`, { body })).status, 201);
    const headers = { 'CalDAV-Timezones': 'T' };
    const data = query('', '<D:prop><C:calendar-data/></D:prop>');
    const answers = async (more: Readonly<Record<string, string>>): Promise<readonly string[]> => [
      (await at.send('GET', `${calendar}named.ics`, { headers: more })).text,
      (await at.send('REPORT', `${calendar}named.ics`, { depth: '0', headers: more, body: data })).text,
    ];
    for (const text of await answers(headers)) {
      const defined = [...text.matchAll(/BEGIN:VTIMEZONE\s+TZID:([^\r\n&]*)/g)].map(([, name]) => name);
      assert.deepEqual(defined, ['America/New_York', 'W. Europe Standard Time']);
      assert.ok(text.indexOf('END:VTIMEZONE') < text.indexOf('BEGIN:VEVENT'));
    }
    for (const text of await answers({})) assert.doesNotMatch(text, /VTIMEZONE/);
    assert.equal((await at.send('GET', `${calendar}named.ics`)).text, body);
    const head = await at.send('HEAD', `${calendar}named.ics`, { headers });
    assert.equal(head.headers['Content-Length'], undefined);
    await at.send('DELETE', `${calendar}named.ics`);
  });

  it('RFC 4918 §9.1: propname and allprop answer for every kind of resource', async () => {
    for (const path of [
      '/',
      '/dav/',
      '/dav/principals/',
      '/dav/principals/alice/',
      '/dav/calendars/',
      home,
      calendar,
      `${calendar}x.ics`,
    ]) {
      for (const inner of ['<D:propname/>', '<D:allprop/>', '<D:allprop/><D:include><D:acl/></D:include>']) {
        for (const depth of ['0', '1'] as const) {
          const answer = await at.send('PROPFIND', path, {
            depth,
            body: `<D:propfind xmlns:D="DAV:">${inner}</D:propfind>`,
          });
          assert.equal(answer.status, 207, `${path} ${inner}`);
        }
      }
    }
    assert.deepEqual(at.errors, []);
  });

  it('clients.md W22: the content type of an object is the same in PROPFIND and in GET', async () => {
    const type = (await property(at, `${calendar}x.ics`, dav('getcontenttype'))).text;
    assert.equal(type, 'text/calendar;charset=utf-8');
    assert.equal((await at.send('GET', `${calendar}x.ics`)).headers['Content-Type'], type);
  });

  it('RFC 4791 §9.6: calendar-data belongs to reports, and is no property that PROPFIND finds', async () => {
    const name = caldav('calendar-data');
    for (const depth of ['0', '1'] as const) {
      const { responses } = await propfind(at, calendar, [name, dav('getetag')], { depth });
      assert.equal(responses.length > 1, depth === '1');
      for (const { href, properties } of responses) assert.equal(properties.get(name)?.status, 404, href);
    }
    const body = '<D:propfind xmlns:D="DAV:"><D:propname/></D:propfind>';
    const { text } = await at.send('PROPFIND', `${calendar}x.ics`, { depth: '0', body });
    assert.match(text, /getetag/);
    assert.doesNotMatch(text, /calendar-data/);
  });

  it('a listing by the storage and one that is rendered say the same', async () => {
    await at.send('PUT', `${calendar}%C3%A4%26.ics`, { body: event({ uid: 'umlaut' }) });
    const fast = await propfind(at, calendar, [dav('getetag'), dav('getcontenttype'), dav('resourcetype')], {
      depth: '1',
    });
    const slow = await propfind(
      at,
      calendar,
      [dav('getetag'), dav('getcontenttype'), dav('resourcetype'), dav('getlastmodified')],
      { depth: '1' },
    );
    const told = ({ responses }: typeof fast): unknown =>
      responses.map(({ href, properties }) => [
        href,
        properties.get(dav('getetag'))?.element.text,
        properties.get(dav('getcontenttype'))?.status,
      ]);
    assert.deepEqual(told(fast), told(slow));
  });
});
