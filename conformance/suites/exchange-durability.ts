import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import openDatabase from 'better-sqlite3';
import { type Checks, demand } from '../checks.ts';
import { type FakeExchange, startExchange } from '../exchange/exchange.ts';
import { Portcal, pause } from '../portcal.ts';
import { type Random, seededRandom } from '../random.ts';
import type { Suite } from '../suite.ts';
import type { Account } from '../target.ts';
import { Desk, keyOf, type Listed, Phone, type Promises } from './exchange/hands.ts';
import { day, until } from './exchange/side.ts';
import { PageSession } from './page-api.ts';

const kills = 18;

/**
 * Kills the server again and again while people edit linked calendars on both sides.
 *
 * What either side was told is done must be on both sides in the end, once, and nobody may have been mailed.
 */
export const exchangeDurability: Suite = {
  name: 'exchange-durability',
  about: `kill -9 while a calendar is brought in step with Exchange, ${kills} times: nothing is lost, doubled or mailed`,
  limitSeconds: 300,
  needsOwnServer: true,

  async run({ checks, outFolder, signal }) {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    // Slow enough for a kill to meet most requests under way.
    const exchange = await startExchange({ latencyMs: 40, keepAliveMs: 2_000 });
    exchange.addService('svc@lab.test');
    const portcal = await startPortcal(exchange, outFolder);
    try {
      await portcal.command(
        ['user', 'add', administrator.name, '--admin', '--password-file', '-'],
        `${administrator.password}\n`,
      );
      const people = [
        await Person.link(portcal, exchange, 'anna', random),
        await Person.link(portcal, exchange, 'boris', random),
      ];
      let metRuns = 0;
      for (let life = 1; life <= kills && !signal.aborted; life++) {
        // An answer that is lost on the way is a crash of the other kind.
        if (life % 4 === 0) exchange.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
        let isOver = false;
        const work = people.map((person) => person.work(() => isOver));
        await pause(random.int(200, 1_500));
        await enoughWritten(people);
        await nextRequest(exchange);
        await pause(random.int(0, 60));
        await portcal.kill();
        metRuns += outlive(portcal.dataFolder);
        isOver = true;
        await Promise.all(work);
        await portcal.launch();
      }
      exchange.faults.clear();
      for (const person of people) await person.settle(checks);
      await verify(people, exchange, portcal, checks);
      // A link whose runs were killed before they did anything waits longer, unless somebody asks.
      checks.check(
        'a good part of the kills met a run under way',
        metRuns >= kills / 5,
        `${metRuns} of ${kills * people.length}`,
      );
      const sum = (count: (person: Person) => number): number =>
        people.reduce((all, one) => all + count(one), 0);
      console.log(
        `${kills} kills, ${metRuns} of them in a run; ${sum(({ phone }) => phone.acknowledged)} writes by CalDAV ` +
          `(${sum(({ phone }) => phone.cutOff)} cut off), ${sum(({ desk }) => desk.edits)} in Outlook`,
      );
    } finally {
      await portcal.stop();
      await exchange.close();
    }
  },
};

async function startPortcal(exchange: FakeExchange, folder: string): Promise<Portcal> {
  const settings = join(folder, 'exchange.json');
  await writeFile(
    settings,
    JSON.stringify({
      enabled: true,
      host: '127.0.0.1',
      port: exchange.port,
      tls: false,
      autodiscover: 'off',
      serviceAccounts: [{ login: 'svc@lab.test', password: 'secret' }],
      periodMinutes: 1,
      invitations: 'none',
      // Few events, of which a good part is deleted: here nobody is there to be asked.
      massDeleteGuard: { count: 10_000, percent: 100 },
    }),
  );
  return Portcal.start({
    logName: 'exchange-durability',
    settings: ['--exchange-settings', settings, '--log-level', 'warn'],
  });
}

/** However slow the machine is: twice in each life everybody is told that something is done; but not for long. */
async function enoughWritten(people: readonly Person[]): Promise<void> {
  const before = people.map(({ phone }) => phone.acknowledged);
  const isEnough = (): boolean =>
    people.every(({ phone }, at) => phone.acknowledged >= (before[at] ?? 0) + 2);
  for (let waited = 0; !isEnough() && waited < 5_000; waited += 10) await pause(10);
}

/** Until the server asks for something, so that the kill does not meet it at rest; but not for long. */
async function nextRequest({ counters }: FakeExchange): Promise<void> {
  const before = counters.requests;
  for (let waited = 0; counters.requests === before && waited < 2_000; waited += 5) await pause(5);
}

/**
 * Lets the leases of the dead process lapse, as a minute and a half would; answers how many there were: runs that the
 * kill has met.
 */
function outlive(dataFolder: string): number {
  const database = openDatabase(join(dataFolder, 'portcal.sqlite'));
  try {
    return database.prepare('UPDATE connector_lease SET until = 0 WHERE until > 0').run().changes;
  } finally {
    database.close();
  }
}

interface Status {
  readonly state: string;
  readonly lastSync: string | null;
  readonly reason: string | null;
  readonly code: string | null;
  readonly issues: number;
}

/** Five runs in a row that died with their process are the administrator's matter, who lets the link go on. */
async function resume(portcal: Portcal, name: string): Promise<void> {
  const page = await PageSession.signIn(portcal.origin, administrator.name, administrator.password);
  const { links } = await page.ask<{ links: { id: string }[] }>('GET', `/admin/exchange/links?text=${name}`);
  for (const { id } of links) await page.ask('POST', `/admin/exchange/links/${id}/resume`);
}

const administrator = { name: 'grace', password: 'grace may do everything' };

class Person {
  readonly name: string;
  readonly phone: Phone;
  readonly desk: Desk;
  readonly promises: Promises;
  readonly #portcal: Portcal;
  readonly #account: Account;

  private constructor(portcal: Portcal, account: Account, phone: Phone, desk: Desk, promises: Promises) {
    this.name = account.name;
    this.#portcal = portcal;
    this.#account = account;
    this.phone = phone;
    this.desk = desk;
    this.promises = promises;
  }

  static async link(portcal: Portcal, exchange: FakeExchange, name: string, random: Random): Promise<Person> {
    const account = await portcal.addPerson(name, `${name} may enter`);
    // Universal time, so that both sides write the same hours.
    const outlook = exchange.addMailbox(account.email, { name, zone: 'UTC' });
    const promises: Promises = new Map();
    const own = (): Random => seededRandom(random.int(0, 1e9));
    const url = `${portcal.origin}/dav/calendars/${name}/personal/`;
    const person = new Person(
      portcal,
      account,
      new Phone(url, account, own(), promises),
      new Desk(outlook, own(), promises),
      promises,
    );
    const page = await person.#page();
    await page.ask('PUT', '/exchange/account', { mailbox: account.email, login: '', password: '' });
    const { calendars } = await page.ask<{ calendars: { id: string; section: string }[] }>(
      'GET',
      '/calendars',
    );
    const remote = await page.ask<{ calendars: { id: string }[] }>('GET', '/exchange/calendars');
    await page.ask('PUT', '/exchange/link', {
      calendar: calendars.find(({ section }) => section === 'mine')?.id,
      remoteCalendar: remote.calendars[0]?.id,
      direction: 'both',
      startDate: day(-30),
    });
    return person;
  }

  /** Both hands edit and somebody presses Synchronize, until the server is dead. */
  async work(isOver: () => boolean): Promise<void> {
    await Promise.all([this.phone.work(isOver), this.desk.work(isOver), this.#press(isOver)]);
  }

  /** Waits until nothing is under way and both sides tell the same. */
  async settle(checks: Checks): Promise<void> {
    const page = await this.#page();
    await checks.attempt(`both sides of ${this.name} come to tell the same`, () =>
      until(async () => {
        const { state, reason, code, issues } = await page.ask<Status>('GET', '/exchange/status');
        if (state === 'queued' || state === 'running') return state;
        if (state === 'paused' && reason === 'interrupted') await resume(this.#portcal, this.name);
        const [here, there] = [lines(await this.phone.list()), lines(this.desk.list())];
        const onlyHere = here.filter((one) => !there.includes(one));
        const onlyThere = there.filter((one) => !here.includes(one));
        if (state === 'ready' && issues === 0 && onlyHere.length + onlyThere.length === 0) return undefined;
        await page.ask('POST', '/exchange/sync');
        return `${state} ${code} issues ${issues}; here: ${onlyHere.slice(0, 4).join('; ')}; there: ${onlyThere.slice(0, 4).join('; ')}`;
      }, 60_000),
    );
  }

  async #press(isOver: () => boolean): Promise<void> {
    try {
      const page = await this.#page();
      for (; !isOver(); await pause(150)) await page.ask('POST', '/exchange/sync');
    } catch {
      // Killed under way.
    }
  }

  #page(): Promise<PageSession> {
    return PageSession.signIn(this.#portcal.origin, this.name, this.#account.password);
  }
}

async function verify(
  people: readonly Person[],
  exchange: FakeExchange,
  portcal: Portcal,
  checks: Checks,
): Promise<void> {
  for (const { name, phone, desk, promises } of people) {
    const here = await phone.list();
    checks.check(`${name} has written enough`, phone.acknowledged > kills && desk.edits > kills);
    const lost = [...phone.faults, ...broken(here, promises), ...broken(desk.list(), promises)];
    checks.check(`nothing that ${name} was told is done is lost`, lost.length === 0, few(lost));
    const doubled = [...repeated(here.map(({ key }) => key)), ...repeated(desk.list().map(({ key }) => key))];
    checks.check(`no event of ${name} is there twice`, doubled.length === 0, few(doubled));
    const markers = repeated(desk.markers());
    checks.check(`no two items of ${name} stand for one event`, markers.length === 0, few(markers));
  }
  checks.check('nobody was mailed', exchange.mails.length === 0, JSON.stringify(exchange.mails[0]));
  await checks.attempt('portcal check finds no damage', async () => {
    const report: { problems: unknown[] } = JSON.parse(await portcal.command(['check', '--json']));
    demand(report.problems.length === 0, JSON.stringify(report.problems));
  });
}

/** What was promised and is not so. */
function broken(all: readonly Listed[], promises: Promises): readonly string[] {
  const missing = [...promises].flatMap(([key, { title, location, there }]) => {
    const found = all.find((one) => one.key === key);
    if (!found) return there === 'yes' ? [`${key} is missing`] : [];
    if (there === 'no') return [`${key} was deleted and is there`];
    const isRight = title.includes(found.title) && location.includes(found.location);
    return isRight
      ? []
      : [`${key} is ${found.title} in ${found.location}, wanted ${title.join()} in ${location.join()}`];
  });
  return [
    ...missing,
    ...all.filter(({ title }) => !promises.has(keyOf(title))).map(({ title }) => `nobody made ${title}`),
  ];
}

function lines(all: readonly Listed[]): readonly string[] {
  return all.map(({ title, location, start }) => `${title}|${location}|${start}`).sort();
}

function repeated(keys: readonly string[]): readonly string[] {
  return keys.filter((key, index) => keys.indexOf(key) !== index);
}

function few(faults: readonly string[]): string {
  return `${faults.length}: ${faults.slice(0, 5).join('; ')}`;
}
