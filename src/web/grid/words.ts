/** What an instance is called: in its box, and to those who hear the page. */
import type { Calendar, Occurrence } from '../../portal/api.ts';
import { formatSpan } from '../dates.ts';
import { app } from '../state/app-state.ts';
import { t } from '../text.ts';

/** That an event was called off is said in the viewer's language, and stands in no title that is stored (exchange.md §11.5). */
export function titleOf(item: Occurrence): string {
  const title = item.title || untitled(item);
  return item.status === 'cancelled' ? t('cancelledTitle', { title }) : title;
}

function untitled(item: Occurrence): string {
  return item.detail === 'busy' ? t(item.busy ? 'busy' : 'free') : t('noTitle');
}

export function calendarOf(item: Occurrence): Calendar | undefined {
  return app.get().calendars.find(({ id }) => id === item.cal);
}

/** Title, full date, time, calendar, "repeats" (portal.md §8), after what stands in the box to be seen (WCAG 2.5.3). */
export function nameOf(item: Occurrence, seen: string): string {
  return [
    seen === '' ? titleOf(item) : seen,
    formatSpan(item) + (item.allDay ? `, ${t('allDay')}` : ''),
    calendarOf(item)?.name,
    item.status === 'tentative' ? t('statusTentative') : undefined,
    item.repeats ? t('repeats') : undefined,
    item.readOnly ? t('readOnly') : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
