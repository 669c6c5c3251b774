/** Where values of settings come from: a TOML file, the environment, flags. The later of these wins. */
import { reasonOf } from './reason.ts';
import { type Setting, SettingError } from './setting.ts';

export type Origin = 'default' | 'file' | 'environment' | 'flag';

export interface Sources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Contents of a text file; throws if there is none. */
  readonly readFile: (path: string) => string;
}

export interface Found {
  readonly values: ReadonlyMap<string, { readonly value: unknown; readonly origin: Origin }>;
  /** Arguments that are no flags. */
  readonly rest: readonly string[];
  readonly helpWanted: boolean;
}

type Table = Readonly<Record<string, Setting<unknown>>>;
type Values = Map<string, { value: unknown; origin: Origin }>;

const prefix = 'PORTCAL_';

/** `publicUrl` as a flag: `public-url`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `publicUrl` in the environment: `PORTCAL_PUBLIC_URL`. */
export function environmentName(name: string): string {
  return `${prefix}${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}

/** Values from all sources, each read by its entry of the table. Refuses what the table does not know. */
export async function readSources(table: Table, sources: Sources): Promise<Found> {
  const flags = readFlags(table, sources);
  const file = flags.config ?? sources.env[`${prefix}CONFIG`];
  const values: Values = new Map();
  if (file !== undefined && file !== '') await readConfigFile(table, file, sources, values);
  readEnvironment(table, sources, values);
  for (const [name, given] of flags.values) values.set(name, given);
  return { values, rest: flags.rest, helpWanted: flags.helpWanted };
}

// Flags

interface Flags {
  readonly values: Values;
  readonly config: string | undefined;
  readonly rest: readonly string[];
  readonly helpWanted: boolean;
}

function readFlags(table: Table, sources: Sources): Flags {
  const byFlag = flagsOf(table);
  const values: Values = new Map();
  const rest: string[] = [];
  const waiting = [...sources.argv];
  let config: string | undefined;
  let helpWanted = false;
  for (let argument = waiting.shift(); argument !== undefined; argument = waiting.shift()) {
    if (argument === '--help' || argument === '-h') {
      helpWanted = true;
      continue;
    }
    if (!argument.startsWith('--')) {
      rest.push(argument);
      continue;
    }
    const equals = argument.indexOf('=');
    const written = equals < 0 ? argument : argument.slice(0, equals);
    const meant = byFlag.get(written);
    if (written !== '--config' && meant === undefined) throw unknownFlag(table, written, [...byFlag.keys()]);
    const given = equals < 0 ? (meant?.implied ?? waiting.shift()) : argument.slice(equals + 1);
    if (given === undefined) throw new SettingError(`${written} needs a value`);
    if (meant === undefined) config = given;
    else values.set(meant.name, { value: meant.read(given, written, sources), origin: 'flag' });
  }
  return { values, config, rest, helpWanted };
}

interface FlagMeaning {
  readonly name: string;
  /** For switches: the value of a flag without one. */
  readonly implied?: string;
  readonly read: (given: string, place: string, sources: Sources) => unknown;
}

function flagsOf(table: Table): ReadonlyMap<string, FlagMeaning> {
  const flags = new Map<string, FlagMeaning>();
  for (const [name, setting] of Object.entries(table)) {
    const flag = `--${kebab(name)}`;
    const read = (given: string, place: string): unknown => readValue(setting, given, place);
    if (setting.isSecret) {
      flags.set(`${flag}-file`, {
        name,
        read: (path, place, sources) => readSecretFile(path, sources, place),
      });
    } else if (typeof setting.default === 'boolean') {
      flags.set(flag, { name, implied: 'true', read });
      flags.set(`--no-${kebab(name)}`, { name, implied: 'false', read });
    } else {
      flags.set(flag, { name, read });
    }
  }
  return flags;
}

function unknownFlag(table: Table, written: string, known: readonly string[]): SettingError {
  const secretName = Object.keys(table).find(
    (name) => table[name]?.isSecret && written === `--${kebab(name)}`,
  );
  if (secretName === undefined)
    return new SettingError(`unknown flag ${written}${suggestion(written, known)}`);
  return new SettingError(
    `${written} would show a secret to everyone on this machine: use ${written}-file or ${environmentName(secretName)}`,
  );
}

// Environment

function readEnvironment(table: Table, sources: Sources, values: Values): void {
  const byVariable = new Map(Object.keys(table).map((name) => [environmentName(name), name]));
  for (const [variable, given] of Object.entries(sources.env)) {
    if (!variable.startsWith(prefix) || variable === `${prefix}CONFIG` || given === undefined) continue;
    const name = byVariable.get(variable);
    const setting = name === undefined ? undefined : table[name];
    if (name !== undefined && setting !== undefined) {
      values.set(name, { value: readValue(setting, given, variable), origin: 'environment' });
      continue;
    }
    // Settings of the connector live in the database; these are their seeds (service/connectors/settings-file.ts).
    if (name === undefined && variable.startsWith(`${prefix}EXCHANGE_`)) continue;
    const direct = variable.replace(/_FILE$/, '');
    const secretName = byVariable.get(direct);
    if (secretName === undefined || !table[secretName]?.isSecret)
      throw new SettingError(`unknown setting ${variable}${suggestion(variable, [...byVariable.keys()])}`);
    if (sources.env[direct] !== undefined) throw new SettingError(`${variable} and ${direct} are both set`);
    values.set(secretName, { value: readSecretFile(given, sources, variable), origin: 'environment' });
  }
}

// File

async function readConfigFile(table: Table, path: string, sources: Sources, values: Values): Promise<void> {
  const { parse } = await import('smol-toml'); // Only here, because most servers start without a file.
  const entries = readOrRefuse(path, () => parse(sources.readFile(path)));
  for (const [key, written] of Object.entries(entries)) {
    const place = `${path}: ${key}`;
    const setting = Object.hasOwn(table, key) ? table[key] : undefined;
    if (setting !== undefined) {
      values.set(key, { value: readValue(setting, asText(written, place), place), origin: 'file' });
      continue;
    }
    const secretName = key.replace(/File$/, '');
    if (!key.endsWith('File') || !Object.hasOwn(table, secretName) || !table[secretName]?.isSecret)
      throw new SettingError(`${path}: unknown setting ${key}${suggestion(key, Object.keys(table))}`);
    const value = readSecretFile(asText(written, place), sources, place);
    values.set(secretName, { value, origin: 'file' });
  }
}

/** Values of a TOML file in the form flags have, so that one reader serves all sources. */
function asText(value: unknown, place: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'string')) return value.join(',');
  throw new SettingError(`${place}: wanted a text, a number, true or false, or a list of texts`);
}

// All

function readValue(setting: Setting<unknown>, given: string, place: string): unknown {
  return readOrRefuse(place, () => setting.read(given));
}

/** The whole file but the line end that editors add. */
function readSecretFile(path: string, sources: Sources, place: string): string {
  return readOrRefuse(place, () => sources.readFile(path).replace(/\r?\n$/, ''));
}

function readOrRefuse<Value>(place: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    // The TOML reader's message has several lines; the first says what is wrong.
    const [message] = (reasonOf(error) ?? (error instanceof Error ? error.message : String(error))).split(
      '\n',
    );
    const sentence = message?.startsWith(place) ? message : `${place}: ${message}`;
    throw new SettingError(sentence, { cause: error });
  }
}

/** ` (did you mean …?)` for a name that differs by two letters at most. */
function suggestion(wrong: string, known: readonly string[]): string {
  let near: string | undefined;
  let least = 3;
  for (const name of known) {
    const distance = editDistance(wrong.toLowerCase(), name.toLowerCase());
    if (distance < least) [near, least] = [name, distance];
  }
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
