import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { composeObject, type EventFields } from '../../../src/icalendar/editing/compose.ts';
import { acceptObject } from '../../../src/icalendar/repair.ts';
import { type DateTimeValue, localTime } from '../../../src/icalendar/time.ts';
import { decodeText, decodeTextList } from '../../../src/icalendar/value.ts';
import { at, rules, text } from '../fixtures.ts';

const local = (iso: string): ReturnType<typeof localTime> => localTime(at(iso));
const moscow = (iso: string): DateTimeValue => ({ kind: 'zoned', local: local(iso), tzid: 'Europe/Moscow' });
const base: EventFields = {
  uid: 'u@x',
  stamp: at('2026-01-01T00:00'),
  start: moscow('2026-03-10T10:00'),
  end: moscow('2026-03-10T11:00'),
};

const accepted = (
  fields: EventFields,
  ...overrides: readonly EventFields[]
): Extract<ReturnType<typeof acceptObject>, { ok: true }> => {
  const result = acceptObject(composeObject(fields, overrides), rules);
  assert(result.ok && !result.repaired);
  return result;
};

const value = (fields: Partial<EventFields>, name: string): string | undefined =>
  accepted({ ...base, ...fields }).object.master?.first(name)?.content;

const plain = (given: string): string =>
  Buffer.from(
    given.replace(/\r\n?/g, '\n').replace(/(?![\n\t])\p{Cc}/gu, (c) => (c > '\x7f' ? c : '')),
  ).toString();

describe('a composed event', () => {
  it('has its times in the form and zone in which they are given', () => {
    assert.equal(value({}, 'DTSTART'), 'DTSTART;TZID=Europe/Moscow:20260310T100000');
    assert.equal(value({}, 'DTEND'), 'DTEND;TZID=Europe/Moscow:20260310T110000');
    assert.equal(
      value({ start: { kind: 'date', local: local('2026-03-10T00:00') }, end: undefined }, 'DTSTART'),
      'DTSTART;VALUE=DATE:20260310',
    );
    assert.equal(
      value({ start: { kind: 'utc', instant: at('2026-03-10T07:00') } }, 'DTSTART'),
      'DTSTART:20260310T070000Z',
    );
    assert.equal(
      value({ start: { kind: 'floating', local: local('2026-03-10T07:00') } }, 'DTSTART'),
      'DTSTART:20260310T070000',
    );
    assert.equal(value({ end: undefined }, 'DTEND'), undefined);
  });

  it('defines the zones that it uses', () => {
    const { object } = accepted({
      ...base,
      rule: 'FREQ=WEEKLY',
      exceptions: [{ kind: 'zoned', local: local('2026-03-17T10:00'), tzid: 'Europe/Berlin' }],
    });
    assert.deepEqual([...object.timezones.keys()], ['Europe/Moscow', 'Europe/Berlin']);
    assert.equal(
      accepted({ ...base, start: { kind: 'utc', instant: at('2026-03-10T07:00') }, end: undefined }).object
        .timezones.size,
      0,
    );
  });

  it('has every field as its property', () => {
    const { object } = accepted(
      {
        ...base,
        rule: 'FREQ=WEEKLY',
        summary: 'Встреча',
        description: 'a\nb',
        location: 'Room; 1',
        url: 'https://x/?a=b',
        categories: ['a,b', 'c'],
        status: 'CONFIRMED',
        transparency: 'OPAQUE',
        accessClass: 'PRIVATE',
        sequence: 2,
        priority: 5,
        created: at('2026-01-01T00:00'),
        lastModified: at('2026-01-02T00:00'),
        organizer: { address: 'o@x', name: 'O "the" Boss' },
        attendees: [
          { address: 'mailto:a@x', role: 'CHAIR', status: 'ACCEPTED', type: 'ROOM', rsvp: true },
          { address: 'b@x', rsvp: false },
        ],
        alarmMinutes: [15, 0],
      },
      {
        ...base,
        recurrenceId: moscow('2026-03-17T10:00'),
        start: moscow('2026-03-17T12:00'),
        end: undefined,
      },
    );
    const { master, overrides } = object;
    assert.deepEqual(
      master?.properties.map(({ content }) => content),
      [
        'UID:u@x',
        'DTSTAMP:20260101T000000Z',
        'CREATED:20260101T000000Z',
        'LAST-MODIFIED:20260102T000000Z',
        'DTSTART;TZID=Europe/Moscow:20260310T100000',
        'DTEND;TZID=Europe/Moscow:20260310T110000',
        'RRULE:FREQ=WEEKLY',
        'STATUS:CONFIRMED',
        'TRANSP:OPAQUE',
        'CLASS:PRIVATE',
        'SEQUENCE:2',
        'PRIORITY:5',
        'URL:https://x/?a=b',
        "ORGANIZER;CN=O ^'the^' Boss:mailto:o@x",
        'ATTENDEE;CUTYPE=ROOM;ROLE=CHAIR;PARTSTAT=ACCEPTED;RSVP=TRUE:mailto:a@x',
        'ATTENDEE;RSVP=FALSE:mailto:b@x',
        'SUMMARY:Встреча',
        'LOCATION:Room\\; 1',
        'DESCRIPTION:a\\nb',
        'CATEGORIES:a\\,b,c',
      ],
    );
    assert.deepEqual(
      master?.components.map((alarm) => alarm.properties.map(({ content }) => content)),
      [
        ['ACTION:DISPLAY', 'TRIGGER:-PT15M', 'DESCRIPTION:Встреча'],
        ['ACTION:DISPLAY', 'TRIGGER:PT0S', 'DESCRIPTION:Встреча'],
      ],
    );
    assert.equal(
      overrides[0]?.first('RECURRENCE-ID')?.content,
      'RECURRENCE-ID;TZID=Europe/Moscow:20260317T100000',
    );
  });

  it('keeps each field on its own line, whatever is written into it', () => {
    const anything = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\r', '\n', '\0', '"', ':', ';', ',', '^', '\\', 'я', '😀', '\u2028', '\ud800'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(anything, anything, anything, (summary, name, word) => {
        const { object } = accepted({
          ...base,
          uid: `u${word}`,
          summary,
          description: word,
          location: name,
          url: word,
          categories: [word || 'x'],
          organizer: { address: word, name },
          attendees: [{ address: word, name }],
          alarmMinutes: [5],
        });
        const names = new Set(object.master?.properties.map((property) => property.name));
        for (const found of names)
          assert.match(
            found,
            /^(UID|DTSTAMP|DTSTART|DTEND|SEQUENCE|URL|ORGANIZER|ATTENDEE|SUMMARY|DESCRIPTION|LOCATION|CATEGORIES)$/,
          );
        if (summary !== '')
          assert.equal(decodeText(object.master?.first('SUMMARY')?.rawValue ?? ''), plain(summary));
        assert.equal(object.master?.all('ATTENDEE').length, 1);
        assert.equal(decodeTextList(object.master?.first('CATEGORIES')?.rawValue ?? '').length, 1);
      }),
    );
  });

  it('is not composed with a rule or a zone that is none', () => {
    assert.throws(() => composeObject({ ...base, rule: 'FREQ=DAILY\r\nATTENDEE:x' }), TypeError);
    assert.throws(
      () =>
        composeObject({
          ...base,
          start: { kind: 'zoned', local: local('2026-03-10T10:00'), tzid: 'Nowhere' },
        }),
      TypeError,
    );
  });

  it('says the same whatever the zone of the server', () => {
    const zone = process.env['TZ'];
    const written = text(composeObject(base));
    process.env['TZ'] = 'America/New_York';
    try {
      assert.equal(text(composeObject(base)), written);
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});
