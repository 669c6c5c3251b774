/**
 * What a device fetches while it is set up: the Apple profile, and the browser login flow of DAVx5 (portal.md 5, 5.1).
 *
 * DAVx5 asks `/c/{code}/index.php/login/v2`, opens the address it gets in a browser, and polls meanwhile. The code says
 * whose account it is; the person says "allow" on a page of ours; whoever polls with the right token then gets an app
 * password, once. What has been said so far lies in the table of codes, so a restart in between is not noticed.
 */
import { createHash } from 'node:crypto';
import type { PrincipalId } from '../core/ids.ts';
import type { Principal } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { errorText } from '../i18n/errors.ts';
import { acceptedLanguage, type SpokenLanguage, spokenLanguage } from '../i18n/languages.ts';
import { flowTexts } from '../i18n/login-flow.ts';
import { actorFor, policiesOf, principalById } from '../service/access.ts';
import { issueCode, readCode, useCode } from '../service/codes.ts';
import type { Services } from '../service/context.ts';
import { addAppPassword } from '../service/people/passwords.ts';
import { type DocumentElement, xmlDocument } from '../xml/document.ts';
import { xmlName } from '../xml/name.ts';
import { readBytes } from './json.ts';
import { type PortalParts, publicUrlOf } from './parts.ts';
import { profile } from './profile.ts';
import { header, type PortalRequest, type PortalResponse } from './route.ts';
import { signedData } from './signed.ts';

/** The password of a profile that nobody installs ends after this time. */
const unusedMs = 24 * 3_600_000;
const flowMs = 20 * 60_000;

/** Answers the paths of set-up; undefined for all others. */
export function createDevices(
  parts: PortalParts,
): (request: PortalRequest) => Promise<PortalResponse | undefined> {
  const { services } = parts;
  return async (request) => {
    const path = request.target.split('?', 1)[0] ?? '';
    const language = acceptedLanguage(header(request, 'accept-language')) ?? 'en';
    const [, profileCode] = /^\/connect\/([\w-]{10,60})\/portal\.mobileconfig$/.exec(path) ?? [];
    try {
      if (profileCode !== undefined && (request.method === 'GET' || request.method === 'HEAD'))
        return await appleProfile(parts, request, profileCode, language);
      const [, flowCode] = /^\/c\/([\w-]{10,60})\/index\.php\/login\/(?:v2|flow)\/?$/.exec(path) ?? [];
      if (flowCode !== undefined && request.method === 'POST') return await begin(flowCode);
      if (path === '/connect/poll' && request.method === 'POST') return await poll(request);
      const [, login] = /^\/connect\/flow\/([\w-]{27})$/.exec(path) ?? [];
      if (login !== undefined) return await ask(request, login, language);
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === 'gone' || error.code === 'not-found') return plain(410, errorText(language, 'E10'));
      throw error;
    }
  };

  async function begin(code: string): Promise<PortalResponse> {
    const person = await personOf(services, await useCode(services, 'connect', code));
    const pollToken = Buffer.from(services.random(32)).toString('base64url');
    const { code: login } = await issueCode(services, {
      purpose: 'login-flow',
      principal: person.id,
      payload: allowedName(pollToken),
      lifeMs: flowMs,
    });
    const publicUrl = await publicUrlOf(parts);
    return asJson(200, {
      poll: { token: pollToken, endpoint: `${publicUrl}/connect/poll` },
      login: `${publicUrl}/connect/flow/${login}`,
    });
  }

  /** 404 until the person has allowed it; then a new app password, once. */
  async function poll(request: PortalRequest): Promise<PortalResponse> {
    const form = new URLSearchParams(Buffer.from(await readBytes(request.body, 4_096)).toString('utf8'));
    const allowed = allowedName(form.get('token') ?? '');
    if (!(await readCode(services, 'login-flow', allowed))) return asJson(404, []);
    const person = await personOf(services, await useCode(services, 'login-flow', allowed));
    const actor = await actorFor(services, person, { scope: 'write', via: 'session' });
    const { secret } = await addAppPassword(services, { ...actor, address: request.address }, person, {
      label: 'DAVx⁵',
      scope: 'write',
    });
    return asJson(200, { server: await publicUrlOf(parts), loginName: person.name, appPassword: secret });
  }

  /** The page that asks, and the answer. The address itself is the secret: it came by the device's own request. */
  async function ask(
    request: PortalRequest,
    login: string,
    language: SpokenLanguage,
  ): Promise<PortalResponse> {
    const flow = await readCode(services, 'login-flow', login);
    if (!flow || flow.payload === '') throw new Refusal('gone', 'this was answered');
    const person = await personOf(services, flow);
    const spoken = spokenLanguage(person.language) ?? language;
    if (request.method === 'GET' || request.method === 'HEAD') return askPage(spoken, person);
    if (request.method !== 'POST') return plain(405, 'GET, POST');
    const site = header(request, 'sec-fetch-site');
    if (site !== undefined && site !== 'same-origin') throw new Refusal('gone', 'this comes from elsewhere');
    await useCode(services, 'login-flow', login);
    await issueCode(services, {
      purpose: 'login-flow',
      principal: person.id,
      code: flow.payload,
      lifeMs: flowMs,
    });
    return htmlPage(spoken, flowTexts[spoken].done, []);
  }
}

/** The code under which the person's permission waits for the device. Only whoever has the token knows it. */
function allowedName(pollToken: string): string {
  return `allowed ${createHash('sha256').update(pollToken).digest('base64url')}`;
}

async function appleProfile(
  parts: PortalParts,
  request: PortalRequest,
  code: string,
  language: SpokenLanguage,
): Promise<PortalResponse> {
  const { services } = parts;
  const publicUrl = await publicUrlOf(parts);
  // Checked before the code is used up, so that it is still valid after the address was corrected.
  if (!publicUrl.startsWith('https:')) return plain(409, errorText(language, 'E12'));
  if (request.method === 'HEAD') {
    if (!(await readCode(services, 'connect', code)))
      throw new Refusal('gone', 'this code has expired or was used');
    return { status: 200, headers: profileHeaders };
  }
  const person = await personOf(services, await useCode(services, 'connect', code));
  const policies = await policiesOf(services);
  const withPassword = policies.get('profile.password') !== 'no';
  const password = withPassword
    ? await profilePassword(services, person, deviceName(request), request.address)
    : undefined;
  const body = profile({
    publicUrl,
    person,
    portalName: policies.get('portal.name') ?? 'portcal',
    ...(password !== undefined && { password }),
  });
  return { status: 200, headers: profileHeaders, body: await signed(parts, request, body) };
}

/** If signing fails, the profile is sent unsigned, and the device shows that. */
async function signed(
  { services, profileSigner, logError }: PortalParts,
  request: PortalRequest,
  body: string,
): Promise<string | Uint8Array> {
  if (!profileSigner) return body;
  try {
    return signedData(Buffer.from(body), await profileSigner(), services.clock.now());
  } catch (error) {
    logError(error, request.id);
    return body;
  }
}

const profileHeaders = {
  'Content-Type': 'application/x-apple-aspen-config',
  'Content-Disposition': 'attachment; filename="portal.mobileconfig"',
  'Cache-Control': 'no-store',
} as const;

async function profilePassword(
  services: Services,
  person: Principal,
  label: string,
  address: string,
): Promise<string> {
  const actor = { ...(await actorFor(services, person, { scope: 'write', via: 'session' })), address };
  const { id: appPassword, secret } = await addAppPassword(services, actor, person, {
    label,
    scope: 'write',
  });
  await issueCode(services, {
    purpose: 'unused-password',
    principal: person.id,
    payload: String(appPassword),
    lifeMs: unusedMs,
  });
  return secret;
}

function deviceName(request: PortalRequest): string {
  const agent = header(request, 'user-agent') ?? '';
  return ['iPhone', 'iPad', 'Mac'].find((name) => agent.includes(name)) ?? 'Apple';
}

async function personOf(
  services: Services,
  { principal }: { readonly principal: PrincipalId | null },
): Promise<Principal> {
  const person = principal === null ? undefined : await principalById(services, principal);
  if (!person || person.disabled) throw new Refusal('gone', 'this account is gone');
  return person;
}

function asJson(status: number, value: unknown): PortalResponse {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status, headers, body: JSON.stringify(value) };
}

function plain(status: number, text: string): PortalResponse {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status, headers, body: `${text}\n` };
}

function askPage(language: SpokenLanguage, person: Principal): PortalResponse {
  const { question, allow } = flowTexts[language];
  return htmlPage(language, question.replace('{name}', person.displayName), [
    html('form', { method: 'post' }, [html('button', { type: 'submit' }, [allow])]),
  ]);
}

function html(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: readonly (DocumentElement | string)[],
): DocumentElement {
  return { name: xmlName('http://www.w3.org/1999/xhtml', name), attributes, content };
}

/** A page without a script, for the browser that a phone's program opens. */
function htmlPage(
  language: SpokenLanguage,
  sentence: string,
  more: readonly DocumentElement[],
): PortalResponse {
  const body = xmlDocument(
    html('html', { lang: language }, [
      html('head', {}, [
        html('title', {}, ['DAVx⁵']),
        html('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }, []),
        html('meta', { name: 'color-scheme', content: 'light dark' }, []),
      ]),
      html('body', {}, [html('main', {}, [html('h1', {}, ['DAVx⁵']), html('p', {}, [sentence]), ...more])]),
    ]),
  );
  return {
    status: 200,
    headers: {
      'Content-Type': 'application/xhtml+xml; charset=utf-8',
      'Content-Security-Policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
      'Cache-Control': 'no-store',
    },
    body,
  };
}
