/** Every connected calendar with its state, and what was put aside. Never what is in the events. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeAdminLink } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { TechnicalDetail } from '../ui/technical-detail.tsx';
import { issueText, reasonText, te, teCode } from './words.ts';

export function AdminLinks(): VNode {
  const [text, setText] = useState('');
  const query = text.trim();
  const { value, problem, reload } = useLoaded(
    () => call('GET /admin/exchange/links', { query: query === '' ? {} : { text: query } }),
    query,
  );
  const act = (link: string, what: 'pause' | 'resume' | 'run'): void =>
    attempt(async () => {
      await call(`POST /admin/exchange/links/{link}/${what}`, { path: { link } });
      reload();
    });
  return (
    <>
      <TextField
        label={t('search')}
        type="search"
        value={text}
        onValue={setText}
        placeholder={t('nameOrEmail')}
      />
      {problem !== '' && <p class="problem">{problem}</p>}
      <div class="table-scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{te('person')}</th>
              <th scope="col">{te('mailbox')}</th>
              <th scope="col">{te('state')}</th>
              <th scope="col">{te('lastRun')}</th>
              <th scope="col">{te('nextRun')}</th>
              <th scope="col">{te('entries')}</th>
              <th scope="col">{te('issues')}</th>
              <th scope="col">
                <span class="visually-hidden">{t('actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {value?.links.map((link) => (
              <tr key={link.id}>
                <th scope="row">{link.person}</th>
                <td>{link.mailbox}</td>
                <td title={link.code ?? undefined}>{stateText(link)}</td>
                <td>{link.lastSync === null ? te('never') : formatStamp(link.lastSync)}</td>
                <td>{link.nextSync === null ? '–' : formatStamp(link.nextSync)}</td>
                <td>{link.items}</td>
                <td>{link.issues}</td>
                <td class="row-actions">
                  <button type="button" class="button button-small" onClick={() => act(link.id, 'run')}>
                    {te('run')}
                  </button>
                  <button
                    type="button"
                    class="button button-small"
                    onClick={() => act(link.id, link.state === 'paused' ? 'resume' : 'pause')}
                  >
                    {te(link.state === 'paused' ? 'resume' : 'pause')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {value?.truncated && <p class="hint">{t('moreBySearch')}</p>}
    </>
  );
}

export function Quarantine(): VNode {
  const { value, problem, reload } = useLoaded(() => call('GET /admin/exchange/quarantine'), '');
  const retry = async (item: string): Promise<void> => {
    await call('POST /admin/exchange/quarantine/{item}/retry', { path: { item } });
    toast(te('retrying'));
    reload();
  };
  return (
    <>
      <p class="hint">{te('quarantineHint')}</p>
      {problem !== '' && <p class="problem">{problem}</p>}
      {value?.items.length === 0 && <p class="hint">{te('noIssues')}</p>}
      <ul class="rows">
        {value?.items.map(({ id, mailbox, code, text }) => (
          <li key={id}>
            <div>
              <strong>{mailbox}</strong>
              <small>{issueText(code)}</small>
              <TechnicalDetail text={[code, text].filter(Boolean).join(': ')} />
            </div>
            <button
              type="button"
              class="button button-small"
              aria-label={`${te('retry')}: ${mailbox}, ${issueText(code)}`}
              onClick={() => attempt(() => retry(id))}
            >
              {te('retry')}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function stateText({ state, reason, code }: ExchangeAdminLink): string {
  const text = teCode('state', state, 'state_error');
  return reason === null ? text : `${text}: ${reasonText(reason, code)}`;
}
