/** The quick form at the clicked slot: title, time, calendar; Enter saves. */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { addDays, dayMs, formatSpan, preferences, wall, wallText, zone } from '../dates.ts';
import { type Anchor, app, type Draft, show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { CheckField, Form, SelectField, TextField } from '../ui/fields.tsx';
import { calendarFor, defaultCalendar, writableCalendars } from './writable.ts';
import { createEvent } from './write.ts';

export function QuickEvent({
  draft,
  anchor,
}: {
  readonly draft: Draft;
  readonly anchor: Anchor | null;
}): VNode {
  const [title, setTitle] = useState(draft.title);
  // Drawn again when the calendars come, where the form was quicker.
  useApp((state) => state.calendars);
  const [chosen, setCal] = useState(draft.cal ?? '');
  const cal = chosen || defaultCalendar();
  const [allDay, setAllDay] = useState(draft.allDay);
  const [start, setStart] = useState(draft.allDay ? '09:00' : draft.start.slice(11, 16));
  const [end, setEnd] = useState(draft.allDay ? '10:00' : draft.end.slice(11, 16));
  const place = useRef<HTMLParagraphElement>(null);
  const choices = writableCalendars().map(({ id, name }) => ({ value: id, label: name }));
  useLayoutEffect(() => {
    const dialog = place.current?.closest('dialog');
    if (dialog && anchor) moveTo(dialog, anchor);
  }, []);
  const firstDay = draft.start.slice(0, 10);
  const at = (time: string): number => wall(`${firstDay}T${time}:00`);
  const isLong = wall(draft.end) - wall(firstDay) > dayMs;
  const chosenDay = isLong ? addDays(draft.end, draft.allDay ? -1 : 0) : firstDay;
  // What ends earlier than it begins ends the next morning.
  const lastDay = !isLong && !allDay && end < start ? addDays(firstDay, 1) : chosenDay;
  const now = (): Draft => ({
    title,
    cal,
    allDay,
    start: allDay ? firstDay : `${firstDay}T${start}:00`,
    end: allDay ? addDays(lastDay, 1) : `${lastDay}T${end}:00`,
  });
  /** A later start takes the end along. */
  const begin = (time: string): void => {
    if (!isLong) setEnd(wallText(at(end) + at(time) - at(start)).slice(11, 16));
    setStart(time);
  };
  return (
    <Dialog title={t('newEvent')} size="small" onClose={() => show(null)}>
      <Form
        submitLabel={t('save')}
        aside={
          <button type="button" class="button-link" onClick={() => show({ is: 'event', draft: now() })}>
            {t('moreOptions')}
          </button>
        }
        onSubmit={async () => {
          const { start: from, end: to } = now();
          const reminder = preferences()?.defaultReminder;
          await createEvent(await calendarFor(cal), {
            title: title.trim(),
            start: allDay ? { date: from } : { dateTime: from, zone: zone() },
            end: allDay ? { date: to } : { dateTime: to, zone: zone() },
            ...(typeof reminder === 'number' && { reminders: [reminder] }),
          });
          app.set({ open: null });
        }}
      >
        <TextField label={t('title')} value={title} onValue={setTitle} autoFocus />
        <p ref={place} class="quick-when">
          {formatSpan({
            start: firstDay,
            end: addDays(lastDay, 1),
            allDay: true,
          })}
        </p>
        <CheckField label={t('allDay')} checked={allDay} onChecked={setAllDay} />
        {!allDay && (
          <div class="field-row">
            <TextField
              label={t('start')}
              type="time"
              value={start}
              onValue={(time) => time && begin(time)}
              required
            />
            <TextField
              label={t('end')}
              type="time"
              value={end}
              onValue={(time) => time && setEnd(time)}
              required
            />
          </div>
        )}
        <SelectField label={t('calendar')} value={cal} choices={choices} onValue={setCal} />
      </Form>
    </Dialog>
  );
}

/** Beside the point that was clicked, inside the window; a narrow screen keeps it in the middle. */
function moveTo(dialog: HTMLElement, { x, y }: Anchor): void {
  if (window.innerWidth < 720) return;
  dialog.classList.add('dialog-placed');
  const { width, height } = dialog.getBoundingClientRect();
  const right = x + 16;
  const left = right + width > window.innerWidth - 16 ? x - width - 16 : right;
  dialog.style.left = `${Math.max(16, left)}px`;
  dialog.style.top = `${Math.max(16, Math.min(y - 40, window.innerHeight - height - 16))}px`;
}
