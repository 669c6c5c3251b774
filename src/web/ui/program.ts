/** What people call the program that a request came from; its own name for itself is a line long. */
import { t } from '../text.ts';

/** The more particular first: each of them also claims to be those below. */
const browsers: readonly (readonly [word: string, name: string])[] = [
  ['Thunderbird/', 'Thunderbird'],
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['YaBrowser/', 'Yandex Browser'],
  ['Vivaldi/', 'Vivaldi'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];

const systems: readonly (readonly [word: string, name: string])[] = [
  ['Android', 'Android'],
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Windows', 'Windows'],
  ['Macintosh', 'Mac'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
];

/** Programs for calendars, by how they begin. */
const apps: readonly (readonly [word: string, name: string])[] = [
  ['iOS/', 'iPhone / iPad'],
  ['macOS/', 'Mac'],
  ['Mac+OS+X/', 'Mac'],
  ['Mac OS X/', 'Mac'],
  ['DAVx5/', 'DAVx⁵'],
  ['ICSx5/', 'ICSx⁵'],
  ['Google-Calendar', 'Google'],
  ['Microsoft Office/', 'Outlook'],
];

/** `Firefox on Windows`, `Thunderbird on Linux`, `DAVx⁵`; else the first word of what it calls itself. */
export function programName(program: string): string {
  const app = apps.find(([word]) => program.startsWith(word))?.[1];
  if (app !== undefined) return app;
  const [browser, system] = [browsers, systems].map(
    (known) => known.find(([word]) => program.includes(word))?.[1],
  );
  if (browser !== undefined && system !== undefined) return t('browserOn', { browser, system });
  return browser ?? system ?? /^[^\s/(]+/.exec(program)?.[0] ?? program;
}
