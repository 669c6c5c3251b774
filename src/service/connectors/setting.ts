/** Kinds of settings of a connector: what a value may be, and the sentence when it is not. */
import { Refusal } from '../../core/refusal.ts';

export type SettingGroup = 'server' | 'access' | 'schedule' | 'rules' | 'limits';

export interface Guard {
  readonly count: number;
  readonly percent: number;
}

/** One row of the table of settings. `read` takes what JSON or a form gave, and refuses `invalid-property`. */
export interface ConnectorSetting<Value> {
  readonly type: 'boolean' | 'number' | 'text' | 'choice' | 'list' | 'guard';
  readonly group: SettingGroup;
  readonly default: Value;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly read: (given: unknown, name: string) => Value;
  /** From the text of an environment variable. */
  readonly fromText: (given: string) => unknown;
}

export function wrong(name: string, wanted: string): Refusal {
  return new Refusal('invalid-property', `${name}: ${wanted}`);
}

export function flag(group: SettingGroup, standard: boolean, help: string): ConnectorSetting<boolean> {
  return {
    type: 'boolean',
    group,
    default: standard,
    help,
    read(given, name) {
      if (typeof given === 'boolean') return given;
      throw wrong(name, 'wanted true or false');
    },
    fromText: (given) =>
      /^(true|1|yes|on)$/i.test(given) ? true : /^(false|0|no|off)$/i.test(given) ? false : given,
  };
}

export function integer(
  group: SettingGroup,
  standard: number,
  [min, max]: readonly [number, number],
  help: string,
): ConnectorSetting<number> {
  return {
    type: 'number',
    group,
    default: standard,
    help,
    min,
    max,
    read: (given, name) => wholeNumber(given, name, min, max),
    fromText: Number,
  };
}

/** A whole number, or null for none. */
export function limit(
  group: SettingGroup,
  [min, max]: readonly [number, number],
  help: string,
): ConnectorSetting<number | null> {
  return {
    type: 'number',
    group,
    default: null,
    help,
    min,
    max,
    read: (given, name) => (given === null ? null : wholeNumber(given, name, min, max)),
    fromText: (given) => (given === '' ? null : Number(given)),
  };
}

function wholeNumber(given: unknown, name: string, min: number, max: number): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= min && given <= max) return given;
  throw wrong(name, `wanted a whole number from ${min} to ${max}`);
}

const maxTextLength = 100_000;

/** `check` answers what was wanted, or undefined when it is well; the empty text is none and always well. */
export function text(
  group: SettingGroup,
  standard: string,
  help: string,
  check: (value: string) => string | undefined = () => undefined,
): ConnectorSetting<string> {
  return {
    type: 'text',
    group,
    default: standard,
    help,
    read(given, name) {
      // A cleared field.
      if (given === null) return '';
      if (typeof given !== 'string' || given.length > maxTextLength) throw wrong(name, 'wanted a text');
      const value = given.trim();
      const wanted = value === '' ? undefined : check(value);
      if (wanted !== undefined) throw wrong(name, wanted);
      return value;
    },
    fromText: (given) => given,
  };
}

export function choice<Value extends string>(
  group: SettingGroup,
  standard: NoInfer<Value>,
  choices: readonly Value[],
  help: string,
): ConnectorSetting<Value> {
  return {
    type: 'choice',
    group,
    default: standard,
    help,
    choices,
    read: (given, name) => oneOf(given, name, choices),
    fromText: (given) => given,
  };
}

const maxListLength = 20_000;

/** Texts without blanks at their ends, each once. */
export function list(
  group: SettingGroup,
  help: string,
  normal: (value: string) => string = (value) => value,
): ConnectorSetting<readonly string[]> {
  return {
    type: 'list',
    group,
    default: [],
    help,
    read: (given, name) => [...new Set(texts(given, name).map(normal))],
    fromText: parts,
  };
}

/** Some of `choices`, in an order that matters; at least one. */
export function order<Value extends string>(
  group: SettingGroup,
  standard: readonly NoInfer<Value>[],
  choices: readonly Value[],
  help: string,
): ConnectorSetting<readonly Value[]> {
  return {
    type: 'list',
    group,
    default: standard,
    help,
    choices,
    read(given, name) {
      const values = texts(given, name).map((value) => oneOf(value, name, choices));
      if (values.length === 0) throw wrong(name, `wanted one or more of ${choices.join(', ')}`);
      return [...new Set(values)];
    },
    fromText: parts,
  };
}

/** With fewer choices in the form: the others are known, and refused with a reason. */
export function offering<Value>(
  setting: ConnectorSetting<Value>,
  choices: readonly string[],
): ConnectorSetting<Value> {
  return { ...setting, choices };
}

export function guard(group: SettingGroup, standard: Guard, help: string): ConnectorSetting<Guard> {
  return {
    type: 'guard',
    group,
    default: standard,
    help,
    read(given, name) {
      if (typeof given !== 'object' || given === null) throw wrong(name, 'wanted count and percent');
      return {
        count: wholeNumber(Reflect.get(given, 'count'), `${name}.count`, 1, 1_000_000),
        percent: wholeNumber(Reflect.get(given, 'percent'), `${name}.percent`, 1, 100),
      };
    },
    fromText(given) {
      const [count, percent] = parts(given).map(Number);
      return { count, percent };
    },
  };
}

function oneOf<Value extends string>(given: unknown, name: string, choices: readonly Value[]): Value {
  const value = choices.find((one) => one === given);
  if (value === undefined) throw wrong(name, `wanted one of ${choices.join(', ')}`);
  return value;
}

function texts(given: unknown, name: string): readonly string[] {
  if (!Array.isArray(given) || given.length > maxListLength) throw wrong(name, 'wanted a list');
  return given.flatMap((value: unknown) => {
    if (typeof value !== 'string' || value.length > 1024) throw wrong(name, 'wanted a list of texts');
    return value.trim() === '' ? [] : [value.trim()];
  });
}

function parts(given: string): readonly string[] {
  return given.split(/[,\s]+/).filter((part) => part !== '');
}
