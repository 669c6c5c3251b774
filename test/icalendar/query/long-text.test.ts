import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { collations, searchFor } from '../../../src/icalendar/query/collation.ts';
import type { CompFilter, PropFilter, TextMatch } from '../../../src/icalendar/query/filter.ts';
import { foundIn, isLong, partLength, partsOf } from '../../../src/icalendar/query/long-text.ts';
import { matches, matchSteps } from '../../../src/icalendar/query/match.ts';
import { completed } from '../../../src/icalendar/steps.ts';
import { decodeText, decodeTextList } from '../../../src/icalendar/value.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { charactersTouched } from '../../characters-touched.ts';
import { event, objectOf } from '../fixtures.ts';

/** What falls apart, or is joined to its neighbours, when a text is cut. */
const pieces: readonly string[] =
  'a|Z| |é|e\u0301\u0323|ß|ŉ|я|각|\u1100\u1161\u11a8|👩‍👩‍👧|ﬁ|中|\\\\|\\n|\\,|\\;|\\x|,'.split('|');
const awkward = fc.constantFrom(...pieces);
const long = fc
  .array(awkward, { minLength: 1, maxLength: 40 })
  .map((tokens) => tokens.join(''))
  .map((text) => text.repeat(Math.ceil(40_000 / text.length)));

const inVevent = (...props: readonly PropFilter[]): CompFilter => ({
  name: 'VCALENDAR',
  is: 'defined',
  props: [],
  comps: [{ name: 'VEVENT', is: 'defined', props, comps: [] }],
});
const contains = (text: string, more: Partial<TextMatch> = {}): PropFilter => ({
  name: 'DESCRIPTION',
  is: 'defined',
  textMatch: { text, collation: 'i;ascii-casemap', negate: false, ...more },
  params: [],
});
const options = { zone: utc, maxInstances: 100 };

describe('long texts that are searched', () => {
  it('mean in parts what they mean as a whole', () => {
    const list = (part: string): string => decodeTextList(part).join('\0');
    fc.assert(
      fc.property(
        long,
        fc.constantFrom(...collations),
        fc.constantFrom(decodeText, list),
        (text, of, meaning) => {
          const { fold } = searchFor('', of);
          const parts = [...partsOf(text)];
          assert.equal(parts.join(''), text);
          assert.ok(parts.every((part) => part.length <= partLength));
          assert.equal(parts.map((part) => fold(meaning(part))).join(''), fold(meaning(text)));
        },
      ),
      { numRuns: 60 },
    );
    const backslashes = '\\'.repeat(50_001);
    assert.equal([...partsOf(backslashes)].map(decodeText).join(''), decodeText(backslashes));
  });

  it('are found wherever they begin and end', () => {
    const text = `${'x'.repeat(partLength - 4)}needle, or what looks like it${'y'.repeat(40_000)}needles`;
    const parts = [...partsOf(text)];
    assert.ok(parts.length > 2);
    for (const needle of ['', 'x', 'xneedle', 'like ity', 'needles', text.slice(1_000, 9_000)])
      assert.ok(completed(foundIn(parts, searchFor(needle, 'i;octet'))), needle.slice(0, 20));
    for (const needle of ['xx needle', 'Needle', `${text}!`])
      assert.ok(!completed(foundIn(parts, searchFor(needle, 'i;octet'))), needle.slice(0, 20));
  });

  it('are searched for long needles as for short ones, in time that does not multiply', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 300 });
    fc.assert(
      fc.property(letters, letters, fc.nat(300), (text, other, from) => {
        for (const needle of [other, text.slice(from)])
          assert.equal(searchFor(needle, 'i;octet').isIn(text), text.includes(needle));
      }),
    );
    assert.equal(searchFor(`b${'a'.repeat(2_000)}`, 'i;octet').isIn('a'.repeat(1_000_000)), false);
  });

  it('are folded once for all conditions, in steps', () => {
    const object = objectOf(
      ...event('DTSTART:20260310T090000Z', `DESCRIPTION:${'Some words '.repeat(50_000)}`),
    );
    const absent = contains('nothing like it', { negate: true });
    const one = charactersTouched(() => assert.ok(matches(object, inVevent(absent), options)));
    const many = charactersTouched(() =>
      assert.ok(matches(object, inVevent(...Array.from({ length: 100 }, () => absent)), options)),
    );
    assert.ok(many < 1.5 * one, `${many / one} times as much for a hundred conditions`);
    let steps = 1;
    for (const work = matchSteps(object, inVevent(contains('SOME WORDS.')), options); ; steps++)
      if (work.next().done) break;
    assert.ok(steps > 20, `${steps} steps`);
    assert.ok(matches(object, inVevent(contains('words some')), options));
  });

  it('are one step where they are short', () => {
    assert.ok(!isLong('x'.repeat(partLength)));
    const object = objectOf(...event('DTSTART:20260310T090000Z', 'DESCRIPTION:Some words'));
    assert.deepEqual(matchSteps(object, inVevent(contains('some')), options).next(), {
      done: true,
      value: true,
    });
  });

  it('are as many as lines, parameters and conditions there are, all in steps', () => {
    const object = objectOf(
      ...event(
        'DTSTART:20260310T090000Z',
        ...Array.from({ length: 5_000 }, (_, n) => `ATTENDEE;CN=Number ${n}:mailto:p${n}@x`),
      ),
    );
    const named = {
      name: 'CN',
      is: 'defined',
      textMatch: { text: 'nobody', collation: 'i;octet', negate: false },
    } as const;
    const filter = inVevent({ name: 'ATTENDEE', is: 'defined', params: [named] });
    let steps = 1;
    for (const work = matchSteps(object, filter, options); !work.next().done; ) steps++;
    assert.ok(steps > 3, `${steps} steps`);
  });
});
