/** The instances that are told one by one, of rules that have far more of them (exchange.md 10.4). */
import assert from 'node:assert/strict';
import { instancesIn, maxSingles } from '../../../../src/connectors/exchange/mapping/instances.ts';
import { content, series, window } from './fixture.ts';

const begins = Date.parse('2026-11-23T09:00:00Z');
const keyAfter = (minutes: number): string =>
  `${new Date(begins + minutes * 60_000).toISOString().slice(0, 19)}Z`;
const at = (clock: string) => ({ local: `2026-11-23T${clock}`, zone: 'Europe/Berlin' });

describe('exchange mapping: the instances of a window', () => {
  it('are the first of a rule of every minute, without those that are taken out', () => {
    const excluded = [keyAfter(0), keyAfter(2), keyAfter(9000)];
    const keys = [...instancesIn(series('FREQ=MINUTELY', {}, { excluded }), window).keys()];
    assert.equal(keys.length, maxSingles);
    assert.deepEqual(keys.slice(0, 3), [keyAfter(1), keyAfter(3), keyAfter(4)]);
    assert.equal(keys.at(-1), keyAfter(maxSingles + 1));
  });

  it('have among them one from far behind that was moved to the front, and not one that was moved behind', () => {
    const early = content({ title: 'Early', start: at('10:00:30'), end: at('10:01:00') });
    const late = content({ start: at('23:50:00'), end: at('23:59:00') });
    const overrides = { [keyAfter(9000)]: early, [keyAfter(1)]: late };
    const found = instancesIn(series('FREQ=MINUTELY', {}, { overrides }), window);
    assert.equal(found.size, maxSingles);
    assert.deepEqual([...found.keys()].slice(0, 3), [keyAfter(0), keyAfter(9000), keyAfter(2)]);
    assert.equal(found.get(keyAfter(9000))?.title, 'Early');
    assert.equal([...found.keys()].at(-1), keyAfter(maxSingles - 1));
  });

  it('are in order of time, whatever says that they are there', () => {
    const dates = ['2026-11-25', '2026-11-24'].map((day) => ({
      local: `${day}T12:00:00`,
      zone: 'Europe/Berlin',
    }));
    const event = series('FREQ=DAILY;COUNT=3', {}, { recurrence: { rules: ['FREQ=DAILY;COUNT=3'], dates } });
    assert.deepEqual(
      [...instancesIn(event, window).keys()].map((key) => key.slice(8, 13)),
      ['23T09', '24T09', '24T11', '25T09', '25T11'],
    );
  });
});
