/**
 * FullCalendar as the grid of month, week and day. It draws and drags; what it shows, what keys do and what things are
 * called is ours.
 *
 * It is run in UTC and given wall-clock times: the server has already put every instance into the person's zone.
 */
import { Calendar, type CalendarOptions, type EventInput } from 'fullcalendar';
import dayGrid from 'fullcalendar/daygrid';
import interaction from 'fullcalendar/interaction';
import timeGrid from 'fullcalendar/timegrid';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Occurrence, Preferences } from '../../portal/api.ts';
import {
  dayMs,
  firstDay,
  formatDay,
  formatWall,
  hourMs,
  nowIn,
  wall,
  wallEnd,
  wallText,
  zone,
} from '../dates.ts';
import { changeTimes } from '../event/write.ts';
import { app, show, toast, useApp } from '../state/app-state.ts';
import { language, locale, t } from '../text.ts';
import { wordsFor } from '../ui/fields.tsx';
import { classes } from './classes.ts';
import { GridKeys } from './keyboard.ts';
import { calendarOf, titleOf } from './words.ts';

const views = { month: 'dayGridMonth', week: 'timeGridWeek', day: 'timeGridDay' } as const;

export type GridView = keyof typeof views;

interface Props {
  readonly view: GridView;
  readonly day: string;
  readonly occurrences: readonly Occurrence[];
}

export function CalendarGrid({ view, day, occurrences }: Props): VNode {
  const host = useRef<HTMLDivElement>(null);
  const grid = useRef<{ readonly calendar: Calendar; readonly keys: GridKeys }>();
  const shown = useRef(occurrences);
  /** While something is pressed or dragged nothing is drawn anew beneath it; `missed` is caught up with afterwards. */
  const drag = useRef({ isOn: false, missed: false });
  shown.current = occurrences;
  const preferences = useApp((state) => state.me?.preferences);
  const colors = useApp((state) => state.calendars);
  const redraws = useApp((state) => state.redraws);

  // A new language or other habits are a new grid; everything else is told to the one there is.
  const habits = [language(), preferences?.firstDay, preferences?.weekNumbers, preferences?.hour12].join();

  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const catchUp = (): void => {
      // Who drags again by then has it caught up with at the end of that.
      if (drag.current.isOn) drag.current.missed = true;
      else calendar.refetchEvents();
    };
    const hold = (isOn: boolean, catchUpMs: number): void => {
      drag.current.isOn = isOn;
      if (!isOn && drag.current.missed) setTimeout(catchUp, catchUpMs);
      drag.current.missed &&= isOn;
    };
    const leavePress = whilePressed(element, (isOn) => hold(isOn, 0));
    const calendar = new Calendar(element, {
      ...options(preferences),
      ...whileDragging((isOn) => hold(isOn, writeMs)),
      initialView: views[view],
      initialDate: day,
      events: (_, answer) => answer(shown.current.map(inputOf)),
    });
    const keys = new GridKeys(element, () => shown.current);
    grid.current = { calendar, keys };
    calendar.render();
    keys.name();
    return () => {
      leavePress();
      keys.stop();
      calendar.destroy();
      grid.current = undefined;
    };
  }, [habits]);

  useEffect(() => {
    const { calendar, keys } = grid.current ?? {};
    if (!calendar) return;
    if (calendar.view.type !== views[view]) calendar.changeView(views[view], day);
    else calendar.gotoDate(day);
    keys?.name();
  }, [view, day]);

  useEffect(() => {
    if (drag.current.isOn) {
      drag.current.missed = true;
      return;
    }
    grid.current?.calendar.refetchEvents();
    grid.current?.keys.name();
  }, [occurrences, colors, redraws]);

  // FullCalendar puts classes of its own on the element that it is given.
  return (
    <div class={`grid grid-${view}`}>
      <div ref={host} />
    </div>
  );
}

function isNarrow(): boolean {
  return matchMedia('(max-width: 719px)').matches;
}

/** `Mon 9`, in two lines: where one of seven fits into one line, the others would not. */
function shortDay(date: Date): string {
  const [weekday, day] = (['weekday', 'day'] as const).map((part) =>
    formatWall(date.toISOString(), { [part]: part === 'day' ? 'numeric' : 'short' }),
  );
  return `${weekday}\n${day}`;
}

/** Long enough for the drop itself to be written first. */
const writeMs = 1000;

function whileDragging(tell: (isOn: boolean) => void): CalendarOptions {
  const [begin, end] = [() => tell(true), () => tell(false)];
  return { eventDragStart: begin, eventDragStop: end, eventResizeStart: begin, eventResizeStop: end };
}

/** From the press to the click that follows it: an element that is replaced in between is never clicked. */
function whilePressed(element: HTMLElement, tell: (isOn: boolean) => void): () => void {
  let isPressed = false;
  const begin = (): void => {
    isPressed = true;
    tell(true);
  };
  const end = (): void => {
    if (!isPressed) return;
    isPressed = false;
    setTimeout(() => tell(false));
  };
  element.addEventListener('pointerdown', begin);
  for (const type of ['pointerup', 'pointercancel']) window.addEventListener(type, end, true);
  return () => {
    element.removeEventListener('pointerdown', begin);
    for (const type of ['pointerup', 'pointercancel']) window.removeEventListener(type, end, true);
  };
}

function inputOf(item: Occurrence): EventInput {
  return {
    id: item.id,
    title: titleOf(item),
    start: item.start,
    ...(wallEnd(item) > wall(item.start) && { end: item.allDay ? item.end : wallText(wallEnd(item)) }),
    allDay: item.allDay,
    editable: !item.readOnly,
    color: calendarOf(item)?.color ?? '#868e96',
    extendedProps: { item },
  };
}

function options(preferences: Preferences | undefined): CalendarOptions {
  const hour12 = preferences?.hour12;
  const cycle: Intl.DateTimeFormatOptions =
    typeof hour12 === 'boolean' ? { hourCycle: hour12 ? 'h12' : 'h23' } : {};
  const time = { hour: 'numeric', minute: '2-digit', ...cycle } as const;
  return {
    ...classes,
    plugins: [dayGrid, timeGrid, interaction],
    timeZone: 'UTC',
    now: () => `${nowIn(zone())}Z`,
    locale: locale(),
    firstDay: firstDay() % 7,
    weekNumbers: preferences?.weekNumbers ?? false,
    weekTextShort: t('weekShort'),
    weekTextLong: t('week'),
    headerToolbar: false,
    height: '100%',
    expandRows: true,
    fixedWeekCount: false,
    dayMaxEvents: true,
    dayNarrowWidth: 60,
    // Nothing smaller than a fingertip (WCAG 2.5.8).
    eventMinHeight: 24,
    slotEventOverlap: false,
    eventMaxStack: isNarrow() ? 1 : 3,
    views: {
      // A letter alone would not say which Tuesday it is.
      timeGridWeek: { dayHeaderContent: ({ date, text, isNarrow }) => (isNarrow ? shortDay(date) : text) },
      // The whole width is that of one day.
      timeGridDay: { eventMaxStack: isNarrow() ? 3 : 8 },
    },
    nowIndicator: true,
    scrollTime: '07:00:00',
    slotDuration: '00:30:00',
    snapDuration: '00:15:00',
    eventTimeFormat: time,
    slotHeaderFormat: time,
    displayEventEnd: false,
    allDayText: t('allDay'),
    timedText: t('timed'),
    moreLinkText: (n) => t('moreEvents', { n }),
    moreLinkHint: (n) => t('moreEvents', { n }),
    moreLinkClick: ({ date }) => {
      // From the day itself it goes on to the list, where there is room for all.
      const view = app.get().view === 'day' ? 'list' : 'day';
      app.set({ view, day: date.toISOString().slice(0, 10) });
      return 'none';
    },
    editable: true,
    selectable: true,
    selectMinDistance: 6,
    unselectAuto: true,
    eventResizableFromStart: true,
    longPressDelay: 350,
    dateClick: ({ date, allDay, jsEvent }) => offer(date, undefined, allDay, jsEvent),
    select: ({ start, end, allDay, jsEvent, view: { calendar } }) => {
      calendar.unselect();
      if (jsEvent) offer(start, end, allDay, jsEvent);
    },
    eventClick: ({ event }) => {
      const item = itemOf(event.extendedProps);
      if (item) show({ is: 'event-detail', occurrence: item });
    },
    eventDrop: ({ event, revert }) => settle(event, revert),
    eventResize: ({ event, revert }) => settle(event, revert),
    // With a space between them, which is not seen but heard, and found by speech control.
    eventContent: ({ timeText, event }) => (
      <>
        {timeText !== '' && <span class="g-event-time">{timeText}</span>}{' '}
        <span class="g-event-title">{event.title}</span>
      </>
    ),
    dayCellTopContent: ({ date, text }) => (
      <>
        <span aria-hidden="true">{text}</span>
        <span class="visually-hidden">{formatDay(date.toISOString())}</span>
      </>
    ),
    eventDidMount: ({ el, event }) => {
      el.dataset['occurrence'] = event.id;
    },
  };
}

/**
 * The quick form at the clicked slot. A click names half an hour's slot; an hour is what people mean, and in the month
 * nine o'clock of that day.
 */
function offer(start: Date, end: Date | undefined, allDay: boolean, at: MouseEvent): void {
  const isOneDay = (end?.getTime() ?? 0) - start.getTime() <= dayMs;
  const inMonth = app.get().view === 'month' && isOneDay;
  const from = inMonth ? start.getTime() + 9 * hourMs : start.getTime();
  const length = allDay && !inMonth ? dayMs : hourMs;
  const to = end && !inMonth ? end.getTime() : from + length;
  show({
    is: 'quick-event',
    draft: { title: '', start: wallText(from), end: wallText(to), allDay: allDay && !inMonth, cal: null },
    anchor: { x: at.clientX, y: at.clientY },
  });
}

function settle(
  event: {
    readonly start: Date | null;
    readonly end: Date | null;
    readonly allDay: boolean;
    readonly extendedProps: { readonly item?: Occurrence };
  },
  revert: () => void,
): void {
  const item = itemOf(event.extendedProps);
  if (!item || !event.start) return revert();
  const start = wallText(event.start.getTime());
  const length = event.allDay ? dayMs : hourMs;
  const end = wallText(event.end?.getTime() ?? event.start.getTime() + length);
  changeTimes(item, start, end, event.allDay).then(
    (outcome) => {
      if (outcome !== 'written') revert();
    },
    (error: unknown) => {
      revert();
      toast(wordsFor(error), { tone: 'error' });
    },
  );
}

/** Put there by `inputOf`. */
function itemOf({ item }: { readonly item?: Occurrence }): Occurrence | undefined {
  return item;
}

/** What stands above the grid. */
export function titleOfView(
  view: GridView | 'list',
  day: string,
  range: { readonly from: string; readonly to: string },
): string {
  if (view === 'month' || view === 'list') return formatWall(day, { month: 'long', year: 'numeric' });
  if (view === 'day')
    return formatWall(day, { weekday: 'short', day: 'numeric', month: 'long', year: 'numeric' });
  const format = new Intl.DateTimeFormat(locale(), {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return format.formatRange(
    new Date(`${range.from}T00:00Z`),
    new Date(Date.parse(`${range.to}T00:00Z`) - 86_400_000),
  );
}
