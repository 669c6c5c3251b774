/** What README and docs tell people to type, and where they send them: it is there. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describedSettings } from '../src/config.ts';
import { type Terminal, terminal } from './cli/terminal.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = ['README.md', 'CHANGELOG.md', ...below('docs'), 'conformance/README.md'];
/** For those who run the server; the specifications describe more than is built. */
const manual = ['README.md', 'CHANGELOG.md', 'docs/operation.md', 'docs/exchange.md', 'docs/settings.md'];

describe('the documents', () => {
  let at: Terminal;
  before(async () => {
    at = await terminal();
  });
  after(() => at.close());

  it('lead to files that are there', () => {
    const broken = pages.flatMap((page) =>
      [...textOf(page).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, target = '']) => join(dirname(page), target))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it('name commands and flags that there are', async () => {
    const told = manual.flatMap((page) => commandsIn(textOf(page)).map((words) => ({ page, words })));
    assert.ok(told.length > 20, 'they are found');
    for (const { page, words } of told) {
      const [flags, names] = [
        words.filter((word) => word.startsWith('--')),
        words.filter((word) => !word.startsWith('-')),
      ];
      const help = await helpOf(names);
      assert.ok(help, `${page}: portcal ${words.join(' ')}`);
      for (const flag of flags) assert.ok(help.includes(`${flag} `), `${page}: portcal ${words.join(' ')}`);
    }
  });

  it('name settings that there are', () => {
    const settings = describedSettings();
    const variables = new Set(settings.map(({ environment }) => environment));
    for (const page of manual) {
      for (const [variable] of textOf(page).matchAll(/\bPORTCAL_[A-Z_]+\b/g)) {
        const isKnown =
          variables.has(variable.replace(/_FILE$/, '')) || /^PORTCAL_(?:CONFIG$|EXCHANGE_)/.test(variable);
        assert.ok(isKnown, `${page}: ${variable}`);
      }
    }
    const flags = new Set(settings.map(({ flag }) => flag.split(' ', 1)[0]));
    const [, table = ''] = /\| flag \| default \|([\s\S]*?)\n\n/.exec(textOf('README.md')) ?? [];
    const told = [...table.matchAll(/`(--[a-z-]+)/g)].map(([, flag]) => flag);
    assert.ok(told.length > 5, 'they are found');
    for (const flag of told) assert.ok(flags.has(flag), flag);
  });

  it('say of each line of the demands whether it holds, and by which test that there is', () => {
    const [clients, caldav] = [textOf('docs/spec/clients.md'), textOf('docs/spec/caldav.md')];
    const tables = sections(textOf('docs/spec/kept.md')).map(keptLines);
    assert.deepEqual(
      tables.map((rows) => rows.map(({ line }) => line)),
      [
        named(clients, /^- (W\d+)\./gm),
        named(clients, /^### (2\.\d+) /gm),
        named(clients, /^\| (\d+) \|/gm),
        named(sections(clients)[3], /^\| ([A-Z][^|(]*?) (?:\([^|]*)?\|/gm),
        named(caldav, /^\| (\d+) \|/gm),
        named(sections(caldav)[1], /^(\d+)\. /gm).map((line) => `2.${line}`),
        named(sections(caldav)[3], /(?:^|\. )([A-Za-z/]+):/gm),
      ],
    );
    assertHeld(tables.flat());
  });

  it('say of each section about Exchange whether it holds, and by which test that there is', () => {
    const exchange = textOf('docs/spec/exchange.md');
    const lines = keptLines(textOf('docs/spec/kept-exchange.md'));
    const told = new Set(lines.map(({ line }) => line));
    assert.equal(told.size, lines.length);
    const parts = named(exchange, /^### (\d+\.\d+) /gm);
    const whole = named(exchange, /^## (\d+)\. /gm).filter(
      (section) => !told.has(section) && !lines.some(({ line }) => line.startsWith(`${section}.`)),
    );
    assert.deepEqual(whole, []);
    assert.deepEqual(
      parts.filter((part) => !told.has(part)),
      [],
    );
    assertHeld(lines);
  });

  it('draw the house with each folder that it has, two levels deep, and no other', () => {
    const [, map = ''] = /^## 2\. Folders\n+```\n([\s\S]*?)^```$/m.exec(textOf('docs/architecture.md')) ?? [];
    const [, house = ''] = map.split(/^src\/$/m);
    const drawn = new Set(named(house, /([\w-]+)\/(?=\s)/g));
    const there = folders('src').flatMap((outer) => [outer, ...folders(`src/${outer}`)]);
    assert.deepEqual(
      there.filter((folder) => !drawn.has(folder)),
      [],
    );
    const all = new Set(
      readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((path) => basename(path)),
    );
    const files = named(house, /(?<![\w/.*-])([\w-]+\.(?:ts|mjs))(?=[\s;,]|$)/gm).filter(
      (name) => !name.startsWith('NNNN'),
    );
    assert.deepEqual(
      [...drawn, ...files].filter((name) => !all.has(name)),
      [],
    );
  });

  it('say where changes begin by files and folders that are there', () => {
    const [, table = ''] = /^## 14\. [\s\S]*?\n\n(\|[\s\S]*)$/m.exec(textOf('docs/architecture.md')) ?? [];
    const paths = named(table, /`([\w./-]+)`/g);
    assert.ok(paths.length > 40, 'they are found');
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, 'src', path)) && !existsSync(join(root, path))),
      [],
    );
  });

  it('have each section of the demands and of the design that a comment cites', () => {
    const cited = ['src', 'test', 'conformance'].flatMap((folder) =>
      programs(folder).flatMap((file) => citations(textOf(file)).map((cite) => ({ file, ...cite }))),
    );
    assert.ok(cited.length > 300, `they are found: ${cited.length}`);
    const sectionsOf = new Map(
      [...new Set(cited.map(({ page }) => page))].map((page) => [page, sectionNames(textOf(`docs/${page}`))]),
    );
    assert.deepEqual(
      cited.filter(({ page, section }) => !sectionsOf.get(page)?.has(section)),
      [],
    );
  });

  it('name scripts of npm that there are', () => {
    const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
      textOf('package.json'),
    );
    for (const page of pages)
      for (const [, name = ''] of textOf(page).matchAll(/\bnpm run ([\w:-]+)/g))
        assert.ok(name in scripts, `${page}: npm run ${name}`);
  });

  /** Of a command of one word or two; `undefined`: there is none. */
  async function helpOf([family = '', verb = '']: readonly string[]): Promise<string | undefined> {
    if (family === 'serve')
      return ['--help', ...describedSettings().map(({ flag }) => flag)].map((flag) => `${flag} `).join('\n');
    for (const words of [[family, verb], [family]]) {
      const said = await at.run([...words, '--help']);
      if (said.code === 0 && said.out.startsWith(`Usage: portcal ${words.join(' ')} `)) return said.out;
    }
    return undefined;
  }
});

interface KeptLine {
  readonly line: string;
  readonly holds: string;
  readonly by: readonly string[];
}

function keptLines(table: string): readonly KeptLine[] {
  return [...table.matchAll(/^\| (?!line |---)([^|]+) \| ([^|]+) \| ([^|\n]*)\|$/gm)].map(
    ([, line = '', holds = '', by = '']) => ({ line, holds, by: named(by, /`([^`]+)`/g) }),
  );
}

function assertHeld(lines: readonly KeptLine[]): void {
  const suites = textOf('conformance/README.md');
  for (const { line, holds, by } of lines) {
    assert.match(holds, /^(?:yes|in part|no|out)\b/, line);
    assert.ok(by.length > 0 || holds.startsWith('out'), line);
    for (const name of by) {
      const [, suite] = /^conformance (.+)$/.exec(name) ?? [];
      const file = name.startsWith('test/') ? name : `test/${name}.test.ts`;
      assert.ok(suite ? suites.includes(suite) : existsSync(join(root, file)), `${line}: ${name}`);
    }
  }
}

/** What stands below each heading of the second level. */
function sections(text: string): readonly string[] {
  return text.split(/^## .*$/m).slice(1);
}

function named(text: string | undefined, pattern: RegExp): readonly string[] {
  return [...(text ?? '').matchAll(pattern)].map(([, name = '']) => name);
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

function folders(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

interface Citation {
  /** Below docs/. */
  readonly page: string;
  readonly section: string;
}

/** `clients.md W35`, `exchange.md §8.5`, `caldav.md, priority 7`, `STYLE §4`. */
function citations(text: string): readonly Citation[] {
  const demands = text.matchAll(
    /\b(caldav|clients|exchange|outlook|performance|portal)\.md,?(?:\s|\*|\/\/)+(?:§|(?:sections?|demands?|parts?|priority)(?:\s|\*)+)?(W?\d+(?:\.\d+)*)/g,
  );
  const design = text.matchAll(/\b(ARCHITECTURE|STYLE)\s§(\d+)/g);
  return [
    ...[...demands].map(([, page = '', section = '']) => ({ page: `spec/${page}.md`, section })),
    ...[...design].map(([, page = '', section = '']) => ({ page: `${page.toLowerCase()}.md`, section })),
  ];
}

/** Headings by their numbers; numbered lines and rows by theirs, alone and behind the heading that they stand below. */
function sectionNames(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  let heading = '';
  for (const line of text.split('\n')) {
    const [, under] = /^#+ (\d+(?:\.\d+)*)/.exec(line) ?? [];
    const [, item] = /^(?:- |\| )?(W?\d+)(?:\.| \|)/.exec(line) ?? [];
    if (under !== undefined) heading = under;
    if (under !== undefined) names.add(under);
    if (item !== undefined) names.add(item).add(`${heading}.${item}`);
  }
  return names;
}

function programs(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|tsx|mjs)$/.test(name))
    .map((name) => `${folder}/${name}`);
}

function below(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

/** The words of each command in code: spans between backticks and lines of blocks. */
function commandsIn(text: string): readonly (readonly string[])[] {
  const spans = [...text.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  const lines = text.split('\n').filter((line) => /^(?: {4}(?:npx )?|npx )portcal /.test(line));
  return [...spans, ...lines]
    .map((code) => /^\s*(?:npx )?portcal ((?:[\w./@:"'=-]+ ?)+)/.exec(code)?.[1])
    .filter((words) => words !== undefined)
    .map((words) => words.trim().split(/ +/))
    .filter(([first = '']) => first !== '' && !first.startsWith('--'));
}
