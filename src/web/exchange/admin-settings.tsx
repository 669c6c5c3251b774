/** A form drawn from the server's table of settings: a new row there is a new field here. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { isKey } from '../../i18n/exchange-words.ts';
import type { ExchangeSetting, ExchangeSettingsPatch, ExchangeSettingValue } from '../../portal/api.ts';
import { language, t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { CheckField, Form, SelectField, TextArea, TextField } from '../ui/fields.tsx';
import { loadWords, te } from './words.ts';

type Values = Readonly<Record<string, ExchangeSettingValue>>;

const groups = [
  'server',
  'access',
  'schedule',
  'rules',
  'limits',
] as const satisfies ExchangeSetting['group'][];

export function SettingsForm(props: {
  readonly settings: readonly ExchangeSetting[];
  readonly onKeep: (patch: ExchangeSettingsPatch) => Promise<void>;
}): VNode {
  const [changed, setChanged] = useState<Values>({});
  const change = (key: string, value: ExchangeSettingValue): void => setChanged({ ...changed, [key]: value });
  return (
    <Form class="card-form" onSubmit={() => props.onKeep({ settings: changed })} submitLabel={t('save')}>
      {groups.map((group) => (
        <Card key={group} title={te(`group_${group}`)}>
          <div class="field-grid">
            {props.settings
              .filter((setting) => setting.group === group)
              .map((setting) => (
                <Field
                  key={setting.key}
                  setting={setting}
                  value={changed[setting.key] === undefined ? setting.value : (changed[setting.key] ?? null)}
                  onValue={(value) => change(setting.key, value)}
                />
              ))}
          </div>
        </Card>
      ))}
    </Form>
  );
}

interface FieldProps {
  readonly setting: ExchangeSetting;
  readonly value: ExchangeSettingValue;
  readonly onValue: (value: ExchangeSettingValue) => void;
}

function Field(props: FieldProps): VNode {
  return fields[props.setting.type](props, labelOf(props.setting.key));
}

const fields: Readonly<Record<ExchangeSetting['type'], (props: FieldProps, label: string) => VNode>> = {
  boolean: ({ value, onValue }, label) => (
    <CheckField label={label} checked={value === true} onChecked={onValue} />
  ),
  choice: ({ setting, value, onValue }, label) => (
    <SelectField
      label={label}
      value={textOf(value)}
      choices={(setting.choices ?? []).map((value) => ({ value, label: choiceOf(setting.key, value) }))}
      onValue={onValue}
    />
  ),
  number: ({ setting, value, onValue }, label) => (
    <TextField
      label={label}
      type="number"
      value={textOf(value)}
      {...(setting.min !== undefined && { min: String(setting.min) })}
      {...(setting.max !== undefined && { max: String(setting.max) })}
      onValue={(text) => onValue(text === '' ? null : Number(text))}
    />
  ),
  list: ({ value, onValue }, label) => (
    <TextArea
      label={`${label} (${te('oneLine')})`}
      value={listOf(value).join('\n')}
      onValue={(text) => onValue(text.split('\n'))}
    />
  ),
  guard: ({ value, onValue }, label) => <Guard label={label} value={value} onValue={onValue} />,
  text: ({ value, onValue }, label) => <TextField label={label} value={textOf(value)} onValue={onValue} />,
};

function Guard(props: {
  readonly label: string;
  readonly value: ExchangeSettingValue;
  readonly onValue: (value: ExchangeSettingValue) => void;
}): VNode {
  const parts: object = typeof props.value === 'object' && props.value !== null ? props.value : {};
  const part = (key: 'count' | 'percent'): VNode => (
    <TextField
      label={te(key === 'count' ? 'guardCount' : 'guardPercent', { label: props.label })}
      type="number"
      min="1"
      {...(key === 'percent' && { max: '100' })}
      value={String(Reflect.get(parts, key) ?? '')}
      onValue={(text) =>
        props.onValue({
          count: Number(Reflect.get(parts, 'count')),
          percent: Number(Reflect.get(parts, 'percent')),
          [key]: Number(text),
        })
      }
    />
  );
  return (
    <>
      {part('count')}
      {part('percent')}
    </>
  );
}

function textOf(value: ExchangeSettingValue): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function listOf(value: ExchangeSettingValue): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** What the form calls its settings, once the words of the language are there. */
export async function settingNames(): Promise<(key: string) => string> {
  await loadWords(language());
  return labelOf;
}

function labelOf(key: string): string {
  const name = `set_${key}`;
  return isKey(name) ? te(name) : isKey(key) ? te(key) : key;
}

/** In words; a name of the protocol as it is. */
function choiceOf(key: string, value: string): string {
  const word = `choice_${key}_${value}`;
  return isKey(word) ? te(word) : value;
}
