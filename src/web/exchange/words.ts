/** The words of this part of the page, in the language that the page speaks; loaded with the part. */
import { type ExchangeKey, type ExchangeMessages, exchangeEn } from '../../i18n/messages/exchange-en.ts';
import type { Language } from '../../portal/api.ts';
import { filled, language, type Values } from '../text.ts';

const catalogues = new Map<Language, ExchangeMessages>([['en', exchangeEn]]);

const loaders: Readonly<Record<Exclude<Language, 'en'>, () => Promise<ExchangeMessages>>> = {
  ru: async () => (await import('../../i18n/messages/exchange-ru.ts')).exchangeRu,
  sv: async () => (await import('../../i18n/messages/exchange-sv.ts')).exchangeSv,
};

/** Loads the words of a language; until then English stands in. */
export async function loadWords(wanted: Language): Promise<void> {
  if (wanted === 'en' || catalogues.has(wanted)) return;
  catalogues.set(wanted, await loaders[wanted]());
}

export function te(key: ExchangeKey, values: Values = {}): string {
  return filled((catalogues.get(language()) ?? exchangeEn)[key], values);
}

/** Words for a code of the server; `other` where the catalogue has none. */
export function teCode(prefix: string, code: string, other: ExchangeKey, values: Values = {}): string {
  const key = `${prefix}_${code.replaceAll('-', '_')}`;
  return te(isKey(key) ? key : other, values);
}

export function isKey(key: string): key is ExchangeKey {
  return Object.hasOwn(exchangeEn, key);
}

/** Why an event is left alone, as a sentence; its code says the rest to support. */
export function issueText(code: string): string {
  const own = `issue_${code.replaceAll('-', '_')}`;
  if (isKey(own)) return te(own);
  return te(kinds[code] ?? (/^[A-Z]/.test(code) ? 'fault_there' : 'fault_here'));
}

/** Codes of the engine; those of Exchange begin with a capital. */
const kinds: Readonly<Record<string, ExchangeKey>> = {
  exrule: 'fault_series',
  'no-instances': 'fault_series',
  'rdate-period': 'fault_series',
  'recurrence-unsupported': 'fault_series',
  'this-and-following': 'fault_series',
  'occurrence-beside-rule': 'fault_series',
  'end-before-start': 'fault_time',
  'duration-too-long': 'fault_time',
  'no-start': 'fault_time',
  'unreadable-time': 'fault_time',
  'too-large': 'fault_size',
  frozen: 'fault_loop',
  loop: 'fault_loop',
};
