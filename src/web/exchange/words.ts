/** The words of this part of the page, in the language that the page speaks; loaded with the part. */
import { issueKey, keyFor, noteKey, reasonKeys } from '../../i18n/exchange-words.ts';
import { type ExchangeKey, type ExchangeMessages, exchangeEn } from '../../i18n/messages/exchange-en.ts';
import type { ExchangeReason, ExchangeRun, Language } from '../../portal/api.ts';
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
  return te(keyFor(prefix, code) ?? other, values);
}

/** Why an event is left alone, as a sentence. */
export function issueText(code: string): string {
  return te(issueKey(code));
}

/** What a run had to guess or could not say, as a sentence with its count. */
export function noteText({ code, count }: ExchangeRun['notes'][number]): string {
  const key = noteKey(code);
  return `${key === undefined ? code : te(key)} (${count})`;
}

export function reasonText(reason: ExchangeReason | null, code: string | null = null): string {
  return reasonKeys(reason, code)
    .map((key) => te(key))
    .join(' ');
}
