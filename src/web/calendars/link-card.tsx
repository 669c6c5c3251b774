/** One subscription link: its address while it may be told, what it shows, how it is used, reset and delete. */
import type { VNode } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { languageNames, spokenLanguages } from '../../i18n/languages.ts';
import type { Detail, Language, Link, LinkPatch } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatAgo, formatStamp } from '../dates.ts';
import { announce } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { CopyRow } from '../ui/copy.tsx';
import { attempt, SelectField, TextField } from '../ui/fields.tsx';
import { programName } from '../ui/program.ts';
import { QrCode } from '../ui/qr.tsx';
import { reasonText } from './actions-menu.tsx';

interface Props {
  readonly link: Link;
  /** Null: it has been deleted. */
  readonly onChange: (link: Link | null) => void;
}

export function LinkCard({ link, onChange }: Props): VNode {
  const { addresses } = link;
  const [label, setLabel] = useState(link.label);
  // The answer to a change that comes behind that to a reset would show the old address again.
  const changing = useRef<Promise<void>>(Promise.resolve());
  const patch = async (body: LinkPatch): Promise<void> => {
    const changed = call('PATCH /links/{link}', { path: { link: link.id }, body, ifMatch: link.etag }).then(
      (next) => onChange({ ...next, addresses: next.addresses ?? addresses }),
    );
    changing.current = changed.catch(() => {});
    await changed;
    announce(t('saved'));
  };
  const reset = async (): Promise<void> => {
    const answer = await ask(
      t('resetTitle'),
      [t('resetText')],
      [{ value: 'reset', label: t('resetLink'), kind: 'danger' }],
    );
    if (answer !== 'reset') return;
    await changing.current;
    onChange(await call('POST /links/{link}/reset', { path: { link: link.id } }));
  };
  const remove = async (): Promise<void> => {
    const answer = await ask(
      t('deleteLinkTitle'),
      [t('resetText')],
      [{ value: 'delete', label: t('delete'), kind: 'danger' }],
    );
    if (answer !== 'delete') return;
    await call('DELETE /links/{link}', { path: { link: link.id } });
    onChange(null);
  };
  const expires = link.expires?.slice(0, 10) ?? '';
  return (
    <section class="card link-card" aria-label={link.label || t('subscriptionLink')}>
      {link.suspended !== null && <p class="note note-error">{reasonText(link.suspended)}</p>}
      {addresses ? (
        <div class="link-address">
          <div>
            <CopyRow label={t('subscriptionLink')} value={addresses.https} />
            <p class="hint">{t('linkSecret')}</p>
            <div class="button-row">
              <Outside href={addresses.google} label="Google Calendar" />
              <Outside href={addresses.outlookWork} label={t('outlookWork')} />
              <Outside href={addresses.outlookPrivate} label="Outlook.com" />
              <a class="button button-small" href={addresses.webcal}>
                Apple / webcal:
              </a>
            </div>
          </div>
          <QrCode text={addresses.webcal} label={t('qrOfLink')} />
        </div>
      ) : (
        <p class="note">{t('linkHidden')}</p>
      )}
      <div class="field-row">
        <SelectField<Detail>
          label={t('whatToShow')}
          value={link.detail}
          choices={[
            { value: 'full', label: t('detailFull') },
            { value: 'titles', label: t('detailTitles') },
            { value: 'busy', label: t('detailBusy') },
          ]}
          onValue={(detail) => attempt(() => patch({ detail }))}
        />
        <div onFocusOut={() => label !== link.label && attempt(() => patch({ label }))}>
          <TextField label={t('label')} value={label} onValue={setLabel} placeholder={t('labelExample')} />
        </div>
        <SelectField<Language | ''>
          label={t('linkLanguage')}
          value={link.language ?? ''}
          choices={[
            { value: '', label: '–' },
            ...spokenLanguages.map((value) => ({ value, label: languageNames[value] })),
          ]}
          onValue={(language) => attempt(() => patch({ language: language || null }))}
        />
        <TextField
          label={t('expires')}
          type="date"
          value={expires}
          onValue={(day) => attempt(() => patch({ expires: day === '' ? null : `${day}T23:59:59Z` }))}
        />
      </div>
      <div class="link-foot">
        <small>{usageOf(link)}</small>
        <span class="spacer" />
        <button type="button" class="button button-small" onClick={() => attempt(reset)}>
          {t('resetLink')}
        </button>
        <button type="button" class="button button-small button-danger-quiet" onClick={() => attempt(remove)}>
          {t('delete')}
        </button>
      </div>
    </section>
  );
}

export function usageOf({ lastUsed, lastProgram, useCount, created }: Link): string {
  const made = t('createdAt', { when: formatStamp(created) });
  if (lastUsed === null) return `${t('neverFetched')} · ${made}`;
  const last = lastProgram
    ? t('fetchedBy', { ago: formatAgo(lastUsed), program: programName(lastProgram) })
    : t('fetched', { ago: formatAgo(lastUsed) });
  return `${last} · ${t('times', { n: useCount })} · ${made}`;
}

function Outside({ href, label }: { readonly href: string; readonly label: string }): VNode {
  return (
    <a class="button button-small" href={href} target="_blank" rel="noopener noreferrer">
      {label}
    </a>
  );
}
