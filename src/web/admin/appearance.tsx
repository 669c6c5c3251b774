/** Name, logo, colour, default language. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { languageNames, spokenLanguages } from '../../i18n/languages.ts';
import type { AppearancePatch, Language } from '../../portal/api.ts';
import { call } from '../client.ts';
import { app, toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { CheckField, FileField, Form, SelectField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { ta } from './words.ts';

const maxLogoBytes = 64 * 1024;

export function AppearanceTab(): VNode {
  const { value, problem, set } = useLoaded(() => call('GET /admin/appearance'), '');
  const [patch, setPatch] = useState<AppearancePatch>({});
  const [isTooLarge, setTooLarge] = useState(false);
  useEffect(() => setPatch({}), [value]);
  if (!value) return <p class="problem">{problem}</p>;
  const now = { ...value, ...patch };
  const put = (more: AppearancePatch): void => setPatch({ ...patch, ...more });
  const readLogo = (file: File | undefined): void => {
    setTooLarge(file !== undefined && file.size > maxLogoBytes);
    if (!file || file.size > maxLogoBytes) return;
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      if (typeof reader.result === 'string') put({ logo: reader.result });
    });
    reader.readAsDataURL(file);
  };
  return (
    <Card title={ta('tabAppearance')}>
      <Form
        submitLabel={t('save')}
        onSubmit={async () => {
          set(await call('PATCH /admin/appearance', { body: patch, ifMatch: value.etag }));
          const portal = await call('GET /portal');
          app.set({ portal });
          document.title = portal.name;
          toast(t('saved'));
        }}
      >
        <div class="field-grid">
          <TextField label={ta('portalName')} value={now.name} onValue={(name) => put({ name })} required />
          <SelectField<Language>
            label={t('defaultLanguage')}
            value={now.defaultLanguage}
            choices={spokenLanguages.map((value) => ({ value, label: languageNames[value] }))}
            onValue={(defaultLanguage) => put({ defaultLanguage })}
          />
        </div>
        <CheckField
          label={ta('ownColour')}
          checked={now.color !== null}
          onChecked={(checked) => put({ color: checked ? '#3b5bdb' : null })}
        />
        {now.color !== null && (
          <TextField
            label={t('colour')}
            type="color"
            value={now.color}
            onValue={(color) => put({ color })}
            class="color-field"
          />
        )}
        <div class="field">
          <div class="item-row">
            {now.logo !== null && <img class="logo-preview" src={now.logo} alt={t('logo')} />}
            <FileField label={t('logo')} accept="image/png,image/jpeg,image/webp" onFile={readLogo} />
            {now.logo !== null && (
              <button type="button" class="button button-small" onClick={() => put({ logo: null })}>
                {t('remove')}
              </button>
            )}
          </div>
          <small class={isTooLarge ? 'problem' : 'hint'}>{ta('logoHint')}</small>
        </div>
      </Form>
    </Card>
  );
}
