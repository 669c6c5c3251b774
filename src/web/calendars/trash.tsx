/** The trash: what was deleted, by whom, and back with it. */
import type { VNode } from 'preact';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { refreshEvents, toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/loading.ts';
import { Page } from '../ui/page.tsx';
import { loadCalendars } from './known-calendars.ts';

export function TrashScreen(): VNode {
  const { value, problem, reload } = useLoaded(() => call('GET /trash'), '');
  const restore = async (item: string, title: string): Promise<void> => {
    await call('POST /trash/{item}/restore', { path: { item } });
    toast(t('restored', { title }));
    await loadCalendars();
    refreshEvents();
    reload();
  };
  return (
    <Page title={t('trash')}>
      {problem !== '' && <p class="note note-error">{problem}</p>}
      {value && value.days > 0 && <p class="hint">{t('trashDays', { n: value.days })}</p>}
      {value?.items.length === 0 && (
        <div class="empty">
          <Icon name="trash" />
          <p>{t('trashEmpty')}</p>
        </div>
      )}
      <ul class="cards">
        {value?.items.map((item) => {
          const title = item.title || t('noTitle');
          return (
            <li key={item.id} class="card card-row">
              <Icon name={item.what === 'calendar' ? 'calendar' : 'clock'} />
              <div>
                <strong>{title}</strong>
                <small>
                  {[
                    item.what === 'event' ? item.calendarName : t('calendar'),
                    formatStamp(item.deleted),
                    item.deletedBy,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </small>
              </div>
              <span class="spacer" />
              <button
                type="button"
                class="button button-small"
                aria-label={`${t('restore')}: ${title}`}
                onClick={() => attempt(() => restore(item.id, title))}
              >
                {t('restore')}
              </button>
            </li>
          );
        })}
      </ul>
    </Page>
  );
}
