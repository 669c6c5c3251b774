import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { acceptsGzip } from '../../src/http/compression.ts';
import type { Route } from '../../src/http/door.ts';
import { routeFor } from '../../src/http/router.ts';
import { readTarget } from '../../src/http/target.ts';

describe('request target', () => {
  it('is path and query', () => {
    assert.deepEqual(readTarget('/dav/a?b?c', ''), { path: '/dav/a', query: '?b?c' });
    assert.deepEqual(readTarget('*', ''), { path: '/', query: '' });
    assert.deepEqual(readTarget('HTTPS://host:8443/dav/', ''), { path: '/dav/', query: '' });
    assert.deepEqual(readTarget('http://host', ''), { path: '/', query: '' });
    assert.deepEqual(readTarget('http://host?x', ''), { path: '/', query: '?x' });
  });

  it('is nothing where it is neither path nor web address', () => {
    for (const sent of ['', 'dav', 'ftp://host/', 'host:443', 'javascript:alert(1)'])
      assert.equal(readTarget(sent, ''), undefined, sent);
  });

  it('loses the base path where it stands as whole segments', () => {
    assert.deepEqual(readTarget('/a/b/dav', '/a/b'), { path: '/dav', query: '' });
    assert.deepEqual(readTarget('/a/b', '/a/b'), { path: '/', query: '' });
    assert.deepEqual(readTarget('/a/bc', '/a/b'), { path: '/a/bc', query: '' });
    assert.deepEqual(readTarget('/dav', '/a/b'), { path: '/dav', query: '' });
  });

  it('has one slash where clients have joined a typed address with the path of a calendar', () => {
    for (const base of ['', '/a']) {
      const pathOf = (sent: string): string | undefined => readTarget(`${base}${sent}`, base)?.path;
      assert.equal(pathOf('//dav/calendars/alice/'), '/dav/calendars/alice/');
      assert.equal(pathOf('///dav'), '/dav');
      assert.equal(pathOf('//.well-known/caldav?x'), '/.well-known/caldav');
      assert.equal(pathOf('//'), '/');
      for (const other of ['//api/admin', '//feed/x', '//metrics', '//davx', '/api//dav'])
        assert.equal(pathOf(other), other);
    }
  });

  it('keeps every character of the path', () => {
    fc.assert(
      fc.property(fc.webPath(), (path) => {
        const sent = `/x${path}`;
        const target = readTarget(sent, '/base');
        assert.ok(target && `${target.path}${target.query}` === sent);
      }),
    );
  });
});

describe('accept-encoding', () => {
  it('asks for gzip by its name and a weight above nought', () => {
    for (const header of ['gzip', 'deflate, gzip;q=0.5', 'GZIP', 'x-gzip', 'br;q=1.0, gzip;q=0.001'])
      assert.ok(acceptsGzip(header), header);
    for (const header of [undefined, '', '*', 'identity', 'gzip;q=0', 'gzip; q=0.000', 'gzipped', 'br'])
      assert.ok(!acceptsGzip(header), header);
  });
});

const handle: Route['handle'] = () => Promise.resolve({ status: 200, headers: {} });

describe('route', () => {
  const routes: readonly Route[] = [
    { door: 'welcome', prefix: '', signIn: 'none', methods: ['GET'], handle },
    { door: 'feed', prefix: 'feed', signIn: 'none', handle },
    { door: 'dav', prefix: undefined, signIn: 'required', handle },
  ];
  const door = (method: string, path: string): string | undefined => routeFor(routes, path, method)?.door;

  it('is the first that has the first segment and the method', () => {
    assert.equal(door('GET', '/'), 'welcome');
    assert.equal(door('PROPFIND', '/'), 'dav');
    assert.equal(door('GET', '/feed/a/b'), 'feed');
    assert.equal(door('GET', '/feed'), 'feed');
    assert.equal(door('GET', '/feeds'), 'dav');
    assert.equal(routeFor(routes.slice(0, 2), '/feeds', 'GET'), undefined);
  });
});
