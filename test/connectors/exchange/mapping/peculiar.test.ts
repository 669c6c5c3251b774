/** What a server is told that overlooks some of what it is told, and what others are not. */
import assert from 'node:assert/strict';
import type { EventContent } from '../../../../src/connectors/event.ts';
import { readTime } from '../../../../src/connectors/exchange/mapping/date-text.ts';
import type { Mapping } from '../../../../src/connectors/exchange/mapping/mapping.ts';
import { fieldChanges, setRecurrence, setTimes } from '../../../../src/connectors/exchange/mapping/patch.ts';
import { readRecurrence, recurrenceElement } from '../../../../src/connectors/exchange/mapping/pattern.ts';
import { readItem } from '../../../../src/connectors/exchange/mapping/read.ts';
import { exportRecurrence } from '../../../../src/connectors/exchange/mapping/recurrence.ts';
import { calendarItem } from '../../../../src/connectors/exchange/mapping/write.ts';
import { asRead, make, makeText } from '../../../../src/connectors/exchange/wire/elements.ts';
import { localTime } from '../../../../src/icalendar/time.ts';
import { xmlDocument } from '../../../../src/xml/document.ts';
import { content, event, mapping } from './fixture.ts';

const peculiar: Mapping = { ...mapping, isPeculiar: true };

/** As the server sees it, without the declarations. */
function changed(before: Partial<EventContent>, after: Partial<EventContent>, told: Mapping): string {
  const changes = fieldChanges(
    { content: content(before), zones: {} },
    { content: content(after), zones: {} },
    told,
    { guest: false },
  );
  return xmlDocument(make('Updates', changes));
}

const uriCount = (xml: string, text: string): number => xml.split(text).length - 1;

describe('exchange mapping: a server that overlooks things', () => {
  it('hears of busy and reminder by their own names as well, which others do not', () => {
    const before = { busy: 'busy', reminder: 15 } as const;
    const after = { busy: 'out-of-office', reminder: 30 } as const;
    const told = changed(before, after, peculiar);
    assert.match(told, /PropertyId="33285" PropertyType="Integer"\/><[^>]*Value>3</);
    assert.match(told, /PropertyId="34049" PropertyType="Integer"\/><[^>]*Value>30</);
    assert.equal(uriCount(told, 'calendar:LegacyFreeBusyStatus'), 1);
    assert.doesNotMatch(changed(before, after, mapping), /PropertyId/);
    assert.match(
      changed({ reminder: 15 }, { reminder: null }, peculiar),
      /PropertyId="34051" PropertyType="Boolean"\/><[^>]*Value>false</,
    );
  });

  it('is told all guests when one list of them changes', () => {
    const guest = { name: '', answer: 'needs-action' } as const;
    const bob = { ...guest, address: 'bob@corp.example', role: 'required' } as const;
    const eve = { ...guest, address: 'eve@corp.example', role: 'optional' } as const;
    const before = { organizer: { address: mapping.mailbox, name: '' }, attendees: [bob] };
    const after = { ...before, attendees: [bob, eve] };
    const told = changed(before, after, peculiar);
    assert.match(told, /bob@corp\.example/);
    assert.match(told, /eve@corp\.example/);
    assert.doesNotMatch(changed(before, after, mapping), /bob@corp\.example/);
    assert.equal(uriCount(changed(after, { ...after, title: 'New' }, peculiar), 'SetItemField>'), 2);
  });

  it('is told the day of the last occurrence where it would miscount', () => {
    const range = (rule: string, told: Mapping): string => {
      const exported = exportRecurrence(event({}, { recurrence: { rules: [rule], dates: [] } }), told);
      assert.ok(exported.as === 'series');
      const text = xmlDocument(recurrenceElement(exported.recurrence, told.version));
      return /<EndDate>([^<]*)|<NumberOfOccurrences>\d+/.exec(text.replaceAll(/t:/g, ''))?.[0] ?? '';
    };
    const cases = [
      ['FREQ=MONTHLY;COUNT=3', '<EndDate>2027-01-23'],
      ['FREQ=MONTHLY;BYDAY=4MO;COUNT=2', '<EndDate>2026-12-28'],
      ['FREQ=YEARLY;COUNT=2', '<EndDate>2027-11-23'],
      ['FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=7', '<EndDate>2026-12-01'],
      ['FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3', '<NumberOfOccurrences>3'],
      ['FREQ=DAILY;COUNT=3', '<NumberOfOccurrences>3'],
    ] as const;
    for (const [rule, wanted] of cases) assert.equal(range(rule, peculiar), wanted, rule);
    for (const [rule] of cases) assert.match(range(rule, mapping), /Number/, rule);
  });

  it('is told that what recurs no more is no series', () => {
    const told = xmlDocument(make('Updates', setRecurrence(null, peculiar)));
    assert.match(told, /DeleteItemField>.*calendar:Recurrence.*PropertyId="33315".*Value>false</);
    assert.doesNotMatch(xmlDocument(make('Updates', setRecurrence(null, mapping))), /33315/);
  });

  it('is told an empty text, as it would not delete one', () => {
    const told = changed({ description: 'Agenda' }, {}, peculiar);
    assert.match(told, /SetItemField>.*BodyType="HTML"/);
    assert.match(changed({ description: 'Agenda' }, {}, mapping), /DeleteItemField>/);
  });

  it('is told how far the clock is ahead, and the zone by its IANA name', () => {
    const times = (told: Mapping): string =>
      xmlDocument(make('Updates', setTimes({ content: content(), zones: {} }, told)));
    assert.match(times(peculiar), />2026-11-23T10:00:00\+01:00</);
    assert.match(times(peculiar), /CalendarTimeZone.*>Europe\/Berlin</);
    assert.match(times(peculiar), /Id="W\. Europe Standard Time"/);
    assert.match(times(mapping), />2026-11-23T10:00:00\+01:00</);
    assert.doesNotMatch(times(mapping), /CalendarTimeZone/);
  });

  it('is understood in the same way', () => {
    const marker = 'm';
    const item = { content: content(), zones: {}, marker, uid: 'u', recurrence: null };
    const [read, plain] = [peculiar, mapping].map((told) =>
      readItem(asRead(calendarItem(item, told)), [], told),
    );
    assert.equal(read?.kind, 'item');
    assert.deepEqual(
      read?.kind === 'item' ? read.item.event : read,
      plain?.kind === 'item' ? plain.item.event : plain,
    );
  });

  it('may say of a meeting of our own that its owner has not answered', () => {
    const meeting = (organizer: string) =>
      readItem(
        asRead(
          make('CalendarItem', [
            makeText('Start', '2026-11-23T10:00:00Z'),
            makeText('End', '2026-11-23T11:00:00Z'),
            makeText('MyResponseType', 'NoResponseReceived'),
            make('Organizer', [make('Mailbox', [makeText('EmailAddress', organizer)])]),
            make('RequiredAttendees', [
              make('Attendee', [make('Mailbox', [makeText('EmailAddress', 'bob@corp.example')])]),
            ]),
          ]),
        ),
        [],
        mapping,
      );
    const roles = ['Anna@corp.example', 'a.berg@corp.example', 'eve@corp.example'].map((organizer) => {
      const read = meeting(organizer);
      return read.kind === 'item' ? [read.item.role, read.item.event.content.answer] : read;
    });
    assert.deepEqual(roles, [
      ['owner', null],
      ['owner', null],
      ['guest', 'needs-action'],
    ]);
  });

  it('may write the word for days at the week’s end otherwise', () => {
    const pattern = (days: string) =>
      make('Recurrence', [
        make('RelativeMonthlyRecurrence', [
          makeText('Interval', 1),
          makeText('DaysOfWeek', days),
          makeText('DayOfWeekIndex', 'Last'),
        ]),
        make('NoEndRecurrence', [makeText('StartDate', '2026-11-28')]),
      ]);
    const start = localTime(Date.UTC(2026, 10, 28, 10));
    assert.deepEqual(
      readRecurrence(asRead(pattern('Weekendday')), start),
      readRecurrence(asRead(pattern('WeekendDay')), start),
    );
  });

  it('may leave the colon out of an offset', () => {
    assert.deepEqual(readTime('2026-11-23T10:00:00+0130'), readTime('2026-11-23T08:30:00Z'));
    assert.deepEqual(readTime('2026-11-23T10:00:00.250000-05:00'), readTime('2026-11-23T15:00:00Z'));
  });
});

describe('exchange mapping: a UID of another program', () => {
  const head = '040000008200E00074C5B7101A82E008';
  const rest = '00'.repeat(20);
  const uidOf = (uid: string): string | undefined => {
    const item = asRead(
      make('CalendarItem', [
        makeText('UID', uid),
        makeText('Start', '2026-11-23T10:00:00Z'),
        makeText('End', '2026-11-23T11:00:00Z'),
      ]),
    );
    const result = readItem(item, [], mapping);
    return result.kind === 'item' ? result.item.event.uid : undefined;
  };

  it('is found inside of the id that the server made of it', () => {
    const inner = Buffer.from('vCal-Uid\u0001\0\0\x005f3c@portal.example\0', 'latin1').toString('hex');
    const length = (inner.length / 2).toString(16).padStart(2, '0');
    assert.equal(uidOf(`${head}${rest}${length}000000${inner}`), '5f3c@portal.example');
  });

  it('is looked for nowhere else', () => {
    for (const uid of [`${head}${rest}10000000${'AB'.repeat(16)}`, `${head}F`, head, '5f3c@portal.example'])
      assert.equal(uidOf(uid), uid);
  });
});
