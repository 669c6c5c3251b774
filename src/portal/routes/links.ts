/** Subscription links (portal.md 3.6). */
import type { Detail, FeedLink, SeenCalendar } from '../../core/calendar.ts';
import type { LinkId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { instant } from '../../icalendar/time.ts';
import { calendarById, policiesOf, visibleCalendars } from '../../service/access.ts';
import type { Services } from '../../service/context.ts';
import { etagOfParts } from '../../service/fingerprint.ts';
import { createLink, deleteLink, listLinks, patchLink, resetLink } from '../../service/links.ts';
import { linkAddresses } from '../addresses.ts';
import type { FavouriteLinks, Link, NewLink, Reason } from '../api.ts';
import { calendarAt, linkReasonOf, requireExport } from '../calendar-shape.ts';
import { publicUrlOf } from '../parts.ts';
import {
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
  | 'GET /links'
  | 'GET /calendars/{id}/links'
  | 'POST /calendars/{id}/links'
  | 'GET /favourites/links'
  | 'POST /favourites/links'
  | 'PATCH /links/{link}'
  | 'POST /links/{link}/reset'
  | 'DELETE /links/{link}';

export const linkRoutes: Routes<Names> = {
  'GET /links': {
    summary: 'All my subscription links',
    access: 'signed-in',
    answer: schemas.links,
    async run({ parts, actor }) {
      const links = await listLinks(parts.services, actor, actor.principal);
      return { answer: { links: await shapes(parts.services, actor, links) } };
    },
  },

  'GET /calendars/{id}/links': {
    summary: 'My links to a calendar; 403 while its export is off',
    access: 'signed-in',
    answer: schemas.links,
    async run({ parts, actor, params }) {
      const { services } = parts;
      const seen = await calendarAt(services, actor, params['id']);
      const links = await listLinks(services, actor, actor.principal, seen.calendar.id);
      // The owner must see what stops working; others learn why there is nothing to make.
      if (links.length === 0 || !seen.access.isOwner) await requireExport(services, seen);
      return { answer: { links: await shapes(services, actor, links) } };
    },
  },

  'POST /calendars/{id}/links': {
    summary: 'Make a link; its address is told once',
    access: 'signed-in',
    body: schemas.newLink,
    answer: schemas.link,
    status: 201,
    async run(call) {
      const { services } = call.parts;
      const seen = await calendarAt(services, call.actor, call.params['id']);
      await requireExport(services, seen);
      return await made(call, seen);
    },
  },

  'GET /favourites/links': {
    summary: 'Links to all my favourites, and which of them they hold',
    access: 'signed-in',
    answer: schemas.favouriteLinks,
    async run({ parts, actor }) {
      const { services } = parts;
      const all = await listLinks(services, actor, actor.principal);
      const links = await shapes(
        services,
        actor,
        all.filter(({ target }) => target === 'favourites'),
      );
      const policies = await policiesOf(services);
      const included: FavouriteLinks['included'][number][] = [];
      const left: FavouriteLinks['left'][number][] = [];
      for (const seen of await visibleCalendars(services, actor)) {
        if (!seen.view?.favourite) continue;
        const reason = await linkReasonOf({ services, actor, policies }, seen);
        const entry = { id: String(seen.calendar.id), name: seen.calendar.displayName };
        if (reason === null) included.push(entry);
        else left.push({ ...entry, reason });
      }
      return { answer: { links, included, left } };
    },
  },

  'POST /favourites/links': {
    summary: 'Make one link to all my favourites',
    access: 'signed-in',
    body: schemas.newLink,
    answer: schemas.link,
    status: 201,
    run: async (call) => await made(call, undefined),
  },

  'PATCH /links/{link}': {
    summary: 'Change label, detail or end of a link',
    access: 'signed-in',
    body: schemas.linkPatch,
    answer: schemas.link,
    async run(call) {
      const { services } = call.parts;
      const { actor, body } = call;
      const id = pathId<LinkId>(call.params['link']);
      const before = await shapeOf(services, actor, id);
      requireCurrent(call.ifMatch, { etag: before.etag, changed: services.clock.now() });
      const { expires } = await limited(services, body);
      await patchLink(services, actor, actor.principal, id, {
        ...(body.label !== undefined && { label: body.label }),
        ...(body.detail !== undefined && { detail: body.detail }),
        ...(body.expires !== undefined && { expires: expires === null ? null : instant(expires) }),
      });
      return told(await shapeOf(services, actor, id));
    },
  },

  'POST /links/{link}/reset': {
    summary: 'Another address for the same link; the old one is dead at once',
    access: 'signed-in',
    answer: schemas.link,
    async run(call) {
      const { services } = call.parts;
      const id = pathId<LinkId>(call.params['link']);
      const { token } = await resetLink(services, call.actor, call.actor.principal, id);
      const shape = await shapeOf(services, call.actor, id);
      return told({
        ...shape,
        addresses: linkAddresses(await publicUrlOf(call.parts), token, shape.calendarName),
      });
    },
  },

  'DELETE /links/{link}': {
    summary: 'Delete a link',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      await deleteLink(parts.services, actor, actor.principal, pathId<LinkId>(params['link']));
      return nothing;
    },
  },
};

type MakeCall = SignedInCall<'POST /calendars/{id}/links'> | SignedInCall<'POST /favourites/links'>;

/** Links of one person. */
const maxLinks = 500;

async function made(call: MakeCall, seen: SeenCalendar | undefined): Promise<Reply<Link>> {
  const { parts, actor, body } = call;
  const { services } = parts;
  if ((await listLinks(services, actor, actor.principal)).length >= maxLinks)
    throw new Refusal('quota-exceeded', `a person may have ${maxLinks} links`);
  const { detail, expires } = await limited(services, body);
  const { id, token } = await createLink(services, actor, actor.principal, {
    target: seen ? seen.calendar.id : 'favourites',
    label: body.label ?? '',
    detail,
    expires: expires === null ? null : instant(expires),
  });
  const shape = await shapeOf(services, actor, id);
  return told(
    { ...shape, addresses: linkAddresses(await publicUrlOf(parts), token, shape.calendarName) },
    201,
  );
}

const dayMs = 86_400_000;

/** What the administrator lets a link be. */
async function limited(
  services: Services,
  { detail = 'full', expires }: NewLink,
): Promise<{ readonly detail: Detail; readonly expires: number | null }> {
  const days = Number((await policiesOf(services)).get('links.days') ?? Number.NaN);
  const last = Number.isNaN(days) ? Infinity : services.clock.now() + days * dayMs;
  const wished = expires === undefined || expires === null ? Infinity : Date.parse(expires);
  if (Number.isNaN(wished)) throw new Refusal('malformed-request', 'expires is no time');
  const end = Math.min(wished, last);
  return { detail, expires: Number.isFinite(end) ? end : null };
}

function told(answer: Link, status = 200): Reply<Link> {
  return { answer, status, headers: { ETag: answer.etag } };
}

async function shapeOf(services: Services, actor: Actor, id: LinkId): Promise<Link> {
  const links = await listLinks(services, actor, actor.principal);
  const [shape] = await shapes(
    services,
    actor,
    links.filter((link) => link.id === id),
  );
  if (!shape) throw new Refusal('not-found', 'there is no such link');
  return shape;
}

async function shapes(
  services: Services,
  actor: Actor,
  links: readonly FeedLink[],
): Promise<readonly Link[]> {
  const policies = await policiesOf(services);
  const shaped: Link[] = [];
  for (const link of links) {
    const { target } = link;
    const seen = target === 'favourites' ? undefined : await calendarById(services, actor, target);
    const suspended: Reason | null = seen ? await linkReasonOf({ services, actor, policies }, seen) : null;
    const { id, label, detail, expires, created, lastUsed, lastProgram, useCount } = link;
    shaped.push({
      id: String(id),
      etag: etagOfParts([String(id), label, detail, String(expires)]),
      calendar: target === 'favourites' ? null : String(target),
      calendarName: seen?.view?.displayName ?? seen?.calendar.displayName ?? '',
      label,
      detail,
      expires: expires === null ? null : timestamp(expires),
      created: timestamp(created),
      lastUsed: lastUsed === null ? null : timestamp(lastUsed),
      lastProgram,
      useCount,
      addresses: null,
      suspended,
    });
  }
  return shaped;
}
