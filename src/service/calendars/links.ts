/** Secret addresses of read-only feeds (portal.md 3.6, clients.md demands 22, 23, 25). */
import type { Detail, ExportWindow, FeedLink, LinkLook, SeenCalendar } from '../../core/calendar.ts';
import { type CalendarId, type LinkId } from '../../core/ids.ts';
import type { Actor, Principal } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Instant } from '../../icalendar/time.ts';
import {
  actorFor,
  calendarById,
  isOperator,
  policiesOf,
  requireWriting,
  visibleCalendars,
} from '../access.ts';
import type { Services } from '../context.ts';
import { type Exported, exportAllowed, exportCalendar } from '../export/export.ts';
import { tokenHash } from '../fingerprint.ts';
import { commit } from '../writing.ts';
import { sealedToken } from './link-tokens.ts';
import { mayShareFurther, requireShareFurther } from './share-further.ts';

export interface NewLinkValues {
  readonly target: CalendarId | 'favourites';
  readonly label: string;
  readonly detail?: Detail;
  readonly window?: ExportWindow;
  readonly alarms?: boolean;
  readonly expires?: Instant | null;
}

export type LinkPatch = Partial<
  Pick<FeedLink, 'label' | 'detail' | 'window' | 'alarms' | 'expires' | 'language'>
>;

/** Feeds are found by a hash of the token; whether it can be told again: `link-tokens.ts`. */
export interface IssuedLink {
  readonly id: LinkId;
  readonly token: string;
}

export interface OpenLink {
  readonly link: FeedLink;
  /** Who made it, as an actor: what they may see now is the most that the feed shows. */
  readonly reader: Actor;
  /** The calendars that may be exported now. A feed of favourites may have none, and is then a valid empty calendar. */
  readonly calendars: readonly SeenCalendar[];
  readonly principal: Principal;
}

/** Makes a link for a calendar that the actor may see, or for their favourites. `for` is whose link it is: an administrator or the command line may make one for somebody. */
export async function createLink(
  services: Services,
  actor: Actor,
  person: Principal,
  values: NewLinkValues,
): Promise<IssuedLink> {
  requireWriting(actor);
  requireOwnLinks(actor, person);
  if (values.target !== 'favourites') await requireTarget(services, person, values.target);
  const id = services.ids<LinkId>();
  const token = newToken(services);
  await commit(services, actor, [
    {
      do: 'add-link',
      id,
      principal: person.id,
      target: values.target,
      label: values.label,
      detail: values.detail ?? 'full',
      window: values.window ?? 'all',
      alarms: values.alarms ?? false,
      expires: values.expires ?? null,
      hash: tokenHash(token),
      token: await sealedToken(services, id, token),
    },
  ]);
  return { id, token };
}

/** A person's links, optionally of one calendar. */
export async function listLinks(
  services: Services,
  actor: Actor,
  person: Principal,
  calendar?: CalendarId,
): Promise<readonly FeedLink[]> {
  requireOwnLinks(actor, person);
  return await services.storage.links({ principal: person.id, ...(calendar !== undefined && { calendar }) });
}

export async function patchLink(
  services: Services,
  actor: Actor,
  person: Principal,
  link: LinkId,
  patch: LinkPatch,
): Promise<void> {
  await requireLink(services, actor, person, link);
  await commit(services, actor, [{ do: 'patch-link', id: link, patch }]);
}

/** Another token for the same link: the old address is dead at once. */
export async function resetLink(
  services: Services,
  actor: Actor,
  person: Principal,
  link: LinkId,
): Promise<IssuedLink> {
  await requireLink(services, actor, person, link);
  const token = newToken(services);
  const patch = { hash: tokenHash(token), token: await sealedToken(services, link, token) };
  await commit(services, actor, [{ do: 'patch-link', id: link, patch }]);
  return { id: link, token };
}

export async function deleteLink(
  services: Services,
  actor: Actor,
  person: Principal,
  link: LinkId,
): Promise<void> {
  await requireLink(services, actor, person, link);
  await commit(services, actor, [{ do: 'delete-link', id: link }]);
}

/**
 * The link that a token opens. Refuses `not-found` for tokens that are unknown, deleted, or whose maker may not read
 * the calendar any more; `gone` for expired ones and for calendars that were deleted; `export-forbidden` while export
 * is off.
 */
export async function openLink(
  services: Services,
  token: string,
  use?: { readonly program: string },
): Promise<OpenLink> {
  const link = await services.storage.linkByHash(tokenHash(token));
  const principal = link && (await services.storage.principal(link.principal));
  if (!principal || principal.disabled) throw unknown();
  const now = services.clock.now();
  if (link.expires !== null && link.expires <= now) throw new Refusal('gone', 'this link has expired');
  const reader = await actorFor(services, principal, { scope: 'read', via: 'app-password' });
  const calendars = await calendarsOfLink(services, reader, link);
  if (use) services.storage.touchLink(link.id, now, use.program);
  return { link, reader, calendars, principal };
}

/** The feed that an opened link gives. */
export async function exportLink(
  services: Services,
  open: OpenLink,
  title?: string,
  forOutlook = false,
): Promise<Exported> {
  const { window, alarms, target } = open.link;
  const most = (await policiesOf(services)).get('links.detail');
  const detail =
    details[
      Math.max(
        details.indexOf(open.link.detail),
        details.findIndex((one) => one === most),
      )
    ] ?? 'busy';
  const language = open.link.language ?? open.principal.language;
  return await exportCalendar(services, open.reader, open.calendars, {
    detail,
    window,
    alarms,
    reducePrivate: true,
    language,
    forOutlook,
    ...(title !== undefined && target === 'favourites' && { title }),
    lookOf: (mark) => noteLook(services, open.link, mark),
  });
}

/** When the look of all events changes, each of them counts as changed from then on (clients.md W47). */
async function noteLook(services: Services, { id, look }: FeedLink, mark: string): Promise<LinkLook> {
  if (look?.mark === mark) return look;
  const now: LinkLook =
    look === null
      ? { mark, since: null, changeCount: 0 }
      : { mark, since: services.clock.now(), changeCount: look.changeCount + 1 };
  const changes = [{ do: 'patch-link', id, patch: { look: now } }] as const;
  try {
    await services.storage.commit({ actor: null, changes });
  } catch (error) {
    // Busy or full: that is no reason not to answer a reader. The next fetch notes it.
    if (!(error instanceof Refusal)) throw error;
  }
  return now;
}

/** Details from most to least. */
const details: readonly Detail[] = ['full', 'titles', 'busy'];

async function calendarsOfLink(
  services: Services,
  reader: Actor,
  link: FeedLink,
): Promise<readonly SeenCalendar[]> {
  if (link.target === 'favourites') {
    const open: SeenCalendar[] = [];
    for (const seen of await visibleCalendars(services, reader)) {
      if (!seen.view?.favourite || !(await exportAllowed(services, seen.calendar)).allowed) continue;
      if (await mayShareFurther(services, reader, seen)) open.push(seen);
    }
    return open;
  }
  const calendar = await services.storage.calendar(link.target);
  if (!calendar) throw new Refusal('gone', 'the calendar has been deleted');
  const answer = await exportAllowed(services, calendar);
  if (!answer.allowed) {
    const by = answer.by === 'owner' ? 'its owner' : 'the administrator';
    throw new Refusal('export-forbidden', `export of this calendar is switched off by ${by}`);
  }
  const seen = await calendarById(services, reader, calendar.id);
  if (!seen) throw unknown();
  await requireShareFurther(services, reader, seen);
  return [seen];
}

async function requireTarget(services: Services, person: Principal, calendar: CalendarId): Promise<void> {
  const reader = await actorFor(services, person, { scope: 'read', via: 'app-password' });
  const seen = await calendarById(services, reader, calendar);
  if (!seen) throw new Refusal('not-found', 'there is no such calendar');
  await requireShareFurther(services, reader, seen);
}

async function requireLink(services: Services, actor: Actor, person: Principal, link: LinkId): Promise<void> {
  requireWriting(actor);
  const links = await listLinks(services, actor, person);
  if (!links.some(({ id }) => id === link)) throw new Refusal('not-found', 'there is no such link');
}

function requireOwnLinks(actor: Actor, person: Principal): void {
  if (isOperator(actor) || actor.principal.id === person.id) return;
  throw new Refusal('need-privileges', 'links belong to those who made them', { privilege: 'all' });
}

/** 160 random bits: nobody guesses one (outlook.md 17.1). */
function newToken(services: Services): string {
  return Buffer.from(services.random(20)).toString('base64url');
}

function unknown(): Refusal {
  return new Refusal('not-found', 'there is no such feed');
}
