/** The table of portal.md §7 is what people read, word for word, in each language. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type ErrorText, errorText } from '../../src/i18n/errors.ts';
import { type SpokenLanguage, spokenLanguages } from '../../src/i18n/languages.ts';
import { en } from '../../src/i18n/messages/en.ts';
import { ru } from '../../src/i18n/messages/ru.ts';
import { sv } from '../../src/i18n/messages/sv.ts';

type Row = Readonly<Record<SpokenLanguage, string>> & { readonly id: string };

/** Those that the server words. */
const doorKeys = [
  'E01',
  'E02',
  'E03',
  'E04',
  'E05',
  'E06',
  'E07',
  'E08',
  'E10',
  'E11',
  'E12',
  'E13',
  'E14',
  'E15',
  'E18',
  'E20',
] as const satisfies readonly ErrorText[];

/** Of a later connector: nobody can read it yet. */
const later = ['E16'];

describe('the numbered errors', () => {
  const text = readFileSync(new URL('../../../docs/spec/portal.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (E\d\d) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(
    ([, id = '', english = '', russian = '', swedish = '']): Row => ({
      id,
      en: english,
      ru: russian,
      sv: swedish,
    }),
  );
  const page: Readonly<Record<SpokenLanguage, Readonly<Record<string, unknown>>>> = { en, ru, sv };
  const door = (language: SpokenLanguage, id: string): string | undefined => {
    const key = doorKeys.find((one) => one === id);
    return key && errorText(language, key);
  };

  it('are twenty', () => {
    assert.deepEqual(
      rows.map(({ id }) => id),
      Array.from({ length: 20 }, (_, at) => `E${String(at + 1).padStart(2, '0')}`),
    );
  });

  for (const row of rows.filter(({ id }) => !later.includes(id)))
    it(`${row.id} is said as it is written down`, () => {
      for (const language of spokenLanguages) {
        const said = [door(language, row.id), page[language][row.id]].filter((one) => one !== undefined);
        assert.ok(said.length > 0, `nobody says ${row.id} in ${language}`);
        for (const one of said) assert.equal(one, row[language]);
      }
    });
});
