/** DELETE of objects and calendars (RFC 4918 §9.6; clients.md, demands 5 and 6). */
import type { Expectation } from '../../core/change-set.ts';
import { defineMethod } from '../../dav/method.ts';
import { deleteCalendar as removeCalendar } from '../../service/calendars/calendars.ts';
import { deleteObject as removeObject } from '../../service/objects/objects.ts';
import { checkScheduleTag } from '../properties/schedule-tag.ts';
import { withHrefs } from '../refusal-hrefs.ts';
import type { Method } from '../world.ts';

export const deleteObject: Method<'object'> = defineMethod({
  name: 'DELETE',
  spec: 'RFC 4918 §9.6',
  on: ['object'],
  changesState: true,
  async handle({ calendarHref, seen, head }, { services, actor, expect, request }) {
    checkScheduleTag(request);
    const removed = removeObject(services, actor, seen, head.name, ofSomething(expect));
    await withHrefs(removed, {
      href: calendarHref,
      privilege: 'unbind',
      calendars: [{ href: calendarHref, seen }],
    });
    return { status: 204, headers: {} };
  },
});

/** DELETE moves the actor's own calendar to the trash, and takes a foreign one only out of their home. */
export const deleteCalendar: Method<'calendar'> = defineMethod({
  name: 'DELETE',
  spec: 'RFC 4918 §9.6.1',
  on: ['calendar'],
  changesState: true,
  // RFC 4918 §9.6.1: whatever Depth says it is infinity. The Nextcloud library (cdav-library 2.2) sends 0 with every request.
  async handle({ homeHref, seen }, { services, actor }) {
    await withHrefs(removeCalendar(services, actor, seen), { href: homeHref, privilege: 'unbind' });
    return { status: 204, headers: {} };
  },
});

/** The expectation of a source, which must at least exist. */
export function ofSomething(expect: Expectation): Exclude<Expectation, 'absent'> {
  return expect === 'absent' || expect === 'anything' ? 'present' : expect;
}
