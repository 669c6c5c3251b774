/** Language, zone, week, clock, view, reminder, keys, theme. Each choice is kept as soon as it is made. */
import type { VNode } from 'preact';
import { languageNames, spokenLanguages } from '../../i18n/languages.ts';
import type { Language, Me, PreferencesPatch, View } from '../../portal/api.ts';
import { call } from '../client.ts';
import { weekdays } from '../event/form-values.ts';
import { reminderChoices, reminderText } from '../event/reminders.tsx';
import { weekdayName } from '../event/repeat-text.ts';
import { namedZones } from '../event/zones.ts';
import { adopt } from '../session.ts';
import { announce, app } from '../state/app-state.ts';
import { language, t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { attempt, CheckField, SelectField } from '../ui/fields.tsx';

export function PreferencesCard({ me }: { readonly me: Me }): VNode {
  const { preferences } = me;
  const keep = (patch: PreferencesPatch): void =>
    attempt(async () => {
      await adopt(await call('PATCH /me', { body: { preferences: patch }, ifMatch: me.etag }));
      announce(t('saved'));
    });
  return (
    <Card title={t('preferences')}>
      <div class="field-grid">
        <SelectField<Language>
          label={t('language')}
          value={language()}
          choices={spokenLanguages.map((value) => ({ value, label: languageNames[value] }))}
          onValue={(chosenLanguage) => keep({ chosenLanguage })}
        />
        <SelectField
          label={t('timeZone')}
          value={preferences.timeZone}
          choices={namedZones(preferences.timeZone)}
          onValue={(timeZone) => keep({ timeZone })}
        />
        <SelectField
          label={t('firstDayOfWeek')}
          value={String(preferences.firstDay ?? '')}
          choices={[
            { value: '', label: t('byLanguage') },
            ...([1, 6, 7] as const).map((day) => ({
              value: String(day),
              label: weekdayName(weekdays[day - 1] ?? 'MO', 'long'),
            })),
          ]}
          onValue={(day) => keep({ firstDay: day === '' ? null : Number(day) })}
        />
        <SelectField
          label={t('clock')}
          value={preferences.hour12 === null ? '' : preferences.hour12 ? '12' : '24'}
          choices={[
            { value: '', label: t('byLanguage') },
            { value: '24', label: t('hours24') },
            { value: '12', label: t('hours12') },
          ]}
          onValue={(value) => keep({ hour12: value === '' ? null : value === '12' })}
        />
        <SelectField<View | ''>
          label={t('defaultView')}
          value={preferences.chosenView ?? ''}
          choices={[
            { value: '', label: t('byScreen') },
            ...(['month', 'week', 'day', 'list'] as const).map((value) => ({
              value,
              label: t(`view_${value}`),
            })),
          ]}
          onValue={(value) => {
            keep({ chosenView: value === '' ? null : value });
            if (value !== '') app.set({ view: value });
          }}
        />
        <SelectField
          label={t('defaultReminder')}
          value={String(preferences.defaultReminder ?? '')}
          choices={[
            { value: '', label: t('noReminder') },
            ...reminderChoices.map((minutes) => ({ value: String(minutes), label: reminderText(minutes) })),
          ]}
          onValue={(value) => keep({ defaultReminder: value === '' ? null : Number(value) })}
        />
        <SelectField
          label={t('theme')}
          value={preferences.theme}
          choices={[
            { value: 'auto', label: t('themeAuto') },
            { value: 'light', label: t('themeLight') },
            { value: 'dark', label: t('themeDark') },
          ]}
          onValue={(theme) => keep({ theme })}
        />
      </div>
      <CheckField
        label={t('weekNumbers')}
        checked={preferences.weekNumbers}
        onChecked={(weekNumbers) => keep({ weekNumbers })}
      />
      <CheckField
        label={t('shortcuts')}
        hint={t('shortcutsHint')}
        checked={preferences.shortcuts}
        onChecked={(shortcuts) => keep({ shortcuts })}
      />
    </Card>
  );
}
