/** My devices and app passwords: made, last used by what and from where, revoked. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { AppPassword, IssuedAppPassword } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast, useApp } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { Card, CardRow } from '../ui/card.tsx';
import { CopyRow } from '../ui/copy.tsx';
import { attempt, SelectField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { programName } from '../ui/program.ts';

export function Devices(): VNode {
  const { value, problem, reload } = useLoaded(() => call('GET /app-passwords'), '');
  const calendars = useApp((state) => state.calendars);
  const [label, setLabel] = useState('');
  const [only, setOnly] = useState('');
  const [issued, setIssued] = useState<IssuedAppPassword>();
  const make = async (): Promise<void> => {
    const body = { label: label.trim(), ...(only !== '' && { calendars: [only] }) };
    setIssued(await call('POST /app-passwords', { body }));
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
    if (issued?.appPassword.id === id) setIssued(undefined);
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
              password.calendars?.map((id) => calendars.find((one) => one.id === id)?.name ?? '–').join(', '),
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
        <SelectField
          label={t('calendars')}
          value={only}
          choices={[
            { value: '', label: t('allMyCalendars') },
            ...calendars.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onValue={setOnly}
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
