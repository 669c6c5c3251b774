import assert from 'node:assert/strict';
import type { Answer } from '../wire.ts';
import { type OfficeFiles, officeFiles } from './office-files.ts';

const info = (scope: string, owner = '<owner><href>http://example.com/~alice</href></owner>'): string =>
  `<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><${scope}/></lockscope><locktype><write/></locktype>${owner}</lockinfo>`;

describe('locks on files', () => {
  let at: OfficeFiles;
  beforeEach(async () => {
    at = await officeFiles();
    await at.ask('PUT', 'a', { body: 'A' });
    await at.ask('MKCOL', 'f');
    await at.ask('PUT', 'f/b', { body: 'B' });
  });
  afterEach(async () => {
    assert.deepEqual(at.errors, []);
    await at.close();
  });

  const lock = (path: string, headers: Record<string, string> = {}, scope = 'exclusive'): Promise<Answer> =>
    at.ask('LOCK', path, { body: info(scope), headers });
  const taken = async (
    path: string,
    headers: Record<string, string> = {},
    scope = 'exclusive',
  ): Promise<string> => {
    const answer = await lock(path, headers, scope);
    assert.ok(answer.status === 200 || answer.status === 201, answer.text);
    return answer.headers['Lock-Token'] ?? '';
  };
  const status = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body = '',
  ): Promise<number> => (await at.ask(method, path, { headers, body })).status;

  it('are told with all that a client must know', async () => {
    const answer = await lock('a', { timeout: 'Infinite, Second-4100000000', depth: '0' });
    assert.equal(answer.status, 200);
    const token = answer.headers['Lock-Token'] ?? '';
    assert.match(token, /^<urn:uuid:[0-9a-f-]{36}>$/);
    assert.equal(
      answer.text,
      '<?xml version="1.0" encoding="utf-8"?>\n<D:prop xmlns:D="DAV:"><D:lockdiscovery><D:activelock><D:locktype><D:write/></D:locktype>' +
        '<D:lockscope><D:exclusive/></D:lockscope><D:depth>0</D:depth><owner xmlns="DAV:"><href>http://example.com/~alice</href></owner>' +
        `<D:timeout>Second-3600</D:timeout><D:locktoken><D:href>${token.slice(1, -1)}</D:href></D:locktoken>` +
        '<D:lockroot><D:href>/dav/files/alice/a</D:href></D:lockroot></D:activelock></D:lockdiscovery></D:prop>',
    );
    at.clock.advance(60_000);
    const body = '<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>';
    const found = await at.ask('PROPFIND', 'a', { headers: { depth: '0' }, body });
    assert.match(found.text, /<D:timeout>Second-3540<.*<D:locktoken><D:href>urn:uuid:/);
  });

  it('make an empty file where nothing is', async () => {
    const answer = await lock('new');
    assert.equal(answer.status, 201);
    const got = await at.ask('GET', 'new');
    assert.deepEqual([got.status, got.text], [200, '']);
    assert.equal(await status('LOCK', 'none/new', {}, info('exclusive')), 409);
  });

  for (const [method, headers, body] of [
    ['PUT', {}, 'x'],
    ['DELETE', {}, ''],
    ['MOVE', { destination: '/dav/files/alice/z' }, ''],
    ['PROPPATCH', {}, '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="u"/></prop></set></propertyupdate>'],
  ] as const) {
    it(`keep out a ${method} that does not show the token`, async () => {
      const token = await taken('a');
      const kept = await at.ask(method, 'a', { headers, body });
      assert.deepEqual([kept.status, kept.precondition()], [423, 'lock-token-submitted']);
      assert.match(kept.text, /<D:href>\/dav\/files\/alice\/a<\/D:href>/);
      const opened = await at.ask(method, 'a', { headers: { ...headers, if: `(${token})` }, body });
      assert.ok(opened.status < 300, opened.text);
    });
  }

  it('are over when their time is', async () => {
    await taken('a', { timeout: 'Second-60' });
    assert.equal(await status('PUT', 'a', {}, 'x'), 423);
    at.clock.advance(61_000);
    assert.equal(await status('PUT', 'a', {}, 'x'), 204);
  });

  it('are refreshed by a LOCK without body that names one of them', async () => {
    const token = await taken('a', { timeout: 'Second-60' });
    at.clock.advance(50_000);
    const answer = await at.ask('LOCK', 'a', { headers: { if: `(${token})`, timeout: 'Second-100' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['Lock-Token'], undefined);
    assert.match(answer.text, /<D:timeout>Second-100</);
    at.clock.advance(90_000);
    assert.equal(await status('PUT', 'a', {}, 'x'), 423);
    assert.equal(await status('LOCK', 'a'), 400);
    assert.equal(await status('LOCK', 'a', { if: `(${token}) (Not <urn:other>)` }), 400);
    assert.equal(await status('LOCK', 'f/b', { if: `</dav/files/alice/a> (${token})` }), 412);
    assert.equal(await status('LOCK', 'a', { if: '(<urn:uuid:0>)' }), 412);
  });

  it('that are exclusive tolerate no other, shared ones each other', async () => {
    await taken('a');
    for (const scope of ['exclusive', 'shared']) {
      const refused = await lock('a', {}, scope);
      assert.deepEqual([refused.status, refused.precondition()], [423, 'no-conflicting-lock']);
      assert.match(refused.text, /<D:href>\/dav\/files\/alice\/a<\/D:href>/);
    }
    const first = await taken('f/b', {}, 'shared');
    const second = await taken('f/b', {}, 'shared');
    assert.notEqual(first, second);
    assert.equal((await lock('f/b')).status, 423);
    assert.equal(await status('PUT', 'f/b', { if: `(${second})` }, 'x'), 204);
    const patch = '<propertyupdate xmlns="DAV:"><set><prop><x xmlns="u"/></prop></set></propertyupdate>';
    assert.equal(await status('PROPPATCH', 'f/b', { if: `(${first})` }, patch), 207);
  });

  it('of a folder cover what is in it, and new members', async () => {
    const token = await taken('f');
    for (const [method, path] of [
      ['PUT', 'f/b'],
      ['PUT', 'f/new'],
      ['MKCOL', 'f/g'],
      ['DELETE', 'f/b'],
      ['LOCK', 'f/new'],
    ] as const) {
      const body = method === 'LOCK' ? info('exclusive') : method === 'PUT' ? 'x' : '';
      const kept = await at.ask(method, path, { body });
      assert.equal(kept.status, 423, `${method} ${path}`);
      assert.match(kept.text, /<D:href>\/dav\/files\/alice\/f\/<\/D:href>/);
    }
    const tagged = { if: `</dav/files/alice/f/> (${token})` };
    assert.equal(await status('PUT', 'f/new', tagged, 'x'), 201);
    assert.equal(await status('PUT', 'f/b', { if: `(${token})` }, 'x'), 204);
  });

  it('of a folder are told at the folder and at all that is in it, by the folder’s own href', async () => {
    await at.ask('MKCOL', 'f/ä');
    await at.ask('PUT', 'f/ä/c', { body: 'C' });
    const answer = await lock('f');
    const root = '<D:lockroot><D:href>/dav/files/alice/f/</D:href></D:lockroot>';
    assert.ok(answer.text.includes(root), answer.text);
    const token = answer.headers['Lock-Token'] ?? '';
    const refreshed = await at.ask('LOCK', 'f/b', { headers: { if: `(${token})` } });
    assert.ok(refreshed.text.includes(root), refreshed.text);
    const body = '<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>';
    for (const path of ['f/', 'f/b', 'f/ä/', 'f/ä/c']) {
      const found = await at.ask('PROPFIND', encodeURI(path), { headers: { depth: '0' }, body });
      assert.equal(found.text.split(root).length, 2, `${path}: ${found.text}`);
      assert.ok(found.text.includes(token.slice(1, -1)), path);
    }
    const outside = await at.ask('PROPFIND', 'a', { headers: { depth: '0' }, body });
    assert.ok(!outside.text.includes('activelock'));
  });

  it('of a folder alone cover its list of members only', async () => {
    await taken('f', { depth: '0' });
    assert.equal(await status('PUT', 'f/b', {}, 'x'), 204);
    assert.equal(await status('PUT', 'f/new', {}, 'x'), 423);
    assert.equal((await lock('f', { depth: '1' })).status, 400);
  });

  it('further down stop a DELETE or MOVE as a whole, and are named', async () => {
    await taken('f/b');
    for (const [method, headers] of [
      ['DELETE', {}],
      ['MOVE', { destination: '/dav/files/alice/g' }],
    ] as const) {
      const answer = await at.ask(method, 'f', { headers });
      assert.equal(answer.status, 207, method);
      const member = answer.responses().get('/dav/files/alice/f/b');
      assert.deepEqual([member?.status, member?.error], [423, 'lock-token-submitted']);
    }
    assert.equal(await status('GET', 'f/b'), 200);
    assert.equal((await lock('f')).status, 423);
  });

  it('stay behind on COPY and MOVE, and guard the destination', async () => {
    const token = await taken('a');
    assert.equal(await status('COPY', 'a', { destination: '/dav/files/alice/c' }), 201);
    assert.equal(await status('PUT', 'c', {}, 'x'), 204);
    assert.equal(await status('COPY', 'f/b', { destination: '/dav/files/alice/a' }), 423);
    assert.equal(
      await status('COPY', 'f/b', {
        destination: '/dav/files/alice/a',
        if: `</dav/files/alice/a> (${token})`,
      }),
      204,
    );
    assert.equal(await status('MOVE', 'a', { destination: '/dav/files/alice/m', if: `(${token})` }), 201);
    assert.equal(await status('PUT', 'm', {}, 'x'), 204);
    assert.equal(await status('PUT', 'a', {}, 'x'), 201);
  });

  it('are taken away by UNLOCK with their token', async () => {
    const token = await taken('a');
    assert.equal(await status('UNLOCK', 'a'), 400);
    assert.equal(await status('UNLOCK', 'a', { 'lock-token': '<urn:uuid:0> and more' }), 400);
    assert.equal(await status('UNLOCK', 'a', { 'lock-token': 'urn:uuid:0' }), 409);
    const wrong = await at.ask('UNLOCK', 'a', { headers: { 'lock-token': '<urn:uuid:0>' } });
    assert.deepEqual([wrong.status, wrong.precondition()], [409, 'lock-token-matches-request-uri']);
    assert.equal(await status('UNLOCK', 'a', { 'lock-token': token }), 204);
    assert.equal(await status('PUT', 'a', {}, 'x'), 204);
    const bare = (await taken('a')).replace(/[<>]/g, '');
    assert.equal(await status('UNLOCK', 'a', { 'lock-token': bare }), 204);
    assert.equal(await status('UNLOCK', 'none', { 'lock-token': token }), 404);
    const actor = await at.as('alice', 'read');
    assert.equal((await at.ask('UNLOCK', 'a', { actor, headers: { 'lock-token': token } })).status, 403);
  });

  it('satisfy the If header, DAV:no-lock never', async () => {
    const token = await taken('a');
    assert.equal(await status('PUT', 'a', { if: '(<DAV:no-lock>)' }, 'x'), 412);
    assert.equal(await status('PUT', 'a', { if: `(${token} (Not <DAV:no-lock>)` }, 'x'), 400);
    assert.equal(await status('PUT', 'a', { if: `(<DAV:no-lock>) (${token} Not <DAV:no-lock>)` }, 'x'), 204);
    assert.equal(await status('PUT', 'a', { if: '(Not <DAV:no-lock>)' }, 'x'), 423);
    assert.equal(await status('GET', 'a', { if: `</dav/files/bob/x> (${token})` }), 412);
  });

  it('are asked for in the form of RFC 4918', async () => {
    for (const body of [
      '<lockinfo xmlns="DAV:"/>',
      info('weird'),
      info('exclusive').replace('<write/>', '<read/>'),
      info('exclusive').replace('<exclusive/>', '<exclusive/><shared/>'),
      info('exclusive').replaceAll('lockinfo', 'lock'),
      'x',
    ]) {
      assert.equal(await status('LOCK', 'a', {}, body), 400, body);
    }
    const answer = await at.ask('LOCK', 'a', {
      body: info('exclusive', ''),
      headers: { timeout: 'Forever' },
    });
    assert.match(answer.text, /<D:depth>infinity<\/D:depth><D:timeout>Second-3600</);
  });
});
