/**
 * The composition root: the only file that knows every folder. One readable function puts the server together from its
 * settings; a second one opens the data alone, for the command line.
 */
import { randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addressLines, clientUrl } from './app/addresses.ts';
import { announceAddress, announcedAddress, withdrawAddress } from './app/announced-address.ts';
import { keyFilesOf } from './app/backups.ts';
import { createConnectors } from './app/connectors.ts';
import { exchangeHealthRoute, exchangeMetrics } from './app/exchange-health-route.ts';
import { firstStart } from './app/first-start.ts';
import { makeFolder } from './app/folder.ts';
import { startMaintenance } from './app/maintenance.ts';
import { createAppPortal, setUpLines } from './app/portal.ts';
import { finishRestore } from './app/restore.ts';
import { serverSecret } from './app/secret.ts';
import { packageVersion } from './app/version.ts';
import { createAuthenticator } from './auth/authenticator.ts';
import { ldapMethod } from './auth/ldap.ts';
import type { SignInMethod } from './auth/method.ts';
import { basePathOf, limitsOf, type Settings } from './config.ts';
import { type Clock, systemClock } from './core/clock.ts';
import { calendarScripts, readingScripts } from './http/cross-origin.ts';
import type { Door, Route } from './http/door.ts';
import { startServer } from './http/server.ts';
import { smallRoutes } from './http/small-doors.ts';
import { createHealth } from './observability/health.ts';
import type { Log } from './observability/log.ts';
import { listenForMetrics, type Metrics, noMetrics } from './observability/metrics.ts';
import type { ExchangeDesk } from './portal/exchange/desk.ts';
import { createServices, type Services } from './service/context.ts';
import type { Storage } from './storage/port.ts';
import { openSqlite } from './storage/sqlite/open.ts';
import { type ProcessNumber, takeProcessNumber } from './storage/sqlite/process-number.ts';

export interface App {
  /** `http://127.0.0.1:8080`, or the file of a Unix socket. */
  readonly url: string;
  readonly port: number | undefined;
  readonly services: Services;
  /** Lines for the person who started the server: new passwords (shown this once), addresses. */
  readonly notice: readonly string[];
  /** Reads the TLS certificate and key again. */
  readonly reload: () => Promise<void>;
  /** Lets running requests finish, then closes everything in order, the database last. */
  readonly stop: () => Promise<void>;
}

/** What a start is given besides the settings. */
export interface Given {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Stands in for a live Exchange in tests. */
  readonly exchange?: ExchangeDesk;
}

export async function startApp(
  settings: Settings,
  log: Log,
  { env = process.env, exchange }: Given = {},
): Promise<App> {
  const started = performance.now();
  const basePath = basePathOf(settings);
  const services = await openServices(settings, log);
  const { storage, clock } = services;
  const health = createHealth(storage.probe, clock.now);
  const metricsListener =
    settings.metricsPort < 0 ? undefined : await listenForMetrics(settings.metricsHost, settings.metricsPort);
  const metrics = metricsListener?.metrics ?? noMetrics;
  const beginning = await firstStart(services, settings);

  const authenticator = createAuthenticator(services, {
    methods: settings.signIn,
    ...(settings.signIn.includes('ldap') && { ldap: ldap(settings, log) }),
    requireAppPasswords: settings.requireAppPasswords,
    cacheSeconds: settings.signInCacheSeconds,
    maxFailuresPerAccount: settings.maxFailuresPerAccount,
    maxFailuresPerAddress: settings.maxFailuresPerAddress,
    failureWindowSeconds: settings.failureWindowSeconds,
    onFailure(failure) {
      log.signInFailed(failure);
      metrics.signInFailed(failure.reason);
    },
  });

  const version = await packageVersion();
  const connectors = createConnectors({
    settings,
    services,
    log,
    version,
    env,
    ...(exchange && { desk: exchange }),
  });
  const timezones = settings.timezoneService ? '/tzdist' : undefined;
  // A third of all modules: they load while the first passwords are hashed in other threads.
  const caldav = import('./caldav/index.ts').then(({ createCaldav }) =>
    createCaldav(services, {
      timezoneServices: timezones === undefined ? [] : [`${settings.publicUrl || basePath}${timezones}`],
      site: {
        basePath: `${basePath}/`,
        origins: settings.publicUrl === '' ? [] : [new URL(settings.publicUrl).origin],
      },
      logError: (error, { id }) => log.failure('request failed', error, id),
    }),
  );
  // The DAV engine compares whole hrefs, so it is given whole paths.
  let opened: Door | undefined;
  const dav: Door = async (request) => {
    opened ??= await caldav;
    const whole = basePath === '' ? request : { ...request, target: `${basePath}${request.target}` };
    return await opened(whole);
  };
  // A stand-in until the server listens: with port 0 the real port is not known earlier.
  let address = publicUrlOf(settings);
  const portal = createAppPortal({
    settings,
    services,
    log,
    authenticator,
    basePath,
    listening: () => address,
    version,
    connectors,
    testLdap: settings.signIn.includes('ldap') ? () => askDirectory(settings, log) : undefined,
    uptimeSeconds: () => (performance.now() - started) / 1000,
  });
  const routes: readonly Route[] = [
    ...portal.routes,
    exchangeHealthRoute(connectors),
    ...smallRoutes({ basePath, timezones, ready: health.ready }),
    {
      door: 'feed',
      prefix: 'feed',
      signIn: 'none',
      crossOrigin: readingScripts,
      handle: feeds(services, metrics),
    },
    ...(timezones === undefined ? [] : [timezoneRoute(`${basePath}${timezones}`)]),
    { door: 'dav', prefix: undefined, signIn: 'required', crossOrigin: calendarScripts, handle: dav },
  ];

  const { tlsCert, tlsKey } = settings;
  const server = await startServer({
    routes,
    authenticator,
    log,
    metrics,
    basePath,
    trustProxy: settings.trustProxy,
    corsOrigins: settings.corsOrigins,
    pageFor: portal.pageFor,
    proxyUserHeader: settings.signIn.includes('proxy') ? settings.proxyUserHeader.toLowerCase() : '',
    maxBodyBytes: Math.max(settings.maxObjectBytes, settings.maxFileBytes, settings.maxXmlBytes),
    maxHeldBytes: settings.maxHeldBytes,
    nowMs: () => performance.now(),
    nextId: requestIds(),
    listen:
      settings.socket === '' ? { host: settings.host, port: settings.port } : { socket: settings.socket },
    ...(tlsCert !== '' && {
      tls: async () => ({ cert: await readFile(tlsCert, 'utf8'), key: await readFile(tlsKey, 'utf8') }),
    }),
    headerTimeoutMs: settings.headerTimeoutSeconds * 1000,
    requestTimeoutMs: settings.requestTimeoutSeconds * 1000,
    keepAliveMs: settings.keepAliveSeconds * 1000,
    maxConnections: settings.maxConnections,
  });
  metrics.connections(server.connectionCount);
  exchangeMetrics(metrics, connectors, clock.now);
  const maintenance = startMaintenance(services, {
    trashDays: settings.trashDays,
    backups: {
      folder: settings.backupFolder,
      everyMs: settings.backupHours * 3_600_000,
      keep: settings.backupKeep,
      keys: keyFilesOf(settings.data),
    },
    keepChanges: settings.keepChanges,
    auditDays: settings.auditDays,
    log,
  });

  await connectors.start();
  // If the CalDAV door cannot be loaded, the start has failed.
  await caldav;

  const place = { listening: server.url, publicUrl: settings.publicUrl, basePath };
  address = clientUrl(place);
  // No reason not to serve: on a full disk people still read what is there.
  await announceAddress(settings.data, address).catch((error: unknown) =>
    log.failure('the command line cannot be told the address', error),
  );
  return {
    url: server.url,
    port: server.port,
    services,
    notice: [...beginning.lines, ...addressLines(place, beginning), ...(await setUpLines(services, address))],
    reload: server.reloadTls,
    async stop() {
      health.stop();
      // First the streams of the page: they never end by themselves, and the server would wait for them.
      await portal.stop();
      await connectors.stop();
      await withdrawAddress(settings.data, address);
      await server.stop(settings.stopSeconds * 1000);
      await maintenance.stop();
      await metricsListener?.close();
      await storage.close();
    },
  };
}

export interface DataOptions {
  readonly clock?: Clock;
}

/** The data with its rules and no doors. The caller closes `services.storage`. */
export async function openServices(
  settings: Settings,
  log: Log,
  { clock = systemClock }: DataOptions = {},
): Promise<Services> {
  // Only this user: the folder holds everybody's calendars.
  await makeFolder(settings.data);
  await finishRestore(databaseFile(settings), keyFilesOf(settings.data));
  const secret = await serverSecret(settings.data);
  const storage = openData(settings, log, clock, takeProcessNumber(settings.data));
  return createServices({
    storage,
    clock,
    ids: storage.newId,
    limits: limitsOf(settings),
    log: ({ event, ...fields }) => log.event('info', event, fields),
    secret,
    random: (sizeBytes) => randomBytes(sizeBytes),
  });
}

/** The storage; closing it releases the number of this process. */
function openData(
  settings: Settings,
  log: Log,
  clock: Clock,
  { number: processNumber, release }: ProcessNumber,
): Storage {
  try {
    const storage = openSqlite({
      file: databaseFile(settings),
      synchronous: settings.durability,
      clock,
      processNumber,
      maxHomeBytes: settings.maxHomeBytes,
      diskFull: (error) => log.failure('the disk is full: nothing can be written', error),
    });
    const close = (): Promise<void> => storage.close().finally(release);
    return { ...storage, close };
  } catch (error) {
    release();
    throw error;
  }
}

export function databaseFile(settings: Settings): string {
  return join(settings.data, 'portcal.sqlite');
}

/** Loaded when the first feed is asked for: what is not loaded does not hold up the start. */
function feeds(services: Services, metrics: Metrics): Door {
  let opened: Promise<Door> | undefined;
  return async (request) => {
    opened ??= import('./feeds/feed.ts').then(({ createFeeds }) =>
      createFeeds(services, metrics.feedAnswered),
    );
    return await (await opened)(request);
  };
}

/** Time zones without sign-in: they say nothing about anybody. */
function timezoneRoute(path: string): Route {
  let opened: Promise<Door> | undefined;
  const open = async (): Promise<Door> => {
    const { createTimezoneService } = await import('./tzdist/service.ts');
    // Time zone data come with the JavaScript engine, so they are as old as its executable.
    const { mtimeMs } = await stat(process.execPath);
    return createTimezoneService({ path, changed: mtimeMs });
  };
  return {
    door: 'timezones',
    prefix: 'tzdist',
    signIn: 'none',
    crossOrigin: readingScripts,
    handle: async (request) => await (await (opened ??= open()))(request),
  };
}

/** What generated addresses begin with, for a command that runs beside a server and does not know that server's flags. */
export async function knownUrl(settings: Settings): Promise<string> {
  if (settings.publicUrl !== '') return settings.publicUrl;
  return (await announcedAddress(settings.data)) ?? publicUrlOf(settings);
}

/** What generated addresses begin with, worked out from the settings alone. */
export function publicUrlOf(settings: Settings): string {
  const { host, port, publicUrl, tlsCert } = settings;
  const listening = `${tlsCert === '' ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return clientUrl({ listening, publicUrl, basePath: basePathOf(settings) });
}

function ldap(settings: Settings, log: Log): SignInMethod {
  return ldapMethod({
    url: settings.ldapUrl,
    bind: settings.ldapBind,
    base: settings.ldapBase,
    filter: settings.ldapFilter,
    searchDn: settings.ldapSearchDn,
    searchPassword: settings.ldapSearchPassword,
    startTls: settings.ldapStartTls,
    timeoutMs: settings.ldapTimeoutSeconds * 1000,
    onError: (error) => log.failure('the directory cannot be asked', error),
  });
}

/**
 * Tests the LDAP directory: tries to sign in a person who cannot exist, so any answer, even a refusal, shows that the
 * directory works. Returns its address; throws when there is no answer.
 */
async function askDirectory(settings: Settings, log: Log): Promise<string> {
  const name = `portcal-test-${randomBytes(6).toString('hex')}`;
  const outcome = await ldap(settings, log).attempt({ name, password: 'none', person: undefined });
  if (outcome === 'unavailable') throw new Error('the directory cannot be asked; the log has the reason');
  return settings.ldapUrl;
}

/** Request ids that are short and unique over processes: random letters, once per process, and a counter. */
function requestIds(): () => string {
  const process = randomBytes(4).toString('hex');
  let count = 0;
  return () => `${process}-${(count++).toString(36)}`;
}
