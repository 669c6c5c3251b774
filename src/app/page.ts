/** The page and its API, put together from the settings. Loaded when somebody asks for it: see portal.ts. */
import { readFile } from 'node:fs/promises';
import { personCalled } from '../auth/login-name.ts';
import { createOidc } from '../auth/oidc.ts';
import { createClient } from '../cli/doctor/client.ts';
import { walk } from '../cli/doctor/walk.ts';
import type { Settings } from '../config.ts';
import type { Door } from '../http/door.ts';
import type { SignInSettings, TestStep } from '../portal/api.ts';
import { createPortal } from '../portal/door.ts';
import { signerOf } from '../portal/signed.ts';
import { selfTestProgram } from '../portal/stream.ts';
import { diagnose } from './diagnostics.ts';
import type { PageParts } from './portal.ts';

export interface Page {
  readonly handle: Door;
  readonly stop: () => Promise<void>;
}

/** Where the build puts the page, beside the compiled `src`. */
const webRoot = new URL('../../../dist/web/', import.meta.url);

export function createPage(given: PageParts): Page {
  const { settings, services, log, authenticator, basePath, listening, version, testLdap } = given;
  return createPortal({
    services,
    basePath,
    publicUrl: settings.publicUrl,
    listening,
    signIn: authenticator.signInByPassword,
    personCalled: (name) => personCalled(services, name),
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
    uptimeSeconds: given.uptimeSeconds,
    diagnose: (publicUrl) => diagnose(services, settings, publicUrl, version),
    walk: walkAsTestSteps,
    profileSigner:
      settings.profileCert === ''
        ? undefined
        : async () =>
            signerOf(
              await readFile(settings.profileCert, 'utf8'),
              await readFile(settings.profileKey, 'utf8'),
            ),
    exchange: given.connectors,
    webRoot,
    logError: (error, id) => log.failure('request failed', error, id),
  });
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

/** The doctor's walk, as the steps that the page shows: first whether the address can be reached at all, then its certificate. */
async function walkAsTestSteps(
  publicUrl: string,
  credentials: { readonly user: string; readonly password: string },
): Promise<readonly TestStep[]> {
  const start = new URL(`${publicUrl}/`);
  const client = await createClient(start.origin, credentials, selfTestProgram);
  try {
    const { steps } = await walk(client, start, true);
    const unreached = steps.find(({ ok, fact }) => !ok && connectionFailure.test(fact));
    const isCertificate = /: (?:certificate|tls)-/.test(unreached?.fact ?? '');
    const isSecure = start.protocol === 'https:';
    return [
      {
        name: 'public-address',
        ok: unreached === undefined || isCertificate,
        found: unreached?.fact ?? start.host,
      },
      ...(isSecure && (unreached === undefined || isCertificate)
        ? [{ name: 'tls', ok: !isCertificate, found: unreached?.fact ?? start.host } as const]
        : []),
      ...steps
        .filter((step) => step !== unreached)
        .map(({ stage, ok, fact }) => ({ name: stage, ok, found: fact })),
    ];
  } finally {
    await client.close();
  }
}

/** Codes of failures before any answer: they say something about the address or its certificate, nothing about what was asked for. */
const connectionFailure =
  /: (?:host-not-allowed|address-not-allowed|name-not-found|connect-|proxy-failed|tls-|certificate-)/;
