/** Service accounts. A password goes in and never comes out. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeServiceAccount, ExchangeSettingsPatch } from '../../portal/api.ts';
import { formatStamp } from '../dates.ts';
import { t } from '../text.ts';
import { Form, TextField } from '../ui/fields.tsx';
import { te } from './words.ts';

interface Row {
  readonly login: string;
  readonly domain: string;
  readonly password: string;
  readonly secretSet: string | null;
}

export function ServiceAccounts(props: {
  readonly accounts: readonly ExchangeServiceAccount[];
  readonly onKeep: (patch: ExchangeSettingsPatch) => Promise<void>;
}): VNode {
  const [rows, setRows] = useState<readonly Row[]>(
    props.accounts.map((account) => ({ ...account, password: '' })),
  );
  const change = (at: number, patch: Partial<Row>): void =>
    setRows(rows.map((row, index) => (index === at ? { ...row, ...patch } : row)));
  const submit = async (): Promise<void> =>
    await props.onKeep({
      serviceAccounts: rows.map(({ login, domain, password }) => ({
        login: login.trim(),
        domain: domain.trim(),
        ...(password !== '' && { password }),
      })),
    });
  return (
    <Form
      class="card-form"
      onSubmit={submit}
      submitLabel={t('save')}
      aside={
        <button
          type="button"
          class="button"
          onClick={() => setRows([...rows, { login: '', domain: '', password: '', secretSet: null }])}
        >
          {te('addAccount')}
        </button>
      }
    >
      <p class="hint">{te('serviceAccountsHint')}</p>
      {rows.map((row, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- rows have no other name while they are typed
        <div class="field-grid" key={index}>
          <TextField
            label={te('login')}
            value={row.login}
            required
            onValue={(login) => change(index, { login })}
          />
          <TextField
            label={te('domain')}
            value={row.domain}
            onValue={(domain) => change(index, { domain })}
          />
          <TextField
            label={te('password')}
            type="password"
            autoComplete="off"
            value={row.password}
            required={row.secretSet === null}
            placeholder={row.secretSet === null ? '' : te('passwordKept')}
            hint={
              row.secretSet === null
                ? te('passwordNotSet')
                : te('passwordSet', { when: formatStamp(row.secretSet) })
            }
            onValue={(password) => change(index, { password })}
          />
          <button
            type="button"
            class="button button-small"
            aria-label={`${t('remove')}: ${row.login}`}
            onClick={() => setRows(rows.filter((_, at) => at !== index))}
          >
            {t('remove')}
          </button>
        </div>
      ))}
    </Form>
  );
}
