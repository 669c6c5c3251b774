/**
 * Paths as the log and the metrics see them: the words that the server chose stay, everything that people, clients
 * or the random source chose becomes `*`. Names, addresses and the secret tokens of feeds are in the latter.
 */
const ownWords = new Set([
  '.well-known',
  'caldav',
  'dav',
  'principals',
  'calendars',
  'files',
  'feed',
  'robots.txt',
  'api',
  'v1',
  'session',
  'proxy',
  'me',
  'events',
  'stream',
  'links',
  'app-passwords',
  'people',
  'trash',
  'refused',
  'admin',
  'assets',
  'setup',
  'c',
  'connect',
  'exchange',
  'status',
  'sync',
  'runs',
  'health',
  'healthz',
  'readyz',
]);

/** What stands behind these was chosen by people or the random source: somebody may be called `admin`. */
const beforeNames = new Set(['principals', 'calendars', 'files', 'feed']);

/** At most this many segments are told apart. */
const maxSegments = 8;

/** Time and memory do not grow with the path. */
export function pathTemplate(path: string): string {
  const known = templates.get(path);
  if (known !== undefined) return known;
  const template = templateOf(path);
  if (path.length <= maxKeptLength) keep(templates, path, template);
  return template;
}

/** Clients ask for the same paths, by the same name, for ever; most requests are so short that this shows. */
const templates = new Map<string, string>();
const programs = new Map<string, string>();
const maxKept = 2000;
const maxKeptLength = 256;

function keep(known: Map<string, string>, key: string, value: string): void {
  if (known.size >= maxKept) known.clear();
  known.set(key, value);
}

function templateOf(path: string): string {
  const segments = path.split('/', maxSegments + 1).slice(1);
  let known = true;
  const shown = segments.map((segment) => {
    if (segment === '') return '';
    // Only a leading run counts: a calendar may be called `files`.
    const isShown = known && ownWords.has(segment);
    known = isShown && !beforeNames.has(segment);
    return isShown ? segment : '*';
  });
  return `/${shown.join('/')}`;
}

/** What a program calls itself, fit for a log line: printable ASCII, 80 characters at most. */
export function programName(userAgent: string | undefined): string | undefined {
  if (userAgent === undefined) return undefined;
  const known = programs.get(userAgent);
  if (known !== undefined) return known;
  const name = userAgent.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
  if (userAgent.length <= maxKeptLength) keep(programs, userAgent, name);
  return name;
}
