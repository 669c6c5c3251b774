/** My devices and app passwords: made, last used by what and from where, revoked. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { AppPassword, IssuedAppPassword } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { Card, CardRow } from '../ui/card.tsx';
import { CopyRow } from '../ui/copy.tsx';
import { attempt, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { programName } from '../ui/program.ts';

export function Devices(): VNode {
  const { value, problem, reload } = useLoaded(() => call('GET /app-passwords'), '');
  const [label, setLabel] = useState('');
  const [issued, setIssued] = useState<IssuedAppPassword>();
  const make = async (): Promise<void> => {
    setIssued(await call('POST /app-passwords', { body: { label: label.trim() } }));
    setLabel('');
    reload();
  };
  const revoke = async ({ id, label: name }: AppPassword): Promise<void> => {
    const answer = await ask(
      t('revokeTitle', { name: name || t('unnamed') }),
      [t('revokeText')],
      [{ value: 'revoke', label: t('revoke'), kind: 'danger' }],
    );
    if (answer !== 'revoke') return;
    await call('DELETE /app-passwords/{appPassword}', { path: { appPassword: id } });
    toast(t('revoked'));
    reload();
  };
  return (
    <Card title={t('myDevices')} status={value && t('deviceCount', { n: value.appPasswords.length })}>
      <p class="hint">{t('devicesExplained')}</p>
      {problem !== '' && <p class="problem">{problem}</p>}
      <ul class="rows">
        {value?.appPasswords.map((password) => (
          <CardRow
            key={password.id}
            title={password.label || t('unnamed')}
            details={[
              t('createdAt', { when: formatStamp(password.created) }),
              usageOf(password),
              password.scope === 'read' ? t('readOnly') : null,
            ]}
            action={{ label: t('revoke'), run: () => revoke(password) }}
          />
        ))}
      </ul>
      {issued && (
        <div class="note note-good">
          <CopyRow label={t('appPassword')} value={issued.secret} />
          <p class="hint">{t('shownOnce')}</p>
        </div>
      )}
      <form
        class="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          attempt(make);
        }}
      >
        <TextField
          label={t('nameOfDevice')}
          value={label}
          onValue={setLabel}
          required
          placeholder={t('deviceExample')}
        />
        <button type="submit" class="button">
          {t('createAppPassword')}
        </button>
      </form>
    </Card>
  );
}

function usageOf({ lastUsed, lastProgram, lastAddress }: AppPassword): string {
  if (lastUsed === null) return t('neverUsed');
  const when = t('lastUsedAt', { when: formatStamp(lastUsed) });
  return [when, lastProgram && programName(lastProgram), lastAddress].filter(Boolean).join(', ');
}
