import assert from 'node:assert/strict';
import { categoriesOf, eventFacts } from '../../src/icalendar/event-facts.ts';
import { charactersTouched } from '../characters-touched.ts';
import { event, objectOf } from './fixtures.ts';

describe('the categories of an event', () => {
  const categories = (...lines: readonly string[]): readonly string[] => {
    const { master } = objectOf(...event('DTSTART:20260310T090000Z', ...lines));
    return master ? categoriesOf(master) : [];
  };

  it('are those of all lines, without blanks and empty ones', () => {
    assert.deepEqual(categories('CATEGORIES: Work ,,A\\,B', 'CATEGORIES:Home'), ['Work', 'A,B', 'Home']);
  });

  it('are the first thousand where there are more', () => {
    const names = Array.from({ length: 100_000 }, (_, n) => `c${n}`);
    let found: readonly string[] = [];
    const touched = charactersTouched(() => {
      found = categories(`CATEGORIES:${names.join()}`);
    });
    assert.deepEqual(found, names.slice(0, 1_000));
    assert.ok(touched < 10 * names.join().length, `${touched}`);
    const lines = names.slice(0, 3_000).map((name) => `CATEGORIES:${name}`);
    assert.equal(categories(...lines).length, 1_000);
  });
});

describe('the links of an event', () => {
  it('are the first thousand where there are more', () => {
    const lines = Array.from({ length: 3_000 }, (_, n) => `ATTACH:https://example.com/${n}`);
    const { master } = objectOf(...event('DTSTART:20260310T090000Z', 'ATTACH:CID:x', ...lines));
    assert.ok(master);
    const { links } = eventFacts(master);
    assert.deepEqual([links.length, links[999]?.url], [1_000, 'https://example.com/999']);
  });
});
