/** Sign-in at an identity provider: OpenID Connect with the code flow, PKCE, state and nonce (OpenID Connect Core 1.0 §3.1). */
import type { Configuration } from 'openid-client';
import type { Principal } from '../core/principal.ts';
import type { Services } from '../service/context.ts';
import { personCalled } from './login-name.ts';

export interface OidcOptions {
  /** The discovery document lies below it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `email`: a verified address finds the person; any other: a login name. */
  readonly claim: string;
  readonly label: string;
}

export interface OidcSignIn {
  readonly label: string;
  /** Where the browser is sent, and what has to be kept (in its cookie, sealed) until it comes back. */
  readonly start: (redirectUrl: string) => Promise<{ readonly url: string; readonly memory: string }>;
  /** `url` is that with which the browser came back. Undefined when the provider names nobody we know; throws when the answer proves nothing. */
  readonly finish: (url: URL, memory: string) => Promise<Principal | undefined>;
  /** Tests the provider; returns what it says about itself, for administrators. */
  readonly test: () => Promise<string>;
}

interface Memory {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

export function createOidc(services: Services, options: OidcOptions): OidcSignIn {
  let discovered: Promise<Configuration> | undefined;

  return {
    label: options.label,
    async start(redirectUrl) {
      // Loaded at the first use: most installations have no provider.
      const client = await import('openid-client');
      const verifier = client.randomPKCECodeVerifier();
      const memory: Memory = { verifier, state: client.randomState(), nonce: client.randomNonce() };
      const url = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUrl,
        scope: 'openid profile email',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: memory.state,
        nonce: memory.nonce,
      });
      return { url: url.href, memory: JSON.stringify(memory) };
    },
    async finish(url, text) {
      const client = await import('openid-client');
      const memory: unknown = JSON.parse(text);
      if (!isMemory(memory)) throw new TypeError('what was kept of this sign-in cannot be read');
      const tokens = await client.authorizationCodeGrant(await configuration(), url, {
        pkceCodeVerifier: memory.verifier,
        expectedState: memory.state,
        expectedNonce: memory.nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      const named = claims?.[options.claim];
      if (!claims || typeof named !== 'string' || named === '') return undefined;
      if (options.claim !== 'email') return await personCalled(services, named);
      // An address that the provider has not verified proves nothing.
      if (claims['email_verified'] !== true) return undefined;
      const person = await services.storage.principalByAddress(named.trim().toLowerCase());
      return person?.kind === 'user' && !person.disabled ? person : undefined;
    },
    async test() {
      discovered = undefined;
      const { issuer, authorization_endpoint: endpoint } = (await configuration()).serverMetadata();
      return [issuer, ...(endpoint === undefined ? [] : [endpoint])].join(' → ');
    },
  };

  async function configuration(): Promise<Configuration> {
    discovered ??= discover(options);
    try {
      return await discovered;
    } catch (error) {
      // The provider may be back at the next attempt.
      discovered = undefined;
      throw error;
    }
  }
}

async function discover({ issuer, clientId, clientSecret }: OidcOptions): Promise<Configuration> {
  const { allowInsecureRequests, discovery } = await import('openid-client');
  const server = new URL(issuer);
  const isLocal =
    server.hostname === '127.0.0.1' || server.hostname === 'localhost' || server.hostname === '[::1]';
  // Plain HTTP to this machine only: everywhere else it would hand the secret to the network.
  const execute = server.protocol === 'http:' && isLocal ? [allowInsecureRequests] : [];
  return await discovery(server, clientId, clientSecret, undefined, { execute, timeout: 10 });
}

function isMemory(value: unknown): value is Memory {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['verifier', 'state', 'nonce'].every((name) => typeof Reflect.get(value, name) === 'string')
  );
}
