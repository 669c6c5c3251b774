import assert from 'node:assert/strict';
import { dav } from '../../../src/xml/name.ts';
import type { Answer } from '../wire.ts';
import { type OfficeFiles, officeFiles } from './office-files.ts';

const to = (path: string, more: Record<string, string> = {}): Record<string, string> => ({
  destination: `https://calendar.example.com/dav/files/alice/${path}`,
  ...more,
});

const mkcol = (type: string): string =>
  `<mkcol xmlns="DAV:"><set><prop><resourcetype><collection/>${type}</resourcetype><x xmlns="urn:x">1</x></prop></set></mkcol>`;

const set = (properties: string): string =>
  `<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">1</x>${properties}</prop></set></propertyupdate>`;

describe('files', () => {
  let at: OfficeFiles;
  beforeEach(async () => {
    at = await officeFiles();
  });
  afterEach(async () => {
    assert.deepEqual(at.errors, []);
    await at.close();
  });

  const status = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body = '',
  ): Promise<number> => (await at.ask(method, path, { headers, body })).status;
  const put = (path: string, body = 'content', headers: Record<string, string> = {}): Promise<number> =>
    status('PUT', path, headers, body);
  const list = async (path: string): Promise<readonly string[]> => [
    ...(await at.ask('PROPFIND', path, { headers: { depth: '1' } })).responses().keys(),
  ];
  const text = async (path: string): Promise<string> => (await at.ask('GET', path)).text;

  it('are class 1, 2 and 3', async () => {
    const { headers } = await at.ask('OPTIONS', '');
    assert.equal(headers['DAV'], '1, 2, 3, access-control, extended-mkcol');
    assert.equal(
      headers['Allow'],
      'OPTIONS, PROPFIND, PROPPATCH, REPORT, GET, HEAD, DELETE, COPY, MOVE, LOCK, UNLOCK',
    );
    assert.equal((await at.ask('OPTIONS', 'new')).headers['Allow'], 'OPTIONS, PUT, MKCOL, LOCK');
  });

  it('say that they are written by WebDAV, so that Microsoft Office opens them to write', async () => {
    assert.equal((await at.ask('OPTIONS', '')).headers['MS-Author-Via'], 'DAV');
  });

  it('are told as they are now to who wanted to change an older version (RFC 8144 §3.2)', async () => {
    await put('a', 'newer');
    const headers = { 'if-match': '"older"', prefer: 'return=representation' };
    for (const [method, more] of [
      ['PUT', {}],
      ['DELETE', {}],
      ['MOVE', to('b')],
    ] as const) {
      const answer = await at.ask(method, 'a', { headers: { ...headers, ...more }, body: '' });
      assert.deepEqual([answer.status, answer.text], [412, 'newer'], method);
    }
    assert.deepEqual(await list(''), ['/dav/files/alice/', '/dav/files/alice/a']);
  });

  it('are there for their owner alone', async () => {
    await put('a');
    const actor = await at.as('bob');
    for (const path of ['/dav/files/alice/', '/dav/files/alice/a', '/dav/files/alice/none']) {
      assert.equal((await at.ask('GET', path, { actor })).status, 404, path);
    }
    assert.equal((await at.ask('PUT', '/dav/files/alice/b', { actor, body: 'x' })).status, 403);
    const mount = await at.ask('PROPFIND', '/dav/files/', { actor, headers: { depth: '1' } });
    assert.deepEqual([...mount.responses().keys()], ['/dav/files/', '/dav/files/bob/']);
  });

  it('are made, changed and read, with validators', async () => {
    const made = await at.ask('PUT', 'a b.txt', { body: 'one', headers: { 'content-type': 'text/plain' } });
    assert.deepEqual([made.status, made.headers['Location']], [201, '/dav/files/alice/a%20b.txt']);
    const changed = await at.ask('PUT', 'a%20b.txt', { body: 'two' });
    assert.equal(changed.status, 204);
    assert.notEqual(changed.headers['ETag'], made.headers['ETag']);
    const got = await at.ask('GET', 'a%20b.txt');
    assert.deepEqual([got.status, got.text, got.headers['ETag']], [200, 'two', changed.headers['ETag']]);
    assert.equal(got.headers['Accept-Ranges'], 'bytes');
    assert.ok(got.headers['Last-Modified']);
    const head = await at.ask('HEAD', 'a%20b.txt');
    assert.deepEqual([head.status, head.text, head.headers['Content-Length']], [200, '', '3']);
    assert.equal(await status('GET', 'a%20b.txt', { 'if-none-match': changed.headers['ETag'] ?? '' }), 304);
  });

  it('never run in a browser', async () => {
    await put('evil.svg', '<svg onload="x"/>', { 'content-type': 'image/svg+xml' });
    const { headers } = await at.ask('GET', 'evil.svg');
    assert.equal(headers['Content-Type'], 'image/svg+xml');
    assert.equal(headers['Content-Disposition'], 'attachment');
    assert.equal(headers['X-Content-Type-Options'], 'nosniff');
    assert.match(headers['Content-Security-Policy'] ?? '', /sandbox/);
  });

  it('are not overwritten against a condition', async () => {
    await put('a');
    assert.equal(await put('a', 'x', { 'if-none-match': '*' }), 412);
    assert.equal(await put('a', 'x', { 'if-match': '"other"' }), 412);
    assert.equal(await put('b', 'x', { 'if-none-match': '*' }), 201);
  });

  it('are sent in parts', async () => {
    await put('a', '0123456789');
    const part = async (range: string, more: Record<string, string> = {}): Promise<unknown> => {
      const got = await at.ask('GET', 'a', { headers: { range, ...more } });
      return [got.status, got.status === 416 ? '' : got.text, got.headers['Content-Range']];
    };
    assert.deepEqual(await part('bytes=2-4'), [206, '234', 'bytes 2-4/10']);
    assert.deepEqual(await part('bytes=7-'), [206, '789', 'bytes 7-9/10']);
    assert.deepEqual(await part('bytes=-3'), [206, '789', 'bytes 7-9/10']);
    assert.deepEqual(await part('bytes=5-99'), [206, '56789', 'bytes 5-9/10']);
    assert.deepEqual(await part('bytes=-99'), [206, '0123456789', 'bytes 0-9/10']);
    assert.deepEqual(await part('bytes=10-'), [416, '', 'bytes */10']);
    assert.deepEqual(await part('bytes=-0'), [416, '', 'bytes */10']);
    for (const whole of ['bytes=4-2', 'bytes=0-1,3-4', 'bytes=-', 'lines=1-2', 'bytes=a-b']) {
      assert.deepEqual(await part(whole), [200, '0123456789', undefined], whole);
    }
    const { headers } = await at.ask('GET', 'a');
    assert.deepEqual(await part('bytes=0-0', { 'if-range': headers['ETag'] ?? '' }), [
      206,
      '0',
      'bytes 0-0/10',
    ]);
    assert.deepEqual(await part('bytes=0-0', { 'if-range': '"other"' }), [200, '0123456789', undefined]);
    const head = await at.ask('HEAD', 'a', { headers: { range: 'bytes=0-0' } });
    assert.deepEqual([head.status, head.headers['Content-Length']], [200, '10']);
  });

  it('are not stored in part, too long, over a folder, or where no folder is', async () => {
    assert.equal(await put('a', 'x', { 'content-range': 'bytes 0-0/10' }), 400);
    assert.equal(await status('MKCOL', 'folder/'), 201);
    assert.equal(await put('folder/', 'x'), 405);
    assert.equal(await put('none/x'), 409);
    assert.equal(await put('a'), 201);
    assert.equal(await put('a/x'), 409);
    await at.close();
    at = await officeFiles({ maxFileBytes: 3 });
    assert.equal(await put('a', 'xxxx'), 413);
    assert.equal(await put('x%2Fy', 'x'), 403);
  });

  it('lie in folders, which say what they are', async () => {
    assert.equal(await status('MKCOL', 'f'), 201);
    assert.equal(await put('f/a'), 201);
    assert.deepEqual(await list('f'), ['/dav/files/alice/f/', '/dav/files/alice/f/a']);
    assert.deepEqual(await list(''), ['/dav/files/alice/', '/dav/files/alice/f/']);
    assert.match(await text('f/'), /WebDAV folder/);
    assert.equal(await status('MKCOL', 'f'), 405);
    assert.equal(await status('MKCOL', 'f/a'), 405);
    assert.equal(await status('MKCOL', 'x/y'), 409);
    assert.equal(await status('MKCOL', 'g', { 'content-type': 'a/b' }, 'zzz'), 415);
  });

  it('lie in folders made with properties, but with no other type', async () => {
    assert.equal(await status('MKCOL', 'f', {}, mkcol('')), 201);
    const found = await at.ask('PROPFIND', 'f', {
      headers: { depth: '0' },
      body: '<propfind xmlns="DAV:"><prop><x xmlns="urn:x"/></prop></propfind>',
    });
    assert.match(found.text, /<x xmlns="urn:x">1<\/x>/);
    assert.match(
      (await at.ask('MKCOL', 'g', { body: mkcol('<calendar xmlns="urn:ietf:params:xml:ns:caldav"/>') })).text,
      /valid-resourcetype/,
    );
  });

  it('tell their properties', async () => {
    await put('a', 'abc', { 'content-type': 'text/x' });
    const names =
      '<getcontentlength/><getcontenttype/><resourcetype/><supportedlock/><lockdiscovery/><owner/><acl/>' +
      '<quota-used-bytes/><quota-available-bytes/><current-user-principal/><current-user-privilege-set/><displayname/>';
    const ask = (path: string): Promise<Answer> =>
      at.ask('PROPFIND', path, {
        headers: { depth: '0' },
        body: `<propfind xmlns="DAV:"><prop>${names}</prop></propfind>`,
      });
    const answer = await ask('a');
    const found = answer.responses().get('/dav/files/alice/a');
    assert.equal(found?.found(dav('getcontentlength'))?.text, '3');
    assert.equal(found?.found(dav('getcontenttype'))?.text, 'text/x');
    assert.equal(found?.found(dav('supportedlock'))?.children.length, 2);
    assert.equal(found?.found(dav('lockdiscovery'))?.children.length, 0);
    assert.equal(found?.found(dav('quota-used-bytes'))?.text, '3');
    assert.equal(found?.found(dav('owner'))?.children[0]?.text, '/dav/principals/alice/');
    assert.match(answer.text, /<D:acl><D:ace><D:principal><D:href>\/dav\/principals\/alice\/</);
    assert.ok(found?.byStatus.get(404)?.has(dav('displayname')));
    const folder = (await ask('')).responses().get('/dav/files/alice/');
    assert.deepEqual(
      folder?.found(dav('resourcetype'))?.children.map(({ name }) => name),
      [dav('collection')],
    );
    assert.match((await ask('/dav/files/')).text, /<D:acl\/>.*<D:owner\/>/);
  });

  it('keep properties, which go along with COPY and MOVE', async () => {
    await put('a');
    const refused = await at.ask('PROPPATCH', 'a', { body: set('<getetag>A</getetag>') });
    assert.match(
      refused.text,
      /<D:getetag\/><\/D:prop><D:status>HTTP\/1.1 403.*<X:x xmlns:X="urn:x"\/><\/D:prop><D:status>HTTP\/1.1 424/,
    );
    assert.match(
      (await at.ask('PROPPATCH', 'a', { body: set('<displayname>A</displayname>') })).text,
      /200 OK/,
    );
    assert.equal(await status('COPY', 'a', to('b')), 201);
    assert.equal(await status('MOVE', 'a', to('c')), 201);
    for (const path of ['b', 'c']) {
      const answer = await at.ask('PROPFIND', path, { headers: { depth: '0' } });
      assert.match(answer.text, /<x xmlns="urn:x">1<\/x>/, path);
      assert.match(answer.text, /<displayname xmlns="DAV:">A<\/displayname>/, path);
    }
    assert.match((await at.ask('PROPPATCH', '/dav/files/', { body: set('') })).text, /403 Forbidden/);
  });

  it('are copied and moved, over something else only if that is wished', async () => {
    await put('a', 'A');
    await put('b', 'B');
    assert.equal(await status('COPY', 'a', to('b', { overwrite: 'F' })), 412);
    assert.equal(await text('b'), 'B');
    assert.equal(await status('COPY', 'a', to('b')), 204);
    assert.equal(await text('b'), 'A');
    const made = await at.ask('MOVE', 'a', { headers: to('c%20d') });
    assert.deepEqual([made.status, made.headers['Location']], [201, '/dav/files/alice/c%20d']);
    assert.equal(await status('GET', 'a'), 404);
    assert.equal(await text('c d'), 'A');
  });

  it('are copied with their folder, or the folder alone at Depth 0', async () => {
    await status('MKCOL', 'f');
    await put('f/a');
    assert.equal(await status('COPY', 'f/', to('g/')), 201);
    assert.deepEqual(await list('g'), ['/dav/files/alice/g/', '/dav/files/alice/g/a']);
    assert.equal(await status('COPY', 'f/', to('h/', { depth: '0' })), 201);
    assert.deepEqual(await list('h'), ['/dav/files/alice/h/']);
    assert.equal(await status('COPY', 'f/', to('i/', { depth: '1' })), 400);
    assert.equal(await status('MOVE', 'f/', to('i/', { depth: '0' })), 400);
    assert.equal(await status('MOVE', 'f/', to('i/')), 201);
    assert.deepEqual(await list('i'), ['/dav/files/alice/i/', '/dav/files/alice/i/a']);
  });

  it('go nowhere else', async () => {
    await put('a');
    await status('MKCOL', 'f');
    assert.equal(await status('COPY', 'a'), 400);
    assert.equal(await status('COPY', 'a', { destination: 'http://elsewhere.org/a' }), 502);
    assert.equal(await status('COPY', 'a', { destination: '/dav/calendars/alice/x' }), 403);
    assert.equal(await status('COPY', 'a', { destination: '/dav/files/' }), 403);
    assert.equal(await status('COPY', 'a', { destination: '/dav/files/bob/a' }), 403);
    assert.equal(await status('COPY', 'a', to('none/a')), 409);
    assert.equal(await status('COPY', 'a', to('a')), 403);
    assert.equal(await status('MOVE', 'f', to('f/g')), 403);
    assert.equal(await status('MOVE', 'a', to('b', { 'if-match': '"other"' })), 412);
  });

  it('are deleted, folders with all that is in them', async () => {
    await status('MKCOL', 'f');
    await put('f/a');
    assert.equal(await status('DELETE', 'f', { depth: '1' }), 400);
    assert.equal(await status('DELETE', 'f', { depth: 'infinity' }), 204);
    assert.equal(await status('GET', 'f/a'), 404);
    assert.equal(await status('DELETE', 'f'), 404);
    assert.equal(await status('DELETE', ''), 403);
    assert.equal(await status('DELETE', '/dav/files/'), 403);
  });

  it('cannot be changed with a credential that may only read', async () => {
    await put('a');
    const actor = await at.as('alice', 'read');
    assert.equal((await at.ask('GET', 'a', { actor })).status, 200);
    assert.equal((await at.ask('PUT', 'a', { actor, body: 'x' })).precondition(), 'need-privileges');
    assert.equal((await at.ask('DELETE', 'a', { actor })).status, 403);
    const told = await at.ask('PROPFIND', 'a', {
      actor,
      headers: { depth: '0' },
      body: '<propfind xmlns="DAV:"><prop><current-user-privilege-set/></prop></propfind>',
    });
    assert.ok(told.text.includes('<D:read/>') && !told.text.includes('write-content'));
  });
});
