/** Choose favourites among the calendars of others that I may see. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
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
  const { value, problem, set } = useLoaded(
    () => call('GET /favourites/choices', { query: query === '' ? {} : { text: query } }),
    query,
  );
  const choose = (id: string, favourite: boolean): void => {
    const chosen = value?.calendars.find((calendar) => calendar.id === id);
    if (!value || !chosen) return;
    set({
      ...value,
      calendars: value.calendars.map((calendar) =>
        calendar.id === id ? { ...calendar, favourite } : calendar,
      ),
    });
    attempt(() => setFavourite(chosen, favourite));
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
          {value?.calendars.map(({ id, name, owner, favourite }) => (
            <li key={id}>
              <CheckField
                label={owner.displayName === name ? name : `${name} — ${owner.displayName}`}
                checked={favourite}
                onChecked={(checked) => choose(id, checked)}
              />
            </li>
          ))}
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
