/**
 * The languages that people are spoken to in: the one list of them. Another one begins here, and wherever it lacks words the
 * compiler says so.
 */

export type SpokenLanguage = 'en' | 'ru' | 'sv';

export const spokenLanguages: readonly SpokenLanguage[] = ['en', 'ru', 'sv'];

/** Each in its own tongue: who needs it cannot read the others. */
export const languageNames: Readonly<Record<SpokenLanguage, string>> = {
  en: 'English',
  ru: 'Русский',
  sv: 'Svenska',
};

/** The language that is meant by a tag such as `ru-RU`; undefined for others than ours. */
export function spokenLanguage(tag: string): SpokenLanguage | undefined {
  const [primary] = tag.trim().toLowerCase().split(/[-_;]/, 1);
  return spokenLanguages.find((language) => language === primary);
}

/** The first of ours in an `Accept-Language` header, in the order in which it stands (RFC 9110 §12.5.4). */
export function acceptedLanguage(header: string | undefined): SpokenLanguage | undefined {
  for (const tag of (header ?? '').slice(0, 500).split(',')) {
    const language = spokenLanguage(tag);
    if (language) return language;
  }
  return undefined;
}
