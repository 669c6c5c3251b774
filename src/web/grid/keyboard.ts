/**
 * The keyboard of the grid, and the names of what is in it (portal.md §8).
 *
 * Month: the ARIA grid pattern with one tab stop. Arrows go by day and week, Home and End to the ends of the week,
 * Page Up and Down by month, Enter adds, Tab goes into the day's events. Week and day: the column of a day is a tab stop,
 * from which left and right go to the others and Enter adds; events are tab stops in order.
 * On an event: Enter opens, Alt+arrows move it, Alt+Shift+arrows change its length, Delete deletes.
 *
 * FullCalendar draws anew whenever it likes. After each drawing the names and the tab stop are put back, and the focus
 * onto what had it.
 */
import type { Occurrence } from '../../portal/api.ts';
import { renewedTag } from '../client.ts';
import {
  addDays,
  addMonths,
  dayMs,
  formatDay,
  minuteMs,
  today,
  wall,
  wallEnd,
  wallText,
  weekStart,
} from '../dates.ts';
import { changeTimes, deleteEvent, mayDelete } from '../event/write.ts';
import { announce, app, show } from '../state/app-state.ts';
import { dialogs } from '../state/dialogs.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { nameOf } from './words.ts';

/** On a day, or on an event in it. */
interface Focus {
  readonly day: string;
  readonly occurrence?: string;
}

/** Longer than it takes to place what has been drawn. */
const placedMs = 300;

type Goal = Pick<Occurrence, 'start' | 'end'>;

export class GridKeys {
  readonly #host: HTMLElement;
  readonly #occurrences: () => readonly Occurrence[];
  readonly #observer: MutationObserver;
  readonly #leaveDialogs: () => void;
  /** What an element has been named after: two thousand names are not made again at each drawing. */
  readonly #named: WeakMap<HTMLElement, Occurrence> = new WeakMap();
  /** Where the focus is to be, while it is in the grid or in a dialog that was opened from there. */
  #focus: Focus | undefined;
  /** The day that has the focus for an event which cannot take it (yet): it goes on to the event once that can. */
  #standIn: HTMLElement | undefined;
  #active: string;
  readonly #goals: Map<string, Goal> = new Map();
  readonly #moving: Set<string> = new Set();

  constructor(host: HTMLElement, occurrences: () => readonly Occurrence[]) {
    this.#host = host;
    this.#occurrences = occurrences;
    this.#active = app.get().day || today();
    // New events are hidden until they are placed, and what is hidden takes no focus: a style tells that they can be seen.
    this.#observer = new MutationObserver((changes) =>
      changes.some(({ type }) => type === 'childList') ? this.name() : this.#restore(),
    );
    this.#observer.observe(host, { childList: true, subtree: true, attributeFilter: ['style'] });
    host.addEventListener('keydown', this.#onKey);
    host.addEventListener('focusin', this.#onFocus);
    host.addEventListener('focusout', this.#onBlur);
    this.#leaveDialogs = dialogs.subscribe(() => this.#restore());
  }

  stop(): void {
    this.#leaveDialogs();
    this.#observer.disconnect();
    this.#host.removeEventListener('keydown', this.#onKey);
    this.#host.removeEventListener('focusin', this.#onFocus);
    this.#host.removeEventListener('focusout', this.#onBlur);
  }

  /** Puts names, tab stop and focus in order. */
  name(): void {
    const byId = new Map(this.#occurrences().map((item) => [item.id, item]));
    const isMonth = app.get().view === 'month';
    for (const element of this.#events()) {
      const item = byId.get(element.dataset['occurrence'] ?? '');
      if (!item || this.#named.get(element) === item) continue;
      this.#named.set(element, item);
      put(element, 'role', 'button');
      put(element, 'aria-label', nameOf(item, seenIn(element)));
      put(element, 'tabindex', isMonth ? '-1' : '0');
    }
    this.#nameCells();
    this.#restore();
  }

  #nameCells(): void {
    const cells = this.#cells();
    // A day is called by what is in it: its date in full (see `classes.ts`), then its events.
    for (const cell of this.#host.querySelectorAll('[role=gridcell][aria-label]'))
      cell.removeAttribute('aria-label');
    for (const number of this.#host.querySelectorAll('.g-cell-number[aria-hidden]'))
      number.removeAttribute('aria-hidden');
    const day = app.get().day;
    if (
      !cells.some((cell) => cell.dataset['date'] === this.#active) ||
      this.#active.slice(0, 7) !== day.slice(0, 7)
    )
      this.#active = day;
    for (const cell of cells) put(cell, 'tabindex', cell.dataset['date'] === this.#active ? '0' : '-1');
  }

  #restore(): void {
    const focus = this.#focus;
    // Only where the focus fell out of the page because its element went: never away from a dialog or a field.
    if (focus === undefined || (isFocused() && document.activeElement !== this.#standIn)) return;
    const { day, occurrence } = focus;
    const isThere = this.#occurrences().some(({ id }) => id === occurrence);
    if (isThere) this.#event(occurrence)?.focus();
    // What is still hidden once all is placed stands behind "+n more": its day is as near as one can get.
    if (isThere && !isFocused()) setTimeout(() => isFocused() || this.#standOn(day), placedMs);
    else if (!isThere || this.#standIn) this.#standOn(day);
  }

  /** Focuses the day, and keeps in mind for what. */
  #standOn(day: string): void {
    const focus = this.#focus;
    const cell = this.#cell(day);
    cell?.focus();
    this.#focus = focus;
    this.#standIn = focus?.occurrence === undefined ? undefined : cell;
  }

  readonly #onFocus = ({ target }: FocusEvent): void => {
    if (!(target instanceof HTMLElement)) return;
    this.#standIn = undefined;
    const { occurrence, date } = target.dataset;
    const item = this.#occurrences().find(({ id }) => id === occurrence);
    if (item) this.#focus = { day: this.#dayOf(item), occurrence: item.id };
    else if (date !== undefined) this.#focus = { day: date };
  };

  readonly #onBlur = ({ relatedTarget }: FocusEvent): void => {
    if (
      relatedTarget instanceof Element &&
      !this.#host.contains(relatedTarget) &&
      !relatedTarget.closest('dialog')
    )
      this.#focus = undefined;
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const target = event.target;
    if (!(target instanceof HTMLElement)) return;
    // Keys can be faster than what is drawn: a day that stands in for an event moves it.
    const id =
      target === this.#standIn && event.altKey ? this.#focus?.occurrence : target.dataset['occurrence'];
    const item = this.#occurrences().find((one) => one.id === id);
    const did = item ? this.#onEventKey(event, item, target) : this.#onCellKey(event, target);
    if (did) {
      event.preventDefault();
      event.stopPropagation();
    }
  };

  #onCellKey(event: KeyboardEvent, cell: HTMLElement): boolean {
    const day = cell.dataset['date'];
    if (day === undefined || cell.getAttribute('role') !== 'gridcell') return false;
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    const start = weekStart(day);
    const isMonth = app.get().view === 'month';
    // In the week and the day the hours scroll: up and down are the browser's.
    if (!isMonth && event.key !== 'ArrowLeft' && event.key !== 'ArrowRight' && event.key !== 'Enter')
      return false;
    const moves: Readonly<Record<string, string>> = {
      ArrowLeft: addDays(day, -1),
      ArrowRight: addDays(day, 1),
      ArrowUp: addDays(day, -7),
      ArrowDown: addDays(day, 7),
      Home: start,
      End: addDays(start, 6),
      PageUp: addMonths(day, -1),
      PageDown: addMonths(day, 1),
    };
    const to = moves[event.key];
    if (to !== undefined) {
      this.#go(to);
      return true;
    }
    if (event.key === 'Tab' && !event.shiftKey) return this.#enter(day);
    if (event.key !== 'Enter' && event.key !== ' ') return false;
    this.#focus = { day };
    const box = cell.getBoundingClientRect();
    const start9 = `${day}T09:00:00`;
    show({
      is: 'quick-event',
      draft: { title: '', start: start9, end: `${day}T10:00:00`, allDay: false, cal: null },
      anchor: { x: box.left + 12, y: box.top + 28 },
    });
    return true;
  }

  #onEventKey(event: KeyboardEvent, item: Occurrence, element: HTMLElement): boolean {
    if (event.altKey && event.key.startsWith('Arrow')) {
      this.#shift(item, event.key, event.shiftKey);
      return true;
    }
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    if (event.key === 'Enter' || event.key === ' ') {
      show({ is: 'event-detail', occurrence: item });
      return true;
    }
    if (event.key === 'Delete' && mayDelete(item)) {
      if (!event.repeat) attempt(async () => void (await deleteEvent(item, item.title)));
      return true;
    }
    if (app.get().view !== 'month') return false;
    return this.#onMonthEventKey(event, item, element);
  }

  /** Among the events of a day, and back to the day. */
  #onMonthEventKey(event: KeyboardEvent, item: Occurrence, element: HTMLElement): boolean {
    const day = this.#dayOf(item);
    const inDay = this.#eventsOf(day);
    const at = inDay.indexOf(element);
    if (event.key === 'Escape') {
      this.#cell(day)?.focus();
      return true;
    }
    const step = event.key === 'ArrowDown' || (event.key === 'Tab' && !event.shiftKey) ? 1 : 0;
    const back = event.key === 'ArrowUp' || (event.key === 'Tab' && event.shiftKey) ? 1 : 0;
    if (step + back === 0) return false;
    const next = inDay[at + step - back];
    if (next) next.focus();
    else if (back === 1) this.#cell(day)?.focus();
    else return event.key === 'ArrowDown';
    return true;
  }

  #shift(item: Occurrence, key: string, isLength: boolean): void {
    if (item.readOnly) {
      announce(t('E06'));
      return;
    }
    const isVertical = key === 'ArrowUp' || key === 'ArrowDown';
    const sign = key === 'ArrowUp' || key === 'ArrowLeft' ? -1 : 1;
    const byMinutes = isVertical && app.get().view !== 'month' && !item.allDay;
    const step =
      sign * (byMinutes ? 15 * minuteMs : isVertical && app.get().view === 'month' ? 7 * dayMs : dayMs);
    const at = { ...item, ...this.#goalOf(item) };
    const start = wall(at.start) + (isLength ? 0 : step);
    const end = wallEnd(at) + step;
    if (end <= start) {
      announce(t('E08'));
      return;
    }
    const goal = { start: wallText(start), end: wallText(end) };
    const day = goal.start.slice(0, 10);
    this.#focus = { day, occurrence: item.id };
    this.#goals.set(item.id, goal);
    if (!this.#moving.has(item.id)) attempt(() => this.#move(item));
    if (!isLength && (app.get().view !== 'month' || !this.#cell(day))) app.set({ day });
  }

  /** Where keys have moved it, as long as what is drawn does not show it yet. */
  #goalOf({ id, etag }: Occurrence): Goal | undefined {
    return this.#moving.has(id) || renewedTag(etag) !== etag ? this.#goals.get(id) : undefined;
  }

  /** Keys come faster than answers: what is pressed while a change is being written is one change behind it. */
  async #move(item: Occurrence): Promise<void> {
    const { id, allDay } = item;
    this.#moving.add(id);
    let written: Goal | undefined;
    try {
      for (let goal = this.#goals.get(id); goal !== written; goal = this.#goals.get(id)) {
        if (!goal || (await changeTimes(item, goal.start, goal.end, allDay)) !== 'written') break;
        written = goal;
      }
    } finally {
      this.#moving.delete(id);
      if (this.#goals.get(id) !== written) this.#goals.delete(id);
    }
  }

  #go(day: string): void {
    this.#active = day;
    this.#focus = { day };
    if (day.slice(0, 7) !== app.get().day.slice(0, 7)) {
      // The month changes below the focus; what was focused goes with it.
      if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      this.#focus = { day };
    }
    app.set({ day });
    this.name();
    this.#cell(day)?.focus();
    announce(formatDay(day));
  }

  #enter(day: string): boolean {
    const first = this.#eventsOf(day)[0];
    first?.focus();
    return first !== undefined;
  }

  #dayOf(item: Occurrence): string {
    const first = item.start.slice(0, 10);
    return this.#active >= first && this.#active <= item.end.slice(0, 10) ? this.#active : first;
  }

  #eventsOf(day: string): readonly HTMLElement[] {
    const next = addDays(day, 1);
    return this.#occurrences()
      .filter(({ start, end }) => start < next && (end > day || start >= day))
      .map(({ id }) => this.#event(id))
      .filter((element): element is HTMLElement => element !== undefined && element.offsetParent !== null)
      .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top);
  }

  /** The days: cells of the month, columns of the week. */
  #cells(): readonly HTMLElement[] {
    const kind = app.get().view === 'month' ? '.g-cell' : '.g-lane';
    return [...this.#host.querySelectorAll<HTMLElement>(`[role=gridcell][data-date]${kind}`)];
  }

  #cell(day: string): HTMLElement | undefined {
    return this.#cells().find(({ dataset }) => dataset['date'] === day);
  }

  #events(): readonly HTMLElement[] {
    return [...this.#host.querySelectorAll<HTMLElement>('[data-occurrence]')];
  }

  #event(id: string | undefined): HTMLElement | undefined {
    return this.#events().find(({ dataset }) => dataset['occurrence'] === id);
  }
}

/** The text of its box, time before title. */
function seenIn(element: HTMLElement): string {
  return [...element.querySelectorAll('.g-event-time, .g-event-title')]
    .map(({ textContent }) => textContent)
    .join(' ');
}

function isFocused(): boolean {
  return document.activeElement !== null && document.activeElement !== document.body;
}

function put(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
