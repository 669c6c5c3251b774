import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import { defineMethod } from '../../src/dav/method.ts';
import { expandPrivilege } from '../../src/dav/privilege.ts';
import { type LibraryWorld, type OpenLibrary, openLibrary } from './library.ts';
import type { Asked } from './wire.ts';

const method = (
  on: readonly ('book' | 'shelf')[],
): ReturnType<typeof defineMethod<LibraryWorld, 'book' | 'shelf'>> =>
  defineMethod({
    name: 'GET',
    spec: '',
    on,
    changesState: false,
    handle: async () => ({ status: 200, headers: {} }),
  });

describe('dav engine', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const status = async (method: string, path: string, more: Asked = {}): Promise<number> =>
    (await at.ask(method, path, more)).status;

  const only = (...privileges: Parameters<typeof expandPrivilege>[0][]): void => {
    at.library.privileges = new Set(privileges.flatMap(expandPrivilege));
  };

  const put = async (
    path: string,
    headers: Record<string, string>,
  ): Promise<[number, string | undefined]> => {
    const answer = await at.ask('PUT', path, { headers, body: 'x' });
    return [answer.status, answer.headers['X-Expect']];
  };

  describe('OPTIONS', () => {
    it('lists the methods of the resource, with 1 first in DAV', async () => {
      const { status, headers } = await at.ask('OPTIONS', '/dav/library/poems/a');
      assert.equal(status, 200);
      assert.equal(headers['Allow'], 'OPTIONS, PROPFIND, PROPPATCH, REPORT, GET, HEAD, PUT, DELETE');
      assert.equal(headers['DAV'], '1, 3, access-control, extended-mkcol');
    });

    it('gives the same DAV header on every kind of resource', async () => {
      for (const path of ['/dav', '/dav/', '/dav/people/ann', '/dav/library/', '/dav/library/poems']) {
        assert.equal(
          (await at.ask('OPTIONS', path)).headers['DAV'],
          '1, 3, access-control, extended-mkcol',
          path,
        );
      }
    });

    it('lists for a free name what may be made there', async () => {
      const { status, headers } = await at.ask('OPTIONS', '/dav/library/poems/new');
      assert.deepEqual([status, headers['Allow']], [200, 'OPTIONS, PUT']);
      assert.equal(
        (await at.ask('OPTIONS', '/dav/library/new')).headers['Allow'],
        'OPTIONS, MKCOL, MKCALENDAR',
      );
      assert.equal((await at.ask('OPTIONS', '/dav/library/new/x')).status, 404);
    });
  });

  describe('finding who answers', () => {
    it('asks anonymous callers to sign in, whatever they ask', async () => {
      for (const [method, path] of [
        ['GET', '/dav/nothing'],
        ['OPTIONS', '/dav/'],
        ['FOO', '/'],
      ] as const) {
        assert.equal(await status(method, path, { actor: undefined }), 401);
      }
    });

    it('answers 404 for what is not there, 409 where its collection is not there either', async () => {
      assert.equal(await status('GET', '/dav/library/poems/none'), 404);
      assert.equal(await status('PROPFIND', '/dav/library/none/x', { headers: { depth: '0' } }), 404);
      assert.equal(await status('GET', '/other'), 404);
      assert.equal(await status('PUT', '/dav/library/none/x'), 409);
      assert.equal(await status('PUT', '/dav/library/poems/a/x'), 409);
      assert.equal(await status('MKCOL', '/elsewhere'), 409);
    });

    it('answers 403 where a collection is missing that the actor could not make either', async () => {
      only('read');
      const answer = await at.ask('PUT', '/dav/library/none/deeper/x', { body: 'x' });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /<D:href>\/dav\/library\/<\/D:href><D:privilege><D:bind\/>/);
    });

    it('answers 405 with Allow for methods of other kinds, 501 for none at all', async () => {
      const refused = await at.ask('PUT', '/dav/library/poems/');
      assert.equal(refused.status, 405);
      assert.match(refused.headers['Allow'] ?? '', /^OPTIONS, .*DELETE/);
      const made = await at.ask('PUT', '/dav/library/new');
      assert.deepEqual([made.status, made.headers['Allow']], [405, 'OPTIONS, MKCOL, MKCALENDAR']);
      assert.equal(await status('LOCK', '/dav/library/poems/a'), 405);
      assert.equal(await status('TRACE', '/dav/library/poems/a'), 405);
      assert.equal(await status('BREW', '/dav/library/poems/a'), 501);
    });

    it('finds collections with and without their slash, and names in any encoding', async () => {
      for (const path of [
        '/dav/library/poems',
        '/dav/library/poems/',
        '/dav/library/%70oems//',
        'http://x/dav/library/poems',
      ]) {
        assert.equal(await status('PROPFIND', path, { headers: { depth: '0' } }), 207, path);
      }
    });

    it('gives HEAD the headers of GET with the length and no body', async () => {
      const head = await at.ask('HEAD', '/dav/library/poems/a');
      assert.deepEqual(
        [head.status, head.text, head.headers['Content-Length'], head.headers['ETag']],
        [200, '', '12', '"a-1"'],
      );
      assert.equal((await at.ask('HEAD', '/dav/library/poems/none')).text, '');
    });

    it('answers a malformed header like any other no', async () => {
      const answer = await at.ask('GET', '/dav/library/poems/a', { headers: { if: 'nonsense' } });
      assert.deepEqual([answer.status, answer.headers['Content-Type']], [400, 'text/plain; charset=utf-8']);
    });
  });

  describe('rights', () => {
    it('names resource and privilege in the 403', async () => {
      only('read');
      const answer = await at.ask('PUT', '/dav/library/poems/a', { body: 'x' });
      assert.equal(answer.status, 403);
      assert.equal(
        answer.text.replace(/<X:message.*<\/X:message>/, ''),
        '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:need-privileges><D:resource>' +
          '<D:href>/dav/library/poems/a</D:href><D:privilege><D:write-content/></D:privilege></D:resource></D:need-privileges></D:error>',
      );
    });

    it('asks for bind on the collection of something new, for unbind on that of something deleted', async () => {
      only('read', 'write-content');
      const made = await at.ask('PUT', '/dav/library/poems/new');
      assert.match(made.text, /<D:href>\/dav\/library\/poems\/<\/D:href><D:privilege><D:bind\/>/);
      const gone = await at.ask('DELETE', '/dav/library/poems/a');
      assert.match(gone.text, /<D:href>\/dav\/library\/poems\/<\/D:href><D:privilege><D:unbind\/>/);
      only('unbind');
      assert.equal((await at.ask('DELETE', '/dav/library/poems/a')).status, 204);
    });

    it('spells read-free-busy in its own namespace', async () => {
      only('write');
      const answer = await at.ask('REPORT', '/dav/library/poems/', {
        body: '<count xmlns="urn:library">1</count>',
      });
      assert.match(
        answer.text,
        /xmlns:C="urn:ietf:params:xml:ns:caldav"><D:need-privileges>.*<C:read-free-busy\/>/,
      );
    });

    it('checks rights before preconditions', async () => {
      only('read');
      assert.equal(
        (await at.ask('PUT', '/dav/library/poems/a', { headers: { 'if-match': '"x"' } })).status,
        403,
      );
    });
  });

  describe('preconditions', () => {
    it('hand what was found to the handler', async () => {
      assert.deepEqual(await put('/dav/library/poems/a', {}), [204, '"anything"']);
      assert.deepEqual(await put('/dav/library/poems/b', { 'if-match': '"b-1"' }), [
        204,
        '{"etag":"\\"b-1\\""}',
      ]);
      assert.deepEqual(await put('/dav/library/poems/c', { 'if-none-match': '*' }), [201, '"absent"']);
      assert.deepEqual(await put('/dav/library/poems/d', { 'if-none-match': '"*"' }), [201, '"absent"']);
    });

    it('fail with 412', async () => {
      assert.deepEqual(await put('/dav/library/poems/a', { 'if-none-match': '*' }), [412, undefined]);
      assert.deepEqual(await put('/dav/library/poems/a', { 'if-match': '"x"' }), [412, undefined]);
      assert.deepEqual(await put('/dav/library/poems/new', { 'if-match': '*' }), [412, undefined]);
      assert.deepEqual(await put('/dav/library/poems/a', { if: '(["x"])' }), [412, undefined]);
      assert.equal(at.library.shelves.get('poems')?.books.get('a')?.version, 1);
    });

    it('answer 304 with the validators', async () => {
      for (const headers of [
        { 'if-none-match': '"a-1"' },
        { 'if-modified-since': 'Fri, 20 Nov 2026 12:00:00 GMT' },
      ]) {
        const answer = await at.ask('GET', '/dav/library/poems/a', { headers });
        assert.deepEqual(
          [answer.status, answer.text, answer.headers],
          [304, '', { ETag: '"a-1"', 'Last-Modified': 'Fri, 20 Nov 2026 12:00:00 GMT' }],
        );
      }
    });

    it('do not touch what is absent or not allowed', async () => {
      assert.equal(
        (await at.ask('DELETE', '/dav/library/poems/none', { headers: { 'if-match': '"x"' } })).status,
        404,
      );
      assert.equal(
        (await at.ask('PUT', '/dav/library/poems/', { headers: { 'if-match': '"x"' } })).status,
        405,
      );
    });

    it('count for PROPFIND and REPORT only as If', async () => {
      const headers = { depth: '0', 'if-none-match': '*', 'if-match': '"x"' };
      assert.equal((await at.ask('PROPFIND', '/dav/library/poems/a', { headers })).status, 207);
      assert.equal(
        (await at.ask('PROPFIND', '/dav/library/poems/a', { headers: { depth: '0', if: '(["x"])' } })).status,
        412,
      );
      assert.equal(
        (await at.ask('OPTIONS', '/dav/library/poems/a', { headers: { if: '(["x"])' } })).status,
        200,
      );
    });

    it('look at tagged resources and at the tokens of locks', async () => {
      at = openLibrary({ lockTokens: async ({ segments }) => (segments.at(-1) === 'a' ? ['urn:lock'] : []) });
      const found = async (value: string): Promise<number> =>
        (await at.ask('GET', '/dav/library/poems/b', { headers: { if: value } })).status;
      assert.equal(await found('</dav/library/poems/a> (["a-1"])'), 200);
      assert.equal(await found('</dav/library/poems/a> (<urn:lock> ["a-1"])'), 200);
      assert.equal(await found('(<urn:lock>)'), 412);
      assert.equal(await found('</dav/library/poems/none> (["a-1"])'), 412);
      assert.equal(await found('<http://elsewhere.org/a> (["a-1"])'), 412);
    });

    it('RFC 6578 §5: look at the sync token of a collection', async () => {
      const put = async (value: string): Promise<number> =>
        (await at.ask('PUT', '/dav/library/poems/new', { headers: { if: value }, body: 'x' })).status;
      const token = `urn:sync:${at.library.log.length}`;
      assert.equal(await put('</dav/library/poems/> (<urn:sync:99>)'), 412);
      assert.equal(await put(`</dav/library/poems/a> (<${token}>)`), 412);
      assert.equal(await put(`</dav/library/poems/> (<${token}>)`), 201);
      assert.equal(await put(`</dav/library/poems/> (<${token}>)`), 412);
      assert.equal(await put(`</dav/library/poems/> (Not <${token}>)`), 204);
    });
  });

  describe('Prefer: return=representation', () => {
    const headers = { prefer: 'return=representation' };

    it('answers a PUT with what is stored', async () => {
      const made = await at.ask('PUT', '/dav/library/poems/new', { headers, body: 'words' });
      assert.deepEqual([made.status, made.text, made.headers['ETag']], [201, 'words', '"new-2"']);
      assert.equal(made.headers['Content-Location'], '/dav/library/poems/new');
      assert.equal(made.headers['Preference-Applied'], 'return=representation');
      assert.match(made.headers['Vary'] ?? '', /Prefer/);
      const changed = await at.ask('PUT', '/dav/library/poems/new', { headers, body: 'more' });
      assert.deepEqual([changed.status, changed.text], [200, 'more']);
    });

    it('answers 412 with what is there instead', async () => {
      const late = await at.ask('PUT', '/dav/library/poems/a', {
        headers: { ...headers, 'if-match': '"0"' },
        body: 'x',
      });
      assert.deepEqual([late.status, late.text, late.headers['ETag']], [412, 'alpha & beta', '"a-1"']);
      const plain = await at.ask('PUT', '/dav/library/poems/a', {
        headers: { 'if-match': '"0"' },
        body: 'x',
      });
      assert.match(plain.text, /^If-Match/);
      const absent = await at.ask('PUT', '/dav/library/poems/new', {
        headers: { ...headers, 'if-match': '"0"' },
      });
      assert.deepEqual([absent.status, absent.headers['ETag']], [412, undefined]);
    });

    it('shows nothing to those who may not read it', async () => {
      at.library.privileges = new Set(['write-content']);
      const answer = await at.ask('PUT', '/dav/library/poems/a', { headers, body: 'x' });
      assert.ok(!answer.text.includes('alpha') && answer.status === 403);
    });
  });

  describe('errors', () => {
    it('says 500 with the request id for what is a bug, and logs it', async () => {
      const bug = new Error('a secret about the inside');
      at = openLibrary({ resolve: () => Promise.reject(bug) });
      const answer = await at.ask('GET', '/dav/');
      assert.equal(answer.status, 500);
      assert.match(answer.text, /request r-1/);
      assert.doesNotMatch(answer.text, /secret/);
      assert.deepEqual(at.errors.splice(0), [bug]);
    });

    it('tells when to try again', async () => {
      const busy = new Refusal('busy', 'come back', { retryAfterSeconds: 7 });
      at = openLibrary({ resolve: () => Promise.reject(busy) });
      const answer = await at.ask('GET', '/dav/');
      assert.deepEqual(
        [answer.status, answer.headers['Retry-After'], answer.text],
        [503, '7', 'come back\n'],
      );
    });
  });

  describe('registry', () => {
    it('lets one name have several entries for different kinds, not for the same', () => {
      assert.ok(openLibrary({ methods: [method(['book']), method(['shelf'])] }));
      assert.throws(
        () => openLibrary({ methods: [method(['book']), method(['shelf', 'book'])] }),
        /two declarations of GET on book/,
      );
    });
  });
});
