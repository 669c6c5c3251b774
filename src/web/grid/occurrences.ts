/** The instances that a view shows: asked for by range, calendars and text; kept while the next answer is on its way. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Occurrence, View } from '../../portal/api.ts';
import { call, Offline } from '../client.ts';
import { addDays, addMonths, weekStart } from '../dates.ts';
import { toast, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { wordsFor } from '../ui/fields.tsx';

export interface Shown {
  readonly occurrences: readonly Occurrence[];
  readonly isLoaded: boolean;
}

const nothing: Shown = { occurrences: [], isLoaded: false };

export function useOccurrences(): Shown {
  const view = useApp((state) => state.view);
  const day = useApp((state) => state.day);
  const search = useApp((state) => state.search);
  const version = useApp((state) => state.eventsVersion);
  const zone = useApp((state) => state.me?.preferences.timeZone ?? '');
  const calendars = useApp(visibleIds);
  const [shown, setShown] = useState<Shown>(nothing);
  const { from, to } = rangeOf(view, day, search);

  const question = [from, to, search, zone, calendars].join('\n');
  const rounds = useRef({ question, asked: 0, answered: 0 });
  rounds.current.question = question;

  useEffect(() => {
    if (calendars === '') {
      setShown({ occurrences: [], isLoaded: true });
      return undefined;
    }
    const round = ++rounds.current.asked;
    const wait = setTimeout(
      () => {
        const text = search.trim();
        call('GET /events', { query: { from, to, calendars, zone, ...(text !== '' && { text }) } }).then(
          (answer) => {
            // An answer that was asked for earlier comes sooner, and is shown until the later one is there.
            const isOfNow = rounds.current.question === question && round > rounds.current.answered;
            if (!isOfNow) return;
            rounds.current.answered = round;
            // The same answer again is no reason to draw: what is being clicked at that moment would be another element.
            setShown((before) =>
              before.isLoaded && isSame(before.occurrences, answer.occurrences)
                ? before
                : { occurrences: answer.occurrences, isLoaded: true },
            );
            if (answer.truncated) toast(t('tooManyEvents'));
          },
          (error: unknown) => {
            // Out of reach is said already, and what is shown is asked for again once it is not.
            if (!(error instanceof Offline)) toast(wordsFor(error), { tone: 'error' });
          },
        );
      },
      search === '' ? 0 : typingMs,
    );
    return () => clearTimeout(wait);
  }, [question, version]);
  return shown;
}

const typingMs = 250;

function isSame(before: readonly Occurrence[], now: readonly Occurrence[]): boolean {
  return before.length === now.length && JSON.stringify(before) === JSON.stringify(now);
}

function visibleIds(state: {
  readonly calendars: readonly { readonly id: string; readonly visible: boolean }[];
}): string {
  return state.calendars
    .filter(({ visible }) => visible)
    .map(({ id }) => id)
    .join(',');
}

/** Half-open, in days. A month is shown with the weeks that it begins and ends in. */
export function rangeOf(
  view: View,
  day: string,
  search = '',
): { readonly from: string; readonly to: string } {
  if (search !== '') return { from: addDays(day, -100), to: addDays(day, 265) };
  if (view === 'day') return { from: day, to: addDays(day, 1) };
  if (view === 'week') return { from: weekStart(day), to: addDays(weekStart(day), 7) };
  const first = `${day.slice(0, 8)}01`;
  if (view === 'list') return { from: first, to: addMonths(first, 1) };
  return { from: weekStart(first), to: addDays(weekStart(first), 42) };
}
