/** My calendars, favourites, the company's; each with its box, colour and menu. Below 720 px a drawer. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Calendar } from '../../portal/api.ts';
import { CalendarMenu } from '../calendars/actions-menu.tsx';
import { setVisible } from '../calendars/known-calendars.ts';
import { nowIn, wall, wallText, zone } from '../dates.ts';
import { useExchange } from '../exchange/known.ts';
import { app, show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';

export function Sidebar(): VNode {
  const calendars = useApp((state) => state.calendars);
  const isOpen = useApp((state) => state.drawerOpen);
  const drawer = useRef<HTMLElement>(null);
  const sections = sectionsOf(calendars);
  useEffect(() => {
    if (isOpen) drawer.current?.querySelector<HTMLElement>('button, input')?.focus();
  }, [isOpen]);
  return (
    <nav
      ref={drawer}
      class={`sidebar ${isOpen ? 'sidebar-open' : ''}`}
      aria-label={t('calendars')}
      onKeyDown={(event) => event.key === 'Escape' && app.set({ drawerOpen: false })}
    >
      <button type="button" class="button button-primary button-wide" onClick={addEvent}>
        <Icon name="plus" />
        {t('addEvent')}
      </button>
      <section>
        <div class="section-head">
          <h3>{t('myCalendars')}</h3>
          <button
            type="button"
            class="button-icon"
            aria-label={t('newCalendar')}
            title={t('newCalendar')}
            onClick={() => show({ is: 'edit-calendar', calendar: null })}
          >
            <Icon name="plus" />
          </button>
        </div>
        <List calendars={sections.mine} />
      </section>
      <section>
        <div class="section-head">
          <h3>{t('favourites')}</h3>
          <button
            type="button"
            class="button-icon"
            aria-label={t('exportFavourites')}
            title={t('exportFavourites')}
            onClick={() => show({ is: 'export', calendar: 'favourites' })}
          >
            <Icon name="share" />
          </button>
          <button
            type="button"
            class="button-icon"
            aria-label={t('chooseFavourites')}
            title={t('chooseFavourites')}
            onClick={() => show({ is: 'favourites' })}
          >
            <Icon name="gear" />
          </button>
        </div>
        {sections.favourites.length === 0 ? (
          <p class="sidebar-empty">{t('noFavourites')}</p>
        ) : (
          <List calendars={sections.favourites} />
        )}
      </section>
      {sections.shared.length > 0 && (
        <section>
          <div class="section-head">
            <h3>{t('sharedWithMe')}</h3>
          </div>
          <List calendars={sections.shared} />
        </section>
      )}
      {sections.company.length > 0 && (
        <section>
          <div class="section-head">
            <h3>{t('company')}</h3>
          </div>
          <List calendars={sections.company} />
        </section>
      )}
    </nav>
  );
}

function List({ calendars }: { readonly calendars: readonly Calendar[] }): VNode {
  return (
    <ul class="calendar-list">
      {calendars.map((calendar) => (
        <Row key={calendar.id} calendar={calendar} />
      ))}
    </ul>
  );
}

function Row({ calendar }: { readonly calendar: Calendar }): VNode {
  const id = `calendar-${calendar.id}`;
  const isLinked = useExchange()?.link?.calendar === calendar.id;
  return (
    <li class="calendar-row">
      <input
        id={id}
        type="checkbox"
        class="color-check"
        style={{ '--color': calendar.color }}
        checked={calendar.visible}
        onChange={(event) => {
          const visible = event.currentTarget.checked;
          attempt(() => setVisible([calendar], visible));
        }}
      />
      <label for={id}>
        <span class="calendar-name">{calendar.name}</span>
        {calendar.section !== 'mine' && calendar.owner.displayName !== calendar.name && (
          <small>{calendar.owner.displayName}</small>
        )}
      </label>
      {isLinked && (
        <span class="mark" title="Exchange">
          <Icon name="link" />
          <span class="visually-hidden">Exchange</span>
        </span>
      )}
      {!calendar.canEdit && (
        <span class="mark" title={t('readOnly')}>
          <Icon name="lock" />
          <span class="visually-hidden">{t('readOnly')}</span>
        </span>
      )}
      <CalendarMenu calendar={calendar} />
    </li>
  );
}

function sectionsOf(
  calendars: readonly Calendar[],
): Readonly<Record<'mine' | 'favourites' | 'shared' | 'company', readonly Calendar[]>> {
  const events = calendars.filter(({ kind }) => kind !== 'tasks');
  return {
    mine: events.filter(({ section }) => section === 'mine'),
    favourites: events.filter(({ section }) => section === 'favourite'),
    shared: events.filter(({ section }) => section === 'shared'),
    company: events.filter(({ section }) => section === 'group' || section === 'company'),
  };
}

/** Opens the full form for the next full hour, or for nine o'clock of the day that is shown. */
export function addEvent(): void {
  const { day } = app.get();
  const now = nowIn(zone());
  const hour = day === now.slice(0, 10) ? Math.min(22, Number(now.slice(11, 13)) + 1) : 9;
  const start = `${day}T${String(hour).padStart(2, '0')}:00:00`;
  const end = wallText(wall(start) + 3_600_000);
  show({ is: 'event', draft: { title: '', start, end, allDay: false, cal: null } });
}
