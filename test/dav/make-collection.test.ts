import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { childrenOf } from '../../src/xml/reader.ts';
import { type OpenLibrary, openLibrary } from './library.ts';
import type { Answer } from './wire.ts';

const place = '/dav/library/novels/';
const mkcol = (properties: string): string =>
  `<D:mkcol xmlns:D="DAV:" xmlns:L="urn:library" xmlns:o="urn:other"><D:set><D:prop>${properties}</D:prop></D:set></D:mkcol>`;
const shelf = '<D:resourcetype><D:collection/><L:shelf/></D:resourcetype>';

const body = (properties: string): string =>
  `<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:" xmlns:L="urn:library"><D:set><D:prop>${properties}</D:prop></D:set></C:mkcalendar>`;

describe('MKCOL', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });

  const make = (body: string, headers: Record<string, string> = {}, path = place): Promise<Answer> =>
    at.ask('MKCOL', path, { body, headers });
  const isThere = (): boolean => at.library.shelves.has('novels');

  it('makes a collection without a body', async () => {
    const answer = await make('', {}, '/dav/library/novels');
    assert.deepEqual(
      [answer.status, answer.headers['Location'], answer.headers['Cache-Control']],
      [201, place, 'no-cache'],
    );
    assert.ok(isThere());
  });

  it('makes it with type and properties', async () => {
    const answer = await make(mkcol(`${shelf}<L:theme>war</L:theme><o:x>1</o:x>`), {
      prefer: 'return=minimal',
    });
    assert.deepEqual(
      [answer.status, answer.text, answer.headers['Preference-Applied']],
      [201, '', 'return=minimal'],
    );
    assert.equal(at.library.shelves.get('novels')?.theme, 'war');
    assert.deepEqual([...(at.library.dead.get(place)?.keys() ?? [])], ['{urn:other}x']);
  });

  it('takes the root that a manual has shown, with a namespace or without', async () => {
    for (const [start, end] of [
      ['<create xmlns:D="DAV:"', '</create>'],
      ['<D:create xmlns:D="DAV:"', '</D:create>'],
    ] as const) {
      at = openLibrary();
      const properties = `<D:set><D:prop>${shelf}<L:theme>war</L:theme></D:prop></D:set>`;
      assert.equal((await make(`${start} xmlns:L="urn:library">${properties}${end}`)).status, 201);
      assert.equal(at.library.shelves.get('novels')?.theme, 'war');
    }
    assert.equal((await make('<create xmlns="urn:library"/>', {}, '/dav/library/x/')).status, 415);
  });

  it('makes nothing when a property cannot be set, and says which', async () => {
    const answer = await make(mkcol(`${shelf}<L:theme>bad</L:theme><o:x>1</o:x>`));
    assert.equal(answer.status, 409);
    const root = answer.xml();
    assert.equal(root.name, dav('mkcol-response'));
    assert.deepEqual(
      childrenOf(root, dav('propstat')).map(({ children }) => [
        children[0]?.children.map(({ name }) => name),
        children[1]?.text,
      ]),
      [
        [['{urn:library}theme'], 'HTTP/1.1 409 Conflict'],
        [['{urn:other}x', '{DAV:}resourcetype'], 'HTTP/1.1 424 Failed Dependency'],
      ],
    );
    assert.ok(!isThere());
  });

  it('names a type that it does not make', async () => {
    const answer = await make(
      mkcol('<D:resourcetype><D:collection/><o:box/></D:resourcetype><L:theme>x</L:theme>'),
    );
    assert.equal(answer.status, 403);
    assert.match(
      answer.text,
      /<D:resourcetype\/><\/D:prop><D:status>HTTP\/1.1 403 Forbidden<\/D:status><D:error><D:valid-resourcetype\/>/,
    );
    assert.match(answer.text, /theme.*424/);
    assert.ok(!isThere());
  });

  it('answers 405 where something is, 409 where nothing could hold it', async () => {
    const occupied = await make('', {}, '/dav/library/poems/');
    assert.equal(occupied.status, 405);
    assert.match(occupied.headers['Allow'] ?? '', /PROPFIND/);
    assert.doesNotMatch(occupied.headers['Allow'] ?? '', /MKCOL/);
    assert.equal((await make('', {}, '/dav/nowhere/x/')).status, 409);
  });

  it('answers 415 for bodies that it does not understand, 400 for broken XML', async () => {
    assert.equal((await make('afafafaf', { 'content-type': 'xzy-foo/bar-512' })).status, 415);
    assert.equal((await make('<x xmlns="DAV:"/>')).status, 415);
    assert.equal((await make('<mkcol', { 'content-type': 'text/xml' })).status, 400);
    assert.equal((await make('<mkcol')).status, 400);
    assert.ok(!isThere());
  });
});

describe('MKCALENDAR', () => {
  it('RFC 4791 §5.3.1.1: says in a multistatus which property could not be set, and makes nothing', async () => {
    const at = openLibrary();
    const answer = await at.ask('MKCALENDAR', place, {
      body: body('<L:theme>x</L:theme><D:getetag>1</D:getetag>'),
    });
    assert.equal(answer.status, 207);
    const root = answer.xml();
    assert.equal(root.name, dav('multistatus'));
    const [response] = root.children;
    assert.deepEqual(
      response?.children.map(({ children, text }) => [
        children[0]?.children.map(({ name }) => name),
        children[1]?.text ?? text,
      ]),
      [
        [undefined, place],
        [['{DAV:}getetag'], 'HTTP/1.1 403 Forbidden'],
        [['{urn:library}theme'], 'HTTP/1.1 424 Failed Dependency'],
      ],
    );
    assert.match(answer.text, /<D:error><D:cannot-modify-protected-property\/>/);
    assert.equal(answer.headers['Cache-Control'], 'no-cache');
    assert.ok(!at.library.shelves.has('novels'));
    assert.equal((await at.ask('MKCALENDAR', place, { body: body('<L:theme>x</L:theme>') })).status, 201);
  });

  it('says what is wrong where something is already', async () => {
    const answer = await openLibrary().ask('MKCALENDAR', '/dav/library/poems/');
    assert.deepEqual([answer.status, answer.precondition()], [403, 'resource-must-be-null']);
  });
});
