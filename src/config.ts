/**
 * All settings in one table: name, type, default, help, secret or not (ARCHITECTURE §9).
 *
 * Loading, validation, the flags, the environment names, the help text and `config print` come from the table. A value
 * comes from the last of these that has one: default, TOML file (`--config`), environment (`PORTCAL_PUBLIC_URL`), flag
 * (`--public-url`). Unknown keys are errors wherever they stand. Secrets are read from the environment or from files.
 */
import {
  choice,
  choices,
  type DescribedSetting,
  flag,
  integer,
  networks,
  normalPrefix,
  pathPrefix,
  type Setting,
  SettingError,
  secret,
  serverAddress,
  text,
  webAddress,
  webOrigins,
} from './config/setting.ts';
import { environmentName, kebab, type Origin, readSources, type Sources } from './config/sources.ts';
import { defaultLimits, type Limits } from './core/limits.ts';

export { SettingError } from './config/setting.ts';
export type { Origin, Sources } from './config/sources.ts';

/** The limits that an installation may change; the earliest and latest date are not among them. */
export type NumericLimits = Omit<Limits, 'minDateTime' | 'maxDateTime'>;

export type SignInMethodName = 'app-password' | 'password' | 'ldap' | 'proxy';

export interface Settings extends NumericLimits {
  readonly host: string;
  readonly port: number;
  readonly socket: string;
  readonly data: string;
  readonly publicUrl: string;
  readonly basePath: string;
  readonly timezoneService: boolean;
  readonly trustProxy: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly profileCert: string;
  readonly profileKey: string;
  readonly demo: boolean;
  readonly demoPassword: string;
  readonly adminName: string;
  readonly adminPassword: string;
  readonly signIn: readonly SignInMethodName[];
  readonly requireAppPasswords: boolean;
  readonly signInCacheSeconds: number;
  readonly maxFailuresPerAccount: number;
  readonly maxFailuresPerAddress: number;
  readonly failureWindowSeconds: number;
  readonly proxyUserHeader: string;
  readonly ldapUrl: string;
  readonly ldapBind: string;
  readonly ldapBase: string;
  readonly ldapFilter: string;
  readonly ldapSearchDn: string;
  readonly ldapSearchPassword: string;
  readonly ldapStartTls: boolean;
  readonly ldapTimeoutSeconds: number;
  readonly oidcIssuer: string;
  readonly oidcClientId: string;
  readonly oidcClientSecret: string;
  readonly oidcClaim: string;
  readonly oidcLabel: string;
  readonly exchangeSettings: string;
  readonly connectorKey: string;
  readonly auditDays: number;
  readonly durability: 'full' | 'normal';
  readonly trashDays: number;
  readonly backupFolder: string;
  readonly backupHours: number;
  readonly backupKeep: number;
  readonly keepChanges: number;
  readonly headerTimeoutSeconds: number;
  readonly requestTimeoutSeconds: number;
  readonly keepAliveSeconds: number;
  readonly maxConnections: number;
  readonly maxHeldBytes: number;
  readonly stopSeconds: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly logFormat: 'json' | 'pretty' | 'auto';
  readonly metricsHost: string;
  readonly metricsPort: number;
}

export type SettingName = keyof Settings;

const limitHelps: Readonly<Record<keyof NumericLimits, string>> = {
  maxObjectBytes: 'bytes of one event or task',
  maxFileBytes: 'bytes of one file below /dav/files',
  maxXmlBytes: 'bytes of a DAV request body',
  maxXmlDepth: 'nesting of a DAV request body',
  maxXmlElements: 'elements of a DAV request body, and attributes',
  maxImportBytes: 'bytes of an imported file',
  maxInstances: 'explicit dates and changed instances of one series',
  maxAttendees: 'attendees of one event',
  maxIndexedOccurrences: 'instances of one series in the time index',
  maxInstancesPerQuery: 'instances in the answer to one query',
  maxExpandedObjectBytes: 'bytes of one series when its instances are written out one by one',
  maxExpandedBytes: 'bytes of all series in one answer when their instances are written out',
  maxMultigetHrefs: 'objects that one request may ask for by their addresses',
  maxSyncResults: 'changes in one answer of a synchronization',
  maxNameBytes: 'bytes of a resource name',
  maxUidBytes: 'bytes of a UID',
  maxCalendarsPerHome: 'calendars of one person',
  maxDeadPropertyBytes:
    'bytes of all properties of one resource that clients have set and only they understand',
  maxHomeBytes: 'bytes that one person, group or the company may store',
};

const table: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  host: text('127.0.0.1', 'ADDRESS', 'address to listen on; 0.0.0.0 or :: for all'),
  port: integer(8080, 0, 65_535, 'TCP port; 0 takes a free one'),
  socket: text('', 'FILE', 'Unix socket to listen on instead of host and port'),
  data: text('data', 'FOLDER', 'folder of the database'),
  publicUrl: webAddress('address under which clients reach the server'),
  basePath: pathPrefix('path below which the server lives; by default that of the public URL'),
  timezoneService: flag(
    true,
    'serve the definitions of time zones (RFC 7808); programs that fetch them need not send them with every event',
  ),
  trustProxy: networks('proxies whose forwarded headers are believed: 10.0.0.0/8, 127.0.0.1, ::1, unix'),
  corsOrigins: webOrigins(
    'origins whose scripts may use calendars and feeds (CORS): https://intranet.example.com; * lets those of any origin read feeds, and nothing else',
  ),
  tlsCert: text('', 'FILE', 'certificate chain (PEM) for HTTPS in the server itself; read again on SIGHUP'),
  tlsKey: text('', 'FILE', 'private key (PEM) of the certificate'),
  profileCert: text(
    '',
    'FILE',
    'certificate chain (PEM) that Apple profiles are signed with; by default they are not',
  ),
  profileKey: text('', 'FILE', 'private key (PEM, RSA or elliptic) of that certificate'),
  demo: flag(false, 'fill an empty database with a small company'),
  demoPassword: secret('password of the people of the demo company; by default random and printed once'),
  adminName: text('admin', 'NAME', 'login name of the first administrator'),
  adminPassword: secret('password of the first administrator; by default random and printed once'),
  signIn: choices(
    ['app-password', 'password'],
    ['app-password', 'password', 'ldap', 'proxy'],
    'ways to sign in, in the order in which they are tried',
  ),
  requireAppPasswords: flag(false, 'refuse account passwords in calendar programs'),
  signInCacheSeconds: integer(300, 0, 86_400, 'how long a verified password is remembered'),
  maxFailuresPerAccount: integer(20, 1, 1e6, 'different wrong passwords for one account before it is slowed'),
  maxFailuresPerAddress: integer(
    100,
    1,
    1e6,
    'different wrong sign-ins from one address before it is slowed',
  ),
  failureWindowSeconds: integer(900, 1, 86_400, 'how long wrong sign-ins count'),
  proxyUserHeader: text(
    'X-Remote-User',
    'HEADER',
    'header in which a trusted proxy names the person, for programs and the page (sign-in "proxy")',
  ),
  ldapUrl: serverAddress(
    ['ldap:', 'ldaps:'],
    'ldaps://ldap.example.com',
    'directory for sign-in "ldap": ldap://host or ldaps://host',
  ),
  ldapBind: text(
    '',
    'DN',
    'name to bind with, {name} standing for the login: uid={name},ou=people,dc=example,dc=com',
  ),
  ldapBase: text('', 'DN', 'where to search for the person, instead of ldapBind'),
  ldapFilter: text('(|(uid={name})(mail={name}))', 'FILTER', 'how to find the person below ldapBase'),
  ldapSearchDn: text('', 'DN', 'account that searches; anonymous by default'),
  ldapSearchPassword: secret('password of the account that searches'),
  ldapStartTls: flag(false, 'change to TLS on an ldap:// connection'),
  ldapTimeoutSeconds: integer(5, 1, 60, 'how long to wait for an answer of the directory'),
  oidcIssuer: serverAddress(
    ['https:', 'http:'],
    'https://login.example.com',
    'identity provider for sign-in to the page (OpenID Connect); empty: none',
  ),
  oidcClientId: text('', 'ID', 'what the identity provider calls this server'),
  oidcClientSecret: secret('secret that the identity provider shares with this server'),
  oidcClaim: text(
    'preferred_username',
    'CLAIM',
    'claim of the identity provider that holds the login name; email: people are found by their verified address',
  ),
  oidcLabel: text('Single sign-on', 'TEXT', 'label of the button that leads to the identity provider'),
  exchangeSettings: text(
    '',
    'FILE',
    'JSON file with settings of the Exchange connector, read at the start; it sets only what is not set yet',
  ),
  connectorKey: secret(
    'keys of 64 hexadecimal digits with which passwords of connectors are encrypted, the current one first; by default in the file connector-key of the data folder',
  ),
  auditDays: integer(365, 1, 36_500, 'how long the audit is kept'),
  durability: choice(
    'full',
    ['full', 'normal'],
    'full: an acknowledged change survives a power cut; normal: it survives a crash of the server only, which is faster on slow disks',
  ),
  backupFolder: text('', 'FOLDER', 'where the server makes backups by itself; empty: nowhere'),
  backupHours: integer(24, 1, 8_760, 'hours between backups'),
  backupKeep: integer(7, 1, 10_000, 'how many backups are kept'),
  trashDays: integer(
    30,
    0,
    36_500,
    'how long deleted calendars and events can be restored; 0 keeps them for ever',
  ),
  keepChanges: integer(
    10_000,
    100,
    1e9,
    'how many of its latest changes each calendar remembers at least, for clients that synchronize',
  ),
  headerTimeoutSeconds: integer(20, 1, 3_600, 'how long to wait for the headers of a request'),
  requestTimeoutSeconds: integer(300, 1, 86_400, 'how long to wait for a whole request'),
  keepAliveSeconds: integer(75, 1, 3_600, 'how long an idle connection is kept'),
  maxConnections: integer(20_000, 1, 1e6, 'how many connections may be open at a time'),
  maxHeldBytes: integer(
    256 * 1024 * 1024,
    1,
    2 ** 40,
    'bytes of request bodies held in memory at once; requests that do not fit are asked to come again (503, Retry-After)',
  ),
  stopSeconds: integer(10, 0, 600, 'how long requests may go on after SIGTERM'),
  logLevel: choice(
    'info',
    ['debug', 'info', 'warn', 'error', 'silent'],
    'least important line that is logged',
  ),
  logFormat: choice(
    'auto',
    ['json', 'pretty', 'auto'],
    'one JSON object a line, or for people; auto: for people on a terminal',
  ),
  metricsHost: text('127.0.0.1', 'ADDRESS', 'address of the metrics listener'),
  metricsPort: integer(-1, -1, 65_535, 'port for Prometheus (/metrics), without sign-in; -1: off'),
  ...limits(limitHelps),
};

export interface Loaded {
  readonly settings: Settings;
  readonly origins: { readonly [Name in SettingName]: Origin };
  /** Arguments that are no flags. */
  readonly rest: readonly string[];
  readonly helpWanted: boolean;
}

/** Refuses with a `SettingError` that names the place. */
export async function loadSettings(sources: Sources): Promise<Loaded> {
  const { values, rest, helpWanted } = await readSources(table, sources);
  const entries = settingNames.map((name) => {
    const { value, origin } = values.get(name) ?? { value: table[name].default, origin: 'default' as const };
    return { name, value, origin };
  });
  const settings = byName<Settings>(entries.map(({ name, value }) => [name, value]));
  agree(settings);
  const origins = byName<Loaded['origins']>(entries.map(({ name, origin }) => [name, origin]));
  return { settings, origins, rest, helpWanted };
}

/** The limits of the installation in the form in which the rules use them. */
export function limitsOf(settings: Settings): Limits {
  const { minDateTime, maxDateTime } = defaultLimits;
  const chosen = byName<NumericLimits>(limitNames.map((name) => [name, settings[name]]));
  return { ...chosen, minDateTime, maxDateTime };
}

/** The path below which the server lives, `''` or `/a/b`: the setting, or else the path of the public URL. */
export function basePathOf(settings: Pick<Settings, 'basePath' | 'publicUrl'>): string {
  if (settings.basePath !== '') return settings.basePath;
  return settings.publicUrl === '' ? '' : normalPrefix(new URL(settings.publicUrl).pathname);
}

export interface PrintedSetting {
  readonly name: string;
  readonly value: unknown;
  readonly origin: Origin;
  readonly help: string;
  readonly flag: string;
  readonly environment: string;
}

/** What `config print` shows: every setting, its value and where it came from; secrets only as set or not. */
export function printedSettings(loaded: Loaded): readonly PrintedSetting[] {
  return settingNames.map((name) => {
    const { help, isSecret } = table[name];
    const value = loaded.settings[name];
    return {
      name,
      value: isSecret && value !== '' ? '(set)' : value,
      origin: loaded.origins[name],
      help,
      flag: `--${kebab(name)}${isSecret ? '-file' : ''}`,
      environment: environmentName(name),
    };
  });
}

/** The table in words, for `--help` and docs/settings.md. */
export function describedSettings(): readonly DescribedSetting[] {
  return settingNames.map((name) => {
    const { shape, help, isSecret = false, default: standard } = table[name];
    const flag = isSecret ? `--${kebab(name)}-file FILE` : `--${kebab(name)} ${shape}`.trimEnd();
    const shown = standard === false ? '' : Array.isArray(standard) ? standard.join(',') : String(standard);
    return { name, flag, environment: environmentName(name), help, standard: shown, isSecret };
  });
}

/** The flags with their meaning and defaults, for `--help`. */
export function settingsHelp(): string {
  const entries = describedSettings().map(
    ({ flag, help, standard }) => `  ${flag}\n      ${help}${standard === '' ? '' : ` (${standard})`}`,
  );
  return `${entries.join('\n')}
  --config FILE
      settings in TOML, their names in camelCase: publicUrl = "https://cal.example.com"

A switch that is on is turned off with no- before its name: --no-timezone-service.
Each is also a variable of the environment: --public-url is PORTCAL_PUBLIC_URL. A secret is read from its variable, or
from the file that the variable with _FILE at its end names: PORTCAL_ADMIN_PASSWORD, PORTCAL_ADMIN_PASSWORD_FILE.`;
}

/** In the order of the help. */
const settingNames: readonly SettingName[] = namesOf(table);

const limitNames: readonly (keyof NumericLimits)[] = namesOf(limitHelps);

function namesOf<Name extends string>(entries: Readonly<Record<Name, unknown>>): readonly Name[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the argument is a literal with just these keys
  return Object.keys(entries) as Name[];
}

/** From one entry for each name; each value was read by that name's own reader or is its default. */
function byName<Result extends object>(entries: readonly (readonly [keyof Result, unknown])[]): Result {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the entries come from the table of that very type
  return Object.fromEntries(entries) as Result;
}

/** Checks that no single setting can make. */
function agree(settings: Settings): void {
  if (settings.data === '') throw new SettingError('data: wanted the name of a folder');
  if ((settings.tlsCert === '') !== (settings.tlsKey === ''))
    throw new SettingError('tlsCert and tlsKey go together: only one of them is set');
  if ((settings.profileCert === '') !== (settings.profileKey === ''))
    throw new SettingError('profileCert and profileKey go together: only one of them is set');
  if (settings.headerTimeoutSeconds > settings.requestTimeoutSeconds)
    throw new SettingError('headerTimeoutSeconds must not be more than requestTimeoutSeconds');
  if (settings.signIn.includes('ldap')) {
    if (settings.ldapUrl === '') throw new SettingError('sign-in "ldap" needs ldapUrl');
    if ((settings.ldapBind === '') === (settings.ldapBase === ''))
      throw new SettingError('sign-in "ldap" needs either ldapBind or ldapBase');
  }
  if (!/^[\s,]*([0-9a-f]{64}[\s,]+)*([0-9a-f]{64})?$/i.test(settings.connectorKey))
    throw new SettingError('connectorKey: a key has 64 hexadecimal digits');
  if (settings.oidcIssuer !== '' && settings.oidcClientId === '')
    throw new SettingError('oidcIssuer needs oidcClientId: what the identity provider calls this server');
  if (settings.signIn.includes('proxy') && settings.trustProxy.length === 0)
    throw new SettingError('sign-in "proxy" needs trustProxy: without it nobody may name the person');
}

function limits(helps: Readonly<Record<keyof NumericLimits, string>>): {
  readonly [Name in keyof NumericLimits]: Setting<number>;
} {
  return byName(
    namesOf(helps).map((name) => [
      name,
      integer(defaultLimits[name], 1, Number.MAX_SAFE_INTEGER, `limit: ${helps[name]}`),
    ]),
  );
}
