import assert from 'node:assert/strict';
import type { Level } from '../../src/core/acl.ts';
import { dav, localNameOf } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import { type Answer, type Client, client, propfind, query, type RequestParts } from './client.ts';
import { privileges, reading, revising, writing } from './rights.ts';

const calendar = '/dav/calendars/alice/personal/';
const own = '/dav/calendars/bob/personal/';

describe('a calendar to contribute to', () => {
  let at: Client;
  let shared = '';
  const level = (given: Level): Promise<void> => share(at, at.bob, given);
  const asBob = (method: string, path: string, parts: RequestParts = {}): Promise<Answer> =>
    at.send(method, path, { as: at.bob, ...parts });
  const to = (path: string, overwrite = 'F'): RequestParts => ({
    headers: { Destination: `https://cal.example.com${path}`, Overwrite: overwrite },
  });

  beforeEach(async () => {
    at = await client();
    await at.send('PUT', `${calendar}hers.ics`, { body: event({ uid: 'hers' }) });
    await level('contribute');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('resourcetype')], {
      as: at.bob,
      depth: '1',
    });
    shared = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
    assert.equal((await asBob('PUT', `${shared}his.ics`, { body: event({ uid: 'his' }) })).status, 201);
  });
  afterEach(() => at.close());

  /** Refused with RFC 3744 §7.1.1: which privilege is missing on what. */
  const requireRefused = ({ status, text }: Answer, href: string, privilege: string, what: string): void => {
    assert.equal(status, 403, `${what}: ${text}`);
    const said = text.replace(/\s+/g, '');
    assert.match(said, /need-privileges/, what);
    assert.ok(said.includes(`<D:href>${href}</D:href>`), `${what}: ${text}`);
    assert.ok(said.includes(`<D:privilege><D:${privilege}/></D:privilege>`), `${what}: ${text}`);
  };

  it('lets somebody put, change, move and delete what is their own', async () => {
    const change = event({ uid: 'his', summary: 'changed' });
    assert.equal((await asBob('PUT', `${shared}his.ics`, { body: change })).status, 204);
    assert.equal((await asBob('MOVE', `${shared}his.ics`, to(`${shared}other.ics`))).status, 201);
    assert.equal((await asBob('MOVE', `${shared}other.ics`, to(`${own}his.ics`))).status, 201);
    assert.equal((await asBob('MOVE', `${own}his.ics`, to(`${shared}back.ics`))).status, 201);
    assert.equal((await asBob('DELETE', `${shared}back.ics`)).status, 204);
  });

  it('RFC 3744 §7.1.1: refuses the same to what others have made, and names it and the privilege', async () => {
    const hers = `${shared}hers.ics`;
    const body = event({ uid: 'hers', summary: 'changed' });
    const before = (await at.send('GET', `${calendar}hers.ics`)).headers['ETag'];
    requireRefused(await asBob('PUT', hers, { body }), hers, 'write-content', 'PUT');
    requireRefused(await asBob('DELETE', hers), hers, 'unbind', 'DELETE');
    requireRefused(await asBob('MOVE', hers, to(`${own}a.ics`)), hers, 'unbind', 'MOVE out');
    requireRefused(await asBob('MOVE', hers, to(`${shared}a.ics`)), hers, 'unbind', 'MOVE inside');
    await asBob('PUT', `${own}hers.ics`, { body });
    requireRefused(await asBob('MOVE', `${own}hers.ics`, to(hers, 'T')), hers, 'unbind', 'MOVE over');
    requireRefused(await asBob('COPY', `${own}hers.ics`, to(hers, 'T')), hers, 'write-content', 'COPY over');
    assert.equal((await asBob('COPY', `${own}hers.ics`, to(hers))).status, 412);
    assert.equal((await at.send('GET', `${calendar}hers.ics`)).headers['ETag'], before);
    assert.equal((await asBob('GET', `${own}hers.ics`)).status, 200, 'what was not moved is where it was');
  });

  it('answers preconditions before rights where they fail', async () => {
    const body = event({ uid: 'hers' });
    const stale = { 'If-Match': '"other"' };
    assert.equal((await asBob('PUT', `${shared}hers.ics`, { body, headers: stale })).status, 412);
    assert.equal((await asBob('DELETE', `${shared}hers.ics`, { headers: stale })).status, 412);
    const absent = { 'If-None-Match': '*' };
    assert.equal((await asBob('PUT', `${shared}hers.ics`, { body, headers: absent })).status, 412);
  });

  it('RFC 3744 §5.4: tells of each object what may be done to it, alone and in listings', async () => {
    const as = { as: at.bob };
    assert.deepEqual(await privileges(at, `${shared}his.ics`, as), writing);
    assert.deepEqual(await privileges(at, `${shared}hers.ics`, as), reading);
    const listed = async (): Promise<Readonly<Record<string, readonly string[]>>> => {
      const names = [dav('getetag'), dav('current-user-privilege-set')];
      const { responses } = await propfind(at, shared, names, { ...as, depth: '1' });
      return Object.fromEntries(
        responses
          .slice(1)
          .map(({ href, properties }) => [
            href.slice(shared.length),
            (properties.get(dav('current-user-privilege-set'))?.element.children ?? [])
              .map(({ children }) => localNameOf(children[0]?.name ?? dav('x')))
              .sort(),
          ]),
      );
    };
    assert.deepEqual(await listed(), { 'hers.ics': reading, 'his.ics': writing });
    await level('revise');
    assert.deepEqual(await listed(), { 'hers.ics': revising, 'his.ics': writing });
    await level('edit');
    assert.deepEqual(await listed(), { 'hers.ics': writing, 'his.ics': writing });
  });

  it('RFC 3744 §5.4: tells the same in reports', async () => {
    const body = query('').replace(/<D:prop>|<D:prop\s[^>]*>/, '$&<D:current-user-privilege-set/>');
    const sync =
      '<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/><D:current-user-privilege-set/></D:prop></D:sync-collection>';
    for (const [asked, depth] of [
      [body, '1'],
      [sync, '0'],
    ] as const) {
      const { text } = await asBob('REPORT', shared, { body: asked, depth });
      const of = (name: string): string =>
        text.split('<D:response>').find((part) => part.includes(name)) ?? assert.fail(text);
      assert.match(of('his.ics'), /<D:unbind\/>/);
      assert.doesNotMatch(of('hers.ics'), /<D:write-content\/>|<D:unbind\/>/);
    }
  });

  it('asks who made an object only where that matters', async () => {
    const { storage } = at.services;
    let asked = 0;
    const creators = storage.creators.bind(storage);
    Object.assign(storage, {
      creators: (...of: Parameters<typeof creators>) => {
        asked++;
        return creators(...of);
      },
    });
    await asBob('GET', `${shared}hers.ics`);
    await propfind(at, shared, [dav('getetag'), dav('resourcetype')], { as: at.bob, depth: '1' });
    await propfind(at, shared, [dav('current-user-privilege-set')], { as: at.bob, depth: '0' });
    await propfind(at, calendar, [dav('current-user-privilege-set')], { depth: '1' });
    await at.send('PUT', `${calendar}new.ics`, { body: event({ uid: 'new' }) });
    assert.equal(asked, 0);
    await asBob('DELETE', `${shared}his.ics`);
    assert.equal(asked, 1);
  });

  it('W24: is one that programs take for writable, by what each of them looks for', async () => {
    const told = new Set(await privileges(at, shared, { as: at.bob }));
    for (const [program, wanted] of [
      ['Thunderbird', ['write-content']],
      ['Evolution', ['write-content']],
      ['DAVx5', ['write-content', 'unbind']],
      ['Apple', ['write-content', 'bind', 'unbind']],
    ] as const)
      assert.ok(
        wanted.every((one) => told.has(one)),
        program,
      );
    for (const one of ['all', 'write', 'write-properties', 'write-acl']) assert.ok(!told.has(one), one);
  });

  it('W23: has one entity tag for each object, by whatever way somebody asks, private ones among them', async () => {
    const body = event({ uid: 'secret', summary: 'Only his', more: ['CLASS:PRIVATE'] });
    await asBob('PUT', `${shared}secret.ics`, { body });
    const tags = async (who: Client['bob'], place: string): Promise<readonly string[]> => {
      const path = `${place}secret.ics`;
      const as = { as: who };
      const { responses } = await propfind(at, place, [dav('getetag')], { ...as, depth: '1' });
      const listed = responses.find(({ href }) => href === path)?.properties.get(dav('getetag'))
        ?.element.text;
      const prop = '<D:prop><D:getetag/></D:prop>';
      const sync = `<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level>${prop}</D:sync-collection>`;
      const multiget = `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${prop}<D:href>${path}</D:href></C:calendar-multiget>`;
      const reports = [];
      for (const asked of [sync, multiget]) {
        const { text } = await at.send('REPORT', place, { ...as, body: asked, depth: '0' });
        const own = text.split('<D:response>').find((part) => part.includes('secret.ics')) ?? '';
        reports.push(/getetag>([^<]*)</.exec(own)?.[1] ?? '');
      }
      const got = await at.send('GET', path, as);
      return [
        ...new Set([
          listed ?? '',
          ...reports,
          got.headers['ETag'] ?? '',
          String(got.text.includes('Only his')),
        ]),
      ];
    };
    await share(at, at.root, 'edit');
    const { responses } = await propfind(at, '/dav/calendars/root/', [dav('getetag')], {
      as: at.root,
      depth: '1',
    });
    const elsewhere = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
    const his = await tags(at.bob, shared);
    assert.deepEqual([his.length, his[1]], [2, 'true'], his.join());
    const others = await tags(at.root, elsewhere);
    assert.deepEqual([others.length, others[1]], [2, 'false'], others.join());
    assert.notEqual(his[0], others[0]);
  });

  it('keeps properties of objects for those who may change them, and of the calendar for oneself', async () => {
    const body =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><x xmlns="urn:x">1</x></D:prop></D:set></D:propertyupdate>';
    const patch = async (path: string): Promise<number> => (await asBob('PROPPATCH', path, { body })).status;
    assert.equal(await patch(`${shared}his.ics`), 207);
    assert.equal(await patch(`${shared}hers.ics`), 403);
    await level('revise');
    assert.equal(await patch(`${shared}hers.ics`), 207);
    assert.equal(await patch(shared), 207);
    const { responses } = await propfind(at, calendar, [`{urn:x}x`], { depth: '0' });
    assert.equal(responses[0]?.properties.get('{urn:x}x')?.status, 404);
  });

  it('demand 5: a DELETE of the calendar takes it out of the home, and nothing else', async () => {
    assert.equal((await asBob('DELETE', shared)).status, 204);
    assert.equal((await at.send('GET', `${calendar}hers.ics`)).status, 200);
    assert.equal((await at.send('GET', `${calendar}his.ics`)).status, 200);
  });

  it('is read, and no more, with an app password that may only read', async () => {
    const phone = { scope: 'read' } as const;
    assert.deepEqual(await privileges(at, shared, { as: at.bob, ...phone }), reading);
    assert.deepEqual(await privileges(at, `${shared}his.ics`, { as: at.bob, ...phone }), reading);
    const answer = await asBob('DELETE', `${shared}his.ics`, phone);
    requireRefused(answer, shared, 'unbind', 'DELETE');
  });
});
