import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { folderId } from '../../conformance/exchange/ids.ts';
import { localName } from '../../conformance/exchange/markup.ts';
import type { Outlook } from '../../conformance/exchange/outlook.ts';
import { allOf, invalidIn, type Lab, openLab, syncing, textOf } from './lab.ts';

interface Page {
  readonly state: string;
  readonly last: boolean;
  readonly changes: readonly { readonly kind: string; readonly id: string; readonly key: string }[];
}

describe('the fake Exchange server: SyncFolderItems', () => {
  let lab: Lab;
  let alice: Outlook;
  beforeEach(async () => {
    lab = await openLab();
    alice = lab.exchange.outlook('alice@lab.test');
  });
  afterEach(() => lab.close());

  const page = async (state?: string, most?: number): Promise<Page> => {
    const message = await lab.good(syncing(state, most));
    return {
      state: textOf(message, 'SyncState'),
      last: textOf(message, 'IncludesLastItemInRange') === 'true',
      changes: (allOf(message, 'Changes')[0]?.children ?? []).map((change) => {
        const [id] = allOf(change, 'ItemId');
        return {
          kind: localName(change),
          id: id?.attributes.get('Id') ?? '',
          key: id?.attributes.get('ChangeKey') ?? '',
        };
      }),
    };
  };
  const make = (subject: string): string =>
    alice.create({ subject, start: '2026-11-23T10:00', end: '2026-11-23T11:00' });

  it('tells the newest first, in pages that may be as small as one', async () => {
    const ids = ['a', 'b', 'c'].map(make);
    const first = await page(undefined, 2);
    assert.deepEqual([first.changes.map(({ id }) => id), first.last], [[ids[2], ids[1]], false]);
    const second = await page(first.state, 2);
    assert.deepEqual([second.changes.map(({ id }) => id), second.last], [[ids[0]], true]);
    assert.deepEqual((await page(second.state)).changes, []);
  });

  it('tells an item that changed twice once, and nothing of one that came and went', async () => {
    const kept = make('kept');
    const { state } = await page();
    alice.edit(kept, { subject: 'once' });
    alice.edit(kept, { subject: 'twice' });
    alice.delete(make('gone'));
    const next = await page(state);
    assert.deepEqual(
      next.changes.map(({ kind, id }) => [kind, id]),
      [['Update', kept]],
    );
  });

  it('tells an item again that changes while its pages are fetched', async () => {
    const ids = ['a', 'b', 'c', 'd'].map(make);
    const first = await page(undefined, 2);
    alice.edit(ids[3] ?? '', { subject: 'changed meanwhile' });
    alice.delete(ids[2] ?? '');
    const rest = await page(first.state);
    const told = rest.changes.map(({ kind, id }) => `${kind} ${ids.indexOf(id)}`);
    assert.deepEqual(told, ['Delete 2', 'Create 3', 'Create 1', 'Create 0']);
  });

  it('refuses states that are broken or of another folder', async () => {
    const { state } = await page();
    const code = (given: string, folder?: string): Promise<string> => lab.code(syncing(given, 10, folder));
    assert.equal(await code('H4sIAAAA'), 'ErrorInvalidSyncStateData');
    assert.equal(await code(state.replace(/.{4}$/, 'AAAA')), 'ErrorInvalidSyncStateData');
    assert.equal(await code(state, '<t:DistinguishedFolderId Id="inbox"/>'), 'ErrorInvalidSyncStateData');
    const folder = alice.addCalendar('Short life');
    const id = `<t:FolderId Id="${folderId(folder)}"/>`;
    lab.exchange.store.removeFolder(folder);
    assert.equal(await lab.code(syncing(undefined, 10, id)), 'ErrorSyncFolderNotFound');
  });

  it('demands pages of 1 to 512 changes', async () => {
    assert.notEqual(await lab.code(syncing(undefined, 513)), 'NoError');
    assert.notEqual(await lab.code(syncing(undefined, 0)), 'NoError');
  });

  it('brings a client that pages at any moments to what is in the folder', async () => {
    const action = fc.record({
      do: fc.constantFrom('create', 'edit', 'delete', 'page'),
      which: fc.nat(20),
      most: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        for (const one of alice.all()) alice.delete(one.id, { hard: true });
        const known = new Map<string, string>();
        let state: string | undefined;
        const take = async (most: number): Promise<boolean> => {
          const next = await page(state, most);
          for (const { kind, id, key } of next.changes) {
            if (kind === 'Delete') known.delete(id);
            else known.set(id, key);
            if (kind === 'Update') assert.ok(known.has(id), 'an update of what was never told');
          }
          state = next.state;
          return next.last;
        };
        for (const { do: verb, which, most } of actions) {
          const present = alice.all();
          const target = present[which % Math.max(1, present.length)]?.id;
          if (verb === 'create') make('item');
          else if (verb === 'page') await take(most);
          else if (target !== undefined && verb === 'edit') alice.edit(target, { subject: `edit ${which}` });
          else if (target !== undefined) alice.delete(target, { hard: true });
        }
        let rounds = 0;
        while (!(await take(3))) assert.ok((rounds += 1) < 100);
        const there = new Map(alice.all().map(({ id, changeKey }) => [id, changeKey]));
        assert.deepEqual(known, there);
      }),
      { numRuns: 30 },
    );
  });

  it('tells all of it by the schema of Microsoft', async function () {
    make('a');
    const { state } = await page();
    alice.delete(make('b'));
    await page(state);
    await lab.code(syncing('broken'));
    assert.deepEqual(await invalidIn(lab.transcripts, () => this.skip()), []);
  });
});
