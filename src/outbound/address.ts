/** What kind of place an IP address leads to: a request made for a stranger must not come out inside. */
import { BlockList, isIPv6 } from 'node:net';

/** `unusable`: nowhere a server can be reached (multicast, unspecified, reserved). */
export type AddressKind = 'public' | 'private' | 'loopback' | 'link-local' | 'unusable';

/** IPv6 addresses that carry an IPv4 one (`::ffff:127.0.0.1`) count as that. */
export function kindOfAddress(address: string): AddressKind {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  for (const [kind, list] of lists) if (list.check(address, family)) return kind;
  return 'public';
}

type Network = readonly [address: string, prefixBits: number, family: 'ipv4' | 'ipv6'];

const networks: readonly (readonly [AddressKind, readonly Network[]])[] = [
  [
    'loopback',
    [
      ['127.0.0.0', 8, 'ipv4'],
      ['::1', 128, 'ipv6'],
    ],
  ],
  [
    'link-local',
    [
      // Also where clouds keep the credentials of their machines.
      ['169.254.0.0', 16, 'ipv4'],
      ['fe80::', 10, 'ipv6'],
    ],
  ],
  [
    'private',
    [
      ['10.0.0.0', 8, 'ipv4'],
      ['172.16.0.0', 12, 'ipv4'],
      ['192.168.0.0', 16, 'ipv4'],
      ['100.64.0.0', 10, 'ipv4'],
      ['192.0.0.0', 24, 'ipv4'],
      ['198.18.0.0', 15, 'ipv4'],
      ['fc00::', 7, 'ipv6'],
      ['fec0::', 10, 'ipv6'],
      // An IPv4 address behind a translator (RFC 6052): which one, this machine cannot rule on.
      ['64:ff9b::', 96, 'ipv6'],
      ['64:ff9b:1::', 48, 'ipv6'],
      // 6to4 and Teredo, likewise (RFC 3056, RFC 4380).
      ['2002::', 16, 'ipv6'],
      ['2001::', 32, 'ipv6'],
    ],
  ],
  [
    'unusable',
    [
      ['0.0.0.0', 8, 'ipv4'],
      ['224.0.0.0', 4, 'ipv4'],
      ['240.0.0.0', 4, 'ipv4'],
      ['::', 128, 'ipv6'],
      ['ff00::', 8, 'ipv6'],
    ],
  ],
];

const lists: readonly (readonly [AddressKind, BlockList])[] = networks.map(([kind, members]) => {
  const list = new BlockList();
  for (const [address, prefixBits, family] of members) list.addSubnet(address, prefixBits, family);
  return [kind, list];
});
