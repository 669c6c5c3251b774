/** A calendar as the one .ics that GET on it answers, and its entity tag, which no object has to be read for. */
import type { ETag } from '../core/ids.ts';
import type { Exported } from '../service/export/export.ts';
import type { CaldavResource, CalendarResource, Context } from './world.ts';

let exporting: Promise<typeof import('../service/export/export.ts')> | undefined;

/** As this reader may see it. */
export async function calendarExport({ seen }: CalendarResource, context: Context): Promise<Exported> {
  const { services, actor } = context;
  const { detail } = seen.access;
  // Loaded when it is needed, as it takes part in no start; kept, because asking for it again takes longer than the answer.
  const { exportCalendar } = await (exporting ??= import('../service/export/export.ts'));
  return await exportCalendar(services, actor, [seen], {
    reducePrivate: false,
    detail: detail === 'none' ? 'busy' : detail,
    window: 'all',
    alarms: seen.isOwn,
    language: actor.principal.language,
  });
}

/**
 * The entity tag of a resource that is only made when asked for (a calendar's .ics). Stored resources have theirs in
 * the head.
 */
export async function madeEtag(resource: CaldavResource, context: Context): Promise<ETag | undefined> {
  return resource.kind === 'calendar' ? (await calendarExport(resource, context)).etag : undefined;
}
