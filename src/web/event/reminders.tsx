/** Reminders in minutes before the start: words for them, and the list in the form. */
import type { VNode } from 'preact';
import { t } from '../text.ts';
import { SelectField } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';

export const reminderChoices: readonly number[] = [0, 5, 10, 15, 30, 60, 120, 1440, 2880, 10_080];

export function reminderText(minutes: number): string {
  if (minutes === 0) return t('atStart');
  if (minutes % 10_080 === 0) return t('weeksBefore', { n: minutes / 10_080 });
  if (minutes % 1440 === 0) return t('daysBefore', { n: minutes / 1440 });
  if (minutes % 60 === 0) return t('hoursBefore', { n: minutes / 60 });
  return t('minutesBefore', { n: minutes });
}

export function Reminders(props: {
  readonly reminders: readonly number[];
  readonly onChange: (reminders: readonly number[]) => void;
}): VNode {
  const { reminders, onChange } = props;
  return (
    <div class="field">
      <span class="field-title">{t('reminders')}</span>
      {reminders.map((minutes, index) => (
        <div class="item-row" key={`${index}-${minutes}`}>
          <SelectField
            label={t('reminder')}
            isLabelHidden
            value={String(minutes)}
            choices={[...new Set([...reminderChoices, minutes])]
              .sort((one, other) => one - other)
              .map((value) => ({ value: String(value), label: reminderText(value) }))}
            onValue={(value) => onChange(reminders.map((old, at) => (at === index ? Number(value) : old)))}
          />
          <button
            type="button"
            class="button-icon"
            aria-label={`${t('remove')}: ${reminderText(minutes)}`}
            onClick={() => onChange(reminders.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button type="button" class="button-link" onClick={() => onChange([...reminders, 15])}>
        {t('addReminder')}
      </button>
    </div>
  );
}
