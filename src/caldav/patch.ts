/** A PROPPATCH, MKCALENDAR or MKCOL as the service takes it. */
import { Refusal } from '../core/refusal.ts';
import type { ResourcePatch } from '../dav/engine.ts';
import { patchCalendar } from '../service/calendars/calendars.ts';
import { patchPerson } from '../service/people/people.ts';
import { patchProperties } from '../service/properties.ts';
import { caldav, dav } from '../xml/name.ts';
import { holderOf } from './dead-properties.ts';
import { availabilityElement } from './properties/calendar-availability.ts';
import { symbolElement } from './properties/calendar-color.ts';
import { withCalendarLines } from './properties/calendar-lines.ts';
import { languageElement } from './properties/language.ts';
import { withHrefs } from './refusal-hrefs.ts';
import type { CaldavResource, CaldavWorld, Context } from './world.ts';

export async function applyPatch(
  resource: CaldavResource,
  patch: ResourcePatch<CaldavWorld>,
  context: Context,
): Promise<void> {
  const { href } = resource;
  // Somebody who may write the calendar already has `write-properties`: if the service refuses, it names the privilege
  // that is missing.
  const hasIt = resource.kind === 'calendar' && resource.seen.access.removes === 'all';
  await withHrefs(
    apply(resource, patch, context),
    hasIt ? { href } : { href, privilege: 'write-properties' },
  );
}

async function apply(
  resource: CaldavResource,
  { live, dead }: ResourcePatch<CaldavWorld>,
  context: Context,
): Promise<void> {
  const { services, actor } = context;
  if (resource.kind === 'calendar') {
    // `changes` is what the service takes. The other fields do not belong to a calendar, or are kept among its dead
    // properties.
    const {
      components: _fixed,
      availability: _home,
      wordedName: _n,
      wordedDescription: _d,
      symbolicColor: _c,
      ...changes
    } = live;
    const properties = keptProperties(dead, live);
    await patchCalendar(services, actor, resource.seen, { ...changes, properties });
    return;
  }
  await context.dav.require(resource, 'write-properties', context);
  const holder = holderOf(resource);
  if (!holder)
    throw new Refusal('need-privileges', 'nothing can be set here', { privilege: 'write-properties' });
  const { displayName, availability } = live;
  if (resource.kind === 'principal' && typeof displayName === 'string') {
    await patchPerson(services, actor, resource.principal, { displayName }, keptProperties(dead, live));
    return;
  }
  const kept = new Map(withCalendarLines(dead));
  if (availability !== undefined) kept.set(...availabilityElement(availability));
  if (kept.size > 0) await patchProperties(services, actor, holder, kept);
}

/** The dead properties of a patch, line ends of iCalendar restored, together with the attributes kept for its live ones (properties/beside.ts). */
export function keptProperties(
  dead: ResourcePatch<CaldavWorld>['dead'],
  { wordedName, wordedDescription, symbolicColor }: CaldavWorld['patch'],
): ResourcePatch<CaldavWorld>['dead'] {
  const kept = new Map(withCalendarLines(dead));
  if (wordedName !== undefined) kept.set(...languageElement(dav('displayname'), wordedName));
  if (wordedDescription !== undefined)
    kept.set(...languageElement(caldav('calendar-description'), wordedDescription));
  if (symbolicColor !== undefined) kept.set(...symbolElement(symbolicColor));
  return kept;
}
