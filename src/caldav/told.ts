/** The service's refusals with the hrefs that this door's answers name. */
import { Refusal } from '../core/refusal.ts';

/**
 * Waits for `work`; a refusal for want of privileges comes out with `href`, one about another object of the calendar with
 * that object's href below `calendarHref` (RFC 3744 §7.1.1, RFC 4791 §5.3.2.1).
 */
export async function told<Result>(
  href: string,
  work: Promise<Result>,
  calendarHref?: string,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Refusal) || error.detail.href !== undefined) throw error;
    const named = hrefFor(error, href, calendarHref);
    if (named === undefined) throw error;
    throw new Refusal(error.code, error.message, { ...error.detail, href: named }, error);
  }
}

function hrefFor(
  { code, detail }: Refusal,
  href: string,
  calendarHref: string | undefined,
): string | undefined {
  if (code === 'need-privileges') return href;
  if (code === 'uid-in-use' && calendarHref !== undefined && detail.name !== undefined) {
    return calendarHref + detail.name;
  }
  return undefined;
}
