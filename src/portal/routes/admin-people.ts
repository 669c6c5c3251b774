/** Administration of people, groups and rooms (portal.md 3.10). */
import type { PrincipalId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { spokenLanguage } from '../../i18n/languages.ts';
import type { Services } from '../../service/context.ts';
import { etagOfParts } from '../../service/fingerprint.ts';
import { setPassword } from '../../service/people/passwords.ts';
import {
  createGroup,
  createPerson,
  deletePerson,
  membersOf,
  type NewPersonValues,
  patchPerson,
  searchPeople,
  setMember,
} from '../../service/people/people.ts';
import { undisturbed } from '../../service/undisturbed.ts';
import type { AdminGroup, AdminPerson, NewAdminPerson } from '../api.ts';
import { csvRows } from '../csv.ts';
import type { PortalParts } from '../parts.ts';
import { personShape } from '../people-shape.ts';
import { problemOf } from '../problem.ts';
import {
  nothing,
  principalIdOf,
  type Reply,
  type Routes,
  rawBody,
  requireCurrent,
  timestamp,
} from '../route.ts';
import * as schemas from '../schemas.ts';

type Names =
  | 'GET /admin/people'
  | 'POST /admin/people'
  | 'POST /admin/people/import'
  | 'PATCH /admin/people/{person}'
  | 'POST /admin/people/{person}/reset'
  | 'GET /admin/groups'
  | 'POST /admin/groups'
  | 'PATCH /admin/groups/{group}'
  | 'DELETE /admin/groups/{group}'
  | 'PUT /admin/groups/{group}/members/{person}'
  | 'DELETE /admin/groups/{group}/members/{person}';

const maxShown = 200;
const maxCsvBytes = 4 * 1024 * 1024;
const maxCsvRows = 5_000;

export const adminPeopleRoutes: Routes<Names> = {
  'GET /admin/people': {
    summary: 'People, disabled ones too',
    access: 'admin',
    query: schemas.textQuery,
    answer: schemas.adminPeople,
    async run({ parts, actor, query }) {
      const text = query.text?.trim();
      const wanted = { kinds: ['user'], ...(text !== undefined && text !== '' && { text }) } as const;
      const found = await searchPeople(parts.services, actor, wanted, maxShown + 1);
      const people = await Promise.all(found.slice(0, maxShown).map((person) => shape(parts, person)));
      return { answer: { people, truncated: found.length > maxShown } };
    },
  },

  'POST /admin/people': {
    summary: 'Add a person; a password that is made is told once',
    access: 'admin',
    body: schemas.newAdminPerson,
    answer: schemas.issuedPerson,
    status: 201,
    async run({ parts, actor, body }) {
      const made = body.password === undefined ? newPassword(parts.services) : undefined;
      const person = await createPerson(parts.services, actor, personValues(body, made));
      return { answer: { person: await shape(parts, person), password: made ?? null }, status: 201 };
    },
  },

  'POST /admin/people/import': {
    summary: 'Add people from a list: name, displayName, email, language, timeZone, admin',
    access: 'admin',
    body: { mediaTypes: ['text/csv'] },
    answer: schemas.peopleImport,
    async run(call) {
      const { services } = call.parts;
      const text = Buffer.from(await rawBody(call, maxCsvBytes)).toString('utf8');
      const listener = {
        language: call.language,
        timeZone: call.actor.principal.timeZone,
        id: call.request.id,
      };
      const added: { readonly name: string; readonly password: string }[] = [];
      const failed: { readonly line: number; readonly message: string }[] = [];
      for (const { line, values } of people(text)) {
        try {
          const password = newPassword(services);
          const { name } = await createPerson(services, call.actor, personValues(values, password));
          added.push({ name, password });
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          const said = problemOf(error, listener)?.body.message ?? '';
          failed.push({ line, message: [said, columnOf(error)].filter(Boolean).join(' ') });
        }
      }
      return { answer: { added, failed } };
    },
  },

  'PATCH /admin/people/{person}': {
    summary: 'Change, disable or promote a person',
    access: 'admin',
    body: schemas.adminPersonPatch,
    answer: schemas.adminPerson,
    async run({ parts, actor, params, body, ifMatch }) {
      return await undisturbed(parts.services, async (services) => {
        const person = await personAt(services, params['person'], ['user']);
        const { etag } = await shape(parts, person);
        requireCurrent(ifMatch, { etag, changed: services.clock.now() });
        requireOtherThanSelf(actor, person, body.disabled === true || body.isAdmin === false);
        await patchPerson(services, actor, person, body);
        if (body.disabled === true) await endSessions(services, actor, person.id);
        return told(await shape(parts, await personAt(services, params['person'], ['user'])));
      });
    },
  },

  'POST /admin/people/{person}/reset': {
    summary: 'A new password, told once; sessions end',
    access: 'admin',
    answer: schemas.issuedPerson,
    async run({ parts, actor, params }) {
      const { services } = parts;
      const person = await personAt(services, params['person'], ['user']);
      const password = newPassword(services);
      await setPassword(services, actor, person, password);
      return { answer: { person: await shape(parts, person), password } };
    },
  },

  'GET /admin/groups': {
    summary: 'Groups, rooms and resources',
    access: 'admin',
    answer: schemas.adminGroups,
    async run({ parts, actor }) {
      const found = await searchPeople(parts.services, actor, { kinds: groupKinds }, 1_000);
      const groups = await Promise.all(found.map((group) => groupShape(parts.services, actor, group)));
      return { answer: { groups } };
    },
  },

  'POST /admin/groups': {
    summary: 'Make a group, room or resource, with a calendar',
    access: 'admin',
    body: schemas.newGroup,
    answer: schemas.adminGroup,
    status: 201,
    async run({ parts, actor, body }) {
      const { kind, name, displayName, email } = body;
      const values = { name, displayName, ...(email !== undefined && { addresses: [email] }) };
      const group = await createGroup(parts.services, actor, kind, values);
      return told(await groupShape(parts.services, actor, group), 201);
    },
  },

  'PATCH /admin/groups/{group}': {
    summary: 'Change name or addresses of a group',
    access: 'admin',
    body: schemas.groupPatch,
    answer: schemas.adminGroup,
    async run({ parts, actor, params, body, ifMatch }) {
      return await undisturbed(parts.services, async (services) => {
        const group = await personAt(services, params['group'], groupKinds);
        const { etag } = await groupShape(services, actor, group);
        requireCurrent(ifMatch, { etag, changed: services.clock.now() });
        await patchPerson(services, actor, group, body);
        return told(await groupShape(services, actor, await personAt(services, params['group'], groupKinds)));
      });
    },
  },

  'DELETE /admin/groups/{group}': {
    summary: 'Remove a group with its calendars, for good',
    access: 'admin',
    async run({ parts, actor, params }) {
      await deletePerson(parts.services, actor, await personAt(parts.services, params['group'], groupKinds));
      return nothing;
    },
  },

  'PUT /admin/groups/{group}/members/{person}': {
    summary: 'Put somebody into a group',
    access: 'admin',
    answer: schemas.adminGroup,
    run: async ({ parts, actor, params }) => await member(parts.services, actor, params, true),
  },

  'DELETE /admin/groups/{group}/members/{person}': {
    summary: 'Take somebody out of a group',
    access: 'admin',
    answer: schemas.adminGroup,
    run: async ({ parts, actor, params }) => await member(parts.services, actor, params, false),
  },
};

const groupKinds = ['group', 'room', 'resource'] as const;

async function member(
  services: Services,
  actor: Actor,
  params: Readonly<Record<string, string>>,
  present: boolean,
): Promise<Reply<AdminGroup>> {
  const group = await personAt(services, params['group'], ['group']);
  const person = await personAt(services, params['person'], ['user', 'group']);
  await setMember(services, actor, group, person, present);
  return told(await groupShape(services, actor, group));
}

function told<Value extends { readonly etag: string }>(answer: Value, status = 200): Reply<Value> {
  return { answer, status, headers: { ETag: answer.etag } };
}

async function personAt(
  services: Services,
  id: string | undefined,
  kinds: readonly Principal['kind'][],
): Promise<Principal> {
  const found = await services.storage.principal(principalIdOf(id ?? ''));
  if (!found || !kinds.includes(found.kind)) throw new Refusal('not-found', 'there is nobody of this id');
  return found;
}

/** Refuses administrators to change themselves so: one who locks themselves out may be the last. */
function requireOtherThanSelf(actor: Actor, person: Principal, locksOut: boolean): void {
  if (locksOut && actor.principal.id === person.id)
    throw new Refusal('location-not-ok', 'nobody takes their own rights away');
}

async function endSessions(services: Services, actor: Actor, principal: PrincipalId): Promise<void> {
  await services.storage.commit({ actor: actor.principal.id, changes: [{ do: 'end-sessions', principal }] });
}

async function shape({ services }: PortalParts, person: Principal): Promise<AdminPerson> {
  const { storage, limits } = services;
  const [credential, appPasswords, usedBytes, sessions] = await Promise.all([
    storage.credential(person.id),
    storage.appPasswords(person.id),
    storage.usedBytes(person.id),
    storage.sessions(person.id),
  ]);
  const uses = [
    ...appPasswords.map(({ lastUsed }) => lastUsed ?? 0),
    ...sessions.map(({ lastUsed }) => lastUsed),
  ];
  const lastUsed = Math.max(0, ...uses);
  const { language, timeZone, isAdmin, disabled } = person;
  const hasPassword = credential?.hash != null;
  const own = { ...personShape(person), language, timeZone, isAdmin, disabled, hasPassword };
  return {
    ...own,
    etag: etagOfParts([JSON.stringify(own)]),
    source: hasPassword ? 'local' : 'ldap',
    usedBytes,
    maxBytes: limits.maxHomeBytes,
    appPasswords: appPasswords.length,
    lastUsed: lastUsed === 0 ? null : timestamp(lastUsed),
  };
}

async function groupShape(services: Services, actor: Actor, group: Principal): Promise<AdminGroup> {
  const members = (await membersOf(services, actor, group)).map(personShape);
  const own = { ...personShape(group), members };
  return { ...own, etag: etagOfParts([JSON.stringify(own)]) };
}

function personValues(body: NewAdminPerson, made: string | undefined): NewPersonValues {
  const { name, displayName, email, language, timeZone, isAdmin } = body;
  const password = body.password ?? made;
  return {
    name,
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { addresses: [email] }),
    ...(language !== undefined && { language }),
    ...(timeZone !== undefined && { timeZone }),
    ...(isAdmin !== undefined && { isAdmin }),
    ...(password !== undefined && { password }),
  };
}

/** 96 bits in 16 letters. */
function newPassword(services: Services): string {
  return Buffer.from(services.random(12)).toString('base64url');
}

/** The column of the refused value, in brackets; empty if it is obvious. */
function columnOf({ code, message }: Refusal): string {
  if (code === 'bad-name') return '(name)';
  if (code !== 'invalid-property') return '';
  return message.includes('time zone') ? '(timeZone)' : '(email)';
}

const columns = ['name', 'displayname', 'email', 'language', 'timezone', 'admin'] as const;

function people(text: string): readonly { readonly line: number; readonly values: NewAdminPerson }[] {
  const [heading, ...rows] = csvRows(text, maxCsvRows + 1);
  const at = columns.map((column) => heading?.cells.findIndex((cell) => cell.toLowerCase() === column) ?? -1);
  if (at[0] === undefined || at[0] < 0)
    throw new Refusal('malformed-request', `the first line names the columns: ${columns.join(',')}`);
  return rows.map(({ line, cells }) => {
    const cell = (column: number): string => cells[at[column] ?? -1] ?? '';
    const [name, displayName, email, spoken, timeZone, admin] = columns.map((_, column) => cell(column));
    const language = spokenLanguage(spoken ?? '');
    const values: NewAdminPerson = {
      name: name ?? '',
      ...(displayName && { displayName }),
      ...(email && { email }),
      ...(language && { language }),
      ...(timeZone && { timeZone }),
      ...(admin && { isAdmin: /^(?:1|yes|true|да|ja)$/i.test(admin) }),
    };
    return { line, values };
  });
}
