import assert from 'node:assert/strict';
import { type AddressKind, kindOfAddress } from '../../src/outbound/address.ts';
import { OutboundError } from '../../src/outbound/error.ts';
import {
  configuredHost,
  isReachable,
  type Reach,
  ruleFor,
  usableAddresses,
} from '../../src/outbound/reach.ts';

describe('kinds of addresses', () => {
  const cases: readonly (readonly [string, AddressKind])[] = [
    ['93.184.216.34', 'public'],
    ['2606:4700::1111', 'public'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12:3456::1', 'private'],
    ['64:ff9b::7f00:1', 'private'],
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:10.0.0.1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['0.0.0.0', 'unusable'],
    ['::', 'unusable'],
    ['224.0.0.1', 'unusable'],
    ['255.255.255.255', 'unusable'],
    ['ff02::1', 'unusable'],
  ];
  for (const [address, kind] of cases) {
    it(`takes ${address} as ${kind}`, () => {
      assert.equal(kindOfAddress(address), kind);
    });
  }
});

describe('what may be reached', () => {
  const reach: Reach = [configuredHost('mail.corp.example'), { host: '*.cloud.example', inside: [] }];

  it('lets only listed hosts through, whatever their case', () => {
    assert.equal(isReachable(reach, 'MAIL.corp.example'), true);
    assert.equal(isReachable(reach, 'evil.example'), false);
    assert.throws(() => ruleFor(reach, 'evil.example'), fault('host-not-allowed'));
  });

  it('takes a star for names below, not for the suffix itself nor for names that merely end so', () => {
    assert.equal(isReachable(reach, 'a.b.cloud.example'), true);
    assert.equal(isReachable(reach, 'cloud.example'), false);
    assert.equal(isReachable(reach, 'xcloud.example'), false);
  });

  it('lets a configured host lie in a private network, but not on this machine', () => {
    const rule = ruleFor(reach, 'mail.corp.example');
    assert.deepEqual(usableAddresses(rule, ['127.0.0.1', '10.0.0.5', '169.254.169.254']), ['10.0.0.5']);
    assert.throws(() => usableAddresses(rule, ['127.0.0.1']), fault('address-not-allowed'));
  });

  it('lets a host that was only found lie nowhere but outside', () => {
    const rule = ruleFor(reach, 'a.cloud.example');
    assert.throws(() => usableAddresses(rule, ['10.0.0.5']), fault('address-not-allowed'));
    assert.deepEqual(usableAddresses(rule, ['93.184.216.34']), ['93.184.216.34']);
  });

  it('lets this machine be reached where the settings say so literally', () => {
    for (const host of ['localhost', '127.0.0.1', '[::1]']) {
      assert.ok(configuredHost(host).inside.includes('loopback'), host);
    }
    assert.deepEqual(usableAddresses(configuredHost('169.254.1.1'), ['169.254.1.1']), ['169.254.1.1']);
  });
});

function fault(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof OutboundError && error.fault === expected;
}
