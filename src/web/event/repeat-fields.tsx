/** How an event repeats: the usual rules as choices; another one is kept as it is. */
import type { VNode } from 'preact';
import { firstDay } from '../dates.ts';
import { t } from '../text.ts';
import { SelectField, TextField } from '../ui/fields.tsx';
import { type FormValues, nthOf, type RepeatChoice, weekdayOf, weekdays } from './form-values.ts';
import { nthText, weekdayName } from './repeat-text.ts';

interface Props {
  readonly values: FormValues;
  readonly onValues: (values: FormValues) => void;
}

export function RepeatFields({ values, onValues }: Props): VNode {
  const put = (patch: Partial<FormValues>): void => onValues({ ...values, ...patch });
  const { repeat } = values;
  const choices: readonly RepeatChoice[] = ['none', 'daily', 'weekdays', 'weekly', 'monthly', 'yearly'];
  const labels = {
    none: t('repeatNone'),
    daily: t('repeatDaily'),
    weekdays: t('repeatWeekdays'),
    weekly: t('repeatWeekly'),
    monthly: t('repeatMonthly'),
    yearly: t('repeatYearly'),
    custom: t('repeatCustom'),
  } as const satisfies Record<RepeatChoice, string>;
  const hasInterval = repeat !== 'none' && repeat !== 'weekdays' && repeat !== 'custom';
  return (
    <fieldset class="repeat">
      <legend class="visually-hidden">{t('repeat')}</legend>
      <div class="field-row">
        <SelectField
          label={t('repeat')}
          value={repeat}
          choices={[...choices, ...(values.rule === '' ? [] : ['custom' as const])].map((value) => ({
            value,
            label: labels[value],
          }))}
          onValue={(value) => put({ repeat: value })}
        />
        {hasInterval && (
          <TextField
            label={t('interval')}
            type="number"
            min="1"
            max="999"
            required
            value={String(values.interval || '')}
            onValue={(interval) => put({ interval: Number(interval) })}
          />
        )}
      </div>
      {repeat === 'custom' && <p class="hint">{values.rule}</p>}
      {repeat === 'weekly' && <Weekdays values={values} onValues={onValues} />}
      {repeat === 'monthly' && (
        <SelectField
          label={t('monthlyBy')}
          value={values.monthlyBy}
          choices={[
            { value: 'day', label: t('onDayOfMonth', { day: String(Number(values.startDay.slice(8, 10))) }) },
            { value: 'weekday', label: nthText(nthOf(values.startDay), weekdayOf(values.startDay)) },
          ]}
          onValue={(monthlyBy) => put({ monthlyBy })}
        />
      )}
      {repeat !== 'none' && repeat !== 'custom' && <Ends values={values} onValues={onValues} />}
    </fieldset>
  );
}

function Weekdays({ values, onValues }: Props): VNode {
  const first = firstDay() - 1;
  const ordered = [...weekdays.slice(first), ...weekdays.slice(0, first)];
  const toggle = (day: FormValues['weekdays'][number]): void => {
    const has = values.weekdays.includes(day);
    const next = weekdays.filter((other) => (other === day ? !has : values.weekdays.includes(other)));
    if (next.length > 0) onValues({ ...values, weekdays: next });
  };
  return (
    <div class="toggles" role="group" aria-label={t('onWeekdays')}>
      {ordered.map((day) => (
        <button
          key={day}
          type="button"
          aria-pressed={values.weekdays.includes(day)}
          title={weekdayName(day, 'long')}
          onClick={() => toggle(day)}
        >
          {weekdayName(day, 'short')}
        </button>
      ))}
    </div>
  );
}

function Ends({ values, onValues }: Props): VNode {
  const put = (patch: Partial<FormValues>): void => onValues({ ...values, ...patch });
  return (
    <div class="field-row">
      <SelectField
        label={t('ends')}
        value={values.ends}
        choices={[
          { value: 'never', label: t('endsNever') },
          { value: 'on', label: t('endsOn') },
          { value: 'after', label: t('endsAfter') },
        ]}
        onValue={(ends) => put({ ends })}
      />
      {values.ends === 'on' && (
        <TextField
          label={t('lastDay')}
          type="date"
          required
          min={values.startDay}
          value={values.until}
          onValue={(until) => put({ until })}
        />
      )}
      {values.ends === 'after' && (
        <TextField
          label={t('occurrences')}
          type="number"
          min="1"
          max="9999"
          required
          value={String(values.count || '')}
          onValue={(count) => put({ count: Number(count) })}
        />
      )}
    </div>
  );
}
