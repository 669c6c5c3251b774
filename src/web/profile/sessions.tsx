/** Browsers that are signed in as me. */
import type { VNode } from 'preact';
import type { Session } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { adopt } from '../session.ts';
import { t } from '../text.ts';
import { Card, CardRow } from '../ui/card.tsx';

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
            title={browserOf(program) || t('unnamed')}
            details={[t('lastUsedAt', { when: formatStamp(lastUsed) }), address]}
            badge={current ? t('thisBrowser') : undefined}
            action={current ? undefined : { label: t('signOut'), run: () => end(id) }}
          />
        ))}
      </ul>
    </Card>
  );
}

/** The browser and its system out of what it calls itself; the whole of it where neither is known. */
function browserOf(program: string): string {
  const browsers = { Firefox: 'Firefox', Edg: 'Edge', OPR: 'Opera', Chrome: 'Chrome', Safari: 'Safari' };
  const systems = {
    Android: 'Android',
    iPhone: 'iPhone',
    iPad: 'iPad',
    Windows: 'Windows',
    Macintosh: 'Mac',
    Linux: 'Linux',
  };
  const named = (names: Readonly<Record<string, string>>): string | undefined =>
    Object.entries(names).find(([word]) => program.includes(word))?.[1];
  const found = [named(browsers), named(systems)].filter((part) => part !== undefined);
  return found.length > 0 ? found.join(', ') : program;
}
