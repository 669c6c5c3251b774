import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import { DavError } from '../../src/dav/error.ts';
import { type DavRequest, parseRequest, readBody } from '../../src/dav/request.ts';
import { ann } from './library.ts';

const site = { basePath: '/dav/', origins: [] };

function parsed(
  headers: Readonly<Record<string, string | string[]>> = {},
  target = '/dav/a',
  chunks: readonly string[] = [],
): DavRequest {
  return parseRequest({ method: 'GET', target, headers, body: bytesOf(chunks), actor: ann, id: '1' }, site);
}

async function* bytesOf(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

function refuses(headers: Readonly<Record<string, string>>): void {
  assert.throws(
    () => parsed(headers),
    (error) => error instanceof Refusal && error.code === 'malformed-request',
  );
}

const tags = (value: string): unknown => parsed({ 'if-match': value }).conditions.ifMatch;

describe('parseRequest', () => {
  it('takes path, query and headers apart', () => {
    const request = parsed({ 'user-agent': 'x/1', accept: ['a', 'b'] }, '/dav/a%20b/?x=1&y=%C3%A9&x=2');
    assert.deepEqual(request.path, { segments: ['a b'], trailingSlash: true });
    assert.deepEqual(
      [...request.query],
      [
        ['x', '2'],
        ['y', 'é'],
      ],
    );
    assert.equal(request.header('accept'), 'a, b');
    assert.equal(request.header('host'), undefined);
    assert.equal(request.userAgent, 'x/1');
  });

  it('takes an absolute target, and knows when a target is no path of ours', () => {
    assert.deepEqual(parsed({}, 'http://host/dav/a').path?.segments, ['a']);
    for (const target of ['*', '/other', '/dav/a#b'])
      assert.equal(parsed({}, target).path, undefined, target);
  });

  it('refuses paths that cannot be decoded', () => {
    for (const target of ['/dav/%zz', '/dav/%ff', '/dav/../x', '/dav/a%00']) {
      assert.throws(() => parsed({}, target), Refusal, target);
    }
  });

  it('reads Depth, and refuses what is none', () => {
    assert.equal(parsed().depth, undefined);
    for (const [text, depth] of [
      ['0', 0],
      [' 1 ', 1],
      ['Infinity', 'infinity'],
      ['1,noroot', 1],
    ] as const) {
      assert.equal(parsed({ depth: text }).depth, depth);
    }
    refuses({ depth: '2' });
    refuses({ depth: '' });
  });

  it('reads Overwrite, true when absent', () => {
    assert.equal(parsed().overwrite, true);
    assert.equal(parsed({ overwrite: 'f' }).overwrite, false);
    assert.equal(parsed({ overwrite: 'T' }).overwrite, true);
    refuses({ overwrite: 'yes' });
  });

  it('reads Destination by the host that the client used', () => {
    assert.deepEqual(parsed({ host: 'h:1', destination: 'http://h/dav/b' }).destination, {
      segments: ['b'],
      trailingSlash: false,
    });
    assert.equal(parsed({ destination: 'http://h/dav/b' }).destination, 'elsewhere');
    refuses({ destination: 'b' });
  });

  it('reads entity tags, with "*" in quotes and tags without quotes as clients send them', () => {
    assert.equal(tags('*'), '*');
    assert.equal(tags('"*"'), '*');
    assert.deepEqual(tags('"a", W/"b","c,d" , e'), ['"a"', 'W/"b"', '"c,d"', '"e"']);
    assert.deepEqual(tags(''), []);
  });

  it('ignores dates that are none', () => {
    const { conditions } = parsed({
      'if-modified-since': 'never',
      'if-unmodified-since': 'Sun, 06 Nov 1994 08:49:37 GMT',
    });
    assert.equal(conditions.ifModifiedSince, undefined);
    assert.equal(conditions.ifUnmodifiedSince, Date.UTC(1994, 10, 6, 8, 49, 37));
  });

  it('reads preferences in the spellings of RFC 7240, of Apple and of Microsoft', () => {
    assert.deepEqual(parsed().prefer, { minimal: false, representation: false, noRoot: false });
    for (const headers of [
      { prefer: 'return=minimal' },
      { prefer: 'wait=1, return="minimal"' },
      { prefer: 'return-minimal' },
      { brief: 't' },
    ]) {
      assert.equal(parsed(headers).prefer.minimal, true, JSON.stringify(headers));
    }
    assert.equal(parsed({ brief: 'f' }).prefer.minimal, false);
    assert.equal(parsed({ prefer: 'Return=Representation' }).prefer.representation, true);
    assert.equal(parsed({ prefer: 'depth-noroot' }).prefer.noRoot, true);
    assert.equal(parsed({ depth: '1,noroot' }).prefer.noRoot, true);
  });

  it('takes two opposite preferences for neither', () => {
    for (const prefer of ['return=minimal, return=representation', 'return=representation,return-minimal']) {
      const { minimal, representation } = parsed({ prefer }).prefer;
      assert.deepEqual([minimal, representation], [false, false], prefer);
    }
    const { minimal, representation } = parsed({ brief: 't', prefer: 'return=representation' }).prefer;
    assert.deepEqual([minimal, representation], [true, true]);
  });
});

const isTooLong = (error: unknown): boolean => error instanceof DavError && error.status === 413;

describe('readBody', () => {
  it('joins the chunks', async () => {
    assert.equal(Buffer.from(await readBody(parsed({}, '/dav/', ['ab', 'c']), 3)).toString(), 'abc');
    assert.equal((await readBody(parsed({}, '/dav/', []), 3)).length, 0);
  });

  it('stops at the limit, told by the length or found by counting', async () => {
    await assert.rejects(readBody(parsed({ 'content-length': '4' }, '/dav/', ['abcd']), 3), isTooLong);
    await assert.rejects(readBody(parsed({}, '/dav/', ['ab', 'cd']), 3), isTooLong);
    await assert.rejects(
      readBody(parsed({}, '/dav/', ['abcd']), 3, () => new Refusal('too-large', 'x')),
      (error) => error instanceof Refusal && error.code === 'too-large',
    );
  });

  it('refuses content codings (clients.md W43)', async () => {
    await assert.rejects(
      readBody(parsed({ 'content-encoding': 'gzip' }, '/dav/', ['x']), 3),
      (error) => error instanceof Refusal && error.code === 'unsupported-media-type',
    );
    assert.equal((await readBody(parsed({ 'content-encoding': 'identity' }, '/dav/', ['x']), 3)).length, 1);
  });

  it('refuses transfer codings that nobody has taken off (RFC 9112 §6.1)', async () => {
    await assert.rejects(
      readBody(parsed({ 'transfer-encoding': 'gzip, chunked' }, '/dav/', ['x']), 3),
      (error) => error instanceof Refusal && error.code === 'not-implemented',
    );
    const chunked = parsed({ 'transfer-encoding': 'Chunked' }, '/dav/', ['x']);
    assert.equal((await readBody(chunked, 3)).length, 1);
  });
});
