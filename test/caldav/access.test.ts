import assert from 'node:assert/strict';
import type { Level } from '../../src/core/acl.ts';
import { caldav, calendarserver, dav, localNameOf, type XmlName } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import {
  type Answer,
  type Client,
  client,
  emptyElement,
  found,
  hrefs,
  preconditions,
  property,
  propfind,
  query,
  type RequestParts,
} from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

async function privileges(at: Client, path: string, parts: RequestParts = {}): Promise<readonly string[]> {
  const set = await property(at, path, dav('current-user-privilege-set'), parts);
  return set.children.map(({ children }) => localNameOf(children[0]?.name ?? dav('none'))).sort();
}

const reading = ['read', 'read-current-user-privilege-set', 'read-free-busy'];
const writing = [...reading, 'bind', 'unbind', 'write', 'write-content', 'write-properties'].sort();
const all = [...writing, 'all', 'read-acl', 'unlock', 'write-acl'].sort();

const privilegeElements = (...privilegeNames: readonly XmlName[]): string =>
  privilegeNames.map((name) => `<D:privilege>${emptyElement(name)}</D:privilege>`).join('');

describe('privileges', () => {
  let at: Client;
  let shared = '';
  before(async () => {
    at = await client();
    await at.send('PUT', `${calendar}a.ics`, { body: event({ uid: 'a' }) });
    await share(at, at.bob, 'read');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('resourcetype')], {
      as: at.bob,
      depth: '1',
    });
    shared = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
  });
  after(() => at.close());

  for (const [level, expected] of [
    ['busy', reading],
    ['titles', reading],
    ['read', reading],
    ['edit', writing],
    ['manage', all],
  ] as const satisfies readonly (readonly [Level, readonly string[]])[]) {
    it(`clients.md W24: the level ${level} gives ${expected.length} privileges`, async () => {
      await share(at, at.bob, level);
      assert.deepEqual(await privileges(at, shared, { as: at.bob }), expected);
      assert.deepEqual(await privileges(at, `${shared}a.ics`, { as: at.bob }), expected);
      await share(at, at.bob, 'read');
    });
  }

  it('owners have all, and less with an app password that may only read', async () => {
    assert.deepEqual(await privileges(at, calendar), all);
    assert.deepEqual(await privileges(at, calendar, { scope: 'read' }), reading);
    assert.deepEqual(await privileges(at, home), writing);
    assert.deepEqual(await privileges(at, home, { scope: 'read' }), reading);
    assert.deepEqual(await privileges(at, home, { as: at.bob }), reading);
    assert.deepEqual(await privileges(at, '/dav/'), reading);
    assert.deepEqual(await privileges(at, '/dav/principals/alice/'), [...reading, 'write-properties'].sort());
    assert.deepEqual(await privileges(at, '/dav/principals/bob/'), reading);
  });

  it('RFC 3744 §5.1: what is in a calendar belongs to the owner of the calendar', async () => {
    for (const path of [shared, `${shared}a.ics`]) {
      assert.deepEqual(hrefs(await property(at, path, dav('owner'), { as: at.bob })), [
        '/dav/principals/alice/',
      ]);
    }
    for (const path of [home, '/dav/principals/alice/']) {
      assert.deepEqual(hrefs(await property(at, path, dav('owner'))), ['/dav/principals/alice/']);
    }
  });

  it('RFC 4331: quota is told to the owner only, and kept in step', async () => {
    const used = async (): Promise<number> =>
      Number((await property(at, home, dav('quota-used-bytes'))).text);
    const before = await used();
    await at.send('PUT', `${calendar}q.ics`, { body: event({ uid: 'q' }) });
    assert.equal((await used()) - before, event({ uid: 'q' }).length);
    await at.send('DELETE', `${calendar}q.ics`);
    const { responses } = await propfind(at, shared, [dav('quota-used-bytes')], { as: at.bob });
    assert.equal(responses[0]?.properties.get(dav('quota-used-bytes'))?.status, 404);
    assert.ok(Number((await property(at, calendar, dav('quota-available-bytes'))).text) > 0);
  });

  it('demand 39: nothing of a hidden calendar can be reached by any method', async () => {
    const path = '/dav/calendars/bob/personal/';
    for (const [method, target, parts] of [
      ['GET', path, {}],
      ['GET', `${path}x.ics`, {}],
      ['PROPFIND', path, { depth: '1' }],
      ['DELETE', path, {}],
      ['PROPPATCH', path, { body: '<D:propertyupdate xmlns:D="DAV:"/>' }],
      ['DELETE', `${path}x.ics`, {}],
      ['REPORT', path, { body: query(''), depth: '1' }],
      ['ACL', path, { body: '<D:acl xmlns:D="DAV:"/>' }],
      ['COPY', path, { headers: { Destination: `${home}stolen/` } }],
      ['MOVE', `${path}x.ics`, { headers: { Destination: `${calendar}x.ics` } }],
      ['OPTIONS', `${path}x.ics`, {}],
    ] as const satisfies readonly (readonly [string, string, RequestParts])[]) {
      const hidden = await at.send(method, target, parts);
      const absent = await at.send(method, target.replace('personal', 'nothing'), parts);
      assert.deepEqual(hidden, absent, `${method} ${target}`);
      assert.equal(hidden.status, 404, `${method} ${target}`);
    }
    assert.equal((await at.send('PUT', `${path}x.ics`, { body: event() })).status, 409);
  });

  it('demand 40: a person who is disabled is as if they were not there', async () => {
    const { createPerson, patchPerson } = await import('../../src/service/people.ts');
    const eve = await createPerson(at.services, at.system, { name: 'eve' });
    const look = async (path: string): Promise<number> =>
      (await at.send('PROPFIND', path, { depth: '0' })).status;
    assert.equal(await look('/dav/principals/eve/'), 207);
    await patchPerson(at.services, at.system, eve, { disabled: true });
    assert.equal(await look('/dav/principals/eve/'), 404);
    assert.equal(await look('/dav/calendars/eve/'), 404);
  });
});

describe('access control lists', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
    await at.send('PUT', `${calendar}a.ics`, { body: event({ uid: 'a' }) });
  });
  afterEach(() => at.close());

  const ace = (principal: string, ...granted: readonly XmlName[]): string =>
    `<D:ace><D:principal>${principal}</D:principal><D:grant>${privilegeElements(...granted)}</D:grant></D:ace>`;
  const bob = '<D:href>/dav/principals/bob/</D:href>';
  const acl = (aces: string, path = calendar, parts: RequestParts = {}): Promise<Answer> =>
    at.send('ACL', path, { ...parts, body: `<D:acl xmlns:D="DAV:">${aces}</D:acl>` });
  const sees = async (): Promise<number> =>
    (await at.send('PROPFIND', calendar, { as: at.bob, depth: '0' })).status;

  for (const [granted, rights] of [
    [[caldav('read-free-busy')], reading],
    [[dav('read')], reading],
    [[dav('read'), dav('write')], writing],
    [[dav('read'), dav('write-content'), dav('write-properties'), dav('bind'), dav('unbind')], undefined],
    [[dav('all')], all],
  ] as const) {
    it(`RFC 3744 §8.1: ${granted.map(localNameOf).join(' and ')} can be granted${rights ? '' : ' only as a whole'}`, async () => {
      const answer = await acl(ace(bob, ...granted));
      if (!rights) assert.deepEqual(preconditions(answer), ['not-supported-privilege']);
      else {
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(await privileges(at, calendar, { as: at.bob }), rights);
      }
    });
  }

  it('RFC 3744 §8.1: an empty list takes all grants away, and the owner keeps everything', async () => {
    await acl(ace(bob, dav('read')));
    assert.equal(await sees(), 207);
    assert.equal((await acl('')).status, 200);
    assert.equal(await sees(), 404);
    assert.deepEqual(await privileges(at, calendar), all);
  });

  it('several entries for one principal add up', async () => {
    assert.equal((await acl(ace(bob, dav('read')) + ace(bob, dav('write')))).status, 200);
    assert.deepEqual(await privileges(at, calendar, { as: at.bob }), writing);
  });

  it('everyone who is signed in can be given rights, but not all of them', async () => {
    assert.equal((await acl(ace('<D:authenticated/>', dav('read')))).status, 200);
    assert.equal(await sees(), 207);
    assert.deepEqual(preconditions(await acl(ace('<D:authenticated/>', dav('all')))), ['allowed-principal']);
  });

  it('a list that is read and sent back changes nothing, titles included', async () => {
    await share(at, at.bob, 'titles');
    const before = await at.services.storage.grants(
      (await import('../../src/core/ids.ts')).id(await calendarId(at)),
    );
    const list = (await property(at, calendar, dav('acl'))).children;
    assert.ok(list.length >= 2);
    await acl(ace(bob, caldav('read-free-busy')));
    assert.deepEqual(
      await at.services.storage.grants((await import('../../src/core/ids.ts')).id(await calendarId(at))),
      before,
    );
  });

  const refused: readonly (readonly [string, string, string])[] = [
    [
      'a principal that is none',
      ace('<D:href>/dav/principals/nobody/</D:href>', dav('read')),
      'recognized-principal',
    ],
    ['a calendar as a principal', ace(`<D:href>${calendar}</D:href>`, dav('read')), 'recognized-principal'],
    ['everyone, signed in or not', ace('<D:all/>', dav('read')), 'allowed-principal'],
    ['oneself', ace('<D:self/>', dav('read')), 'allowed-principal'],
    ['a privilege that is none', ace(bob, dav('fly')), 'not-supported-privilege'],
    ['writing without reading', ace(bob, dav('write')), 'not-supported-privilege'],
    [
      'a denial',
      `<D:ace><D:principal>${bob}</D:principal><D:deny>${privilegeElements(dav('read'))}</D:deny></D:ace>`,
      'grant-only',
    ],
    [
      'everybody but one',
      `<D:ace><D:invert><D:principal>${bob}</D:principal></D:invert><D:grant>${privilegeElements(dav('read'))}</D:grant></D:ace>`,
      'no-invert',
    ],
  ];
  for (const [what, aces, precondition] of refused) {
    it(`RFC 3744 §8.1.1: a list with ${what} is refused with ${precondition}`, async () => {
      const answer = await acl(aces);
      assert.equal(answer.status, 403, answer.text);
      assert.deepEqual(preconditions(answer), [precondition]);
      assert.equal(await sees(), 404);
    });
  }

  it('RFC 3744 §5.5: lists are read by those who manage, inherited ones say from where', async () => {
    await share(at, at.bob, 'read');
    const own = await property(at, calendar, dav('acl'));
    assert.deepEqual(
      own.children.map(({ children }) => localNameOf(children[0]?.children[0]?.name ?? dav('x'))),
      ['property', 'href'],
    );
    const inherited = await property(at, `${calendar}a.ics`, dav('acl'));
    assert.match(
      JSON.stringify(inherited.children.map(({ children }) => children.map(({ name }) => name))),
      /inherited/,
    );
    const { responses } = await propfind(at, calendar, [dav('acl')], { as: at.bob });
    assert.equal(responses[0]?.properties.get(dav('acl'))?.status, 403);
    for (const path of [home, '/dav/principals/alice/', '/dav/']) {
      const {
        responses: [first],
      } = await propfind(at, path, [dav('acl'), dav('acl-restrictions'), dav('supported-privilege-set')]);
      assert.ok([200, 403].includes(first?.properties.get(dav('acl'))?.status ?? 0), path);
      assert.equal(first?.properties.get(dav('supported-privilege-set'))?.status, 200);
    }
  });

  it('only those who manage change a list, and only lists of calendars are changed', async () => {
    await share(at, at.bob, 'edit');
    assert.deepEqual(preconditions(await acl(ace(bob, dav('all')), calendar, { as: at.bob })), [
      'need-privileges',
    ]);
    for (const path of [home, `${calendar}a.ics`, '/dav/principals/alice/']) {
      assert.equal((await acl(ace(bob, dav('read')), path)).status, 405, path);
    }
  });

  it('RFC 3744 §9.2: acl-principal-prop-set tells of the principals in a list', async () => {
    await share(at, at.bob, 'read');
    const body =
      '<D:acl-principal-prop-set xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>';
    const answer = await at.send('REPORT', calendar, { body, depth: '0' });
    assert.deepEqual(found(answer).length >= 1, true);
    assert.match(answer.text, /\/dav\/principals\/bob\//);
  });
});

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

async function calendarId(at: Client): Promise<number> {
  return (await at.services.storage.calendarByName(at.alice.id, 'personal'))?.id ?? 0;
}
