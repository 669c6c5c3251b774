import assert from 'node:assert/strict';
import { patchCalendar } from '../../src/service/calendars/calendars.ts';
import { apple, caldav, dav, type XmlName, xmlName } from '../../src/xml/name.ts';
import { actor, event, seen, share } from '../service/office.ts';
import { type Answer, type Client, client, multistatus, property, propfind } from './client.ts';

const home = '/dav/calendars/alice/';

const spaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/" xmlns:S="http://calendarserver.org/ns/" xmlns:F="urn:foreign"';
const stockholm = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Stockholm\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n`;

const asXml = (text: string): string => text.replaceAll('\r', '&#13;');

const statuses = (answer: Answer): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...(multistatus(answer).responses[0]?.properties ?? [])].map(([name, { status }]) => [
      name.replace(/^.*\}/, ''),
      status,
    ]),
  );

const components = (...names: readonly string[]): string =>
  `<C:supported-calendar-component-set>${names.map((name) => `<C:comp name="${name}"/>`).join('')}</C:supported-calendar-component-set>`;

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
    assert.equal((await property(at, calendar, dav('displayname'))).text, 'Mine');
    assert.equal((await property(at, calendar, apple('calendar-color'))).text, '#CC73E1FF');
    assert.equal((await property(at, calendar, apple('calendar-order'))).text, '3');
    const transparency = await property(at, calendar, caldav('schedule-calendar-transp'));
    assert.deepEqual(
      transparency.children.map(({ name }) => name),
      [caldav('transparent')],
    );
  });

  it('clients.md W25: line ends of iCalendar are CR LF, sent as references or in CDATA', async () => {
    for (const written of [asXml(stockholm), `<![CDATA[${stockholm}]]>`]) {
      assert.deepEqual(
        statuses(await patch(calendar, `<C:calendar-timezone>${written}</C:calendar-timezone>`)),
        { 'calendar-timezone': 200 },
      );
      const back = (await property(at, calendar, caldav('calendar-timezone'))).text;
      assert.equal(back, stockholm);
    }
    const alarm = 'BEGIN:VALARM\r\nACTION:NONE\r\nEND:VALARM\r\n';
    for (const written of [asXml(alarm), `<![CDATA[${alarm}]]>`]) {
      for (const path of [home, calendar]) {
        for (const name of ['default-alarm-vevent-date', 'default-alarm-vevent-datetime']) {
          await patch(path, `<C:${name}>${written}</C:${name}>`);
          assert.equal((await property(at, path, caldav(name))).text, alarm);
          await patch(path, '', `<C:${name}/>`);
        }
      }
    }
    const hours = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VAVAILABILITY\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR`;
    await patch(home, `<C:calendar-availability><![CDATA[${hours}]]></C:calendar-availability>`);
    assert.equal((await property(at, home, caldav('calendar-availability'))).text, hours);
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

  it('a thousand properties are set at once, and no more', async () => {
    const some = (count: number): string => Array.from({ length: count }, (_, n) => `<F:p${n}/>`).join('');
    assert.equal((await patch(calendar, some(1_000))).status, 207);
    assert.equal((await patch(calendar, '', some(1_000))).status, 207);
    assert.equal((await patch(calendar, some(1_001))).status, 400);
    assert.equal((await patch(calendar, some(501), some(500))).status, 400);
    const calendarOf = (count: number): string =>
      `<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:" xmlns:F="urn:f"><D:set><D:prop>${some(count)}</D:prop></D:set></C:mkcalendar>`;
    assert.equal((await at.send('MKCALENDAR', `${home}many/`, { body: calendarOf(1_001) })).status, 400);
    assert.equal((await at.send('MKCALENDAR', `${home}many/`, { body: calendarOf(1_000) })).status, 201);
  });

  for (const [what, xmlText, status] of [
    ['the components of a calendar', components('VTODO'), 403],
    ['its ctag', '<S:getctag>1</S:getctag>', 403],
    ['its sync token', '<D:sync-token>1</D:sync-token>', 403],
    ['its type', '<D:resourcetype/>', 403],
    ['a colour that is none', '<A:calendar-color>sky-high</A:calendar-color>', 409],
    ['an order that is none', '<A:calendar-order>first</A:calendar-order>', 409],
    ['a transparency that is none', '<C:schedule-calendar-transp/>', 409],
    [
      'a transparency that is both',
      '<C:schedule-calendar-transp><C:opaque/><C:transparent/></C:schedule-calendar-transp>',
      409,
    ],
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

  it('RFC 4918 §9.2.1: what there is no room for is told as 507, and nothing beside it is done', async () => {
    const principal = '/dav/principals/alice/';
    for (const path of [calendar, principal]) {
      const before = (await property(at, path, dav('displayname'))).text;
      const big = `<D:displayname>Other</D:displayname><F:note>${'x'.repeat(300_000)}</F:note>`;
      assert.deepEqual(statuses(await patch(path, big)), { displayname: 507, note: 507 });
      assert.equal((await property(at, path, dav('displayname'))).text, before);
    }
    const long = `<C:calendar-description>${'x'.repeat(300_000)}</C:calendar-description>`;
    assert.deepEqual(statuses(await patch(calendar, long)), { 'calendar-description': 507 });
    for (const path of [calendar, principal]) {
      const name = `<D:displayname>${'ü'.repeat(600)}</D:displayname>`;
      assert.deepEqual(statuses(await patch(path, name)), { displayname: 409 });
    }
    const both = await patch(principal, '<D:displayname>Alice A.</D:displayname><F:note>n</F:note>');
    assert.deepEqual(statuses(both), { displayname: 200, note: 200 });
    assert.equal((await property(at, principal, dav('displayname'))).text, 'Alice A.');
    assert.equal((await property(at, principal, xmlName('urn:foreign', 'note'))).text, 'n');
  });

  it('RFC 4918 §4.3: the description of a calendar keeps its language', async () => {
    const described = async (path = calendar): Promise<readonly string[]> => {
      const { text, language } = await property(at, path, caldav('calendar-description'));
      return [text, language];
    };
    const set = (attribute: string): Promise<Answer> =>
      patch(calendar, `<C:calendar-description${attribute}>Le mien</C:calendar-description>`);
    assert.deepEqual(statuses(await set(' xml:lang="fr-CA"')), { 'calendar-description': 200 });
    assert.deepEqual(await described(), ['Le mien', 'fr-CA']);
    await at.send('COPY', calendar, { headers: { Destination: `${home}copy/` } });
    assert.deepEqual(await described(`${home}copy/`), ['Le mien', 'fr-CA']);
    await set('');
    assert.deepEqual(await described(), ['Le mien', '']);
    await set(' xml:lang="fr"');
    await patch(calendar, '', '<C:calendar-description/>');
    await patch(calendar, '<C:calendar-description>Mine</C:calendar-description>');
    assert.deepEqual(await described(), ['Mine', '']);
  });

  it('RFC 4918 §4.3: names and dead properties keep their language, as long as the text is that one', async () => {
    const principal = '/dav/principals/alice/';
    const named = async (path: string, name: XmlName = dav('displayname')): Promise<readonly string[]> => {
      const { text, language } = await property(at, path, name);
      return [text, language];
    };
    for (const path of [calendar, principal]) {
      await patch(path, '<D:displayname xml:lang="de-AT">Jänner &amp; Feber</D:displayname>');
      assert.deepEqual(await named(path), ['Jänner & Feber', 'de-AT'], path);
      await patch(path, '<D:displayname>Plain</D:displayname>');
      assert.deepEqual(await named(path), ['Plain', ''], path);
      await patch(path, '<F:note xml:lang="sv">not</F:note>');
      assert.deepEqual(await named(path, xmlName('urn:foreign', 'note')), ['not', 'sv']);
    }
    await patch(calendar, '<D:displayname xml:lang="de">Arbeit</D:displayname>');
    assert.deepEqual(await named(calendar), ['Arbeit', 'de']);
    await patchCalendar(at.services, await actor(at, at.alice), await seen(at), { displayName: 'Work' });
    assert.deepEqual(await named(calendar), ['Work', ''], 'renamed in the page');
    const all = '<propfind xmlns="DAV:"><propname/></propfind>';
    const names = await at.send('PROPFIND', calendar, { headers: { Depth: '0' }, body: all });
    assert.equal(names.text.split('displayname').length, 2, names.text);
  });

  it('a colour keeps the name that Apple’s programs give to it, each person their own', async () => {
    const color = apple('calendar-color');
    const told = async (path = calendar, as = at.alice): Promise<readonly unknown[]> => {
      const { responses } = await propfind(at, path, [color], { as });
      const element = responses[0]?.properties.get(color)?.element;
      return [element?.text, element?.attributes.get(xmlName('', 'symbolic-color'))];
    };
    const set = (symbol: string, text: string): string =>
      `<A:calendar-color${symbol}>${text}</A:calendar-color>`;
    assert.deepEqual(statuses(await patch(calendar, set(' symbolic-color="custom"', '#ff0000'))), {
      'calendar-color': 200,
    });
    assert.deepEqual(await told(), ['#FF0000FF', 'custom']);
    await share(at, at.bob, 'read');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [color], { as: at.bob, depth: '1' });
    const shared = responses.find(({ href }) => href.includes('shared-'))?.href ?? '';
    assert.deepEqual(await told(shared, at.bob), ['#FF0000FF', 'custom']);
    const mine = set(' symbolic-color="blue"', '#0000FFFF');
    const changed = await patch(shared, mine, '', at.bob);
    assert.deepEqual(statuses(changed), { 'calendar-color': 200 });
    assert.deepEqual(await told(shared, at.bob), ['#0000FFFF', 'blue']);
    assert.deepEqual(await told(), ['#FF0000FF', 'custom']);
    await patchCalendar(at.services, await actor(at, at.alice), await seen(at), { color: '#00FF00FF' });
    assert.deepEqual(await told(), ['#00FF00FF', undefined], 'another colour in the page');
    await patch(calendar, set(' symbolic-color="a b&quot;"', '#ff0000'));
    assert.deepEqual(await told(), ['#FF0000FF', undefined]);
  });

  it('a colour is read as programs write it, told in one form, and an empty one takes it away', async () => {
    const told = async (written: string): Promise<string> => {
      const changed = await patch(calendar, `<A:calendar-color>${written}</A:calendar-color>`);
      assert.deepEqual(statuses(changed), { 'calendar-color': 200 }, written);
      const { responses } = await propfind(at, calendar, [apple('calendar-color')]);
      const found = responses[0]?.properties.get(apple('calendar-color'));
      return found?.status === 200 ? found.element.text : String(found?.status);
    };
    for (const [written, form] of [
      ['blue', '#0000FFFF'],
      ['RebeccaPurple', '#663399FF'],
      ['#1aF', '#11AAFFFF'],
      [' 00ff00 ', '#00FF00FF'],
      ['#00ff0080', '#00FF0080'],
      ['', '404'],
    ] as const) {
      assert.equal(await told(written), form, written);
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
      '<D:displayname>Alice</D:displayname><A:calendar-color>#000000</A:calendar-color><A:calendar-order>9</A:calendar-order><C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp><F:note>n</F:note>',
      '',
      at.bob,
    );
    const transparency = async (path: string, as = at.alice) =>
      (await property(at, path, caldav('schedule-calendar-transp'), { as })).children[0]?.name;
    assert.equal(await transparency(shared, at.bob), caldav('transparent'));
    assert.equal(await transparency(calendar), caldav('opaque'));
    assert.equal((await property(at, shared, apple('calendar-order'), { as: at.bob })).text, '9');
    const order = await propfind(at, calendar, [apple('calendar-order')]);
    assert.equal(order.responses[0]?.properties.get(apple('calendar-order'))?.status, 404);
    assert.deepEqual(new Set(Object.values(statuses(answer))), new Set([200]));
    assert.equal((await property(at, shared, dav('displayname'), { as: at.bob })).text, 'Alice');
    assert.equal((await property(at, shared, apple('calendar-color'), { as: at.bob })).text, '#000000FF');
    assert.equal((await property(at, calendar, dav('displayname'))).text, 'Personal');
    const mine = await propfind(at, calendar, [xmlName('urn:foreign', 'note')]);
    assert.equal(mine.responses[0]?.properties.get(xmlName('urn:foreign', 'note'))?.status, 404);
    // The description is the calendar's; nobody is told to lack a privilege that they are told to have.
    for (const [level, missing] of [
      ['read', 'write-properties'],
      ['edit', 'write-acl'],
    ] as const) {
      await share(at, at.bob, level);
      const told = await patch(shared, '<C:calendar-description>x</C:calendar-description>', '', at.bob);
      assert.equal(told.status, 403);
      assert.match(told.text, new RegExp(`<D:privilege><D:${missing}/></D:privilege>`));
      const held = await property(at, shared, dav('current-user-privilege-set'), { as: at.bob });
      const names = held.children.map(({ children }) => children[0]?.name);
      assert.ok(!names.includes(dav(missing)), names.join(' '));
    }
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
