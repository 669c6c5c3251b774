/** What the page's door is given by `app.ts`: the rules, the installation, and what stands in other folders. */
import type { Actor, Principal } from '../core/principal.ts';
import type { Services } from '../service/context.ts';
import type { Diagnostic, SignInSettings, TestStep } from './api.ts';
import type { ExchangeParts } from './exchange/desk.ts';
import type { Signer } from './signed.ts';

/** The answers of `auth/`, in the words of this folder. */
export type PasswordAnswer =
  | { readonly is: 'signed-in'; readonly actor: Actor; readonly passwordHash?: string }
  | { readonly is: 'refused' | 'anonymous' }
  | { readonly is: 'throttled'; readonly retryAfterSeconds: number }
  | { readonly is: 'unavailable' };

export interface PasswordAttempt {
  readonly name: string;
  readonly password: string;
  readonly address: string;
  readonly program: string;
  readonly requestId: string;
}

/** An identity provider (OpenID Connect). */
export interface Oidc {
  readonly label: string;
  /** Where the browser goes, and what must be remembered until it comes back. */
  readonly start: (redirectUrl: string) => Promise<{ readonly url: string; readonly memory: string }>;
  /** Who came back; undefined when the provider vouches for nobody we know. */
  readonly finish: (url: URL, memory: string) => Promise<Principal | undefined>;
  readonly test: () => Promise<string>;
}

export interface PortalParts {
  readonly services: Services;
  /** `''` or `/a/b`. */
  readonly basePath: string;
  /** The setting `publicUrl`; empty if it is not set. */
  readonly publicUrl: string;
  /** Where clients reach the server when nothing is set, without a slash at the end. */
  readonly listening: () => string;
  readonly signIn: (attempt: PasswordAttempt) => Promise<PasswordAnswer>;
  /** The person with a name as people type it or a proxy writes it; `undefined` if nobody of that name may sign in. */
  readonly personCalled: (name: string) => Promise<Principal | undefined>;
  readonly oidc: Oidc | undefined;
  /** Rows of the administrator's page about sign-in. */
  readonly signInMethods: SignInSettings['methods'];
  readonly throttling: Pick<SignInSettings, 'maxFailuresPerAccount' | 'failureWindowSeconds'>;
  readonly testLdap: (() => Promise<string>) | undefined;
  readonly requireAppPasswords: boolean;
  readonly trashDays: number;
  readonly version: string;
  readonly uptimeSeconds: () => number;
  /** The state of the installation, for administrators. */
  readonly diagnose: (publicUrl: string) => Promise<readonly Diagnostic[]>;
  /** Walks the server by its public address as a phone would. */
  readonly walk: (
    publicUrl: string,
    credentials: { readonly user: string; readonly password: string },
  ) => Promise<readonly TestStep[]>;
  /** Certificate and key that sign Apple profiles, read anew each time; `undefined`: profiles are not signed. */
  readonly profileSigner: (() => Promise<Signer>) | undefined;
  readonly exchange: ExchangeParts;
  /** Folder of the built page. */
  readonly webRoot: URL;
  readonly logError: (error: unknown, requestId: string) => void;
}

/** What generated addresses begin with, without a slash at the end: the setting, else what set-up was told. */
export async function publicUrlOf({ services, publicUrl, listening }: PortalParts): Promise<string> {
  if (publicUrl !== '') return publicUrl;
  return (await services.storage.policies()).get('portal.address') ?? listening();
}
