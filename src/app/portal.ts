/** The page and its API, put together from the settings. */
import type { Authenticator } from '../auth/authenticator.ts';
import { createOidc } from '../auth/oidc.ts';
import { createClient } from '../cli/doctor/client.ts';
import { walk } from '../cli/doctor/walk.ts';
import type { Settings } from '../config.ts';
import type { Door, Route } from '../http/door.ts';
import type { Log } from '../observability/log.ts';
import type { SignInSettings, TestStep } from '../portal/api.ts';
import { createPortal } from '../portal/door.ts';
import { issueCode } from '../service/codes.ts';
import type { Services } from '../service/context.ts';
import { diagnose } from './diagnostics.ts';

export interface PortalSetting {
  readonly settings: Settings;
  readonly services: Services;
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly basePath: string;
  /** What addresses begin with when nothing is set; known once the server listens. */
  readonly listening: () => string;
  readonly version: string;
  readonly testLdap: (() => Promise<string>) | undefined;
}

export interface AppPortal {
  readonly routes: readonly Route[];
  readonly stop: () => Promise<void>;
}

/** First segments of paths that are the page's; everything else is CalDAV's. */
const pagePaths = ['setup', 'c', 'connect', 'assets'];

/** Where the build puts the page, beside the compiled `src`. */
const webRoot = new URL('../../../dist/web/', import.meta.url);

export function createAppPortal(given: PortalSetting): AppPortal {
  const { settings, services, log, authenticator, basePath, listening, version, testLdap } = given;
  const started = performance.now();
  const { handle, stop } = createPortal({
    services,
    basePath,
    publicUrl: settings.publicUrl,
    listening,
    signIn: authenticator.signInByPassword,
    oidc:
      settings.oidcIssuer === ''
        ? undefined
        : createOidc(services, {
            issuer: settings.oidcIssuer,
            clientId: settings.oidcClientId,
            clientSecret: settings.oidcClientSecret,
            claim: settings.oidcClaim,
            label: settings.oidcLabel,
          }),
    signInMethods: methodsOf(settings),
    throttling: {
      maxFailuresPerAccount: settings.maxFailuresPerAccount,
      failureWindowSeconds: settings.failureWindowSeconds,
    },
    testLdap,
    requireAppPasswords: settings.requireAppPasswords,
    trashDays: settings.trashDays,
    version,
    uptimeSeconds: () => (performance.now() - started) / 1000,
    diagnose: (publicUrl) => diagnose(services, settings, publicUrl, version),
    walk: walked,
    webRoot,
    logError: (error, id) => log.failure('request failed', error, id),
  });
  const door: Door = handle;
  const reading = ['GET', 'HEAD'];
  return {
    stop,
    routes: [
      { door: 'portal', prefix: 'api', signIn: 'none', handle: door },
      { door: 'portal', prefix: '', signIn: 'none', methods: reading, handle: door },
      ...pagePaths.map((prefix): Route => ({ door: 'portal', prefix, signIn: 'none', handle: door })),
    ],
  };
}

const setUpMs = 3_600_000;

/** Lines with the set-up address, while nobody has ever signed in to the page. */
export async function setUpLines(services: Services, publicUrl: string): Promise<readonly string[]> {
  if (await services.storage.wasSignedIn()) return [];
  const { code } = await issueCode(services, { purpose: 'set-up', principal: null, lifeMs: setUpMs });
  return ['', `  Set-up in a browser  ${publicUrl}/setup?token=${code}   (once, within an hour)`];
}

function methodsOf({ signIn, ldapUrl, proxyUserHeader, oidcIssuer }: Settings): SignInSettings['methods'] {
  return [
    { name: 'password', on: signIn.includes('password'), where: null, setting: 'signIn' },
    { name: 'app-password', on: signIn.includes('app-password'), where: null, setting: 'signIn' },
    { name: 'ldap', on: signIn.includes('ldap'), where: ldapUrl === '' ? null : ldapUrl, setting: 'ldapUrl' },
    { name: 'proxy', on: signIn.includes('proxy'), where: proxyUserHeader, setting: 'signIn' },
    {
      name: 'oidc',
      on: oidcIssuer !== '',
      where: oidcIssuer === '' ? null : oidcIssuer,
      setting: 'oidcIssuer',
    },
  ];
}

/** The doctor's walk, in the page's words. */
async function walked(
  publicUrl: string,
  credentials: { readonly user: string; readonly password: string },
): Promise<readonly TestStep[]> {
  const start = new URL(`${publicUrl}/`);
  const client = await createClient(start.origin, credentials, 'portcal self-test');
  try {
    const { steps } = await walk(client, start, true);
    return steps.map(({ as, what, ok, seen }) => ({
      name: stepNames.find(([words]) => what.includes(words))?.[1] ?? 'calendars',
      ok,
      found: `${as}: ${what}: ${seen}`,
      cause: ok ? null : seen,
    }));
  } finally {
    await client.close();
  }
}

const stepNames: readonly (readonly [words: string, name: TestStep['name']])[] = [
  ['well-known', 'well-known'],
  ['without sign-in', 'tls'],
  ['finds the principal', 'principal'],
  ['OPTIONS', 'options'],
  ['lists calendars', 'calendars'],
  ['home', 'home'],
];
