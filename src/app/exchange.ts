/**
 * The Exchange connector at work: provider, engine and desk put together from the stored settings. Loaded when it is
 * switched on, or when somebody asks something of it (connectors.ts): most installations never need it.
 */
import { createHash } from 'node:crypto';
import { createEngine, type Engine } from '../connectors/engine.ts';
import {
  type Credentials,
  checkExchange,
  createExchange,
  type Exchange,
  type ExchangeOptions,
  type Learned,
  redactedHeaders,
  redactedXml,
  type Trace,
} from '../connectors/exchange/index.ts';
import { RemoteFailure } from '../connectors/failure.ts';
import type { RemoteMailbox } from '../connectors/remote.ts';
import type { SyncRules } from '../connectors/rules.ts';
import type { ConnectorAccount } from '../core/connector.ts';
import type { PrincipalId } from '../core/ids.ts';
import type { Principal } from '../core/principal.ts';
import type { Log } from '../observability/log.ts';
import type { ExchangeTest, ExchangeTestAnswer } from '../portal/api.ts';
import { accountPassword, type SignIn } from '../service/connectors/accounts.ts';
import { heldSecret, secretId } from '../service/connectors/held-secret.ts';
import { mayUse } from '../service/connectors/permission.ts';
import {
  type ConnectorContext,
  type LoadedSettings,
  loadSettings,
  type ServiceAccount,
  servicePassword,
} from '../service/connectors/setting-store.ts';
import type { ExchangeSettings } from '../service/connectors/settings.ts';
import type { Services } from '../service/context.ts';

/** What the parts of the running connector are made from. */
export interface ExchangeContext extends ConnectorContext {
  readonly log: Log;
  readonly version: string;
}

/** The provider as the settings are now. */
export interface Provider {
  readonly settings: LoadedSettings;
  readonly exchange: Exchange;
  /** The mailbox behind an account. */
  readonly open: (account: ConnectorAccount) => Promise<RemoteMailbox>;
  /** A mailbox by a login that is not stored yet. */
  readonly openAs: (person: Pick<Principal, 'timeZone' | 'addresses'>, signIn: SignIn) => RemoteMailbox;
}

export interface ExchangeWork {
  /** The provider for the present settings: a new one when settings that it is made of have changed; the old one finishes its work. */
  readonly provider: () => Promise<Provider>;
  readonly engine: Engine;
  readonly check: (test: ExchangeTest, signal: AbortSignal) => Promise<ExchangeTestAnswer['steps']>;
  readonly health: () => ReturnType<Exchange['health']> | undefined;
  readonly close: () => Promise<void>;
}

export function createExchangeWork(given: ExchangeContext): ExchangeWork {
  const { services, log } = given;
  let current: { readonly key: string; readonly provider: Provider } | undefined;
  const retired = new Map<Exchange, NodeJS.Timeout>();

  /** Closes a provider that was replaced, after the runs that began with it have had time to end. */
  const retire = (exchange: Exchange): void => {
    const end = (): void => {
      retired.delete(exchange);
      exchange
        .close()
        .catch((error: unknown) => log.failure('a replaced Exchange connector cannot be closed', error));
    };
    retired.set(exchange, setTimeout(end, graceMs).unref());
  };
  /** What is known of each server, by host and port. The connection test and the connector share it. */
  const learned = new Map<string, Learned>();
  const optionsFor = (settings: LoadedSettings): ExchangeOptions => {
    const { host, port } = settings.values;
    const server = `${host}:${port}`;
    const known = learned.get(server) ?? { quirks: {} };
    learned.set(server, known);
    return { ...optionsOf(given, settings), learned: known };
  };

  const provider = async (): Promise<Provider> => {
    const settings = await loadSettings(services);
    const key = keyOf(settings);
    if (current?.key === key) return current.provider;
    const before = current?.provider.exchange;
    const made = makeProvider(given, settings, optionsFor(settings));
    current = { key, provider: made };
    if (before) retire(before);
    return made;
  };

  return {
    provider,
    engine: createEngine({
      services,
      open: async (account) => await (await provider()).open(account),
      async rulesOf({ principal }) {
        const settings = await loadSettings(services);
        await requirePerson(services, settings, principal);
        return rulesOf(settings);
      },
    }),
    async check({ mailbox, probe }, signal) {
      const settings = await loadSettings(services);
      const [account] = settings.values.accessMode === 'perUser' ? [] : usable(settings);
      const steps: ExchangeTestAnswer['steps'][number][] = [];
      const request = {
        mailbox: mailbox.toLowerCase(),
        credentials: account && serviceCredentials(given, account),
        isService: true,
        probe,
      };
      const tried = checkExchange(settings.values, optionsFor(settings), request, signal);
      for await (const step of tried) steps.push(step);
      return steps;
    },
    health: () => current?.provider.exchange.health(),
    async close() {
      for (const timer of retired.values()) clearTimeout(timer);
      await Promise.all([...retired.keys()].map((exchange) => exchange.close()));
      await current?.provider.exchange.close();
    },
  };
}

/** Longer than any run takes, except a first one. */
const graceMs = 300_000;

/** Settings that are read each time they are needed: a change of them needs no new provider. */
const readLater: readonly (keyof ExchangeSettings)[] = [
  'enabled',
  'users',
  'userFilter',
  'maxAccounts',
  'periodMinutes',
  'backwardMonths',
  'forwardMonths',
  'autoSync',
  'direction',
  'conflictPolicy',
  'invitations',
  'massDeleteGuard',
  'deepCheckHours',
  'exclusiveProvider',
  'logLevel',
];

function keyOf({ values, serviceAccounts }: LoadedSettings): string {
  const made = Object.entries(values).filter(([name]) => !readLater.some((other) => other === name));
  return createHash('sha256')
    .update(JSON.stringify([made, serviceAccounts]))
    .digest('base64url');
}

function optionsOf({ services, log, version }: ExchangeContext, { values }: LoadedSettings): ExchangeOptions {
  const traced = new Set(values.traceMailboxes);
  const trace = (entry: Trace): void =>
    log.event('info', 'exchange trace', {
      operation: entry.operation,
      status: entry.status ?? 0,
      ms: Math.round(entry.ms),
      requestId: entry.requestId,
      headers: JSON.stringify(redactedHeaders(entry.answerHeaders ?? [])),
      request: redactedXml(entry.request),
      answer: redactedXml(entry.answer),
    });
  return {
    userAgent: `portcal/${version} (Exchange connector)`,
    now: services.clock.now,
    random: Math.random,
    trace: (mailbox) => (traced.has(mailbox) ? trace : undefined),
    onLost: (_, failure) => log.event('warn', 'exchange notifications lost', { code: failure.code }),
  };
}

function makeProvider(given: ExchangeContext, settings: LoadedSettings, options: ExchangeOptions): Provider {
  const { services } = given;
  const exchange = createExchange(settings.values, options);
  const mailbox = (
    person: Pick<Principal, 'timeZone' | 'addresses'>,
    address: string,
    credentials: Credentials,
    isService: boolean,
    memory: string,
  ): RemoteMailbox =>
    exchange.mailbox({
      mailbox: address,
      credentials,
      isService,
      memory,
      zone: person.timeZone,
      territory: null,
      aliases: person.addresses,
    });
  return {
    settings,
    exchange,
    async open(account) {
      const person = await services.storage.principal(account.principal);
      if (!person)
        throw new RemoteFailure('configuration', 'person-gone', 'the person of the account is gone');
      const isService = account.login === '';
      const credentials = isService
        ? serviceCredentials(given, serviceAccountFor(settings, account.mailbox))
        : ownCredentials(given, account);
      return mailbox(person, account.mailbox, credentials, isService, account.memory);
    },
    openAs(person, { mailbox: address, login, password }) {
      const isService = login === '';
      const credentials = isService
        ? serviceCredentials(given, serviceAccountFor(settings, address))
        : { login, domain: null, secretId: secretId(password), reveal: heldSecret(password) };
      return mailbox(person, address, credentials, isService, '');
    },
  };
}

/** Refuses people whom the setting `userFilter` no longer lets in. Their links wait until they are let in again. */
async function requirePerson(services: Services, { values }: LoadedSettings, id: PrincipalId): Promise<void> {
  const [person, groups] = await Promise.all([services.storage.principal(id), services.storage.groupsOf(id)]);
  if (person && (await mayUse(services, { ...values, enabled: true }, person, groups))) return;
  throw new RemoteFailure('configuration', 'person-not-allowed', 'the person may not use Exchange');
}

const usable = ({ serviceAccounts }: LoadedSettings): readonly ServiceAccount[] =>
  serviceAccounts.filter(({ secret }) => secret !== null);

/**
 * The service account that opens a mailbox, always the same one for the same mailbox. Several accounts share the mailboxes, so
 * that the server throttles each of them later.
 */
function serviceAccountFor(settings: LoadedSettings, mailbox: string): ServiceAccount {
  const accounts = usable(settings);
  const digest = createHash('sha256').update(mailbox).digest().readUInt32BE(0);
  const chosen = accounts[digest % Math.max(1, accounts.length)];
  if (!chosen)
    throw new RemoteFailure('configuration', 'host-without-account', 'no service account has a password');
  return chosen;
}

function serviceCredentials(context: ConnectorContext, account: ServiceAccount): Credentials {
  const { login, domain, secret } = account;
  return {
    login,
    domain: domain === '' ? null : domain,
    secretId: secretId(secret ?? ''),
    reveal: () => servicePassword(context, account),
  };
}

function ownCredentials(context: ConnectorContext, account: ConnectorAccount): Credentials {
  return {
    login: account.login,
    domain: null,
    secretId: secretId(Buffer.from(account.secret ?? '').toString()),
    async reveal() {
      const password = await accountPassword(context, account);
      if (password === undefined) throw new RemoteFailure('auth', 'login-refused', 'there is no password');
      return password;
    },
  };
}

/** The settings in the engine's words. */
export function rulesOf({ values }: LoadedSettings): SyncRules {
  return {
    conflictPolicy: values.conflictPolicy,
    backwardMonths: values.backwardMonths,
    forwardMonths: values.forwardMonths,
    autoSync: values.autoSync,
    massDeleteGuard: values.massDeleteGuard,
    deepCheckHours: values.deepCheckHours,
    invitations: values.invitations,
  };
}
