import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { book, type OpenLibrary, openLibrary } from './library.ts';
import type { Answer } from './wire.ts';

const shelf = '/dav/library/poems/';

describe('REPORT', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const report = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    at.ask('REPORT', path, { body, headers });
  const hrefs = (answer: Answer): readonly string[] => [...answer.responses().keys()];

  it('runs the report that the body names, with the depth that it takes for granted', async () => {
    assert.equal(
      (await report(shelf, '<count xmlns="urn:library">3</count>')).text,
      '2 of at least 3, depth 1, prop',
    );
    assert.equal(
      (await report(shelf, '<count xmlns="urn:library">3</count>', { depth: '0' })).text,
      '2 of at least 3, depth 0, prop',
    );
  });

  it('refuses reports that are not there, and bodies that are none', async () => {
    const unknown = await report(shelf, '<none xmlns="urn:library"/>');
    assert.deepEqual([unknown.status, unknown.precondition()], [403, 'supported-report']);
    assert.equal(
      (await report('/dav/library/', '<count xmlns="urn:library">3</count>')).precondition(),
      'supported-report',
    );
    assert.equal((await report(shelf, '')).status, 400);
    assert.equal((await report(shelf, '<x')).status, 400);
    assert.equal(
      (await report(shelf, '<count xmlns="urn:library">bad</count>')).precondition(),
      'valid-filter',
    );
  });

  it('lists in supported-report-set what there is', async () => {
    const body =
      '<propfind xmlns="DAV:"><prop><supported-report-set/><supported-method-set/><supported-live-property-set/></prop></propfind>';
    const found = (await at.ask('PROPFIND', shelf, { body, headers: { depth: '0' } })).responses().get(shelf);
    const reports = found
      ?.found(dav('supported-report-set'))
      ?.children.map(({ children }) => children[0]?.children[0]?.name);
    for (const name of [
      '{urn:library}count',
      dav('sync-collection'),
      dav('expand-property'),
      dav('principal-match'),
    ]) {
      assert.ok(reports?.includes(name as never), name);
    }
    const methods = found
      ?.found(dav('supported-method-set'))
      ?.children.map(({ attributes }) => attributes.get('{}name'));
    assert.ok(methods?.includes('REPORT') && !methods.includes('GET'));
    const live = found
      ?.found(dav('supported-live-property-set'))
      ?.children.map(({ children }) => children[0]?.children[0]?.name);
    assert.ok(live?.includes('{urn:library}theme') && !live.includes('{urn:library}loans'));
    const root = (await at.ask('PROPFIND', '/dav/', { body, headers: { depth: '0' } })).text;
    assert.ok(!root.includes('sync-collection'));
  });

  it('writes members by template with their data, or one by one when asked for another form', async () => {
    const body = (form: string): string =>
      `<texts xmlns="urn:library" xmlns:D="DAV:"><D:prop><D:getetag/><text${form}/><D:quota-used-bytes/></D:prop></texts>`;
    // A property of cost query needs a look at each member.
    await report(shelf, body(''));
    assert.ok(!at.library.reads.includes('rows'));
    const plain = (await report(shelf, body('').replace('<D:quota-used-bytes/>', '<theme/>'))).responses();
    assert.ok(at.library.reads.includes('rows'));
    assert.equal(plain.get(`${shelf}a`)?.found('{urn:library}text')?.text, 'alpha & beta');
    assert.equal(plain.get(`${shelf}a`)?.found(dav('getetag'))?.text, '"a-1"');
    assert.ok(plain.get(`${shelf}a`)?.byStatus.get(404)?.has('{urn:library}theme'));
    at.library.reads.length = 0;
    const upper = (
      await report(shelf, body(' form="upper"').replace('<D:quota-used-bytes/>', ''))
    ).responses();
    assert.ok(!at.library.reads.includes('rows'));
    assert.equal(upper.get(`${shelf}a`)?.found('{urn:library}text')?.text, 'ALPHA & BETA');
    const all = await report(shelf, '<texts xmlns="urn:library" xmlns:D="DAV:"><D:allprop/></texts>');
    assert.ok(all.responses().get(`${shelf}a`)?.found(dav('getetag')));
  });

  describe('sync-collection', () => {
    const sync = (
      token: string,
      more = '<sync-level>1</sync-level>',
      prop = '<prop><getetag/></prop>',
    ): string => `<sync-collection xmlns="DAV:">${token}${more}${prop}</sync-collection>`;
    const since = (version: number | string): string =>
      `<sync-token>${version === '' ? '' : `urn:sync:${version}`}</sync-token>`;
    const token = (answer: Answer): string | undefined => answer.xml().children.at(-1)?.text;

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

    it('refuses unknown tokens, other levels and limits that are none', async () => {
      const bad = await report(shelf, sync(since(99)));
      assert.deepEqual([bad.status, bad.precondition()], [403, 'valid-sync-token']);
      assert.equal(
        (await report(shelf, sync('<sync-token>x</sync-token>'))).precondition(),
        'valid-sync-token',
      );
      assert.equal((await report(shelf, sync(since(''), '<sync-level>2</sync-level>'))).status, 400);
      assert.equal(
        (await report(shelf, sync(since(''), '<limit><nresults>x</nresults></limit>'))).status,
        400,
      );
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

  describe('expand-property', () => {
    const property = (name: string, inner = '', namespace = ''): string =>
      `<property xmlns="DAV:" name="${name}"${namespace}>${inner}</property>`;
    const expand = (inner: string): string => `<expand-property xmlns="DAV:">${inner}</expand-property>`;

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
      at = openLibrary({}, { maxMultigetHrefs: 20 });
      let nested = property('displayname');
      for (let depth = 0; depth < 12; depth += 1) nested = property('group-member-set', nested);
      const answer = await report('/dav/people/friends/', expand(nested));
      assert.equal(answer.status, 207);
      assert.match(answer.text, /number-of-matches-within-limits/);
      assert.ok((answer.text.match(/<D:response>/g)?.length ?? 0) <= 21);
    });

    it('needs names', async () => {
      assert.equal((await report(shelf, expand('<property/>'))).status, 400);
    });
  });

  describe('of principals', () => {
    it('principal-match finds the current user and their groups below the collection', async () => {
      const body = '<principal-match xmlns="DAV:"><self/><prop><displayname/></prop></principal-match>';
      const answer = await report('/dav/people/', body);
      assert.deepEqual(hrefs(answer), ['/dav/people/ann/', '/dav/people/friends/']);
      assert.equal(answer.responses().get('/dav/people/ann/')?.found(dav('displayname'))?.text, 'Ann');
      assert.deepEqual(hrefs(await report('/dav/library/', body)), []);
    });

    it('principal-match finds what belongs to the current user, at any depth', async () => {
      const body = (name: string): string =>
        `<principal-match xmlns="DAV:"><principal-property><${name}/></principal-property></principal-match>`;
      const own = await report('/dav/library/', body('owner'));
      assert.deepEqual(hrefs(own), [shelf, '/dav/library/empty/', `${shelf}a`, `${shelf}b`]);
      assert.deepEqual(hrefs(await report('/dav/library/', body('displayname'))), []);
      assert.deepEqual(hrefs(await report('/dav/library/', body('group'))), []);
    });

    it('principal-match is bounded', async () => {
      at = openLibrary({}, { maxSyncResults: 3 });
      const body =
        '<principal-match xmlns="DAV:"><principal-property><owner/></principal-property></principal-match>';
      assert.equal((await report('/dav/library/', body)).precondition(), 'number-of-matches-within-limits');
    });

    it('principal-match wants self or a property, at Depth 0', async () => {
      assert.equal((await report('/dav/people/', '<principal-match xmlns="DAV:"/>')).status, 400);
      assert.equal(
        (
          await report('/dav/people/', '<principal-match xmlns="DAV:"><self/></principal-match>', {
            depth: '1',
          })
        ).status,
        400,
      );
    });

    const search = (matches: readonly string[], more = ''): string => {
      const searches = matches.map(
        (match) => `<property-search><prop><displayname/></prop><match>${match}</match></property-search>`,
      );
      return `<principal-property-search xmlns="DAV:"${more}>${searches.join('')}<prop><displayname/></prop></principal-property-search>`;
    };

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
      const body =
        '<acl-principal-prop-set xmlns="DAV:"><prop><displayname/></prop></acl-principal-prop-set>';
      assert.deepEqual(hrefs(await report(shelf, body)), ['/dav/people/ann/', '/dav/people/bo/']);
      at.library.privileges = new Set(['read']);
      assert.equal((await report(shelf, body)).precondition(), 'need-privileges');
    });
  });

  it('keeps its slices apart when books are many', async () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      book('poems', `book-${index}`, { content: 'x'.repeat(40), version: 1 }),
    );
    for (const { name, content } of many)
      at.library.shelves.get('poems')?.books.set(name, { content, version: 1 });
    const body = '<texts xmlns="urn:library" xmlns:D="DAV:"><D:prop><D:getetag/><text/></D:prop></texts>';
    const answer = await report(shelf, body);
    assert.ok(answer.chunkCount > 5);
    assert.equal(answer.responses().size, 2002);
  });
});
