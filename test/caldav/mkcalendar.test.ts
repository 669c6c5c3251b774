import assert from 'node:assert/strict';
import { apple, caldav, dav, xmlName } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import { type Client, client, preconditions, property, propfind, xml } from './client.ts';

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
    const description = await property(at, path, caldav('calendar-description'));
    assert.deepEqual([description.text, description.language], ['Only mine', 'en']);
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

  it('RFC 4791 §5.3.1.2: its example may be copied with the blanks in front of each printed line', async () => {
    const path = `${home}copied/`;
    const printed = `\n\t${stockholm.replaceAll('\r\n', '\n   ')}`;
    const body = mkcalendar(`<C:calendar-timezone>${asXml(printed)}</C:calendar-timezone>`);
    assert.equal((await at.send('MKCALENDAR', path, { body })).status, 201);
    assert.equal((await property(at, path, caldav('calendar-timezone'))).text, stockholm);
    assert.equal((await property(at, path, caldav('calendar-timezone-id'))).text, 'Europe/Stockholm');
    const folded = stockholm.replace('Stockholm', 'Stock\r\n holm');
    const set = `<C:calendar-timezone>${asXml(folded)}</C:calendar-timezone>`;
    await at.send('DELETE', path);
    assert.equal((await at.send('MKCALENDAR', path, { body: mkcalendar(set) })).status, 201);
    assert.equal((await property(at, path, caldav('calendar-timezone'))).text, folded);
    await at.send('DELETE', path);
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
      207,
      'supported-calendar-component',
    ],
    ['no kind of component', 'MKCALENDAR', 'x/', mkcalendar(components()), 207],
    [
      'a protected property',
      'MKCALENDAR',
      'x/',
      mkcalendar('<D:displayname>x</D:displayname><D:getetag>1</D:getetag>'),
      207,
      'cannot-modify-protected-property',
    ],
    [
      'a colour that is none',
      'MKCALENDAR',
      'x/',
      mkcalendar('<A:calendar-color>sky-high</A:calendar-color>'),
      207,
    ],
    ['another root', 'MKCALENDAR', 'x/', mkcol(''), 415],
    ['broken XML', 'MKCALENDAR', 'x/', '<C:mkcalendar', 400],
    [
      'a subscription',
      'MKCALENDAR',
      'x/',
      mkcalendar('<D:resourcetype><D:collection/><S:subscribed/></D:resourcetype>'),
      207,
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
      if (status === 207)
        assert.match(answer.text, new RegExp(`<D:error><.:${precondition ?? ''}/>|409 Conflict`));
      else if (precondition) assert.deepEqual(preconditions(answer), [precondition]);
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
    assert.equal((await at.send('MKCALENDAR', '/dav/calendars/nobody/x/')).status, 403);
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

  it('homes, principals and signposts are neither deleted nor transferred', async () => {
    const headers = { Destination: `${home}elsewhere/` };
    for (const path of [home, '/dav/principals/alice/', '/dav/', '/', '/dav/calendars/']) {
      for (const method of ['DELETE', 'COPY', 'MOVE']) {
        assert.equal((await at.send(method, path, { headers })).status, 403, `${method} ${path}`);
      }
    }
  });

  it('RFC 4918 §9.6.1: a calendar is deleted with all that is in it, whatever Depth says', async () => {
    assert.equal((await at.send('DELETE', `${home}personal/`, { depth: '0' })).status, 204);
    assert.equal(await exists(`${home}personal/`), false);
  });
});
