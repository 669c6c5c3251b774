/** Export (iCal): subscription links of one calendar, or of all favourites (portal.md §3.6). */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FavouriteLinks, Link, Links } from '../../portal/api.ts';
import { addressOf, call } from '../client.ts';
import { show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { attempt } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { reasonText } from './actions-menu.tsx';
import { LinkCard } from './link-card.tsx';

/** Of a calendar, or `favourites`. */
type Target = string;

export function ExportLinks({ target }: { readonly target: Target }): VNode {
  const calendar = useApp((state) => state.calendars.find(({ id }) => id === target));
  const loaded = useLoaded(() => openLinks(target), target);
  const [links, setLinks] = useState<readonly Link[]>([]);
  useEffect(() => {
    if (loaded.value) setLinks(loaded.value.links);
  }, [loaded.value]);
  const add = async (): Promise<void> => {
    const link = await makeLink(target);
    setLinks((now) => [...now, link]);
  };
  const name = target === 'favourites' ? t('favourites') : (calendar?.name ?? '');
  const favourites = loaded.value && 'included' in loaded.value ? loaded.value : undefined;
  return (
    <Dialog title={`${t('exportIcal')} — ${name}`} size="large" onClose={() => show(null)}>
      <div class="dialog-body">
        {loaded.problem !== '' && <p class="note note-error">{loaded.problem}</p>}
        {favourites && <Contents {...favourites} />}
        {loaded.value && <p>{t('linkExplained')}</p>}
        {links.map((link) => (
          <LinkCard
            key={link.id}
            link={link}
            onChange={(next) =>
              setLinks((now) =>
                now
                  .map((other) => (other.id === link.id ? (next ?? other) : other))
                  .filter((other) => next !== null || other.id !== link.id),
              )
            }
          />
        ))}
        {loaded.value && <p class="hint">{t('refreshExplained')}</p>}
      </div>
      <div class="dialog-foot">
        {loaded.value && (
          <button
            type="button"
            class={`button ${links.every(({ addresses }) => addresses === null) ? 'button-primary' : ''}`}
            onClick={() => attempt(add)}
          >
            {t('anotherLink')}
          </button>
        )}
        {calendar?.canExport && (
          <a class="button" href={addressOf('GET /calendars/{id}/download', { id: calendar.id })} download>
            {t('downloadOnce')}
          </a>
        )}
        <span class="spacer" />
        <button type="button" class="button button-primary" onClick={() => show(null)}>
          {t('done')}
        </button>
      </div>
    </Dialog>
  );
}

/** The first opening makes a link: what people came for is there without another step. */
async function openLinks(target: Target): Promise<Links | FavouriteLinks> {
  const found =
    target === 'favourites'
      ? await call('GET /favourites/links')
      : await call('GET /calendars/{id}/links', { path: { id: target } });
  if (found.links.length > 0) return found;
  return { ...found, links: [await makeLink(target)] };
}

async function makeLink(target: Target): Promise<Link> {
  return target === 'favourites'
    ? await call('POST /favourites/links', { body: {} })
    : await call('POST /calendars/{id}/links', { path: { id: target }, body: {} });
}

function Contents({ included, left }: FavouriteLinks): VNode {
  return (
    <div class="note">
      <p>
        {t('favouritesIncluded', { n: included.length })}
        {included.length > 0 && `: ${included.map(({ name }) => name).join(', ')}`}
      </p>
      {left.length > 0 && (
        <ul>
          {left.map(({ id, name, reason }) => (
            <li key={id}>{t('leftOut', { name, reason: reasonText(reason) ?? '' })}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
