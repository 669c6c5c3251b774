import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type Place, pathOf, placeOf } from '../../src/caldav/resources.ts';

const name = fc.string({ minLength: 1, unit: 'grapheme' });

/** Every kind of place that has one path of its own. */
const places: fc.Arbitrary<Exclude<Place, { at: 'alias' }>> = fc.oneof(
  ...(['root', 'well-known', 'context', 'principals', 'homes'] as const).map((at) => fc.constant({ at })),
  fc.record({ at: fc.constant('principal' as const), name }),
  fc.record({ at: fc.constant('home' as const), owner: name }),
  fc.record({ at: fc.constant('calendar' as const), owner: name, calendar: name }),
  fc.record({ at: fc.constant('object' as const), owner: name, calendar: name, object: name }),
  fc.record({ at: fc.constant('files' as const), rest: fc.array(name, { maxLength: 5 }) }),
);

describe('the URL space', () => {
  it('gives each place one path, and finds the place by it', () => {
    fc.assert(
      fc.property(places, (place) => assert.deepEqual(placeOf(pathOf(place).segments), { ...place })),
    );
  });

  it('says which places are collections', () => {
    const collections = (['root', 'context', 'principals', 'homes'] as const).map(
      (at) => pathOf({ at }).isCollection,
    );
    assert.deepEqual(collections, [true, true, true, true]);
    assert.equal(pathOf({ at: 'object', owner: 'a', calendar: 'b', object: 'c' }).isCollection, false);
    assert.equal(pathOf({ at: 'well-known' }).isCollection, false);
  });

  for (const segments of [
    ['principals'],
    ['principals', 'users', 'x'],
    ['caldav', 'v2'],
    ['calendar', 'dav', 'x', 'user'],
  ]) {
    it(`knows /${segments.join('/')} as the path of another server`, () => {
      assert.equal(placeOf(segments)?.at, 'alias');
    });
  }

  for (const segments of [
    ['x'],
    ['dav', 'x'],
    ['dav', 'calendars', 'a', 'b', 'c', 'd'],
    ['calendar'],
    ['dav', 'calendars', ''],
  ]) {
    it(`has nothing at /${segments.join('/')}`, () => assert.equal(placeOf(segments), undefined));
  }
});
