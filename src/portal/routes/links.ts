/** Subscription links (portal.md 3.6). */
import type { Detail, FeedLink, SeenCalendar } from '../../core/calendar.ts';
import type { CalendarId, LinkId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { spokenLanguage } from '../../i18n/languages.ts';
import { instant } from '../../icalendar/time.ts';
import { calendarById, policiesOf, visibleCalendars } from '../../service/access.ts';
import { toldToken } from '../../service/calendars/link-tokens.ts';
import {
  createLink,
  deleteLink,
  type LinkPatch,
  listLinks,
  patchLink,
  resetLink,
} from '../../service/calendars/links.ts';
import type { Services } from '../../service/context.ts';
import { etagOfParts } from '../../service/fingerprint.ts';
import { undisturbed } from '../../service/undisturbed.ts';
import { linkAddresses } from '../addresses.ts';
import type { FavouriteLinks, Link, NewLink, Reason } from '../api.ts';
import { calendarAt, linkReasonOf, requireExport } from '../calendar-shape.ts';
import { type PortalParts, publicUrlOf } from '../parts.ts';
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
  | 'DELETE /links/{link}'
  | 'PATCH /calendars/{id}/links/{link}'
  | 'POST /calendars/{id}/links/{link}/reset'
  | 'DELETE /calendars/{id}/links/{link}';

export const linkRoutes: Routes<Names> = {
  'GET /links': {
    summary: 'All my subscription links',
    access: 'signed-in',
    answer: schemas.links,
    async run({ parts, actor }) {
      const links = await listLinks(parts.services, actor, actor.principal);
      return { answer: { links: await shapes(parts, actor, links) } };
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
      // Owners see their links even while export is off; others are told why they cannot make one.
      if (links.length === 0 || !seen.access.isOwner) await requireExport(services, seen);
      return { answer: { links: await shapes(parts, actor, links) } };
    },
  },

  'POST /calendars/{id}/links': {
    summary: 'Make a link, with its secret address',
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
        parts,
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
    run: async (call) => await changed(call, pathId<LinkId>(call.params['link'])),
  },

  'POST /links/{link}/reset': {
    summary: 'Another address for the same link; the old one is dead at once',
    access: 'signed-in',
    answer: schemas.link,
    run: async (call) => await renewed(call, pathId<LinkId>(call.params['link'])),
  },

  'DELETE /links/{link}': {
    summary: 'Delete a link',
    access: 'signed-in',
    run: async (call) => await removed(call, pathId<LinkId>(call.params['link'])),
  },

  'PATCH /calendars/{id}/links/{link}': {
    summary: 'Change label, detail or end of a link to this calendar',
    access: 'signed-in',
    body: schemas.linkPatch,
    answer: schemas.link,
    run: async (call) => await changed(call, await linkOfCalendar(call)),
  },

  'POST /calendars/{id}/links/{link}/reset': {
    summary: 'Another address for a link to this calendar; the old one is dead at once',
    access: 'signed-in',
    answer: schemas.link,
    run: async (call) => await renewed(call, await linkOfCalendar(call)),
  },

  'DELETE /calendars/{id}/links/{link}': {
    summary: 'Delete a link to this calendar',
    access: 'signed-in',
    run: async (call) => await removed(call, await linkOfCalendar(call)),
  },
};

type OneCall = Pick<SignedInCall<'DELETE /links/{link}'>, 'parts' | 'actor' | 'params'>;

/** A link in the path of its calendar; elsewhere there is none of that id. */
async function linkOfCalendar({ parts, actor, params }: OneCall): Promise<LinkId> {
  const calendar = pathId<CalendarId>(params['id']);
  const link = pathId<LinkId>(params['link']);
  const links = await listLinks(parts.services, actor, actor.principal, calendar);
  if (!links.some(({ id }) => id === link)) throw new Refusal('not-found', 'there is no such link');
  return link;
}

async function changed(
  call: SignedInCall<'PATCH /links/{link}'> | SignedInCall<'PATCH /calendars/{id}/links/{link}'>,
  id: LinkId,
): Promise<Reply<Link>> {
  const { parts, actor, body, ifMatch } = call;
  const { expires } = await withinPolicies(parts.services, body);
  const patch: LinkPatch = {
    ...(body.label !== undefined && { label: body.label }),
    ...(body.detail !== undefined && { detail: body.detail }),
    ...(body.language !== undefined && { language: body.language }),
    ...(body.expires !== undefined && { expires: expires === null ? null : instant(expires) }),
  };
  const change = async (services: Services): Promise<void> => {
    await patchLink(services, actor, actor.principal, id, patch);
  };
  if (!ifMatch) await change(parts.services);
  else {
    const check = async (services: Services): Promise<void> => {
      const { etag } = await shapeOf({ ...parts, services }, actor, id);
      requireCurrent(ifMatch, { etag, changed: services.clock.now() });
      await change(services);
    };
    await undisturbed(parts.services, check, actor.principal.id);
  }
  return linkReply(await shapeOf(parts, actor, id));
}

async function renewed({ parts, actor }: OneCall, id: LinkId): Promise<Reply<Link>> {
  const { token } = await resetLink(parts.services, actor, actor.principal, id);
  return await replyWithAddress(parts, actor, id, token);
}

async function removed({ parts, actor }: OneCall, id: LinkId): Promise<Reply<undefined>> {
  await deleteLink(parts.services, actor, actor.principal, id);
  return nothing;
}

type MakeCall = SignedInCall<'POST /calendars/{id}/links'> | SignedInCall<'POST /favourites/links'>;

/** Links of one person. */
const maxLinks = 500;

async function made(call: MakeCall, seen: SeenCalendar | undefined): Promise<Reply<Link>> {
  const { parts, actor, body } = call;
  const { services } = parts;
  if ((await listLinks(services, actor, actor.principal)).length >= maxLinks)
    throw new Refusal('quota-exceeded', `a person may have ${maxLinks} links`);
  const { detail, expires } = await withinPolicies(services, body);
  const { id, token } = await createLink(services, actor, actor.principal, {
    target: seen ? seen.calendar.id : 'favourites',
    label: body.label ?? '',
    detail,
    expires: expires === null ? null : instant(expires),
  });
  return await replyWithAddress(parts, actor, id, token, 201);
}

const dayMs = 86_400_000;

/** Detail and expiry as wished, within what the administrator's policies allow. */
async function withinPolicies(
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

/** The link with its address, which may be shown this once only. */
async function replyWithAddress(
  parts: PortalParts,
  actor: Actor,
  id: LinkId,
  token: string,
  status = 200,
): Promise<Reply<Link>> {
  const shape = await shapeOf(parts, actor, id);
  const addresses = linkAddresses(await publicUrlOf(parts), token, shape.calendarName);
  return linkReply({ ...shape, addresses }, status);
}

function linkReply(answer: Link, status = 200): Reply<Link> {
  return { answer, status, headers: { ETag: answer.etag } };
}

async function shapeOf(parts: PortalParts, actor: Actor, id: LinkId): Promise<Link> {
  const links = await listLinks(parts.services, actor, actor.principal);
  const [shape] = await shapes(
    parts,
    actor,
    links.filter((link) => link.id === id),
  );
  if (!shape) throw new Refusal('not-found', 'there is no such link');
  return shape;
}

async function shapes(
  parts: PortalParts,
  actor: Actor,
  links: readonly FeedLink[],
): Promise<readonly Link[]> {
  const { services } = parts;
  const [policies, publicUrl] = await Promise.all([policiesOf(services), publicUrlOf(parts)]);
  const shaped: Link[] = [];
  for (const link of links) {
    const { target } = link;
    const seen = target === 'favourites' ? undefined : await calendarById(services, actor, target);
    const suspended: Reason | null = seen ? await linkReasonOf({ services, actor, policies }, seen) : null;
    const { id, label, detail, expires, created, lastUsed, lastProgram, useCount } = link;
    const calendarName = seen?.view?.displayName ?? seen?.calendar.displayName ?? '';
    const token = await toldToken(services, link);
    const language = spokenLanguage(link.language ?? '') ?? null;
    shaped.push({
      id: String(id),
      etag: etagOfParts([String(id), label, detail, String(language), String(expires)]),
      calendar: target === 'favourites' ? null : String(target),
      calendarName,
      label,
      detail,
      language,
      expires: expires === null ? null : timestamp(expires),
      created: timestamp(created),
      lastUsed: lastUsed === null ? null : timestamp(lastUsed),
      lastProgram,
      useCount,
      addresses: token === undefined ? null : linkAddresses(publicUrl, token, calendarName),
      suspended,
    });
  }
  return shaped;
}
