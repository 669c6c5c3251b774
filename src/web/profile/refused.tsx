/** What my programs sent and calendars refused; nothing is shown where there is nothing. */
import type { VNode } from 'preact';
import type { RefusedObject } from '../../portal/api.ts';
import { addressOf, call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Card, CardRow } from '../ui/card.tsx';
import { attempt } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { programName } from '../ui/program.ts';

export function Refused(): VNode | null {
  const { value, reload } = useLoaded(() => call('GET /refused'), '');
  if (!value || value.refused.length === 0) return null;
  const mend = async ({ id: refused }: RefusedObject): Promise<void> => {
    const { added, notices } = await call('POST /refused/{refused}/mend', { path: { refused } });
    toast(added > 0 ? t('saved') : (notices[0]?.message ?? t('importFailed')));
    reload();
  };
  const remove = async ({ id: refused }: RefusedObject): Promise<void> => {
    await call('DELETE /refused/{refused}', { path: { refused } });
    reload();
  };
  return (
    <Card title={t('refusedTitle')}>
      <p class="hint">{t('refusedExplained')}</p>
      <ul class="rows">
        {value.refused.map((one) => (
          <CardRow
            key={one.id}
            title={one.uid ?? one.name}
            details={[
              one.calendarName,
              one.line === null ? null : t('line', { n: one.line }),
              one.detail,
              programName(one.program),
              formatStamp(one.at),
            ]}
          >
            {one.sizeBytes !== null && (
              <>
                <button type="button" class="button button-small" onClick={() => attempt(() => mend(one))}>
                  {t('mend')}
                </button>{' '}
                <a
                  class="button button-small"
                  download
                  href={addressOf('GET /refused/{refused}/download', { refused: one.id })}
                >
                  {t('download')}
                </a>{' '}
              </>
            )}
            <button type="button" class="button button-small" onClick={() => attempt(() => remove(one))}>
              {t('remove')}
            </button>
          </CardRow>
        ))}
      </ul>
    </Card>
  );
}
