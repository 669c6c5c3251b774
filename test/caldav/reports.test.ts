import assert from 'node:assert/strict';
import { caldav, calendarserver, dav } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import {
  type Client,
  client,
  dataOf,
  found,
  hrefs,
  multiget,
  multistatus,
  preconditions,
  property,
  propfind,
  report,
  syncBody,
  xml,
} from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

async function sharedOf(at: Client, who = at.bob): Promise<string> {
  const { responses } = await propfind(at, `/dav/calendars/${who.name}/`, [dav('resourcetype')], {
    as: who,
    depth: '1',
  });
  return responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
}

const search = (property: string, value: string, attributes = ''): string =>
  `<D:principal-property-search xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" ${attributes}><D:property-search><D:prop>${property}</D:prop><D:match>${value}</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>`;

describe('calendar-multiget', () => {
  let at: Client;
  before(async () => {
    at = await client();
    for (const name of ['a.ics', 'b%20c.ics', 'd%40e.ics']) {
      await at.send('PUT', calendar + name, { body: event({ uid: name }) });
    }
    await at.send('PUT', '/dav/calendars/bob/personal/secret.ics', { as: at.bob, body: event({ uid: 's' }) });
  });
  after(() => at.close());

  const get = (hrefList: readonly string[], path = calendar, headers = {}): ReturnType<Client['send']> =>
    at.send('REPORT', path, { body: multiget(hrefList), headers });

  it('RFC 4791 §7.9: each href gets its own answer, in whatever spelling it comes', async () => {
    const spellings = [
      `${calendar}a.ics`,
      `https://cal.example.com${calendar}b%20c.ics`,
      `${calendar}d@e.ics`,
      '/dav/calendars/alice/%70ersonal/a.ics',
    ];
    const answers = await Promise.all(spellings.map((href) => get([href])));
    assert.deepEqual(
      answers.flatMap((answer) => found(answer)),
      ['a.ics', 'b%20c.ics', 'd%40e.ics', 'a.ics'],
    );
    for (const answer of answers) assert.equal(dataOf(answer).size, 1);
  });

  it('clients.md W29: what is missing is a response with status 404 and no propstat, also in minimal answers', async () => {
    const list = [`${calendar}a.ics`, `${calendar}none.ics`];
    for (const headers of [{}, { Prefer: 'return=minimal' }, { Brief: 't' }]) {
      const { responses } = multistatus(await get(list, calendar, headers));
      assert.deepEqual(
        responses.map(({ href, status }) => [href, status]),
        [
          [`${calendar}a.ics`, undefined],
          [`${calendar}none.ics`, 404],
        ],
      );
      assert.equal(responses[1]?.properties.size, 0);
    }
  });

  it('caldav.md, priority 10: hrefs elsewhere, hidden, malformed or of another server are 404 each', async () => {
    const list = [
      '/dav/calendars/bob/personal/secret.ics',
      `${home}tasks/a.ics`,
      calendar,
      home,
      '/',
      'nonsense',
      '',
      'https://elsewhere.example.com/dav/calendars/alice/personal/a.ics',
      `${calendar}%ff.ics`,
      `${calendar}../personal/a.ics`,
    ];
    const { responses } = multistatus(await get([...list, `${calendar}a.ics`]));
    assert.deepEqual(
      responses.map(({ status }) => status),
      [...list.map(() => 404), undefined],
    );
  });

  it('on the home, objects of all its calendars are given', async () => {
    await at.send('MKCALENDAR', `${home}work/`);
    await at.send('PUT', `${home}work/w.ics`, { body: event({ uid: 'w' }) });
    const list = [`${calendar}a.ics`, `${home}work/w.ics`, `${calendar}d%40e.ics`, `${home}none/x.ics`];
    const { responses } = multistatus(await get(list, home));
    assert.deepEqual(
      responses.map(({ href, status }) => [href, status]),
      [
        [list[0], undefined],
        [list[1], undefined],
        [list[2], undefined],
        [list[3], 404],
      ],
    );
  });

  it('on an object, only that object is given', async () => {
    const { responses } = multistatus(
      await get([`${calendar}a.ics`, `${calendar}d%40e.ics`], `${calendar}a.ics`),
    );
    assert.deepEqual(
      responses.map(({ status }) => status),
      [undefined, 404],
    );
  });

  it('a href that is asked for twice is answered once', async () => {
    assert.deepEqual(found(await get([`${calendar}a.ics`, `${calendar}a.ics`])), ['a.ics']);
  });

  it('thousands of hrefs are answered in one pass', async () => {
    const list = Array.from({ length: 3000 }, (_, index) => `${calendar}${index}.ics`);
    const { responses } = multistatus(await get([...list, `${calendar}a.ics`]));
    assert.equal(responses.length, 3001);
  });

  it('more hrefs than the limit are refused', async () => {
    const small = await client({ limits: { maxMultigetHrefs: 2 } });
    const answer = await small.send('REPORT', calendar, { body: multiget(['/a', '/b', '/c']) });
    assert.deepEqual(preconditions(answer), ['number-of-matches-within-limits']);
    await small.close();
  });

  it('expanded data come by multiget, too', async () => {
    await at.send('PUT', `${calendar}daily.ics`, {
      body: event({ uid: 'daily', more: ['RRULE:FREQ=DAILY'] }),
    });
    const asked =
      '<D:prop><C:calendar-data><C:expand start="20260401T000000Z" end="20260403T000000Z"/></C:calendar-data></D:prop>';
    const answer = await at.send('REPORT', calendar, { body: multiget([`${calendar}daily.ics`], asked) });
    assert.equal(
      dataOf(answer)
        .get(`${calendar}daily.ics`)
        ?.match(/RECURRENCE-ID/g)?.length,
      2,
    );
  });

  it('data with markup and control characters are escaped so that the XML stays well-formed', async () => {
    const bytes = event({ uid: 'markup', summary: 'a < b & c ]]> d' });
    await at.send('PUT', `${calendar}markup.ics`, { body: bytes });
    assert.match(
      dataOf(await get([`${calendar}markup.ics`])).get(`${calendar}markup.ics`) ?? '',
      /a < b & c \]\]> d/,
    );
  });
});

describe('free-busy-query', () => {
  let at: Client;
  const march = '<C:time-range start="20260323T000000Z" end="20260325T000000Z"/>';
  before(async () => {
    at = await client();
    const busy: Readonly<Record<string, Uint8Array>> = {
      one: event({ uid: 'one' }),
      overlapping: event({ uid: 'two', start: ':20260323T093000Z', end: ':20260323T110000Z' }),
      tentative: event({
        uid: 'three',
        start: ':20260323T120000Z',
        end: ':20260323T130000Z',
        more: ['STATUS:TENTATIVE'],
      }),
      cancelled: event({
        uid: 'four',
        start: ':20260323T140000Z',
        end: ':20260323T150000Z',
        more: ['STATUS:CANCELLED'],
      }),
      transparent: event({
        uid: 'five',
        start: ':20260323T160000Z',
        end: ':20260323T170000Z',
        more: ['TRANSP:TRANSPARENT'],
      }),
    };
    for (const [name, body] of Object.entries(busy)) await at.send('PUT', calendar + name, { body });
  });
  after(() => at.close());

  const ask = (path = calendar, parts = {}): ReturnType<Client['send']> =>
    at.send('REPORT', path, { body: report('free-busy-query', march), ...parts });

  it('RFC 4791 §7.10: busy and tentative times, merged; neither cancelled nor transparent ones', async () => {
    const answer = await ask();
    assert.equal(answer.status, 200);
    assert.match(answer.headers['Content-Type'] ?? '', /^text\/calendar/);
    assert.match(answer.text, /FREEBUSY;FBTYPE=BUSY:20260323T090000Z\/20260323T110000Z\r\n/);
    assert.match(answer.text, /FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260323T120000Z\/20260323T130000Z\r\n/);
    assert.doesNotMatch(answer.text, /T140000Z|T160000Z/);
  });

  it('the home answers for all its calendars', async () => {
    assert.match((await ask(home)).text, /BUSY:20260323T090000Z/);
  });

  it('caldav.md 2.1: an explicit Depth: 0 speaks of the collection alone', async () => {
    assert.doesNotMatch((await ask(calendar, { depth: '0' })).text, /BUSY:/);
    assert.match((await ask(calendar, { depth: '1' })).text, /BUSY:/);
  });

  it('RFC 7953: the home is busy where its owner is not available', async () => {
    const available = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VAVAILABILITY\r\nUID:v\r\nDTSTAMP:20260101T000000Z\r\nBEGIN:AVAILABLE\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260323T080000Z\r\nDTEND:20260323T170000Z\r\nRRULE:FREQ=DAILY\r\nEND:AVAILABLE\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR\r\n`;
    const set = (value: string): ReturnType<Client['send']> =>
      at.send('PROPPATCH', home, {
        body: `<D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><C:calendar-availability>${value.replaceAll('\r', '&#13;')}</C:calendar-availability></D:prop></D:set></D:propertyupdate>`,
      });
    assert.match((await set('nonsense')).text, /valid-calendar-data/);
    assert.doesNotMatch((await set(available)).text, /403/);
    assert.equal((await property(at, home, caldav('calendar-availability'))).text, available.trim());
    assert.match((await ask(home)).text, /BUSY-UNAVAILABLE:20260323T000000Z\/20260323T080000Z/);
    assert.doesNotMatch((await ask(calendar)).text, /UNAVAILABLE/);
    const all = await at.send('PROPFIND', home, { depth: '0' });
    assert.doesNotMatch(all.text, /calendar-availability/);
    await at.send('PROPPATCH', home, {
      body: '<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop><C:calendar-availability xmlns:C="urn:ietf:params:xml:ns:caldav"/></D:prop></D:remove></D:propertyupdate>',
    });
    assert.doesNotMatch((await ask(home)).text, /UNAVAILABLE/);
  });

  it('RFC 4791 §6.1.1: the right to see busy times is enough, without it there is nothing to see', async () => {
    assert.equal((await ask(calendar, { as: at.bob })).status, 404);
    await share(at, at.bob, 'busy');
    assert.match((await ask(calendar, { as: at.bob })).text, /BUSY:20260323T090000Z/);
    assert.doesNotMatch((await ask(calendar, { as: at.bob })).text, /Secret/);
    assert.match((await ask('/dav/calendars/alice/', { as: at.bob })).text, /BUSY:20260323T090000Z/);
    await share(at, at.bob, null);
  });

  it('busy times follow the rights where export is off, and nothing else of the calendar does', async () => {
    await share(at, at.bob, 'read');
    const { setExportAllowed } = await import('../../src/service/calendars.ts');
    const { actor, seen } = await import('../service/office.ts');
    await setExportAllowed(at.services, await actor(at, at.alice), await seen(at), false);
    assert.equal((await at.send('PROPFIND', calendar, { as: at.bob, depth: '0' })).status, 404);
    assert.match((await ask(calendar, { as: at.bob })).text, /BUSY:20260323T090000Z/);
    const other = await at.send('REPORT', calendar, { as: at.bob, body: multiget([`${calendar}one`]) });
    assert.deepEqual(preconditions(other), ['supported-report']);
    await setExportAllowed(at.services, await actor(at, at.alice), await seen(at), true);
    await share(at, at.bob, null);
  });
});

describe('sync-collection', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
    for (const uid of ['a', 'b', 'c']) await at.send('PUT', `${calendar}${uid}`, { body: event({ uid }) });
  });
  afterEach(() => at.close());

  const sync = async (
    token: string,
    path = calendar,
    level: '1' | 'infinite' = '1',
    more = '',
    as = at.alice,
  ) => multistatus(await at.send('REPORT', path, { as, body: syncBody(token, level, more) }));
  const names = (responses: Awaited<ReturnType<typeof sync>>['responses']): readonly string[] =>
    responses.map(
      ({ href, status }) =>
        `${href.slice(href.startsWith(calendar) ? calendar.length : 0)}${status ? ` ${status}` : ''}`,
    );

  it('RFC 6578 §3.4: an empty token lists all members, the collection not among them', async () => {
    const { responses, token } = await sync('');
    assert.deepEqual(names(responses), ['a', 'b', 'c']);
    assert.match(token ?? '', /^https:\/\//);
  });

  it('RFC 6578 §3.5: afterwards only what changed is told, with 404 for what is gone', async () => {
    const { token = '' } = await sync('');
    assert.deepEqual(names((await sync(token)).responses), []);
    await at.send('PUT', `${calendar}b`, { body: event({ uid: 'b', summary: 'New' }) });
    await at.send('DELETE', `${calendar}c`);
    await at.send('PUT', `${calendar}d`, { body: event({ uid: 'd' }) });
    const after = await sync(token);
    assert.deepEqual([...names(after.responses)].sort(), ['b', 'c 404', 'd']);
    assert.deepEqual(names((await sync(after.token ?? '')).responses), []);
  });

  it('RFC 6578 §3.6: a limit truncates with 507, and the token goes on from there', async () => {
    const limit = '<D:limit><D:nresults>2</D:nresults></D:limit>';
    const seen: string[] = [];
    let token = '';
    for (let round = 0; round < 5; round++) {
      const answer = await sync(token, calendar, '1', limit);
      token = answer.token ?? '';
      const cut = answer.responses.find(({ status }) => status === 507);
      assert.ok(answer.responses.length <= 3);
      seen.push(...names(answer.responses.filter((one) => one !== cut)));
      if (!cut) break;
      assert.equal(cut.href, calendar);
    }
    assert.deepEqual(seen, ['a', 'b', 'c']);
  });

  it('the token in PROPFIND is the one of the report, and moves together with ctag (demand 11)', async () => {
    const state = async (): Promise<readonly (string | undefined)[]> => {
      const { responses } = await propfind(at, calendar, [dav('sync-token'), calendarserver('getctag')]);
      return [dav('sync-token'), calendarserver('getctag')].map(
        (name) => responses[0]?.properties.get(name)?.element.text,
      );
    };
    const before = await state();
    assert.equal(before[0], (await sync('')).token);
    await at.send('PUT', `${calendar}a`, { body: event({ uid: 'a', summary: 'New' }) });
    const after = await state();
    assert.notEqual(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    await at.send('PROPPATCH', calendar, {
      body: '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>N</D:displayname></D:prop></D:set></D:propertyupdate>',
    });
    assert.notEqual((await state())[1], after[1]);
  });

  it('clients.md W14: the home tells of its calendars at level 1', async () => {
    const first = await sync('', home);
    assert.deepEqual(names(first.responses), ['', `${home}tasks/`]);
    await at.send('PUT', `${calendar}a`, { body: event({ uid: 'a', summary: 'New' }) });
    await at.send('MKCALENDAR', `${home}new/`);
    await at.send('DELETE', `${home}tasks/`);
    const second = await sync(first.token ?? '', home);
    assert.deepEqual([...names(second.responses)].sort(), ['', `${home}new/`, `${home}tasks/ 404`]);
    assert.deepEqual(names((await sync(second.token ?? '', home)).responses), []);
  });

  it('caldav.md, priority 13: the home tells of all objects at level infinite', async () => {
    const first = await sync('', home, 'infinite');
    assert.deepEqual([...names(first.responses)].sort(), ['', `${home}tasks/`, 'a', 'b', 'c'].sort());
    await at.send('DELETE', `${calendar}b`);
    const second = await sync(first.token ?? '', home, 'infinite');
    assert.deepEqual([...names(second.responses)].sort(), ['', 'b 404']);
  });

  it('a limit too small for the changes of a home is refused', async () => {
    const body = syncBody('', 'infinite', '<D:limit><D:nresults>3</D:nresults></D:limit>');
    assert.deepEqual(preconditions(await at.send('REPORT', home, { body })), [
      'number-of-matches-within-limits',
    ]);
  });

  it('a calendar that is shared appears in the home of the other, and disappears again', async () => {
    const bobs = '/dav/calendars/bob/';
    const first = await sync('', bobs, '1', '', at.bob);
    await share(at, at.bob, 'read');
    const second = await sync(first.token ?? '', bobs, '1', '', at.bob);
    assert.equal(second.responses.length, 1);
    const shared = second.responses[0]?.href ?? '';
    assert.match(shared, /shared-/);
    await share(at, at.bob, null);
    const third = await sync(second.token ?? '', bobs, '1', '', at.bob);
    assert.deepEqual(
      third.responses.map(({ href, status }) => [href, status]),
      [[shared, 404]],
    );
  });

  it('a person whose rights change starts anew', async () => {
    await share(at, at.bob, 'read');
    const shared = await sharedOf(at);
    const { token = '' } = await sync('', shared, '1', '', at.bob);
    await share(at, at.bob, 'busy');
    const answer = await at.send('REPORT', shared, { as: at.bob, body: syncBody(token) });
    assert.deepEqual(preconditions(answer), ['valid-sync-token']);
  });

  it('homes of others keep no log', async () => {
    await share(at, at.bob, 'read');
    const answer = await at.send('REPORT', home, { as: at.bob, body: syncBody('') });
    assert.deepEqual(preconditions(answer), ['supported-report']);
    const { responses } = await propfind(at, home, [dav('sync-token')], { as: at.bob });
    assert.equal(responses[0]?.properties.get(dav('sync-token'))?.status, 404);
  });
});

describe('reports about principals', () => {
  let at: Client;
  before(async () => {
    at = await client();
  });
  after(() => at.close());

  const principals = '/dav/principals/';
  const list = (answer: Parameters<typeof multistatus>[0]): readonly string[] =>
    multistatus(answer)
      .responses.map(({ href }) => href.slice(principals.length, -1))
      .sort();

  it('RFC 3744 §9.4: principals are found by name, address and type', async () => {
    for (const [body, names] of [
      [search('<D:displayname/>', 'bo'), ['bob']],
      [search('<S:email-address-set/>', 'EXAMPLE.com'), ['alice', 'bob', 'root']],
      [search('<C:calendar-user-address-set/>', 'mailto:alice@'), ['alice']],
      [search('<C:calendar-user-type/>', 'group'), ['team']],
      [search('<D:getetag/>', 'x'), []],
    ] as const) {
      assert.deepEqual(list(await at.send('REPORT', principals, { body, depth: '0' })), names);
    }
  });

  it('RFC 3744 §9.5: the searchable properties are told', async () => {
    const body = '<D:principal-search-property-set xmlns:D="DAV:"/>';
    const answer = await at.send('REPORT', principals, { body, depth: '0' });
    assert.equal(answer.status, 200);
    assert.equal(xml(answer).children.length, 4);
  });

  it("RFC 3744 §9.3: principal-match finds oneself and one's groups", async () => {
    const body = '<D:principal-match xmlns:D="DAV:"><D:self/></D:principal-match>';
    assert.deepEqual(list(await at.send('REPORT', principals, { as: at.bob, body, depth: '0' })), [
      'bob',
      'team',
    ]);
  });

  it('RFC 3253 §3.8: expand-property follows hrefs', async () => {
    const body =
      '<D:expand-property xmlns:D="DAV:"><D:property name="current-user-principal"><D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="displayname"/></D:property></D:property></D:expand-property>';
    const answer = await at.send('REPORT', '/dav/', { body, depth: '0' });
    assert.equal(answer.status, 207);
    assert.match(answer.text, /<D:displayname>ALICE<\/D:displayname>/);
  });

  for (const [words, context, names] of [
    [['ali'], 'attendee', ['alice']],
    [['example', 'bob'], 'attendee', ['bob']],
    [['e'], 'group', ['team']],
    [['e'], 'location', []],
    [['e'], 'resource', []],
    [['e'], 'user', ['alice', 'bob', 'root']],
    [['nobody'], 'user', []],
  ] as const) {
    it(`clients.md W36: ${words.join(' and ')} as ${context} finds ${names.join(', ') || 'nobody'}`, async () => {
      const tokens = words.map((word) => `<S:search-token>${word}</S:search-token>`).join('');
      const body = `<S:calendarserver-principal-search xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:" context="${context}">${tokens}<D:prop><D:displayname/></D:prop></S:calendarserver-principal-search>`;
      assert.deepEqual(list(await at.send('REPORT', principals, { body, depth: '0' })), [...names]);
    });
  }

  it('clients.md W36: a limit bounds what a search for invitees finds', async () => {
    const body =
      '<S:calendarserver-principal-search xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:"><S:search-token>e</S:search-token><S:limit><S:nresults>2</S:nresults></S:limit></S:calendarserver-principal-search>';
    assert.equal(list(await at.send('REPORT', principals, { body })).length, 2);
    assert.equal((await at.send('REPORT', principals, { body: body.replace('>e<', '> <') })).status, 400);
  });

  it('RFC 3744 §4.3, §4.4: groups and members name each other', async () => {
    const {
      responses: [team],
    } = await propfind(at, `${principals}team/`, [dav('group-member-set')]);
    assert.deepEqual(hrefs(team?.properties.get(dav('group-member-set'))?.element ?? assert.fail()), [
      `${principals}bob/`,
    ]);
    const {
      responses: [bob],
    } = await propfind(at, `${principals}bob/`, [dav('group-membership'), dav('alternate-URI-set')]);
    assert.deepEqual(hrefs(bob?.properties.get(dav('group-membership'))?.element ?? assert.fail()), [
      `${principals}team/`,
    ]);
    assert.equal(
      hrefs(bob?.properties.get(dav('alternate-URI-set'))?.element ?? assert.fail())[0],
      'mailto:bob@example.com',
    );
  });
});
