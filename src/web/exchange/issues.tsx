/** Events that could not be synchronised; the rest went on without them. */
import type { VNode } from 'preact';
import { call } from '../client.ts';
import { formatDay } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { look } from './status.ts';
import { te } from './words.ts';

export function Issues({ count }: { readonly count: number }): VNode {
  const { value, problem, reload } = useLoaded(
    async () => (count === 0 ? { issues: [] } : await call('GET /exchange/issues')),
    String(count),
  );
  const retry = async (issue: string): Promise<void> => {
    await call('POST /exchange/issues/{issue}/retry', { path: { issue } });
    toast(te('retrying'));
    await look();
    reload();
  };
  return (
    <>
      <h3>{te('issues')}</h3>
      {problem !== '' && <p class="problem">{problem}</p>}
      {count === 0 && <p class="hint">{te('noIssues')}</p>}
      <ul class="rows">
        {value?.issues.map(({ id, title, start, code, text }) => (
          <li key={id}>
            <div>
              <strong>{title || t('noTitle')}</strong>
              <small>
                {[start === null ? '' : formatDay(start), text, code].filter(Boolean).join(' · ')}
              </small>
            </div>
            <button
              type="button"
              class="button button-small"
              aria-label={`${te('retry')}: ${title || t('noTitle')}`}
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
