/** All my subscription links, over all calendars. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Link } from '../../portal/api.ts';
import { usageOf } from '../calendars/link-card.tsx';
import { call } from '../client.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { Card, CardRow } from '../ui/card.tsx';
import { CopyRow } from '../ui/copy.tsx';
import { useLoaded } from '../ui/loading.ts';

export function MyLinks(): VNode {
  const { value, problem, reload } = useLoaded(() => call('GET /links'), '');
  const [renewed, setRenewed] = useState<Link>();
  const reset = async (link: string): Promise<void> => {
    const answer = await ask(
      t('resetTitle'),
      [t('resetText')],
      [{ value: 'reset', label: t('resetLink'), kind: 'danger' }],
    );
    if (answer !== 'reset') return;
    setRenewed(await call('POST /links/{link}/reset', { path: { link } }));
    reload();
  };
  return (
    <Card title={t('myLinks')} status={value && t('linkCount', { n: value.links.length })}>
      {problem !== '' && <p class="problem">{problem}</p>}
      {value?.links.length === 0 && <p class="hint">{t('noLinks')}</p>}
      <ul class="rows">
        {value?.links.map((link) => {
          const name = link.calendar === null ? t('favourites') : link.calendarName;
          const { addresses } = renewed?.id === link.id ? renewed : link;
          return (
            <CardRow
              key={link.id}
              title={link.label === '' ? name : `${name} — ${link.label}`}
              details={[usageOf(link)]}
              action={{ label: t('resetLink'), run: () => reset(link.id) }}
            >
              {addresses && <CopyRow label={t('subscriptionLink')} value={addresses.https} />}
            </CardRow>
          );
        })}
      </ul>
    </Card>
  );
}
