import assert from 'node:assert/strict';
import type { Level } from '../../src/core/acl.ts';
import { dav } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import {
  type Client,
  client,
  hrefs,
  preconditions,
  property,
  propfind,
  query,
  type RequestParts,
} from './client.ts';
import { all, contributing, privileges, reading, revising, writing } from './rights.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

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

  for (const [level, expected, onObject] of [
    ['busy', reading, reading],
    ['titles', reading, reading],
    ['read', reading, reading],
    ['contribute', contributing, reading],
    ['revise', contributing, revising],
    ['edit', writing, writing],
    ['manage', all, all],
  ] as const satisfies readonly (readonly [Level, readonly string[], readonly string[]])[]) {
    it(`clients.md W24: the level ${level} gives ${expected.length} privileges, ${onObject.length} on what others have made`, async () => {
      await share(at, at.bob, level);
      assert.deepEqual(await privileges(at, shared, { as: at.bob }), expected);
      assert.deepEqual(await privileges(at, `${shared}a.ics`, { as: at.bob }), onObject);
      await share(at, at.bob, 'read');
    });
  }

  it('owners have all, and less with an app password that may only read', async () => {
    assert.deepEqual(await privileges(at, calendar), all);
    assert.deepEqual(await privileges(at, calendar, { scope: 'read' }), reading);
    assert.deepEqual(await privileges(at, home), [...writing, 'read-acl'].sort());
    assert.deepEqual(await privileges(at, home, { scope: 'read' }), reading);
    assert.deepEqual(await privileges(at, home, { as: at.bob }), reading);
    assert.deepEqual(await privileges(at, '/dav/'), reading);
    const ofOneself = [...reading, 'read-acl', 'write-properties'].sort();
    assert.deepEqual(await privileges(at, '/dav/principals/alice/'), ofOneself);
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
    await at.send('MKCALENDAR', `${home}full/`);
    for (const uid of ['b', 'c']) await at.send('PUT', `${home}full/${uid}.ics`, { body: event({ uid }) });
    const full = await used();
    assert.equal((await at.send('DELETE', `${home}full/`)).status, 204);
    const after = await used();
    assert.ok(
      after < full,
      'what a calendar held is free as soon as it is deleted; the trash has a limit of its own',
    );
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
    const put = (to: string) => at.send('PUT', `${to}x.ics`, { body: event() });
    const refused = await put(path);
    assert.deepEqual([refused.status, preconditions(refused)], [403, ['need-privileges']]);
    assert.deepEqual(refused, await put(path.replace('personal', 'nothing')));
  });

  it('demand 40: a person who is disabled is as if they were not there', async () => {
    const { createPerson, patchPerson } = await import('../../src/service/people/people.ts');
    const eve = await createPerson(at.services, at.system, { name: 'eve' });
    const look = async (path: string): Promise<number> =>
      (await at.send('PROPFIND', path, { depth: '0' })).status;
    assert.equal(await look('/dav/principals/eve/'), 207);
    await patchPerson(at.services, at.system, eve, { disabled: true });
    assert.equal(await look('/dav/principals/eve/'), 404);
    assert.equal(await look('/dav/calendars/eve/'), 404);
  });
});
