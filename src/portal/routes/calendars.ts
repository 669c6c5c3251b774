/** Calendars: the sidebar, their properties, download and import. */
import { everyone } from '../../core/acl.ts';
import type { SeenCalendar } from '../../core/calendar.ts';
import type { PrincipalId } from '../../core/ids.ts';
import { encodeSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { calendarById, readOnlyCalendar, visibleCalendars } from '../../service/access.ts';
import {
  type CalendarChanges,
  createCalendar,
  deleteCalendar,
  patchCalendar,
  setExportAllowed,
  setFavourite,
  setGrants,
} from '../../service/calendars/calendars.ts';
import { listTrash } from '../../service/calendars/trash.ts';
import type { Services } from '../../service/context.ts';
import { exportCalendar } from '../../service/export/export.ts';
import { companyOwner } from '../../service/people/people.ts';
import { setPreferences } from '../../service/people/preferences.ts';
import { undisturbed } from '../../service/undisturbed.ts';
import type { Calendar, CalendarPatch, NewCalendar } from '../api.ts';
import {
  calendarAt,
  calendarShape,
  describing,
  requireEveryoneLevel,
  requireExport,
} from '../calendar-shape.ts';
import { personById } from '../people-shape.ts';
import { hiddenKey } from '../preferences.ts';
import { nothing, pathId, type RawReply, type Reply, type Routes, requireCurrent } from '../route.ts';
import * as schemas from '../schemas.ts';

type Names =
  | 'GET /calendars'
  | 'POST /calendars'
  | 'GET /calendars/{id}'
  | 'PATCH /calendars/{id}'
  | 'DELETE /calendars/{id}'
  | 'PUT /calendars/order'
  | 'PUT /calendars/{id}/favourite'
  | 'DELETE /calendars/{id}/favourite'
  | 'PUT /calendars/{id}/visibility'
  | 'GET /favourites/choices'
  | 'GET /calendars/{id}/download';

/** Choices that one answer may hold. */
const maxChoices = 500;

export const calendarRoutes: Routes<Names> = {
  'GET /calendars': {
    summary: 'All calendars of the sidebar, my own first',
    access: 'signed-in',
    answer: schemas.calendars,
    async run({ parts, actor }) {
      const all = await visibleCalendars(parts.services, actor);
      const to = await describing(parts.services, actor, all);
      const calendars = await Promise.all(all.map((seen) => calendarShape(to, seen)));
      return { answer: { calendars: calendars.toSorted(inOrder) } };
    },
  },

  'POST /calendars': {
    summary: 'Make a calendar',
    access: 'signed-in',
    body: schemas.newCalendar,
    answer: schemas.calendar,
    status: 201,
    async run({ parts, actor, body }) {
      const { services } = parts;
      if (body.everyone !== undefined) requireEveryoneLevel(body.everyone);
      const owner =
        body.owner === undefined
          ? actor.principal
          : body.owner === 'company'
            ? await companyOwner(services, actor)
            : await services.storage.principal(pathId<PrincipalId>(body.owner));
      if (!owner) throw new Refusal('not-found', 'there is nobody of this id');
      const seen = await createCalendar(services, actor, owner, {
        name: await freeName(services, owner.id, body.name),
        displayName: body.name,
        components: [body.kind === 'tasks' ? 'VTODO' : 'VEVENT'],
        ...(body.description !== undefined && { description: body.description }),
        ...(body.color !== undefined && { color: storedColor(body.color) }),
        ...(body.timeZone !== undefined && { timeZone: body.timeZone }),
        exportAllowed: body.exportAllowed ?? true,
      });
      await apply(services, actor, seen, {
        ...(body.exportDetail !== undefined && { exportDetail: body.exportDetail }),
        ...(body.everyone !== undefined && body.everyone !== null && { everyone: body.everyone }),
        ...(body.isDefault !== undefined && { isDefault: body.isDefault }),
      });
      return await told(services, actor, seen, 201);
    },
  },

  'GET /calendars/{id}': {
    summary: 'One calendar',
    access: 'signed-in',
    answer: schemas.calendar,
    run: async ({ parts, actor, params }) =>
      await told(parts.services, actor, await calendarAt(parts.services, actor, params['id'])),
  },

  'PATCH /calendars/{id}': {
    summary: 'Change a calendar; of a foreign one name, colour and order are my own',
    access: 'signed-in',
    body: schemas.calendarPatch,
    answer: schemas.calendar,
    async run({ parts, actor, params, body, ifMatch }) {
      if (!ifMatch) {
        const seen = await calendarAt(parts.services, actor, params['id']);
        await apply(parts.services, actor, seen, body);
        return await told(parts.services, actor, seen);
      }
      return await undisturbed(parts.services, async (services) => {
        const seen = await calendarAt(services, actor, params['id']);
        const { etag } = await calendarShape(await describing(services, actor), seen);
        requireCurrent(ifMatch, { etag, changed: seen.calendar.modified });
        await apply(services, actor, seen, body);
        return await told(services, actor, seen);
      });
    },
  },

  'DELETE /calendars/{id}': {
    summary: 'To the trash with my own, out of my list with a foreign one',
    access: 'signed-in',
    answer: schemas.deletedCalendar,
    async run({ parts, actor, params, ifMatch }) {
      const { services } = parts;
      const seen = await undisturbed(services, async (guarded) => {
        const found = await calendarAt(guarded, actor, params['id']);
        const { etag, deleteReason } = await calendarShape(await describing(guarded, actor), found);
        requireCurrent(ifMatch, { etag, changed: found.calendar.modified });
        if (deleteReason === 'last-calendar')
          throw new Refusal('location-not-ok', 'the last calendar cannot be deleted');
        await deleteCalendar(guarded, actor, found);
        return found;
      });
      if (!seen.isOwn) return { answer: { trash: null } };
      for await (const page of listTrash(services, actor, actor.principal)) {
        const item = page.find(
          ({ calendar, objectName }) => calendar === seen.calendar.id && objectName === null,
        );
        if (item) return { answer: { trash: String(item.id) } };
      }
      return { answer: { trash: null } };
    },
  },

  'PUT /calendars/order': {
    summary: 'The order of the sidebar',
    access: 'signed-in',
    body: schemas.calendarOrder,
    async run({ parts, actor, body }) {
      const { services } = parts;
      const wanted = new Map(body.calendars.map((id, at) => [id, at + 1]));
      for (const seen of await visibleCalendars(services, actor)) {
        const order = wanted.get(String(seen.calendar.id));
        const known = seen.isOwn ? seen.calendar.order : seen.view?.order;
        if (order !== undefined && order !== known) await patchCalendar(services, actor, seen, { order });
      }
      return nothing;
    },
  },

  'PUT /calendars/{id}/favourite': {
    summary: 'Keep a calendar of somebody else in my list',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      const seen = await calendarAt(parts.services, actor, params['id']);
      if (seen.isOwn) throw new Refusal('location-not-ok', 'favourites are calendars of others');
      await setFavourite(parts.services, actor, seen, true);
      return nothing;
    },
  },

  'DELETE /calendars/{id}/favourite': {
    summary: 'Keep it no longer',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      const seen = await calendarAt(parts.services, actor, params['id']);
      await setFavourite(parts.services, actor, seen, false);
      return nothing;
    },
  },

  'PUT /calendars/{id}/visibility': {
    summary: 'Show or hide it in the grid',
    access: 'signed-in',
    body: schemas.visibility,
    async run({ parts, actor, params, body }) {
      const { calendar } = await calendarAt(parts.services, actor, params['id']);
      await setPreferences(parts.services, actor, { [hiddenKey(calendar.id)]: body.visible ? null : true });
      return nothing;
    },
  },

  'GET /favourites/choices': {
    summary: 'Calendars of others that could be favourites',
    access: 'signed-in',
    query: schemas.textQuery,
    answer: schemas.favouriteChoices,
    async run({ parts, actor, query }) {
      const { services } = parts;
      const text = (query.text ?? '').trim().toLowerCase();
      const found = [];
      const { id, ...rest } = actor.principal;
      for (const { calendar } of await services.storage.visibleTo(id, actor.groups)) {
        if (calendar.owner === id || found.length > maxChoices) continue;
        const seen = await calendarById(services, { ...actor, principal: { id, ...rest } }, calendar.id);
        if (!seen) continue;
        const owner = await personById(services, calendar.owner);
        const words = `${calendar.displayName}\n${owner.displayName}\n${owner.name}`.toLowerCase();
        if (!words.includes(text)) continue;
        found.push({
          id: String(calendar.id),
          name: calendar.displayName,
          owner,
          favourite: seen.view?.favourite ?? false,
          exportAllowed: calendar.exportAllowed,
        });
      }
      return { answer: { calendars: found.slice(0, maxChoices), truncated: found.length > maxChoices } };
    },
  },

  'GET /calendars/{id}/download': {
    summary: 'The calendar as one .ics',
    access: 'signed-in',
    answer: { mediaType: 'text/calendar' },
    async run({ parts, actor, params }) {
      const seen = await calendarAt(parts.services, actor, params['id']);
      await requireExport(parts.services, seen);
      return await downloaded(parts.services, actor, seen);
    },
  },
};

/** The whole calendar as this reader may see it. */
export async function downloaded(services: Services, reader: Actor, seen: SeenCalendar): Promise<RawReply> {
  const { chunks } = await exportCalendar(services, reader, [seen], {
    detail: 'full',
    window: 'all',
    alarms: true,
    reducePrivate: false,
    language: reader.principal.language,
  });
  const name = encodeURIComponent(
    seen.calendar.displayName.normalize('NFC').replace(/[\p{Cc}\p{Cs}/\\]+/gu, ' '),
  );
  return {
    response: {
      status: 200,
      headers: {
        'Content-Type': 'text/calendar; charset=utf-8',
        'Content-Disposition': `attachment; filename="calendar.ics"; filename*=UTF-8''${name.replace(/['()*]/g, '_')}.ics`,
        'Cache-Control': 'no-store',
      },
      body: chunks,
    },
  };
}

type Applied = Pick<CalendarPatch, keyof CalendarPatch>;

/** Applies each part by its own rule; the first refusal ends it. */
async function apply(services: Services, actor: Actor, seen: SeenCalendar, patch: Applied): Promise<void> {
  const {
    name,
    description,
    color,
    order,
    timeZone,
    exportDetail,
    exportAllowed,
    everyone: level,
    isDefault,
  } = patch;
  const changes: CalendarChanges = {
    ...(name !== undefined && { displayName: name }),
    ...(description !== undefined && { description: description === '' ? null : description }),
    ...(color !== undefined && { color: storedColor(color) }),
    ...(order !== undefined && { order }),
    ...(timeZone !== undefined && { timeZone }),
    ...(exportDetail !== undefined && { exportDetail }),
  };
  if (Object.keys(changes).length > 0) await patchCalendar(services, actor, seen, changes);
  if (exportAllowed !== undefined && exportAllowed !== seen.calendar.exportAllowed)
    await setExportAllowed(services, actor, seen, exportAllowed);
  if (level !== undefined) await setGrants(services, actor, seen, [{ grantee: everyone, level }]);
  if (isDefault === true) {
    if (!seen.access.canWrite) throw readOnlyCalendar('bind');
    await setPreferences(services, actor, { defaultCalendar: String(seen.calendar.id) });
  }
  if (isDefault === false) await setPreferences(services, actor, { defaultCalendar: null });
}

async function told(
  services: Services,
  actor: Actor,
  { calendar }: SeenCalendar,
  status = 200,
): Promise<Reply<Calendar>> {
  const seen = await calendarAt(services, actor, String(calendar.id));
  const answer = await calendarShape(await describing(services, actor), seen);
  return { answer, status, headers: { ETag: answer.etag } };
}

/** Names that are tried. */
const maxNames = 500;

/** A name for the URL, from what people call it. */
async function freeName(
  services: Services,
  owner: PrincipalId,
  displayName: NewCalendar['name'],
): Promise<string> {
  const base =
    displayName
      .normalize('NFC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60) || 'calendar';
  const plain = base.startsWith('shared-') ? `calendar-${base}` : base;
  for (let attempt = 1; attempt <= maxNames; attempt++) {
    const name = attempt === 1 ? plain : `${plain}-${attempt}`;
    if (encodeSegment(name).length < 500 && !(await services.storage.calendarByName(owner, name)))
      return name;
  }
  throw new Refusal('already-exists', 'the name is taken');
}

function storedColor(color: string): string {
  return `${color.toUpperCase()}FF`;
}

function inOrder(one: Calendar, other: Calendar): number {
  const mine = Number(other.section === 'mine') - Number(one.section === 'mine');
  return mine || (one.order ?? 1e9) - (other.order ?? 1e9);
}
