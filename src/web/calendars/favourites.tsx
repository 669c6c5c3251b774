/** Choose favourites among the calendars of others that I may see. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Calendar } from '../../portal/api.ts';
import { call } from '../client.ts';
import { show } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { attempt, CheckField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { setFavourite } from './actions-menu.tsx';

export function Favourites(): VNode {
  const [text, setText] = useState('');
  const query = text.trim();
  /** What has been ticked here holds against every list that is asked for meanwhile. */
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { value, problem } = useLoaded(
    () => call('GET /favourites/choices', { query: query === '' ? {} : { text: query } }),
    query,
  );
  const choose = (calendar: Pick<Calendar, 'id' | 'name'>, favourite: boolean): void => {
    const tick = (ticked: boolean): void => setChosen((now) => new Map(now).set(calendar.id, ticked));
    tick(favourite);
    attempt(() =>
      setFavourite(calendar, favourite).catch((error: unknown) => {
        tick(!favourite);
        throw error;
      }),
    );
  };
  return (
    <Dialog title={t('chooseFavourites')} onClose={() => show(null)}>
      <div class="dialog-body">
        <p>{t('favouritesExplained')}</p>
        <TextField
          label={t('search')}
          type="search"
          value={text}
          onValue={setText}
          autoFocus
          placeholder={t('nameOrPerson')}
        />
        {problem !== '' && <p class="problem">{problem}</p>}
        <ul class="choice-list">
          {value?.calendars.map((calendar) => {
            const { id, name, owner } = calendar;
            return (
              <li key={id}>
                <CheckField
                  label={owner.displayName === name ? name : `${name} — ${owner.displayName}`}
                  checked={chosen.get(id) ?? calendar.favourite}
                  onChecked={(checked) => choose(calendar, checked)}
                />
              </li>
            );
          })}
        </ul>
        {value?.calendars.length === 0 && (
          <p class="hint">{t(query === '' ? 'nothingToChoose' : 'nothingFound')}</p>
        )}
        {value?.truncated && <p class="hint">{t('moreBySearch')}</p>}
      </div>
      <div class="dialog-foot">
        <span class="spacer" />
        <button type="button" class="button button-primary" onClick={() => show(null)}>
          {t('done')}
        </button>
      </div>
    </Dialog>
  );
}
