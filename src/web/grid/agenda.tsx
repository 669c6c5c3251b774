/** The list view: days with their events, each a button. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Occurrence } from '../../portal/api.ts';
import { addDays, formatDay, formatTime, formatTimes, formatWall, today } from '../dates.ts';
import { show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Icon } from '../ui/icons.tsx';
import { calendarOf, titleOf } from './words.ts';

interface Props {
  readonly occurrences: readonly Occurrence[];
  readonly from: string;
  readonly to: string;
  readonly isLoaded: boolean;
  readonly onAdd: () => void;
}

export function Agenda({ occurrences, from, to, isLoaded, onAdd }: Props): VNode {
  const isSearch = useApp((state) => state.search !== '');
  const day = useApp((state) => state.day);
  const list = useRef<HTMLDivElement>(null);
  const days = byDay(occurrences, from, to);
  // The list begins with the day that was asked for; what has been is above it.
  useEffect(() => {
    const at = days.findIndex(([date]) => date >= day);
    const section = list.current?.children[at < 0 ? days.length - 1 : at];
    if (list.current && section instanceof HTMLElement) list.current.scrollTop = section.offsetTop;
  }, [day, from, days[0]?.[0]]);
  if (days.length === 0)
    return (
      <div class="empty" aria-busy={!isLoaded}>
        {isLoaded && (
          <>
            <Icon name="calendar" />
            <p>{isSearch ? t('nothingFound') : t('nothingPlanned')}</p>
            <button type="button" class="button button-primary" onClick={onAdd}>
              {t('addEvent')}
            </button>
          </>
        )}
      </div>
    );
  return (
    <div ref={list} class="agenda">
      {days.map(([day, items]) => (
        <section key={day} aria-labelledby={`day-${day}`} class={day === today() ? 'agenda-today' : ''}>
          <h3 id={`day-${day}`} {...(day === today() && { 'aria-current': 'date' as const })}>
            <span class="agenda-number">{formatWall(day, { day: 'numeric' })}</span>
            <span>
              {formatWall(day, { weekday: 'long' })}
              <small>{formatWall(day, { month: 'long', year: 'numeric' })}</small>
            </span>
          </h3>
          <ul>
            {items.map((item) => (
              <li key={item.id}>
                <Row item={item} day={day} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Row({ item, day }: { readonly item: Occurrence; readonly day: string }): VNode {
  const calendar = calendarOf(item);
  return (
    <button
      type="button"
      class={`agenda-row ${item.status === 'cancelled' ? 'g-cancelled' : ''}`}
      onClick={() => show({ is: 'event-detail', occurrence: item })}
    >
      <span class="agenda-time">{timeOn(item, day)}</span>
      <span class="swatch" style={{ background: calendar?.color }} />
      <span class="agenda-title g-event-title">
        {titleOf(item)}
        {item.location !== '' && <small>{item.location}</small>}
      </span>
      <span class="visually-hidden">{[formatDay(day), item.repeats ? t('repeats') : ''].join(' ')}</span>
      {item.repeats && <Icon name="repeat" />}
      <span class="agenda-calendar">{calendar?.name}</span>
    </button>
  );
}

function timeOn(item: Occurrence, day: string): string {
  if (item.allDay) return t('allDay');
  const startsHere = item.start.slice(0, 10) === day;
  const endsHere = item.end.slice(0, 10) === day;
  if (startsHere && endsHere) return formatTimes(item);
  if (startsHere) return `${formatTime(item.start)} –`;
  return endsHere ? `– ${formatTime(item.end)}` : t('allDay');
}

/** Each event under every day that it touches within the range. */
function byDay(
  items: readonly Occurrence[],
  from: string,
  to: string,
): readonly (readonly [string, readonly Occurrence[]])[] {
  const days = new Map<string, Occurrence[]>();
  // They come calendar by calendar. Whole days first, then what has begun before, then by the clock.
  const key = ({ allDay, start }: Occurrence): string => (allDay ? '' : start);
  for (const item of [...items].sort((one, other) => key(one).localeCompare(key(other)))) {
    let day = item.start.slice(0, 10) < from ? from : item.start.slice(0, 10);
    do {
      if (day >= to) break;
      days.set(day, [...(days.get(day) ?? []), item]);
      day = addDays(day, 1);
    } while (item.end > `${day}T00:00:00`);
  }
  return [...days].sort(([one], [other]) => (one < other ? -1 : 1));
}
