/** Our names on FullCalendar's parts, so that one style sheet dresses them; without its themes the bundle is smaller. */
import type { CalendarOptions } from 'fullcalendar';

const names = (...all: readonly (string | false | undefined)[]): string => all.filter(Boolean).join(' ');

export const classes: CalendarOptions = {
  viewClass: 'g-view',
  tableHeaderClass: 'g-head',
  dayHeaderRowClass: 'g-head-row',
  dayHeaderClass: (info) => names('g-day-head', info.isToday && 'g-today'),
  dayHeaderInnerClass: 'g-day-head-inner',
  dayRowClass: 'g-row',
  dayCellClass: (info) => names('g-cell', info.isToday && 'g-today', info.isOther && 'g-other'),
  dayCellTopClass: 'g-cell-top',
  dayCellTopInnerClass: 'g-cell-number',
  dayLaneClass: (info) => names('g-lane', info.isToday && 'g-today'),
  slotLaneClass: (info) => names('g-slot', info.isMinor && 'g-slot-minor'),
  slotHeaderClass: 'g-slot-head',
  slotHeaderInnerClass: 'g-slot-head-inner',
  allDayHeaderClass: 'g-all-day',
  allDayHeaderInnerClass: 'g-all-day-inner',
  allDayDividerClass: 'g-divider',
  weekNumberHeaderClass: 'g-week-head',
  weekNumberHeaderInnerClass: 'g-week-head-inner',
  inlineWeekNumberClass: 'g-week',
  nowIndicatorLineClass: 'g-now',
  highlightClass: 'g-highlight',
  eventClass: (info) => {
    const { item } = info.event.extendedProps as {
      item?: { status?: string; busy?: boolean; repeats?: boolean; privacy?: string };
    };
    return names(
      'g-event',
      info.isPast && 'g-past',
      info.isDragging && 'g-dragging',
      info.isSelected && 'g-selected',
      item?.status === 'cancelled' && 'g-cancelled',
      item?.status === 'tentative' && 'g-tentative',
      item?.busy === false && 'g-free',
      item?.repeats && 'g-repeats',
      item?.privacy !== 'public' && item?.privacy !== undefined && 'g-private',
    );
  },
  listItemEventClass: 'g-dot-event',
  listItemEventBeforeClass: 'g-dot',
  listItemEventInnerClass: 'g-event-inner',
  rowEventClass: (info) => names('g-bar', info.isStart && 'g-start', info.isEnd && 'g-end'),
  rowEventInnerClass: 'g-event-inner',
  rowEventBeforeClass: (info) => names(info.isStartResizable && 'g-handle g-handle-start'),
  rowEventAfterClass: (info) => names(info.isEndResizable && 'g-handle g-handle-end'),
  columnEventClass: (info) =>
    names('g-block', info.isShort && 'g-short', info.isStart && 'g-start', info.isEnd && 'g-end'),
  columnEventInnerClass: 'g-event-inner',
  columnEventBeforeClass: (info) => names(info.isStartResizable && 'g-handle g-handle-top'),
  columnEventAfterClass: (info) => names(info.isEndResizable && 'g-handle g-handle-bottom'),
  moreLinkClass: 'g-more',
  moreLinkInnerClass: 'g-more-inner',
  columnMoreLinkClass: 'g-more-over',
};
