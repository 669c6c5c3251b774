/** Words, dates and numbers in the person's language. The catalogue of one language is loaded, not all three. */
import { spokenLanguage } from '../i18n/languages.ts';
import type { MessageKey, Messages } from '../i18n/messages/en.ts';
import type { Language } from '../portal/api.ts';
import { app } from './state/app-state.ts';

export type Values = Readonly<Record<string, string | number>>;

let messages: Messages | undefined;
let current: Language = 'en';
let plurals = new Intl.PluralRules('en');

const loaders: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: async () => (await import('../i18n/messages/en.ts')).en,
  ru: async () => (await import('../i18n/messages/ru.ts')).ru,
  sv: async () => (await import('../i18n/messages/sv.ts')).sv,
};

export async function speak(language: Language): Promise<void> {
  if (messages !== undefined && language === current) return;
  messages = await loaders[language]();
  current = language;
  plurals = new Intl.PluralRules(language);
  document.documentElement.lang = language;
  app.set({ languageVersion: app.get().languageVersion + 1 });
}

export function browserLanguage(fallback: Language): Language {
  for (const tag of navigator.languages) {
    const language = spokenLanguage(tag);
    if (language) return language;
  }
  return fallback;
}

export function language(): Language {
  return current;
}

/** The locale for dates: British order of day and month in English, unless the browser itself says which English. */
export function locale(): string {
  const own = navigator.languages.find((tag) => tag.toLowerCase().startsWith(`${current}-`));
  return own ?? (current === 'en' ? 'en-GB' : current);
}

/** A message with its values put in; where it has plural forms, `n` chooses. */
export function t(key: MessageKey, values: Values = {}): string {
  const message = messages?.[key];
  return message === undefined ? '' : filled(message, values);
}

/** The same for messages of parts that bring a catalogue of their own. */
export function filled(message: Messages[MessageKey], values: Values): string {
  const n = Number(values['n'] ?? 0);
  const text = typeof message === 'string' ? message : (message[plurals.select(n)] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(current).format(value) : value;
  });
}
