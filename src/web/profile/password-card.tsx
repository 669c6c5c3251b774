/** A new password for the account; the old one is asked for, app passwords end if wanted. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../client.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { CheckField, Form, TextField } from '../ui/fields.tsx';

export function PasswordCard(): VNode {
  const empty = { current: '', password: '', revokeAppPasswords: false };
  const [values, setValues] = useState(empty);
  const put = (patch: Partial<typeof values>): void => setValues({ ...values, ...patch });
  return (
    <Card title={t('changePassword')}>
      <Form
        submitLabel={t('changePassword')}
        onSubmit={async () => {
          await call('POST /me/password', { body: values });
          setValues(empty);
          toast(t('passwordChanged'));
        }}
      >
        <div class="field-grid">
          <TextField
            label={t('currentPassword')}
            type="password"
            value={values.current}
            onValue={(current) => put({ current })}
            required
            autoComplete="current-password"
          />
          <TextField
            label={t('newPassword')}
            type="password"
            value={values.password}
            onValue={(password) => put({ password })}
            required
            minLength={8}
            hint={t('passwordHint')}
            autoComplete="new-password"
          />
        </div>
        <CheckField
          label={t('revokeAll')}
          checked={values.revokeAppPasswords}
          onChecked={(revokeAppPasswords) => put({ revokeAppPasswords })}
        />
      </Form>
    </Card>
  );
}
