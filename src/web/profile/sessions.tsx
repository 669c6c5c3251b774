/** Browsers that are signed in as me. */
import type { VNode } from 'preact';
import type { Session } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { adopt } from '../session.ts';
import { t } from '../text.ts';
import { Card, CardRow } from '../ui/card.tsx';
import { programName } from '../ui/program.ts';

export function Sessions({ sessions }: { readonly sessions: readonly Session[] }): VNode {
  const end = async (session: string): Promise<void> => {
    await call('DELETE /sessions/{session}', { path: { session } });
    await adopt(await call('GET /me'));
  };
  return (
    <Card title={t('sessions')}>
      <ul class="rows">
        {sessions.map(({ id, current, lastUsed, program, address }) => (
          <CardRow
            key={id}
            title={programName(program) || t('unnamed')}
            details={[t('lastUsedAt', { when: formatStamp(lastUsed) }), address]}
            badge={current ? t('thisBrowser') : undefined}
            action={current ? undefined : { label: t('signOut'), run: () => end(id) }}
          />
        ))}
      </ul>
    </Card>
  );
}
