/**
 * Makes the bytecode that `joined.ts` uses: starts the joined server on an empty folder, asks it what programs ask in their
 * first minute, and keeps what V8 has compiled by then. The build runs it, and the set-up where another Node is at work.
 *
 * What it leaves out is compiled when it is first called, as everything was: most of the page, feeds, Exchange. More
 * bytecode would make each start read more.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveUp, openJoined } from './joined.ts';

/** Everything is asked twice: the second answers come from what is remembered, by other code. */
const rounds = 2;
/** How long one answer may take: a build does not wait for a machine on which nothing can be asked. */
const limitMs = 20_000;

/** Leaves the bytecode in the folder of the joined server. */
async function rehearse(folder: string): Promise<void> {
  const joined = openJoined(folder, true);
  const data = mkdtempSync(join(tmpdir(), 'portcal-rehearsal-'));
  try {
    const password = randomBytes(12).toString('base64url');
    // Not `serve`, which sets flags of V8: bytecode fits only where the flags are the same.
    const { loadApp, loadSettings, createLog } = joined.exports;
    const { settings } = await loadSettings({
      argv: ['--host', '127.0.0.1', '--port', '0', '--data', join(data, 'data')],
      env: { PORTCAL_ADMIN_PASSWORD: password },
      readFile: () => '',
    });
    const { startApp } = await loadApp();
    const app = await startApp(
      settings,
      createLog({ level: 'info', format: 'json', to: { write: () => {} } }),
      {
        env: {},
      },
    );
    try {
      await play(app.url, `admin:${password}`);
      joined.keep();
    } finally {
      await app.stop();
    }
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

const namespaces =
  'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"';
const home = '/dav/calendars/admin/';
const calendar = `${home}personal/`;
const month = 'start="20250601T000000Z" end="20250701T000000Z"';

type Ask = (method: string, path: string, body?: string, headers?: object) => Promise<Answer>;

interface Answer {
  readonly text: string;
  readonly etag: string;
}

async function play(url: string, credentials: string): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  const ask: Ask = (...question) => send({ agent, url, credentials }, ...question);
  try {
    await send({ agent, url }, 'PROPFIND', '/dav/');
    // What a server loads for the page some seconds after its start.
    await send({ agent, url }, 'GET', '/');
    for (let round = 0; round < rounds; round++) {
      await discover(ask);
      await change(ask, round);
      await report(ask);
      await ask('DELETE', `${calendar}single-${round}.ics`);
    }
  } finally {
    agent.destroy();
  }
}

async function discover(ask: Ask): Promise<void> {
  await ask('OPTIONS', '/dav/');
  await propfind(ask, '/dav/', 0, '<current-user-principal/><principal-URL/><resourcetype/>');
  await propfind(
    ask,
    '/dav/principals/admin/',
    0,
    '<C:calendar-home-set/><C:calendar-user-address-set/><displayname/><C:schedule-inbox-URL/><C:schedule-outbox-URL/><supported-report-set/>',
  );
  await propfind(
    ask,
    home,
    1,
    '<displayname/><resourcetype/><CS:getctag/><sync-token/><current-user-privilege-set/><owner/><C:supported-calendar-component-set/><A:calendar-color/><quota-available-bytes/>',
  );
  await propfind(ask, calendar, 0, '<CS:getctag/><sync-token/>');
}

async function change(ask: Ask, round: number): Promise<void> {
  const single = `${calendar}single-${round}.ics`;
  const { etag } = await ask('PUT', single, event(`single-${round}`, ''), { 'If-None-Match': '*' });
  await ask('PUT', single, event(`single-${round}`, 'LOCATION:Room 2\r\n'), { 'If-Match': etag });
  await ask(
    'PUT',
    `${calendar}series-${round}.ics`,
    event(`series-${round}`, 'RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=20\r\n'),
  );
  const known = await ask('GET', single);
  await ask('GET', single, undefined, { 'If-None-Match': known.etag });
}

async function report(ask: Ask): Promise<void> {
  const listing = await propfind(ask, calendar, 1, '<getetag/><getcontenttype/>');
  const hrefs = [...listing.text.matchAll(/<[^/>]*href>([^<]*\.ics)</g)].map(
    ([, href]) => `<href>${href}</href>`,
  );
  const data = '<prop><getetag/><C:calendar-data/></prop>';
  const within = (inner: string): string =>
    `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${inner}</C:comp-filter></C:comp-filter></C:filter>`;
  const expanded = `<prop><getetag/><C:calendar-data><C:expand ${month}/></C:calendar-data></prop>`;
  for (const [name, inner] of [
    ['C:calendar-multiget', `${data}${hrefs.join('')}`],
    ['C:calendar-query', `<prop><getetag/></prop>${within(`<C:time-range ${month}/>`)}`],
    ['C:calendar-query', `${data}${within(`<C:time-range ${month}/>`)}`],
    ['C:calendar-query', `${expanded}${within(`<C:time-range ${month}/>`)}`],
    ['C:free-busy-query', `<C:time-range ${month}/>`],
  ] as const)
    await ask('REPORT', calendar, `<${name} ${namespaces}>${inner}</${name}>`, { ...xmlType, Depth: '1' });
  const sync = (token: string): Promise<Answer> =>
    ask(
      'REPORT',
      calendar,
      `<sync-collection ${namespaces}><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`,
      xmlType,
    );
  const first = await sync('');
  await ask('PUT', `${calendar}series-0.ics`, event('series-0', 'RRULE:FREQ=DAILY;COUNT=9\r\n'));
  await sync(/sync-token>([^<]*)</.exec(first.text)?.[1] ?? '');
}

const xmlType = { 'Content-Type': 'application/xml; charset=utf-8' };

function propfind(ask: Ask, path: string, depth: number, properties: string): Promise<Answer> {
  const body = `<propfind ${namespaces}><prop>${properties}</prop></propfind>`;
  return ask('PROPFIND', path, body, { ...xmlType, Depth: String(depth) });
}

function event(uid: string, lines: string): string {
  return (
    'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//portcal//rehearsal//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n' +
    'BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n' +
    'BEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n' +
    `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20250601T080000Z\r\nDTSTART;TZID=Europe/Berlin:20250602T100000\r\nDTEND;TZID=Europe/Berlin:20250602T110000\r\nSUMMARY:Planning\r\n` +
    `DESCRIPTION:A text that is longer than the seventy-five octets after which a line of iCa\r\n lendar is folded\r\nATTENDEE;CN=Somebody:mailto:somebody@example.com\r\n${lines}` +
    'BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Soon\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
  );
}

interface Client {
  readonly agent: Agent;
  readonly url: string;
  /** `name:password`; absent: none are sent. */
  readonly credentials?: string;
}

function send(
  { agent, url, credentials }: Client,
  method: string,
  path: string,
  body?: string,
  headers: object = {},
): Promise<Answer> {
  const type = method === 'PUT' ? { 'Content-Type': 'text/calendar; charset=utf-8' } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(
      new URL(path, url),
      {
        agent,
        method,
        auth: credentials,
        headers: { ...type, ...headers },
        signal: AbortSignal.timeout(limitMs),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () =>
          resolve({ text: Buffer.concat(chunks).toString(), etag: answer.headers.etag ?? '' }),
        );
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Called by the build with the folder. */
const [, script, folder] = process.argv;
if (folder !== undefined && script !== undefined && import.meta.filename === script)
  await rehearse(folder).catch((error: unknown) => {
    giveUp(folder);
    throw error;
  });
