/**
 * Not a product: the least that a Koa and better-sqlite3 server can do for the harness's requests.
 *
 * It trusts its input, parses nothing with a library, stores raw bytes and joins stored rows. Its figures are the
 * ceiling of such a design, a yardstick and not a model.
 *
 *   node dist/test/bench/ceiling/server.js PORT FILE [NORMAL|FULL]
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import Database from 'better-sqlite3';
import Koa from 'koa';
import { basic } from '../../../conformance/dav.ts';

const [port = '0', file = ':memory:', synchronous = 'NORMAL'] = process.argv.slice(2);

const db = new Database(file);
db.pragma('journal_mode = WAL');
db.pragma(`synchronous = ${synchronous}`);
db.pragma('cache_size = -65536');
db.pragma('mmap_size = 1073741824');
db.exec(`
  CREATE TABLE IF NOT EXISTS cal (id INTEGER PRIMARY KEY, path TEXT UNIQUE, seq INTEGER NOT NULL DEFAULT 1);
  CREATE TABLE IF NOT EXISTS obj (
    id INTEGER PRIMARY KEY, cal INTEGER NOT NULL, name TEXT NOT NULL, etag TEXT NOT NULL, seq INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (cal, name)
  );
  CREATE INDEX IF NOT EXISTS obj_seq ON obj (cal, seq, name, etag);
  CREATE INDEX IF NOT EXISTS obj_time ON obj (cal, last, first, name, etag);
  CREATE TABLE IF NOT EXISTS gone (cal INTEGER, name TEXT, seq INTEGER);
`);

interface Cal {
  readonly id: number;
  readonly seq: number;
}
type NameRow = readonly [name: string, etag: string];
type DataRow = readonly [name: string, etag: string, body: Buffer];

const findCal = db.prepare<[string], Cal>('SELECT id, seq FROM cal WHERE path = ?');
const makeCal = db.prepare<[string]>('INSERT INTO cal (path) VALUES (?)');
const bump = db.prepare<[number], number>('UPDATE cal SET seq = seq + 1 WHERE id = ? RETURNING seq').pluck();
const put = db.prepare(`
  INSERT INTO obj (cal, name, etag, seq, first, last, body) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (cal, name) DO UPDATE SET etag = excluded.etag, seq = excluded.seq, first = excluded.first,
    last = excluded.last, body = excluded.body`);
const etagOf = db
  .prepare<[number, string], string>('SELECT etag FROM obj WHERE cal = ? AND name = ?')
  .pluck();
const find = db.prepare<[number, string], { etag: string; body: Buffer }>(
  'SELECT etag, body FROM obj WHERE cal = ? AND name = ?',
);
const drop = db.prepare('DELETE FROM obj WHERE cal = ? AND name = ?');
const bury = db.prepare('INSERT INTO gone VALUES (?, ?, ?)');
const list = db.prepare<[number], NameRow>('SELECT name, etag FROM obj WHERE cal = ?').raw();
const since = db
  .prepare<[number, number], NameRow>('SELECT name, etag FROM obj WHERE cal = ? AND seq > ?')
  .raw();
const range = db
  .prepare<[number, number, number], NameRow>(
    'SELECT name, etag FROM obj WHERE cal = ? AND last > ? AND first < ?',
  )
  .raw();
const rangeData = db
  .prepare<[number, number, number], DataRow>(
    'SELECT name, etag, body FROM obj WHERE cal = ? AND last > ? AND first < ?',
  )
  .raw();
const busy = db
  .prepare<[number, number, number], readonly [number, number]>(
    'SELECT first, last FROM obj WHERE cal = ? AND last > ? AND first < ?',
  )
  .raw();
const bodies = db.prepare<[number], readonly [Buffer]>('SELECT body FROM obj WHERE cal = ?').raw();

const write = db.transaction(
  (cal: number, name: string, etag: string, first: number, last: number, body: Buffer) => {
    put.run(cal, name, etag, bump.get(cal), first, last, body);
  },
);
const remove = db.transaction((cal: number, name: string) => {
  const seq = bump.get(cal);
  drop.run(cal, name);
  bury.run(cal, name, seq);
});

const authorization = basic({ name: 'bench', password: 'benchpass' });

const app = new Koa();
app.use(async (ctx) => {
  if (ctx.get('authorization') !== authorization) {
    ctx.status = 401;
    ctx.set('WWW-Authenticate', 'Basic realm="ceiling"');
    return;
  }
  const cut = ctx.path.lastIndexOf('/') + 1;
  const path = ctx.path.slice(0, cut);
  const name = ctx.path.slice(cut);
  const body = ctx.method === 'GET' || ctx.method === 'DELETE' ? Buffer.alloc(0) : await bytesOf(ctx.req);
  if (ctx.method === 'MKCALENDAR') {
    makeCal.run(path);
    ctx.status = 201;
    return;
  }
  const cal = findCal.get(path);
  if (cal === undefined) return answerOutside(ctx);
  if (ctx.method === 'PUT') return answerPut(ctx, cal, name, body);
  if (ctx.method === 'DELETE') {
    remove(cal.id, name);
    ctx.status = 204;
    return;
  }
  if (ctx.method === 'GET') return name === '' ? answerExport(ctx, cal) : answerGet(ctx, cal, name);
  if (ctx.method === 'PROPFIND') return answerPropfind(ctx, cal, path);
  answerReport(ctx, cal, path, body.toString('utf8'));
});
const server = app.listen(Number(port), '127.0.0.1');
server.keepAliveTimeout = 75_000;

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answerOutside(ctx: Koa.Context): void {
  if (ctx.method === 'OPTIONS') {
    ctx.set('DAV', '1, 3, calendar-access');
    ctx.status = 200;
    return;
  }
  const properties =
    '<D:current-user-principal><D:href>/p/</D:href></D:current-user-principal>' +
    '<C:calendar-home-set><D:href>/h/</D:href></C:calendar-home-set>';
  multistatus(ctx, response('/', properties));
}

function answerPut(ctx: Koa.Context, cal: Cal, name: string, body: Buffer): void {
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
  const ifMatch = ctx.get('if-match');
  const now = etagOf.get(cal.id, name);
  if ((ifMatch && ifMatch !== now) || (ctx.get('if-none-match') === '*' && now !== undefined)) {
    ctx.status = 412;
    return;
  }
  const text = body.toString('utf8');
  const start = /\nDTSTART[^:]*:(\w+)/.exec(text.slice(text.indexOf('BEGIN:VEVENT')))?.[1] ?? '';
  const first = stamp(start);
  const last = text.includes('RRULE:FREQ=WEEKLY;COUNT') ? first + 600_000_000 : first + 20_000;
  write(cal.id, name, etag, first, last, body);
  ctx.set('ETag', etag);
  ctx.status = now === undefined ? 201 : 204;
}

function answerGet(ctx: Koa.Context, cal: Cal, name: string): void {
  const found = find.get(cal.id, name);
  if (found === undefined) {
    ctx.status = 404;
    return;
  }
  ctx.set('ETag', found.etag);
  if (ctx.get('if-none-match') === found.etag) {
    ctx.status = 304;
    return;
  }
  ctx.set('Content-Type', 'text/calendar; charset=utf-8');
  ctx.body = found.body;
}

function answerExport(ctx: Koa.Context, cal: Cal): void {
  let out = 'BEGIN:VCALENDAR\r\n';
  for (const [body] of bodies.iterate(cal.id)) {
    const text = body.toString('latin1');
    out += text.slice(text.indexOf('BEGIN:VEVENT'), text.lastIndexOf('END:VCALENDAR'));
  }
  ctx.set('Content-Type', 'text/calendar; charset=utf-8');
  ctx.body = Buffer.from(`${out}END:VCALENDAR\r\n`, 'latin1');
}

function answerPropfind(ctx: Koa.Context, cal: Cal, path: string): void {
  let rows = response(path, `<CS:getctag>${cal.seq}</CS:getctag>${token(cal)}`);
  if (ctx.get('depth') === '1')
    for (const [name, etag] of list.iterate(cal.id)) rows += row(path, name, etag);
  multistatus(ctx, rows);
}

function answerReport(ctx: Koa.Context, cal: Cal, path: string, body: string): void {
  if (body.includes('sync-collection')) {
    const known = Number(/urn:c:(\d+)/.exec(body)?.[1] ?? 0);
    let rows = '';
    for (const [name, etag] of known > 0 ? since.iterate(cal.id, known) : list.iterate(cal.id))
      rows += row(path, name, etag);
    return multistatus(ctx, rows + token(cal));
  }
  if (body.includes('calendar-multiget')) {
    let rows = '';
    for (const [, name = ''] of body.matchAll(/<D:href>[^<]*\/([^<]+)<\/D:href>/g)) {
      const found = find.get(cal.id, name);
      if (found) rows += dataRow(path, name, found.etag, found.body);
    }
    return multistatus(ctx, rows);
  }
  const [, start = '', end = ''] = /time-range start="(\w+)" end="(\w+)"/.exec(body) ?? [];
  const bounds = [cal.id, stamp(start), stamp(end)] as const;
  let rows = '';
  if (body.includes('free-busy')) {
    for (const [first, last] of busy.iterate(...bounds)) rows += `FREEBUSY:${first}/${last}\r\n`;
    ctx.set('Content-Type', 'text/calendar');
    ctx.body = `BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\n${rows}END:VFREEBUSY\r\nEND:VCALENDAR\r\n`;
    return;
  }
  if (body.includes('calendar-data')) {
    for (const [name, etag, data] of rangeData.iterate(...bounds)) rows += dataRow(path, name, etag, data);
  } else for (const [name, etag] of range.iterate(...bounds)) rows += row(path, name, etag);
  multistatus(ctx, rows);
}

function multistatus(ctx: Koa.Context, rows: string): void {
  ctx.status = 207;
  ctx.set('Content-Type', 'application/xml; charset=utf-8');
  ctx.body = `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/">${rows}</D:multistatus>`;
}

function response(href: string, properties: string): string {
  return `<D:response><D:href>${href}</D:href><D:propstat><D:prop>${properties}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
}

function row(path: string, name: string, etag: string): string {
  return response(path + name, `<D:getetag>${etag}</D:getetag>`);
}

function dataRow(path: string, name: string, etag: string, body: Buffer): string {
  const data = body
    .toString('utf8')
    .replace(/[&<>]/g, (sign) => (sign === '&' ? '&amp;' : sign === '<' ? '&lt;' : '&gt;'));
  return response(path + name, `<D:getetag>${etag}</D:getetag><C:calendar-data>${data}</C:calendar-data>`);
}

function token(cal: Cal): string {
  return `<D:sync-token>urn:c:${cal.seq}</D:sync-token>`;
}

/** 20260610T000000Z as a number that sorts like the time. */
function stamp(text: string): number {
  return Number(text.replace(/\D/g, '').padEnd(14, '0'));
}
