import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { type Checks, demand, sentenceOf } from '../checks.ts';
import { send } from '../dav.ts';
import { type FakeExchange, startExchange } from '../exchange/exchange.ts';
import { systemPython } from '../install.ts';
import { event, unfold } from '../objects.ts';
import { projectFolder } from '../paths.ts';
import { Portcal, pause } from '../portcal.ts';
import { killGroup } from '../process.ts';
import type { Suite } from '../suite.ts';
import { PageSession } from './page-api.ts';

const password = 'demo people may enter';

/**
 * The demo company with two people whose calendars are linked with Exchange: what is made by CalDAV, in the page and in
 * Exchange by exchangelib meets on all three sides.
 */
export const exchangeEndToEnd: Suite = {
  name: 'exchange-end-to-end',
  about:
    'demo company, fake Exchange server and two people: CalDAV, page and exchangelib see the same events',
  limitSeconds: 240,
  programs: [{ name: 'python:exchangelib', packages: ['python3-exchangelib'] }],

  async run({ checks, outFolder, signal }) {
    const exchange = await startExchange({ keepAliveMs: 2_000 });
    exchange.addMailbox('anna@example.com', { name: 'Anna Lindqvist' });
    exchange.addMailbox('carol@example.com', { name: 'Carol Hughes', zone: 'GMT Standard Time' });
    exchange.addService('svc@lab.test');
    const portcal = await startPortcal(exchange, outFolder);
    const outlook = new PythonOutlook(exchange.url);
    signal.addEventListener('abort', () => outlook.close(), { once: true });
    try {
      const people: readonly [Side, Side] = [
        await Side.open(portcal, outlook, 'anna'),
        await Side.open(portcal, outlook, 'carol'),
      ];
      if (!(await linking(people, exchange, checks))) return;
      await meeting(people[0], exchange, checks);
      await editing(people[0], checks);
      await invitation(people, exchange, checks);
      checks.check(
        'nobody was mailed but those who were invited by Outlook',
        exchange.mails.every(({ subject }) => subject.includes('Invited by Outlook')),
        JSON.stringify(exchange.mails),
      );
      checks.check(
        'never more than one request at a time about one mailbox',
        exchange.counters.maxConcurrentOfOneMailbox <= 1,
        String(exchange.counters.maxConcurrentOfOneMailbox),
      );
    } finally {
      outlook.close();
      await portcal.stop();
      await exchange.close();
    }
  },
};

async function startPortcal(exchange: FakeExchange, folder: string): Promise<Portcal> {
  const settings = join(folder, 'exchange.json');
  const secret = join(folder, 'password');
  await writeFile(secret, password);
  await writeFile(
    settings,
    JSON.stringify({
      enabled: true,
      host: '127.0.0.1',
      port: exchange.port,
      tls: false,
      autodiscover: 'off',
      accessMode: 'impersonation',
      serviceAccounts: [{ login: 'svc@lab.test', password: 'secret' }],
      periodMinutes: 1,
    }),
  );
  return Portcal.start({
    logName: 'exchange-end-to-end',
    settings: ['--demo', '--demo-password-file', secret, '--exchange-settings', settings],
  });
}

/** One person with three ways to one calendar. */
class Side {
  readonly name: string;
  readonly mailbox: string;
  readonly calendar: string;
  readonly page: PageSession;
  readonly #url: string;
  readonly #outlook: PythonOutlook;

  private constructor(
    name: string,
    calendar: string,
    url: string,
    page: PageSession,
    outlook: PythonOutlook,
  ) {
    this.name = name;
    this.mailbox = `${name}@example.com`;
    this.calendar = calendar;
    this.page = page;
    this.#url = url;
    this.#outlook = outlook;
  }

  static async open(portcal: Portcal, outlook: PythonOutlook, name: string): Promise<Side> {
    const page = await PageSession.signIn(portcal.origin, name, password);
    const { calendars } = await page.ask<{ calendars: { id: string; section: string; davUrl?: string }[] }>(
      'GET',
      '/calendars',
    );
    const own = calendars.find(({ section }) => section === 'mine');
    demand(own !== undefined, `${name} has no calendar: ${JSON.stringify(calendars).slice(0, 300)}`);
    return new Side(name, own.id, `${portcal.origin}/dav/calendars/${name}/personal/`, page, outlook);
  }

  outlook(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#outlook.ask({ who: this.mailbox, ...command });
  }

  async inExchange(): Promise<readonly Listed[]> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script's `listing` writes
    return (await this.outlook({ do: 'listing' })) as Listed[];
  }

  /** Titles of occurrences in the page, in the next weeks. */
  async inPage(): Promise<readonly string[]> {
    const query = `from=${day(-40)}&to=${day(120)}&calendars=${this.calendar}`;
    const { occurrences } = await this.page.ask<{ occurrences: { title: string }[] }>(
      'GET',
      `/events?${query}`,
    );
    return occurrences.map(({ title }) => title);
  }

  /** The calendar as a CalDAV client reads it: all objects, unfolded. */
  async byCaldav(): Promise<string> {
    const answer = await send({
      method: 'REPORT',
      url: this.#url,
      headers: { Depth: '1', 'Content-Type': 'application/xml' },
      body: '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>',
      as: { name: this.name, password },
    });
    demand(answer.status === 207, `REPORT: ${answer.status} ${answer.text.slice(0, 200)}`);
    return unfold(answer.text.replaceAll('&#13;', ''));
  }

  async put(name: string, object: string): Promise<void> {
    const answer = await send({
      method: 'PUT',
      url: `${this.#url}${name}.ics`,
      headers: { 'Content-Type': 'text/calendar' },
      body: object,
      as: { name: this.name, password },
    });
    demand(answer.status < 300, `PUT: ${answer.status} ${answer.text}`);
  }

  async synchronize(): Promise<void> {
    await this.page.ask('POST', '/exchange/sync');
  }

  /** Presses Synchronize until all three sides tell `title`, or none of them does where `present` is false. */
  async meets(title: string, present = true): Promise<void> {
    await until(async () => {
      const seen = {
        exchange: (await this.inExchange()).some(({ subject }) => subject === title),
        page: (await this.inPage()).includes(title),
        caldav: (await this.byCaldav()).includes(`SUMMARY:${title}`),
      };
      if (Object.values(seen).every((one) => one === present)) return undefined;
      await this.synchronize();
      return `${title}: ${JSON.stringify(seen)}`;
    });
  }
}

interface Listed {
  readonly subject: string;
  readonly start: string;
  readonly type: string;
  readonly response: string;
  readonly attendees: readonly (readonly [address: string, response: string])[];
}

interface Status {
  readonly state: string;
  readonly lastSync: string | null;
  readonly code: string | null;
  readonly issues: number;
}

/** False when somebody could not be linked: nothing after it would say anything. */
async function linking(people: readonly Side[], exchange: FakeExchange, checks: Checks): Promise<boolean> {
  exchange.outlook('anna@example.com').create({
    subject: 'Was in Outlook before',
    start: `${day(3)}T10:00`,
    end: `${day(3)}T11:00`,
  });
  for (const side of people) {
    const { name, page, calendar } = side;
    await checks.attempt(
      `${name} links a calendar by the service account and the first run ends well`,
      async () => {
        await page.ask('PUT', '/exchange/account', { mailbox: side.mailbox, login: '', password: '' });
        const { calendars } = await page.ask<{ calendars: { id: string; isDefault: boolean }[] }>(
          'GET',
          '/exchange/calendars',
        );
        const remote = calendars.find(({ isDefault }) => isDefault)?.id;
        await page.ask('PUT', '/exchange/link', {
          calendar,
          remoteCalendar: remote,
          direction: 'both',
          startDate: day(-30),
        });
        await until(async () => {
          const { state, lastSync, code, issues } = await page.ask<Status>('GET', '/exchange/status');
          return state === 'ready' && lastSync !== null ? undefined : `${state} ${code} issues ${issues}`;
        });
      },
    );
    await checks.attempt(`${name} has the events of the demo company in Exchange`, async () => {
      const there = await side.inExchange();
      demand(there.length > 1, JSON.stringify(there));
    });
  }
  await checks.attempt(
    'what was in Outlook before is in the portal',
    () => people[0]?.meets('Was in Outlook before') ?? Promise.reject(new Error('nobody')),
  );
  checks.check('the first runs mailed nobody', exchange.mails.length === 0, JSON.stringify(exchange.mails));
  return checks.count('failed') === 0;
}

async function meeting(anna: Side, exchange: FakeExchange, checks: Checks): Promise<void> {
  const start = `${day(4).replaceAll('-', '')}T090000Z`;
  await anna.put('end-to-end-1', event('end-to-end-1', 'Made by CalDAV', start, ['LOCATION:Room 5']));
  await checks.attempt('an event made by CalDAV is on all three sides', () => anna.meets('Made by CalDAV'));
  const at = (hour: string): object => ({ dateTime: `${day(5)}T${hour}:00:00`, zone: 'Europe/Stockholm' });
  await anna.page.ask('POST', `/calendars/${anna.calendar}/events`, {
    title: 'Made in the page',
    start: at('13'),
    end: at('14'),
  });
  await checks.attempt('an event made in the page is on all three sides', () =>
    anna.meets('Made in the page'),
  );
  await checks.attempt('the connector listens to notifications of both mailboxes', () =>
    until(() => {
      const heard = new Set([...exchange.streams].flatMap(({ mailboxes }) => mailboxes));
      return Promise.resolve(heard.size === 2 ? undefined : `streams of ${[...heard].join() || 'nobody'}`);
    }, 90_000),
  );
  await anna.outlook({
    do: 'create',
    subject: 'Made in Exchange',
    start: `${day(6)}T15:00:00`,
    end: `${day(6)}T16:00:00`,
  });
  await checks.attempt('an event made in Exchange is in the page within five seconds, by notification', () =>
    until(
      async () => ((await anna.inPage()).includes('Made in Exchange') ? undefined : 'not yet'),
      5_000 + 2_000,
    ),
  );
  await checks.attempt('and on all three sides', () => anna.meets('Made in Exchange'));
}

async function editing(anna: Side, checks: Checks): Promise<void> {
  await anna.outlook({ do: 'rename', subject: 'Made by CalDAV', to: 'Renamed in Exchange' });
  await checks.attempt('a title changed in Exchange reaches the other sides', () =>
    anna.meets('Renamed in Exchange'),
  );
  const text = await anna.byCaldav();
  checks.check('and nothing else of the event was lost', /LOCATION:Room 5/.test(text));
  const start = `${day(4).replaceAll('-', '')}T090000Z`;
  await anna.put('end-to-end-1', event('end-to-end-1', 'Renamed by CalDAV', start, ['LOCATION:Room 6']));
  await checks.attempt('a title changed by CalDAV reaches the other sides', () =>
    anna.meets('Renamed by CalDAV'),
  );
  await anna.outlook({
    do: 'create',
    subject: 'Series of Exchange',
    start: `${day(7)}T10:00:00`,
    end: `${day(7)}T10:30:00`,
    days: 4,
  });
  await checks.attempt('a series made in Exchange is on all three sides', () =>
    anna.meets('Series of Exchange'),
  );
  await anna.outlook({ do: 'rename_second', subject: 'Series of Exchange', to: 'Only the second' });
  await checks.attempt('a changed occurrence is changed in page and CalDAV', () =>
    until(async () => {
      const [page, caldav] = [await anna.inPage(), await anna.byCaldav()];
      const inPage =
        page.filter((one) => one === 'Only the second').length === 1 &&
        page.filter((one) => one === 'Series of Exchange').length === 3;
      if (inPage && /RECURRENCE-ID[\s\S]*Only the second|Only the second[\s\S]*RECURRENCE-ID/.test(caldav))
        return undefined;
      await anna.synchronize();
      return page.join();
    }),
  );
  await anna.outlook({ do: 'delete', subject: 'Made in Exchange' });
  await checks.attempt('what is deleted in Exchange is gone everywhere', () =>
    anna.meets('Made in Exchange', false),
  );
}

async function invitation(
  [anna, carol]: readonly [Side, Side],
  exchange: FakeExchange,
  checks: Checks,
): Promise<void> {
  await anna.outlook({
    do: 'create',
    subject: 'Invited by Outlook',
    start: `${day(8)}T10:00:00`,
    end: `${day(8)}T11:00:00`,
    attendees: [carol.mailbox],
  });
  await checks.attempt('a meeting is in the calendars of both people', async () => {
    await anna.meets('Invited by Outlook');
    await carol.meets('Invited by Outlook');
  });
  exchange
    .outlook(carol.mailbox)
    .respond(exchange.outlook(carol.mailbox).find('Invited by Outlook')?.id ?? '', 'Accept');
  await checks.attempt('an answer given in Outlook is seen by the organizer in the portal', () =>
    until(async () => {
      const text = await anna.byCaldav();
      const [found = ''] =
        /BEGIN:VEVENT(?:(?!END:VEVENT)[\s\S])*Invited by Outlook[\s\S]*?END:VEVENT/.exec(text) ?? [];
      if (/ATTENDEE[^\r\n]*PARTSTAT=ACCEPTED[^\r\n]*carol@example\.com/i.test(found)) return undefined;
      await anna.synchronize();
      return found.slice(0, 500);
    }),
  );
}

/** A day around today, as `YYYY-MM-DD`. */
function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** Asks again and again until `missing` answers undefined; rejects with its last sentence when the time is over. */
async function until(missing: () => Promise<string | undefined>, limitMs = 40_000): Promise<void> {
  const started = Date.now();
  for (;;) {
    const last = await missing().catch(sentenceOf);
    if (last === undefined) return;
    demand(Date.now() - started < limitMs, last);
    await pause(250);
  }
}

/** A Python process with exchangelib, asked one thing after the other. */
class PythonOutlook {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(url: string) {
    this.#process = spawn(systemPython, [join(projectFolder, 'conformance/suites/exchange-end-to-end.py')], {
      env: { ...process.env, EWS_URL: url, PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    const { stdout } = this.#process;
    if (!stdout) throw new Error('the process has no output');
    this.#lines = createInterface({ input: stdout });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    this.#lines.once('close', () => {
      for (const answer of this.#waiting) answer('{"error": "the script has ended"}');
    });
  }

  async ask(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    });
    const answer: { result?: unknown; error?: string } = JSON.parse(line);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  }

  close(): void {
    killGroup(this.#process);
  }
}
