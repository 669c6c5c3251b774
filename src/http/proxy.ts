/** Who the client is when the request came through proxies (RFC 7239, clients.md demand 29). */
import { BlockList, isIP } from 'node:net';

export interface Peer {
  /** The client, as far as trusted proxies vouch for it; empty on a Unix socket without a proxy's word. */
  readonly address: string;
  /** The connection itself comes from a trusted proxy: only then its headers count. */
  readonly isTrusted: boolean;
}

interface Incoming {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** `networks` as in the setting `trustProxy`: addresses, `10.0.0.0/8`, and `unix`. Throws at anything else. */
export function createPeerReader(networks: readonly string[]): (request: Incoming) => Peer {
  const trusted = new BlockList();
  let unixTrusted = false;
  for (const network of networks) {
    if (network === 'unix') unixTrusted = true;
    else addNetwork(trusted, network);
  }
  const isTrusted = (address: string): boolean =>
    address === '' ? unixTrusted : trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return ({ headers, socket }) => {
    const peer = plainAddress(socket.remoteAddress ?? '');
    if (networks.length === 0 || !isTrusted(peer)) return { address: peer, isTrusted: false };
    // From the right: each hop is believed only if the one that reports it is trusted.
    let address = peer;
    for (const hop of hops(headers)) {
      address = hop;
      if (!isTrusted(hop)) break;
    }
    return { address, isTrusted: true };
  };
}

function addNetwork(list: BlockList, network: string): void {
  const [address = '', prefix] = network.split('/');
  const version = isIP(address);
  const bits = prefix === undefined ? undefined : Number(prefix);
  const valid = bits === undefined || (/^\d{1,3}$/.test(prefix ?? '') && bits <= (version === 6 ? 128 : 32));
  if (version === 0 || !valid)
    throw new Error(`trustProxy: wanted an address or a network like 10.0.0.0/8, not "${network}"`);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  if (bits === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}

/**
 * The addresses that `X-Forwarded-For` or, without it, `Forwarded` lists, from the last proxy towards the client, as far as
 * they can be read. That order because nearly every proxy writes the former and hands the latter on as the client made it.
 */
function hops(headers: Incoming['headers']): string[] {
  const plain = joined(headers['x-forwarded-for']);
  const listed = (plain ?? joined(headers['forwarded']) ?? '').split(',');
  const addresses: string[] = [];
  for (const element of listed.slice(-maxHops).reverse()) {
    const written = plain === undefined ? /(?:^|;)\s*for=("[^"]*"|[^;]*)/i.exec(element)?.[1] : element;
    const address = hopAddress(written ?? '');
    if (address === undefined) break;
    addresses.push(address);
  }
  return addresses;
}

const maxHops = 20;

/** `203.0.113.7`, `203.0.113.7:4711`, `"[2001:db8::1]:4711"`; `undefined` for `unknown`, `_hidden` and nonsense. */
function hopAddress(written: string): string | undefined {
  const bare = written.trim().replace(/^"|"$/g, '');
  const inBrackets = /^\[([^\]]+)\](?::\d+)?$/.exec(bare)?.[1];
  const withoutPort = inBrackets ?? (/^[\d.]+:\d+$/.test(bare) ? bare.slice(0, bare.indexOf(':')) : bare);
  const address = plainAddress(withoutPort);
  return isIP(address) === 0 ? undefined : address;
}

/** IPv4 in its own form also where the socket speaks IPv6: `::ffff:127.0.0.1` is `127.0.0.1`. */
function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.replace(/%.*$/, '');
}

function joined(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(',') : value;
}
