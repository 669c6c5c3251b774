/** A server that knows no single days of a series, as Gromox of 2024: they stay here, and whatever else there is goes on (exchange.md 19.4). */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { daily, neutral } from '../events.ts';
import { InStep } from './in-step.ts';

const zone = 'Europe/Stockholm';
const series = daily(
  {
    title: 'Series',
    start: { local: '2026-03-31T10:00:00', zone },
    end: { local: '2026-03-31T11:00:00', zone },
  },
  { uid: 'series' },
);
const moved = (event: NeutralEvent): NeutralEvent => ({
  ...event,
  overrides: {
    '2026-04-01T08:00:00Z': {
      ...event.content,
      start: { local: '2026-04-01T14:00:00', zone },
      end: { local: '2026-04-01T15:00:00', zone },
    },
  },
});
const without = (event: NeutralEvent): NeutralEvent => ({ ...event, excluded: ['2026-04-02T08:00:00Z'] });

describe('a server that knows no single days', () => {
  let both: InStep;

  afterEach(() => both.close());

  for (const [name, change] of Object.entries({ moved, without }))
    it(`goes on with everything else: ${name}`, async () => {
      both = await InStep.open({ profile: 'gromox', quirks: { noOccurrences: true } });
      await both.linked.synced();
      await both.linked.put(series);
      await both.quiet();
      await both.linked.edit('series', change);
      await both.linked.put(neutral({ title: 'Other' }, { uid: 'other' }));
      assert.equal((await both.linked.run()).run.outcome, 'partial');
      both.fake.counters.byOperation.clear();
      both.linked.office.clock.advance(hourMs);
      await both.linked.run();
      both.fake.counters.byOperation.delete('401');
      assert.deepEqual([...both.fake.counters.byOperation], [['SyncFolderItems', 1]]);
      assert.deepEqual(
        both.outlook.all().map(({ subject }) => subject),
        ['Other', 'Series'],
      );
      const here = await both.linked.event('series');
      assert.deepEqual(here, change(here), 'it stays here');
      const told: unknown[] = [];
      for await (const page of both.linked.services.storage.connectors.pairs(both.linked.id, {
        quarantined: true,
      }))
        told.push(...page.map(({ quarantine }) => quarantine));
      assert.deepEqual(told, ['occurrence-not-found'], 'and is told of');
    });
});
