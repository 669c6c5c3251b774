/** First run: the page behind the one-time address; ends on the Connect dialog. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { languageNames, spokenLanguages } from '../../i18n/languages.ts';
import type { Language } from '../../portal/api.ts';
import { call } from '../client.ts';
import { enter } from '../session.ts';
import { app, show } from '../state/app-state.ts';
import { language, speak, t } from '../text.ts';
import { CheckField, Form, SelectField, TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/loading.ts';

export function SetUp({ token }: { readonly token: string }): VNode {
  const state = useLoaded(() => call('GET /setup', { query: { token } }), token);
  const [values, setValues] = useState({
    name: '',
    displayName: '',
    email: '',
    password: '',
    publicUrl: '',
    demoCalendar: false,
  });
  useEffect(() => {
    if (!state.value) return;
    const { name, publicUrl } = state.value;
    setValues((now) => ({ ...now, name: name || 'admin', publicUrl: publicUrl || location.origin }));
  }, [state.value]);
  const put = (patch: Partial<typeof values>): void => setValues({ ...values, ...patch });
  const isClosed = state.problem !== '' || state.value?.open === false;
  return (
    <main id="main" class="door">
      <div class="door-card door-card-wide">
        <div class="brand brand-large">
          <Icon name="calendar" />
          <h1>{t('setUpTitle')}</h1>
        </div>
        {isClosed ? (
          <>
            <p class="note">{t('setUpClosed')}</p>
            <a class="button button-primary" href={document.baseURI}>
              {t('signIn')}
            </a>
          </>
        ) : (
          <Form
            submitLabel={t('finish')}
            onSubmit={async () => {
              const me = await call('POST /setup', {
                body: {
                  ...values,
                  token,
                  displayName: values.displayName || values.name,
                  language: language(),
                  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
                },
              });
              history.replaceState(null, '', document.baseURI);
              app.set({ route: { screen: 'home' } });
              await enter(me);
              show({ is: 'connect', calendar: 'all' });
            }}
          >
            <p>{t('setUpIntro')}</p>
            <SelectField<Language>
              label={t('language')}
              value={language()}
              choices={spokenLanguages.map((value) => ({ value, label: languageNames[value] }))}
              onValue={(value) => void speak(value)}
            />
            <TextField
              label={t('fullName')}
              value={values.displayName}
              onValue={(displayName) => put({ displayName })}
              required
              autoComplete="name"
            />
            <TextField
              label={t('userName')}
              value={values.name}
              onValue={(name) => put({ name })}
              required
              autoComplete="username"
            />
            <TextField
              label={t('email')}
              type="email"
              value={values.email}
              onValue={(email) => put({ email })}
              autoComplete="email"
            />
            <TextField
              label={t('password')}
              type="password"
              value={values.password}
              onValue={(password) => put({ password })}
              required
              minLength={8}
              hint={t('passwordHint')}
              autoComplete="new-password"
            />
            <TextField
              label={t('publicAddress')}
              type="url"
              value={values.publicUrl}
              onValue={(publicUrl) => put({ publicUrl })}
              hint={t('publicAddressHint')}
            />
            <CheckField
              label={t('demoCalendar')}
              checked={values.demoCalendar}
              onChecked={(demoCalendar) => put({ demoCalendar })}
            />
          </Form>
        )}
      </div>
    </main>
  );
}
