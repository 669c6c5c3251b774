/**
 * Settings of the Exchange connector from a file: JSON in which comments are tolerated, in our own words (the names of the
 * table, and `serviceAccounts`) or in those of the companion program whose configuration people bring along (exchange.md §16).
 */
import { Refusal } from '../../core/refusal.ts';
import { wrong } from './setting.ts';
import type { ServiceAccountInput, SettingsPatch } from './setting-store.ts';
import { isSettingName, settingNames, settingTable } from './settings.ts';

export interface SettingsFile {
  readonly patch: SettingsPatch;
  /** What was left out, in sentences. */
  readonly notices: readonly string[];
}

/** Refuses `invalid-property` for names that nobody knows, and for what is no JSON. Values are judged when they are taken. */
export function readSettingsFile(text: string): SettingsFile {
  const entries = Object.entries(record(parsed(text), 'the file'));
  const settings: Record<string, unknown> = {};
  const notices: string[] = [];
  let serviceAccounts: readonly ServiceAccountInput[] | undefined;
  for (const [name, value] of entries) {
    if (isSettingName(name)) settings[name] = value;
    else if (name === 'serviceAccounts') serviceAccounts = accounts(value, name);
    else if (name === 'calendarProviders') {
      const provider = firstProvider(value, notices);
      Object.assign(settings, provider.settings);
      serviceAccounts = provider.serviceAccounts ?? serviceAccounts;
    } else if (name === 'cache') Object.assign(settings, cached(value));
    else if (Object.hasOwn(ignored, name)) notices.push(`${name} was left out: ${ignored[name]}`);
    else throw wrong(name, 'there is no such setting');
  }
  return { patch: { settings, ...(serviceAccounts && { serviceAccounts }) }, notices };
}

const ofConference = 'it belongs to the conference companion, which is not part of this release';

const ignored: Readonly<Record<string, string>> = {
  dbConnectionConfig: 'the data lies in this server’s own database',
  wsPort: ofConference,
  launchConference: ofConference,
  syncConferenceParticipants: ofConference,
  productWhitelist: ofConference,
  conference: ofConference,
};

function firstProvider(value: unknown, notices: string[]): SettingsPatch {
  if (!Array.isArray(value) || value.length === 0) throw wrong('calendarProviders', 'wanted a list');
  const providers = value.map((entry: unknown, at) => record(entry, `calendarProviders[${at}]`));
  const [provider] = providers.filter(({ type }) => type === 'ews' || type === undefined);
  if (!provider) throw wrong('calendarProviders', 'none of them is of type ews');
  if (providers.length > 1) {
    notices.push(
      'of several calendarProviders the first of type ews was taken: other servers are found by autodiscover',
    );
  }
  const settings: Record<string, unknown> = {};
  let serviceAccounts: readonly ServiceAccountInput[] | undefined;
  for (const [name, given] of Object.entries(provider)) {
    if (name === 'type') continue;
    if (name === 'credentials') serviceAccounts = accounts(given, 'calendarProviders.credentials');
    else if (isSettingName(name)) settings[name] = given;
    else throw wrong(`calendarProviders.${name}`, 'there is no such setting');
  }
  return { settings, ...(serviceAccounts && { serviceAccounts }) };
}

function cached(value: unknown): Readonly<Record<string, unknown>> {
  const names: Readonly<Record<string, string>> = {
    autoSync: 'autoSync',
    backward: 'backwardMonths',
    forward: 'forwardMonths',
  };
  return Object.fromEntries(
    Object.entries(record(value, 'cache')).map(([name, given]) => {
      const known = Object.hasOwn(names, name) ? names[name] : undefined;
      if (known === undefined) throw wrong(`cache.${name}`, 'there is no such setting');
      return [known, given];
    }),
  );
}

function accounts(value: unknown, name: string): readonly ServiceAccountInput[] {
  if (!Array.isArray(value)) throw wrong(name, 'wanted a list of login and password');
  return value.map((entry: unknown, at) => {
    const { login, domain = '', password, secret } = record(entry, `${name}[${at}]`);
    const given = password ?? secret;
    if (typeof login !== 'string' || typeof domain !== 'string')
      throw wrong(`${name}[${at}]`, 'wanted a login');
    if (given !== undefined && typeof given !== 'string') throw wrong(`${name}[${at}]`, 'wanted a password');
    return { login, domain, ...(given !== undefined && { password: given }) };
  });
}

const prefix = 'PORTCAL_EXCHANGE_';

/**
 * The same from the environment: `PORTCAL_EXCHANGE_HOST`, and one service account by `PORTCAL_EXCHANGE_LOGIN`, `_DOMAIN` and
 * `_PASSWORD`. Refuses variables of the prefix that nobody knows; `known` are those that are no settings of the connector.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[] = [],
): SettingsPatch {
  const byVariable = new Map(settingNames.map((name) => [prefix + snake(name), name]));
  const settings: Record<string, unknown> = {};
  const account: Record<string, string> = {};
  for (const [variable, given] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || given === undefined || known.includes(variable)) continue;
    const name = byVariable.get(variable);
    const part = variable.slice(prefix.length).toLowerCase();
    if (name !== undefined) settings[name] = settingTable[name].fromText(given);
    else if (part === 'login' || part === 'domain' || part === 'password') account[part] = given;
    else throw wrong(variable, 'there is no such setting');
  }
  const { login, domain = '', password } = account;
  if (login === undefined) return { settings };
  return { settings, serviceAccounts: [{ login, domain, ...(password !== undefined && { password }) }] };
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

function parsed(text: string): unknown {
  try {
    return JSON.parse(withoutComments(text));
  } catch (error) {
    throw new Refusal('invalid-property', 'this is no JSON, even without its comments', {}, error);
  }
}

/** Comments and commas before a closing bracket go; what stands in texts stays. */
export function withoutComments(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\//g, (found) =>
      found.startsWith('"') ? found : ' ',
    )
    .replaceAll(/"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])/g, (found) => (found === ',' ? '' : found));
}

function record(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong(name, 'wanted an object');
  return { ...value };
}
