import assert from 'node:assert/strict';
import { caldav, dav, xmlName } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import {
  type Answer,
  type Client,
  client,
  found,
  hrefs,
  preconditions,
  property,
  propfind,
  query,
  xml,
} from './client.ts';

const home = '/dav/calendars/alice/';

const spaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/" xmlns:S="http://calendarserver.org/ns/" xmlns:F="urn:foreign"';
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

  it('demand 6: an object goes away and comes back, as often as somebody likes', async () => {
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`)).status, 201);
      assert.equal((await send('MOVE', `${home}work/a.ics`, `${calendar}a.ics`)).status, 201);
    }
    assert.deepEqual([await status(`${calendar}a.ics`), await status(`${home}work/a.ics`)], [200, 404]);
  });

  it('clients.md W42: without MOVE the two steps go in either order, whatever the trash holds', async () => {
    const body = event({ uid: 'a' });
    const put = async (path: string) =>
      (await at.send('PUT', path, { body, headers: { 'If-None-Match': '*' } })).status;
    const remove = async (path: string) => (await at.send('DELETE', path)).status;
    const [one, other] = [`${calendar}a.ics`, `${home}work/a.ics`];
    for (let round = 0; round < 2; round += 1) {
      assert.deepEqual([await put(other), await remove(one)], [201, 204]);
      assert.deepEqual([await remove(other), await put(one)], [204, 201]);
    }
    // As Apple's programs do after a MOVE that failed.
    assert.equal((await send('MOVE', one, `${home}none/a.ics`)).status, 409);
    assert.deepEqual([await put(other), await remove(one), await status(other)], [201, 204, 200]);
  });

  it('RFC 4918 §9.9: MOVE over something answers 204, under Overwrite: F 412', async () => {
    await at.send('PUT', `${home}work/a.ics`, { body: event({ uid: 'a', summary: 'Old' }) });
    assert.equal(
      (await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`, { Overwrite: 'F' })).status,
      412,
    );
    assert.equal(await status(`${calendar}a.ics`), 200);
    assert.equal((await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`)).status, 204);
    assert.doesNotMatch((await at.send('GET', `${home}work/a.ics`)).text, /Old/);
  });

  it('RFC 4791 §5.3.2.1: MOVE and COPY over an object with another UID are refused, and change nothing', async () => {
    const target = `${home}work/b.ics`;
    await at.send('PUT', target, { body: event({ uid: 'b' }) });
    for (const method of ['MOVE', 'COPY']) {
      const answer = await send(method, `${calendar}a.ics`, target);
      assert.equal(answer.status, 409);
      const [conflict] = xml(answer).children;
      assert.equal(conflict?.name, caldav('no-uid-conflict'));
      assert.deepEqual(conflict && hrefs(conflict), [target]);
      assert.equal((await send(method, `${calendar}a.ics`, target, { Overwrite: 'F' })).status, 412);
    }
    assert.equal(await status(`${calendar}a.ics`), 200);
    assert.match((await at.send('GET', target)).text, /UID:b\r/);
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
    ['the files', 'personal/a.ics', '/dav/files/alice/a.ics', 403],
    ['the files, for a calendar', 'personal/', '/dav/files/alice/personal/', 403],
    ['a calendar that is not there', 'personal/a.ics', `${home}none/a.ics`, 409],
    [
      'a calendar that is hidden',
      'personal/a.ics',
      '/dav/calendars/bob/personal/a.ics',
      403,
      'need-privileges',
    ],
    ['the place of a calendar', 'personal/a.ics', `${home}x`, 409],
    ['itself', 'personal/a.ics', `${calendar}a.ics`, 403],
    ['a list of to-dos', 'personal/a.ics', `${home}tasks/a.ics`, 403, 'supported-calendar-component'],
    ['a calendar, inside itself', 'personal/', `${calendar}inner/`, 403, 'calendar-collection-location-ok'],
    ['a calendar, to another person', 'personal/', '/dav/calendars/bob/x/', 403, 'need-privileges'],
    ['a calendar, to nobody', 'personal/', '/dav/calendars/nobody/x/', 403, 'need-privileges'],
    ['a calendar, onto itself', 'personal/', calendar, 403],
    ['a calendar, to a name of the form of a shared one', 'personal/', `${home}shared-abc/`, 403],
  ];
  for (const method of ['COPY', 'MOVE']) {
    for (const [what, from, to, expected, precondition] of refused) {
      it(`RFC 4918 §9.8.5: ${method} to ${what} is answered ${expected}`, async () => {
        const answer = await at.send(method, home + from, to === '' ? {} : { headers: { Destination: to } });
        assert.equal(answer.status, expected, answer.text);
        if (precondition) assert.deepEqual(preconditions(answer), [precondition]);
        assert.equal(/need-privileges/.test(answer.text), precondition === 'need-privileges', answer.text);
        assert.equal(await status(`${calendar}a.ics`), 200);
      });
    }
  }

  it('RFC 9110 §13: MOVE and COPY honour If-Match, and a Schedule-Tag that no object has', async () => {
    for (const condition of [{ 'If-Match': '"other"' }, { 'If-Schedule-Tag-Match': '"other"' }]) {
      assert.equal((await send('MOVE', `${calendar}a.ics`, `${home}work/a.ics`, condition)).status, 412);
      assert.equal((await send('COPY', `${calendar}a.ics`, `${home}work/a.ics`, condition)).status, 412);
    }
  });

  it('RFC 4918 §9.9: a calendar is renamed with all that is in it', async () => {
    assert.equal((await send('MOVE', calendar, `${home}renamed/`)).status, 201);
    assert.equal(await status(`${calendar}a.ics`), 404);
    assert.equal(await status(`${home}renamed/a.ics`), 200);
    assert.equal((await send('MOVE', `${home}renamed/`, `${home}work/`, { Overwrite: 'F' })).status, 412);
    assert.equal((await send('MOVE', `${home}renamed/`, `${home}work/`)).status, 204);
    assert.equal(await status(`${home}work/b.ics`), 200);
  });

  it('RFC 4918 §9.8.2: the objects of a copied calendar have their dead properties', async () => {
    const note = xmlName('urn:foreign', 'note');
    await at.send('PROPPATCH', `${calendar}a.ics`, {
      body: `<D:propertyupdate ${spaces}><D:set><D:prop><F:note>n</F:note></D:prop></D:set></D:propertyupdate>`,
    });
    assert.equal((await send('COPY', calendar, `${home}copy/`)).status, 201);
    assert.equal((await property(at, `${home}copy/a.ics`, note)).text, 'n');
    const { responses } = await propfind(at, `${home}copy/b.ics`, [note]);
    assert.equal(responses[0]?.properties.get(note)?.status, 404);
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
