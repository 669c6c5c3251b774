import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { type OpenLibrary, openLibrary } from './library.ts';
import { type Answer, hrefsIn as hrefs } from './wire.ts';

const shelf = '/dav/library/poems/';

const search = (matches: readonly string[], more = ''): string => {
  const searches = matches.map(
    (match) => `<property-search><prop><displayname/></prop><match>${match}</match></property-search>`,
  );
  return `<principal-property-search xmlns="DAV:"${more}>${searches.join('')}<prop><displayname/></prop></principal-property-search>`;
};

const byProperty = (name: string): string =>
  `<principal-match xmlns="DAV:"><principal-property><${name}/></principal-property></principal-match>`;

describe('reports on principals', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const report = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    at.ask('REPORT', path, { body, headers });
  it('principal-match finds the current user and their groups below the collection', async () => {
    const body = '<principal-match xmlns="DAV:"><self/><prop><displayname/></prop></principal-match>';
    const answer = await report('/dav/people/', body);
    assert.deepEqual(hrefs(answer), ['/dav/people/ann/', '/dav/people/friends/']);
    assert.equal(answer.responses().get('/dav/people/ann/')?.found(dav('displayname'))?.text, 'Ann');
    assert.deepEqual(hrefs(await report('/dav/library/', body)), []);
  });

  it('principal-match finds what belongs to the current user, at any depth', async () => {
    const own = await report('/dav/library/', byProperty('owner'));
    assert.deepEqual(hrefs(own), [shelf, '/dav/library/empty/', `${shelf}a`, `${shelf}b`]);
    assert.deepEqual(hrefs(await report('/dav/library/', byProperty('displayname'))), []);
    assert.deepEqual(hrefs(await report('/dav/library/', byProperty('group'))), []);
  });

  it('principal-match looks into dead properties, however they spell the principal', async () => {
    const name = '{urn:other}who';
    const value = (href: string): string => `<who xmlns="urn:other"><href xmlns="DAV:">${href}</href></who>`;
    at.library.dead.set(`${shelf}a`, new Map([[name, value('/dav/people/%61nn')]]));
    at.library.dead.set(`${shelf}b`, new Map([[name, value('/dav/people/bob/')]]));
    at.library.dead.set(shelf, new Map([[name, '<who xmlns="urn:other">ann</who>']]));
    const body =
      '<principal-match xmlns="DAV:"><principal-property><who xmlns="urn:other"/></principal-property></principal-match>';
    assert.deepEqual(hrefs(await report('/dav/library/', body)), [`${shelf}a`]);
  });

  it('principal-match is bounded', async () => {
    at = openLibrary({}, { maxSyncResults: 3 });
    const body =
      '<principal-match xmlns="DAV:"><principal-property><owner/></principal-property></principal-match>';
    assert.equal((await report('/dav/library/', body)).precondition(), 'number-of-matches-within-limits');
  });

  it('principal-match wants self or a property, at Depth 0', async () => {
    assert.equal((await report('/dav/people/', '<principal-match xmlns="DAV:"/>')).status, 400);
    const both =
      '<principal-match xmlns="DAV:"><self/><principal-property><owner/></principal-property></principal-match>';
    assert.equal((await report('/dav/people/', both)).status, 400);
    assert.equal(
      (
        await report('/dav/people/', '<principal-match xmlns="DAV:"><self/></principal-match>', {
          depth: '1',
        })
      ).status,
      400,
    );
  });

  it('principal-property-search joins its searches by "and", by "or" when asked', async () => {
    assert.deepEqual(hrefs(await report('/dav/people/', search(['N']))), [
      '/dav/people/ann/',
      '/dav/people/friends/',
    ]);
    assert.deepEqual(hrefs(await report('/dav/people/', search(['n', 'fr']))), ['/dav/people/friends/']);
    assert.deepEqual(hrefs(await report('/dav/people/', search(['bo', 'ann'], ' test="anyof"'))), [
      '/dav/people/ann/',
      '/dav/people/bo/',
    ]);
  });

  it('principal-property-search looks below the collection asked, or in all principal collections', async () => {
    assert.deepEqual(hrefs(await report('/dav/library/', search(['ann']))), []);
    const everywhere = search(['ann']).replace(
      '<prop><displayname/></prop></principal',
      '<prop><displayname/></prop><apply-to-principal-collection-set/></principal',
    );
    assert.deepEqual(hrefs(await report('/dav/library/', everywhere)), ['/dav/people/ann/']);
  });

  it('principal-property-search wants something to search for', async () => {
    assert.equal((await report('/dav/people/', search([]))).status, 400);
    assert.equal((await report('/dav/people/', search(Array.from({ length: 301 }, () => 'x')))).status, 400);
    const broken =
      '<principal-property-search xmlns="DAV:"><property-search><match>x</match></property-search></principal-property-search>';
    assert.equal((await report('/dav/people/', broken)).status, 400);
  });

  it('principal-search-property-set tells by what can be searched', async () => {
    const answer = await report('/dav/people/', '<principal-search-property-set xmlns="DAV:"/>');
    assert.equal(
      answer.text,
      '<?xml version="1.0" encoding="utf-8"?>\n<D:principal-search-property-set xmlns:D="DAV:"><D:principal-search-property><D:prop>' +
        '<D:displayname/></D:prop><D:description xml:lang="en">Name</D:description></D:principal-search-property></D:principal-search-property-set>',
    );
  });

  it('acl-principal-prop-set tells of each principal in the list once', async () => {
    at.library.aces = [
      { principal: { is: 'property', property: dav('owner') }, grant: ['all'], isProtected: true },
      { principal: { is: 'property', property: dav('displayname') }, grant: ['read'], isProtected: false },
      { principal: { is: 'property', property: dav('group') }, grant: ['read'], isProtected: false },
      { principal: { is: 'property', property: '{urn:x}none' }, grant: ['read'], isProtected: false },
      { principal: { is: 'href', href: '/dav/people/ann/' }, grant: ['read'], isProtected: false },
      { principal: { is: 'href', href: '/dav/people/bo' }, grant: ['read'], isProtected: false },
      { principal: { is: 'href', href: '/dav/people/gone/' }, grant: ['read'], isProtected: false },
      { principal: { is: 'authenticated' }, grant: ['read'], isProtected: false },
    ];
    const body = '<acl-principal-prop-set xmlns="DAV:"><prop><displayname/></prop></acl-principal-prop-set>';
    assert.deepEqual(hrefs(await report(shelf, body)), ['/dav/people/ann/', '/dav/people/bo/']);
    at.library.privileges = new Set(['read']);
    assert.equal((await report(shelf, body)).precondition(), 'need-privileges');
  });
});
