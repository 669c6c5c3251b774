/** Signing in: the screen, and the same form over a page whose session has ended. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { languageNames, spokenLanguages } from '../../i18n/languages.ts';
import type { Me } from '../../portal/api.ts';
import { call } from '../client.ts';
import { enter } from '../session.ts';
import { app, useApp } from '../state/app-state.ts';
import { language, speak, t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Form, TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';

export function SignIn(): VNode {
  const portal = useApp((state) => state.portal);
  const [name, setName] = useState('');
  // The way back from an identity provider that did not end here.
  const elsewhere = new URLSearchParams(location.search).get('signin');
  const [password, setPassword] = useState('');
  useEffect(() => document.querySelector('input')?.focus(), []);
  return (
    <main id="main" class="door">
      <div class="door-card">
        <div class="brand brand-large">
          {portal?.logo ? <img src={portal.logo} alt="" /> : <Icon name="calendar" />}
          <h1>{portal?.name}</h1>
        </div>
        {elsewhere !== null && (
          <p class="note note-error" role="alert">
            {t(elsewhere === 'unknown' ? 'signInUnknown' : 'signInFailed')}
          </p>
        )}
        {portal?.setupOpen && <p class="note">{t('setupOpen')}</p>}
        {portal?.signIn.proxy ? (
          <ByProxy {...portal.signIn.proxy} onSignedIn={enter} />
        ) : (
          portal?.signIn.password !== false && (
            <Form
              submitLabel={t('signIn')}
              onSubmit={async () => enter(await call('POST /session', { body: { name, password } }))}
            >
              <TextField
                label={t('userName')}
                value={name}
                onValue={setName}
                required
                autoComplete="username"
              />
              <TextField
                label={t('password')}
                type="password"
                value={password}
                onValue={setPassword}
                required
                autoComplete="current-password"
              />
            </Form>
          )
        )}
        {portal?.signIn.oidc && !portal.signIn.proxy && (
          <a class="button button-wide" href={addressOfOidc()}>
            {portal.signIn.oidc.label}
          </a>
        )}
      </div>
      <nav class="languages" aria-label={t('language')}>
        {spokenLanguages.map((tag) => (
          <button
            key={tag}
            type="button"
            lang={tag}
            class="button-quiet"
            aria-pressed={tag === language()}
            onClick={() => void speak(tag)}
          >
            {languageNames[tag]}
          </button>
        ))}
      </nav>
    </main>
  );
}

/** The proxy in front has said who it is. Whoever has just signed out learns that this holds on there. */
function ByProxy({
  name,
  known,
  onSignedIn,
}: {
  readonly name: string;
  readonly known: boolean;
  readonly onSignedIn: (me: Me) => void | Promise<void>;
}): VNode {
  const said = <p>{t(known ? 'signInProxy' : 'signInProxyUnknown', { name })}</p>;
  if (!known) return said;
  return (
    <Form submitLabel={t('signIn')} onSubmit={async () => onSignedIn(await call('POST /session/proxy'))}>
      {said}
    </Form>
  );
}

/** Over the page, which stays as it is. A sign-in by another window of this browser counts here as well. */
export function SignInAgain({ onDone }: { readonly onDone: () => void }): VNode {
  const me = useApp((state) => state.me);
  const signIn = useApp((state) => state.portal?.signIn);
  const [password, setPassword] = useState('');
  const name = me?.person.name ?? '';
  const arrive = (now: Me): void => {
    // What stands here is somebody else's.
    if (now.person.id !== me?.person.id) return location.reload();
    app.set({ me: now });
    onDone();
  };
  useEffect(() => {
    const look = async (): Promise<void> => {
      const { me: now } = await call('GET /session');
      if (now) arrive(now);
    };
    const onFocus = (): void => void look().catch(() => undefined);
    addEventListener('focus', onFocus);
    return () => removeEventListener('focus', onFocus);
  }, []);
  return (
    <Dialog title={t('signIn')} size="small" isQuestion onClose={() => undefined}>
      {signIn?.proxy ? (
        <ByProxy {...signIn.proxy} onSignedIn={arrive} />
      ) : signIn?.password === false ? (
        <div class="dialog-body">
          <p>{t('E03')}</p>
        </div>
      ) : (
        <Form
          submitLabel={t('signIn')}
          onSubmit={async () => arrive(await call('POST /session', { body: { name, password } }))}
        >
          <p>{t('E03')}</p>
          <TextField label={t('userName')} value={name} onValue={() => undefined} disabled />
          <TextField
            label={t('password')}
            type="password"
            value={password}
            onValue={setPassword}
            required
            autoFocus
            autoComplete="current-password"
          />
        </Form>
      )}
      {signIn?.oidc && (
        <div class="dialog-foot">
          <a class="button button-wide" href={addressOfOidc()} target="_blank" rel="noopener">
            {signIn.oidc.label}
          </a>
        </div>
      )}
    </Dialog>
  );
}

function addressOfOidc(): string {
  // Not a route of the JSON API: the browser itself goes there and comes back.
  return new URL('api/v1/auth/oidc/start?next=', document.baseURI).href;
}
