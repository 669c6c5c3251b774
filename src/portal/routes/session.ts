/** Sign-in, sign-out, the first run, and oneself. */
import type { SessionId } from '../../core/ids.ts';
import type { Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { spokenLanguage } from '../../i18n/languages.ts';
import { actorFor, operator, policiesOf, principalById, principalNamed } from '../../service/access.ts';
import { createCalendar } from '../../service/calendars/calendars.ts';
import { readCode, useCode } from '../../service/codes.ts';
import { mayUse } from '../../service/connectors/permission.ts';
import { loadSettings } from '../../service/connectors/setting-store.ts';
import { listAppPasswords, revokeAppPassword, setPassword } from '../../service/people/passwords.ts';
import { createPerson, patchPerson, searchPeople } from '../../service/people/people.ts';
import { setPolicies } from '../../service/people/policies.ts';
import {
  endSession,
  listSessions,
  type OpenedSession,
  openSession,
  type Proven,
  signedIn,
} from '../../service/people/sessions.ts';
import { undisturbed } from '../../service/undisturbed.ts';
import type { Language, Me, Preferences } from '../api.ts';
import { noCookie, sessionCookie, tokenOf } from '../cookie.ts';
import { addDemoEvents } from '../demo-calendar.ts';
import { type PortalParts, publicUrlOf } from '../parts.ts';
import { personShape } from '../people-shape.ts';
import { readPreferences, writePreferences } from '../preferences.ts';
import { Problem } from '../problem.ts';
import { personNamed, requireNamed, requireNamedSo } from '../proxy-sign-in.ts';
import {
  type Call,
  entity,
  header,
  nothing,
  pathId,
  type Reply,
  type Routes,
  requireCurrent,
  type SignedInCall,
  timestamp,
} from '../route.ts';
import * as schemas from '../schemas.ts';

type Names =
  | 'GET /portal'
  | 'GET /session'
  | 'POST /session'
  | 'POST /session/proxy'
  | 'DELETE /session'
  | 'GET /setup'
  | 'POST /setup'
  | 'GET /me'
  | 'PATCH /me'
  | 'POST /me/password'
  | 'DELETE /sessions/{session}';

export const sessionRoutes: Routes<Names> = {
  'GET /portal': {
    summary: 'What the sign-in form needs',
    access: 'anyone',
    answer: schemas.portal,
    async run({ parts, request }) {
      const { services, oidc, signInMethods } = parts;
      const { proxyUser } = request;
      const known = (await personNamed(parts, request)) !== undefined;
      const policies = await policiesOf(services);
      return {
        answer: {
          name: policies.get('portal.name') ?? 'portcal',
          color: policies.get('portal.color') ?? null,
          logo: policies.get('portal.logo') ?? null,
          defaultLanguage: defaultLanguage(policies.get('portal.language')),
          signIn: {
            password: signInMethods.some(({ name, on }) => on && (name === 'password' || name === 'ldap')),
            oidc: oidc ? { label: oidc.label } : null,
            proxy: proxyUser === undefined ? null : { name: proxyUser, known },
          },
          setupOpen: !(await services.storage.wasSignedIn()),
          publicUrl: await publicUrlOf(parts),
        },
      };
    },
  },

  'GET /session': {
    summary: 'Who is signed in, if anybody',
    access: 'anyone',
    answer: schemas.whoIsThere,
    async run(call) {
      const { signedIn } = call;
      if (!signedIn) return { answer: { me: null } };
      const { answer } = await meReply({ ...call, ...signedIn });
      return { answer: { me: answer } };
    },
  },

  'POST /session': {
    summary: 'Sign in',
    access: 'anyone',
    body: schemas.signIn,
    answer: schemas.me,
    async run(call) {
      const { parts, request, body } = call;
      const program = programOf(call);
      if (request.proxyUser !== undefined)
        await requireNamed(parts, request, await parts.personCalled(body.name));
      const answer = await parts.signIn({
        ...body,
        address: request.address,
        program,
        requestId: request.id,
      });
      if (answer.is === 'throttled') {
        const { retryAfterSeconds } = answer;
        throw new Problem(429, { error: 'E02', reason: 'too-many-attempts', retryAfterSeconds });
      }
      if (answer.is === 'unavailable') throw new Refusal('busy', 'sign-in does not work at the moment');
      // The same answer whatever was wrong.
      if (answer.is !== 'signed-in') throw new Problem(401, { error: 'E01', reason: 'wrong-credentials' });
      const { passwordHash } = answer;
      return await opened(call, answer.actor.principal, { openedBy: 'person', passwordHash });
    },
  },

  'POST /session/proxy': {
    summary: 'Sign in as the one whom a trusted proxy in front of the server names',
    access: 'anyone',
    answer: schemas.me,
    async run(call) {
      const { parts, request } = call;
      if (request.proxyUser === undefined)
        throw new Refusal('not-signed-in', 'no trusted proxy names anybody');
      const person = await personNamed(parts, request);
      if (!person) throw new Refusal('need-privileges', 'the proxy names nobody who may sign in here');
      return await opened(call, person, { openedBy: 'proxy' });
    },
  },

  'DELETE /session': {
    summary: 'Sign out',
    access: 'signed-in',
    async run({ parts, actor, session }) {
      await endSession(parts.services, actor, session.id);
      return {
        ...nothing,
        headers: { 'Set-Cookie': noCookie(await cookieScope(parts)) },
      };
    },
  },

  'GET /setup': {
    summary: 'Whether a set-up address is still good',
    access: 'anyone',
    query: schemas.setUpQuery,
    answer: schemas.setUpState,
    async run({ parts, query, language }) {
      const open = (await readCode(parts.services, 'set-up', query.token)) !== undefined;
      const admin = open ? await firstAdministrator(parts) : undefined;
      const publicUrl = open ? await publicUrlOf(parts) : '';
      return { answer: { open, name: admin?.name ?? '', publicUrl, language } };
    },
  },

  'POST /setup': {
    summary: 'The first run: the administrator, the public address',
    access: 'anyone',
    body: schemas.setUp,
    answer: schemas.me,
    async run(call) {
      const { services } = call.parts;
      const { token, name, publicUrl, language, demoCalendar } = call.body;
      if ((await readCode(services, 'set-up', token)) === undefined)
        throw new Refusal('gone', 'this address has expired or was used');
      requireNamedSo(call.request, name);
      const taken = await principalNamed(services, name);
      if (taken && (taken.kind !== 'user' || !taken.isAdmin))
        throw new Refusal('already-exists', 'the name is taken');
      await useCode(services, 'set-up', token);
      const person = await administrator(call, taken);
      await setPolicies(services, operator(), {
        'portal.language': language,
        ...(publicUrl !== '' && { 'portal.address': publicUrl.replace(/\/+$/, '') }),
      });
      if (demoCalendar) {
        const actor = await actorFor(services, person, { scope: 'write', via: 'session' });
        const displayName = demoNames[language];
        const seen = await createCalendar(services, actor, person, {
          name: 'demo',
          displayName,
          components: ['VEVENT'],
        });
        await addDemoEvents(services, actor, seen, language);
      }
      return await opened(call, person);
    },
  },

  'GET /me': {
    summary: 'Who is signed in, with preferences and what is switched on',
    access: 'signed-in',
    answer: schemas.me,
    run: async (call) => await meReply(call),
  },

  'PATCH /me': {
    summary: 'Change name and preferences',
    access: 'signed-in',
    body: schemas.mePatch,
    answer: schemas.me,
    async run(call) {
      const { parts, ifMatch } = call;
      if (!ifMatch) return await changeMe(call);
      return await undisturbed(
        parts.services,
        async (services) => {
          const guarded = { ...call, parts: { ...parts, services } };
          const { answer } = await meReply(guarded);
          requireCurrent(ifMatch, { etag: answer.etag, changed: services.clock.now() });
          return await changeMe(guarded);
        },
        call.actor.principal.id,
      );
    },
  },

  'POST /me/password': {
    summary: 'Change the password; other sessions end',
    access: 'signed-in',
    body: schemas.passwordChange,
    async run(call) {
      const { parts, actor, session, body, request } = call;
      const { services } = parts;
      const { name } = actor.principal;
      if ((await services.storage.credential(actor.principal.id))?.hash == null)
        throw new Refusal('need-privileges', 'the password of this account is kept elsewhere', {
          privilege: 'write',
        });
      const answer = await parts.signIn({
        name,
        password: body.current,
        address: request.address,
        program: programOf(call),
        requestId: request.id,
      });
      if (answer.is === 'throttled') {
        const { retryAfterSeconds } = answer;
        throw new Problem(429, { error: 'E02', reason: 'too-many-attempts', retryAfterSeconds });
      }
      if (answer.is !== 'signed-in') throw new Problem(403, { error: 'E01', reason: 'wrong-credentials' });
      await setPassword(services, actor, actor.principal, body.password);
      if (body.revokeAppPasswords) {
        for (const { id } of await listAppPasswords(services, actor, actor.principal))
          await revokeAppPassword(services, actor, actor.principal, id);
      }
      const { openedBy } = session;
      const next = await openSession(services, actor.principal, placeOf(call), { openedBy });
      return { ...nothing, headers: { 'Set-Cookie': sessionCookie(await cookieScope(parts), next.token) } };
    },
  },

  'DELETE /sessions/{session}': {
    summary: 'End another session of mine',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      await endSession(parts.services, actor, pathId<SessionId>(params['session']));
      return nothing;
    },
  },
};

const demoNames: Readonly<Record<Language, string>> = { en: 'Demo', ru: 'Пример', sv: 'Exempel' };

export function defaultLanguage(stored: string | undefined): Language {
  return spokenLanguage(stored ?? '') ?? 'en';
}

export async function cookieScope(
  parts: PortalParts,
): Promise<{ readonly basePath: string; readonly secure: boolean }> {
  return { basePath: parts.basePath, secure: (await publicUrlOf(parts)).startsWith('https:') };
}

/** A new session with a new token; whatever the browser had before ends. */
export async function openFor(
  { parts, request }: Pick<Call<'POST /session'>, 'parts' | 'request'>,
  person: Principal,
  proven: Proven = { openedBy: 'person' },
): Promise<OpenedSession & { readonly cookie: string }> {
  const { services } = parts;
  await requireNamed(parts, request, person);
  const scope = await cookieScope(parts);
  const before = tokenOf(scope, request);
  const known = before === undefined ? undefined : await signedIn(services, before, request.address);
  if (known) await endSession(services, known.actor, known.session.id);
  const session = await openSession(services, person, placeOf({ request }), proven);
  return { ...session, cookie: sessionCookie(scope, session.token) };
}

async function opened(
  call: Call<'POST /session'> | Call<'POST /session/proxy'> | Call<'POST /setup'>,
  person: Principal,
  proven?: Proven,
): Promise<Reply<Me>> {
  const { cookie, actor, session } = await openFor(call, person, proven);
  const reply = await meReply({ ...call, actor, session });
  return { ...reply, headers: { ...reply.headers, 'Set-Cookie': cookie } };
}

function placeOf({ request }: Pick<Call<'POST /session'>, 'request'>): { program: string; address: string } {
  return { program: programOf({ request }), address: request.address };
}

function programOf({ request }: Pick<Call<'POST /session'>, 'request'>): string {
  return (header(request, 'user-agent') ?? '').slice(0, 200).replace(/[^\x20-\x7e]/g, '?');
}

async function firstAdministrator({ services }: PortalParts): Promise<Principal | undefined> {
  const people = await searchPeople(services, operator(), { kinds: ['user'] });
  return people.find(({ isAdmin }) => isAdmin);
}

/**
 * The existing administrator gets these values. With another name a new administrator is made, and the first one's
 * password ends.
 */
async function administrator(call: Call<'POST /setup'>, taken: Principal | undefined): Promise<Principal> {
  const { parts, body } = call;
  const { services } = parts;
  const { name, displayName, email, password, language, timeZone } = body;
  const addresses = email === '' ? [] : [email];
  if (!taken) {
    const first = await firstAdministrator(parts);
    const values = { name, displayName, addresses, password, language, timeZone, isAdmin: true };
    const made = await createPerson(services, operator(), values);
    if (first) await setPassword(services, operator(), first, null);
    return made;
  }
  await patchPerson(services, operator(), taken, {
    displayName: displayName || taken.displayName,
    addresses,
    language,
    timeZone,
  });
  await setPassword(services, operator(), taken, password);
  return (await principalById(services, taken.id)) ?? taken;
}

type Signed = Pick<SignedInCall<'GET /me'>, 'parts' | 'actor' | 'session' | 'language'>;

async function changeMe(call: SignedInCall<'PATCH /me'>): Promise<Reply<Me>> {
  const { actor, body } = call;
  const { services } = call.parts;
  if (body.displayName !== undefined)
    await patchPerson(services, actor, actor.principal, { displayName: body.displayName });
  if (body.preferences) await writePreferences(services, actor, body.preferences);
  const principal = (await services.storage.principal(actor.principal.id)) ?? actor.principal;
  return await meReply({ ...call, actor: { ...actor, principal } });
}

async function meReply({ parts, actor, session, language }: Signed): Promise<Reply<Me>> {
  const { services } = parts;
  const [preferences, sessions, credential, publicUrl, exchange] = await Promise.all([
    readPreferences(services, actor, language),
    listSessions(services, actor),
    services.storage.credential(actor.principal.id),
    publicUrlOf(parts),
    loadSettings(services),
  ]);
  return entity<Me>({
    person: personShape(actor.principal),
    isAdmin: actor.principal.isAdmin,
    hasPassword: credential?.hash != null,
    preferences: preferences satisfies Preferences,
    features: {
      caldav: true,
      outlook: false,
      exchange: await mayUse(services, exchange.values, actor.principal, actor.groups),
      google: false,
      requireAppPasswords: await requiresAppPasswords(parts),
      secure: publicUrl.startsWith('https:'),
    },
    sessions: sessions.map(({ id, created, lastUsed, program, address }) => ({
      id: String(id),
      current: id === session.id,
      created: timestamp(created),
      lastUsed: timestamp(lastUsed),
      program,
      address,
    })),
  });
}

export async function requiresAppPasswords({ services, requireAppPasswords }: PortalParts): Promise<boolean> {
  return requireAppPasswords || (await policiesOf(services)).get('app-passwords.required') === 'yes';
}
