/**
 * Takes hostile objects through every door of a server of its own, one request at a time, and tells the longest turn of its
 * event loop in processor time (`turns.ts`), answers of 5xx, and what it holds resident:
 *
 *     node dist/test/bench/doors.js [--only 'alarms|zones'] [--doors 'report|feed'] [--above 40] [--each] [--node=--trace-gc]
 *
 * Requests that read are measured by the dozen, and one by one where a dozen has something to tell, or with `--each`. Linux
 * only. On a busy machine the same turn takes up to twice the processor time of a quiet one.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { basic, type DavAnswer, send } from '../../conformance/dav.ts';
import { Portcal, pause } from '../../conformance/portcal.ts';
import { type Asked, instance, pageRequest, readingRequests } from './door-requests.ts';
import { type Hostile, hostile, hostileUid } from './hostile.ts';
import { longestTurn, turnArguments } from './longest-turn.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    doors: { type: 'string', default: '' },
    above: { type: 'string', default: '40' },
    each: { type: 'boolean', default: false },
    node: { type: 'string', multiple: true, default: [] },
  },
});
const above = Number(values.above);
const [only, doors] = [new RegExp(values.only), new RegExp(values.doors)];

const password = 'a long password';
const people = ['alice', 'bob', 'carol', 'dave'] as const;
const authorization = new Map(people.map((name): [string, string] => [name, basic({ name, password })]));
/** Alice's, and what the others see of the first. */
const calendar = '/dav/calendars/alice/personal/';
const other = '/dav/calendars/alice/other/';
const levels = { bob: 'busy', carol: 'read', dave: 'titles' } as const;
const ics = { 'Content-Type': 'text/calendar; charset=utf-8' };

const portcal = await Portcal.start({
  logName: 'doors',
  nodeArguments: [...turnArguments, ...values.node],
  settings: ['--log-level', 'error'],
});
try {
  const feeds = await peopleAndFeeds();
  const cookie = await signedIn();
  await ask({ method: 'MKCALENDAR', path: other });
  const { calendars }: { readonly calendars: readonly { readonly id: string }[] } = JSON.parse(
    (await ask(pageRequest(cookie, 'GET', '/calendars'))).text,
  );
  const [id = '', otherId = ''] = calendars.map((one) => one.id);
  const groups = new Map<string, [string, Asked][]>();
  for (const [door, asked] of Object.entries(readingRequests({ calendar, id, cookie, feeds }))) {
    const kind = door.split(' ')[0] ?? '';
    groups.set(kind, [...(groups.get(kind) ?? []), [door, asked]]);
  }
  for (const one of hostile.filter(({ name }) => only.test(name)))
    await walk(one, { cookie, id, otherId }, [...groups.values()]);
  await pause(1000);
  console.log(`at the end ${resident()}`);
} finally {
  await portcal.stop();
}

interface Places {
  readonly cookie: string;
  readonly id: string;
  readonly otherId: string;
}

/** One object through all doors; nothing is left of it. */
async function walk(
  { name, bytes: make }: Hostile,
  places: Places,
  groups: readonly (readonly [string, Asked][])[],
): Promise<void> {
  const bytes = make();
  const put = { method: 'PUT', path: `${calendar}h.ics`, headers: ics, body: bytes };
  const { status, text } = await through(name, 'put', put);
  if (status === 201 || status === 204) {
    for (const group of groups) await read(name, group);
    await changes(name, places);
    await through(name, 'put again', put);
    await moves(name);
    await trash(name, places);
    await ask({ method: 'DELETE', path: put.path });
  } else console.log(`${name}: not stored: ${status} ${text.slice(0, 300).replaceAll(/\s+/g, ' ')}`);
  for (const door of ['import', 'import again']) await imported(name, door, bytes, places);
  for (const path of [other, calendar]) {
    const all = await ask({ method: 'PROPFIND', path, headers: { Depth: '1' } });
    for (const [, href = ''] of all.text.matchAll(/<[^>]*href>([^<]*\.ics)</g))
      await ask({ method: 'DELETE', path: href });
  }
  const size = (bytes.length / 1024).toFixed(0);
  console.log(`${name.padEnd(36)} ${size} KB, put ${status}, resident ${resident()}`);
}

async function read(name: string, group: readonly [string, Asked][]): Promise<void> {
  const own = group.filter(([door]) => doors.test(door));
  let worst = 0;
  const ms = await longestTurn(portcal.pid, async () => {
    for (const [, asked] of own) worst = Math.max(worst, (await ask(asked)).status);
  });
  if (ms < above && worst < 500 && !values.each) return;
  console.log(`${name.padEnd(36)} ${(own[0]?.[0] ?? '').padEnd(28)} and others ${ms.toFixed(0)} ms`);
  for (const [door, asked] of own) await through(name, door, asked);
}

/** Each change, taken back again. */
async function changes(name: string, { cookie, id }: Places): Promise<void> {
  const event = `/calendars/${id}/events/${hostileUid}`;
  const start = { dateTime: '2026-03-15T11:00:00', zone: 'Europe/Berlin' };
  const end = { dateTime: '2026-03-15T12:00:00', zone: 'Europe/Berlin' };
  const lists = { categories: ['a'], links: [], attendees: [], reminders: [5] };
  const all: readonly (readonly [door: string, method: string, scope: string, body?: object])[] = [
    ['page title', 'PATCH', 'all', { title: 'Another', description: 'New', location: 'There' }],
    ['page lists', 'PATCH', 'all', { ...lists, busy: false, status: 'tentative', privacy: 'private' }],
    ['page times', 'PATCH', 'all', { start, end }],
    ['page repeat', 'PATCH', 'all', { repeat: { frequency: 'weekly', interval: 1, ends: { is: 'never' } } }],
    ['page no repeat', 'PATCH', 'all', { repeat: null }],
    ['page one', 'PATCH', 'one', { title: 'One', start, end }],
    ['page following', 'PATCH', 'following', { title: 'Following' }],
    ['page delete one', 'DELETE', 'one'],
    ['page delete following', 'DELETE', 'following'],
  ];
  for (const [door, method, scope, body] of all) {
    if (!doors.test(door)) continue;
    const etag = (await ask(pageRequest(cookie, 'GET', event))).headers['etag'] ?? '*';
    const query = scope === 'all' ? 'scope=all' : `scope=${scope}&${instance}`;
    const asked = pageRequest(cookie, method, `${event}?${query}`, body);
    const { status, text } = await through(name, door, {
      ...asked,
      headers: { ...asked.headers, 'If-Match': etag },
    });
    if (status >= 300) continue;
    const { undo }: { readonly undo: string } = JSON.parse(text);
    await through(name, `${door}, undo`, pageRequest(cookie, 'POST', `/undo/${undo}`));
  }
}

async function moves(name: string): Promise<void> {
  if (!doors.test('move')) return;
  const [here, there] = [calendar, other].map((folder) => `${folder}h.ics`);
  const to = (path = ''): Readonly<Record<string, string>> => ({
    Destination: portcal.origin + path,
    Overwrite: 'T',
  });
  await through(name, 'copy', { method: 'COPY', path: here ?? '', headers: to(there) });
  await ask({ method: 'DELETE', path: there ?? '' });
  await through(name, 'move', { method: 'MOVE', path: here ?? '', headers: to(there) });
  await through(name, 'move back', { method: 'MOVE', path: there ?? '', headers: to(here) });
}

async function trash(name: string, { cookie }: Places): Promise<void> {
  if (!doors.test('trash')) return;
  const path = `${calendar}h.ics`;
  const before = await ask({ method: 'GET', path });
  await through(name, 'trash delete', { method: 'DELETE', path });
  const { text } = await through(name, 'trash list', pageRequest(cookie, 'GET', '/trash'));
  const { items }: { readonly items: readonly { readonly id: string }[] } = JSON.parse(text);
  const item = items[0]?.id ?? '';
  await through(name, 'trash restore', pageRequest(cookie, 'POST', `/trash/${item}/restore`));
  const after = await ask({ method: 'GET', path });
  if (after.text !== before.text) console.log(`${name}: is another after it was restored: ${after.status}`);
}

async function imported(
  name: string,
  door: string,
  bytes: Uint8Array,
  { cookie, otherId }: Places,
): Promise<void> {
  if (!doors.test(door)) return;
  await measured(name, door, async () => {
    const begun = await ask(
      pageRequest(cookie, 'POST', `/calendars/${otherId}/import`, bytes, 'text/calendar'),
    );
    if (begun.status !== 202) return begun;
    const { id }: { readonly id: string } = JSON.parse(begun.text);
    for (;;) {
      const now = await ask(pageRequest(cookie, 'GET', `/jobs/${id}`));
      const job: { readonly state: string; readonly error: unknown } = JSON.parse(now.text);
      // What the page says of a 5xx.
      if (job.state !== 'running') return job.error === 'E20' ? { ...now, status: 500 } : now;
      await pause(20);
    }
  });
}

async function through(name: string, door: string, asked: Asked): Promise<DavAnswer> {
  return doors.test(door) ? await measured(name, door, async () => await ask(asked)) : await ask(asked);
}

async function measured(name: string, door: string, action: () => Promise<DavAnswer>): Promise<DavAnswer> {
  let answer: DavAnswer = { status: 0, headers: {}, text: '', url: '' };
  let problem = '';
  const ms = await longestTurn(portcal.pid, async () => {
    try {
      answer = await action();
    } catch (error) {
      problem = String(error);
    }
  });
  const { status } = answer;
  if (ms >= above || status >= 500 || status === 0) {
    const where = `${name.padEnd(36)} ${door.padEnd(28)}`;
    console.log(`${where} ${String(status).padStart(3)} ${ms.toFixed(0).padStart(5)} ms ${problem}`);
  }
  return answer;
}

async function ask({ method, path, headers, body, as = 'alice' }: Asked): Promise<DavAnswer> {
  const login = path.startsWith('/feed') ? {} : { Authorization: authorization.get(as) ?? '' };
  return await send({
    method,
    url: portcal.origin + path,
    headers: { ...login, ...headers },
    ...(body !== undefined && { body }),
    limitMs: 180_000,
  });
}

/** Paths of feeds, by what they tell. */
async function peopleAndFeeds(): Promise<ReadonlyMap<string, string>> {
  for (const name of people) await portcal.addPerson(name, password);
  for (const [name, level] of Object.entries(levels))
    await portcal.command(['calendar', 'share', 'alice/personal', name, level]);
  const feeds = new Map<string, string>();
  for (const detail of ['full', 'titles', 'busy'])
    for (const extra of [[], ['--alarms'], ['--window', '6-12']]) {
      const said: { readonly url: string } = JSON.parse(
        await portcal.command(['link', 'add', 'alice/personal', '--detail', detail, ...extra, '--json']),
      );
      feeds.set([detail, ...extra].join(' '), new URL(said.url).pathname);
    }
  return feeds;
}

async function signedIn(): Promise<string> {
  const { headers } = await ask(pageRequest('', 'POST', '/session', { name: 'alice', password }));
  return (headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
}

function resident(): string {
  const status = readFileSync(`/proc/${portcal.pid}/status`, 'utf8');
  const mb = (name: string): string =>
    (Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024).toFixed(0);
  return `${mb('VmRSS')} MB, at most ${mb('VmHWM')}`;
}
