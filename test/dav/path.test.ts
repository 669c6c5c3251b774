import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Refusal } from '../../src/core/refusal.ts';
import { hrefOf, isBelowOrSame, locate, parseDestination, pathBelow, splitHref } from '../../src/dav/path.ts';

const site = {
  basePath: '/dav/',
  origins: ['https://calendar.example.com:8443', 'http://alias.example.com'],
};
const segments = (path: string): readonly string[] | undefined => pathBelow(site, path)?.segments;

describe('paths', () => {
  it('compares decoded segments: @ and %40, + and %2B, ~ and %7E name the same', () => {
    assert.deepEqual(segments('/dav/a@b/c+d/~e'), ['a@b', 'c+d', '~e']);
    assert.deepEqual(segments('/dav/a%40b/c%2Bd/%7ee'), ['a@b', 'c+d', '~e']);
  });

  it('keeps %2F inside its segment and never decodes twice', () => {
    assert.deepEqual(segments('/dav/a%2Fb'), ['a/b']);
    assert.deepEqual(segments('/dav/a%252Fb'), ['a%2Fb']);
  });

  it('brings names into NFC', () => {
    assert.deepEqual(segments('/dav/%C3%A9'), ['é']);
    assert.deepEqual(segments('/dav/e%CC%81'), ['é']);
  });

  it('tells whether there was a slash at the end, and drops empty segments', () => {
    assert.deepEqual(pathBelow(site, '/dav/a/'), { segments: ['a'], trailingSlash: true });
    assert.deepEqual(pathBelow(site, '/dav/a'), { segments: ['a'], trailingSlash: false });
    assert.deepEqual(pathBelow(site, '/dav//a///b'), { segments: ['a', 'b'], trailingSlash: false });
    assert.deepEqual(pathBelow(site, '/dav/'), { segments: [], trailingSlash: true });
    assert.deepEqual(pathBelow(site, '/dav'), { segments: [], trailingSlash: true });
  });

  it('names nothing outside the base path, with broken escapes, with dots or with NUL', () => {
    for (const path of [
      '/',
      '/davx/a',
      '/da',
      '/dav/%',
      '/dav/%ff',
      '/dav/../x',
      '/dav/%2e%2E',
      '/dav/./a',
      '/dav/a%00',
    ]) {
      assert.equal(pathBelow(site, path), undefined, path);
    }
  });

  it('are written in one canonical form', () => {
    assert.equal(hrefOf(site, ['a@b', 'c d', 'é/(x)'], true), '/dav/a%40b/c%20d/%C3%A9%2F%28x%29/');
    assert.equal(hrefOf(site, ['A-z_0.9~'], false), '/dav/A-z_0.9~');
    assert.equal(hrefOf(site, [], true), '/dav/');
  });

  it('come back from their href (fast-check)', () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => text.normalize('NFC'))
      .filter(
        (text) => !/\p{Surrogate}/u.test(text) && text !== '.' && text !== '..' && !text.includes('\u0000'),
      );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), fc.boolean(), (names, isCollection) => {
        assert.deepEqual(pathBelow(site, hrefOf(site, names, isCollection)), {
          segments: names,
          trailingSlash: isCollection,
        });
      }),
    );
  });

  it('contain one another by whole segments', () => {
    assert.ok(isBelowOrSame(['a', 'b'], ['a']) && isBelowOrSame(['a'], ['a']) && isBelowOrSame(['a'], []));
    assert.ok(!isBelowOrSame(['ab'], ['a']) && !isBelowOrSame(['a'], ['a', 'b']));
  });
});

describe('hrefs', () => {
  it('that are longer than any request are not taken apart', () => {
    const long = `/dav/${'a/'.repeat(8_180)}`;
    assert.equal(splitHref(long)?.path, long);
    assert.equal(splitHref(`${long}${'a/'.repeat(20)}`), undefined);
  });

  it('are absolute URIs or paths, without fragment', () => {
    assert.deepEqual(splitHref('https://user@Host:80/a/b?q'), { host: 'host', path: '/a/b' });
    assert.deepEqual(splitHref('http://host'), { host: 'host', path: '/' });
    assert.deepEqual(splitHref('http://host?q'), { host: 'host', path: '/' });
    assert.deepEqual(splitHref('/a?b/c'), { host: undefined, path: '/a' });
    for (const href of ['a/b', '', '//host/a', '/a#b', 'mailto:x', 'urn:uuid:1'])
      assert.equal(splitHref(href), undefined, href);
  });

  it('lead here by any of our names, whatever scheme and port a proxy has made of it', () => {
    const here = { segments: ['x'], trailingSlash: false };
    for (const origin of [
      '',
      'http://calendar.example.com',
      'https://CALENDAR.example.com:443',
      'http://alias.example.com:1',
    ]) {
      assert.deepEqual(locate(site, `${origin}/dav/x`, undefined), here, origin);
    }
    assert.deepEqual(locate(site, 'http://10.0.0.1:8080/dav/x', '10.0.0.1:9090'), here);
    assert.equal(locate(site, 'http://other.example.com/dav/x', 'calendar.example.com'), 'elsewhere');
    assert.equal(locate(site, '/other/x', undefined), 'elsewhere');
    assert.equal(locate(site, '/dav/%ff', undefined), undefined);
  });

  it('as a Destination must be well-formed', () => {
    assert.equal(parseDestination(site, 'https://elsewhere.org/', undefined), 'elsewhere');
    for (const broken of ['x y', 'http://[::1', 'http://[::1/dav/x', 'http://', 'http://a b/', 'http://x:y/'])
      assert.throws(() => parseDestination(site, broken, undefined), Refusal, broken);
  });
});
