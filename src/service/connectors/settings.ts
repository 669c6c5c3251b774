/**
 * Every setting of the Exchange connector in one table (exchange.md §3): kind, default, bounds, help. The administrator's form,
 * the JSON file, the environment and the check of what is stored come from it. Service accounts have secrets and stand apart
 * (`setting-store.ts`).
 */
import {
  type ConnectorSetting,
  choice,
  flag,
  type Guard,
  guard,
  integer,
  limit,
  list,
  offering,
  order,
  text,
  wrong,
} from './setting.ts';

export interface ExchangeSettings {
  readonly enabled: boolean;
  readonly protocol: 'ews' | 'graph';
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly tls: boolean;
  readonly allowInsecureHttp: boolean;
  readonly tlsVerify: 'system' | 'ca' | 'pin' | 'off';
  readonly tlsCa: string;
  readonly tlsPin: string;
  readonly serverVersion: ServerVersion;
  readonly autodiscover: 'off' | 'soap' | 'pox' | 'auto';
  readonly autodiscoverPath: string;
  readonly allowedHosts: readonly string[];
  readonly authMethods: readonly AuthMethod[];
  readonly accessMode: 'impersonation' | 'delegate' | 'perUser';
  readonly allowPerUserCredentials: boolean;
  readonly mailboxRule: 'email' | 'loginTemplate' | 'attribute';
  readonly mailboxTemplate: string;
  readonly mailboxes: readonly string[];
  readonly users: readonly string[];
  readonly userFilter: readonly string[];
  readonly maxAccounts: number | null;
  readonly periodMinutes: number;
  readonly realtime: 'streaming' | 'pull' | 'off';
  readonly backwardMonths: number;
  readonly forwardMonths: number;
  readonly autoSync: boolean;
  readonly direction: 'both' | 'fromExchange' | 'toExchange';
  readonly conflictPolicy: 'newest' | 'exchange' | 'portal';
  readonly recurrencePolicy: 'full' | 'firstAsNote';
  readonly unsupportedRecurrence: 'expand' | 'approximate' | 'skip';
  readonly invitations: 'exchange' | 'none';
  readonly privateEvents: 'full' | 'busyOnly' | 'skip';
  readonly maxConcurrentRequests: number;
  readonly batchSize: number;
  readonly requestTimeoutSeconds: number;
  readonly massDeleteGuard: Guard;
  readonly deepCheckHours: number;
  readonly exclusiveProvider: boolean;
  readonly proxy: string;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  readonly traceMailboxes: readonly string[];
}

export type AuthMethod = 'negotiate' | 'ntlm' | 'basic' | 'oauth';

export type ServerVersion = (typeof serverVersions)[number];

/** Exchange 2019 and Subscription Edition speak `Exchange2016`: there is no higher value (exchange.md §13). */
const serverVersions = [
  'auto',
  'Exchange2007_SP1',
  'Exchange2010',
  'Exchange2010_SP1',
  'Exchange2010_SP2',
  'Exchange2013',
  'Exchange2013_SP1',
  'Exchange2015',
  'Exchange2016',
] as const;

const lowerCase = (value: string): string => value.toLowerCase();

export const settingTable: {
  readonly [Name in keyof ExchangeSettings]: ConnectorSetting<ExchangeSettings[Name]>;
} = {
  enabled: flag('server', false, 'master switch; off: nobody sees anything of Exchange'),
  protocol: offering(choice('server', 'ews', ['ews', 'graph'], 'backend'), ['ews']),
  host: text('server', '', 'server name without scheme', checkHost),
  port: integer('server', 443, [1, 65_535], 'port of the server'),
  path: text('server', '/EWS/Exchange.asmx', 'path of Exchange Web Services', checkPath),
  tls: flag('server', true, 'plain HTTP is for loopback hosts, or with allowInsecureHttp as well'),
  allowInsecureHttp: flag('server', false, 'plain HTTP to other machines; everybody on the way can read it'),
  tlsVerify: choice(
    'server',
    'system',
    ['system', 'ca', 'pin', 'off'],
    'system: what this machine trusts; ca: tlsCa; pin: tlsPin; off: anything, with a permanent warning',
  ),
  tlsCa: text('server', '', 'certificates of an own authority, PEM', checkPem),
  tlsPin: text('server', '', 'SHA-256 of the public key (SPKI) of the server, hex or base64', checkPin),
  serverVersion: choice('server', 'auto', serverVersions, 'request version'),
  autodiscover: choice(
    'server',
    'auto',
    ['off', 'soap', 'pox', 'auto'],
    'how the server of a mailbox is found; necessary with several servers',
  ),
  autodiscoverPath: text('server', '/autodiscover/autodiscover.svc', 'path of SOAP autodiscover', checkPath),
  allowedHosts: list('server', 'hosts besides the server that may be asked and given credentials', lowerCase),
  authMethods: offering(
    order(
      'access',
      ['ntlm', 'basic'],
      ['negotiate', 'ntlm', 'basic', 'oauth'],
      'the first one that the server offers is used',
    ),
    ['ntlm', 'basic'],
  ),
  accessMode: choice(
    'access',
    'impersonation',
    ['impersonation', 'delegate', 'perUser'],
    'how a mailbox is opened: by a service account with the role ApplicationImpersonation, by one with folder rights, or by the person',
  ),
  allowPerUserCredentials: flag(
    'access',
    true,
    'people may use a password of their own although there is a service account',
  ),
  mailboxRule: choice(
    'access',
    'email',
    ['email', 'loginTemplate', 'attribute'],
    'how a person becomes a mailbox: preferred address, mailboxTemplate, or the list mailboxes',
  ),
  mailboxTemplate: text('access', '', 'as {login}@corp.example', (value) =>
    value.includes('{login}') && value.includes('@')
      ? undefined
      : 'wanted something like {login}@corp.example',
  ),
  mailboxes: list('access', 'for mailboxRule attribute: login=address, one for each person', lowerCase),
  users: list('access', 'mailboxes that are synchronized without anybody’s doing, and come first', lowerCase),
  userFilter: list(
    'access',
    'names of groups whose members may use the connector; empty: everyone',
    lowerCase,
  ),
  maxAccounts: limit(
    'limits',
    [0, 1_000_000],
    'links of further people are refused above it; users never are',
  ),
  periodMinutes: integer('schedule', 15, [1, 1440], 'minutes between runs of a link'),
  realtime: choice(
    'schedule',
    'streaming',
    ['streaming', 'pull', 'off'],
    'how changes there are noticed at once',
  ),
  backwardMonths: integer('schedule', 2, [0, 120], 'months before now'),
  forwardMonths: integer('schedule', 12, [1, 120], 'months after now'),
  autoSync: flag(
    'schedule',
    true,
    'off: only what changes after linking comes in, history stays where it is',
  ),
  direction: choice('rules', 'both', ['both', 'fromExchange', 'toExchange'], 'of new links'),
  conflictPolicy: choice(
    'rules',
    'newest',
    ['newest', 'exchange', 'portal'],
    'who wins when both sides changed the same',
  ),
  recurrencePolicy: choice('rules', 'full', ['full', 'firstAsNote'], 'what a series becomes here'),
  unsupportedRecurrence: choice(
    'rules',
    'expand',
    ['expand', 'approximate', 'skip'],
    'what becomes of a series that Exchange cannot say',
  ),
  invitations: choice('rules', 'exchange', ['exchange', 'none'], 'who mails the attendees of meetings'),
  privateEvents: choice(
    'rules',
    'full',
    ['full', 'busyOnly', 'skip'],
    'private items that are read through a service account',
  ),
  maxConcurrentRequests: integer('limits', 8, [1, 100], 'to one server; to one mailbox it is always one'),
  batchSize: integer('limits', 10, [1, 50], 'items in one request'),
  requestTimeoutSeconds: integer('limits', 60, [5, 600], 'not for streaming'),
  massDeleteGuard: guard('rules', { count: 20, percent: 25 }, 'a run that would delete more asks first'),
  deepCheckHours: integer('schedule', 24, [1, 8760], 'hours between comparisons of everything'),
  exclusiveProvider: flag('rules', true, 'a person has a link to one provider only'),
  proxy: text('server', '', 'outbound HTTP proxy', checkProxy),
  logLevel: choice(
    'limits',
    'info',
    ['error', 'warn', 'info', 'debug'],
    'debug: every run; info and warn: runs that failed; error: only what stops the connector',
  ),
  traceMailboxes: list(
    'limits',
    'mailboxes whose requests are written to the log, redacted, for an hour after this was set',
    lowerCase,
  ),
};

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a literal are those of its type
export const settingNames: readonly (keyof ExchangeSettings)[] = Object.keys(
  settingTable,
) as (keyof ExchangeSettings)[];

export function isSettingName(name: string): name is keyof ExchangeSettings {
  return Object.hasOwn(settingTable, name);
}

export function defaultSettings(): ExchangeSettings {
  const entries = settingNames.map((name) => [name, settingTable[name].default]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each row of the table of that type
  return Object.fromEntries(entries) as ExchangeSettings;
}

/** Some values read by their rows; unknown names and wrong values are refused. */
export function readSettings(given: Readonly<Record<string, unknown>>): Partial<ExchangeSettings> {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!isSettingName(name)) throw wrong(name, 'there is no such setting');
    read[name] = settingTable[name].read(value, name);
  }
  return read;
}

/** What no row can check alone: refuses `invalid-property`. */
export function requireAgreement(settings: ExchangeSettings): void {
  const { host, protocol, tls, tlsVerify, authMethods } = settings;
  if (protocol === 'graph') throw wrong('protocol', noGraph);
  const missing = authMethods.find((method) => method === 'negotiate' || method === 'oauth');
  if (missing !== undefined) {
    throw wrong('authMethods', `${missing} is not part of this release; use ntlm and basic`);
  }
  if (isExchangeOnline(host)) throw wrong('host', exchangeOnline);
  const remote = settings.allowedHosts.find(isExchangeOnline);
  if (remote !== undefined) throw wrong('allowedHosts', exchangeOnline);
  if (!tls && host !== '' && !isLoopback(host) && !settings.allowInsecureHttp) {
    throw wrong('tls', 'plain HTTP is only for loopback hosts, or with allowInsecureHttp set as well');
  }
  if (tlsVerify === 'ca' && settings.tlsCa === '')
    throw wrong('tlsCa', 'tlsVerify ca needs certificates here');
  if (tlsVerify === 'pin' && settings.tlsPin === '') throw wrong('tlsPin', 'tlsVerify pin needs a key here');
  if (settings.mailboxRule === 'loginTemplate' && settings.mailboxTemplate === '') {
    throw wrong('mailboxTemplate', 'mailboxRule loginTemplate needs something like {login}@corp.example');
  }
  if (settings.mailboxes.some((line) => !/^[^=\s]+=[^=\s@]+@[^=\s@]+$/.test(line))) {
    throw wrong('mailboxes', 'wanted lines like anna=anna@corp.example');
  }
}

const noGraph =
  'the Microsoft Graph backend is not part of this release; use ews, which Exchange Online blocks by default since 1 October 2026 and ends for good on 1 April 2027';

const exchangeOnline =
  'this is Exchange Online: it blocks EWS by default since 1 October 2026 and ends it for good on 1 April 2027. Its calendars need the Microsoft Graph backend, which is not part of this release';

/** Microsoft's own hosts, in all its clouds. */
export function isExchangeOnline(host: string): boolean {
  return /(^|\.)(office365\.(com|us)|outlook\.office\.com|outlook\.com|partner\.outlook\.cn)\.?$/i.test(host);
}

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host) || /\.localhost$/i.test(host);
}

function checkHost(value: string): string | undefined {
  const isName = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_-]{1,63})*\.?$/i.test(value);
  const isAddress = /^\[?[0-9a-f:]+(%\w+)?\]?$/i.test(value) && value.includes(':');
  return isName || isAddress
    ? undefined
    : 'wanted a server name such as mail.corp.example, without scheme and path';
}

function checkPath(value: string): string | undefined {
  return /^\/[\w.~!$&'()*+,;=:@%/-]*$/.test(value) ? undefined : 'wanted a path such as /EWS/Exchange.asmx';
}

function checkPem(value: string): string | undefined {
  const isPem = /^(-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----\s*)+$/.test(value);
  return isPem ? undefined : 'wanted certificates in PEM';
}

function checkPin(value: string): string | undefined {
  const isPin = /^[0-9a-f]{64}$/i.test(value) || /^[A-Za-z0-9+/]{43}=$/.test(value);
  return isPin ? undefined : 'wanted a SHA-256 in hex or base64';
}

function checkProxy(value: string): string | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:') return 'wanted an address such as http://proxy.corp.example:3128';
  return url.password === '' ? undefined : 'a password must not stand here: settings are shown';
}
