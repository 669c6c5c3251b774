/**
 * Random edits on both sides, runs at any moment, requests that fail before or after they took effect, processes that die,
 * links that are turned, and events that may not be told of for a while: once everything is quiet both sides hold the same,
 * nothing twice, and nobody was mailed who should not be (exchange.md 19.5).
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { NeutralEvent } from '../../src/connectors/event.ts';
import { instanceContent } from '../../src/connectors/series.ts';
import type { Change } from '../../src/core/change-set.ts';
import type { Direction } from '../../src/core/connector.ts';
import { runUntilCrash } from './crash.ts';
import { daily, neutral } from './events.ts';
import { Linked, titled, withContent } from './linked.ts';
import { lineBroke } from './memory-calendar.ts';

const deeds = [
  'make',
  'rename',
  'place',
  'free',
  'shift',
  'shorten',
  'exclude',
  'override',
  'place-instance',
  'delete',
] as const;

/** What a person does to one event on one side. */
interface Act {
  readonly do: (typeof deeds)[number];
  readonly side: 'here' | 'there';
  readonly event: number;
  readonly value: number;
}

type Moment = 'before' | 'after';

type Step =
  | Act
  | { readonly do: 'run' }
  | { readonly do: 'fail'; readonly request: number; readonly moment: Moment }
  /** Somebody works on while a run is under way. */
  | { readonly do: 'meddle'; readonly request: number; readonly moment: Moment; readonly act: Act }
  | { readonly do: 'die'; readonly step: number }
  | { readonly do: 'forget-cursors' }
  /** An item there can neither be read nor written until everything is quiet. */
  | { readonly do: 'spoil'; readonly event: number }
  /** Nobody may be told of an event there, or may again. */
  | { readonly do: 'withhold' | 'release'; readonly event: number }
  /** What was deleted there last of an event is restored there. */
  | { readonly do: 'restore'; readonly event: number }
  | { readonly do: 'turn'; readonly direction: Direction }
  /** The link is turned while a run is under way. */
  | {
      readonly do: 'turn-meanwhile';
      readonly request: number;
      readonly moment: Moment;
      readonly direction: Direction;
    }
  /** Listings do not tell of the newest changes yet. */
  | { readonly do: 'lag'; readonly changes: number }
  | { readonly do: 'wait'; readonly hours: number };

const act: fc.Arbitrary<Act> = fc.record({
  do: fc.constantFrom(...deeds),
  side: fc.constantFrom('here', 'there'),
  event: fc.nat({ max: 3 }),
  value: fc.nat({ max: 9 }),
});

const request = fc.integer({ min: 1, max: 6 });
const moment = fc.constantFrom('before', 'after');

const direction = fc.constantFrom('both', 'from-remote', 'to-remote');

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: act },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('run') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail'), request, moment }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('meddle'), request, moment, act }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('die'), step: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget-cursors') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('spoil'), event: fc.nat({ max: 3 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('withhold', 'release'), event: fc.nat({ max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('restore'), event: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('turn'), direction }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('turn-meanwhile'), request, moment, direction }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lag'), changes: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), hours: fc.constantFrom(1, 30) }) },
);

/** What happens around invitations to meetings that are made here. */
const mailing = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('go') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('invite'), event: fc.nat({ max: 3 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('rename', 'place', 'shift', 'free'),
      side: fc.constant('here'),
      event: fc.nat({ max: 3 }),
      value: fc.nat({ max: 9 }),
    }),
  },
  {
    weight: 3,
    // The second one is that of a creation, most often.
    arbitrary: fc.record({ do: fc.constant('fail'), request: fc.constantFrom(2, 2, 1, 3, 4, 5), moment }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('die'), step: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lag'), changes: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget-cursors') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait'), hours: fc.constantFrom(1, 30) }) },
);

const uidOf = (event: number): string => `event-${event}`;

/** Every other one is a series, and one has a guest. */
function made(event: number, title: string): NeutralEvent {
  const uid = uidOf(event);
  if (event % 2 === 0) return daily({ title }, { uid });
  return neutral(uid === meeting ? { title, ...guests } : { title }, { uid });
}

const meeting = uidOf(3);

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;
const key = (value: number): string => `2026-03-${String(23 + (value % 5)).padStart(2, '0')}T09:00:00Z`;

/** Values come from the number of the step, so that no two edits say the same. */
async function take(linked: Linked, words: LastWords, at: number, one: Step): Promise<void> {
  if ('side' in one) return await edited(linked, words, at, one);
  switch (one.do) {
    case 'run':
      if (!(await leadsFreely(linked))) {
        await linked.run();
        return;
      }
      await assertQuiet(linked);
      words.assertKept(linked);
      return words.inStep();
    case 'fail':
      return await runWith(linked, one, () => {
        throw lineBroke();
      });
    case 'meddle':
      return await runWith(linked, one, () => edited(linked, words, at, one.act));
    case 'die':
      await runUntilCrash(linked, one.step);
      return linked.office.clock.advance(91_000);
    case 'forget-cursors':
      linked.remote.forgetCursors();
      // A listing that begins again without a word and has next to nothing left in it shows only at the daily check.
      return await linked.commit([
        { do: 'patch-connector-link', id: linked.id, patch: { deepChecked: null } },
      ]);
    case 'spoil':
      for (const { id, event } of linked.remote.items.values()) {
        if (event.uid === uidOf(one.event)) linked.remote.poison.add(id);
      }
      return;
    case 'withhold':
      for (const { id, event, marker } of linked.remote.items.values()) {
        // What was made here is no secret here.
        if (event.uid !== uidOf(one.event) || marker !== null) continue;
        linked.remote.withheld.add(id);
        linked.remote.edit(id, withContent({ privacy: 'private' }));
        words.forget(event.uid);
      }
      return;
    case 'release':
      return release(linked, (uid) => uid === uidOf(one.event));
    case 'restore':
      return restored(linked, words, uidOf(one.event));
    case 'turn':
      return await turn(linked, one.direction);
    case 'turn-meanwhile':
      return await runWith(linked, one, async () => await turn(linked, one.direction));
    case 'lag':
      linked.remote.lag = one.changes;
      return;
    case 'wait':
      return linked.office.clock.advance(one.hours * 3_600_000);
    default:
      return one satisfies never;
  }
}

/** Whether both sides can be in step at all. */
async function leadsFreely(linked: Linked): Promise<boolean> {
  return (await linked.link()).direction === 'both' && linked.remote.withheld.size === 0;
}

async function turn(linked: Linked, direction: Direction): Promise<void> {
  if ((await linked.link()).direction === direction) return;
  await linked.turn(direction);
}

function release(linked: Linked, isMeant: (uid: string) => boolean): void {
  for (const id of linked.remote.withheld) {
    const item = linked.remote.items.get(id);
    if (item && !isMeant(item.event.uid)) continue;
    linked.remote.withheld.delete(id);
    linked.remote.edit(id, withContent({ privacy: 'public' }));
  }
}

/** Two that people there have made themselves are two. */
function restored(linked: Linked, words: LastWords, uid: string): void {
  const { items, ours, bin } = linked.remote;
  const item = bin.findLast(({ event }) => event.uid === uid);
  const isOther = [...items.values()].some(({ id, event }) => event.uid === uid && !ours.has(id));
  if (!item || isOther) return;
  linked.remote.restore(item);
  words.forget(uid);
}

async function edited(linked: Linked, words: LastWords, at: number, one: Act): Promise<void> {
  linked.office.clock.advance(1000);
  const existed = await exists(linked, one);
  words.note(at, one, existed);
  await edit(linked, at, one, existed);
}

/** A run during which something happens once, before or after the request with this number takes effect. */
async function runWith(
  linked: Linked,
  { request: number, moment: when }: { readonly request: number; readonly moment: Moment },
  happening: () => void | Promise<void>,
): Promise<void> {
  let seen = 0;
  linked.remote.fault = async (_, now) => {
    if (now === when && ++seen === number) await happening();
  };
  await linked.run();
  linked.remote.fault = () => undefined;
}

async function exists(linked: Linked, { side, event }: Act): Promise<boolean> {
  const uid = uidOf(event);
  if (side === 'here') return (await linked.object(uid)) !== undefined;
  return linked.remote.events().some((one) => one.uid === uid);
}

async function edit(
  linked: Linked,
  at: number,
  { do: what, side, event, value }: Act,
  existed: boolean,
): Promise<void> {
  const uid = uidOf(event);
  const here = side === 'here';
  if (what === 'make') {
    if (existed) return;
    const whole = made(event, `made ${at}`);
    if (here) await linked.put(whole);
    else linked.remote.put(whole);
    return;
  }
  if (!existed) return;
  if (what === 'delete') {
    if (here) await linked.delete(uid);
    else linked.remote.delete(linked.idThere(uid));
    return;
  }
  const change = changeOf(what, at, value);
  if (here) await linked.edit(uid, change);
  else linked.remote.edit(linked.idThere(uid), change);
}

function changeOf(
  what: Exclude<Act['do'], 'make' | 'delete'>,
  at: number,
  value: number,
): ReturnType<typeof titled> {
  const zone = 'Europe/Stockholm';
  switch (what) {
    case 'rename':
      return titled(`title ${at}`);
    case 'place':
      return withContent({ location: `room ${at}` });
    case 'free':
      return withContent({ busy: value % 2 === 0 ? 'free' : 'tentative', reminder: value });
    case 'shorten':
      return (event) =>
        event.recurrence
          ? { ...event, recurrence: { rules: [`FREQ=DAILY;COUNT=${3 + (value % 5)}`], dates: [] } }
          : event;
    case 'shift': {
      const hour = String(10 + (value % 3)).padStart(2, '0');
      const times = {
        start: { local: `2026-03-23T${hour}:00:00`, zone },
        end: { local: `2026-03-23T${hour}:30:00`, zone },
      };
      return (event) => withContent(times)({ ...event, excluded: [], overrides: {} });
    }
    case 'exclude':
      return (event) =>
        event.recurrence
          ? {
              ...event,
              excluded: [...event.excluded, key(value)],
              overrides: without(event.overrides, key(value)),
            }
          : event;
    case 'override':
      return (event) =>
        event.recurrence
          ? {
              ...event,
              excluded: event.excluded.filter((other) => other !== key(value)),
              overrides: { ...event.overrides, [key(value)]: { ...event.content, title: `instance ${at}` } },
            }
          : event;
    case 'place-instance':
      return (event) => {
        if (!event.recurrence || event.excluded.includes(key(value))) return event;
        const own = event.overrides[key(value)] ?? instanceContent(event, key(value));
        const overrides = { ...event.overrides, [key(value)]: { ...own, location: `room ${at}` } };
        return { ...event, overrides };
      };
    default:
      return what satisfies never;
  }
}

function without<Value>(record: Readonly<Record<string, Value>>, name: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== name));
}

/**
 * What people said since both sides were last in step. An edit that only one side made has to be there in the end; where
 * both made one, one of the two. Events that somebody deleted meanwhile are not judged.
 */
class LastWords {
  private readonly said = new Map<string, string>();
  private readonly deleted = new Set<string>();
  /** Series of which instances were changed as a whole: parts of them are not judged. */
  private readonly reshaped = new Set<string>();

  note(at: number, one: Act, existed: boolean): void {
    const uid = uidOf(one.event);
    if (one.do === 'delete') this.deleted.add(uid);
    if (one.do === 'make' && !existed) {
      this.said.set(`${uid} title ${one.side}`, `made ${at}`);
      this.said.set(`${uid} location ${one.side}`, '');
    }
    if (one.do === 'rename' && existed) this.said.set(`${uid} title ${one.side}`, `title ${at}`);
    if (one.do === 'place' && existed) this.said.set(`${uid} location ${one.side}`, `room ${at}`);
    if (one.do === 'place-instance' && existed)
      this.said.set(`${uid} ${key(one.value)} ${one.side}`, `room ${at}`);
    if (['make', 'exclude', 'override', 'shift', 'shorten'].includes(one.do)) this.reshaped.add(uid);
  }

  /** What becomes of it is not up to people here. */
  forget(uid: string): void {
    this.deleted.add(uid);
  }

  inStep(): void {
    this.said.clear();
    this.deleted.clear();
    this.reshaped.clear();
  }

  assertKept(linked: Linked): void {
    for (const said of this.said.keys()) {
      const [uid = '', part = ''] = said.split(' ');
      const found = linked.remote.events().find((event) => event.uid === uid);
      if (this.deleted.has(uid)) continue;
      assert.ok(found, `${uid} is lost`);
      const words = ['here', 'there'].map((side) => this.said.get(`${uid} ${part} ${side}`));
      const kept = part === 'title' || part === 'location' ? found.content[part] : this.instance(found, part);
      if (kept === undefined) continue;
      assert.ok(words.includes(kept), `${said}: ${kept} instead of ${words.join(' or ')}`);
    }
  }

  /** Where an instance takes place; undefined: it is not judged. */
  private instance(event: NeutralEvent, part: string): string | undefined {
    if (event.recurrence === null || this.reshaped.has(event.uid)) return undefined;
    return (event.overrides[part] ?? event.content).location;
  }
}

/** As a person does it with the list of events that need attention. */
async function retryAll(linked: Linked): Promise<void> {
  if (linked.remote.poison.size === 0) return;
  linked.remote.poison.clear();
  const changes: Change[] = [{ do: 'patch-connector-link', id: linked.id, patch: { deepChecked: null } }];
  const { connectors } = linked.services.storage;
  for await (const page of connectors.pairs(linked.id, { quarantined: true })) {
    for (const { id } of page) {
      changes.push({ do: 'patch-pair', id, patch: { quarantine: null, quarantineText: null, failures: 0 } });
    }
  }
  await linked.commit(changes);
}

async function assertQuiet(linked: Linked): Promise<void> {
  linked.remote.lag = 0;
  await retryAll(linked);
  let requests: readonly string[] = [];
  for (let at = 0; at < 6; at++) {
    linked.remote.requests.length = 0;
    const { run, failure } = await linked.run();
    if (failure?.cause) throw failure.cause;
    assert.notEqual(run.outcome, 'failed');
    requests = [...linked.remote.requests];
    if (requests.length === 1) break;
  }
  assert.deepEqual(requests, ['changes'], 'a fixed point');
  await linked.assertInStep();
  const uids = linked.remote.events().map(({ uid }) => uid);
  assert.equal(new Set(uids).size, uids.length, 'nothing twice');
  for (const mail of linked.remote.mails) assert.ok(mail.endsWith(` ${meeting}`), mail);
}

/** Of how often the meeting may have been made there from here. */
class Occasions {
  private count = 0;

  /** It is made, brought back, or deleted on one side while somebody edits it on the other. */
  note(one: Step): void {
    if (one.do === 'meddle') return this.note(one.act);
    const isMeant = 'event' in one && uidOf(one.event) === meeting;
    if (isMeant && ['make', 'delete', 'restore'].includes(one.do)) this.count += 1;
  }

  assertEach(linked: Linked): void {
    const invitations = linked.remote.mails.filter((mail) => mail.startsWith('create '));
    assert.ok(
      invitations.length <= this.count,
      `${invitations.length} invitations for ${this.count} occasions`,
    );
  }
}

/**
 * Servers that find nothing by its marker or its UID, of which no search and no listing tells of what is new, that do not say
 * whether guests were mailed, that tell no versions, that take a write with an old version, or that begin again when they do not know a cursor.
 */
const server = fc.record({
  restarts: fc.boolean(),
  withoutUidSearch: fc.boolean(),
  lagsEverywhere: fc.boolean(),
  withoutInvited: fc.boolean(),
  withoutVersions: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  capabilities: fc.record({
    findByMarker: fc.boolean(),
    conditionalWrite: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
  }),
  pageSize: fc.constantFrom(1, 2, 512),
  batchSize: fc.constantFrom(1, 2, 10),
});

const rules = fc.record({ conflictPolicy: fc.constantFrom('newest', 'exchange', 'portal') });

describe('connector convergence', () => {
  it('holds after any edits, failures and crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 3, maxLength: 25 }),
        server,
        rules,
        async (steps, remote, policy) => {
          const linked = await Linked.make({ remote, rules: policy });
          try {
            const words = new LastWords();
            const occasions = new Occasions();
            for (const [at, one] of steps.entries()) {
              occasions.note(one);
              await take(linked, words, at, one);
            }
            release(linked, () => true);
            await turn(linked, 'both');
            await assertQuiet(linked);
            words.assertKept(linked);
            occasions.assertEach(linked);
          } finally {
            await linked.office.close();
          }
        },
      ),
      { numRuns: Number(process.env['FC_RUNS'] ?? 60) },
    );
  });

  it('mails each invitation once, whatever fails and however late a server tells of anything', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(mailing, { minLength: 3, maxLength: 20 }), server, async (steps, remote) => {
        const linked = await Linked.make({ remote });
        try {
          const words = new LastWords();
          const uids = new Set<string>();
          // Nobody is mailed by a first run.
          await linked.synced();
          for (const [at, one] of steps.entries()) {
            if (one.do === 'go') await linked.run();
            else if (one.do !== 'invite') await take(linked, words, at, one);
            else if (!uids.has(uidOf(one.event))) {
              uids.add(uidOf(one.event));
              await linked.put(neutral({ title: `made ${at}`, ...guests }, { uid: uidOf(one.event) }));
            }
          }
          linked.remote.lag = 0;
          for (let at = 0; at < 6; at++) await linked.run();
          await linked.assertInStep();
          const invited = linked.remote.mails.filter((mail) => mail.startsWith('create ')).sort();
          assert.deepEqual(invited, [...new Set(invited)], 'nobody twice');
          const all = [...uids].map((uid) => `create ${uid}`).sort();
          // Where nobody can tell, silence is better than a second mail.
          if (!remote.withoutInvited) assert.deepEqual(invited, all);
          assert.equal(linked.remote.items.size, uids.size);
        } finally {
          await linked.office.close();
        }
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 60) },
    );
  });
});
