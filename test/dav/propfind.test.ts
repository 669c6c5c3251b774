import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { book, type OpenLibrary, openLibrary } from './library.ts';
import type { Answer } from './wire.ts';

const prop = (names: string): string =>
  `<D:propfind xmlns:D="DAV:" xmlns:L="urn:library" xmlns:o="urn:other"><D:prop>${names}</D:prop></D:propfind>`;

const sorted = (answer: Answer): unknown =>
  [...answer.responses()].map(([href, { byStatus }]) => [
    href,
    [...byStatus].map(([status, found]) => [
      status,
      [...found.values()].map(({ name, text }) => `${name} ${text}`).sort(),
    ]),
  ]);

describe('PROPFIND', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const ask = (path: string, body: string, depth = '0', more: Record<string, string> = {}): Promise<Answer> =>
    at.ask('PROPFIND', path, { body, headers: { depth, ...more } });

  it('puts each property in exactly one propstat, found ones with values, others with 404', async () => {
    const answer = await ask(
      '/dav/library/poems/a',
      prop('<D:getetag/><D:displayname/><o:x/><D:getetag/><L:theme/><D:getcontentlength/>'),
    );
    assert.equal(answer.status, 207);
    assert.equal(answer.headers['Content-Type'], 'application/xml; charset=utf-8');
    assert.equal(answer.headers['Vary'], 'Prefer, Brief');
    assert.equal(
      answer.text,
      '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" ' +
        'xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"><D:response><D:href>/dav/library/poems/a</D:href>' +
        '<D:propstat><D:prop><D:getetag>"a-1"</D:getetag><D:getcontentlength>12</D:getcontentlength></D:prop>' +
        '<D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><X:theme xmlns:X="urn:library"/><X:x xmlns:X="urn:other"/>' +
        '<D:displayname/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response></D:multistatus>',
    );
  });

  it('tells the live properties of RFC 4918', async () => {
    const names =
      '<D:creationdate/><D:getlastmodified/><D:getcontenttype/><D:resourcetype/><D:getcontentlanguage/>';
    const found = (await ask('/dav/library/poems/a', prop(names))).responses().get('/dav/library/poems/a');
    assert.equal(found?.found(dav('creationdate'))?.text, '2026-11-20T12:00:00Z');
    assert.equal(found?.found(dav('getlastmodified'))?.text, 'Fri, 20 Nov 2026 12:00:00 GMT');
    assert.equal(found?.found(dav('getcontenttype'))?.text, 'text/plain');
    assert.deepEqual(found?.found(dav('resourcetype'))?.children, []);
    assert.ok(found?.byStatus.get(404)?.has(dav('getcontentlanguage')));
    const shelf = (await ask('/dav/library/poems', prop('<D:resourcetype/><D:displayname/>'))).responses();
    assert.deepEqual(
      shelf
        .get('/dav/library/poems/')
        ?.found(dav('resourcetype'))
        ?.children.map(({ name }) => name),
      [dav('collection')],
    );
    assert.equal(shelf.get('/dav/library/poems/')?.found(dav('displayname'))?.text, 'Poems');
  });

  it('answers an empty body and allprop with what is cheap and there, and dead properties', async () => {
    at.library.dead.set('/dav/library/poems/', new Map([['{urn:other}x', '<x xmlns="urn:other">1</x>']]));
    const bodies = ['', '<propfind xmlns="DAV:"><allprop/></propfind>'];
    for (const body of bodies) {
      const found = (await ask('/dav/library/poems/', body)).responses().get('/dav/library/poems/');
      assert.deepEqual(
        [...(found?.byStatus.get(200)?.keys() ?? [])],
        [
          dav('displayname'),
          dav('getlastmodified'),
          dav('resourcetype'),
          '{urn:library}theme',
          '{urn:other}x',
        ],
      );
      assert.equal(found?.byStatus.get(404), undefined);
    }
    const more =
      '<propfind xmlns="DAV:"><allprop/><include><quota-used-bytes/><x xmlns="urn:other"/><none/><owner/></include></propfind>';
    const found = (await ask('/dav/library/poems/', more)).responses().get('/dav/library/poems/');
    assert.equal(found?.found(dav('quota-used-bytes'))?.text, '100');
    assert.equal(found?.found(dav('owner'))?.children[0]?.text, '/dav/people/ann/');
  });

  it('answers propname with names only', async () => {
    at.library.dead.set('/dav/library/poems/a', new Map([['{urn:other}x', '<x xmlns="urn:other">1</x>']]));
    const answer = await ask('/dav/library/poems/a', '<propfind xmlns="DAV:"><propname/></propfind>');
    const names = [...(answer.responses().get('/dav/library/poems/a')?.byStatus.get(200)?.values() ?? [])];
    assert.ok(names.every(({ content }) => content.length === 0));
    const keys = names.map(({ name }) => name);
    for (const name of [dav('getetag'), '{urn:library}loans', '{urn:other}x', dav('acl')])
      assert.ok(
        keys.some((key) => key === name),
        name,
      );
    // What this resource does not have is not named, whatever finding out costs.
    for (const name of ['{urn:library}text', dav('getcontentlanguage'), dav('group-member-set')] as const)
      assert.ok(!keys.includes(name), name);
    assert.deepEqual(at.library.reads, ['dead of 1', 'loans of a']);
  });

  it('refuses infinite and missing Depth on collections only', async () => {
    for (const headers of [{ depth: 'infinity' }, {}]) {
      const answer = await at.ask('PROPFIND', '/dav/library/', { headers });
      assert.deepEqual([answer.status, answer.precondition()], [403, 'propfind-finite-depth']);
      assert.equal((await at.ask('PROPFIND', '/dav/library/poems/a', { headers })).status, 207);
      // Without members there is nothing that could be infinite.
      assert.equal((await at.ask('PROPFIND', '/dav/people/ann/', { headers })).status, 207);
    }
  });

  it('refuses bodies that are no PROPFIND', async () => {
    for (const body of [
      '<propfind xmlns="DAV:"/>',
      '<propfind xmlns="DAV:"><prop/><allprop/></propfind>',
      '<propfind><prop/></propfind>',
      '<propfind xmlns="DAV:"><prop>',
      'x',
    ]) {
      assert.equal((await ask('/dav/library/', body)).status, 400, body);
    }
  });

  it('writes names of any namespace, and refuses too many of them', async () => {
    const answer = await ask('/dav/library/poems/a', prop('<x xmlns="urn:{}/&amp;&quot;"/>'));
    const found = answer.responses().get('/dav/library/poems/a');
    assert.deepEqual([...(found?.byStatus.get(404)?.keys() ?? [])], ['{urn:{}/&"}x']);
    const names = (count: number): string =>
      prop(Array.from({ length: count }, (_, n) => `<o:x${n}/>`).join(''));
    assert.equal((await ask('/dav/library/poems/a', names(1000))).status, 207);
    assert.equal((await ask('/dav/library/poems/a', names(1001))).status, 400);
  });

  it('lists the members at Depth 1, the collection first', async () => {
    const answer = await ask('/dav/library/', prop('<D:displayname/>'), '1');
    assert.deepEqual(
      [...answer.responses().keys()],
      ['/dav/library/', '/dav/library/poems/', '/dav/library/empty/'],
    );
    assert.deepEqual(
      [...(await ask('/dav/library/', prop(''), '1', { prefer: 'depth-noroot' })).responses().keys()],
      ['/dav/library/poems/', '/dav/library/empty/'],
    );
    assert.equal((await ask('/dav/library/poems/a', prop('<D:getetag/>'), '1')).responses().size, 1);
  });

  it('lets the storage write rows when no property needs a look at them, with the same result', async () => {
    const names = prop(
      '<D:getcontenttype/><D:getetag/><D:resourcetype/><L:theme/><D:current-user-principal/>',
    );
    const fast = await ask('/dav/library/poems/', names, '1');
    assert.deepEqual(at.library.reads, ['rows']);
    const slowly = openLibrary({ memberRows: async () => undefined });
    const slow = await slowly.ask('PROPFIND', '/dav/library/poems/', {
      body: names,
      headers: { depth: '1' },
    });
    assert.equal(slowly.library.reads.length, 0);
    assert.deepEqual(sorted(fast), sorted(slow));
  });

  it('looks at the members when a property might be dead, is of a query, or when no etag is asked', async () => {
    for (const names of [
      '<D:getetag/><o:x/>',
      '<D:getetag/><D:getcontentlength/>',
      '<D:resourcetype/>',
      '<L:loans/><D:getetag/>',
    ]) {
      at.library.reads.length = 0;
      assert.equal((await ask('/dav/library/poems/', prop(names), '1')).responses().size, 3, names);
      assert.ok(!at.library.reads.includes('rows'), names);
    }
  });

  it('reads properties of a query and dead ones a page at a time', async () => {
    at.library.shelves.get('poems')?.books.set('unlent', { content: '', version: 1 });
    at.library.dead.set('/dav/library/poems/b', new Map([['{urn:other}x', '<x xmlns="urn:other">1</x>']]));
    const found = (await ask('/dav/library/poems/', prop('<L:loans/><o:x/>'), '1')).responses();
    assert.deepEqual(at.library.reads, ['dead of 1', 'loans of 3 books', 'dead of 3']);
    assert.equal(found.get('/dav/library/poems/a')?.found('{urn:library}loans')?.text, '1');
    assert.ok(found.get('/dav/library/poems/unlent')?.byStatus.get(404)?.has('{urn:library}loans'));
    assert.equal(found.get('/dav/library/poems/b')?.found('{urn:other}x')?.text, '1');
  });

  it('gives a property that may not be read a propstat of its own', async () => {
    at.library.shelves.get('poems')?.books.set('forbidden', { content: '', version: 1 });
    const answer = await ask('/dav/library/poems/forbidden', prop('<D:getetag/><L:loans/>'));
    const found = answer.responses().get('/dav/library/poems/forbidden');
    assert.equal(found?.found(dav('getetag'))?.text, '"forbidden-1"');
    assert.ok(found?.byStatus.get(403)?.has('{urn:library}loans'));
    assert.match(answer.text, /<D:error><D:need-privileges>/);
    const silent = await ask('/dav/library/poems/forbidden', '<propfind xmlns="DAV:"><propname/></propfind>');
    assert.equal(silent.status, 207);
  });

  it('fails as a whole for what is a bug', async () => {
    at.library.shelves.get('poems')?.books.set('broken', { content: '', version: 1 });
    assert.equal((await ask('/dav/library/poems/broken', prop('<L:loans/>'))).status, 500);
    assert.equal(at.errors.splice(0).length, 1);
  });

  it('needs the privilege to read', async () => {
    at.library.privileges = new Set(['write']);
    assert.equal((await ask('/dav/library/poems/a', prop('<D:getetag/>'))).precondition(), 'need-privileges');
  });

  it('knows no property that belongs into reports', async () => {
    const found = (await ask('/dav/library/poems/a', prop('<L:text/>')))
      .responses()
      .get('/dav/library/poems/a');
    assert.ok(found?.byStatus.get(404)?.has('{urn:library}text'));
  });

  describe('minimal', () => {
    const body = prop('<D:getetag/><D:displayname/><o:x/>');

    for (const headers of [
      { prefer: 'return=minimal' },
      { prefer: 'return-minimal' },
      { brief: 't' },
    ] as const) {
      it(`leaves out what is not there: ${JSON.stringify(headers)}`, async () => {
        const answer = await ask('/dav/library/poems/a', body, '0', headers);
        assert.equal(answer.headers['Preference-Applied'], 'return=minimal');
        const found = answer.responses().get('/dav/library/poems/a');
        assert.deepEqual([...(found?.byStatus.keys() ?? [])], [200]);
      });
    }

    it('leaves one empty propstat where nothing is there', async () => {
      const answer = await ask('/dav/library/poems/a', prop('<o:x/><D:displayname/>'), '0', {
        prefer: 'return=minimal',
      });
      assert.match(
        answer.text,
        /<D:propstat><D:prop><\/D:prop><D:status>HTTP\/1.1 200 OK<\/D:status><\/D:propstat>/,
      );
      assert.match(
        (await ask('/dav/library/poems/a', prop(''))).text,
        /<D:prop><\/D:prop><D:status>HTTP\/1.1 200/,
      );
    });

    it('works by template as well', async () => {
      const answer = await ask('/dav/library/poems/', prop('<D:getetag/><L:theme/><D:principal-URL/>'), '1', {
        prefer: 'return=minimal, depth-noroot',
      });
      assert.equal(answer.headers['Preference-Applied'], 'return=minimal, depth-noroot');
      assert.ok([...answer.responses().values()].every(({ byStatus }) => byStatus.size === 1));
    });
  });

  it('streams long listings in slices and lets the event loop turn between them', async () => {
    let turns = 0;
    let isDone = false;
    const tick = (): void => {
      turns += 1;
      if (!isDone) setImmediate(tick);
    };
    const books = Array.from({ length: 1000 }, (_, index) =>
      book('poems', `book-${index}`, { content: '', version: 1 }),
    );
    at = openLibrary({
      memberRows: async () => undefined,
      async *members() {
        for (let from = 0; from < books.length; from += 100) yield books.slice(from, from + 100);
      },
    });
    setImmediate(tick);
    const answer = await ask('/dav/library/poems/', prop('<D:getetag/><D:getcontentlength/>'), '1');
    isDone = true;
    assert.equal(answer.responses().size, 1001);
    assert.ok(
      answer.chunkCount > 3 && turns >= answer.chunkCount - 1,
      `${turns} turns, ${answer.chunkCount} slices`,
    );
  });

  it('reads what is equal for all members once, also for their names alone', async () => {
    let count = 0;
    const books = Array.from({ length: 50 }, (_, index) =>
      book('poems', `book-${index}`, { content: '', version: 1 }),
    );
    at = openLibrary({
      memberRows: async () => undefined,
      async *members() {
        yield books;
      },
      async quota() {
        count += 1;
        return { usedBytes: 7, availableBytes: 0 };
      },
    });
    const asked = prop('<D:quota-used-bytes/><D:getcontentlength/>');
    const told = (await ask('/dav/library/poems/', asked, '1')).responses();
    assert.equal(told.get('/dav/library/poems/book-49')?.found(dav('quota-used-bytes'))?.text, '7');
    assert.equal(count, 2, 'for the folder and for what is in it');
    const named = (
      await ask('/dav/library/poems/', '<propfind xmlns="DAV:"><propname/></propfind>', '1')
    ).responses();
    assert.ok(named.get('/dav/library/poems/book-49')?.found(dav('quota-used-bytes')));
    assert.equal(count, 6, 'two properties each');
  });

  it('lets the event loop turn while a page is made, too', async () => {
    const most = 100;
    let [made, inTurn, worst] = [0, 0, 0];
    const books = Array.from({ length: 1000 }, (_, index) =>
      book('poems', `book-${index}`, { content: '', version: 1 }),
    );
    for (const each of books) {
      const { etag } = each;
      Object.defineProperty(each, 'etag', {
        get() {
          made += 1;
          worst = Math.max(worst, ++inTurn);
          setImmediate(() => (inTurn = 0));
          return etag;
        },
      });
    }
    at = openLibrary({
      memberRows: async () => undefined,
      async *members() {
        yield books;
      },
    });
    const names = Array.from({ length: 100 }, (_, n) => `<o:x${n}/>`).join('');
    await ask('/dav/library/poems/', prop(`<D:getetag/>${names}`), '1');
    assert.ok(made >= 1000 && worst <= most, `${worst} of ${made} in one turn`);
  });

  it('stops reading when the client goes away, and reports what fails half-way by breaking off', async () => {
    let isClosed = false;
    const books = Array.from({ length: 300 }, (_, index) =>
      book('poems', `book-${index}`, { content: '', version: 1 }),
    );
    at = openLibrary({
      memberRows: async () => undefined,
      async *members() {
        try {
          for (let round = 0; ; round += 1) {
            if (round === 20) throw new Error('the shelf fell over');
            yield books;
          }
        } finally {
          isClosed = true;
        }
      },
    });
    const request = { method: 'PROPFIND', target: '/dav/library/poems/', headers: { depth: '1' }, id: '1' };
    const { ann } = await import('./library.ts');
    const open = async (): Promise<AsyncIterable<Uint8Array>> => {
      const { body } = await at.dav.handle({ ...request, body: noBytes(), actor: ann });
      assert.ok(typeof body === 'object' && Symbol.asyncIterator in body);
      return body;
    };
    for await (const chunk of await open()) {
      assert.ok(chunk.length > 0);
      break;
    }
    assert.ok(isClosed);
    await assert.rejects(async () => {
      for await (const chunk of await open()) assert.ok(chunk.length > 0);
    }, /fell over/);
  });
});

async function* noBytes(): AsyncGenerator<Uint8Array> {}
