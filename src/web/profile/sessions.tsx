/** Browsers that are signed in as me. */
import type { VNode } from 'preact';
import type { Session } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { adopt } from '../session.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { attempt } from '../ui/fields.tsx';

export function Sessions({ sessions }: { readonly sessions: readonly Session[] }): VNode {
  const end = async (session: string): Promise<void> => {
    await call('DELETE /sessions/{session}', { path: { session } });
    await adopt(await call('GET /me'));
  };
  return (
    <Card title={t('sessions')}>
      <ul class="rows">
        {sessions.map(({ id, current, lastUsed, program, address }) => (
          <li key={id}>
            <div>
              <strong>{program || t('unnamed')}</strong>
              <small>
                {[t('lastUsedAt', { when: formatStamp(lastUsed) }), address].filter(Boolean).join(' · ')}
              </small>
            </div>
            {current ? (
              <span class="badge">{t('thisBrowser')}</span>
            ) : (
              <button
                type="button"
                class="button button-small"
                aria-label={`${t('signOut')}: ${program}`}
                onClick={() => attempt(() => end(id))}
              >
                {t('signOut')}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
