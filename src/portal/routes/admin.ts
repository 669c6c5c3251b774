/** Administration of everything but people: overview, calendars, policies, sign-in, appearance, audit (portal.md 3.10). */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { PolicyKey } from '../../core/change-set.ts';
import type { AuditId, PrincipalId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { instant } from '../../icalendar/time.ts';
import { calendarById, operator, policiesOf } from '../../service/access.ts';
import { listAudit, record } from '../../service/audit.ts';
import { moveCalendar, setExportAllowed } from '../../service/calendars/calendars.ts';
import type { Services } from '../../service/context.ts';
import { exportPolicy, setPolicies } from '../../service/people/policies.ts';
import { undisturbed } from '../../service/undisturbed.ts';
import type { CalendarUsage } from '../../storage/port.ts';
import type {
  AdminCalendar,
  Appearance,
  AuditEntry,
  AuditQuery,
  Detail,
  ExportRule,
  Policies,
} from '../api.ts';
import { auditShape } from '../audit-shape.ts';
import { csvLine } from '../csv.ts';
import { type PortalParts, publicUrlOf } from '../parts.ts';
import { personById } from '../people-shape.ts';
import { entity, pathId, type Reply, type Routes, requireCurrent, timestamp } from '../route.ts';
import * as schemas from '../schemas.ts';
import { downloaded } from './calendars.ts';
import { defaultLanguage } from './session.ts';

type Names =
  | 'GET /admin/overview'
  | 'GET /admin/calendars'
  | 'PATCH /admin/calendars/{id}'
  | 'GET /admin/calendars/{id}/download'
  | 'GET /admin/policies'
  | 'PATCH /admin/policies'
  | 'GET /admin/sign-in'
  | 'POST /admin/sign-in/test'
  | 'GET /admin/appearance'
  | 'PATCH /admin/appearance'
  | 'GET /admin/audit'
  | 'GET /admin/audit.csv';

const maxShown = 500;
const auditPage = 100;
/** What failed, by the code that it or its cause has; its sentence is in the log. */
function codeIn(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const [code, cause]: readonly unknown[] = [Reflect.get(error, 'code'), Reflect.get(error, 'cause')];
  return codeIn(cause) || (typeof code === 'string' ? code : '');
}

/** Lines of one download. */
const maxCsvLines = 100_000;

export const adminRoutes: Routes<Names> = {
  'GET /admin/overview': {
    summary: 'How the installation is',
    access: 'admin',
    answer: schemas.overview,
    async run({ parts }) {
      const { services, version, uptimeSeconds } = parts;
      let [calendars, objects, sizeBytes, people] = [0, 0, 0, 0];
      for await (const page of services.storage.allCalendars()) {
        for (const usage of page) {
          calendars++;
          objects += usage.objectCount;
          sizeBytes += usage.sizeBytes;
        }
      }
      for await (const page of services.storage.principals({ kinds: ['user'] })) people += page.length;
      const diagnostics = await parts.diagnose(await publicUrlOf(parts));
      const uptime = Math.floor(uptimeSeconds());
      return {
        answer: { diagnostics, people, calendars, objects, sizeBytes, version, uptimeSeconds: uptime },
      };
    },
  },

  'GET /admin/calendars': {
    summary: 'All calendars, with what they take',
    access: 'admin',
    query: schemas.textQuery,
    answer: schemas.adminCalendars,
    async run({ parts, query }) {
      const text = (query.text ?? '').trim().toLowerCase();
      const calendars: AdminCalendar[] = [];
      let truncated = false;
      for await (const page of parts.services.storage.allCalendars()) {
        for (const usage of page) {
          const { displayName, name, ownerName } = usage.calendar;
          if (!`${displayName}\n${name}\n${ownerName}`.toLowerCase().includes(text)) continue;
          if (calendars.length === maxShown) truncated = true;
          else calendars.push(await usageShape(parts.services, usage));
        }
        if (truncated) break;
      }
      return { answer: { calendars, truncated } };
    },
  },

  'PATCH /admin/calendars/{id}': {
    summary: 'Hand a calendar to another owner, or set its export flag',
    access: 'admin',
    body: schemas.adminCalendarPatch,
    answer: schemas.adminCalendar,
    async run({ parts, actor, params, body }) {
      const { services } = parts;
      const seen = await anyCalendar(services, params['id']);
      if (body.exportAllowed !== undefined) await setExportAllowed(services, actor, seen, body.exportAllowed);
      if (body.owner !== undefined) {
        const owner = await services.storage.principal(pathId<PrincipalId>(body.owner));
        if (!owner) throw new Refusal('not-found', 'there is nobody of this id');
        const name = await freeName(services, owner.id, seen.calendar.name);
        await moveCalendar(services, operator(), seen, { owner, name, overwrite: false });
        const subject = `calendar ${seen.calendar.id}, person ${owner.id}`;
        await record(services, actor, { action: 'calendar.transfer', subject });
      }
      for await (const page of services.storage.allCalendars()) {
        const usage = page.find(({ calendar }) => calendar.id === seen.calendar.id);
        if (usage) return { answer: await usageShape(services, usage) };
      }
      throw new Refusal('not-found', 'there is no such calendar');
    },
  },

  'GET /admin/calendars/{id}/download': {
    summary: 'Any calendar as .ics; the audit notes it',
    access: 'admin',
    answer: { mediaType: 'text/calendar' },
    async run({ parts, actor, params }) {
      const seen = await anyCalendar(parts.services, params['id']);
      await record(parts.services, actor, {
        action: 'calendar.download',
        subject: `calendar ${seen.calendar.id}`,
      });
      return await downloaded(parts.services, operator(), seen);
    },
  },

  'GET /admin/policies': {
    summary: 'The rules of the portal',
    access: 'admin',
    answer: schemas.policies,
    run: async ({ parts }) => await policiesReply(parts),
  },

  'PATCH /admin/policies': {
    summary: 'Change rules; they count at once',
    access: 'admin',
    body: schemas.policiesPatch,
    answer: schemas.policies,
    async run({ parts, actor, body, ifMatch }) {
      return await undisturbed(parts.services, async (services) => {
        requireCurrent(ifMatch, {
          etag: (await policiesReply(parts)).answer.etag,
          changed: services.clock.now(),
        });
        const { linkDetail, linkDays, linksShownOnce, requireAppPasswords, profilePassword } = body;
        const rules = kinds.flatMap((kind) => {
          const rule = body.export?.[kind];
          return rule === undefined ? [] : [[`export.${kind}`, rule === 'owner' ? null : rule]];
        });
        await setPolicies(services, actor, {
          ...Object.fromEntries(rules),
          ...(linkDetail !== undefined && { 'links.detail': linkDetail === 'full' ? null : linkDetail }),
          ...(linkDays !== undefined && { 'links.days': linkDays === null ? null : String(linkDays) }),
          ...(linksShownOnce !== undefined && { 'links.hashed': linksShownOnce ? 'yes' : null }),
          ...(requireAppPasswords !== undefined && {
            'app-passwords.required': requireAppPasswords ? 'yes' : null,
          }),
          ...(profilePassword !== undefined && { 'profile.password': profilePassword ? null : 'no' }),
        });
        return await policiesReply(parts);
      });
    },
  },

  'GET /admin/sign-in': {
    summary: 'How people sign in, as the settings of the server say',
    access: 'admin',
    answer: schemas.signInSettings,
    async run({ parts }) {
      const oidcRedirectUrl = `${await publicUrlOf(parts)}/api/v1/auth/oidc/callback`;
      return { answer: { methods: parts.signInMethods, ...parts.throttling, oidcRedirectUrl } };
    },
  },

  'POST /admin/sign-in/test': {
    summary: 'Ask a directory or identity provider for real',
    access: 'admin',
    body: schemas.signInTest,
    answer: schemas.testResult,
    async run({ parts, body, request }) {
      const test = body.method === 'ldap' ? parts.testLdap : parts.oidc?.test;
      if (!test) return { answer: { ok: false, found: 'off' } };
      try {
        return { answer: { ok: true, found: await test() } };
      } catch (error) {
        parts.logError(error, request.id);
        return { answer: { ok: false, found: codeIn(error) } };
      }
    },
  },

  'GET /admin/appearance': {
    summary: 'Name, colour, logo and language of the portal',
    access: 'admin',
    answer: schemas.appearance,
    run: async ({ parts }) => await appearanceReply(parts.services),
  },

  'PATCH /admin/appearance': {
    summary: 'Change how the portal looks',
    access: 'admin',
    body: schemas.appearancePatch,
    answer: schemas.appearance,
    async run({ parts, actor, body, ifMatch }) {
      return await undisturbed(parts.services, async (services) => {
        requireCurrent(ifMatch, {
          etag: (await appearanceReply(services)).answer.etag,
          changed: services.clock.now(),
        });
        await setPolicies(services, actor, {
          ...(body.name !== undefined && { 'portal.name': body.name }),
          ...(body.color !== undefined && { 'portal.color': body.color }),
          ...(body.logo !== undefined && { 'portal.logo': body.logo }),
          ...(body.defaultLanguage !== undefined && { 'portal.language': body.defaultLanguage }),
        });
        return await appearanceReply(services);
      });
    },
  },

  'GET /admin/audit': {
    summary: 'Who did what, newest first',
    access: 'admin',
    query: schemas.auditQuery,
    answer: schemas.auditAnswer,
    async run({ parts, actor, query }) {
      const entries: AuditEntry[] = [];
      for await (const page of listAudit(parts.services, actor, auditOf(query))) {
        for (const entry of page) {
          if (entries.length === auditPage) return { answer: { entries, next: entries.at(-1)?.id ?? null } };
          entries.push(await auditShape(parts.services, entry));
        }
      }
      return { answer: { entries, next: null } };
    },
  },

  'GET /admin/audit.csv': {
    summary: 'The same as a table',
    access: 'admin',
    query: schemas.auditQuery,
    answer: { mediaType: 'text/csv' },
    run({ parts, actor, query }) {
      return Promise.resolve({
        response: {
          status: 200,
          headers: {
            'Content-Type': 'text/csv; charset=utf-8',
            'Content-Disposition': 'attachment; filename="audit.csv"',
            'Cache-Control': 'no-store',
          },
          body: auditLines(parts.services, actor, auditOf(query)),
        },
      });
    },
  },
};

const kinds = ['user', 'group', 'company', 'room', 'resource'] as const;

/** A calendar with everything in it, whoever owns it: administrators look after the data, whatever is shared with them. */
async function anyCalendar(services: Services, id: string | undefined): Promise<SeenCalendar> {
  const seen = await calendarById(services, operator(), pathId(id));
  if (!seen) throw new Refusal('not-found', 'there is no such calendar');
  return seen;
}

async function freeName(services: Services, owner: PrincipalId, wanted: string): Promise<string> {
  for (let attempt = 1; attempt <= 100; attempt++) {
    const name = attempt === 1 ? wanted : `${wanted}-${attempt}`;
    if (!(await services.storage.calendarByName(owner, name))) return name;
  }
  throw new Refusal('already-exists', 'the name is taken');
}

async function usageShape(
  services: Services,
  { calendar, objectCount, sizeBytes }: CalendarUsage,
): Promise<AdminCalendar> {
  const [owner, links, policies] = await Promise.all([
    personById(services, calendar.owner),
    services.storage.links({ calendar: calendar.id }),
    policiesOf(services),
  ]);
  return {
    id: String(calendar.id),
    name: calendar.displayName,
    owner,
    objects: objectCount,
    sizeBytes,
    exportAllowed: calendar.exportAllowed,
    exportForbidden: policies.get(`export.${calendar.ownerKind}`) === 'forbidden',
    exportForced: policies.get(`export.${calendar.ownerKind}`) === 'allowed',
    links: links.length,
    modified: timestamp(calendar.modified),
  };
}

async function policiesReply({ services, requireAppPasswords }: PortalParts): Promise<Reply<Policies>> {
  const stored = await policiesOf(services);
  const rule = (key: PolicyKey): ExportRule => exportPolicy(stored.get(key));
  const days = Number(stored.get('links.days') ?? Number.NaN);
  return entity<Policies>({
    export: {
      user: rule('export.user'),
      group: rule('export.group'),
      company: rule('export.company'),
      room: rule('export.room'),
      resource: rule('export.resource'),
    },
    linkDetail: details.find((detail) => detail === stored.get('links.detail')) ?? 'full',
    linkDays: Number.isNaN(days) ? null : days,
    linksShownOnce: stored.get('links.hashed') === 'yes',
    requireAppPasswords: requireAppPasswords || stored.get('app-passwords.required') === 'yes',
    requireAppPasswordsFixed: requireAppPasswords,
    profilePassword: stored.get('profile.password') !== 'no',
  });
}

const details: readonly Detail[] = ['full', 'titles', 'busy'];

async function appearanceReply(services: Services): Promise<Reply<Appearance>> {
  const stored = await policiesOf(services);
  return entity<Appearance>({
    name: stored.get('portal.name') ?? 'portcal',
    color: stored.get('portal.color') ?? null,
    logo: stored.get('portal.logo') ?? null,
    defaultLanguage: defaultLanguage(stored.get('portal.language')),
  });
}

function auditOf({ who, action, from, to, before }: AuditQuery): Parameters<typeof listAudit>[2] {
  const time = (text: string): ReturnType<typeof instant> => {
    const at = Date.parse(text);
    if (Number.isNaN(at)) throw new Refusal('malformed-request', 'from and to are times');
    return instant(at);
  };
  return {
    ...(who !== undefined && who !== '' && { who }),
    ...(action !== undefined && action !== '' && { action }),
    ...(from !== undefined && from !== '' && { from: time(from) }),
    ...(to !== undefined && to !== '' && { until: time(to) }),
    ...(before !== undefined && { before: pathId<AuditId>(before) }),
  };
}

async function* auditLines(
  services: Services,
  actor: Actor,
  query: Parameters<typeof listAudit>[2],
): AsyncIterable<Uint8Array> {
  yield Buffer.from(csvLine(['at', 'who', 'via', 'action', 'subject', 'address']));
  let lines = 0;
  for await (const page of listAudit(services, actor, query)) {
    let text = '';
    for (const entry of page) {
      if (++lines > maxCsvLines) return;
      const { at, who, via, action, subject, address } = await auditShape(services, entry);
      text += csvLine([at, who ?? '', via, action, subject, address]);
    }
    yield Buffer.from(text);
  }
}
