import assert from 'node:assert/strict';
import { parseCalendar } from '../../../src/icalendar/component.ts';
import {
  type DataSelection,
  selectedData,
  selectedPieces,
  selectsAll,
} from '../../../src/icalendar/query/select.ts';
import type { TimeRange } from '../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../src/icalendar/zones/timezone.ts';
import { at, calendar, event, nasty, objectFrom, objectOf, text } from '../fixtures.ts';

const options = { zone: utc, maxInstances: 1000 };
const range = (start: string, end: string): TimeRange => ({ start: at(start), end: at(end) });
const march = range('2026-03-01T00:00', '2026-04-01T00:00');

const expanded = (lines: readonly string[], within: TimeRange = march, zone = utc): readonly string[] => {
  const { bytes } = selectedData(
    objectOf(...lines),
    { recurrence: { form: 'expand', range: within } },
    { ...options, zone },
  );
  return text(bytes).split('\r\n').slice(3, -2);
};

const named = (...names: readonly string[]): ReadonlyMap<string, { noValue: boolean }> =>
  new Map(names.map((name) => [name, { noValue: false }]));

const one = (day: string, from: string, to: string): string[] => [
  'BEGIN:VEVENT',
  'UID:u',
  'DTSTAMP:20260101T000000Z',
  `DTSTART:${day}T${from}00Z`,
  `DTEND:${day}T${to}00Z`,
  'SUMMARY:a',
  'X-WHEN:20260328T080000Z',
  `RECURRENCE-ID:${day}T${from}00Z`,
  'END:VEVENT',
];

const selectedInstance = (day: string): string[] => [
  'BEGIN:VEVENT',
  `DTSTART:${day}T090000Z`,
  'SUMMARY;X-A="b:c":',
  `RECURRENCE-ID:${day}T090000Z`,
  'END:VEVENT',
];

const task = (...lines: readonly string[]): readonly string[] =>
  expanded(['BEGIN:VTODO', 'UID:u', ...lines, 'END:VTODO']).filter((line) => /^(D|R)/.test(line));

const override = (id: string, start: string, range = ''): readonly string[] =>
  event(`RECURRENCE-ID${range}:${id}T090000Z`, `DTSTART:${start}T090000Z`, 'DURATION:PT1H');

const kept = (lines: readonly string[], start: string, end: string): readonly string[] => {
  const { bytes } = selectedData(
    objectOf(...lines),
    { recurrence: { form: 'limit', range: range(start, end) } },
    options,
  );
  return (
    text(bytes)
      .match(/RECURRENCE-ID.*?:(\d+)/g)
      ?.map((id) => id.slice(-8)) ?? []
  );
};

describe('partial retrieval', () => {
  const object = objectOf(
    'BEGIN:VTIMEZONE',
    'TZID:A',
    'END:VTIMEZONE',
    ...event('SUMMARY;X-A=1:long', '  folded', 'X-OWN:1', 'BEGIN:VALARM', 'ACTION:AUDIO', 'END:VALARM'),
  );
  const part = (comp: DataSelection['comp']): string => text(selectedData(object, { comp }, options).bytes);

  it('is not needed when everything is asked for', () => {
    assert(selectsAll({}));
    assert(!selectsAll({ comp: { name: 'VCALENDAR', props: 'all', comps: 'all' } }));
    assert.equal(selectedData(object, {}, options).bytes, object.bytes);
    assert.equal(part({ name: 'VCALENDAR', props: 'all', comps: 'all' }), text(object.bytes));
  });

  it('gives the named components and properties, their lines as they are stored', () => {
    const comps = [{ name: 'VEVENT', props: named('UID', 'SUMMARY', 'LOCATION'), comps: [] }];
    assert.equal(
      part({ name: 'VCALENDAR', props: named('VERSION'), comps }),
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:u\r\nSUMMARY;X-A=1:long\r\n  folded\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    );
  });

  it('leaves out values where that is asked for', () => {
    const props = new Map([['SUMMARY', { noValue: true }]]);
    const comps = [
      { name: 'VEVENT', props, comps: [{ name: 'VALARM', props: 'all' as const, comps: 'all' as const }] },
    ];
    assert.equal(
      part({ name: 'VCALENDAR', props: named(), comps }),
      'BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY;X-A=1:\r\nBEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n',
    );
  });

  it('works on what is expanded, too', () => {
    const series = objectOf(...event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=2', 'SUMMARY:a'));
    const comps = [{ name: 'VEVENT', props: named('RECURRENCE-ID'), comps: [] }];
    const selection: DataSelection = {
      comp: { name: 'VCALENDAR', props: named(), comps },
      recurrence: { form: 'expand', range: march },
    };
    assert.deepEqual(text(selectedData(series, selection, options).bytes).match(/RECURRENCE-ID.*/g), [
      'RECURRENCE-ID:20260310T090000Z',
      'RECURRENCE-ID:20260311T090000Z',
    ]);
  });
});

describe('expansion', () => {
  const zone = ['BEGIN:VTIMEZONE', 'TZID:Europe/Berlin', 'END:VTIMEZONE'];

  it('gives every instance in UTC with its RECURRENCE-ID, the first one too, and no rules or zones', () => {
    const series = [
      ...zone,
      ...event(
        'DTSTART;TZID=Europe/Berlin:20260328T090000',
        'DTEND;TZID=Europe/Berlin:20260328T100000',
        'RRULE:FREQ=DAILY;COUNT=4',
        'RDATE;TZID=Europe/Berlin:20260331T150000',
        'EXDATE;TZID=Europe/Berlin:20260330T090000',
        'SUMMARY:a',
        'X-WHEN;TZID=Europe/Berlin:20260328T090000',
      ),
    ];
    assert.deepEqual(expanded(series), [
      ...one('20260328', '0800', '0900'),
      ...one('20260329', '0700', '0800'),
      ...one('20260331', '0700', '0800'),
      ...one('20260331', '1300', '1400'),
    ]);
  });

  it('applies overrides, by their own times and with the original time as their name', () => {
    const lines = expanded([
      ...event('DTSTART:20260310T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY;COUNT=2'),
      ...event(
        'RECURRENCE-ID:20260311T090000Z',
        'DTSTART;TZID=Europe/Berlin:20260312T120000',
        'SUMMARY:moved',
      ),
    ]);
    assert.deepEqual(
      lines.filter((line) => /^(DTSTART|DURATION|RECURRENCE-ID|SUMMARY)/.test(line)),
      [
        'DTSTART:20260310T090000Z',
        'DURATION:PT1H',
        'RECURRENCE-ID:20260310T090000Z',
        'DTSTART:20260312T110000Z',
        'SUMMARY:moved',
        'RECURRENCE-ID:20260311T090000Z',
      ],
    );
  });

  it('keeps days as days, with RECURRENCE-ID as a day', () => {
    const lines = expanded(
      event('DTSTART;VALUE=DATE:20260310', 'DTEND;VALUE=DATE:20260312', 'RRULE:FREQ=WEEKLY;COUNT=2'),
      march,
      ianaZone('Europe/Berlin'),
    );
    assert.deepEqual(
      lines.filter((line) => /DATE:/.test(line)),
      [
        'DTSTART;VALUE=DATE:20260310',
        'DTEND;VALUE=DATE:20260312',
        'RECURRENCE-ID;VALUE=DATE:20260310',
        'DTSTART;VALUE=DATE:20260317',
        'DTEND;VALUE=DATE:20260319',
        'RECURRENCE-ID;VALUE=DATE:20260317',
      ],
    );
  });

  it('puts dates into UTC under names that are none, too', () => {
    const odd = expanded(
      event(
        'DTSTART:20260310T090000Z',
        'X_ODD;TZID=Europe/Berlin:20260310T100000',
        'X-TEXT;TZID=Europe/Berlin:soon',
      ),
    );
    assert(odd.includes('X_ODD:20260310T090000Z') && odd.includes('X-TEXT;TZID=Europe/Berlin:soon'));
  });

  it('keeps floating times floating', () => {
    const lines = expanded(
      event('DTSTART:20260310T090000', 'DTEND:20260310T100000', 'RRULE:FREQ=DAILY;COUNT=1'),
      march,
      ianaZone('Europe/Berlin'),
    );
    assert.deepEqual(
      lines.filter((line) => /T..0000$/.test(line)),
      ['DTSTART:20260310T090000', 'DTEND:20260310T100000', 'RECURRENCE-ID:20260310T090000'],
    );
  });

  it('tells the end where a length of days would be another one in UTC', () => {
    const lines = expanded(
      event('DTSTART;TZID=Europe/Berlin:20260328T120000', 'DURATION:P1D', 'RRULE:FREQ=DAILY;COUNT=1'),
    );
    assert(lines.includes('DTEND:20260329T100000Z') && !lines.some((line) => line.startsWith('DURATION')));
    assert(
      expanded(event('DTSTART;VALUE=DATE:20260310', 'DURATION:P2D', 'RRULE:FREQ=DAILY;COUNT=1')).includes(
        'DURATION:P2D',
      ),
    );
  });

  it('gives each period of a series its own length (RFC 5545 §3.8.5.2)', () => {
    const dates = [
      'DTSTART:20260310T090000Z',
      'RDATE;VALUE=PERIOD:20260311T090000Z/PT3H,20260312T090000Z/20260312T093000Z',
    ];
    const times = (...lines: readonly string[]): readonly string[] =>
      expanded(event(...dates, ...lines)).filter((line) => /^(DTSTART|DTEND|DURATION)/.test(line));
    const starts = ['DTSTART:20260310T090000Z', 'DTSTART:20260311T090000Z', 'DTSTART:20260312T090000Z'];
    const ends = ['DTEND:20260311T120000Z', 'DTEND:20260312T093000Z'];
    const [first, second, third] = starts;
    assert.deepEqual(times('DURATION:PT1H'), [first, 'DURATION:PT1H', second, ends[0], third, ends[1]]);
    assert.deepEqual(times(), [first, second, ends[0], third, ends[1]]);
    const ended = times('DTEND:20260310T100000Z');
    assert.deepEqual(ended, [first, 'DTEND:20260310T100000Z', second, ends[0], third, ends[1]]);
  });

  it('tells when an instance is that is changed without saying so', () => {
    const changed = ['BEGIN:VTODO', 'UID:u', 'RECURRENCE-ID:20260311T090000Z', 'SUMMARY:b', 'END:VTODO'];
    const times = (...lines: readonly string[]): readonly string[] =>
      expanded(['BEGIN:VTODO', 'UID:u', ...lines, 'RRULE:FREQ=DAILY;COUNT=2', 'END:VTODO', ...changed])
        .join(' ')
        .replace(/.*BEGIN/, '')
        .split(' ')
        .filter((line) => line.startsWith('D'));
    const began = 'DTSTART:20260310T090000Z';
    assert.deepEqual(times(began, 'DUE:20260310T170000Z'), [
      'DTSTART:20260311T090000Z',
      'DUE:20260311T170000Z',
    ]);
    assert.deepEqual(times(began, 'DURATION:PT1H'), ['DTSTART:20260311T090000Z', 'DUE:20260311T100000Z']);
    assert.deepEqual(times(began), ['DTSTART:20260311T090000Z']);
  });

  it('expands tasks by DTSTART and DUE, or by DUE alone', () => {
    assert.deepEqual(task('DTSTART:20260310T090000Z', 'DUE:20260310T170000Z', 'RRULE:FREQ=DAILY;COUNT=2'), [
      'DTSTART:20260310T090000Z',
      'DUE:20260310T170000Z',
      'RECURRENCE-ID:20260310T090000Z',
      'DTSTART:20260311T090000Z',
      'DUE:20260311T170000Z',
      'RECURRENCE-ID:20260311T090000Z',
    ]);
    assert.deepEqual(task('DUE:20260310T170000Z', 'RRULE:FREQ=DAILY;COUNT=1'), [
      'DUE:20260310T170000Z',
      'RECURRENCE-ID:20260310T170000Z',
    ]);
  });

  it('writes dates as RFC 5545 has them, however they came', () => {
    const dates = (...lines: readonly string[]): readonly string[] =>
      expanded(event(...lines)).filter((line) => /^D(TSTART|TEND|UE|URATION)/.test(line));
    assert.deepEqual(dates('DTSTART: 20260310t090000z ', 'DURATION:pt90m'), [
      'DTSTART:20260310T090000Z',
      'DURATION:PT1H30M',
    ]);
    assert.deepEqual(dates('DTSTART:20260310', 'DTEND;VALUE=DATE:20260311T000000'), [
      'DTSTART;VALUE=DATE:20260310',
      'DTEND;VALUE=DATE:20260311',
    ]);
    const usual = ['DTSTART;X-A=b:20260310T090000', 'DTEND;VALUE=DATE-TIME:20260310T100000'];
    assert.deepEqual(dates(...usual), usual);
  });

  it('names no time zone where one means nothing, as beside a day or a time in UTC', () => {
    const odd = [
      'DTSTART;TZID=Europe/Berlin;VALUE=DATE:20260310',
      'DTEND;TZID=Europe/Berlin;VALUE=DATE:20260311',
      'CREATED;TZID=UTC:20260101T000000Z',
      'X_ODD;TZID=:20260310T100000',
    ];
    assert.deepEqual(expanded(event(...odd)).slice(3, -1), [
      'DTSTART;VALUE=DATE:20260310',
      'DTEND;VALUE=DATE:20260311',
      'CREATED:20260101T000000Z',
      'X_ODD:20260310T100000',
    ]);
  });

  it('turns what does not recur into UTC, without RECURRENCE-ID, in the range or not', () => {
    const single = [
      ...zone,
      ...event(
        'DTSTART;TZID=Europe/Berlin:20250310T090000',
        'DTEND;TZID=Europe/Berlin:20250310T100000',
        'BEGIN:VALARM',
        'TRIGGER:-PT1M',
        'END:VALARM',
      ),
    ];
    assert.deepEqual(expanded(single), [
      'BEGIN:VEVENT',
      'UID:u',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20250310T080000Z',
      'DTEND:20250310T090000Z',
      'BEGIN:VALARM',
      'TRIGGER:-PT1M',
      'END:VALARM',
      'END:VEVENT',
    ]);
  });

  it('shifts later instances by RANGE=THISANDFUTURE and loses the RANGE', () => {
    const { bytes } = selectedData(
      objectFrom(nasty('this-and-future')),
      { recurrence: { form: 'expand', range: march } },
      options,
    );
    const found = text(bytes).match(/(DTSTART|DURATION|RECURRENCE-ID).*/g) ?? [];
    assert.deepEqual(found.slice(6, 12), [
      'DTSTART:20260312T090000Z',
      'DURATION:PT1H',
      'RECURRENCE-ID:20260312T090000Z',
      'DTSTART:20260313T110000Z',
      'DURATION:PT2H',
      'RECURRENCE-ID:20260313T090000Z',
    ]);
    assert.deepEqual(found.slice(-3), [
      'DTSTART:20260315T110000Z',
      'DURATION:PT2H',
      'RECURRENCE-ID:20260315T090000Z',
    ]);
  });

  it('names an override that says no time', () => {
    const task = [
      'BEGIN:VTODO',
      'UID:u',
      'DUE:20260310T170000Z',
      'RRULE:FREQ=DAILY;COUNT=2',
      'END:VTODO',
      'BEGIN:VTODO',
      'UID:u',
      'RECURRENCE-ID:20260311T170000Z',
      'STATUS:COMPLETED',
      'END:VTODO',
    ];
    assert.deepEqual(expanded(task).slice(6), [
      'UID:u',
      'STATUS:COMPLETED',
      'DUE:20260311T170000Z',
      'RECURRENCE-ID:20260311T170000Z',
      'END:VTODO',
    ]);
  });

  it('gives overrides without a master, and those that the rule does not name', () => {
    assert.equal(
      expanded(event('RECURRENCE-ID:20260311T090000Z', 'DTSTART:20260311T100000Z')).filter(
        (line) => line === 'BEGIN:VEVENT',
      ).length,
      1,
    );
    const { bytes } = selectedData(
      objectFrom(nasty('override-not-in-set')),
      { recurrence: { form: 'expand', range: march } },
      options,
    );
    assert.equal(text(bytes).match(/BEGIN:VEVENT/g)?.length, 4);
  });

  it('has the parts that are asked for, its own dates among them', () => {
    const series = event(
      'DTSTART:20260310T090000Z',
      'DURATION:PT1H',
      'RRULE:FREQ=DAILY;COUNT=2',
      'SUMMARY;X-A="b:c":d',
      'LOCATION:e',
      'BEGIN:VALARM',
      'ACTION:AUDIO',
      'END:VALARM',
    );
    const props = new Map([...named('DTSTART', 'RECURRENCE-ID'), ['SUMMARY', { noValue: true }] as const]);
    const { bytes } = selectedData(
      objectOf(...series),
      {
        recurrence: { form: 'expand', range: march },
        comp: { name: 'VCALENDAR', props: new Map(), comps: [{ name: 'VEVENT', props, comps: [] }] },
      },
      options,
    );
    assert.deepEqual(text(bytes).split('\r\n'), [
      'BEGIN:VCALENDAR',
      ...selectedInstance('20260310'),
      ...selectedInstance('20260311'),
      'END:VCALENDAR',
      '',
    ]);
  });

  it('gives what is long and the same once, however often it is written', () => {
    const object = objectOf(
      ...event('DTSTART:20260310T090000Z', 'RRULE:FREQ=DAILY;COUNT=3', `X-LONG:${'x'.repeat(10_000)}`),
    );
    const selection = { recurrence: { form: 'expand', range: march } } as const;
    const pieces = [...selectedPieces(object, selection, options)];
    assert.equal(new Set(pieces.filter((piece) => piece !== undefined && piece.length > 10_000)).size, 1);
    const { bytes, truncated } = selectedData(object, selection, options);
    assert.deepEqual(parseCalendar(bytes, 'strict').findings, []);
    assert.equal(text(bytes).match(/X-LONG/g)?.length, 3);
    assert(!truncated);
    assert(selectedData(object, selection, { ...options, maxBytes: 25_000 }).truncated);
  });

  it('comes in steps, however many lines and components an object has', () => {
    const alarm = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'END:VALARM'];
    const most = Array.from({ length: 10_000 }, (_, n) => [
      `RELATED-TO:${n}`,
      ...(n < 3_000 ? [] : [`COMMENT:${n}`]),
    ]).flat();
    const alarms = Array.from({ length: 10_000 }, () => alarm).flat();
    const comp = {
      name: 'VCALENDAR',
      props: 'all',
      comps: [{ name: 'VEVENT', props: named('UID', 'COMMENT'), comps: 'all' }],
    } as const;
    for (const rule of [[], ['RRULE:FREQ=DAILY;COUNT=2']])
      for (const selection of [
        { recurrence: { form: 'expand', range: march } },
        { recurrence: { form: 'expand', range: march }, comp },
        { comp },
      ] as const) {
        const object = objectOf(...event('DTSTART:20260310T090000Z', ...rule, ...most, ...alarms));
        const steps = [...selectedPieces(object, selection, options)];
        assert.ok(steps.length > 10, `${steps.length} steps`);
        const longest = Math.max(...steps.map((piece) => piece?.length ?? 0));
        if ('recurrence' in selection) assert.ok(longest < 100_000, `${longest} bytes`);
        const lines = text(selectedData(object, selection, options).bytes).split('\r\n');
        const times = rule.length > 0 && 'recurrence' in selection ? 2 : 1;
        for (const [name, count] of [
          ['COMMENT', 7_000],
          ['BEGIN:VALARM', 10_000],
        ] as const)
          assert.equal(lines.filter((line) => line.startsWith(name)).length, count * times, name);
        assert.equal(lines.at(-2), 'END:VCALENDAR');
      }
  });

  it('comes in steps where components have no properties, too', () => {
    const empty = Array.from({ length: 20_000 }, () => ['BEGIN:X-C', 'END:X-C']).flat();
    for (const rule of [[], ['RRULE:FREQ=DAILY;COUNT=2']]) {
      const object = objectOf(...event('DTSTART:20260310T090000Z', ...rule, ...empty));
      const steps = [...selectedPieces(object, { recurrence: { form: 'expand', range: march } }, options)];
      const longest = Math.max(...steps.map((piece) => piece?.length ?? 0));
      assert.ok(steps.length > 10 && longest < 100_000, `${steps.length} steps, ${longest} bytes`);
    }
  });

  it('gives a line of megabytes as it was sent, and folds what is shorter', () => {
    const [short, endless] = ['й'.repeat(500), 'й'.repeat(300_000)];
    const object = objectOf(
      ...event('DTSTART:20260310T090000Z', `LOCATION:${short}`, `DESCRIPTION:${endless}`),
    );
    const selection = { recurrence: { form: 'expand', range: march } } as const;
    const lines = text(selectedData(object, selection, options).bytes).split('\r\n');
    assert.ok(lines.includes(`DESCRIPTION:${endless}`));
    assert.ok(!lines.includes(`LOCATION:${short}`));
  });

  it('ends at the bound and says so', () => {
    const object = objectOf(...event('DTSTART:20260310T090000Z', 'RRULE:FREQ=MINUTELY'));
    const { bytes, truncated } = selectedData(
      object,
      { recurrence: { form: 'expand', range: march } },
      { ...options, maxInstances: 5 },
    );
    assert(truncated);
    assert.equal(text(bytes).match(/BEGIN:VEVENT/g)?.length, 5);
  });
});

describe('limited recurrences', () => {
  const series = event('DTSTART:20260310T090000Z', 'DURATION:PT1H', 'RRULE:FREQ=DAILY');

  it('keep the overrides that are in the range, or were before they were moved', () => {
    const all = [
      ...series,
      ...override('20260311', '20260311'),
      ...override('20260312', '20260401'),
      ...override('20260401', '20260313'),
      ...override('20260402', '20260402'),
    ];
    assert.deepEqual(kept(all, '2026-03-10T00:00', '2026-03-14T00:00'), ['20260311', '20260312', '20260401']);
    assert.deepEqual(kept(all, '2026-05-10T00:00', '2026-05-14T00:00'), []);
  });

  it('keep overrides of a range of instances that reach into it', () => {
    const all = [...series, ...override('20260312', '20260312', ';RANGE=THISANDFUTURE')];
    assert.deepEqual(kept(all, '2026-05-10T00:00', '2026-05-14T00:00'), ['20260312']);
    assert.deepEqual(kept(all, '2026-03-10T00:00', '2026-03-11T00:00'), []);
  });

  it('judge overrides without a master by their own and by their original time', () => {
    const all = [...override('20260311', '20260401'), ...override('20260501', '20260601')];
    assert.deepEqual(kept(all, '2026-03-11T00:00', '2026-03-12T00:00'), ['20260311']);
  });

  it('keep every override of a series with more instances than are looked at', () => {
    const bytes = calendar(
      ...series,
      ...override('20260312', '20260312'),
      ...override('20260501', '20260501'),
    );
    const selection = { recurrence: { form: 'limit', range: march } } as const;
    const { bytes: limited } = selectedData(objectFrom(bytes), selection, { ...options, maxInstances: 1 });
    assert.equal(text(limited), text(bytes));
  });

  it('leave all other bytes alone', () => {
    const bytes = calendar(...series, ...override('20260311', '20260311'));
    const { bytes: limited } = selectedData(
      objectFrom(bytes),
      { recurrence: { form: 'limit', range: range('2027-01-01T00:00', '2027-01-02T00:00') } },
      options,
    );
    assert.equal(text(limited), text(calendar(...series)));
    const without = objectFrom(calendar(...series));
    assert.equal(
      selectedData(without, { recurrence: { form: 'limit', range: march } }, options).bytes,
      without.bytes,
    );
  });
});

describe('limited free/busy times', () => {
  it('are the periods that reach into the range', () => {
    const object = objectOf(
      'BEGIN:VFREEBUSY',
      'UID:f',
      'FREEBUSY;FBTYPE=BUSY:20260310T090000Z/PT1H,20260410T090000Z/PT1H',
      'FREEBUSY:20260410T090000Z/20260410T100000Z',
      'FREEBUSY:20260311T090000Z/PT1H',
      'END:VFREEBUSY',
    );
    const { bytes } = selectedData(
      object,
      { freeBusy: march, recurrence: { form: 'limit', range: march } },
      options,
    );
    assert.deepEqual(text(bytes).match(/FREEBUSY.*Z.*/g), [
      'FREEBUSY;FBTYPE=BUSY:20260310T090000Z/PT1H',
      'FREEBUSY:20260311T090000Z/PT1H',
    ]);
  });
});
