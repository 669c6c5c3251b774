/** The first step: whose mailbox, and a password where the service account does not speak for the person. */

import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { isKey } from '../../i18n/exchange-words.ts';
import type { ExchangeStatus } from '../../portal/api.ts';
import { ApiFailure, call } from '../client.ts';
import { toast } from '../state/app-state.ts';
import { CheckField, Form, TextField } from '../ui/fields.tsx';
import { take } from './status.ts';
import { reasonText, te, teCode } from './words.ts';

export function SignInForm({ status }: { readonly status: ExchangeStatus }): VNode {
  const { proposal, account } = status;
  const [mailbox, setMailbox] = useState(account?.mailbox ?? proposal?.mailbox ?? '');
  const [login, setLogin] = useState(account?.login ?? '');
  const [password, setPassword] = useState('');
  const [wantsOwn, setWantsOwn] = useState(false);
  const needsPassword = (proposal?.asksPassword ?? true) || wantsOwn || (account?.login ?? '') !== '';
  const submit = async (): Promise<void> => {
    try {
      take(
        await call('PUT /exchange/account', {
          body: {
            mailbox: mailbox.trim(),
            login: needsPassword ? login.trim() || mailbox.trim() : '',
            password: needsPassword ? password : '',
          },
        }),
      );
      toast(te('signedIn'));
    } catch (error) {
      throw inWords(error);
    }
  };
  const version = proposal?.version ?? 'auto';
  return (
    <Form class="card-form" onSubmit={submit} submitLabel={te('signIn')}>
      {status.reason === 'credentials' && <p class="note note-error">{reasonText('credentials')}</p>}
      {proposal && (
        <div class="field-grid">
          <TextField label={te('server')} value={proposal.server} onValue={ignore} disabled />
          <TextField label={te('port')} value={String(proposal.port)} onValue={ignore} disabled />
          <TextField
            label={te('version')}
            value={version === 'auto' ? te('version_auto') : version}
            onValue={ignore}
            disabled
          />
        </div>
      )}
      <TextField label={te('mailbox')} type="email" value={mailbox} onValue={setMailbox} required />
      {proposal && !proposal.asksPassword && proposal.allowsPassword && (
        <CheckField label={te('useOwnPassword')} checked={wantsOwn} onChecked={setWantsOwn} />
      )}
      {needsPassword && (
        <div class="field-grid">
          <TextField
            label={te('login')}
            value={login}
            onValue={setLogin}
            placeholder={mailbox}
            hint={te('loginHint')}
            autoComplete="off"
          />
          <TextField
            label={te('password')}
            type="password"
            value={password}
            onValue={setPassword}
            required
            autoComplete="off"
          />
        </div>
      )}
    </Form>
  );
}

/** The server names the reason by a code; the words are ours. */
function inWords(error: unknown): unknown {
  if (!(error instanceof ApiFailure)) return error;
  const key = `reason_${error.answer.reason.replaceAll('-', '_')}`;
  if (!isKey(key)) return error;
  return new ApiFailure(
    { ...error.answer, message: teCode('reason', error.answer.reason, 'reason_other') },
    error.status,
  );
}

function ignore(): void {
  // Shown, not asked: the administrator has set it.
}
