/**
 * The two tables of ARCHITECTURE: who may import whom (§3), and where each third-party package lives (§2). Reads the
 * import lines of every source file.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folders, or single files where a whole folder would be too much. A folder may always import itself. */
const mayImport: Readonly<Record<string, readonly string[] | 'everything'>> = {
  // A document that is refused needs the word for it; nothing else of the rules is known there.
  xml: ['core/refusal.ts', 'core/limits.ts'],
  icalendar: [],
  observability: [],
  config: [],
  core: ['icalendar'],
  storage: ['core', 'icalendar/time.ts', 'xml/escaped-bytes.ts'],
  service: ['core', 'icalendar', 'storage/port.ts'],
  auth: ['core', 'service'],
  dav: ['core', 'xml'],
  http: ['core', 'auth', 'observability'],
  caldav: ['dav', 'service', 'core', 'icalendar', 'xml'],
  feeds: ['service', 'core', 'icalendar', 'xml', 'i18n'],
  tzdist: ['icalendar'],
  // Pages of the audit and what calendars take are told in the storage's own types.
  portal: ['service', 'core', 'icalendar', 'xml', 'i18n', 'storage/port.ts'],
  connectors: ['service', 'core', 'icalendar', 'xml', 'i18n', 'outbound'],
  // Requests to other servers: hosts, addresses, certificates, limits. What is said there is its users' business.
  outbound: [],
  outlook: ['service', 'core', 'icalendar', 'xml'],
  i18n: [],
  // The page, which runs in browsers: of the server it knows the words of its API and the catalogues.
  web: ['portal/api.ts', 'i18n'],
  app: 'everything',
  cli: 'everything',
  start: 'everything',
  'app.ts': 'everything',
  'main.ts': ['serve.ts'],
  'serve.ts': 'everything',
  'cli.ts': 'everything',
  'demo.ts': ['service', 'core', 'icalendar'],
  'config.ts': ['config', 'core/limits.ts'],
};

/** The rooms of `icalendar/`, where '' is the folder itself: each stands on some of those before it. */
const calendarRooms: Readonly<Record<string, readonly string[]>> = {
  '': [],
  recurrence: [''],
  zones: ['', 'recurrence'],
  instances: ['', 'recurrence', 'zones'],
  query: ['', 'zones', 'instances'],
  editing: ['', 'zones', 'instances'],
  import: ['', 'zones', 'instances'],
  feed: ['', 'recurrence', 'zones', 'instances', 'query', 'editing'],
};

/** The rooms of `service/`: '' is what all use cases stand on. */
const serviceRooms: Readonly<Record<string, readonly string[]>> = {
  // Services at work follow the zones of calendars, and the one memory has a place for finished exports.
  '': ['objects', 'export'],
  connectors: [''],
  files: [''],
  objects: [''],
  export: ['', 'objects'],
  calendars: ['', 'connectors', 'objects', 'export'],
  people: ['', 'objects', 'calendars'],
  sync: ['', 'objects'],
};

/** Each third-party package has one home, so replacing it is one folder's work. */
const homes: Readonly<Record<string, string>> = {
  'fast-xml-parser': 'xml',
  xmlbuilder2: 'xml',
  'ical-generator': 'icalendar',
  'better-sqlite3': 'storage',
  koa: 'http',
  'basic-auth': 'auth',
  ldapts: 'auth',
  'rate-limiter-flexible': 'auth',
  'openid-client': 'auth',
  pino: 'observability',
  'prom-client': 'observability',
  'smol-toml': 'config',
  commander: 'cli',
  'cli-progress': 'cli',
  'node-ical': 'cli',
  undici: 'outbound',
};

/** The same for what is bundled into the page: the server never loads it. */
const pageHomes: Readonly<Record<string, string>> = {
  preact: 'web',
  fullcalendar: 'web',
  'temporal-polyfill': 'web',
  uqr: 'web',
};

/** The rooms of `connectors`, and those each stands on; '' is the folder itself. No room but the provider's own knows a provider. */
const connectorRooms: Readonly<Record<string, readonly string[]>> = {
  '': ['round', 'local', 'schedule'],
  html: [],
  local: [''],
  round: ['', 'local'],
  schedule: [''],
  exchange: [
    '',
    'exchange/auth',
    'exchange/connection',
    'exchange/discovery',
    'exchange/mapping',
    'exchange/notifications',
    'exchange/operations',
    'exchange/wire',
  ],
  'exchange/wire': [''],
  'exchange/auth': [''],
  'exchange/mapping': ['', 'html', 'exchange/wire'],
  'exchange/operations': ['', 'exchange/mapping', 'exchange/wire'],
  'exchange/connection': [
    '',
    'exchange',
    'exchange/auth',
    'exchange/mapping',
    'exchange/operations',
    'exchange/wire',
  ],
  'exchange/discovery': ['', 'exchange', 'exchange/connection', 'exchange/wire'],
  'exchange/notifications': ['', 'exchange/connection', 'exchange/operations', 'exchange/wire'],
};

const source = fileURLToPath(new URL('../../src', import.meta.url));

/** `import … from 'x'`, `export … from 'x'`, `import('x')`, `import 'x'`. */
const importLine = /^(?:import|export)\b[^;']*\bfrom '([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'/gm;

interface Import {
  /** Below `src`, with forward slashes. */
  readonly file: string;
  readonly from: string;
}

const imports: readonly Import[] = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file))
  .flatMap((file) =>
    [...readFileSync(join(source, file), 'utf8').matchAll(importLine)].map(([, named, loaded, bare]) => ({
      file,
      from: named ?? loaded ?? bare ?? '',
    })),
  );

const connectorImports = imports
  .filter(({ file, from }) => file.startsWith('connectors/') && from.startsWith('.'))
  .map(({ file, from }) => ({ file, target: posix.join(posix.dirname(file), from) }));

describe('architecture', () => {
  it('has imports to judge', () => {
    assert.ok(imports.length > 100);
  });

  it('lets a folder import only what its row allows', () => {
    const broken = imports
      .filter(({ from }) => from.startsWith('.'))
      .map(({ file, from }) => ({ file, target: posix.join(posix.dirname(file), from) }))
      .filter(({ file, target }) => !allowed(file, target))
      .map(({ file, target }) => `${file}: ${area(file)} must not import ${target}`);
    assert.deepEqual(broken, []);
  });

  for (const [folder, rooms] of [
    ['icalendar', calendarRooms],
    ['service', serviceRooms],
  ] as const)
    it(`lets a room of ${folder} import only those it stands on`, () => {
      const inside = imports
        .filter(({ file, from }) => file.startsWith(`${folder}/`) && from.startsWith('.'))
        .map(({ file, from }) => ({ file, target: posix.join(posix.dirname(file), from) }))
        .filter(({ target }) => target.startsWith(`${folder}/`));
      assert.ok(inside.length > 100);
      const broken = inside
        .filter(({ file, target }) => room(file) !== room(target))
        .filter(({ file, target }) => !rooms[room(file)]?.includes(room(target)))
        .map(({ file, target }) => `${file} must not import ${target}`);
      assert.deepEqual(broken, []);
    });

  it('lets a room of the connectors import only those it stands on', () => {
    const broken = connectorImports
      .filter(({ file, target }) => room(file) !== room(target) && target.startsWith('connectors/'))
      .filter(({ file, target }) => !connectorRooms[room(file)]?.includes(room(target)))
      .map(({ file, target }) => `${file} must not import ${target}`);
    assert.deepEqual(broken, []);
    const usesEngine = connectorImports.filter(
      ({ file, target }) => room(file) !== '' && /^connectors\/(?:engine|scheduler)\.ts$/.test(target),
    );
    assert.deepEqual(
      usesEngine.filter(({ file }) => room(file) !== 'schedule'),
      [],
      'only those who say when it runs know the engine',
    );
  });

  it('lets no files of the connectors import each other in a circle', () => {
    const next = new Map<string, string[]>();
    for (const { file, target } of connectorImports) next.set(file, [...(next.get(file) ?? []), target]);
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      if (path.includes(file) || done.has(file)) return;
      for (const target of next.get(file) ?? []) walk(target, [...path, file]);
      done.add(file);
    };
    for (const file of next.keys()) walk(file, []);
    assert.deepEqual(circles, []);
  });

  it('lets a package be used only in its home', () => {
    const broken = imports
      .filter(({ from }) => !/^(?:\.|node:)/.test(from))
      .filter(({ file, from }) => homeOf(from) !== area(file).replace(/\.ts$/, ''))
      .map(
        ({ file, from }) => `${file}: ${from} belongs into ${homeOf(from) ?? 'no folder: it has no home'}`,
      );
    assert.deepEqual(broken, []);
  });

  it('has a home for each package that package.json brings, and for no other', () => {
    const manifest: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync(join(source, '../package.json'), 'utf8'),
    );
    assert.deepEqual(Object.keys(homes).sort(), Object.keys(manifest.dependencies).sort());
  });

  it('names the modules of Node by their full name', () => {
    const bare = imports.filter(({ from }) =>
      /^(?:fs|path|http|https|net|crypto|os|stream|zlib|util|events)(?:\/|$)/.test(from),
    );
    assert.deepEqual(bare, []);
  });
});

/** The folder directly below `src`, or the file where there is none. */
function area(file: string): string {
  return file.split('/')[0] ?? file;
}

/** The folder below the area, or '' for the files of the area itself. */
function room(file: string): string {
  return file.split('/').slice(1, -1).join('/');
}

function allowed(file: string, target: string): boolean {
  const row = mayImport[area(file)];
  if (row === 'everything' || area(target) === area(file)) return true;
  return row?.some((place) => place === target || place === area(target)) ?? false;
}

function homeOf(from: string): string | undefined {
  return homes[packageName(from)] ?? pageHomes[packageName(from)];
}

function packageName(from: string): string {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/');
}
