import assert from 'node:assert/strict';
import { createPeerReader } from '../../src/http/proxy.ts';
import { charactersTouched } from '../characters-touched.ts';

function peer(
  networks: readonly string[],
  remoteAddress: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): string {
  const { address, isTrusted } = createPeerReader(networks)({ headers, socket: { remoteAddress } });
  return `${address}${isTrusted ? ' by proxy' : ''}`;
}

describe('peer of a request', () => {
  it('is the other end of the connection where no proxy is trusted, whatever headers say', () => {
    const headers = { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7' };
    assert.equal(peer([], '198.51.100.1', headers), '198.51.100.1');
    assert.equal(peer(['10.0.0.0/8'], '198.51.100.1', headers), '198.51.100.1');
  });

  it('is whom a trusted proxy names', () => {
    assert.equal(
      peer(['10.0.0.0/8'], '10.1.2.3', { 'x-forwarded-for': '203.0.113.7' }),
      '203.0.113.7 by proxy',
    );
    assert.equal(
      peer(['10.1.2.3'], '::ffff:10.1.2.3', { forwarded: 'for=203.0.113.7;proto=https' }),
      '203.0.113.7 by proxy',
    );
    assert.equal(
      peer(['::1'], '::1', { forwarded: 'proto=https; for="[2001:db8::1]:4711"' }),
      '2001:db8::1 by proxy',
    );
    assert.equal(
      peer(['2001:db8::/32'], '2001:db8::5', { 'x-forwarded-for': '203.0.113.7:4711' }),
      '203.0.113.7 by proxy',
    );
  });

  it('is the last one that a trusted proxy names, not what the client put before', () => {
    const headers = { 'x-forwarded-for': '1.2.3.4, 203.0.113.7, 10.0.0.2' };
    assert.equal(peer(['10.0.0.0/8'], '10.0.0.1', headers), '203.0.113.7 by proxy');
  });

  it('is whom the proxy has written down, whatever the client says in the header that the proxy does not write', () => {
    const headers = { forwarded: 'for=192.0.2.66', 'x-forwarded-for': '203.0.113.7' };
    assert.equal(peer(['10.0.0.1'], '10.0.0.1', headers), '203.0.113.7 by proxy');
  });

  it('is the proxy itself where it names nobody or nonsense', () => {
    for (const value of ['unknown', '_hidden', '', '1.2.3.4, unknown', '999.1.1.1'])
      assert.equal(peer(['10.0.0.1'], '10.0.0.1', { 'x-forwarded-for': value }), '10.0.0.1 by proxy', value);
    assert.equal(peer(['10.0.0.1'], '10.0.0.1', { forwarded: 'proto=https' }), '10.0.0.1 by proxy');
    assert.equal(peer(['10.0.0.1'], '10.0.0.1'), '10.0.0.1 by proxy');
  });

  it('on a Unix socket is whom its proxy names, if that is trusted', () => {
    assert.equal(peer(['unix'], undefined, { 'x-forwarded-for': '203.0.113.7' }), '203.0.113.7 by proxy');
    assert.equal(peer(['10.0.0.1'], undefined, { 'x-forwarded-for': '203.0.113.7' }), '');
    assert.equal(peer(['unix'], undefined), ' by proxy');
  });

  it('is found among the last hops of lists without end', () => {
    const headers = { 'x-forwarded-for': `${'10.0.0.3, '.repeat(1000)}10.0.0.2` };
    assert.equal(peer(['10.0.0.0/8'], '10.0.0.1', headers), '10.0.0.3 by proxy');
  });

  it('is found with twice the work in twice the header', () => {
    for (const part of ['for=;', '"', 'for="', ',', ' ', ';', '; ', 'for=10.0.0.3,', '[']) {
      for (const name of ['forwarded', 'x-forwarded-for']) {
        const work = (count: number): number =>
          charactersTouched(() => void peer(['10.0.0.0/8'], '10.0.0.1', { [name]: part.repeat(count) }));
        const [once, twice] = [work(4_000), work(8_000)];
        assert.ok(twice <= 2 * once + 1000, `${once} characters, then ${twice} for ${part} in ${name}`);
      }
    }
  });

  it('refuses networks that are none', () => {
    for (const network of ['proxy.example.com', '10.0.0.0/33', '10.0.0.0/x', '::1/129', '10.0.0/8', ''])
      assert.throws(() => createPeerReader([network]), /trustProxy: wanted an address or a network/, network);
  });
});
