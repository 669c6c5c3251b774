import { connect, type Socket } from 'node:net';
import type { Checks } from './checks.ts';
import { basic, calendarType, propfind, send } from './dav.ts';
import { event } from './objects.ts';
import { Poller } from './poller.ts';
import { Portcal, pause } from './portcal.ts';
import { seededRandom } from './random.ts';
import type { Suite } from './suite.ts';
import type { Account } from './target.ts';

const idleConnections = 10_000;
const slowClients = 200;
const cutRequests = 1_000;

/** The server's patience, shortened so that the suite sees it end. */
const headerTimeoutSeconds = 3;
const requestTimeoutSeconds = 6;

/** How long one poll may take while others misbehave. */
const maxPollMs = 500;

/**
 * Connections that do not behave: idle by the thousand, slow, cut off, lying about their length.
 *
 * All the while a well-behaved client polls; the server must go on serving it, and end the others by itself.
 */
export const abuse: Suite = {
  name: 'abuse',
  about: 'ten thousand idle connections, slow and cut requests, wrong lengths: others do not notice',
  limitSeconds: 180,
  needsOwnServer: true,

  async run({ checks }) {
    const patience = ['--header-timeout-seconds', String(headerTimeoutSeconds)];
    patience.push('--request-timeout-seconds', String(requestTimeoutSeconds));
    const portcal = await Portcal.start({ logName: 'abuse', settings: ['--log-level', 'warn', ...patience] });
    const account = await portcal.addPerson('patient', 'well behaved');
    const calendar = `${portcal.origin}/dav/calendars/${account.name}/personal/`;
    const site: Site = { portcal, account, calendar, checks, poller: poller(calendar, account) };
    try {
      const before = await pollTimes(site, () => pause(1_500));
      checks.check('a poll is fast before all this', before.p50 < 20, describeTimes(before));
      await idle(site);
      await slow(site);
      await cut(site);
      await wrongLengths(site);
      await amplification(site);
      const after = await pollTimes(site, () => pause(1_500));
      const asBefore = after.p50 < before.p50 * 3 + 2;
      checks.check(
        'a poll is as fast afterwards',
        asBefore,
        `${describeTimes(before)}, then ${describeTimes(after)}`,
      );
      await clean(site);
    } finally {
      await site.poller.stop();
      await portcal.stop();
    }
  },
};

interface Site {
  readonly portcal: Portcal;
  readonly account: Account;
  /** URL of the calendar that is polled. */
  readonly calendar: string;
  readonly checks: Checks;
  readonly poller: Poller;
}

interface Times {
  readonly p50: number;
  readonly max: number;
  readonly count: number;
}

function poller(url: string, account: Account): Poller {
  const { method, headers, body } = propfind(url, 0, '<cs:getctag/><d:sync-token/>');
  return new Poller({
    url,
    method,
    headers: { ...headers, Authorization: basic(account) },
    body: String(body),
  });
}

async function pollTimes({ poller }: Site, action: () => Promise<unknown>): Promise<Times> {
  const times = await poller.during(action);
  return {
    p50: times[times.length >> 1] ?? Number.POSITIVE_INFINITY,
    max: times.at(-1) ?? 0,
    count: times.length,
  };
}

function describeTimes({ p50, max, count }: Times): string {
  return `${count} polls, median ${p50.toFixed(1)} ms, longest ${max.toFixed(1)} ms`;
}

/** Runs `action` and checks that the well-behaved client is served meanwhile. */
async function unnoticed(site: Site, what: string, action: () => Promise<unknown>): Promise<void> {
  const times = await pollTimes(site, action);
  console.log(`${what}: ${describeTimes(times)}`);
  site.checks.check(`${what}: polls go on`, times.max < maxPollMs && times.count > 20, describeTimes(times));
}

async function idle(site: Site): Promise<void> {
  const sockets: Client[] = [];
  await unnoticed(site, `${idleConnections} connections that say nothing`, async () => {
    for (let i = 0; i < idleConnections; i += 200) {
      sockets.push(...(await Promise.all(Array.from({ length: 200 }, () => Client.open(site.portcal)))));
    }
    await pause(1_000);
  });
  const refused = sockets.filter(({ failed }) => failed).length;
  site.checks.check('all of them could connect', refused === 0, `${refused} could not`);
  await pause(headerTimeoutSeconds * 1_000 * 2);
  const open = sockets.filter(({ ended }) => !ended).length;
  const claim = 'connections that say nothing are closed within twice the patience';
  site.checks.check(claim, open === 0, `${open} are still open`);
  for (const socket of sockets) socket.destroy();
}

async function slow(site: Site): Promise<void> {
  const start = `PUT ${new URL(site.calendar).pathname}slow.ics HTTP/1.1\r\nHost: x\r\n`;
  const whole = `${start}Authorization: ${basic(site.account)}\r\nContent-Type: text/calendar\r\nContent-Length: 100000\r\n\r\n`;
  for (const [what, text, patience] of [
    ['headers', start, headerTimeoutSeconds],
    ['bodies', whole, requestTimeoutSeconds],
  ] as const) {
    const clients = await Promise.all(Array.from({ length: slowClients }, () => Client.open(site.portcal)));
    await unnoticed(site, `${slowClients} clients that send ${what} byte by byte`, async () => {
      for (const client of clients) client.write(text);
      // A whole second more than the server's patience and the rhythm of its checks allow.
      for (let second = 0; second < patience * 2 + 1; second++) {
        await pause(1_000);
        for (const client of clients) client.write('X');
      }
    });
    const open = clients.filter(({ ended }) => !ended).length;
    site.checks.check(
      `slow ${what} are ended by the server`,
      open === 0,
      `${open} of ${slowClients} are still open`,
    );
    const odd = clients.filter(({ answer }) => !/^(HTTP\/1\.1 (408|400)|$)/.test(answer));
    site.checks.check(
      `slow ${what} are answered 408 or not at all`,
      odd.length === 0,
      odd[0]?.answer.slice(0, 100),
    );
    for (const client of clients) client.destroy();
  }
}

async function cut(site: Site): Promise<void> {
  const random = seededRandom(1);
  await unnoticed(site, `${cutRequests} requests cut off somewhere`, async () => {
    for (let i = 0; i < cutRequests; i += 50) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => Client.open(site.portcal)));
      for (const [index, client] of clients.entries()) {
        const request = putRequest(site, `cut-${i + index}.ics`);
        client.write(request.slice(0, random.int(1, request.length - 1)));
      }
      await pause(20);
      for (const client of clients) client.destroy();
    }
  });
  const { text } = await send(propfind(site.calendar, 1, '<d:getetag/>', site.account));
  site.checks.check('none of them stored anything', !text.includes('cut-'), text.slice(0, 300));
}

function putRequest({ calendar, account }: Site, name: string): string {
  const body = event(name, 'Cut', '20310310T100000Z', ['DESCRIPTION:'.padEnd(2_000, 'x')]);
  const head = [
    `PUT ${new URL(calendar).pathname}${name} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${basic(account)}`,
    'Content-Type: text/calendar',
    `Content-Length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** Requests whose length is not what they say; each with the statuses that are right. */
async function wrongLengths(site: Site): Promise<void> {
  const { account, calendar } = site;
  const path = new URL(calendar).pathname;
  const head = (name: string, ...lines: string[]): string =>
    [
      `PUT ${path}${name} HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${basic(account)}`,
      ...lines,
      '',
      '',
    ].join('\r\n');
  const body = event('length@x', 'Length');
  const length = Buffer.byteLength(body);
  const chunked = 'Transfer-Encoding: chunked';
  const cases: readonly (readonly [what: string, request: string, right: RegExp])[] = [
    ['a length that is no number', head('a.ics', 'Content-Length: many') + body, /^400/],
    ['a negative length', head('b.ics', 'Content-Length: -5') + body, /^400/],
    ['two different lengths', head('c.ics', `Content-Length: ${length}`, 'Content-Length: 5') + body, /^400/],
    ['a length and chunks', head('d.ics', `Content-Length: ${length}`, chunked) + body, /^400/],
    ['a chunk whose size is no number', `${head('e.ics', chunked)}zz\r\n${body}\r\n0\r\n\r\n`, /^400/],
    ['a chunk of more bytes than it says', `${head('f.ics', chunked)}5\r\n${body}\r\n0\r\n\r\n`, /^400/],
    ['an unknown transfer coding', head('g.ics', 'Transfer-Encoding: rot13') + body, /^(400|501)/],
    ['a length beyond every limit', head('h.ics', 'Content-Length: 99999999999'), /^(403|413)/],
    [
      'a length that no number can hold',
      head('i.ics', `Content-Length: ${'9'.repeat(40)}`),
      /^(400|403|413)/,
    ],
    ['fewer bytes than it says', head('j.ics', `Content-Length: ${length}`) + body.slice(0, 40), /^$/],
    ['more bytes than it says', head('k.ics', 'Content-Length: 10') + body, /^4/],
    ['a header section of a megabyte', head('l.ics', `X-Long: ${'x'.repeat(1_000_000)}`), /^431/],
    [
      'five thousand headers',
      head('m.ics', ...Array.from({ length: 5_000 }, (_, i) => `X-${i}: ${i}`)),
      /^(4\d\d)/,
    ],
    ['a request line that is none', 'HELLO\r\n\r\n', /^400/],
    ['bytes at random', `${'\u0000\u00ff\u0013'.repeat(100)}\r\n\r\n`, /^400/],
    ['HTTP/1.1 without Host', `OPTIONS ${path} HTTP/1.1\r\n\r\n`, /^400/],
    ['a blank inside the target', `GET ${path} x HTTP/1.1\r\nHost: x\r\n\r\n`, /^400/],
  ];
  for (const [what, request, right] of cases) {
    const client = await Client.open(site.portcal);
    client.write(request);
    await client.settled(1_500);
    const status = /^HTTP\/1\.1 (.*)/.exec(client.answer)?.[1] ?? '';
    site.checks.check(`refused: ${what}`, right.test(status), status || client.answer.slice(0, 100));
    client.destroy();
  }
  const { text } = await send(propfind(calendar, 1, '<d:getetag/>', account));
  site.checks.check('none of these stored anything', !/[a-m]\.ics/.test(text), text.slice(0, 300));
}

/** One small upload that would multiply into an answer of gigabytes. */
async function amplification(site: Site): Promise<void> {
  const { account, calendar, checks } = site;
  const url = `${calendar}series.ics`;
  const text = event('series', 'Daily', '20200101T000000Z', [
    'RRULE:FREQ=DAILY;COUNT=4000',
    `X-LONG:${'x'.repeat(1_000_000)}`,
  ]);
  const put = await send({ method: 'PUT', url, headers: calendarType, body: text, as: account });
  if (put.status !== 201)
    return checks.skip('an answer a thousand times as long as the upload', `the upload got ${put.status}`);
  const range = 'start="20200101T000000Z" end="20400101T000000Z"';
  const body = `<c:calendar-multiget xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data><c:expand ${range}/></c:calendar-data></d:prop><d:href>${new URL(url).pathname}</d:href></c:calendar-multiget>`;
  await unnoticed(site, 'an expansion of 4 GB', async () => {
    const client = await Client.open(site.portcal);
    const head = [
      `REPORT ${new URL(calendar).pathname} HTTP/1.1`,
      'Host: localhost',
      'Depth: 1',
      `Authorization: ${basic(account)}`,
    ];
    client.write(
      `${head.join('\r\n')}\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await client.settled(5_000);
    const status = /^HTTP\/1\.1 (.*)/.exec(client.answer)?.[1] ?? 'no answer';
    checks.check(
      'an expansion of 4 GB is refused or answered, but no error of the server',
      /^[24]/.test(status),
      status,
    );
    client.destroy();
    await pause(500);
  });
  await send({ method: 'DELETE', url, as: account });
}

/** The calendar still works as a calendar. */
async function clean({ account, calendar, checks, portcal }: Site): Promise<void> {
  const url = `${calendar}clean.ics`;
  const put = await send({
    method: 'PUT',
    url,
    headers: calendarType,
    body: event('clean', 'Clean'),
    as: account,
  });
  checks.check('an ordinary PUT is still 201', put.status === 201, `${put.status} ${put.text}`);
  const report: { problems: unknown[] } = JSON.parse(await portcal.command(['check', '--json']));
  checks.check(
    'portcal check finds no damage',
    report.problems.length === 0,
    JSON.stringify(report.problems),
  );
}

/** A bare connection that notes what comes back and whether it has been ended. */
class Client {
  readonly #socket: Socket;
  answer = '';
  ended = false;
  failed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      if (this.answer.length < 10_000) this.answer += chunk.toString('latin1');
    });
    socket.on('error', () => {
      this.failed = this.answer === '';
    });
    socket.on('close', () => {
      this.ended = true;
    });
  }

  static open({ port }: Portcal): Promise<Client> {
    const socket = connect(port, '127.0.0.1');
    const client = new Client(socket);
    return new Promise((resolve) => {
      socket.once('connect', () => resolve(client));
      socket.once('error', () => resolve(client));
    });
  }

  write(text: string): void {
    if (!this.ended) this.#socket.write(text, 'latin1');
  }

  /** Waits for an answer or the end of the connection, but no longer than `limitMs`. */
  async settled(limitMs: number): Promise<void> {
    for (let waited = 0; waited < limitMs && !this.ended && this.answer === ''; waited += 10) await pause(10);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
