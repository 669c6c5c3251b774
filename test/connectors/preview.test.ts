import assert from 'node:assert/strict';
import { type Preview, type PreviewRequest, preview } from '../../src/connectors/preview.ts';
import { syncWindow } from '../../src/connectors/rules.ts';
import { indexView } from '../../src/service/objects/indexing.ts';
import { neutral } from './events.ts';
import { Linked } from './linked.ts';

describe('preview of the first run', () => {
  let linked: Linked;
  beforeEach(async () => {
    linked = await Linked.make();
  });
  afterEach(() => linked.office.close());

  const look = async (more: Partial<PreviewRequest> = {}): Promise<Preview> => {
    const { services } = linked;
    const calendar = await services.storage.calendar((await linked.link()).calendar);
    assert.ok(calendar);
    const index = await indexView(services, calendar);
    return await preview({
      services,
      calendar,
      remote: linked.remote,
      view: index,
      window: syncWindow(services.clock.now(), linked.rules, { startDate: null }, index.zone),
      direction: 'both',
      autoSync: true,
      linkBefore: undefined,
      signal: new AbortController().signal,
      ...more,
    });
  };
  const there = (uid: string, title: string): void => {
    linked.remote.put(neutral({ title }, { uid }));
  };
  const here = (uid: string, title: string): Promise<void> => linked.put(neutral({ title }, { uid }));

  it('counts what comes in, what goes out, and what is on both sides by UID or by looks', async () => {
    there('same', 'Same');
    await here('same', 'Another title');
    there('there-1', 'Lunch');
    await here('here-1', 'Lunch');
    there('there-2', 'Only there');
    await here('here-2', 'Only here');
    const { toImport, toExport, paired, unclear } = await look();
    assert.deepEqual(
      { toImport, toExport, paired, unclear },
      { toImport: 1, toExport: 1, paired: 2, unclear: [] },
    );
  });

  it('is what the run then does', async () => {
    there('there-1', 'Lunch');
    await here('here-1', 'Lunch');
    there('there-2', 'Only there');
    await here('here-2', 'Only here');
    const { toImport, toExport, paired } = await look();
    const { counters } = await linked.synced('manual');
    assert.equal(counters.created, toImport + toExport);
    const { pairs } = await linked.services.storage.connectors.linkCounts(linked.id);
    assert.equal(pairs, toImport + toExport + paired);
  });

  it('names those that look the same but not beyond doubt', async () => {
    there('there-1', 'Lunch');
    there('there-2', 'Lunch');
    await here('here-1', 'Lunch');
    const { paired, unclear, toImport, toExport } = await look();
    assert.deepEqual([paired, toImport, toExport], [0, 2, 1]);
    assert.deepEqual(unclear[0], { title: 'Lunch', start: '2026-03-23' });
    assert.equal(unclear.length, 2);
  });

  it('leaves out what lies outside of the window, and the side that nothing goes to', async () => {
    const start = { local: '2020-03-23T10:00:00', zone: 'Europe/Stockholm' };
    const end = { local: '2020-03-23T11:00:00', zone: 'Europe/Stockholm' };
    linked.remote.put(neutral({ start, end }, { uid: 'long-ago' }));
    there('there', 'There');
    await here('here', 'Here');
    const counts = async (more: Partial<PreviewRequest>): Promise<readonly number[]> => {
      const { toImport, toExport } = await look(more);
      return [toImport, toExport];
    };
    assert.deepEqual(await counts({}), [1, 1]);
    assert.deepEqual(await counts({ direction: 'from-remote' }), [1, 0]);
    assert.deepEqual(await counts({ direction: 'to-remote' }), [0, 1]);
  });

  it('knows events of an earlier link by their markers', async () => {
    await here('here', 'Here');
    await linked.synced('manual');
    const removed = linked.services.clock.now();
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { removed } }]);
    linked.remote.requests.length = 0;
    assert.equal((await look({ linkBefore: linked.id })).paired, 1);
    assert.ok(linked.remote.requests.every((request) => !/create|update|remove/.test(request)));
  });
});
