/** The calendar: banner, sidebar, toolbar and the view. */
import type { VNode } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { Agenda } from '../grid/agenda.tsx';
import { CalendarGrid } from '../grid/calendar-grid.tsx';
import { rangeOf, useOccurrences } from '../grid/occurrences.ts';
import { followShortcuts } from '../shortcuts.ts';
import { app, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Icon } from '../ui/icons.tsx';
import { Banner } from './banner.tsx';
import { addEvent, Sidebar } from './sidebar.tsx';
import { Toolbar } from './toolbar.tsx';

export function Home(): VNode {
  const view = useApp((state) => state.view);
  const day = useApp((state) => state.day);
  const search = useApp((state) => state.search);
  const isDrawerOpen = useApp((state) => state.drawerOpen);
  const hasNone = useApp((state) => state.calendarsLoaded && state.calendars.length === 0);
  const { occurrences, isLoaded } = useOccurrences();
  const range = rangeOf(view, day, search);
  // As soon as there is something to press them for.
  useLayoutEffect(followShortcuts, []);
  return (
    <div class="home">
      <Banner />
      <div class="home-columns">
        <Sidebar />
        {isDrawerOpen && <div class="drawer-shade" onClick={() => app.set({ drawerOpen: false })} />}
        <main id="main" class="home-main">
          <Toolbar />
          {hasNone ? (
            <div class="empty">
              <Icon name="calendar" />
              <p>{t('noCalendars')}</p>
              <button
                type="button"
                class="button button-primary"
                onClick={() => app.set({ open: { is: 'edit-calendar', calendar: null } })}
              >
                {t('createFirstCalendar')}
              </button>
            </div>
          ) : view === 'list' ? (
            <Agenda occurrences={occurrences} {...range} isLoaded={isLoaded} onAdd={addEvent} />
          ) : (
            <CalendarGrid view={view} day={day} occurrences={occurrences} />
          )}
        </main>
      </div>
    </div>
  );
}
