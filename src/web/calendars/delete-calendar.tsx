/** Deleting a calendar: my own goes to the trash and can be brought back at once. */
import type { VNode } from 'preact';
import { call } from '../client.ts';
import { refreshEvents, show, toast, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Question } from '../ui/dialog.tsx';
import { attempt } from '../ui/fields.tsx';
import { loadCalendars } from './known-calendars.ts';

export function DeleteCalendar({ id }: { readonly id: string }): VNode | null {
  const calendar = useApp((state) => state.calendars.find((other) => other.id === id));
  if (!calendar) return null;
  const reload = async (): Promise<void> => {
    await loadCalendars();
    refreshEvents();
  };
  const remove = async (): Promise<void> => {
    const { trash } = await call('DELETE /calendars/{id}', { path: { id }, ifMatch: calendar.etag });
    show(null);
    const restore = async (item: string): Promise<void> => {
      await call('POST /trash/{item}/restore', { path: { item } });
      await reload();
    };
    toast(t('calendarDeleted', { name: calendar.name }), {
      ...(trash !== null && { action: { label: t('undo'), run: () => attempt(() => restore(trash)) } }),
    });
    await reload();
  };
  return (
    <Question
      title={t('deleteCalendarTitle', { name: calendar.name })}
      answers={[{ value: 'delete', label: t('delete'), kind: 'danger' }]}
      onAnswer={() => attempt(remove)}
      onClose={() => show(null)}
    >
      <p>{t('deleteCalendarText')}</p>
    </Question>
  );
}
