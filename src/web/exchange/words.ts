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
