/**
 * Random change sets against a model that is too simple to be wrong: a map of names per calendar, a list for the trash.
 * Clients that follow the log from any moment must end with what the model holds.
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Change, CommitResult, Expectation } from '../../../src/core/change-set.ts';
import { type CalendarId, type ETag, etag, type Uid, uid } from '../../../src/core/ids.ts';
import type { Storage } from '../../../src/storage/port.ts';
import {
  anna,
  at,
  complete,
  days,
  flat,
  home,
  makeWorld,
  object,
  problems,
  type StorageFactory,
  work,
} from './fixture.ts';

interface Kept {
  readonly uid: Uid;
  readonly etag: ETag;
}

interface State {
  readonly calendars: ReadonlyMap<CalendarId, ReadonlyMap<string, Kept>>;
  readonly trash: readonly (Kept & { readonly calendar: CalendarId; readonly name: string })[];
}

type Intent =
  | {
      readonly do: 'put';
      readonly calendar: CalendarId;
      readonly name: string;
      readonly uid: string;
      readonly expect: number;
    }
  | { readonly do: 'delete'; readonly calendar: CalendarId; readonly name: string; readonly expect: number }
  | {
      readonly do: 'move';
      readonly calendar: CalendarId;
      readonly name: string;
      readonly to: CalendarId;
      readonly newName: string;
      readonly expect: number;
      readonly overwrite: boolean;
    };

const calendars = [work, home] as const;
const anyCalendar = fc.constantFrom(...calendars);
const anyName = fc.constantFrom('a', 'b', 'c');
const anyExpect = fc.integer({ min: 0, max: 4 });

const anyIntent: fc.Arbitrary<Intent> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('put' as const),
      calendar: anyCalendar,
      name: anyName,
      uid: fc.constantFrom('1', '2', '3', '4'),
      expect: anyExpect,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete' as const),
      calendar: anyCalendar,
      name: anyName,
      expect: anyExpect,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      calendar: anyCalendar,
      name: anyName,
      to: anyCalendar,
      newName: anyName,
      expect: anyExpect,
      overwrite: fc.boolean(),
    }),
  },
);

type Action =
  | { readonly do: 'commit'; readonly sets: readonly (readonly Intent[])[] }
  | { readonly do: 'sync'; readonly client: number }
  | { readonly do: 'restore'; readonly pick: number }
  | { readonly do: 'tidy'; readonly keepChanges: number };

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('commit' as const),
      sets: fc.array(fc.array(anyIntent, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('sync' as const), client: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tidy' as const), keepChanges: fc.nat(6) }) },
);

/** Follows both calendars as RFC 6578 lets a client do it. */
class Client {
  readonly seen: Map<CalendarId, { token: number; readonly etags: Map<string, ETag> }> = new Map(
    calendars.map((calendar) => [calendar, { token: 0, etags: new Map() }]),
  );

  async sync(storage: Storage): Promise<void> {
    for (const [id, own] of this.seen) {
      const calendar = await storage.calendar(id);
      assert.ok(calendar);
      if (own.token < calendar.changeFloor || own.token === 0) {
        own.etags.clear();
        for (const head of await flat(storage.heads({ calendar: id, select: { by: 'all' } }))) {
          own.etags.set(head.name, head.etag);
        }
      } else {
        for (const change of await flat(storage.changes(id, own.token))) {
          if (change.etag === undefined) own.etags.delete(change.name);
          else own.etags.set(change.name, change.etag);
        }
      }
      own.token = calendar.modseq;
    }
  }

  etags(calendar: CalendarId): ReadonlyMap<string, ETag> | undefined {
    return this.seen.get(calendar)?.etags;
  }
}

export function modelContract(factory: StorageFactory): void {
  describe('against a model', () => {
    it('agrees for any change sets, and so does every client', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyAction, { minLength: 1, maxLength: 25 }), async (actions) => {
          const { storage, clock } = await makeWorld(factory);
          const clients = [new Client(), new Client(), new Client()];
          let state: State = { calendars: new Map(calendars.map((id) => [id, new Map()])), trash: [] };
          let version = 0;
          for (const action of actions) {
            clock.advance(1);
            switch (action.do) {
              case 'commit': {
                // The sets are built against what is known before the first of them, as those of concurrent clients are.
                const sets = action.sets.map((intents) =>
                  intents.map((intent) => change(intent, state, ++version)),
                );
                const results = sets.map((changes) => storage.commit({ actor: anna, changes }));
                const during = clients[0]?.sync(storage);
                for (const [at, changes] of sets.entries()) {
                  const [expected, next] = apply(state, changes);
                  assert.deepEqual(await results[at], expected);
                  state = next;
                }
                await during;
                break;
              }
              case 'sync':
                await clients[action.client]?.sync(storage);
                break;
              case 'tidy':
                await storage.tidy({ before: at(1), keepChanges: action.keepChanges });
                break;
              case 'restore': {
                const items = (await flat(storage.trash(anna))).toReversed();
                assert.deepEqual(
                  items.map((item) => [item.calendar, item.objectName, item.uid]),
                  state.trash.map((item) => [item.calendar, item.name, item.uid]),
                );
                const item = items[action.pick % Math.max(items.length, 1)];
                if (!item) break;
                const result = await storage.commit({
                  actor: anna,
                  changes: [{ do: 'restore', item: item.id }],
                });
                const [expected, next] = restore(state, items.indexOf(item));
                assert.deepEqual(result, expected);
                state = next;
              }
            }
          }
          for (const client of clients) await client.sync(storage);
          for (const [id, objects] of state.calendars) {
            const wanted = new Map([...objects].map(([name, kept]) => [name, kept.etag]));
            const heads = await flat(storage.heads({ calendar: id, select: { by: 'all' } }));
            assert.deepEqual(new Map(heads.map(({ name, etag }) => [name, etag])), wanted);
            for (const client of clients) assert.deepEqual(client.etags(id), wanted);
          }
          assert.deepEqual(await problems(storage), []);
          await storage.close();
        }),
        { numRuns: 120 },
      );
    });
  });
}

function change(intent: Intent, state: State, version: number): Change {
  const { calendar, name } = intent;
  const expect = expectation(intent.expect, state.calendars.get(calendar)?.get(name));
  if (intent.do === 'put') {
    const index = complete(days(version % 50), days((version * 7) % 90, ((version * 11) % 200) + 100));
    const next = object(name, { version, uid: uid(intent.uid), index });
    return { do: 'put', calendar, object: next, expect };
  }
  if (intent.do === 'delete') return { do: 'delete', calendar, name, expect };
  const { to, newName, overwrite } = intent;
  return { do: 'move', from: calendar, name, to, newName, expect, overwrite };
}

function expectation(choice: number, known: Kept | undefined): Expectation {
  const choices: readonly Expectation[] = [
    'anything',
    'absent',
    'present',
    { etag: known?.etag ?? etag('"none"') },
    'anything',
  ];
  return choices[choice] ?? 'anything';
}

function apply(state: State, changes: readonly Change[]): [CommitResult, State] {
  const created: boolean[] = [];
  let next = state;
  for (const one of changes) {
    const outcome = applyOne(next, one);
    if (!('state' in outcome)) return [{ ok: false, change: created.length, ...outcome }, state];
    created.push(outcome.created);
    next = outcome.state;
  }
  return [{ ok: true, created }, next];
}

type Outcome =
  | { readonly created: boolean; readonly state: State }
  | { readonly reason: 'stale' | 'missing' | 'name-in-use' }
  | { readonly reason: 'uid-in-use'; readonly name: string };

function applyOne(state: State, change: Change): Outcome {
  if (change.do === 'put') {
    const objects = objectsOf(state, change.calendar);
    const { name } = change.object;
    if (!holds(change.expect, objects.get(name))) return { reason: 'stale' };
    const twin = holderOf(objects, change.object.uid, [name]);
    if (twin !== undefined) return { reason: 'uid-in-use', name: twin };
    const kept = { uid: change.object.uid, etag: change.object.etag };
    return { created: !objects.has(name), state: withObject(state, change.calendar, name, kept) };
  }
  if (change.do === 'delete') {
    const found = objectsOf(state, change.calendar).get(change.name);
    if (!holds(change.expect, found)) return { reason: 'stale' };
    if (!found) return { reason: 'missing' };
    return { created: false, state: discarded(state, change.calendar, change.name, found) };
  }
  assert.ok(change.do === 'move');
  return moved(state, change);
}

function moved(state: State, change: Extract<Change, { do: 'move' }>): Outcome {
  const { from, name, to, newName } = change;
  const found = objectsOf(state, from).get(name);
  if (!holds(change.expect, found)) return { reason: 'stale' };
  if (!found) return { reason: 'missing' };
  if (from === to && name === newName) return { created: false, state };
  const there = objectsOf(state, to).get(newName);
  if (there && !change.overwrite) return { reason: 'name-in-use' };
  const twin = holderOf(objectsOf(state, to), found.uid, from === to ? [name, newName] : [newName]);
  if (twin !== undefined) return { reason: 'uid-in-use', name: twin };
  const emptied = there ? discarded(state, to, newName, there) : state;
  const left = withObject(emptied, from, name, undefined);
  return { created: !there, state: withObject(left, to, newName, found) };
}

function restore(state: State, at: number): [CommitResult, State] {
  const item = state.trash[at];
  assert.ok(item);
  const objects = objectsOf(state, item.calendar);
  if (objects.has(item.name)) return [{ ok: false, change: 0, reason: 'name-in-use' }, state];
  const twin = holderOf(objects, item.uid, []);
  if (twin !== undefined) return [{ ok: false, change: 0, reason: 'uid-in-use', name: twin }, state];
  const next = withObject(state, item.calendar, item.name, { uid: item.uid, etag: item.etag });
  return [
    { ok: true, created: [true] },
    { ...next, trash: state.trash.filter((other) => other !== item) },
  ];
}

const objectsOf = (state: State, calendar: CalendarId): ReadonlyMap<string, Kept> =>
  state.calendars.get(calendar) ?? new Map();

function holds(expect: Expectation, found: Kept | undefined): boolean {
  if (expect === 'anything') return true;
  if (expect === 'absent') return !found;
  if (expect === 'present') return found !== undefined;
  return found?.etag === expect.etag;
}

function holderOf(
  objects: ReadonlyMap<string, Kept>,
  wanted: Uid,
  except: readonly string[],
): string | undefined {
  for (const [name, { uid }] of objects) if (uid === wanted && !except.includes(name)) return name;
  return undefined;
}

function withObject(state: State, calendar: CalendarId, name: string, kept: Kept | undefined): State {
  const objects = new Map(objectsOf(state, calendar));
  if (kept) objects.set(name, kept);
  else objects.delete(name);
  return { ...state, calendars: new Map(state.calendars).set(calendar, objects) };
}

function discarded(state: State, calendar: CalendarId, name: string, kept: Kept): State {
  const next = withObject(state, calendar, name, undefined);
  return { ...next, trash: [...next.trash, { ...kept, calendar, name }] };
}
