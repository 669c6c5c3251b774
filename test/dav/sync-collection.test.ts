import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { type OpenLibrary, openLibrary } from './library.ts';
import { type Answer, hrefsIn as hrefs } from './wire.ts';

const shelf = '/dav/library/poems/';

const sync = (token: string, more = '<sync-level>1</sync-level>', prop = '<prop><getetag/></prop>'): string =>
  `<sync-collection xmlns="DAV:">${token}${more}${prop}</sync-collection>`;

const since = (version: number | string): string =>
  `<sync-token>${version === '' ? '' : `urn:sync:${version}`}</sync-token>`;

const token = (answer: Answer): string | undefined => answer.xml().children.at(-1)?.text;

describe('sync-collection', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const report = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    at.ask('REPORT', path, { body, headers });

  it('lists everything for the empty or absent token, without the collection itself', async () => {
    for (const first of [since(''), '']) {
      const answer = await report(shelf, sync(first));
      assert.equal(answer.status, 207);
      assert.deepEqual(hrefs(answer), [`${shelf}a`, `${shelf}b`]);
      assert.equal(token(answer), 'urn:sync:2');
    }
    assert.ok(at.library.reads.includes('rows'));
  });

  it('tells changes with their properties, and what is gone with 404 and no propstat', async () => {
    await at.ask('PUT', `${shelf}c`, { body: 'new' });
    await at.ask('DELETE', `${shelf}a`);
    const answer = await report(
      shelf,
      sync(since(2), '<sync-level>1</sync-level>', '<prop><getetag/><getcontentlength/></prop>'),
    );
    const responses = answer.responses();
    assert.equal(responses.get(`${shelf}c`)?.found(dav('getcontentlength'))?.text, '3');
    assert.deepEqual(
      [responses.get(`${shelf}a`)?.status, responses.get(`${shelf}a`)?.byStatus.size],
      [404, 0],
    );
    assert.equal(token(answer), 'urn:sync:4');
    assert.deepEqual(hrefs(await report(shelf, sync(since(4)))), []);
  });

  it('cuts an answer short with 507 on the collection and the token reached', async () => {
    const limited = '<sync-level>1</sync-level><limit><nresults>1</nresults></limit>';
    const first = await report(shelf, sync(since(''), limited));
    const cut = first.responses().get(shelf);
    assert.deepEqual(
      [hrefs(first), cut?.status, cut?.error],
      [[`${shelf}a`, shelf], 507, 'number-of-matches-within-limits'],
    );
    assert.equal(token(first), 'urn:sync:1');
    const second = await report(shelf, sync(since(1), limited));
    assert.deepEqual([hrefs(second), token(second)], [[`${shelf}b`], 'urn:sync:2']);
  });

  it('cuts it short at the limit of the server as well', async () => {
    at = openLibrary({}, { maxSyncResults: 1 });
    assert.equal((await report(shelf, sync(since('')))).responses().get(shelf)?.status, 507);
  });

  it('takes any Depth, and the level from it where a program of old sends none', async () => {
    for (const depth of ['0', '1', 'infinity'])
      assert.equal((await report(shelf, sync(since('')), { depth })).status, 207);
    assert.equal((await report(shelf, sync(since(''), ''), { depth: 'infinity' })).status, 207);
    assert.equal((await report(shelf, sync(since(''), '<sync-level>infinite</sync-level>'))).status, 207);
  });

  it('refuses unknown tokens, other levels and limits that are none, and takes large ones', async () => {
    const bad = await report(shelf, sync(since(99)));
    assert.deepEqual([bad.status, bad.precondition()], [403, 'valid-sync-token']);
    assert.equal(
      (await report(shelf, sync('<sync-token>x</sync-token>'))).precondition(),
      'valid-sync-token',
    );
    assert.equal((await report(shelf, sync(since(''), '<sync-level>2</sync-level>'))).status, 400);
    assert.equal((await report(shelf, sync(since(''), '<limit><nresults>x</nresults></limit>'))).status, 400);
    const many = `<limit><nresults>${'9'.repeat(400)}</nresults></limit>`;
    assert.equal((await report(shelf, sync(since(''), many))).status, 207);
    const none = await report(shelf, sync(since(''), '<limit><nresults>0</nresults></limit>'));
    assert.deepEqual([none.status, none.precondition()], [507, 'number-of-matches-within-limits']);
  });

  it('is told as a property on the kinds that keep a log', async () => {
    const body = '<propfind xmlns="DAV:"><prop><sync-token/></prop></propfind>';
    const found = (path: string): Promise<Answer> =>
      at.ask('PROPFIND', path, { body, headers: { depth: '0' } });
    assert.equal((await found(shelf)).responses().get(shelf)?.found(dav('sync-token'))?.text, 'urn:sync:2');
    assert.ok(
      (await found('/dav/library/'))
        .responses()
        .get('/dav/library/')
        ?.byStatus.get(404)
        ?.has(dav('sync-token')),
    );
  });
});
