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
  'me',
  'events',
  'stream',
  'links',
  'app-passwords',
  'people',
  'trash',
  'admin',
  'assets',
  'setup',
  'c',
  'connect',
  'healthz',
  'readyz',
]);

/** At most this many segments are told apart. */
const maxSegments = 8;

/** Time and memory do not grow with the path. */
export function pathTemplate(path: string): string {
  const segments = path.split('/', maxSegments + 1).slice(1);
  let known = true;
  const shown = segments.map((segment) => {
    if (segment === '') return '';
    // Only a leading run counts: a calendar may be called `files`.
    known = known && ownWords.has(segment);
    return known ? segment : '*';
  });
  return `/${shown.join('/')}`;
}

/** What a program calls itself, fit for a log line: printable ASCII, 80 characters at most. */
export function programName(userAgent: string | undefined): string | undefined {
  return userAgent?.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
}
