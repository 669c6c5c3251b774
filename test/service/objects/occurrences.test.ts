/** What is drawn without trees is what parsing every object would draw, whoever looks. */
import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { instances } from '../../../src/icalendar/instances/instances.ts';
import { parseObject } from '../../../src/icalendar/object.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { ianaZone, utc, type Zone } from '../../../src/icalendar/zones/timezone.ts';
import { importCalendar } from '../../../src/service/calendars/import.ts';
import {
  type Drawn,
  drawnFacts,
  drawnInstance,
  mayChange,
  recurrenceIdOf,
} from '../../../src/service/objects/drawn.ts';
import { drawnInstances } from '../../../src/service/objects/occurrences.ts';
import { overlapping } from '../../../src/service/objects/queries.ts';
import { nasty, nastyNames } from '../../icalendar/fixtures.ts';
import { turnsDuring } from '../../turns.ts';
import { actor, all, event, type Office, office, put, refreshed, seen, share } from '../office.ts';

const range = { start: instant(Date.UTC(2026, 0, 1)), end: instant(Date.UTC(2027, 0, 1)) };
const zones = ['Europe/Stockholm', 'Asia/Tokyo'].map((name) => ianaZone(name) ?? utc);

describe('drawn instances', () => {
  let at: Office;
  let alice: Actor;
  let mine: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    mine = await seen(at);
  });
  afterEach(() => at.close());

  /** One line for each instance, with all that can be seen of it. */
  const said = (where: SeenCalendar, { head, instance }: Drawn): string =>
    JSON.stringify([head.uid, head.etag, head.classification, mayChange(where, head, new Set()), instance]);

  async function drawn(who: Actor, where: SeenCalendar, zone: Zone): Promise<readonly string[]> {
    const lines: string[] = [];
    const query = { range, zone, maxResults: 20_000 };
    await drawnInstances(at.services, who, [where], query, (_, found) => {
      lines.push(...found.map((one) => said(where, one)));
      return Buffer.from('x');
    });
    return lines.sort();
  }

  /** By a tree of each object. */
  async function expected(who: Actor, where: SeenCalendar, zone: Zone): Promise<readonly string[]> {
    const lines: string[] = [];
    const query = { range, kinds: ['VEVENT'], zone: zone.id } as const;
    for (const { object: shown } of await all(overlapping(at.services, who, where, query))) {
      const object = parseObject(shown.bytes);
      if (!object) continue;
      const { master, overrides } = object;
      const repeats =
        overrides.length > 0 || (master?.first('RRULE') ?? master?.first('RDATE')) !== undefined;
      for (const found of instances(object, range, { zone, maxInstances: 3_000 })) {
        const instance = drawnInstance(
          found,
          drawnFacts(found.component),
          repeats ? recurrenceIdOf(found) : undefined,
        );
        lines.push(said(where, { head: shown.head, instance }));
      }
    }
    return lines.sort();
  }

  /** For the owner and for readers of each level, the second time with what is remembered of the first. */
  async function areEqual(): Promise<number> {
    let count = 0;
    const bob = await actor(at, at.bob);
    for (const level of ['busy', 'titles', 'read', 'edit', 'manage'] as const) {
      await share(at, at.bob, level);
      const theirs = await seen(at, at.bob, at.alice);
      for (const zone of zones) {
        const lines = await expected(bob, theirs, zone);
        assert.deepEqual(await drawn(bob, theirs, zone), lines, level);
        count += lines.length;
      }
    }
    mine = await refreshed(at, alice, mine);
    for (const zone of zones)
      assert.deepEqual(await drawn(alice, mine, zone), await expected(alice, mine, zone));
    return count;
  }

  it('are those of parsed objects: kinds of events, classes and rights', async () => {
    const more = (...lines: readonly string[]) => ({ more: lines });
    const kinds: readonly Parameters<typeof event>[0][] = [
      {},
      more('CLASS:PRIVATE', 'LOCATION:secret place'),
      more('CLASS:CONFIDENTIAL', 'ATTENDEE:mailto:bob@example.com'),
      more('CLASS:X-OWN', 'TRANSP:TRANSPARENT'),
      more('class:private'),
      more('STATUS:CANCELLED', 'ATTENDEE;CN="B":mailto:b@example.com'),
      {
        summary: 'Tom & Jerry',
        inner: ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:x', 'TRIGGER:-PT5M', 'END:VALARM'],
      },
      { start: ';VALUE=DATE:20260323', end: ';VALUE=DATE:20260325' },
      { start: ':20260323T090000', end: ':20260323T100000' },
      { start: ';TZID=America/New_York:20260323T090000', end: ';TZID=Asia/Tokyo:20260324T100000' },
      {
        start: ';TZID=W. Europe Standard Time:20260323T090000',
        end: ';TZID=W. Europe Standard Time:20260323T100000',
      },
      more('RRULE:FREQ=WEEKLY', 'CLASS:PRIVATE'),
      { start: ';VALUE=DATE:20260323', end: ';VALUE=DATE:20260324', ...more('RRULE:FREQ=MONTHLY') },
      { summary: 'x'.repeat(70), more: [`DESCRIPTION:${'long '.repeat(10)}`] },
      more(...Array.from({ length: 600 }, (_, n) => `COMMENT:${n} some words that make it long`)),
    ];
    for (const [n, values] of kinds.entries()) {
      await put(at, alice, mine, `${n}.ics`, event({ uid: `uid-${n}`, summary: `Event ${n}`, ...values }));
    }
    assert.ok((await areEqual()) > 100);
  });

  it('are those of parsed objects in the awkward files', async () => {
    for (const name of nastyNames) {
      if (name.startsWith('line-5000')) continue;
      try {
        await importCalendar(at.services, alice, await refreshed(at, alice, mine), nasty(name));
      } catch {
        // What is refused is not there.
      }
    }
    assert.ok((await areEqual()) > 100);
  });

  it('are those of now after a change', async () => {
    await put(at, alice, mine, 'a.ics', event({ uid: 'a', summary: 'One' }));
    const zone = zones[0] ?? utc;
    mine = await refreshed(at, alice, mine);
    assert.match((await drawn(alice, mine, zone)).join('\n'), /"One"/);
    await put(at, alice, mine, 'a.ics', event({ uid: 'a', summary: 'Two' }));
    mine = await refreshed(at, alice, mine);
    assert.match((await drawn(alice, mine, zone)).join('\n'), /"Two"/);
  });

  it('of an object of many lines come with turns for others, and are those of a short one', async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => `X-${n}:${n}`);
    const dates = Array.from({ length: 3_000 }, (_, n) =>
      new Date(Date.UTC(2026, 2, 10, n)).toISOString().replaceAll(/[-:]|\.000/g, ''),
    );
    await put(at, alice, mine, 'single.ics', event({ uid: 'single', more: lines }));
    await put(
      at,
      alice,
      mine,
      'dates.ics',
      event({ uid: 'dates', more: [`RDATE:${dates.join()}`, ...lines] }),
    );
    mine = await refreshed(at, alice, mine);
    const { result, turns } = await turnsDuring(() => drawn(alice, mine, utc));
    assert.ok(turns > 15, `${turns} turns`);
    assert.deepEqual(result, await expected(alice, mine, utc));
  });

  it('tell the beginning of a long title or place, and are found by all of it', async () => {
    const words = 'far \\, '.repeat(200);
    for (const [n, more] of [
      [],
      ['RRULE:FREQ=DAILY;COUNT=3'],
      ['RRULE:FREQ=DAILY;COUNT=2', `X-A:${'x'.repeat(40_000)}`],
    ].entries()) {
      const place = `LOCATION:${words}behind`;
      await put(
        at,
        alice,
        mine,
        `${n}.ics`,
        event({ uid: String(n), summary: `${words}last`, more: [...more, place] }),
      );
    }
    mine = await refreshed(at, alice, mine);
    const found = async (text?: string): Promise<readonly Drawn[]> => {
      const query = { range, zone: utc, maxResults: 100, ...(text !== undefined && { text }) };
      const all: Drawn[] = [];
      await drawnInstances(at.services, alice, [mine], query, (_, some) => {
        all.push(...some);
        return Buffer.from('x');
      });
      return all;
    };
    const all = await found();
    assert.equal(all.length, 6);
    for (const { instance } of all) {
      const { title, location } = instance.facts;
      assert.match(title, /^(?:far , )+f?a?r?…$/);
      assert.deepEqual([title.length < 500, location], [true, title]);
    }
    for (const text of ['last', 'behind', 'FAR ,']) assert.equal((await found(text)).length, 6, text);
    assert.equal((await found('nowhere')).length, 0);
  });

  it('are searched once for all instances that say the same', async () => {
    const long = `DESCRIPTION:${'Text '.repeat(20_000)}`;
    await put(at, alice, mine, 'a.ics', event({ uid: 'a', more: ['RRULE:FREQ=HOURLY', long] }));
    mine = await refreshed(at, alice, mine);
    const owner: object = String.prototype;
    const lower = Object.getOwnPropertyDescriptor(owner, 'toLowerCase') ?? assert.fail();
    let count = 0;
    Object.defineProperty(owner, 'toLowerCase', {
      ...lower,
      value(this: string): string {
        if (this.length > 10_000) count++;
        return String(Reflect.apply(lower.value, this, []));
      },
    });
    try {
      for (const [text, least] of [
        ['text text', 100],
        ['nothing like it', 0],
      ] as const) {
        count = 0;
        let instanceCount = 0;
        const query = { range, zone: utc, maxResults: 20_000, text };
        await drawnInstances(at.services, alice, [mine], query, (_, found) => {
          instanceCount += found.length;
          return Buffer.from('x');
        });
        assert.ok(least === 0 ? instanceCount === 0 : instanceCount > least, `${instanceCount} instances`);
        assert.ok(count < 5, `${count} times`);
      }
    } finally {
      Object.defineProperty(owner, 'toLowerCase', lower);
    }
  });
});
