/** Connecting devices: addresses, app passwords, codes, and the test of all that (portal.md 3.5, 3.9, 3.11, 5). */
import type { AppPasswordId, CalendarId } from '../../core/ids.ts';
import { encodeSegment } from '../../core/name.ts';
import type { AppPassword as StoredPassword } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { spokenLanguage } from '../../i18n/languages.ts';
import { homeName, policiesOf, principalById } from '../../service/access.ts';
import { issueCode, readCode } from '../../service/codes.ts';
import {
  addAppPassword,
  listAppPasswords,
  revokeAppPassword,
  verifyAppPassword,
} from '../../service/people/passwords.ts';
import { davx5Flow, davx5Intent, places } from '../addresses.ts';
import type { AppPassword, ConnectInfo, DeviceKind, TestStep } from '../api.ts';
import { calendarAt, exportReasonOf } from '../calendar-shape.ts';
import { publicUrlOf } from '../parts.ts';
import { nothing, pathId, type Routes, timestamp } from '../route.ts';
import * as schemas from '../schemas.ts';
import { requiresAppPasswords } from './session.ts';

type Names =
  | 'GET /calendars/{id}/connect'
  | 'GET /app-passwords'
  | 'POST /app-passwords'
  | 'DELETE /app-passwords/{appPassword}'
  | 'POST /connect/codes'
  | 'GET /connect/codes/{code}'
  | 'POST /connect/test';

const codeLifeMs: number = 10 * 60_000;

/** App passwords of one person. */
const maxAppPasswords = 200;

export const connectRoutes: Routes<Names> = {
  'GET /calendars/{id}/connect': {
    summary: 'Every address a client may need, of a calendar or of `all`',
    access: 'signed-in',
    answer: schemas.connectInfo,
    async run({ parts, actor, params }) {
      const { services } = parts;
      const { id } = params;
      const seen = id === 'all' ? undefined : await calendarAt(services, actor, id);
      const publicUrl = await publicUrlOf(parts);
      const { name } = actor.principal;
      const place = places(publicUrl, name);
      const answer: ConnectInfo = {
        ...place,
        calendar: seen ? String(seen.calendar.id) : null,
        calendarName: seen?.view?.displayName ?? seen?.calendar.displayName ?? '',
        userName: name,
        calendarUrl: seen ? `${place.homeUrl}${encodeSegment(homeName(seen))}/` : place.homeUrl,
        authentication: 'Basic',
        caldavAllowed: true,
        requireAppPasswords: await requiresAppPasswords(parts),
        stssync: null,
        exportReason: seen ? exportReasonOf({ policies: await policiesOf(services) }, seen) : null,
        davx5: davx5Intent(place.davUrl, name),
      };
      return { answer };
    },
  },

  'GET /app-passwords': {
    summary: 'My devices',
    access: 'signed-in',
    answer: schemas.appPasswords,
    async run({ parts, actor }) {
      const all = await listAppPasswords(parts.services, actor, actor.principal);
      return { answer: { appPasswords: all.map(passwordShape) } };
    },
  },

  'POST /app-passwords': {
    summary: 'Make an app password; its secret is told once',
    access: 'signed-in',
    body: schemas.newAppPassword,
    answer: schemas.issuedAppPassword,
    status: 201,
    async run({ parts, actor, body }) {
      const { services } = parts;
      const { principal } = actor;
      if ((await listAppPasswords(services, actor, principal)).length >= maxAppPasswords)
        throw new Refusal('quota-exceeded', `a person may have ${maxAppPasswords} app passwords`);
      const { id, secret } = await addAppPassword(services, actor, principal, {
        label: body.label,
        scope: body.scope ?? 'write',
        calendars: body.calendars?.map((calendar) => pathId<CalendarId>(calendar)),
      });
      const made = await services.storage.appPassword(id);
      if (!made) throw new Refusal('busy', 'it was revoked as soon as it was made');
      return { answer: { appPassword: passwordShape(made), secret }, status: 201 };
    },
  },

  'DELETE /app-passwords/{appPassword}': {
    summary: 'Sign a device out',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      const id = pathId<AppPasswordId>(params['appPassword']);
      await revokeAppPassword(parts.services, actor, actor.principal, id);
      return nothing;
    },
  },

  'POST /connect/codes': {
    summary: 'A code for one device, good once and for ten minutes',
    access: 'signed-in',
    body: schemas.newConnectCode,
    answer: schemas.connectCode,
    status: 201,
    async run({ parts, actor, body }) {
      const { code, expires } = await issueCode(parts.services, {
        purpose: 'connect',
        principal: actor.principal.id,
        payload: body.device,
        lifeMs: codeLifeMs,
      });
      const publicUrl = await publicUrlOf(parts);
      const answer = {
        code,
        url: `${publicUrl}/c/${code}`,
        profileUrl: profileUrl(publicUrl, code),
        davx5: flowOf(publicUrl, code),
        expires: timestamp(expires),
      };
      return { answer, status: 201 };
    },
  },

  'GET /connect/codes/{code}': {
    summary: 'What a code is for; it is not used up',
    access: 'anyone',
    answer: schemas.codeState,
    async run({ parts, params, language }) {
      const { services } = parts;
      const { code = '' } = params;
      const found = await readCode(services, 'connect', code);
      const person = found?.principal == null ? undefined : await principalById(services, found.principal);
      if (!found || !person || person.disabled) return { answer: { ...noCode, language } };
      const publicUrl = await publicUrlOf(parts);
      const { davUrl, secure } = places(publicUrl, person.name);
      return {
        answer: {
          valid: true,
          device: deviceIn(found.payload),
          displayName: person.displayName,
          userName: person.name,
          davUrl,
          davx5: flowOf(publicUrl, code),
          profileUrl: secure ? profileUrl(publicUrl, code) : null,
          language: spokenLanguage(person.language) ?? language,
        },
      };
    },
  },

  'POST /connect/test': {
    summary: 'Walk the server by its public address as a device would',
    access: 'signed-in',
    body: schemas.testConnection,
    answer: schemas.testAnswer,
    async run({ parts, actor, body }) {
      const { services } = parts;
      const { principal } = actor;
      const given = body.secret === undefined ? undefined : await verifyAppPassword(services, body.secret);
      // Only the person's own app password counts, so that nobody can test those of others.
      const own = given?.principal === principal.id ? body.secret : undefined;
      const temporary =
        own === undefined
          ? await addAppPassword(services, actor, principal, { label: 'test', scope: 'read' })
          : undefined;
      try {
        const password = own ?? temporary?.secret ?? '';
        const steps = await parts.walk(await publicUrlOf(parts), { user: principal.name, password });
        return { answer: { ok: steps.every(({ ok }) => ok), steps: steps satisfies readonly TestStep[] } };
      } finally {
        if (temporary) await revokeAppPassword(services, actor, principal, temporary.id);
      }
    },
  },
};

const noCode = {
  valid: false,
  device: null,
  displayName: '',
  userName: '',
  davUrl: '',
  davx5: '',
  profileUrl: null,
} as const;

function profileUrl(publicUrl: string, code: string): string {
  return `${publicUrl}/connect/${code}/portal.mobileconfig`;
}

function flowOf(publicUrl: string, code: string): string {
  return davx5Flow(`${publicUrl}/c/${code}/index.php/login/flow`);
}

function deviceIn(payload: string): DeviceKind | null {
  return payload === 'apple' || payload === 'android' ? payload : null;
}

function passwordShape({
  id,
  label,
  scope,
  calendars,
  created,
  lastUsed,
  lastProgram,
  lastAddress,
}: StoredPassword): AppPassword {
  return {
    id: String(id),
    label,
    scope,
    calendars: calendars && calendars.map(String),
    created: timestamp(created),
    lastUsed: lastUsed === null ? null : timestamp(lastUsed),
    lastProgram,
    lastAddress,
  };
}
