import assert from 'node:assert/strict';
import { caldav, dav } from '../../src/xml/name.ts';
import { event, share, text } from '../service/office.ts';
import {
  type Answer,
  type Client,
  client,
  dataOf,
  found,
  multiget,
  multistatus,
  propfind,
  query,
} from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}all/`;

const lines = (name: string, inner: readonly string[], component = 'VEVENT'): Uint8Array =>
  text([`BEGIN:${component}`, `UID:${name}`, 'DTSTAMP:20260101T000000Z', ...inner, `END:${component}`]);

/** What lies in the calendar, by name. */
const objects: Readonly<Record<string, Uint8Array>> = {
  plain: event({
    uid: 'plain',
    summary: 'Plain meeting',
    more: ['CATEGORIES:Work,Büro', 'LOCATION;LANGUAGE=sv:Rum 5'],
  }),
  daily: lines('daily', [
    'DTSTART:20260301T080000Z',
    'DURATION:PT30M',
    'RRULE:FREQ=DAILY',
    'SUMMARY:Every day',
  ]),
  moved: text([
    'BEGIN:VEVENT',
    'UID:moved',
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260105T100000Z',
    'DTEND:20260105T110000Z',
    'RRULE:FREQ=WEEKLY;COUNT=3',
    'SUMMARY:Weekly',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:moved',
    'DTSTAMP:20260101T000000Z',
    'RECURRENCE-ID:20260112T100000Z',
    'DTSTART:20270112T100000Z',
    'DTEND:20270112T110000Z',
    'SUMMARY:Moved a year',
    'END:VEVENT',
  ]),
  allday: lines('allday', ['DTSTART;VALUE=DATE:20260701', 'SUMMARY:Holiday']),
  floating: lines('floating', ['DTSTART:20260801T230000', 'DTEND:20260801T233000', 'SUMMARY:Floating']),
  zoned: lines('zoned', [
    'DTSTART;TZID=America/New_York:20260901T200000',
    'DTEND;TZID=America/New_York:20260901T210000',
    'SUMMARY:New York',
  ]),
  alarmed: event({
    uid: 'alarmed',
    start: ':20261001T090000Z',
    end: ':20261001T100000Z',
    inner: ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Wake', 'TRIGGER:-PT1H', 'END:VALARM'],
  }),
  moment: lines('moment', ['DTSTART:20261101T120000Z', 'SUMMARY:A moment']),
  due: lines('due', ['DUE:20260410T120000Z', 'SUMMARY:Due', 'STATUS:NEEDS-ACTION'], 'VTODO'),
  undated: lines('undated', ['SUMMARY:Some day'], 'VTODO'),
  completed: lines(
    'completed',
    ['COMPLETED:20260415T120000Z', 'CREATED:20260414T120000Z', 'SUMMARY:Done', 'STATUS:COMPLETED'],
    'VTODO',
  ),
  journal: lines('journal', ['DTSTART;VALUE=DATE:20260420', 'SUMMARY:Diary'], 'VJOURNAL'),
  busy: lines(
    'busy',
    ['DTSTART:20260501T000000Z', 'DTEND:20260502T000000Z', 'FREEBUSY:20260501T080000Z/PT2H'],
    'VFREEBUSY',
  ),
};

const of = (name: string, inner = ''): string => `<C:comp-filter name="${name}">${inner}</C:comp-filter>`;
const range = (start: string, end: string): string =>
  `<C:time-range${start ? ` start="${start}"` : ''}${end ? ` end="${end}"` : ''}/>`;
const prop = (name: string, inner: string): string =>
  `<C:prop-filter name="${name}">${inner}</C:prop-filter>`;
const match = (value: string, attributes = ''): string =>
  `<C:text-match ${attributes}>${value}</C:text-match>`;
const notDefined = '<C:is-not-defined/>';

const questions: readonly (readonly [what: string, filter: string, names: readonly string[]])[] = [
  ['no comp-filter: everything', '', Object.keys(objects)],
  ['one kind', of('VTODO'), ['completed', 'due', 'undated']],
  ['a name in lower case', of('vjournal'), ['journal']],
  ['absence of a kind', of('VEVENT', notDefined), ['busy', 'completed', 'due', 'journal', 'undated']],
  // time ranges of events
  [
    'a day with a meeting and a series',
    of('VEVENT', range('20260323T000000Z', '20260324T000000Z')),
    ['daily', 'plain'],
  ],
  ['a range that ends when an event starts', of('VEVENT', range('20260322T230000Z', '20260323T080000Z')), []],
  ['a range that starts when an event ends', of('VEVENT', range('20260323T100000Z', '20260323T110000Z')), []],
  ['a range inside an event', of('VEVENT', range('20260323T091000Z', '20260323T092000Z')), ['plain']],
  [
    'an endless series a hundred years on',
    of('VEVENT', range('21260101T000000Z', '21260102T000000Z')),
    ['daily'],
  ],
  [
    'where an override was moved to',
    of('VEVENT', range('20270112T000000Z', '20270113T000000Z')),
    ['daily', 'moved'],
  ],
  ['where an override was moved from', of('VEVENT', range('20260112T000000Z', '20260113T000000Z')), []],
  ['only a start', of('VEVENT', range('20261015T000000Z', '')), ['daily', 'moment', 'moved']],
  ['only an end', of('VEVENT', range('', '20260201T000000Z')), ['moved']],
  [
    'an instance without length, at its start',
    of('VEVENT', range('20261101T120000Z', '20261101T130000Z')),
    ['daily', 'moment'].slice(1),
  ],
  [
    'a day in the zone of the calendar',
    of('VEVENT', range('20260630T220000Z', '20260630T223000Z')),
    ['allday'],
  ],
  [
    'the day before, in the zone of the calendar',
    of('VEVENT', range('20260630T213000Z', '20260630T220000Z')),
    [],
  ],
  [
    'a floating time in the zone of the calendar',
    of('VEVENT', range('20260801T210000Z', '20260801T213000Z')),
    ['floating'],
  ],
  [
    'a zoned time across midnight UTC',
    of('VEVENT', range('20260902T000000Z', '20260902T003000Z')),
    ['zoned'],
  ],
  // time ranges of the others (RFC 4791 §9.9)
  ['a to-do by its due date', of('VTODO', range('20260410T000000Z', '20260411T000000Z')), ['due', 'undated']],
  [
    'a to-do that is completed and created',
    of('VTODO', range('20260415T000000Z', '20260416T000000Z')),
    ['completed', 'undated'],
  ],
  ['a journal entry', of('VJOURNAL', range('20260420T120000Z', '20260420T130000Z')), ['journal']],
  ['free/busy by its bounds', of('VFREEBUSY', range('20260501T120000Z', '20260501T130000Z')), ['busy']],
  ['an alarm', of('VEVENT', of('VALARM', range('20261001T075900Z', '20261001T080100Z'))), ['alarmed']],
  ['an alarm at another time', of('VEVENT', of('VALARM', range('20261001T085900Z', '20261001T090100Z'))), []],
  [
    'all kinds in one range (clients.md §2.9)',
    range('20260410T000000Z', '20260411T000000Z'),
    ['daily', 'due', 'undated'],
  ],
  // properties
  ['a text, without case', of('VEVENT', prop('SUMMARY', match('PLAIN'))), ['plain']],
  ['a text, by octets', of('VEVENT', prop('SUMMARY', match('PLAIN', 'collation="i;octet"'))), []],
  [
    'a text beyond ASCII',
    of('VEVENT', prop('CATEGORIES', match('BÜRO', 'collation="i;unicode-casemap"'))),
    ['plain'],
  ],
  ['a text beyond ASCII by the ASCII collation', of('VEVENT', prop('CATEGORIES', match('BÜRO'))), []],
  ['a category as part of a text', of('VEVENT', prop('CATEGORIES', match('wor'))), ['plain']],
  ['not a text', of('VTODO', prop('STATUS', match('COMPLETED', 'negate-condition="yes"'))), ['due']],
  ['a property that is there', of('VEVENT', prop('LOCATION', '')), ['plain']],
  ['a property that is not there', of('VTODO', prop('STATUS', notDefined)), ['undated']],
  [
    'two properties at once',
    of('VEVENT', prop('SUMMARY', match('e')) + prop('LOCATION', match('rum'))),
    ['plain'],
  ],
  [
    'a property and a range',
    of('VEVENT', range('20260323T000000Z', '20260324T000000Z') + prop('SUMMARY', match('every'))),
    ['daily'],
  ],
  ['a range of a property', of('VTODO', prop('DUE', range('20260410T000000Z', '20260411T000000Z'))), ['due']],
  ['a property of the calendar', prop('PRODID', match('test')) + of('VJOURNAL'), ['journal']],
  // parameters
  [
    'a parameter',
    of('VEVENT', prop('LOCATION', `<C:param-filter name="LANGUAGE">${match('sv')}</C:param-filter>`)),
    ['plain'],
  ],
  [
    'a parameter with another value',
    of('VEVENT', prop('LOCATION', `<C:param-filter name="LANGUAGE">${match('en')}</C:param-filter>`)),
    [],
  ],
  [
    'absence of a parameter',
    of('VEVENT', prop('LOCATION', `<C:param-filter name="LANGUAGE">${notDefined}</C:param-filter>`)),
    [],
  ],
  // components inside
  ['events with an alarm', of('VEVENT', of('VALARM')), ['alarmed']],
  [
    'events without an alarm that have a place',
    of('VEVENT', of('VALARM', notDefined) + prop('LOCATION', '')),
    ['plain'],
  ],
];

const limited = (start: string, end: string): string =>
  `<D:prop><C:calendar-data><C:limit-recurrence-set start="${start}" end="${end}"/></C:calendar-data></D:prop>`;

describe('calendar-query', () => {
  let at: Client;
  before(async () => {
    at = await client();
    const zone = '<C:calendar-timezone-id>Europe/Stockholm</C:calendar-timezone-id>';
    const body = `<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop>${zone}</D:prop></D:set></C:mkcalendar>`;
    assert.equal((await at.send('MKCALENDAR', calendar, { body })).status, 201);
    for (const [name, bytes] of Object.entries(objects)) {
      const { status, text: why } = await at.send('PUT', calendar + name, { body: bytes });
      assert.equal(status, 201, `${name}: ${why}`);
    }
  });
  after(() => at.close());

  const ask = async (
    filter: string,
    asked?: string,
    tail?: string,
    path = calendar,
  ): ReturnType<Client['send']> => at.send('REPORT', path, { body: query(filter, asked, tail), depth: '1' });

  for (const [what, filter, names] of questions) {
    it(`RFC 4791 §9.7: finds ${what}`, async () => {
      assert.deepEqual(found(await ask(filter)), [...names].sort());
    });

    it(`RFC 4791 §9.7: finds ${what}, with the data and with other properties`, async () => {
      const withData = await ask(filter, '<D:prop><D:getetag/><C:calendar-data/></D:prop>');
      assert.deepEqual(found(withData), [...names].sort());
      for (const [href, bytes] of dataOf(withData)) {
        const sent = Buffer.from(objects[href.split('/').at(-1) ?? ''] ?? '')
          .toString()
          .replaceAll('\r\n', '\n');
        assert.equal(bytes.replaceAll('\r\n', '\n'), sent, href);
      }
      const heads = await ask(filter, '<D:prop><D:getlastmodified/><D:resourcetype/></D:prop>');
      assert.deepEqual(found(heads), [...names].sort());
    });
  }

  it('RFC 4791 §9.8: floating times are read by the zone of the question', async () => {
    const inTokyo = '<C:timezone-id>Asia/Tokyo</C:timezone-id>';
    const stockholm = of('VEVENT', range('20260801T210000Z', '20260801T213000Z'));
    const tokyo = of('VEVENT', range('20260801T140000Z', '20260801T143000Z'));
    const etag = '<D:prop><D:getetag/></D:prop>';
    assert.deepEqual(found(await ask(stockholm, etag, inTokyo)), []);
    assert.deepEqual(found(await ask(tokyo, etag, inTokyo)), ['floating']);
    const defined = `<C:timezone>BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VTIMEZONE
TZID:Nine hours
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE
END:VCALENDAR
</C:timezone>`;
    assert.deepEqual(found(await ask(tokyo, etag, defined)), ['floating']);
    assert.deepEqual(found(await ask(stockholm, etag, defined)), []);
  });

  it('RFC 4791 §7.8: no hits are a 207 with nothing in it (demand 56)', async () => {
    const answer = await ask(of('VEVENT', range('18000101T000000Z', '18000102T000000Z')));
    assert.deepEqual(multistatus(answer).responses, []);
  });

  it('caldav.md 2.1: without Depth the members are meant, with Depth: 0 they are not', async () => {
    const body = query(of('VJOURNAL'));
    assert.deepEqual(found(await at.send('REPORT', calendar, { body })), ['journal']);
    assert.deepEqual(found(await at.send('REPORT', calendar, { body, depth: '0' })), []);
    assert.deepEqual(found(await at.send('REPORT', calendar, { body, depth: 'infinity' })), ['journal']);
    const windows = { 'User-Agent': 'MSFT-WIN-4/10.0.0' };
    assert.deepEqual(found(await at.send('REPORT', calendar, { body, depth: '0', headers: windows })), [
      'journal',
    ]);
  });

  it('caldav.md 2.4: the home answers for all its calendars', async () => {
    await at.send('PUT', `${home}personal/p.ics`, { body: event({ uid: 'p' }) });
    for (const depth of ['1', 'infinity'] as const) {
      const body = query(of('VEVENT', range('20260323T000000Z', '20260324T000000Z')));
      const { responses } = multistatus(await at.send('REPORT', home, { body, depth }));
      assert.deepEqual(responses.map(({ href }) => href).sort(), [
        `${calendar}daily`,
        `${calendar}plain`,
        `${home}personal/p.ics`,
      ]);
    }
    await at.send('DELETE', `${home}personal/p.ics`);
  });

  it('RFC 4791 §7.8: a single object is asked about itself', async () => {
    const body = query(of('VEVENT'));
    assert.deepEqual(found(await at.send('REPORT', `${calendar}plain`, { body, depth: '0' })), ['plain']);
    assert.deepEqual(found(await at.send('REPORT', `${calendar}journal`, { body, depth: '0' })), []);
  });

  it('RFC 4791 §9.6.5: expand gives instances in UTC with RECURRENCE-ID, and no rule', async () => {
    const asked =
      '<D:prop><C:calendar-data><C:expand start="20260401T000000Z" end="20260404T000000Z"/></C:calendar-data></D:prop>';
    const data = dataOf(await ask(of('VEVENT', range('20260401T000000Z', '20260404T000000Z')), asked));
    const daily = data.get(`${calendar}daily`) ?? '';
    assert.deepEqual(
      daily.match(/RECURRENCE-ID:\d+/g),
      ['20260401', '20260402', '20260403'].map((day) => `RECURRENCE-ID:${day}`),
    );
    assert.doesNotMatch(daily, /RRULE/);
  });

  it('RFC 4791 §9.6.6: limit-recurrence-set leaves overrides out that are not in the range', async () => {
    const filter = of('VEVENT', prop('UID', match('moved')));
    const without =
      dataOf(await ask(filter, limited('20260101T000000Z', '20260106T000000Z'))).get(`${calendar}moved`) ??
      '';
    assert.doesNotMatch(without, /Moved a year/);
    const withIt =
      dataOf(await ask(filter, limited('20270101T000000Z', '20270201T000000Z'))).get(`${calendar}moved`) ??
      '';
    assert.match(withIt, /Moved a year/);
  });

  it('RFC 4791 §9.6.1: a selection gives just the components and properties that are named', async () => {
    const asked =
      '<D:prop><C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:prop name="UID"/><C:prop name="SUMMARY" novalue="yes"/></C:comp></C:comp></C:calendar-data></D:prop>';
    const data =
      dataOf(await ask(of('VEVENT', prop('UID', match('plain'))), asked)).get(`${calendar}plain`) ?? '';
    assert.equal(
      data.replaceAll('\r', ''),
      'BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:plain\nSUMMARY:\nEND:VEVENT\nEND:VCALENDAR\n',
    );
  });

  it('RFC 4791 §7.8.1: a component that nothing is selected of is wanted whole', async () => {
    const asked = (inner: string): string =>
      `<D:prop><C:calendar-data><C:comp name="VCALENDAR">${inner}</C:comp></C:calendar-data></D:prop>`;
    /** Lines without CR: the reader of XML has made them so. */
    const given = async (inner: string): Promise<readonly string[]> => {
      const answer = await ask(of('VEVENT', prop('UID', match('own-zone'))), asked(inner));
      return (dataOf(answer).get(`${calendar}own-zone`) ?? '').split(/\r?\n/);
    };
    const zone = ['BEGIN:VTIMEZONE', 'TZID:Own', 'BEGIN:STANDARD', 'DTSTART:19700101T000000'];
    zone.push('TZOFFSETFROM:+0300', 'TZOFFSETTO:+0300', 'END:STANDARD', 'END:VTIMEZONE');
    const own = ['UID:own-zone', 'DTSTAMP:20260101T000000Z', 'DTSTART;TZID=Own:20260109T100000'];
    const whole = text([...zone, 'BEGIN:VEVENT', ...own, 'END:VEVENT']);
    assert.equal((await at.send('PUT', `${calendar}own-zone`, { body: whole })).status, 201);
    assert.deepEqual(await given(''), whole.toString().split('\r\n'));
    const part = '<C:prop name="VERSION"/><C:comp name="VEVENT"><C:prop name="UID"/></C:comp>';
    assert.deepEqual(
      await given(`${part}<C:comp name="VTIMEZONE"/>`),
      `BEGIN:VCALENDAR VERSION:2.0 ${zone.join(' ')} BEGIN:VEVENT UID:own-zone END:VEVENT END:VCALENDAR `.split(
        ' ',
      ),
    );
  });

  it('RFC 4918 §14.20: a query may ask for allprop, or for nothing', async () => {
    const all = multistatus(await ask(of('VJOURNAL'), '<D:allprop/>')).responses[0];
    assert.equal(all?.properties.get(dav('getetag'))?.status, 200);
    assert.equal(all?.properties.has(caldav('calendar-data')), false);
    assert.deepEqual(found(await ask(of('VJOURNAL'), '')), ['journal']);
  });

  it('RFC 8144 §2: minimal answers leave out what is not there', async () => {
    const body = query(of('VJOURNAL'), '<D:prop><D:getetag/><D:quota/></D:prop>');
    for (const headers of [{ Prefer: 'return=minimal' }, { Brief: 't' }, { Prefer: 'return-minimal' }]) {
      const answer = await at.send('REPORT', calendar, { body, depth: '1', headers });
      assert.doesNotMatch(answer.text, /404/);
      assert.equal(answer.headers['Preference-Applied'], 'return=minimal');
      assert.match(answer.headers['Vary'] ?? '', /Prefer/);
    }
  });
});

describe('calendar-query of shared calendars', () => {
  let at: Client;
  let shared = '';
  before(async () => {
    at = await client();
    const calendar = '/dav/calendars/alice/personal/';
    await at.send('PUT', `${calendar}open.ics`, { body: event({ uid: 'open', summary: 'Open secret' }) });
    await at.send('PUT', `${calendar}closed.ics`, {
      body: event({ uid: 'closed', summary: 'Closed', more: ['CLASS:PRIVATE'] }),
    });
    await share(at, at.bob, 'read');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('resourcetype')], {
      as: at.bob,
      depth: '1',
    });
    shared = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
  });
  after(() => at.close());

  it('demand 24: private objects are reduced, and not found by what they hide', async () => {
    const data = '<D:prop><D:getetag/><C:calendar-data/></D:prop>';
    const seen = dataOf(
      await at.send('REPORT', shared, { as: at.bob, body: query(of('VEVENT'), data), depth: '1' }),
    );
    assert.match(seen.get(`${shared}open.ics`) ?? '', /Open secret/);
    assert.doesNotMatch(seen.get(`${shared}closed.ics`) ?? '', /SUMMARY:Closed/);
    const body = query(of('VEVENT', prop('SUMMARY', match('closed'))));
    assert.deepEqual(found(await at.send('REPORT', shared, { as: at.bob, body, depth: '1' })), []);
  });

  it('clients.md W23: the ETag of a reduced object is the same in every answer', async () => {
    const { responses } = await propfind(at, `${shared}closed.ics`, [dav('getetag')], { as: at.bob });
    const etag = responses[0]?.properties.get(dav('getetag'))?.element.text;
    const get = await at.send('GET', `${shared}closed.ics`, { as: at.bob });
    assert.equal(get.headers['ETag'], etag);
    const inQuery = multistatus(
      await at.send('REPORT', shared, { as: at.bob, body: query(of('VEVENT')), depth: '1' }),
    );
    const there = inQuery.responses.find(({ href }) => href.endsWith('closed.ics'));
    assert.equal(there?.properties.get(dav('getetag'))?.element.text, etag);
    const listed = await propfind(at, shared, [dav('getetag')], { as: at.bob, depth: '1' });
    const inList = listed.responses.find(({ href }) => href.endsWith('closed.ics'));
    assert.equal(inList?.properties.get(dav('getetag'))?.element.text, etag);
  });
});

describe('calendar-query beyond its bounds', () => {
  const personal = '/dav/calendars/alice/personal/';
  const dense = lines('dense', [
    'DTSTART:20260101T000000Z',
    'DURATION:PT1M',
    'RRULE:FREQ=MINUTELY',
    'SUMMARY:Dense',
  ]);
  const expand =
    '<D:prop><C:calendar-data><C:expand start="20260101T000000Z" end="20260201T000000Z"/></C:calendar-data></D:prop>';

  const daily = (uid: string, more: readonly string[] = []): Uint8Array =>
    lines(uid, ['DTSTART:20260101T000000Z', 'DURATION:PT1M', 'RRULE:FREQ=DAILY', ...more]);
  const single = lines('single', ['DTSTART:20260105T000000Z', 'DURATION:PT1M', 'SUMMARY:Single']);

  /** Instances that were written out by the name of their object, or the precondition that stands instead. */
  const written = (answer: Answer): Readonly<Record<string, number | string>> =>
    Object.fromEntries(
      multistatus(answer).responses.map(({ href, properties }) => {
        const { status, element } = properties.get(caldav('calendar-data')) ?? {};
        const name = decodeURIComponent(href.slice(personal.length));
        if (status === 200) return [name, element?.text.match(/BEGIN:VEVENT/g)?.length ?? 0];
        const own = answer.text.slice(answer.text.indexOf(href));
        return [name, `${status} ${/<D:error><[CD]:([\w-]+)/.exec(own)?.[1]}`];
      }),
    );
  const store = async (at: Client, objects: Readonly<Record<string, Uint8Array>>): Promise<void> => {
    for (const [name, body] of Object.entries(objects)) {
      assert.equal((await at.send('PUT', personal + name, { body })).status, 201);
    }
  };
  const ask = (at: Client, body: string): Promise<Answer> =>
    at.send('REPORT', personal, { body, depth: '1' });

  it('a series with too many instances is told of alone, and all others are whole', async () => {
    const at = await client({ limits: { maxInstances: 1000 } });
    await store(at, { 'a.ics': daily('a'), 'm.ics': dense, 'z.ics': single });
    const expected = { 'a.ics': 31, 'm.ics': '404 max-instances', 'z.ics': 1 };
    assert.deepEqual(written(await ask(at, query('', expand))), expected);
    // The same where no row of it can be written beforehand, and by name.
    const more = expand.replace('<D:prop>', '<D:prop><D:owner/><D:acl/>');
    assert.deepEqual(written(await ask(at, query('', more))), expected);
    const hrefs = Object.keys(expected).map((name) => personal + name);
    assert.deepEqual(written(await ask(at, multiget(hrefs, expand))), expected);
    await at.close();
  });

  it('RFC 7529: SKIP is kept, and its days are found and written out', async () => {
    const at = await client();
    const rule = 'RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=3';
    const body = lines('skip', ['DTSTART:20260131T100000Z', 'DURATION:PT1M', rule]);
    await store(at, { 's.ics': body });
    assert.deepEqual((await at.send('GET', `${personal}s.ics`)).bytes, Buffer.from(body));
    const range = 'start="20260228T000000Z" end="20260301T000000Z"';
    const asked = `<D:prop><C:calendar-data><C:expand ${range}/></C:calendar-data></D:prop>`;
    const filter = `<C:comp-filter name="VEVENT"><C:time-range ${range}/></C:comp-filter>`;
    const [data = ''] = dataOf(await ask(at, query(filter, asked))).values();
    assert.match(data, /DTSTART:20260228T100000Z/);
    await at.close();
  });

  it('the entity tag of a series that is not written out is told', async () => {
    const at = await client({ limits: { maxInstances: 1000 } });
    await store(at, { 'm.ics': dense });
    const body = query('', expand.replace('<D:prop>', '<D:prop><D:getetag/>'));
    const [only] = multistatus(await ask(at, body)).responses;
    assert.match(only?.properties.get(dav('getetag'))?.element.text ?? '', /^".+"$/);
    await at.close();
  });

  it('series that are too much together are told of one by one; what is single goes on', async () => {
    const at = await client({ limits: { maxInstancesPerQuery: 50 } });
    await store(at, { 'a.ics': daily('a'), 'b.ics': daily('b'), 'c.ics': daily('c'), 'd.ics': single });
    for (let round = 0; round < 2; round++) {
      assert.deepEqual(written(await ask(at, query('', expand))), {
        'a.ics': 31,
        'b.ics': '404 number-of-matches-within-limits',
        'c.ics': '404 number-of-matches-within-limits',
        'd.ics': 1,
      });
    }
    await at.close();
  });

  it('dense series do not take the answer from small ones behind them, and each can be asked for by itself', async () => {
    const at = await client({ limits: { maxInstances: 100, maxInstancesPerQuery: 400 } });
    const hourly = (uid: string): Uint8Array =>
      lines(uid, ['DTSTART:20260101T000000Z', 'DURATION:PT1M', 'RRULE:FREQ=HOURLY;COUNT=90']);
    const weekly = lines('w', ['DTSTART:20260101T000000Z', 'DURATION:PT1M', 'RRULE:FREQ=WEEKLY']);
    const names = ['a.ics', 'b.ics', 'c.ics', 'd.ics', 'e.ics'];
    await store(at, { ...Object.fromEntries(names.map((name) => [name, hourly(name)])), 'w.ics': weekly });
    const full = '404 number-of-matches-within-limits';
    const expected = { 'a.ics': 90, 'b.ics': 90, 'c.ics': 90, 'd.ics': full, 'e.ics': full, 'w.ics': 5 };
    for (let round = 0; round < 2; round++)
      assert.deepEqual(written(await ask(at, query('', expand))), expected);
    assert.deepEqual(written(await ask(at, multiget([`${personal}e.ics`], expand))), { 'e.ics': 90 });
    await at.close();
  });

  it('the same where objects are read as properties', async () => {
    const at = await client({ limits: { maxInstancesPerQuery: 50 } });
    await store(at, { 'a.ics': daily('a'), 'b.ics': daily('b'), 'c.ics': single });
    const body = `<D:sync-collection xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:sync-token/><D:sync-level>1</D:sync-level>${expand}</D:sync-collection>`;
    assert.deepEqual(written(await ask(at, body)), {
      'a.ics': 31,
      'b.ics': '404 number-of-matches-within-limits',
      'c.ics': 1,
    });
    await at.close();
  });

  it('a long text in a long series is told of before it multiplies', async () => {
    const at = await client();
    const long = daily('long', [`X-LONG:${'x'.repeat(1_000_000)}`]);
    await store(at, { 'l.ics': long, 'z.ics': single });
    const years = expand.replace('20260201', '20460201');
    const answer = await ask(at, query('', years));
    assert.deepEqual(written(answer), { 'l.ics': '404 max-instances', 'z.ics': 1 });
    assert.ok(answer.bytes.length < 10_000);
    await at.close();
  });

  it('a series that is large when it is written out streams', async () => {
    const at = await client();
    const body = lines('large', [
      'DTSTART:20260101T000000Z',
      'DURATION:PT1M',
      'RRULE:FREQ=DAILY;COUNT=400',
      `X-LONG:${'<'.repeat(25_000)}`,
      'DESCRIPTION:short & sweet',
    ]);
    await at.send('PUT', '/dav/calendars/alice/personal/large.ics', { body });
    const years =
      '<D:prop><C:calendar-data><C:expand start="20260101T000000Z" end="20460101T000000Z"/></C:calendar-data></D:prop>';
    const answer = await at.send('REPORT', '/dav/calendars/alice/personal/', {
      body: query('', years),
      depth: '1',
    });
    assert.equal(answer.status, 207, answer.text.slice(0, 200));
    assert.equal(answer.text.match(/RECURRENCE-ID/g)?.length, 400);
    assert.equal(answer.text.match(/DESCRIPTION:short &amp; sweet/g)?.length, 400);
    assert(answer.text.endsWith('</D:multistatus>'));
    assert(answer.bytes.length > 40_000_000);
    await at.close();
  });
});
