/** The service's refusals with the hrefs that this door's answers name. */
import { Refusal } from '../core/refusal.ts';
import type { Privilege } from '../dav/privilege.ts';
import type { CalendarResource } from './world.ts';

/** The resources that a refusal may be about. */
export interface Subject {
  /**
   * The resource on which a privilege is missing, and that privilege (RFC 3744 §7.1.1, appendix B); absent: the
   * privilege that the service names.
   */
  readonly href: string;
  readonly privilege?: Privilege;
  /** Where another object lies that is in the way (RFC 4791 §5.3.2.1). */
  readonly calendarHref?: string;
  /** Where objects lie on which a privilege may be missing although the calendar has it. */
  readonly calendars?: readonly Pick<CalendarResource, 'href' | 'seen'>[];
}

/** Waits for `work`, and adds to its refusals the hrefs and the privilege that answers of this protocol name. */
export async function withHrefs<Result>(work: Promise<Result>, subject: Subject): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal) || error.detail.href !== undefined) throw error;
    const detail = detailFor(error, subject);
    throw detail ? new Refusal(error.code, error.message, { ...error.detail, ...detail }, error) : error;
  }
}

function detailFor(
  { code, detail }: Refusal,
  { href, privilege, calendarHref, calendars }: Subject,
): Refusal['detail'] | undefined {
  if (code === 'need-privileges') {
    const holder = calendars?.find(({ seen }) => seen.calendar.id === detail.calendar);
    if (holder) return { href: holder.href + (detail.name ?? '') };
    return { href, ...(privilege && { privilege }) };
  }
  if (code === 'uid-in-use' && calendarHref !== undefined && detail.name !== undefined) {
    return { href: calendarHref + detail.name };
  }
  return undefined;
}
