/**
 * The settings of the Exchange connector as they are stored: one row for each that was set, service accounts with sealed
 * passwords, and two marks that the connector leaves for itself and for the page (last test, stopped).
 */
import type { Change } from '../../core/change-set.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { hourMs, type Instant } from '../../icalendar/time.ts';
import type { StoredSetting } from '../../storage/port.ts';
import { requireAdministrator } from '../access.ts';
import type { Services } from '../context.ts';
import { commit } from '../writing.ts';
import { changesOfTelling } from './read-again.ts';
import { isSealed, placeOf, portablePlace, type Vault } from './secrets.ts';
import { wrong } from './setting.ts';
import {
  defaultSettings,
  type ExchangeSettings,
  isSettingName,
  readSettings,
  requireAgreement,
  settingTable,
} from './settings.ts';

/** What the use cases of connectors are given. */
export interface ConnectorContext {
  readonly services: Services;
  readonly vault: Vault;
}

export interface ServiceAccount {
  readonly login: string;
  readonly domain: string;
  /** Sealed for this account; null: not set yet. */
  readonly secret: string | null;
  readonly secretSet: Instant | null;
}

export interface LoadedSettings {
  readonly values: ExchangeSettings;
  readonly serviceAccounts: readonly ServiceAccount[];
  /** The last connection test; undefined: there was none since the settings were changed. */
  readonly tested: { readonly at: Instant; readonly ok: boolean } | undefined;
  /** Why nothing is sent at all; undefined: it works. */
  readonly stopped: { readonly at: Instant; readonly code: string } | undefined;
}

/** Keys that are no settings. */
const accountsKey = 'serviceAccounts';
const testedKey = '#tested';
const stoppedKey = '#stopped';

/** A trace ends by itself. */
const traceMs = hourMs;

export async function loadSettings({ storage, clock }: Services): Promise<LoadedSettings> {
  const stored = await storage.connectors.settings('exchange');
  const values: Record<string, unknown> = { ...defaultSettings() };
  for (const [name, { value, changed }] of stored) {
    if (!isSettingName(name)) continue;
    if (name === 'traceMailboxes' && clock.now() >= changed + traceMs) continue;
    values[name] = settingTable[name].read(JSON.parse(value), name);
  }
  const tested = stored.get(testedKey);
  const stopped = stored.get(stoppedKey);
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- defaults, and values read by the rows of the table
    values: values as unknown as ExchangeSettings,
    serviceAccounts: accountsIn(stored.get(accountsKey)),
    tested: tested && { at: tested.changed, ok: tested.value === 'true' },
    stopped: stopped && { at: stopped.changed, code: String(JSON.parse(stopped.value)) },
  };
}

function accountsIn(stored: StoredSetting | undefined): readonly ServiceAccount[] {
  const accounts: readonly ServiceAccount[] = stored === undefined ? [] : JSON.parse(stored.value);
  return accounts;
}

export interface ServiceAccountInput {
  readonly login: string;
  readonly domain: string;
  /** In the clear, or sealed by the command line (`enc:v1:...`); absent: as it is. */
  readonly password?: string;
}

export interface SettingsPatch {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** All of them. */
  readonly serviceAccounts?: readonly ServiceAccountInput[];
}

/** Changes settings, all at once or none. For administrators. Refuses `invalid-property` with the name of the setting. */
export async function changeSettings(
  { services, vault }: ConnectorContext,
  actor: Actor,
  { settings = {}, serviceAccounts }: SettingsPatch,
): Promise<LoadedSettings> {
  requireAdministrator(actor);
  const before = await loadSettings(services);
  const given = readSettings(settings);
  requireAgreement({ ...before.values, ...given });
  const changes: Change[] = Object.entries(given).map(([key, value]) => setting(key, JSON.stringify(value)));
  if (serviceAccounts) {
    const accounts = await sealed(services, vault, before.serviceAccounts, serviceAccounts);
    changes.push(setting(accountsKey, JSON.stringify(accounts)));
  }
  if (changes.length > 0) {
    // What was found out about the old settings is no longer true of the new ones.
    changes.push(setting(testedKey, null), setting(stoppedKey, null));
    changes.push(...(await changesOfTelling(services, before.values, given)));
    await commit(services, actor, changes);
    if (before.stopped) await comeAgain(services);
  }
  return await loadSettings(services);
}

const maxServiceAccounts = 50;

async function sealed(
  { clock }: Services,
  vault: Vault,
  before: readonly ServiceAccount[],
  given: readonly ServiceAccountInput[],
): Promise<readonly ServiceAccount[]> {
  if (given.length > maxServiceAccounts) throw wrong(accountsKey, `at most ${maxServiceAccounts}`);
  const accounts: ServiceAccount[] = [];
  for (const { login, domain, password } of given) {
    const name = login.trim();
    if (name === '' || name.length > 256 || domain.length > 256) throw wrong(accountsKey, 'wanted a login');
    const account = { login: name, domain: domain.trim(), secret: null, secretSet: null };
    if (accounts.some((other) => isSame(other, account)))
      throw wrong(accountsKey, `${name} stands there twice`);
    const known = before.find((other) => isSame(other, account));
    if (password === undefined || password === '') {
      accounts.push(known ?? account);
    } else {
      const plain = isSealed(password) ? await vault.open(portablePlace, password) : password;
      accounts.push({
        ...account,
        secret: await vault.seal(accountPlace(account), plain),
        secretSet: clock.now(),
      });
    }
  }
  return accounts;
}

const isSame = (one: Pick<ServiceAccount, 'login' | 'domain'>, other: typeof one): boolean =>
  one.login.toLowerCase() === other.login.toLowerCase() &&
  one.domain.toLowerCase() === other.domain.toLowerCase();

const accountPlace = ({ login, domain }: Pick<ServiceAccount, 'login' | 'domain'>): string =>
  placeOf('connector_setting', `exchange ${accountsKey}`, `${domain.toLowerCase()}\\${login.toLowerCase()}`);

/** Sets what nobody has set yet: from a file or the environment, when the server starts. Answers the names that it took. */
export async function seedSettings(
  context: ConnectorContext,
  actor: Actor,
  { settings = {}, serviceAccounts }: SettingsPatch,
): Promise<readonly string[]> {
  const stored = await context.services.storage.connectors.settings('exchange');
  const missing = Object.entries(settings).filter(([name]) => !stored.has(name));
  const accounts = stored.has(accountsKey) ? undefined : serviceAccounts;
  if (missing.length === 0 && !accounts) return [];
  await changeSettings(context, actor, {
    settings: Object.fromEntries(missing),
    ...(accounts && { serviceAccounts: accounts }),
  });
  return [...missing.map(([name]) => name), ...(accounts ? [accountsKey] : [])];
}

/** Steps that may fail while people can be served: they are told to the administrator only. */
const harmless: ReadonlySet<string> = new Set(['clock', 'capabilities', 'probe']);

/** Can people be served, as the steps of a test of the connection have shown? */
export function servesPeople(
  steps: readonly { readonly step: string; readonly ok: boolean | null }[],
): boolean {
  return steps.every(({ step, ok }) => ok !== false || harmless.has(step));
}

/** What a test of the connection has shown. A good one lets a connector that had stopped go on. */
export async function noteTest(services: Services, ok: boolean): Promise<void> {
  const { stopped } = await loadSettings(services);
  const changes = [setting(testedKey, String(ok)), ...(ok ? [setting(stoppedKey, null)] : [])];
  await services.storage.commit({ actor: null, changes });
  if (ok && stopped) await comeAgain(services);
}

/** What failed when the whole connector stopped need not wait for its ordinary time. */
async function comeAgain({ storage, clock }: Services): Promise<void> {
  for await (const page of storage.connectors.links({ provider: 'exchange' })) {
    const changes = page
      .filter(({ link }) => link.failures > 0 && link.stopped === null)
      .map(({ link: { id } }): Change => {
        const patch = { failures: 0, nextRun: clock.now() };
        return { do: 'patch-connector-link', id, patch };
      });
    if (changes.length > 0) await storage.commit({ actor: null, changes });
  }
}

/** The service account was refused: nothing more is sent before an administrator has seen to it (exchange.md §17.1). */
export async function stopConnector({ storage }: Services, code: string): Promise<void> {
  await storage.commit({ actor: null, changes: [setting(stoppedKey, JSON.stringify(code))] });
}

function setting(key: string, value: string | null): Change {
  return { do: 'set-connector-setting', provider: 'exchange', key, value };
}

/** Things that an administrator ought to know, as codes. */
export function warningsOf({ values, serviceAccounts }: LoadedSettings): readonly string[] {
  const { tls, tlsVerify, host, accessMode } = values;
  return [
    ...(tls && tlsVerify === 'off' ? ['tlsVerifyOff'] : []),
    ...(!tls && host !== '' ? ['insecureHttp'] : []),
    ...(accessMode !== 'perUser' && serviceAccounts.some(({ secret }) => secret === null)
      ? ['noSecret']
      : []),
  ];
}

/** The password of a service account. Refuses `not-found` where none is set. */
export async function servicePassword({ vault }: ConnectorContext, account: ServiceAccount): Promise<string> {
  if (account.secret === null) throw new Refusal('not-found', 'the service account has no password yet');
  return await vault.open(accountPlace(account), account.secret);
}

/** Seals all secrets again with the current key. Answers how many were sealed with another one. */
export async function resealSecrets({ services, vault }: ConnectorContext, actor: Actor): Promise<number> {
  requireAdministrator(actor);
  const { storage } = services;
  let count = 0;
  const { serviceAccounts } = await loadSettings(services);
  const accounts: ServiceAccount[] = [];
  for (const account of serviceAccounts) {
    const { secret } = account;
    if (secret === null || (await vault.isCurrent(secret))) accounts.push(account);
    else {
      const place = accountPlace(account);
      accounts.push({ ...account, secret: await vault.seal(place, await vault.open(place, secret)) });
      count++;
    }
  }
  if (count > 0) await commit(services, actor, [setting(accountsKey, JSON.stringify(accounts))]);
  for await (const page of storage.connectors.accounts('exchange')) {
    for (const { id, secret } of page) {
      const text = secret === null ? '' : Buffer.from(secret).toString();
      if (text === '' || (await vault.isCurrent(text))) continue;
      const place = personPlace(id);
      const again = Buffer.from(await vault.seal(place, await vault.open(place, text)));
      await commit(services, actor, [{ do: 'patch-connector-account', id, patch: { secret: again } }]);
      count++;
    }
  }
  return count;
}

/** Where the password of a person's account stands. */
export const personPlace = (id: number): string => placeOf('connector_account', id, 'secret');
