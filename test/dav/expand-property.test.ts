import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { type OpenLibrary, openLibrary } from './library.ts';
import { type Answer, hrefsIn as hrefs } from './wire.ts';

const shelf = '/dav/library/poems/';

const property = (name: string, inner = '', namespace = ''): string =>
  `<property xmlns="DAV:" name="${name}"${namespace}>${inner}</property>`;

const expand = (inner: string): string => `<expand-property xmlns="DAV:">${inner}</expand-property>`;

describe('expand-property', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const report = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    at.ask('REPORT', path, { body, headers });

  it('puts the resources behind hrefs in the place of the hrefs', async () => {
    const inner = property('displayname') + property('group-membership', property('displayname'));
    const answer = await report(
      shelf,
      expand(property('readers', inner, ' namespace="urn:library"') + property('displayname')),
    );
    const found = answer.responses().get(shelf);
    const readers = found?.found('{urn:library}readers')?.children;
    assert.deepEqual(
      readers?.map(({ children }) => children[0]?.text),
      ['/dav/people/ann/', '/dav/people/gone/'],
    );
    assert.match(answer.text, /<D:href>\/dav\/people\/gone\/<\/D:href><D:status>HTTP\/1.1 404 Not Found/);
    assert.match(
      answer.text,
      /<D:group-membership><D:response><D:href>\/dav\/people\/friends\/<\/D:href>.*<D:displayname>Friends/,
    );
    assert.equal(found?.found(dav('displayname'))?.text, 'Poems');
  });

  it('leaves hrefs as they are where nothing is to be expanded', async () => {
    const answer = await report(
      shelf,
      expand(property('owner') + property('displayname', property('x')) + property('none')),
    );
    assert.match(
      answer.text,
      /<D:owner><D:href>\/dav\/people\/ann\/<\/D:href><\/D:owner><D:displayname>Poems/,
    );
    assert.match(answer.text, /<D:none\/><\/D:prop><D:status>HTTP\/1.1 404/);
  });

  it('expands the hrefs that clients have put into dead properties', async () => {
    const value = (href: string): string =>
      `<o:see xmlns:o="urn:other"><D:href xmlns:D="DAV:">${href}</D:href></o:see>`;
    const body = expand(property('see', property('displayname'), ' namespace="urn:other"'));
    at.library.dead.set(shelf, new Map([['{urn:other}see', value('/dav/people/ann/')]]));
    const see = (await report(shelf, body)).responses().get(shelf)?.found('{urn:other}see');
    assert.equal(see?.children[0]?.name, dav('response'));
    assert.equal(see?.children[0]?.children[1]?.children[0]?.children[0]?.text, 'Ann');
    at.library.dead.set(shelf, new Map([['{urn:other}see', value('http://elsewhere.example/')]]));
    assert.match((await report(shelf, body)).text, /elsewhere.example\/<\/D:href><D:status>HTTP\/1.1 404/);
    at.library.dead.set(shelf, new Map([['{urn:other}see', '<o:see xmlns:o="urn:other">words</o:see>']]));
    assert.match((await report(shelf, body)).text, /<o:see xmlns:o="urn:other">words<\/o:see>/);
    assert.match((await report(`${shelf}a`, body)).text, /see.*404/);
  });

  it('lists members at Depth 1', async () => {
    assert.deepEqual(hrefs(await report(shelf, expand(property('getetag')), { depth: '1' })), [
      shelf,
      `${shelf}a`,
      `${shelf}b`,
    ]);
    assert.deepEqual(hrefs(await report(`${shelf}a`, expand(property('getetag')), { depth: '1' })), [
      `${shelf}a`,
    ]);
  });

  it('ends when groups within groups lead on without end', async () => {
    const members = ['/dav/people/friends/', '/dav/people/others/'];
    at.library.people.set('friends', { displayName: 'Friends', members });
    at.library.people.set('others', { displayName: 'Others', members });
    let nested = property('displayname');
    for (let depth = 0; depth < 30; depth += 1) nested = property('group-member-set', nested);
    const answer = await report('/dav/people/friends/', expand(nested));
    assert.equal(answer.status, 207);
    assert.match(answer.text, /number-of-matches-within-limits/);
    assert.ok((answer.text.match(/<D:response>/g)?.length ?? 0) <= 2001);
  });

  it('needs names that can be written, and not too many', async () => {
    assert.equal((await report(shelf, expand(property('x&gt;&lt;y')))).status, 400);
    assert.equal((await report(shelf, expand(property('x').repeat(300)))).status, 207);
    assert.equal((await report(shelf, expand(property('x').repeat(301)))).status, 400);
    assert.equal((await report(shelf, expand('<property/>'))).status, 400);
  });
});
