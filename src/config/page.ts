/** The settings as a page for people: docs/settings.md, which a test keeps as it is here. */
import type { DescribedSetting } from './setting.ts';

/** Markdown with a row for each setting, in the order of the table; the limits stand by themselves. */
export function settingsPage(settings: readonly DescribedSetting[]): string {
  const all = settings.map((setting) => ({ ...setting, isLimit: setting.help.startsWith(limit) }));
  return [
    '# Settings',
    '',
    'Made from the table in `src/config.ts`; after a change there, `UPDATE=1 npm test` writes this page anew.',
    '',
    'A setting comes from its flag, else from its variable of the environment, else from the TOML file that `--config` or',
    '`PORTCAL_CONFIG` names (`portcal.toml`: `publicUrl = "https://cal.example.com"`), else from its default. Unknown names are',
    'errors. Secrets are never taken from a flag, which everyone on the machine could see: their flags name a file, and so may a',
    'variable that ends in `_FILE`. A switch is `true` or `false` in the file and the environment; one that is on by default is turned',
    'off with `no-` before the name of its flag: `--no-timezone-service`.',
    '',
    '`npx portcal config print` shows the values and where each came from, `npx portcal config check` whether they are sound: those of its',
    'own flags, environment and file. Flags that a running server was started with are not known to it.',
    '',
    ...rows(all.filter(({ isLimit }) => !isLimit)),
    '',
    '## Limits',
    '',
    'What a client can make large ends here, with a refusal that says so. The defaults are generous for calendars and small enough',
    'that no single request keeps others waiting.',
    '',
    ...rows(all.filter(({ isLimit }) => isLimit)),
    '',
  ].join('\n');
}

const limit = 'limit: ';

function rows(settings: readonly DescribedSetting[]): readonly string[] {
  return [
    '| setting | meaning | default | flag | variable |',
    '|---|---|---|---|---|',
    ...settings.map(({ name, help, standard, flag, environment }) => {
      const meaning = escaped(help.startsWith(limit) ? help.slice(limit.length) : help);
      return `| ${name} | ${meaning} | ${code(standard)} | ${code(flag)} | ${code(environment)} |`;
    }),
  ];
}

function code(text: string): string {
  return text === '' ? '' : `\`${escaped(text)}\``;
}

/** Inside a table a bar ends a cell, also between backticks. */
function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
