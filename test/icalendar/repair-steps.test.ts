import assert from 'node:assert/strict';
import {
  answerSteps,
  editedWhole,
  editSteps,
  instanceAt,
  oneSteps,
  withoutSteps,
} from '../../src/icalendar/editing/series-edit.ts';
import { splitSteps } from '../../src/icalendar/editing/series-split.ts';
import { planSteps } from '../../src/icalendar/instances/instance-plan.ts';
import { parseObject } from '../../src/icalendar/object.ts';
import { acceptSteps } from '../../src/icalendar/repair.ts';
import type { Steps } from '../../src/icalendar/steps.ts';
import { instant } from '../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../src/icalendar/zones/timezone.ts';
import { zoneLinks } from '../../src/icalendar/zones/zone-links.ts';
import { charactersTouched } from '../characters-touched.ts';
import { rules } from './fixtures.ts';

const dayMs = 86_400_000;
const begin = Date.UTC(2010, 0, 1, 9);
const written = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.000/g, '');
const calendar = (...components: readonly string[]): Uint8Array =>
  Buffer.from(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n${components.join('')}END:VCALENDAR\r\n`);
const event = (...lines: readonly string[]): string =>
  `BEGIN:VEVENT\r\nUID:u\r\n${lines.join('\r\n')}\r\nEND:VEVENT\r\n`;
const daily = (...lines: readonly string[]): string =>
  event(`DTSTART:${written(begin)}`, 'RRULE:FREQ=DAILY', ...lines);

const changedDays = calendar(
  daily(),
  ...Array.from({ length: 4_900 }, (_, n) =>
    event(`RECURRENCE-ID:${written(begin + n * dayMs)}`, `DTSTART:${written(begin + n * dayMs + 60_000)}`),
  ),
);

/** What one step costs at most, as a part of all of them. */
function largestShare(steps: Steps<unknown>): number {
  let [all, largest] = [0, 0];
  for (;;) {
    let step: IteratorResult<undefined, unknown> | undefined;
    const touched = charactersTouched(() => {
      step = steps.next();
    });
    all += touched;
    largest = Math.max(largest, touched);
    if (step?.done !== false) return largest / all;
  }
}

describe('the steps in which an object is taken in', () => {
  const large: Readonly<Record<string, Uint8Array>> = {
    'a series of 4,900 changed days': changedDays,
    '60,000 lines of one name each': calendar(
      daily(...Array.from({ length: 60_000 }, (_, n) => `X-${n}:${n}`)),
    ),
    'free/busy of 20,000 periods': calendar(
      `BEGIN:VFREEBUSY\r\nUID:u\r\nFREEBUSY:${`${written(begin)}/PT1H,`.repeat(20_000).slice(0, -1)}\r\nEND:VFREEBUSY\r\n`,
    ),
  };
  for (const [name, bytes] of Object.entries(large)) {
    it(`are all small for ${name}`, () => {
      const share = largestShare(acceptSteps(bytes, rules));
      assert.ok(share < 0.4, `one step is ${share} of the work`);
    });
  }

  it('are one for a short object', () => {
    assert.equal(acceptSteps(calendar(daily()), rules).next().done, true);
  });

  it('take out a million control characters in the time of a copy', () => {
    const bytes = calendar(daily(`DESCRIPTION:${'x\0'.repeat(500_000)}`));
    const touched = charactersTouched(() => {
      const steps = acceptSteps(bytes, rules);
      while (steps.next().done !== true);
    });
    assert.ok(touched < 4 * bytes.length, `${touched / bytes.length} characters for a byte`);
  });

  it('change what all its instances say, a few hundred at a time', () => {
    const object = parseObject(changedDays);
    assert.ok(object);
    const context = { zone: utc, now: instant(begin) };
    const change = { title: 'New', reminders: [5] };
    let count = 1;
    let made: Uint8Array | undefined;
    for (const steps = editSteps(object, undefined, change, context); made === undefined; count++) {
      const step = steps.next();
      if (step.done) made = step.value;
    }
    assert.ok(count > 20, `${count} steps`);
    assert.deepEqual(made, editedWhole(object, undefined, change, context));
    assert.equal(parseObject(made)?.overrides.length, object.overrides.length);
  });

  it('take one instance of it, cut it in two or answer it a few hundred at a time', () => {
    const object = parseObject(changedDays);
    assert.ok(object);
    const at = object.overrides.length / 2;
    const instance = instanceAt(object, instant(begin + at * dayMs), utc);
    assert.ok(instance);
    const context = { zone: utc, now: instant(begin) };
    const stepsOf = (steps: Steps<unknown>): number => {
      let count = 1;
      while (steps.next().done !== true) count++;
      return count;
    };
    const given = { answer: 'accepted', isOwn: () => false } as const;
    assert.ok(stepsOf(splitSteps(object, instance, 'n', context)) > 10);
    assert.ok(stepsOf(withoutSteps(object, instance, context)) > 8);
    assert.ok(stepsOf(oneSteps(object, instance, { title: 'x' }, context)) > 2);
    assert.ok(stepsOf(answerSteps(object, undefined, given, context)) > 8);
  });

  it('prepare its instances a few hundred at a time', () => {
    const object = parseObject(changedDays);
    assert.ok(object);
    let count = 1;
    for (const steps = planSteps(object, utc); steps.next().done !== true; ) count++;
    assert.ok(count > 8, `${count} steps`);
    assert.equal(planSteps(object, utc).next().done, true, 'prepared once');
  });
});

describe('the names of time zones', () => {
  it('are all asked of the engine that it can know, and others are not', () => {
    const abbreviations = 'EST EST5EDT CST6CDT MST MST7MDT PST8PDT HST CET EET MET WET'.split(' ');
    const hours = Array.from({ length: 27 }, (_, n) => `Etc/GMT${n < 13 ? '+' : '-'}${n < 13 ? n : n - 12}`);
    const names = [...Intl.supportedValuesOf('timeZone'), ...zoneLinks.flat(), ...abbreviations, ...hours];
    const unknown = names.filter((name) => {
      try {
        Intl.DateTimeFormat('en', { timeZone: name });
      } catch {
        return false; // an older edition
      }
      return !ianaZone(name) || !ianaZone(name.toLowerCase());
    });
    assert.deepEqual(unknown, []);
    assert.equal(ianaZone('Custom'), undefined);
  });
});
