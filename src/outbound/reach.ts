/** Which hosts may be reached, and at which kinds of address. */
import { isIP } from 'node:net';
import { type AddressKind, kindOfAddress } from './address.ts';
import { OutboundError } from './error.ts';

/** A host that somebody with the right to do so has named. */
export interface HostRule {
  /** Lower case: a name, an address, or `*.suffix` for all names below a suffix. */
  readonly host: string;
  /** Kinds of address beside public ones. */
  readonly inside: readonly Exclude<AddressKind, 'public' | 'unusable'>[];
}

/** `everywhere`: whoever chose the address runs this very program, as with a command line. */
export type Reach = readonly HostRule[] | 'everywhere';

/**
 * The rule for a host from the administrator's settings: it may lie in a private network, as most servers of companies
 * do. This machine itself is meant only where the settings say it literally, by `localhost` or by the address.
 */
export function configuredHost(host: string): HostRule {
  const plain = withoutBrackets(host.toLowerCase());
  // RFC 6761 §6.3: names below it are this machine too.
  if (plain === 'localhost' || plain.endsWith('.localhost'))
    return { host: plain, inside: ['private', 'loopback'] };
  const kind = isIP(plain) === 0 ? 'public' : kindOfAddress(plain);
  const literal = kind === 'loopback' || kind === 'link-local' ? [kind] : [];
  return { host: plain, inside: ['private', ...literal] };
}

/** The rule that lets a host be reached. Throws `host-not-allowed`. */
export function ruleFor(reach: Reach, host: string): HostRule | undefined {
  if (reach === 'everywhere') return undefined;
  const wanted = withoutBrackets(host.toLowerCase());
  const rule = reach.find((each) => matches(each.host, wanted));
  if (rule === undefined)
    throw new OutboundError('host-not-allowed', `${wanted} is not on the list of allowed hosts`);
  return rule;
}

export function isReachable(reach: Reach, host: string): boolean {
  const wanted = withoutBrackets(host.toLowerCase());
  return reach === 'everywhere' || reach.some((rule) => matches(rule.host, wanted));
}

/** Of the addresses behind a name those that may be used. Throws `address-not-allowed` when none is left. */
export function usableAddresses(rule: HostRule | undefined, addresses: readonly string[]): readonly string[] {
  const usable = addresses.filter((address) => {
    const kind = kindOfAddress(address);
    if (kind === 'unusable') return false;
    return rule === undefined || kind === 'public' || rule.inside.includes(kind);
  });
  if (usable.length > 0) return usable;
  const kinds = [...new Set(addresses.map(kindOfAddress))].join(', ');
  throw new OutboundError(
    'address-not-allowed',
    `${rule?.host ?? 'the host'} leads to an address that is ${kinds}`,
  );
}

export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function matches(pattern: string, host: string): boolean {
  if (pattern.startsWith('*.')) return host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
  return pattern === host;
}
