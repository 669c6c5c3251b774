import { demand } from './checks.ts';
import {
  calendarType,
  dav,
  lastSegment,
  propfind,
  responsesOf,
  send,
  syncCollection,
  syncTokenOf,
} from './dav.ts';
import { event } from './objects.ts';
import { Portcal, pause } from './portcal.ts';
import { type Random, seededRandom } from './random.ts';
import type { Suite } from './suite.ts';
import type { Account } from './target.ts';
import { descendants, textOf } from './xml.ts';

const kills = 20;
/** How often the server is asked to stop instead, by SIGTERM. */
const stops = 3;
const writersPerCalendar = 4;
const followersPerCalendar = 2;

/**
 * Kills the server again and again while clients write and others follow by sync.
 *
 * After each restart every write that was acknowledged must be there under the ETag that was promised, a write whose
 * answer was cut off must be there whole or not at all, and every follower must end with what the server has.
 */
export const durability: Suite = {
  name: 'durability',
  about: `kill -9 under concurrent writers and sync clients, ${kills} times: nothing acknowledged is lost`,
  limitSeconds: 300,
  needsOwnServer: true,

  async run({ checks, signal }) {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}`);
    const random = seededRandom(seed);
    const portcal = await Portcal.start({ logName: 'durability', settings: ['--log-level', 'warn'] });
    try {
      const account = await portcal.addPerson('writer', 'acknowledged');
      const world = new World(portcal, account);
      for (const name of ['busy', 'quiet']) await world.addCalendar(name, random);
      const faults: string[] = [];
      let slowestStartMs = 0;
      const stopCodes: (number | undefined)[] = [];
      for (let round = 1; round <= kills + stops && !signal.aborted; round++) {
        const end = async (): Promise<void> => {
          await pause(random.int(150, 900));
          if (round <= kills) await portcal.kill();
          else stopCodes.push(await portcal.terminate());
        };
        await world.workUntil(end());
        const started = performance.now();
        await portcal.launch();
        slowestStartMs = Math.max(slowestStartMs, performance.now() - started);
        for (const fault of await world.verify()) faults.push(`after end ${round}: ${fault}`);
      }
      const { acknowledged, cutOff, syncs } = world.counts();
      const of = (kind: string): string[] => faults.filter((fault) => fault.includes(kind));
      const amount = `${acknowledged} acknowledged writes, ${cutOff} cut off`;
      checks.check('the writers were acknowledged in every round', acknowledged > kills * 10, amount);
      checks.check(
        'every acknowledged write is there with its ETag',
        of('write').length === 0,
        few(of('write')),
      );
      checks.check(
        'every follower ends with what the server has',
        of('follower').length === 0,
        few(of('follower')),
      );
      checks.check(
        'no sync token that was handed out is forgotten',
        of('token').length === 0,
        few(of('token')),
      );
      const orderly = stopCodes.every((code) => code === 0);
      const codes = stopCodes.map((code) => code ?? 'killed').join(' ');
      checks.check('asked to stop under load it ends with code 0 within 15 s', orderly, codes);
      checks.check(
        'a killed server is back within 3 s',
        slowestStartMs < 3_000,
        `${slowestStartMs.toFixed(0)} ms`,
      );
      await checks.attempt('portcal check finds no damage', async () => {
        const report: { problems: unknown[] } = JSON.parse(await portcal.command(['check', '--json']));
        demand(report.problems.length === 0, JSON.stringify(report.problems));
      });
      console.log(`${amount}, ${syncs} syncs, slowest restart ${slowestStartMs.toFixed(0)} ms`);
    } finally {
      await portcal.stop();
    }
  },
};

function few(faults: readonly string[]): string {
  return faults.slice(0, 5).join('; ');
}

/** What the server has said about one object. */
interface Known {
  /** Undefined: the server acknowledged that there is no such object. */
  body: string | undefined;
  etag: string | undefined;
  /** A write that was sent and not answered: what the object is if it happened. */
  pending?: { readonly body: string | undefined };
}

interface CalendarState {
  readonly name: string;
  readonly url: string;
  readonly writers: readonly Writer[];
  readonly followers: readonly Follower[];
}

class World {
  readonly #calendars: CalendarState[] = [];
  readonly #portcal: Portcal;
  readonly #account: Account;

  constructor(portcal: Portcal, account: Account) {
    this.#portcal = portcal;
    this.#account = account;
  }

  async addCalendar(name: string, random: Random): Promise<void> {
    const url = `${this.#portcal.origin}/dav/calendars/${this.#account.name}/${name}/`;
    const made = await send({ method: 'MKCALENDAR', url, as: this.#account });
    demand(made.status === 201, `MKCALENDAR: ${made.status} ${made.text}`);
    const writers = Array.from(
      { length: writersPerCalendar },
      (_, number) => new Writer(url, `w${number}`, this.#account, seededRandom(random.int(0, 1e9))),
    );
    const followers = Array.from({ length: followersPerCalendar }, () => new Follower(url, this.#account));
    this.#calendars.push({ name, url, writers, followers });
  }

  /** Lets everyone work until `end` is over; they stop after their present request. */
  async workUntil(end: Promise<unknown>): Promise<void> {
    let over = false;
    const isOver = (): boolean => over;
    const workers = this.#calendars.flatMap(({ writers, followers }) => [...writers, ...followers]);
    const working = workers.map((worker) => worker.work(isOver));
    await end;
    over = true;
    await Promise.all(working);
  }

  /** Compares the server with what it has promised; answers a sentence for each difference. */
  async verify(): Promise<string[]> {
    const faults: string[] = [];
    for (const { name, url, writers, followers } of this.#calendars) {
      const listed = await listing(url, this.#account);
      const known = new Set<string>();
      for (const writer of writers) {
        for (const object of writer.objects.keys()) known.add(object);
        faults.push(...(await writer.reconcile(listed)).map((fault) => `${name}: ${fault}`));
      }
      for (const object of listed.keys())
        if (!known.has(object)) faults.push(`${name}: nobody was told of write ${object}`);
      for (const follower of followers)
        faults.push(...(await follower.catchUp(listed)).map((fault) => `${name}: ${fault}`));
    }
    return faults;
  }

  counts(): { acknowledged: number; cutOff: number; syncs: number } {
    const writers = this.#calendars.flatMap((calendar) => calendar.writers);
    const followers = this.#calendars.flatMap((calendar) => calendar.followers);
    return {
      acknowledged: writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0),
      cutOff: writers.reduce((sum, { cutOff }) => sum + cutOff, 0),
      syncs: followers.reduce((sum, { syncs }) => sum + syncs, 0),
    };
  }
}

/** A client that creates, changes and deletes objects of its own, one request at a time. */
class Writer {
  readonly objects = new Map<string, Known>();
  acknowledged = 0;
  cutOff = 0;
  readonly #url: string;
  readonly #name: string;
  readonly #account: Account;
  readonly #random: Random;
  #revision = 0;

  constructor(url: string, name: string, account: Account, random: Random) {
    this.#url = url;
    this.#name = name;
    this.#account = account;
    this.#random = random;
  }

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const [name, known] = this.#choose();
      const remove = known.body !== undefined && this.#random.chance(0.25);
      const body = remove ? undefined : this.#text(name);
      known.pending = { body };
      try {
        const answer = await send({
          method: remove ? 'DELETE' : 'PUT',
          url: this.#url + name,
          headers: {
            ...(!remove && calendarType),
            ...(known.etag === undefined ? { 'If-None-Match': '*' } : { 'If-Match': known.etag }),
          },
          ...(body !== undefined && { body }),
          as: this.#account,
        });
        delete known.pending;
        if (answer.status >= 300) continue; // Refused; `reconcile` finds out if that was wrong.
        known.body = body;
        known.etag = remove ? undefined : answer.headers['etag'];
        this.acknowledged++;
      } catch {
        this.cutOff++; // Killed under way: both outcomes are right, see `reconcile`.
        return;
      }
    }
  }

  /** Compares the server's list with what this client knows, and takes over what became of a cut-off write. */
  async reconcile(listed: ReadonlyMap<string, string>): Promise<string[]> {
    const faults: string[] = [];
    for (const [name, known] of this.objects) {
      const etag = listed.get(name);
      const { pending } = known;
      if (pending === undefined && etag === known.etag) continue;
      const { status, text } = await send({ method: 'GET', url: this.#url + name, as: this.#account });
      const body = status === 200 ? text : undefined;
      const allowed = pending === undefined ? [known.body] : [known.body, pending.body];
      if (!allowed.includes(body) || (body === undefined) !== (etag === undefined)) {
        faults.push(
          `write ${name} was acknowledged as ${known.etag ?? 'gone'}, the server has ${etag ?? 'nothing'}`,
        );
      } else if (pending === undefined)
        faults.push(`write ${name} has changed its ETag from ${known.etag} to ${etag}`);
      known.body = body;
      known.etag = etag;
      delete known.pending;
    }
    return faults;
  }

  #choose(): [string, Known] {
    const names = [...this.objects.keys()];
    if (names.length < 5 || this.#random.chance(0.5)) {
      const name = `${this.#name}-${names.length}.ics`;
      const known: Known = { body: undefined, etag: undefined };
      this.objects.set(name, known);
      return [name, known];
    }
    const name = names[this.#random.int(0, names.length - 1)] ?? '';
    return [name, this.objects.get(name) ?? { body: undefined, etag: undefined }];
  }

  #text(name: string): string {
    const size = this.#random.int(0, 20);
    const filler = Array.from({ length: size }, (_, i) => `X-FILLER-${i}:${'x'.repeat(60)}`);
    return event(`${name}@${this.#name}`, `revision ${++this.#revision}`, '20310310T100000Z', filler);
  }
}

/** A client that keeps a copy of the calendar's list by sync-collection (RFC 6578) alone. */
export class Follower {
  syncs = 0;
  readonly #copy = new Map<string, string>();
  readonly #url: string;
  readonly #account: Account;
  #token = '';
  #tokenLost = '';

  constructor(url: string, account: Account) {
    this.#url = url;
    this.#account = account;
  }

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.#sync();
      } catch {
        return; // Killed under way; the copy stays as it is and the old token is used again.
      }
      await pause(5);
    }
  }

  async catchUp(listed: ReadonlyMap<string, string>): Promise<string[]> {
    await this.#sync();
    const faults = this.#tokenLost ? [this.#tokenLost] : [];
    this.#tokenLost = '';
    for (const [name, etag] of listed) {
      const copy = this.#copy.get(name);
      if (copy !== etag) faults.push(`a follower has ${name} as ${copy ?? 'missing'} instead of ${etag}`);
    }
    for (const name of this.#copy.keys()) if (!listed.has(name)) faults.push(`a follower still has ${name}`);
    return faults;
  }

  async #sync(): Promise<void> {
    const answer = await send(syncCollection(this.#url, this.#token, this.#account));
    const token = syncTokenOf(answer);
    if (answer.status !== 207 || token === undefined) {
      this.#tokenLost = `token ${this.#token} is answered by ${answer.status} ${answer.text.slice(0, 100)}`;
      this.#token = '';
      this.#copy.clear();
      return;
    }
    for (const { href, status, found } of responsesOf(answer)) {
      const name = lastSegment(href);
      const etag = found.find((property) => property.name === dav('getetag'));
      if (status === 404) this.#copy.delete(name);
      else if (etag) this.#copy.set(name, textOf(etag));
    }
    this.#token = token;
    this.syncs++;
  }
}

/** Names and ETags of all objects, by PROPFIND. */
export async function listing(url: string, account: Account): Promise<Map<string, string>> {
  const answer = await send(propfind(url, 1, '<d:getetag/><d:resourcetype/>', account));
  demand(answer.status === 207, `PROPFIND ${url}: ${answer.status} ${answer.text.slice(0, 200)}`);
  const members = responsesOf(answer).filter(
    ({ found }) => !found.some((property) => descendants(property, dav('collection')).length > 0),
  );
  return new Map(
    members.map(({ href, found }) => {
      const etag = found.find(({ name }) => name === dav('getetag'));
      return [lastSegment(href), etag ? textOf(etag) : ''];
    }),
  );
}
