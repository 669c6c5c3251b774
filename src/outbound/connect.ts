/**
 * How a connection comes into being: allowed host, name, allowed address, proxy, TLS. The address that was judged is the
 * address that is connected to, so a name that answers differently the second time gains nothing.
 */
import { X509Certificate } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { publicKeyPin } from './certificate.ts';
import { OutboundError, outboundError } from './error.ts';
import { type Reach, ruleFor, usableAddresses, withoutBrackets } from './reach.ts';
import { connectAddress } from './tcp.ts';
import { openTunnel } from './tunnel.ts';

/** How a server proves who it is. `off` leaves that question open and is for test systems. */
export type Trust =
  | { readonly verify: 'system' }
  /** PEM, one certificate or several; these authorities and no others. */
  | { readonly verify: 'ca'; readonly ca: string }
  /** Base64 of SHA-256 of the public key (`publicKeyPin`); the chain, the name and the dates then do not matter. */
  | { readonly verify: 'pin'; readonly pin: string }
  | { readonly verify: 'off' };

export interface ConnectOptions {
  readonly reach: Reach;
  readonly trust: Trust;
  /** `http://[user:password@]host:port`; the tunnel is opened by CONNECT (RFC 9110 §9.3.6). */
  readonly proxy?: URL | undefined;
  readonly connectTimeoutMs: number;
  /** Addresses of a name; tests give their own. */
  readonly lookup?: Lookup | undefined;
}

export type Lookup = (host: string) => Promise<readonly string[]>;

/** What is known of a connection that stands. */
export interface Peer {
  readonly address: string;
  readonly tls: PeerTls | undefined;
}

export interface PeerTls {
  readonly protocol: string;
  readonly certificate: X509Certificate;
  /** DER, for channel bindings. */
  readonly raw: Uint8Array;
}

export interface Connected {
  readonly socket: Socket | TLSSocket;
  readonly peer: Peer;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** Called between the stages, for whoever shows them one by one. */
export type OnStage = (stage: 'resolved' | 'connected' | 'secured', detail: string) => void;

export async function connect(
  target: Target,
  options: ConnectOptions,
  onStage?: OnStage,
): Promise<Connected> {
  const host = withoutBrackets(target.host);
  const rule = ruleFor(options.reach, host);
  // Where a proxy resolves the name, only a literal address can be judged here.
  if (isIP(host) !== 0) usableAddresses(rule, [host]);
  const socket =
    options.proxy === undefined
      ? await connectDirectly(host, target.port, rule, options, onStage)
      : await openTunnel(options.proxy, { ...target, host }, options);
  const address = socket.remoteAddress ?? '';
  onStage?.('connected', address);
  if (!target.secure) return { socket, peer: { address, tls: undefined } };
  const secured = await secure(socket, host, options);
  onStage?.('secured', secured.tls.protocol);
  return { socket: secured.socket, peer: { address, tls: secured.tls } };
}

async function connectDirectly(
  host: string,
  port: number,
  rule: ReturnType<typeof ruleFor>,
  options: ConnectOptions,
  onStage: OnStage | undefined,
): Promise<Socket> {
  const found = isIP(host) === 0 ? await resolve(host, options.lookup ?? resolveBySystem) : [host];
  const addresses = usableAddresses(rule, found).slice(0, maxAddresses);
  onStage?.('resolved', addresses.join(', '));
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connectAddress(address, port, Math.ceil(options.connectTimeoutMs / addresses.length));
    } catch (error) {
      failure = error;
    }
  }
  throw outboundError(failure, 'connect-failed');
}

/** Beyond these a name is not a server with several interfaces any more. */
const maxAddresses = 4;

const resolveBySystem: Lookup = async (host) =>
  (await systemLookup(host, { all: true, verbatim: true })).map(({ address }) => address);

async function resolve(host: string, lookup: Lookup): Promise<readonly string[]> {
  try {
    return await lookup(host);
  } catch (error) {
    throw outboundError(error, 'name-not-found');
  }
}

function secure(
  socket: Socket,
  host: string,
  { trust, connectTimeoutMs }: ConnectOptions,
): Promise<{ readonly socket: TLSSocket; readonly tls: PeerTls }> {
  return new Promise((resolveSecured, reject) => {
    const secured = connectTls({
      socket,
      host,
      ...(isIP(host) === 0 && { servername: host }),
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      ...trustOptions(trust),
    });
    const timer = setTimeout(
      () =>
        secured.destroy(new OutboundError('connect-timeout', `${host} does not finish the TLS handshake`)),
      connectTimeoutMs,
    );
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      secured.destroy();
      reject(outboundError(error, 'tls-failed'));
    };
    secured.once('error', fail);
    secured.once('close', () =>
      fail(new OutboundError('tls-failed', `${host} ends the connection during the TLS handshake`)),
    );
    secured.once('secureConnect', () => {
      clearTimeout(timer);
      const raw = secured.getPeerCertificate().raw;
      const certificate = new X509Certificate(raw);
      if (trust.verify === 'pin' && publicKeyPin(certificate) !== trust.pin) {
        fail(new OutboundError('certificate-pin', `${host} shows another key than the pinned one`));
        return;
      }
      secured.removeAllListeners('error');
      secured.removeAllListeners('close');
      resolveSecured({ socket: secured, tls: { protocol: secured.getProtocol() ?? '', certificate, raw } });
    });
  });
}

function trustOptions(trust: Trust): ConnectionOptions {
  if (trust.verify === 'pin' || trust.verify === 'off') return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ...(trust.verify === 'ca' && { ca: trust.ca }) };
}
