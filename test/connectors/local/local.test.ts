import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { canonical } from '../../../src/connectors/agreed.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { readLocal } from '../../../src/connectors/local/read.ts';
import type { LocalView } from '../../../src/connectors/local/view.ts';
import { composeLocal, editLocal } from '../../../src/connectors/local/write.ts';
import { type CalendarObject, parseObject } from '../../../src/icalendar/object.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { instant } from '../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../src/icalendar/zones/timezone.ts';
import { anyEvent, daily, neutral, owner } from '../events.ts';

const view: LocalView = { zone: ianaZone('Europe/Stockholm') ?? utc, isOwn: (address) => address === owner };
const now = instant(Date.UTC(2026, 2, 20, 12));

function object(bytes: Uint8Array): CalendarObject {
  const found = parseObject(bytes);
  assert.ok(found);
  return found;
}

function told(bytes: Uint8Array): NeutralEvent {
  const result = readLocal(object(bytes), view);
  assert.ok(!('refused' in result), 'refused' in result ? result.refused : '');
  return result.event;
}

function lines(event: readonly string[], around: readonly string[] = []): Uint8Array {
  return Buffer.from(
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//x//y//EN',
      ...around,
      'BEGIN:VEVENT',
      'UID:event-1',
      'DTSTAMP:20260101T000000Z',
      ...event,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  );
}

const rules = {
  components: new Set(['VEVENT']),
  maxAttendeesPerInstance: 100,
  maxInstances: 10_000,
  minDateTime: instant(Date.UTC(1601, 0, 1)),
  maxDateTime: instant(Date.UTC(9999, 0, 1)),
} as const;

describe('local objects as neutral events', () => {
  it('come back from what was composed of them, as objects that a PUT would take', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const bytes = composeLocal(event, view, now);
        assert.deepEqual(told(bytes), event);
        const accepted = acceptObject(bytes, rules);
        assert.ok(accepted.ok, accepted.ok ? '' : accepted.refused.message);
      }),
      { numRuns: 300 },
    );
  });

  it('say after an edit what the edit says, and keep what the neutral form does not know', () => {
    fc.assert(
      fc.property(anyEvent, anyEvent, (before, after) => {
        const bytes = Buffer.from(
          Buffer.from(composeLocal(before, view, now))
            .toString()
            .replace('SEQUENCE:0\r\n', 'SEQUENCE:0\r\nX-OURS;X-A=b:kept\\,\r\n GEO\r\nGEO:1;2\r\n'),
        );
        const done = editLocal(object(bytes), after, view, now);
        assert.deepEqual(told(done), after);
        assert.ok(Buffer.from(done).toString().includes('X-OURS;X-A=b:kept\\,\r\n GEO\r\nGEO:1;2\r\n'));
        assert.equal(editLocal(object(done), after, view, now), object(done).bytes, 'nothing left to do');
      }),
      { numRuns: 300 },
    );
  });

  it('read floating times by the zone of the calendar, and Windows names as what they stand for', () => {
    const floating = told(lines(['DTSTART:20260323T100000', 'DURATION:PT1H']));
    assert.deepEqual(floating.content.start, { local: '2026-03-23T10:00:00', zone: 'Europe/Stockholm' });
    assert.deepEqual(floating.content.end, { local: '2026-03-23T11:00:00', zone: 'Europe/Stockholm' });
    const windows = told(lines(['DTSTART;TZID=W. Europe Standard Time:20260323T100000']));
    assert.deepEqual(windows.content.start, { local: '2026-03-23T10:00:00', zone: 'Europe/Berlin' });
  });

  it('bring along the definition of a zone that has no name', () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:Ours',
      'BEGIN:STANDARD',
      'DTSTART:19700101T000000',
      'TZOFFSETFROM:+0545',
      'TZOFFSETTO:+0545',
      'END:STANDARD',
      'END:VTIMEZONE',
    ];
    const event = told(lines(['DTSTART;TZID=Ours:20260323T100000', 'DTEND;TZID=Ours:20260323T110000'], zone));
    assert.deepEqual(event.content.start, { local: '2026-03-23T10:00:00', zone: 'Ours' });
    assert.match(event.zones['Ours'] ?? '', /TZOFFSETTO:\+0545/);
    assert.deepEqual(told(composeLocal(event, view, now)), event);
  });

  it('tell a day among the exceptions of a timed series as the instance of that day', () => {
    const series = ['DTSTART;TZID=Europe/Stockholm:20260327T100000', 'RRULE:FREQ=DAILY;UNTIL=20260410'];
    const event = told(lines([...series, 'EXDATE;VALUE=DATE:20260330']));
    assert.deepEqual(event.excluded, ['2026-03-30T08:00:00Z'], 'summer time has begun');
    assert.deepEqual(event.recurrence?.rules, ['FREQ=DAILY;UNTIL=20260410T215959Z']);
  });

  const override = (day: number, ...own: readonly string[]): readonly string[] => [
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:event-1',
    `DTSTAMP:2026010${day}T000000Z`,
    ...own,
  ];

  it('tell dates without a zone, and days, on the clock of the series', () => {
    const utcSeries = ['DTSTART:20260302T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=5'];
    const event = told(
      lines([
        ...utcSeries,
        'RDATE;VALUE=DATE:20260320',
        'EXDATE:20260304T090000',
        ...override(1, 'RECURRENCE-ID:20260303T090000', 'DTSTART:20260303T120000Z', 'DURATION:PT1H'),
      ]),
    );
    assert.deepEqual(event.recurrence?.dates, [{ local: '2026-03-20T09:00:00', zone: 'UTC' }]);
    assert.deepEqual(event.excluded, ['2026-03-04T09:00:00Z']);
    assert.deepEqual(Object.keys(event.overrides), ['2026-03-03T09:00:00Z']);
  });

  it('tell the newer of two descriptions of an instance, and drop the older when they are edited', () => {
    const changed = (day: number, summary: string): readonly string[] =>
      override(day, 'RECURRENCE-ID:20260303T090000Z', 'DTSTART:20260303T120000Z', `SUMMARY:${summary}`);
    const bytes = lines([
      'DTSTART:20260302T090000Z',
      'RRULE:FREQ=DAILY;COUNT=5',
      ...changed(2, 'new'),
      ...changed(1, 'old'),
    ]);
    const event = told(bytes);
    assert.equal(event.overrides['2026-03-03T09:00:00Z']?.title, 'new');
    const without = { ...event, overrides: {} };
    const edited = editLocal(object(bytes), without, view, now);
    assert.deepEqual(told(edited), without);
  });

  it('tell an event that happens once as the override of just that has it', () => {
    const event = told(
      lines([
        'DTSTART:20260302T090000Z',
        'SUMMARY:planned',
        ...override(1, 'RECURRENCE-ID:20260302T090000Z', 'DTSTART:20260302T150000Z', 'SUMMARY:moved'),
      ]),
    );
    assert.equal(event.recurrence, null);
    assert.equal(event.content.title, 'moved');
    assert.deepEqual(event.content.start, { local: '2026-03-02T15:00:00', zone: 'UTC' });
  });

  it('tell of COUNT and UNTIL the one that ends the series', () => {
    const rule = (text: string, start = 'DTSTART;TZID=Europe/Moscow:20260302T090000'): string | undefined =>
      told(lines([start, `RRULE:${text}`])).recurrence?.rules[0];
    assert.equal(rule('FREQ=DAILY;COUNT=10;UNTIL=20260304T060000Z'), 'FREQ=DAILY;UNTIL=20260304T060000Z');
    assert.equal(rule('FREQ=DAILY;COUNT=3;UNTIL=20260304T060000Z'), 'FREQ=DAILY;COUNT=3');
    assert.equal(
      rule('FREQ=DAILY;COUNT=4;UNTIL=20260304', 'DTSTART;VALUE=DATE:20260302'),
      'FREQ=DAILY;UNTIL=20260304',
    );
  });

  it('tell an end that the clock shows twice as the instant that it is', () => {
    const { content } = told(lines(['DTSTART;TZID=Europe/Berlin:20261025T023000', 'DURATION:PT1H']));
    assert.deepEqual(content.start, { local: '2026-10-25T02:30:00', zone: 'Europe/Berlin' });
    assert.deepEqual(content.end, { local: '2026-10-25T01:30:00', zone: 'UTC' });
  });

  it('give whole days all the days that their end touches', () => {
    const { content } = told(lines(['DTSTART;VALUE=DATE:20260310', 'DTEND:20260311T120000Z']));
    assert.deepEqual(content.end, { date: '2026-03-12' });
  });

  it('leave times of day out of rules for days, as RFC 5545 §3.3.10 wants', () => {
    const event = told(lines(['DTSTART;VALUE=DATE:20260302', 'RRULE:FREQ=DAILY;BYHOUR=9;COUNT=3']));
    assert.deepEqual(event.recurrence?.rules, ['FREQ=DAILY;COUNT=3']);
  });

  it('tell lone overrides as the instances that they are', () => {
    const bytes = lines([
      'RECURRENCE-ID:20260323T090000Z',
      'DTSTART:20260323T100000Z',
      'DTEND:20260323T110000Z',
      'SUMMARY:Only this',
    ]);
    const event = told(bytes);
    assert.equal(event.recurrence, null);
    const done = editLocal(
      object(bytes),
      { ...event, content: { ...event.content, title: 'Renamed' } },
      view,
      now,
    );
    assert.match(Buffer.from(done).toString(), /RECURRENCE-ID:20260323T090000Z[^]*SUMMARY:Renamed/);
  });

  it('refuse by a code what no neutral event can say', () => {
    const refused = (more: string): string => {
      const result = readLocal(object(lines(['DTSTART:20260323T100000Z', more])), view);
      return 'refused' in result ? result.refused : '';
    };
    assert.equal(refused('EXRULE:FREQ=DAILY'), 'exrule');
    assert.equal(refused('RDATE;VALUE=PERIOD:20260401T100000Z/soon'), 'rdate-period');
  });

  describe('with dates of a length of their own', () => {
    const before = lines([
      'DTSTART;TZID=Europe/Stockholm:20260323T100000',
      'DTEND;TZID=Europe/Stockholm:20260323T110000',
      'SUMMARY:Weekly',
      'RRULE:FREQ=WEEKLY;COUNT=3',
      'RDATE;VALUE=PERIOD:20260502T080000Z/PT2H,20260503T080000Z/20260503T090000Z',
      'RDATE;VALUE=PERIOD;TZID=Europe/Stockholm:20260504T100000/PT30M',
      'RDATE;TZID=Europe/Stockholm:20260505T100000',
    ]);
    const [second, third, fourth] = ['02', '03', '04'].map((day) => `2026-05-${day}T08:00:00Z`);
    const edited = (change: (event: NeutralEvent) => NeutralEvent): string =>
      Buffer.from(editLocal(object(before), change(told(before)), view, now)).toString();
    const periods = (text: string): readonly string[] =>
      [...text.matchAll(/RDATE[^:]*VALUE=PERIOD[^:]*:(\S+)/g)].map(([, value = '']) => value);

    it('tell them as changed instances, and those that are as long as all as none', () => {
      const { recurrence, overrides } = told(before);
      assert.equal(recurrence?.dates.length, 4);
      assert.deepEqual(
        Object.entries(overrides).map(([key, { start, end, title }]) => [
          key,
          'local' in start && start.local.slice(11),
          'local' in end && end.local.slice(11),
          title,
        ]),
        [
          [second, '10:00:00', '12:00:00', 'Weekly'],
          [fourth, '10:00:00', '10:30:00', 'Weekly'],
        ],
      );
    });

    it('keep them as they are while something else is changed', () => {
      const text = edited((event) => ({
        ...event,
        content: { ...event.content, title: 'Renamed' },
        overrides: Object.fromEntries(
          Object.entries(event.overrides).map(([key, own]) => [key, { ...own, title: 'Renamed' }]),
        ),
      }));
      assert.equal(periods(text).length, 2);
      assert.doesNotMatch(text, /RECURRENCE-ID/);
    });

    it('keep them as others come, go and get no length of their own', () => {
      const changed = edited((event) => ({
        ...event,
        recurrence: {
          rules: event.recurrence?.rules ?? [],
          dates: (event.recurrence?.dates ?? []).slice(0, 3),
        },
        overrides: Object.fromEntries(Object.entries(event.overrides).filter(([key]) => key !== fourth)),
      }));
      assert.deepEqual(periods(changed), ['20260502T080000Z/PT2H', '20260503T080000Z/PT1H']);
      const { recurrence, overrides } = told(Buffer.from(changed));
      assert.deepEqual([recurrence?.dates.length, Object.keys(overrides)], [3, [second]]);
    });

    it('give one a component of its own where more than its length is its own', () => {
      const wanted = (event: NeutralEvent): NeutralEvent => ({
        ...event,
        overrides: Object.fromEntries(
          Object.entries(event.overrides).map(([key, own]) => [
            key,
            key === second ? { ...own, title: 'Long' } : own,
          ]),
        ),
      });
      const text = edited(wanted);
      assert.equal(text.match(/RECURRENCE-ID/g)?.length, 1);
      assert.deepEqual(told(Buffer.from(text)), canonical(wanted(told(before))));
    });

    it('leave those as long as they are of which the series gets another length', () => {
      const longer = (event: NeutralEvent): NeutralEvent => ({
        ...event,
        content: { ...event.content, end: { local: '2026-03-23T11:30:00', zone: 'Europe/Stockholm' } },
      });
      // What was as long as all stays so.
      const { overrides } = told(Buffer.from(edited(longer)));
      assert.deepEqual(Object.keys(overrides), [second, fourth]);
      assert.equal(overrides[third ?? ''], undefined);
    });

    it('excluded, keep their length for the day on which they take place again', () => {
      const text = edited((event) => ({
        ...event,
        excluded: [second ?? ''],
        overrides: Object.fromEntries(Object.entries(event.overrides).filter(([key]) => key !== second)),
      }));
      const again = told(Buffer.from(text));
      assert.deepEqual([again.excluded, Object.keys(again.overrides)], [[second], [fourth]]);
      const back = editLocal(object(Buffer.from(text)), { ...again, excluded: [] }, view, now);
      assert.deepEqual(told(back), { ...again, excluded: [] });
    });
  });

  it('read HTML from Outlook and from a data reference', () => {
    const start = 'DTSTART:20260323T100000Z';
    const html = (more: string): string | null => told(lines([start, more])).content.html;
    assert.equal(html('X-ALT-DESC;FMTTYPE=text/html:<p>a\\, b</p>'), '<p>a, b</p>');
    assert.equal(html('DESCRIPTION;ALTREP="data:text/html,%3Cp%3Ea%3C%2Fp%3E":a'), '<p>a</p>');
    assert.equal(html('DESCRIPTION;ALTREP="cid:part1":a'), null);
  });

  it('change one line for one change', () => {
    const before = lines([
      'DTSTART;TZID=Europe/Stockholm:20260323T100000',
      'SUMMARY;LANGUAGE=sv:Gammal',
      'X-A:1',
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      'TRIGGER:-PT15M',
      'X-B:2',
      'END:VALARM',
    ]);
    const event = told(before);
    const done = Buffer.from(
      editLocal(object(before), { ...event, content: { ...event.content, reminder: 30 } }, view, now),
    ).toString();
    assert.match(done, /SUMMARY;LANGUAGE=sv:Gammal\r\nX-A:1\r\n/);
    assert.match(done, /BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT30M\r\nX-B:2\r\nEND:VALARM/);
  });

  it('write meetings so that no other program mails the people in them', () => {
    const meeting = neutral({
      organizer: { address: 'dora@example.com', name: 'Dora' },
      attendees: [{ address: owner, name: '', role: 'required', answer: 'needs-action' }],
      answer: 'accepted',
    });
    const text = Buffer.from(composeLocal(meeting, view, now))
      .toString()
      .replaceAll('\r\n ', '');
    assert.match(text, /ORGANIZER;CN=Dora;SCHEDULE-AGENT=NONE:mailto:dora@example.com/);
    assert.match(text, /ATTENDEE;[^:]*PARTSTAT=ACCEPTED[^:]*SCHEDULE-AGENT=NONE:mailto:alice@example.com/);
  });

  it('give back excluded and changed instances of a series of days', () => {
    const series = daily(
      { start: { date: '2026-03-23' }, end: { date: '2026-03-24' } },
      { excluded: ['2026-03-25'] },
    );
    const text = Buffer.from(composeLocal(series, view, now)).toString();
    assert.match(text, /EXDATE;VALUE=DATE:20260325\r\n/);
    assert.deepEqual(told(Buffer.from(text)), series);
  });
});
