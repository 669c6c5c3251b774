import assert from 'node:assert/strict';
import { apple, caldav, dav, xmlName } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import {
  type Answer,
  type Client,
  client,
  found,
  hrefs,
  multistatus,
  preconditions,
  property,
  propfind,
  query,
  xml,
} from './client.ts';

const home = '/dav/calendars/alice/';
const spaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/" xmlns:S="http://calendarserver.org/ns/" xmlns:F="urn:foreign"';
const stockholm = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Stockholm\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n`;
const asXml = (text: string): string => text.replaceAll('\r', '&#13;');

const mkcalendar = (properties: string): string =>
  `<C:mkcalendar ${spaces}><D:set><D:prop>${properties}</D:prop></D:set></C:mkcalendar>`;
const mkcol = (properties: string): string =>
  `<D:mkcol ${spaces}><D:set><D:prop>${properties}</D:prop></D:set></D:mkcol>`;
const calendarType = '<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>';
const components = (...names: readonly string[]): string =>
  `<C:supported-calendar-component-set>${names.map((name) => `<C:comp name="${name}"/>`).join('')}</C:supported-calendar-component-set>`;

const statuses = (answer: Answer): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...(multistatus(answer).responses[0]?.properties ?? [])].map(([name, { status }]) => [
      name.replace(/^.*\}/, ''),
      status,
    ]),
  );

describe('MKCALENDAR and MKCOL', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
  });
  afterEach(() => at.close());

  const exists = async (path: string): Promise<boolean> =>
    (await at.send('PROPFIND', path, { depth: '0' })).status === 207;
  const kinds = async (path: string): Promise<readonly (string | undefined)[]> =>
    (await property(at, path, caldav('supported-calendar-component-set'))).children.map(({ attributes }) =>
      attributes.get('{}name'),
    );

  it('RFC 4791 §5.3.1: without body a calendar is made that takes every kind of object', async () => {
    const answer = await at.send('MKCALENDAR', `${home}new/`);
    assert.equal(answer.status, 201);
    assert.match(answer.headers['Cache-Control'] ?? '', /no-cache/);
    assert.deepEqual(await kinds(`${home}new/`), ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY']);
  });

  it('RFC 4791 §5.3.1.2: with body it has all its properties from the start', async () => {
    const body = mkcalendar(
      `<D:displayname>Lisa's Events</D:displayname><C:calendar-description xml:lang="en">Only mine</C:calendar-description>${components('VEVENT')}<C:calendar-timezone>${asXml(stockholm)}</C:calendar-timezone><A:calendar-color>#ff0000</A:calendar-color><A:calendar-order>7</A:calendar-order><C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp><F:note a="b">dead</F:note>`,
    );
    assert.equal((await at.send('MKCALENDAR', `${home}new`, { body })).status, 201);
    const path = `${home}new/`;
    assert.deepEqual(await kinds(path), ['VEVENT']);
    assert.equal((await property(at, path, dav('displayname'))).text, "Lisa's Events");
    assert.equal((await property(at, path, caldav('calendar-description'))).text, 'Only mine');
    assert.equal((await property(at, path, caldav('calendar-timezone'))).text, stockholm);
    assert.equal((await property(at, path, caldav('calendar-timezone-id'))).text, 'Europe/Stockholm');
    assert.equal((await property(at, path, apple('calendar-color'))).text, '#FF0000FF');
    assert.equal((await property(at, path, apple('calendar-order'))).text, '7');
    assert.equal(
      (await property(at, path, caldav('schedule-calendar-transp'))).children[0]?.name,
      caldav('transparent'),
    );
    assert.equal((await property(at, path, xmlName('urn:foreign', 'note'))).attributes.get('{}a'), 'b');
    assert.equal((await at.send('PUT', `${path}t.ics`, { body: event({ component: 'VTODO' }) })).status, 403);
  });

  it('RFC 5689 §3: MKCOL makes a calendar when its body says so', async () => {
    const body = mkcol(`${calendarType}<D:displayname>Lists</D:displayname>${components('VTODO')}`);
    assert.equal((await at.send('MKCOL', `${home}list/`, { body })).status, 201);
    assert.deepEqual(await kinds(`${home}list/`), ['VTODO']);
  });

  const failures: readonly (readonly [
    what: string,
    method: string,
    path: string,
    body: string,
    status: number,
    precondition?: string,
  ])[] = [
    ['a name that is taken', 'MKCALENDAR', 'personal/', '', 403, 'resource-must-be-null'],
    [
      'a place inside a calendar',
      'MKCALENDAR',
      'personal/inner/',
      '',
      403,
      'calendar-collection-location-ok',
    ],
    [
      'a timezone that is none',
      'MKCALENDAR',
      'x/',
      mkcalendar('<C:calendar-timezone>no</C:calendar-timezone>'),
      403,
      'valid-calendar-data',
    ],
    [
      'a timezone-id that is none',
      'MKCALENDAR',
      'x/',
      mkcalendar('<C:calendar-timezone-id>Mars/X</C:calendar-timezone-id>'),
      403,
      'valid-timezone',
    ],
    [
      'a kind of component that is none',
      'MKCALENDAR',
      'x/',
      mkcalendar(components('VCARD')),
      403,
      'supported-calendar-component',
    ],
    ['no kind of component', 'MKCALENDAR', 'x/', mkcalendar(components()), 409],
    [
      'a protected property',
      'MKCALENDAR',
      'x/',
      mkcalendar('<D:displayname>x</D:displayname><D:getetag>1</D:getetag>'),
      403,
      'cannot-modify-protected-property',
    ],
    [
      'a colour that is none',
      'MKCALENDAR',
      'x/',
      mkcalendar('<A:calendar-color>red</A:calendar-color>'),
      409,
    ],
    ['another root', 'MKCALENDAR', 'x/', mkcol(''), 415],
    ['broken XML', 'MKCALENDAR', 'x/', '<C:mkcalendar', 400],
    [
      'a subscription',
      'MKCALENDAR',
      'x/',
      mkcalendar('<D:resourcetype><D:collection/><S:subscribed/></D:resourcetype>'),
      403,
      'valid-resourcetype',
    ],
    ['the form of a shared name', 'MKCALENDAR', 'shared-1a2b/', '', 403],
    ['no parent', 'MKCALENDAR', 'nowhere/x/', '', 409],
    ['MKCOL of a taken name', 'MKCOL', 'personal/', mkcol(calendarType), 405],
    ['MKCOL without body', 'MKCOL', 'x/', '', 403, 'valid-resourcetype'],
    [
      'MKCOL of a plain collection',
      'MKCOL',
      'x/',
      mkcol('<D:resourcetype><D:collection/></D:resourcetype>'),
      403,
    ],
    ['MKCOL inside a calendar', 'MKCOL', 'personal/inner/', mkcol(calendarType), 403],
    ['MKCOL with another kind of body', 'MKCOL', 'x/', 'hello', 400],
  ];
  for (const [what, method, path, body, status, precondition] of failures) {
    it(`RFC 4791 §5.3.1.1: ${what} is refused with ${precondition ?? status}, and nothing is made`, async () => {
      const answer = await at.send(method, home + path, { body });
      assert.equal(answer.status, status, answer.text);
      if (precondition) assert.deepEqual(preconditions(answer), [precondition]);
      assert.equal(await exists(`${home}x/`), false);
    });
  }

  it('RFC 5689 §3.4: a failing MKCOL tells which property it was, and that the others depend on it', async () => {
    const body = mkcol(`${calendarType}<D:displayname>x</D:displayname><D:getetag>1</D:getetag>`);
    const answer = await at.send('MKCOL', `${home}x/`, { body });
    assert.equal(answer.status, 403);
    const root = xml(answer);
    assert.equal(root.name, dav('mkcol-response'));
    assert.match(answer.text, /424/);
    assert.equal(await exists(`${home}x/`), false);
  });

  it('nobody makes calendars for others, nor anywhere but in homes', async () => {
    assert.equal((await at.send('MKCALENDAR', '/dav/calendars/bob/x/')).status, 403);
    assert.equal((await at.send('MKCALENDAR', '/dav/calendars/nobody/x/')).status, 409);
    for (const path of ['/dav/x/', '/dav/principals/x/', '/x/', '/dav/calendars/x/']) {
      const { status } = await at.send('MKCALENDAR', path);
      assert.ok(status === 403 || status === 409, `${path} ${status}`);
    }
  });

  it('an administrator makes calendars for groups, whose members find them in their home', async () => {
    const { status } = await at.send('MKCALENDAR', '/dav/calendars/team/plans/', { as: at.root });
    assert.equal(status, 201);
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('displayname')], {
      as: at.bob,
      depth: '1',
    });
    assert.ok(
      responses.some(({ properties }) => properties.get(dav('displayname'))?.element.text === 'plans'),
    );
  });

  it('more calendars than a home may hold are refused', async () => {
    const small = await client({ limits: { maxCalendarsPerHome: 3 } });
    assert.equal((await small.send('MKCALENDAR', `${home}one/`)).status, 201);
    assert.equal((await small.send('MKCALENDAR', `${home}two/`)).status, 507);
    await small.close();
  });

  it("demand 5: DELETE of one's own calendar removes it, of a foreign one only from one's home", async () => {
    await share(at, at.bob, 'manage');
    const list = async (who: Client['bob']): Promise<readonly string[]> =>
      (
        await propfind(at, `/dav/calendars/${who.name}/`, [dav('resourcetype')], { as: who, depth: '1' })
      ).responses.map(({ href }) => href);
    const shared = (await list(at.bob)).find((href) => href.includes('shared-')) ?? '';
    assert.equal((await at.send('DELETE', shared, { as: at.bob })).status, 204);
    assert.equal((await list(at.bob)).includes(shared), false);
    assert.equal(await exists(`${home}personal/`), true);
    assert.equal((await at.send('DELETE', `${home}personal/`)).status, 204);
    assert.equal(await exists(`${home}personal/`), false);
    assert.equal((await at.send('MKCALENDAR', `${home}personal/`)).status, 201);
  });

  it('homes, principals and signposts are not deleted', async () => {
    for (const path of [home, '/dav/principals/alice/', '/dav/', '/', '/dav/calendars/']) {
      assert.equal((await at.send('DELETE', path)).status, 405, path);
    }
    assert.equal((await at.send('DELETE', `${home}personal/`, { depth: '0' })).status, 400);
  });
});

describe('PROPPATCH', () => {
  let at: Client;
  const calendar = `${home}personal/`;
  beforeEach(async () => {
    at = await client();
  });
  afterEach(() => at.close());

  const patch = (path: string, set: string, remove = '', as = at.alice, headers = {}): Promise<Answer> =>
    at.send('PROPPATCH', path, {
      as,
      headers,
      body: `<D:propertyupdate ${spaces}>${set && `<D:set><D:prop>${set}</D:prop></D:set>`}${remove && `<D:remove><D:prop>${remove}</D:prop></D:remove>`}</D:propertyupdate>`,
    });

  it("clients.md W25: what Apple's clients set is stored", async () => {
    const answer = await patch(
      calendar,
      '<D:displayname>Mine</D:displayname><A:calendar-color symbolic-color="custom">#CC73E1FF</A:calendar-color><A:calendar-order>3</A:calendar-order><C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>',
    );
    assert.deepEqual(statuses(answer), {
      displayname: 200,
      'calendar-color': 200,
      'calendar-order': 200,
      'schedule-calendar-transp': 200,
    });
    assert.equal((await property(at, calendar, apple('calendar-color'))).text, '#CC73E1FF');
  });

  it('clients.md W25: line ends survive as references and in CDATA', async () => {
    for (const written of [asXml(stockholm), `<![CDATA[${stockholm}]]>`]) {
      assert.deepEqual(
        statuses(await patch(calendar, `<C:calendar-timezone>${written}</C:calendar-timezone>`)),
        { 'calendar-timezone': 200 },
      );
      const back = (await property(at, calendar, caldav('calendar-timezone'))).text;
      assert.equal(back.replaceAll('\r\n', '\n'), stockholm.replaceAll('\r\n', '\n'));
    }
    const alarm = 'BEGIN:VALARM\r\nACTION:NONE\r\nEND:VALARM\r\n';
    await patch(home, `<C:default-alarm-vevent-datetime>${asXml(alarm)}</C:default-alarm-vevent-datetime>`);
    assert.equal((await property(at, home, caldav('default-alarm-vevent-datetime'))).text, alarm);
  });

  it('RFC 7809 §5.2: a zone set by name has a definition, and one without name has none', async () => {
    await patch(calendar, '<C:calendar-timezone-id>Europe/Paris</C:calendar-timezone-id>');
    assert.match((await property(at, calendar, caldav('calendar-timezone'))).text, /TZID:Europe\/Paris/);
    await patch(calendar, '', '<C:calendar-timezone-id/>');
    const { responses } = await propfind(at, calendar, [
      caldav('calendar-timezone'),
      caldav('calendar-timezone-id'),
    ]);
    assert.deepEqual(
      [...(responses[0]?.properties.values() ?? [])].map(({ status }) => status),
      [404, 404],
    );
  });

  it('RFC 4918 §9.2: one instruction that fails undoes all, and the others are told 424', async () => {
    const answer = await patch(
      calendar,
      '<D:displayname>New</D:displayname><D:getetag>"x"</D:getetag><F:dead/>',
    );
    assert.deepEqual(statuses(answer), { displayname: 424, getetag: 403, dead: 424 });
    assert.match(answer.text, /cannot-modify-protected-property/);
    assert.equal((await property(at, calendar, dav('displayname'))).text, 'Personal');
  });

  for (const [what, xmlText, status] of [
    ['the components of a calendar', components('VTODO'), 403],
    ['its ctag', '<S:getctag>1</S:getctag>', 403],
    ['its sync token', '<D:sync-token>1</D:sync-token>', 403],
    ['its type', '<D:resourcetype/>', 403],
    ['a colour that is none', '<A:calendar-color>blue</A:calendar-color>', 409],
    ['an order that is none', '<A:calendar-order>first</A:calendar-order>', 409],
    ['a transparency that is none', '<C:schedule-calendar-transp/>', 409],
    ['a zone that is none', '<C:calendar-timezone>x</C:calendar-timezone>', 403],
  ] as const) {
    it(`PROPPATCH cannot set ${what}`, async () => {
      assert.deepEqual(Object.values(statuses(await patch(calendar, xmlText))), [status]);
    });
  }

  it('RFC 4918 §4.3: dead properties keep attributes, mixed content and namespaces', async () => {
    const written = '<F:note xml:lang="sv" F:a="1" b="2">text <i xmlns="">in</i><![CDATA[ <raw> ]]></F:note>';
    for (const path of [calendar, home, '/dav/principals/alice/']) {
      assert.deepEqual(statuses(await patch(path, written)), { note: 200 }, path);
      const back = await property(at, path, xmlName('urn:foreign', 'note'));
      assert.equal(back.language, 'sv');
      assert.equal(back.attributes.get('{urn:foreign}a'), '1');
      assert.deepEqual(
        back.content.map((part) => (typeof part === 'string' ? part : part.name)),
        ['text ', '{}i', ' <raw> '],
      );
    }
  });

  it('dead properties of objects live as long as the object, and go with it', async () => {
    await at.send('PUT', `${calendar}a.ics`, { body: event() });
    assert.deepEqual(statuses(await patch(`${calendar}a.ics`, '<F:note>n</F:note>')), { note: 200 });
    await at.send('PUT', `${calendar}a.ics`, { body: event({ summary: 'Changed' }) });
    assert.equal((await property(at, `${calendar}a.ics`, xmlName('urn:foreign', 'note'))).text, 'n');
    await at.send('MKCALENDAR', `${home}other/`);
    await at.send('MOVE', `${calendar}a.ics`, { headers: { Destination: `${home}other/a.ics` } });
    assert.equal((await property(at, `${home}other/a.ics`, xmlName('urn:foreign', 'note'))).text, 'n');
    await at.send('COPY', `${home}other/a.ics`, { headers: { Destination: `${calendar}b.ics` } });
    assert.equal((await property(at, `${calendar}b.ics`, xmlName('urn:foreign', 'note'))).text, 'n');
  });

  it('RFC 4918 §9.2: a property that is removed is gone; removing what is not there is no error', async () => {
    await patch(
      calendar,
      '<F:note>n</F:note><C:calendar-description>d</C:calendar-description><A:calendar-color>#112233</A:calendar-color><A:calendar-order>1</A:calendar-order>',
    );
    const all =
      '<F:note/><F:other/><C:calendar-description/><A:calendar-color/><A:calendar-order/><C:schedule-calendar-transp/><D:displayname/>';
    assert.deepEqual(new Set(Object.values(statuses(await patch(calendar, '', all)))), new Set([200]));
    const { responses } = await propfind(at, calendar, [
      caldav('calendar-description'),
      apple('calendar-color'),
      xmlName('urn:foreign', 'note'),
    ]);
    for (const { status } of responses[0]?.properties.values() ?? []) assert.equal(status, 404);
  });

  it('demand 51: name, colour and notes of a foreign calendar are private', async () => {
    await share(at, at.bob, 'read');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('displayname')], {
      as: at.bob,
      depth: '1',
    });
    const shared = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
    const answer = await patch(
      shared,
      '<D:displayname>Alice</D:displayname><A:calendar-color>#000000</A:calendar-color><A:calendar-order>9</A:calendar-order><F:note>n</F:note>',
      '',
      at.bob,
    );
    assert.deepEqual(new Set(Object.values(statuses(answer))), new Set([200]));
    assert.equal((await property(at, shared, dav('displayname'), { as: at.bob })).text, 'Alice');
    assert.equal((await property(at, shared, apple('calendar-color'), { as: at.bob })).text, '#000000FF');
    assert.equal((await property(at, calendar, dav('displayname'))).text, 'Personal');
    const mine = await propfind(at, calendar, [xmlName('urn:foreign', 'note')]);
    assert.equal(mine.responses[0]?.properties.get(xmlName('urn:foreign', 'note'))?.status, 404);
    assert.equal(
      (await patch(shared, '<C:calendar-description>x</C:calendar-description>', '', at.bob)).status,
      403,
    );
  });

  it('nobody changes the properties of other people', async () => {
    assert.equal((await patch('/dav/principals/bob/', '<D:displayname>B</D:displayname>')).status, 403);
    assert.deepEqual(statuses(await patch('/dav/calendars/bob/', '<F:note>n</F:note>')), { note: 403 });
    assert.deepEqual(statuses(await patch('/dav/', '<F:note>n</F:note>')), { note: 403 });
    await patch('/dav/principals/alice/', '<D:displayname>Alice A.</D:displayname>');
    assert.equal((await property(at, '/dav/principals/alice/', dav('displayname'))).text, 'Alice A.');
    assert.deepEqual(statuses(await patch('/dav/principals/alice/', '', '<D:displayname/>')), {
      displayname: 403,
    });
  });

  it('RFC 8144 §2.2: a minimal answer to a PROPPATCH that went well is empty', async () => {
    const answer = await patch(calendar, '<F:note>n</F:note>', '', at.alice, { Prefer: 'return=minimal' });
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
  });
});

describe('COPY and MOVE', () => {
  let at: Client;
  const calendar = `${home}personal/`;
  beforeEach(async () => {
    at = await client();
    await at.send('MKCALENDAR', `${home}work/`);
    await at.send('PUT', `${calendar}a.ics`, { body: event({ uid: 'a' }) });
    await at.send('PUT', `${calendar}b.ics`, { body: event({ uid: 'b' }) });
  });
  afterEach(() => at.close());

  const send = (method: string, from: string, to: string, headers = {}): Promise<Answer> =>
    at.send(method, from, { headers: { Destination: to, ...headers } });
  const status = async (path: string): Promise<number> => (await at.send('HEAD', path)).status;

  for (const to of [
    `${home}work/x.ics`,
    `https://cal.example.com${home}work/x.ics`,
    `http://cal.example.com:8080${home}work/x.ics`,
    `${home}w%6frk/x.ics`,
  ]) {
    it(`clients.md W5: MOVE to ${to} moves in one step`, async () => {
      const before = (await at.send('GET', `${calendar}a.ics`)).headers['ETag'];
      assert.equal((await send('MOVE', `${calendar}a.ics`, to)).status, 201);
      assert.equal(await status(`${calendar}a.ics`), 404);
      assert.equal((await at.send('GET', `${home}work/x.ics`)).headers['ETag'], before);
    });
  }

  it('RFC 4918 §9.9: MOVE over something answers 204, under Overwrite: F 412', async () => {
    await at.send('PUT', `${home}work/a.ics`, { body: event({ uid: 'other' }) });
    assert.equal(
      (await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`, { Overwrite: 'F' })).status,
      412,
    );
    assert.equal(await status(`${calendar}a.ics`), 200);
    assert.equal((await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`)).status, 204);
    assert.match((await at.send('GET', `${home}work/a.ics`)).text, /UID:a\r/);
  });

  it('RFC 4918 §9.8: COPY into another calendar keeps both, into the same one the UID is in the way', async () => {
    assert.equal((await send('COPY', `${calendar}a.ics`, `${home}work/a.ics`)).status, 201);
    assert.equal((await send('COPY', `${calendar}a.ics`, `${home}work/a.ics`)).status, 204);
    assert.equal(await status(`${calendar}a.ics`), 200);
    const answer = await send('COPY', `${calendar}a.ics`, `${calendar}copy.ics`);
    assert.equal(answer.status, 409);
    assert.deepEqual(preconditions(answer), ['no-uid-conflict']);
    assert.deepEqual(hrefs(xml(answer).children[0] ?? assert.fail()), [`${calendar}a.ics`]);
  });

  it('RFC 4918 §9.9: a renamed object keeps its place in the calendar and is told as gone and new', async () => {
    assert.equal((await send('MOVE', `${calendar}a.ics`, `${calendar}c.ics`)).status, 201);
    assert.equal(await status(`${calendar}c.ics`), 200);
  });

  const refused: readonly (readonly [
    what: string,
    from: string,
    to: string,
    status: number,
    precondition?: string,
  ])[] = [
    ['no Destination', 'personal/a.ics', '', 400],
    ['another server', 'personal/a.ics', 'https://other.example.com/dav/calendars/alice/work/a.ics', 502],
    ['a calendar that is not there', 'personal/a.ics', `${home}none/a.ics`, 409],
    ['a calendar that is hidden', 'personal/a.ics', '/dav/calendars/bob/personal/a.ics', 409],
    ['the place of a calendar', 'personal/a.ics', `${home}x`, 409],
    ['itself', 'personal/a.ics', `${calendar}a.ics`, 403],
    ['a list of to-dos', 'personal/a.ics', `${home}tasks/a.ics`, 403, 'supported-calendar-component'],
    ['a calendar, inside itself', 'personal/', `${calendar}inner/`, 403, 'calendar-collection-location-ok'],
    ['a calendar, to another person', 'personal/', '/dav/calendars/bob/x/', 403, 'need-privileges'],
    ['a calendar, to nobody', 'personal/', '/dav/calendars/nobody/x/', 409],
    ['a calendar, onto itself', 'personal/', calendar, 403],
    ['a calendar, to a name of the form of a shared one', 'personal/', `${home}shared-abc/`, 403],
  ];
  for (const method of ['COPY', 'MOVE']) {
    for (const [what, from, to, expected, precondition] of refused) {
      it(`RFC 4918 §9.8.5: ${method} to ${what} is answered ${expected}`, async () => {
        const answer = await at.send(method, home + from, to === '' ? {} : { headers: { Destination: to } });
        assert.equal(answer.status, expected, answer.text);
        if (precondition) assert.deepEqual(preconditions(answer), [precondition]);
        assert.equal(await status(`${calendar}a.ics`), 200);
      });
    }
  }

  it('RFC 9110 §13: MOVE and COPY honour If-Match', async () => {
    const condition = { 'If-Match': '"other"' };
    assert.equal((await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`, condition)).status, 412);
    assert.equal((await send('COPY', `${calendar}a.ics`, `${home}work/a.ics`, condition)).status, 412);
  });

  it('RFC 4918 §9.9: a calendar is renamed with all that is in it', async () => {
    assert.equal((await send('MOVE', calendar, `${home}renamed/`)).status, 201);
    assert.equal(await status(`${calendar}a.ics`), 404);
    assert.equal(await status(`${home}renamed/a.ics`), 200);
    assert.equal((await send('MOVE', `${home}renamed/`, `${home}work/`, { Overwrite: 'F' })).status, 412);
    assert.equal((await send('MOVE', `${home}renamed/`, `${home}work/`)).status, 204);
    assert.equal(await status(`${home}work/b.ics`), 200);
  });

  it('RFC 4918 §9.8.3: a calendar is copied with or without what is in it', async () => {
    await at.send('PROPPATCH', calendar, {
      body: `<D:propertyupdate ${spaces}><D:set><D:prop><F:note>n</F:note></D:prop></D:set></D:propertyupdate>`,
    });
    assert.equal((await send('COPY', calendar, `${home}copy/`)).status, 201);
    assert.deepEqual(found(await at.send('REPORT', `${home}copy/`, { body: query(''), depth: '1' })), [
      'a.ics',
      'b.ics',
    ]);
    assert.equal((await property(at, `${home}copy/`, xmlName('urn:foreign', 'note'))).text, 'n');
    assert.equal((await send('COPY', calendar, `${home}empty/`, { Depth: '0' })).status, 201);
    assert.deepEqual(found(await at.send('REPORT', `${home}empty/`, { body: query(''), depth: '1' })), []);
    assert.equal((await send('COPY', calendar, `${home}copy/`, { Overwrite: 'F' })).status, 412);
    assert.equal((await send('COPY', calendar, `${home}copy/`)).status, 204);
    assert.equal((await send('COPY', calendar, `${home}other/`, { Depth: '1' })).status, 400);
    assert.equal((await send('MOVE', calendar, `${home}other/`, { Depth: '0' })).status, 400);
  });

  it('moving into a calendar that is only read is refused, with its href', async () => {
    await share(at, at.bob, 'read');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('resourcetype')], {
      as: at.bob,
      depth: '1',
    });
    const shared = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
    await at.send('PUT', '/dav/calendars/bob/personal/z.ics', { as: at.bob, body: event({ uid: 'z' }) });
    for (const method of ['COPY', 'MOVE']) {
      const answer = await at.send(method, '/dav/calendars/bob/personal/z.ics', {
        as: at.bob,
        headers: { Destination: `${shared}z.ics` },
      });
      assert.equal(answer.status, 403);
      assert.deepEqual(preconditions(answer), ['need-privileges']);
    }
    const out = await at.send('MOVE', `${shared}a.ics`, {
      as: at.bob,
      headers: { Destination: '/dav/calendars/bob/personal/a.ics' },
    });
    assert.equal(out.status, 403);
    const copied = await at.send('COPY', `${shared}a.ics`, {
      as: at.bob,
      headers: { Destination: '/dav/calendars/bob/personal/a.ics' },
    });
    assert.equal(copied.status, 201);
  });
});
