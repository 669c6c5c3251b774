/** How people sign in: told by the server's settings, shown and tried here. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { SignInSettings, SignInTest } from '../../portal/api.ts';
import { call } from '../client.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { CopyRow } from '../ui/copy.tsx';
import { wordsFor } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { TechnicalDetail } from '../ui/technical-detail.tsx';
import { ta } from './words.ts';

type Method = SignInSettings['methods'][number];

export function SignInTab(): VNode {
  const { value, problem } = useLoaded(() => call('GET /admin/sign-in'), '');
  if (!value) return <p class="problem">{problem}</p>;
  return (
    <>
      <Card title={t('signInMethods')}>
        <p class="hint">{ta('setInSettings')}</p>
        <ul class="rows">
          {value.methods.map((method) => (
            <Row key={method.name} method={method} />
          ))}
        </ul>
      </Card>
      <Card title={ta('protection')}>
        <p>
          {ta('protectionText', {
            n: value.maxFailuresPerAccount,
            minutes: Math.round(value.failureWindowSeconds / 60),
          })}
        </p>
      </Card>
      <Card title="OpenID Connect">
        <CopyRow label={t('redirectAddress')} value={value.oidcRedirectUrl} />
      </Card>
    </>
  );
}

function Row({ method }: { readonly method: Method }): VNode {
  const names = {
    password: ta('methodPassword'),
    'app-password': ta('methodAppPassword'),
    ldap: 'LDAP',
    proxy: ta('methodProxy'),
    oidc: 'OpenID Connect',
  } as const satisfies Record<Method['name'], string>;
  const { name, on, where, setting } = method;
  return (
    <li>
      <span class={`light light-${on ? 'green' : 'off'}`} />
      <div>
        <strong>{names[name]}</strong>
        <small>{[t(on ? 'on' : 'off'), where, setting].filter(Boolean).join(' · ')}</small>
      </div>
      {on && (name === 'ldap' || name === 'oidc') && <TryMethod method={name} />}
    </li>
  );
}

function TryMethod({ method }: SignInTest): VNode {
  const [said, setSaid] = useState('');
  const [found, setFound] = useState('');
  const run = async (): Promise<void> => {
    setSaid(t('testing'));
    setFound('');
    try {
      const answer = await call('POST /admin/sign-in/test', { body: { method } });
      setSaid(ta(answer.ok ? 'itAnswers' : 'itDoesNotAnswer'));
      setFound(answer.found);
    } catch (error) {
      setSaid(wordsFor(error));
    }
  };
  return (
    <div class="try">
      <button type="button" class="button button-small" onClick={() => void run()}>
        {t('testConnection')}
      </button>
      <div role="status">
        <small>{said}</small> {found !== '' && <TechnicalDetail text={found} />}
      </div>
    </div>
  );
}
