/** What the administrator's settings (exchange.md 3) mean for the way to the server, read once into precise values. */
import { normalizedPin } from '../../outbound/certificate.ts';
import type { Trust } from '../../outbound/connect.ts';
import {
  configuredHost,
  type HostRule,
  isReachable,
  type Reach,
  withoutBrackets,
} from '../../outbound/reach.ts';
import { type ExchangeSettings, isExchangeOnline } from '../../service/connectors/settings.ts';
import { RemoteFailure } from '../failure.ts';

/** The part of the table of settings that the transport needs. */
export type TransportSettings = Pick<
  ExchangeSettings,
  | 'host'
  | 'port'
  | 'path'
  | 'tls'
  | 'allowInsecureHttp'
  | 'tlsVerify'
  | 'tlsCa'
  | 'tlsPin'
  | 'serverVersion'
  | 'autodiscover'
  | 'autodiscoverPath'
  | 'allowedHosts'
  | 'authMethods'
  | 'accessMode'
  | 'realtime'
  | 'maxConcurrentRequests'
  | 'batchSize'
  | 'requestTimeoutSeconds'
  | 'proxy'
>;

/** The same, understood. */
export interface Endpoint {
  readonly ewsUrl: URL;
  readonly reach: Reach;
  readonly trust: Trust;
  readonly proxy: URL | undefined;
}

/** Refuses: `configuration` failures whose codes name the setting. */
export function endpointOf(settings: TransportSettings): Endpoint {
  const host = withoutBrackets(settings.host.trim().toLowerCase());
  if (host === '') throw unusable('host-missing', 'the settings name no host');
  if (isExchangeOnline(host)) throw unusable('exchange-online', exchangeOnlineText);
  const rule = configuredHost(host);
  const isHere = rule.inside.includes('loopback');
  if (!settings.tls && !isHere && !settings.allowInsecureHttp)
    throw unusable('insecure-http', 'plain HTTP is for this machine only, unless allowInsecureHttp is set');
  const authority = host.includes(':') ? `[${host}]` : host;
  const path = settings.path.startsWith('/') ? settings.path : `/${settings.path}`;
  const written = `${settings.tls ? 'https' : 'http'}://${authority}:${settings.port}${path}`;
  if (!URL.canParse(written)) throw unusable('host-unreadable', 'host, port and path make no address');
  return {
    ewsUrl: new URL(written),
    reach: [rule, ...settings.allowedHosts.map(allowedHost)],
    trust: trustOf(settings),
    proxy: proxyOf(settings.proxy),
  };
}

/** May logins be sent there, whoever names the address? By TLS or to the configured server, and to allowed hosts (exchange.md 18.6). */
export function mayBeAsked({ protocol, origin, hostname }: URL, { ewsUrl, reach }: Endpoint): boolean {
  return (protocol === 'https:' || origin === ewsUrl.origin) && isReachable(reach, hostname);
}

const exchangeOnlineText =
  'Exchange Online blocks EWS by default since 1 October 2026 and ends it on 1 April 2027; it needs the Graph backend';

/** A pattern names hosts of the company as much as the host does; only this machine must be said literally. */
function allowedHost(pattern: string): HostRule {
  return configuredHost(pattern.trim());
}

function trustOf({ tlsVerify, tlsCa, tlsPin }: TransportSettings): Trust {
  if (tlsVerify === 'ca') {
    if (!tlsCa.includes('-----BEGIN CERTIFICATE-----'))
      throw unusable('tls-ca', 'tlsCa holds no PEM certificate');
    return { verify: 'ca', ca: tlsCa };
  }
  if (tlsVerify !== 'pin') return { verify: tlsVerify };
  const pin = normalizedPin(tlsPin);
  if (pin === undefined) throw unusable('tls-pin', 'tlsPin is no SHA-256 in base64 or hexadecimal');
  return { verify: 'pin', pin };
}

function proxyOf(text: string): URL | undefined {
  if (text.trim() === '') return undefined;
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url?.protocol !== 'http:') throw unusable('proxy', 'proxy is no http:// address');
  return url;
}

function unusable(code: string, message: string): RemoteFailure {
  return new RemoteFailure('configuration', code, message);
}
