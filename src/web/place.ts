/**
 * Where in the calendar one is, as the fragment: `#/week/2026-11-04`. A reload and a link come back there, and the buttons
 * of the browser go from one stretch of time to the next.
 *
 * What everybody begins with is left out: a bookmark of today stays one of today.
 */
import type { Preferences, View } from '../portal/api.ts';
import { dayText, nowIn, preferences, today, wall, weekStart, zone } from './dates.ts';
import { app, type Place } from './state/app-state.ts';

const views: readonly View[] = ['month', 'week', 'day', 'list'];
const narrow = matchMedia('(max-width: 719px)');

/** Moving through days by keyboard writes once, when it has come to rest. */
const restMs = 200;

/** As the address was when it was last read or written. */
let known = '';

/** Where the address leads; what it leaves out is the first view, and today. */
export function placeInAddress(habits = preferences()): Place {
  known = location.hash;
  return placeIn(known, habits);
}

function placeIn(fragment: string, habits = preferences()): Place {
  const [, name, day = ''] = fragment.split('/');
  return {
    view: views.find((view) => view === name) ?? firstView(habits),
    day: isDay(day) ? day : nowIn(habits?.timeZone ?? zone()).slice(0, 10),
  };
}

export function fragmentOf({ view, day }: Place): string {
  if (day !== today()) return `#/${view}/${day}`;
  return view === firstView(preferences()) ? '#/' : `#/${view}`;
}

/** Keeps the address in step with what is shown. */
export function followPlace(): void {
  let rest: ReturnType<typeof setTimeout> | undefined;
  let seen = '';
  app.subscribe(() => {
    const { route, me, view, day } = app.get();
    if (route.screen !== 'home' || !me || seen === `${view} ${day}`) return;
    seen = `${view} ${day}`;
    clearTimeout(rest);
    rest = setTimeout(write, restMs);
  });
}

function write(): void {
  const { route, me, view, day } = app.get();
  // Somebody has gone back or forward meanwhile: that is about to be shown, and not to be overwritten.
  if (route.screen !== 'home' || !me || location.hash !== known) return;
  const before = placeIn(location.hash);
  const fragment = fragmentOf({ view, day });
  if (fragment === fragmentOf(before)) return;
  const address = new URL(fragment, document.baseURI);
  // Another day of the same month is no step that somebody wants to go back.
  if (stretchOf(before) === stretchOf({ view, day })) history.replaceState(null, '', address);
  else history.pushState(null, '', address);
  known = location.hash;
}

function stretchOf({ view, day }: Place): string {
  if (view === 'day') return `${view} ${day}`;
  return `${view} ${view === 'week' ? weekStart(day) : day.slice(0, 7)}`;
}

function firstView(habits: Preferences | undefined): View {
  return habits?.chosenView ?? (narrow.matches ? 'list' : (habits?.view ?? 'month'));
}

function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? wall(text) : Number.NaN;
  return !Number.isNaN(at) && dayText(at) === text;
}
