import { demand } from './checks.ts';
import { calendarType, type DavAnswer, lastSegment, propfind, responsesOf, send, xmlType } from './dav.ts';
import { Follower, listing } from './durability.ts';
import { event } from './objects.ts';
import { Portcal, pause } from './portcal.ts';
import { type Random, seededRandom } from './random.ts';
import type { Suite } from './suite.ts';
import type { Account } from './target.ts';

const kills = 30;
const movers = 3;

/**
 * Kills the server again and again while everything else than single events changes: objects move and are copied, calendars are
 * made, renamed, shared and deleted, deleted events come back, files are imported.
 *
 * After each restart each worker's part of the world must be as it was before the request that was cut off, or as that request
 * would have made it; nothing in between.
 */
export const mixedDurability: Suite = {
  name: 'mixed-durability',
  about: `kill -9 while objects move and calendars, rights, trash and imports change, ${kills} times`,
  limitSeconds: 420,
  needsOwnServer: true,

  async run({ checks, signal }) {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const portcal = await Portcal.start({ logName: 'mixed-durability', settings: ['--log-level', 'warn'] });
    try {
      const owner = await portcal.addPerson('owner', 'acknowledged');
      const reader = await portcal.addPerson('reader', 'acknowledged');
      const home = `${portcal.origin}/dav/calendars/${owner.name}/`;
      for (const name of ['left', 'right', 'page']) {
        const made = await send({ method: 'MKCALENDAR', url: `${home}${name}/`, as: owner });
        demand(made.status === 201, `MKCALENDAR: ${made.status} ${made.text}`);
      }
      const draw = (): Random => seededRandom(random.int(0, 1e9));
      const page = new Page(portcal.origin, home, owner, draw());
      const workers: readonly Worker[] = [
        ...Array.from({ length: movers }, (_, number) => new Mover(home, `m${number}`, owner, draw())),
        new Steward(home, owner, reader, draw()),
        page,
      ];
      const followers = ['left', 'right', 'page'].map((name) => ({
        name,
        follower: new Follower(`${home}${name}/`, owner),
      }));
      const faults: string[] = [];
      for (let round = 1; round <= kills && !signal.aborted; round++) {
        let over = false;
        const isOver = (): boolean => over;
        const working = [...workers, ...followers.map(({ follower }) => follower)].map((one) =>
          one.work(isOver),
        );
        await pause(random.int(200, 1200));
        await portcal.kill();
        over = true;
        await Promise.all(working);
        await portcal.launch();
        for (const worker of workers)
          for (const fault of await worker.reconcile()) faults.push(`after end ${round}: ${fault}`);
        for (const { name, follower } of followers)
          for (const fault of await follower.catchUp(await listing(`${home}${name}/`, owner)))
            faults.push(`after end ${round}: ${name}: ${fault}`);
      }
      const counted = workers.map(({ acknowledged, cutOff }) => `${acknowledged}/${cutOff}`).join(', ');
      checks.check(
        'every worker was acknowledged in most rounds',
        workers.every(({ acknowledged }) => acknowledged > kills / 2),
        counted,
      );
      checks.check(
        'the world is that of before or after what was cut off',
        faults.length === 0,
        faults.slice(0, 5).join('; '),
      );
      await checks.attempt('a session outlives the server', async () => {
        demand(page.signIns === 1, `${page.signIns} sign-ins`);
      });
      await checks.attempt('portcal check finds no damage', async () => {
        const report: { problems: unknown[] } = JSON.parse(await portcal.command(['check', '--json']));
        demand(report.problems.length === 0, JSON.stringify(report.problems));
      });
      console.log(`acknowledged/cut off of each worker: ${counted}`);
    } finally {
      await portcal.stop();
    }
  },
};

/** A client with a part of the world of its own. A view of that part is a sorted list of sentences. */
abstract class Worker {
  acknowledged = 0;
  cutOff = 0;
  protected state: readonly string[] = [];
  private pending: readonly string[] | undefined;

  /** One request, and what the world is if it happens; undefined: there was nothing to do. */
  protected abstract next():
    | { readonly after: readonly string[]; readonly send: () => Promise<boolean> }
    | undefined;
  protected abstract look(): Promise<readonly string[]>;

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const step = this.next();
      if (!step) continue;
      this.pending = step.after.toSorted();
      try {
        if (await step.send()) {
          this.state = this.pending;
          this.acknowledged++;
        }
        this.pending = undefined;
      } catch {
        this.cutOff++;
        return;
      }
    }
  }

  async reconcile(): Promise<readonly string[]> {
    const there = (await this.look()).toSorted();
    const allowed = [this.state, ...(this.pending ? [this.pending] : [])].map((one) => one.join());
    const isRight = allowed.includes(there.join());
    const fault = `${this.constructor.name} has ${difference(this.state, there)}${this.pending ? `, ${difference(this.pending, there)}` : ''}`;
    this.state = there;
    this.pending = undefined;
    return isRight ? [] : [fault];
  }
}

function difference(wanted: readonly string[], there: readonly string[]): string {
  const missing = wanted.filter((one) => !there.includes(one));
  const surplus = there.filter((one) => !wanted.includes(one));
  return `lost [${missing.join(' ')}] and gained [${surplus.join(' ')}]`;
}

async function done(asked: Promise<DavAnswer>): Promise<boolean> {
  const { status } = await asked;
  demand(status < 500, `${status}`);
  return status < 300;
}

/** Puts, deletes, moves and copies objects between two calendars. */
class Mover extends Worker {
  private readonly home: string;
  private readonly name: string;
  private readonly account: Account;
  private readonly random: Random;
  private count = 0;

  constructor(home: string, name: string, account: Account, random: Random) {
    super();
    this.home = home;
    this.name = name;
    this.account = account;
    this.random = random;
  }

  protected next() {
    const { random, home, account: as } = this;
    const fresh = `${this.name}-${++this.count}`;
    const side = random.chance(0.5) ? 'left' : 'right';
    const from = this.state[random.int(0, Math.max(0, this.state.length - 1))];
    if (from === undefined || (this.state.length < 20 && random.chance(0.4))) {
      const url = `${home}${side}/${fresh}.ics`;
      const body = event(`${fresh}@${this.name}`, fresh);
      return {
        after: [...this.state, `${side}/${fresh}.ics`],
        send: () => done(send({ method: 'PUT', url, headers: calendarType, body, as })),
      };
    }
    const others = this.state.filter((one) => one !== from);
    const url = home + from;
    if (random.chance(0.25)) return { after: others, send: () => done(send({ method: 'DELETE', url, as })) };
    const target = `${side}/${fresh}.ics`;
    const headers = { Destination: `${home}${target}`, Overwrite: 'F' };
    return { after: [...others, target], send: () => done(send({ method: 'MOVE', url, headers, as })) };
  }

  protected async look() {
    const found: string[] = [];
    for (const side of ['left', 'right'])
      for (const name of (await listing(`${this.home}${side}/`, this.account)).keys())
        if (name.startsWith(`${this.name}-`)) found.push(`${side}/${name}`);
    return found;
  }
}

/** Makes, renames, shares and deletes calendars. A sentence is a name, and a plus where the reader sees it. */
class Steward extends Worker {
  private readonly home: string;
  private readonly owner: Account;
  private readonly reader: Account;
  private readonly random: Random;
  private count = 0;

  constructor(home: string, owner: Account, reader: Account, random: Random) {
    super();
    this.home = home;
    this.owner = owner;
    this.reader = reader;
    this.random = random;
  }

  protected next() {
    const { random, home, owner: as } = this;
    const fresh = `s${++this.count}`;
    const chosen = this.state[random.int(0, Math.max(0, this.state.length - 1))];
    if (chosen === undefined || (this.state.length < 6 && random.chance(0.4))) {
      return {
        after: [...this.state, fresh],
        send: () => done(send({ method: 'MKCALENDAR', url: `${home}${fresh}/`, as })),
      };
    }
    const others = this.state.filter((one) => one !== chosen);
    const isShared = chosen.endsWith('+');
    const name = chosen.replace('+', '');
    const url = `${home}${name}/`;
    const kind = random.int(0, 9);
    if (kind < 2) return { after: others, send: () => done(send({ method: 'DELETE', url, as })) };
    if (kind < 5) {
      const headers = { Destination: `${home}${fresh}/`, Overwrite: 'F' };
      return {
        after: [...others, isShared ? `${fresh}+` : fresh],
        send: () => done(send({ method: 'MOVE', url, headers, as })),
      };
    }
    const ace = `<d:ace><d:principal><d:href>/dav/principals/${this.reader.name}/</d:href></d:principal><d:grant><d:privilege><d:read/></d:privilege></d:grant></d:ace>`;
    const body = `<d:acl xmlns:d="DAV:">${isShared ? '' : ace}</d:acl>`;
    return {
      after: [...others, isShared ? name : `${name}+`],
      send: () => done(send({ method: 'ACL', url, headers: xmlType, body, as })),
    };
  }

  protected async look() {
    const names = responsesOf(await send(propfind(this.home, 1, '<d:resourcetype/>', this.owner)))
      .map(({ href }) => lastSegment(href))
      .filter((name) => /^s\d+$/.test(name));
    const seen = async (name: string): Promise<boolean> =>
      (await send(propfind(`${this.home}${name}/`, 0, '<d:resourcetype/>', this.reader))).status === 207;
    return await Promise.all(names.map(async (name) => ((await seen(name)) ? `${name}+` : name)));
  }
}

/** Deletes events and brings them back by the page, and imports files. Deleted ones stand with a minus. */
class Page extends Worker {
  signIns = 0;
  private cookie = '';
  private readonly origin: string;
  private readonly url: string;
  private readonly account: Account;
  private readonly random: Random;
  private count = 0;

  constructor(origin: string, home: string, account: Account, random: Random) {
    super();
    this.origin = origin;
    this.url = `${home}page/`;
    this.account = account;
    this.random = random;
  }

  protected next() {
    const { random, account: as } = this;
    const fresh = `p${++this.count}`;
    const chosen = this.state[random.int(0, Math.max(0, this.state.length - 1))];
    if (chosen === undefined || this.state.length < 8) {
      const body = event(fresh, fresh);
      const url = `${this.url}${fresh}.ics`;
      return {
        after: [...this.state, fresh],
        send: () => done(send({ method: 'PUT', url, headers: calendarType, body, as })),
      };
    }
    const others = this.state.filter((one) => one !== chosen);
    if (chosen.startsWith('-')) {
      const name = chosen.slice(1);
      return { after: [...others, name], send: () => this.restore(name) };
    }
    if (chosen.startsWith('p') && random.chance(0.8)) {
      const url = `${this.url}${chosen}.ics`;
      return { after: [...others, `-${chosen}`], send: () => done(send({ method: 'DELETE', url, as })) };
    }
    if (this.state.length > 60) return undefined;
    return { after: [...this.state, fresh], send: () => this.importFile(fresh) };
  }

  protected async look() {
    const live = [...(await listing(this.url, this.account)).keys()].map((name) =>
      name.replace(/\.ics$/, ''),
    );
    const { items } = await this.ask<{ items: { what: string; title: string }[] }>('GET', '/trash');
    const here = (title: string): boolean => /^p\d+$/.test(title);
    return [
      ...live,
      ...items.flatMap(({ what, title }) => (what === 'event' && here(title) ? [`-${title}`] : [])),
    ];
  }

  private async restore(title: string): Promise<boolean> {
    const { items } = await this.ask<{ items: { id: string; title: string }[] }>('GET', '/trash');
    const item = items.find((one) => one.title === title);
    demand(item !== undefined, `${title} is not in the trash`);
    await this.ask('POST', `/trash/${item?.id}/restore`);
    return true;
  }

  /** One event, so that the import too has happened or has not. Its name is made from its UID. */
  private async importFile(uid: string): Promise<boolean> {
    const { calendars } = await this.ask<{ calendars: { id: string; name: string }[] }>('GET', '/calendars');
    const calendar = calendars.find(({ name }) => name === 'page');
    const body = event(uid, uid);
    const { id } = await this.ask<{ id: string }>(
      'POST',
      `/calendars/${calendar?.id}/import`,
      body,
      'text/calendar',
    );
    for (;;) {
      const { state } = await this.ask<{ state: string }>('GET', `/jobs/${id}`);
      if (state === 'done') return true;
      demand(state === 'running', `the import is ${state}`);
      await pause(10);
    }
  }

  private async ask<Answer>(method: string, path: string, body?: string, type?: string): Promise<Answer> {
    if (this.cookie === '') await this.signIn();
    const headers = {
      Cookie: this.cookie,
      'X-Requested-With': 'portal',
      ...(type && { 'Content-Type': type }),
    };
    const answer = await send({
      method,
      url: `${this.origin}/api/v1${path}`,
      headers,
      ...(body !== undefined && { body }),
    });
    demand(answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return JSON.parse(answer.text === '' ? 'null' : answer.text);
  }

  private async signIn(): Promise<void> {
    const body = JSON.stringify({ name: this.account.name, password: this.account.password });
    const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
    const { headers: given } = await send({
      method: 'POST',
      url: `${this.origin}/api/v1/session`,
      headers,
      body,
    });
    this.cookie = (given['set-cookie'] ?? '').split(';', 1)[0] ?? '';
    this.signIns++;
  }
}
