/** Back, today, forward, any day; where we are; which view. */
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { View } from '../../portal/api.ts';
import { addDays, addMonths, today } from '../dates.ts';
import { titleOfView } from '../grid/calendar-grid.tsx';
import { rangeOf } from '../grid/occurrences.ts';
import { app, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Icon } from '../ui/icons.tsx';

const views: readonly View[] = ['month', 'week', 'day', 'list'];

export function Toolbar(): VNode {
  const view = useApp((state) => state.view);
  const day = useApp((state) => state.day);
  const picker = useRef<HTMLInputElement>(null);
  return (
    <div class="toolbar">
      <div class="button-group">
        <button
          type="button"
          class="button-icon"
          aria-label={t(`previous_${unitOf(view)}`)}
          onClick={() => step(-1)}
        >
          <Icon name="left" />
        </button>
        <button type="button" class="button button-small" onClick={goToToday}>
          {t('today')}
        </button>
        <button
          type="button"
          class="button-icon"
          aria-label={t(`next_${unitOf(view)}`)}
          onClick={() => step(1)}
        >
          <Icon name="right" />
        </button>
        <button
          type="button"
          class="button-icon"
          aria-label={t('goToDay')}
          title={t('goToDay')}
          onClick={() => picker.current?.showPicker()}
        >
          <Icon name="calendar" />
        </button>
        <span class="visually-hidden" aria-hidden="true">
          <input
            ref={picker}
            type="date"
            tabIndex={-1}
            value={day}
            onInput={(event) => event.currentTarget.value && app.set({ day: event.currentTarget.value })}
          />
        </span>
      </div>
      <h2 class="toolbar-title" aria-live="polite">
        {titleOfView(view, day, rangeOf(view, day))}
      </h2>
      <span class="spacer" />
      <div class="segments" role="group" aria-label={t('view')}>
        {views.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === view}
            onClick={() => app.set({ view: name, search: '' })}
          >
            {t(`view_${name}`)}
          </button>
        ))}
      </div>
    </div>
  );
}

export function step(direction: 1 | -1): void {
  const { view, day } = app.get();
  const unit = unitOf(view);
  // The first of the month: the 31st has no place in every month.
  if (unit === 'month') app.set({ day: addMonths(`${day.slice(0, 8)}01`, direction) });
  else app.set({ day: addDays(day, unit === 'week' ? 7 * direction : direction) });
}

/** Also where the list is at today already, and has been scrolled away from it. */
export function goToToday(): void {
  app.set({ day: today() });
  document.querySelector('.agenda-today')?.scrollIntoView({ block: 'nearest' });
}

function unitOf(view: View): 'month' | 'week' | 'day' {
  return view === 'list' ? 'month' : view;
}
