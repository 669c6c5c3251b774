/**
 * What the engine itself costs, without HTTP and storage. Run by hand: `node dist/test/dav/engine.bench.js`.
 *
 * Listings are told by template (the storage writes the rows) and row by row, small requests whole.
 */
import { defaultLimits } from '../../src/core/limits.ts';
import { readXml, xmlReader } from '../../src/xml/reader.ts';
import { book, openLibrary } from './library.ts';
import type { Asked } from './wire.ts';

const rows = 10_000;
const propfind = (names: string): string =>
  `<?xml version="1.0" encoding="utf-8"?><A:propfind xmlns:A="DAV:" xmlns:CS="http://calendarserver.org/ns/" ` +
  `xmlns:C="urn:ietf:params:xml:ns:caldav"><A:prop>${names}</A:prop></A:propfind>`;
const poll = propfind(
  '<CS:getctag/><A:sync-token/><A:displayname/><A:resourcetype/><A:owner/><A:current-user-principal/>' +
    '<A:supported-report-set/><C:calendar-home-set/><A:current-user-privilege-set/>',
);
const hrefs = Array.from(
  { length: 50 },
  (_, n) => `<D:href>/dav/calendars/a/b/${n}-3d1f5ad8-9a37.ics</D:href>`,
);
const multiget = `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>${hrefs.join('\n')}</C:calendar-multiget>`;

async function measure(what: string, rounds: number, work: () => unknown): Promise<void> {
  for (let round = 0; round < rounds / 2; round += 1) await work();
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = process.hrtime.bigint();
    await work();
    times.push(Number(process.hrtime.bigint() - before) / 1e6);
  }
  const median = times.sort((one, other) => one - other)[Math.floor(rounds / 2)] ?? 0;
  console.log(`${what.padEnd(60)} ${median.toFixed(3).padStart(9)} ms`);
}

const reading = (
  body: string,
  read = (bytes: Uint8Array) => readXml(bytes, defaultLimits),
): (() => unknown) => {
  const bytes = Buffer.from(body);
  return () => read(bytes);
};
await measure('reading a poll, anew', 2000, reading(poll));
await measure('reading a poll, remembered', 2000, reading(poll, xmlReader(defaultLimits)));
await measure('reading a multiget of 50', 1000, reading(multiget));

const at = openLibrary();
const ask =
  (path: string, asked: Asked): (() => unknown) =>
  () =>
    at.ask('PROPFIND', path, asked);
await measure(
  'PROPFIND Depth 0 of nine properties, whole',
  2000,
  ask('/dav/library/poems/', { body: poll, headers: { depth: '0' } }),
);
await measure('OPTIONS', 2000, () => at.ask('OPTIONS', '/dav/library/poems/'));
await measure('GET with If-None-Match, 304', 2000, () =>
  at.ask('GET', '/dav/library/poems/a', { headers: { 'if-none-match': '"a-1"' } }),
);

const many = Array.from({ length: rows }, (_, n) =>
  book('poems', `book-${n}.ics`, { content: 'x', version: n }),
);
const etags = propfind('<A:getetag/><A:getcontenttype/><A:resourcetype/>');
const byRow = openLibrary({
  memberRows: async () => undefined,
  async *members() {
    for (let from = 0; from < rows; from += 256) yield many.slice(from, from + 256);
  },
});
const byTemplate = openLibrary({
  memberRows: async () => ({
    sample: many[0] ?? book('poems', 'none', { content: '', version: 0 }),
    async *rows({ head, tag, tail }) {
      for (let from = 0; from < rows; from += 256) {
        let text = '';
        for (const { name, etag } of many.slice(from, from + 256))
          text += `${head}${name}${tag}${etag}${tail}`;
        yield Buffer.from(text);
      }
    },
  }),
});
const listing = { body: etags, headers: { depth: '1' } };
await measure(`${rows} rows by template`, 30, () =>
  byTemplate.ask('PROPFIND', '/dav/library/poems/', listing),
);
await measure(`${rows} rows one by one`, 30, () => byRow.ask('PROPFIND', '/dav/library/poems/', listing));
