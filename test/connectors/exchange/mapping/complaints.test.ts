/** What people complain about in programs that speak to Exchange, as far as the mapping can be at fault (exchange.md 19.5.4). */
import assert from 'node:assert/strict';
import type { NeutralEvent } from '../../../../src/connectors/event.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { createPlan, updatePlan } from '../../../../src/connectors/exchange/mapping/planning.ts';
import { exceptionIds, readItem } from '../../../../src/connectors/exchange/mapping/read.ts';
import {
  allDay,
  content,
  event,
  eventOf,
  item,
  mapping,
  planned,
  readOk,
  series,
  stepAt,
  window,
  xmlOf,
} from './fixture.ts';

const occurrence = (id: string, start: string, end: string, original: string): string =>
  `<Occurrence><ItemId Id="${id}"/><Start>${start}</Start><End>${end}</End><OriginalStart>${original}</OriginalStart></Occurrence>`;
const deleted = (start: string): string => `<DeletedOccurrence><Start>${start}</Start></DeletedOccurrence>`;

/** Mondays at ten in Berlin, from 1 March 2027: daylight saving begins on 28 March. */
const mondays = (more: string, zone = 'W. Europe Standard Time'): string =>
  `<ItemId Id="m" ChangeKey="1"/><UID>u</UID><Subject>Review</Subject><Start>2027-03-01T09:00:00Z</Start><End>2027-03-01T10:00:00Z</End>
  <Recurrence><WeeklyRecurrence><Interval>1</Interval><DaysOfWeek>Monday</DaysOfWeek><FirstDayOfWeek>Monday</FirstDayOfWeek></WeeklyRecurrence>
  <NoEndRecurrence><StartDate>2027-03-01</StartDate></NoEndRecurrence></Recurrence>${more}<StartTimeZone Id="${zone}"/><EndTimeZone Id="${zone}"/>`;

/** Whole Mondays of a creator in some zone, from 1 March 2027. */
const wholeMondays = (midnight: string, zone: string, more: string): string =>
  `<UID>u</UID><Start>2027-${midnight}</Start><End>2027-03-02T00:00:00Z</End><IsAllDayEvent>true</IsAllDayEvent>
  <Recurrence><WeeklyRecurrence><Interval>1</Interval><DaysOfWeek>Monday</DaysOfWeek></WeeklyRecurrence>
  <NoEndRecurrence><StartDate>2027-03-01</StartDate></NoEndRecurrence></Recurrence>${more}<StartTimeZone Id="${zone}"/><EndTimeZone Id="${zone}"/>`;

function told(subject: NeutralEvent): NeutralEvent {
  const found = normalizeEvent(subject, window, mapping);
  if ('refused' in found) assert.fail(found.refused);
  return found;
}

describe('complaint: a changed occurrence is one hour off after a daylight-saving change', () => {
  it('it keeps its key and its time on both sides of the change', () => {
    const more = `<ModifiedOccurrences>${occurrence('a', '2027-03-22T13:00:00Z', '2027-03-22T14:00:00Z', '2027-03-22T09:00:00Z')}${occurrence('b', '2027-03-29T12:00:00Z', '2027-03-29T13:00:00Z', '2027-03-29T08:00:00Z')}</ModifiedOccurrences>`;
    const read = eventOf(mondays(more), {}, [
      '<ItemId Id="a"/><Subject>Winter</Subject><Start>2027-03-22T13:00:00Z</Start><End>2027-03-22T14:00:00Z</End>',
      '<ItemId Id="b"/><Subject>Summer</Subject><Start>2027-03-29T12:00:00Z</Start><End>2027-03-29T13:00:00Z</End>',
    ]);
    assert.deepEqual(
      Object.entries(read.overrides).map(([key, own]) => [
        key,
        own.title,
        'local' in own.start && own.start.local,
      ]),
      [
        ['2027-03-22T09:00:00Z', 'Winter', '2027-03-22T14:00:00'],
        ['2027-03-29T08:00:00Z', 'Summer', '2027-03-29T14:00:00'],
      ],
    );
  });

  it('an original start that is an hour off still means the occurrence of that day', () => {
    const more = `<ModifiedOccurrences>${occurrence('b', '2027-03-29T12:00:00Z', '2027-03-29T13:00:00Z', '2027-03-29T09:00:00Z')}</ModifiedOccurrences>`;
    assert.deepEqual(Object.keys(eventOf(mondays(more)).overrides), ['2027-03-29T08:00:00Z']);
  });

  it('an original start at midnight still means the occurrence of that day', () => {
    const more = `<ModifiedOccurrences>${occurrence('b', '2027-03-29T12:00:00Z', '2027-03-29T13:00:00Z', '2027-03-28T22:00:00Z')}</ModifiedOccurrences>`;
    assert.deepEqual(Object.keys(eventOf(mondays(more)).overrides), ['2027-03-29T08:00:00Z']);
  });

  it('a series keeps its clock when it is written', () => {
    const subject = series(
      'FREQ=WEEKLY;BYDAY=MO',
      {},
      { excluded: ['2027-03-22T09:00:00Z', '2027-03-29T08:00:00Z'] },
    );
    assert.deepEqual(told(subject), subject);
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.match(
      xmlOf(stepAt(plan, 0, 'create').element),
      /<Start>2026-11-23T10:00:00\+01:00<\/Start>.*<StartTimeZone Id="W. Europe/,
    );
  });
});

describe('complaint: a changed occurrence of an all-day series is lost', () => {
  const creators: readonly (readonly [zone: string, start: string, original: string])[] = [
    ['W. Europe Standard Time', '02-28T23:00:00Z', '2027-03-28T22:00:00Z'],
    ['Tonga Standard Time', '02-28T11:00:00Z', '2027-03-28T11:00:00Z'],
    ['UTC-11', '03-01T11:00:00Z', '2027-03-29T11:00:00Z'],
    ['India Standard Time', '02-28T18:30:00Z', '2027-03-28T18:30:00Z'],
    ['Nepal Standard Time', '02-28T18:15:00Z', '2027-03-28T18:15:00Z'],
    ['Pacific Standard Time', '03-01T08:00:00Z', '2027-03-29T07:00:00Z'],
  ];
  for (const [zone, start, original] of creators) {
    it(`not that of a creator in ${zone}`, () => {
      const more = `<ModifiedOccurrences>${occurrence('a', original, original, original)}</ModifiedOccurrences>`;
      const own = `<ItemId Id="a"/><Subject>Other</Subject><Start>${original}</Start><End>${original}</End><IsAllDayEvent>true</IsAllDayEvent>`;
      const { overrides, content: master } = eventOf(wholeMondays(start, zone, more), {}, [own]);
      assert.deepEqual(master.start, { date: '2027-03-01' });
      assert.deepEqual(Object.keys(overrides), ['2027-03-29']);
      assert.deepEqual(overrides['2027-03-29']?.start, { date: '2027-03-29' });
    });
  }

  it('nor one of ours', () => {
    const other = content(allDay('2027-03-30', '2027-03-31', { title: 'Moved' }));
    const subject = series('FREQ=WEEKLY;BYDAY=MO', allDay('2027-03-01', '2027-03-02'), {
      overrides: { '2027-03-29': other },
      excluded: ['2027-03-22'],
    });
    assert.deepEqual(told(subject), subject);
  });
});

describe('complaint: a deleted occurrence comes back', () => {
  it('not from the server', () => {
    const more = `<DeletedOccurrences>${deleted('2027-03-22T09:00:00Z')}${deleted('2027-03-29T08:00:00Z')}${deleted('2027-04-05T00:00:00Z')}</DeletedOccurrences>`;
    assert.deepEqual(eventOf(mondays(more)).excluded, [
      '2027-03-22T09:00:00Z',
      '2027-03-29T08:00:00Z',
      '2027-04-05T08:00:00Z',
    ]);
  });

  it('nor from us: it is deleted after the series was created', () => {
    const subject = series('FREQ=WEEKLY;BYDAY=MO', {}, { excluded: ['2026-12-07T09:00:00Z'] });
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    const { on } = stepAt(plan, 1, 'delete');
    assert.ok(on.item === 'occurrence');
    assert.equal(on.occurrence.index, 3);
  });

  it('nor when the deletion means an occurrence that there is not', () => {
    assert.deepEqual(
      eventOf(mondays(`<DeletedOccurrences>${deleted('2027-03-23T09:00:00Z')}</DeletedOccurrences>`))
        .excluded,
      [],
    );
  });
});

describe('complaint: one strange occurrence breaks the whole series', () => {
  const more = `<ModifiedOccurrences>${occurrence('a', '2027-03-25T13:00:00Z', '2027-03-25T14:00:00Z', '2027-03-24T09:00:00Z')}${occurrence('b', '2027-03-29T12:00:00Z', '2027-03-29T13:00:00Z', '2027-03-29T08:00:00Z')}</ModifiedOccurrences>`;

  it('one of no instance is kept beside it, and noted', () => {
    const found = readOk(readItem(item(mondays(more)), [], mapping));
    assert.deepEqual(Object.keys(found.event.overrides), ['2027-03-24T09:00:00Z', '2027-03-29T08:00:00Z']);
    assert.deepEqual(found.notes, ['override-without-instance']);
  });

  it('it is not written back as another item', () => {
    const { event: read } = readOk(readItem(item(mondays(more)), [], mapping));
    const after = { ...read, content: { ...read.content, title: 'New' } };
    const update = {
      id: 'm',
      version: '1',
      marker: 'm',
      before: read,
      after,
      parts: [],
      role: 'owner',
      notify: 'all',
    } as const;
    const plan = planned(updatePlan(update, window, mapping));
    assert.ok(!plan.steps.some((step) => step.do === 'create'));
  });

  it('one that cannot be fetched is where the series says, with what the series says', () => {
    const other = eventOf(mondays(more)).overrides['2027-03-29T08:00:00Z'];
    assert.deepEqual(
      [other?.title, other && 'local' in other.start && other.start.local],
      ['Review', '2027-03-29T14:00:00'],
    );
  });

  it('all of them are asked for', () => assert.deepEqual(exceptionIds(item(mondays(more))), ['a', 'b']));
});

describe('complaint: the formatted text is flattened', () => {
  const html = '<p>Agenda</p><ul><li><b>one</b></li></ul>';
  const update = (before: NeutralEvent, after: NeutralEvent): string => {
    const whole = {
      id: 'm',
      version: '1',
      marker: 'm',
      before,
      after,
      parts: [],
      role: 'owner',
      notify: 'none',
    } as const;
    return planned(updatePlan(whole, window, mapping))
      .steps.flatMap((step) => (step.do === 'update' ? step.changes.map(xmlOf) : []))
      .join('');
  };

  it('not by a round trip', () => {
    const subject = event({ html, description: 'Agenda\n\n- one' });
    assert.deepEqual(told(subject), subject);
  });

  it('nor by a change of something else', () => {
    const before = told(event({ html }));
    assert.doesNotMatch(
      update(before, { ...before, content: { ...before.content, title: 'New' } }),
      /item:Body/,
    );
  });

  it('scripts in it reach nobody', () => {
    const read = eventOf(
      '<Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End><Body BodyType="HTML">&lt;b onclick="x()"&gt;a&lt;/b&gt;&lt;script&gt;x()&lt;/script&gt;</Body>',
    );
    assert.equal(read.content.html, '<b>a</b>');
    const plan = planned(
      createPlan({ marker: 'm', event: event({ html: '<b onclick="x()">a</b>' }) }, window, mapping),
    );
    assert.match(
      xmlOf(stepAt(plan, 0, 'create').element),
      /<Body BodyType="HTML">&lt;b&gt;a&lt;\/b&gt;<\/Body>/,
    );
  });
});

describe('complaint: reminders, answers and privacy are lost', () => {
  const subject = event({
    reminder: 0,
    privacy: 'private',
    organizer: { address: 'anna@corp.example', name: '' },
    attendees: [
      { address: 'bob@corp.example', name: '', role: 'required', answer: 'declined' },
      { address: 'cleo@corp.example', name: '', role: 'optional', answer: 'tentative' },
    ],
  });

  it('not by a round trip', () => assert.deepEqual(told(subject), subject));

  it('nor by inviting somebody else', () => {
    const more = {
      address: 'dora@corp.example',
      name: '',
      role: 'required',
      answer: 'needs-action',
    } as const;
    const after = {
      ...subject,
      content: { ...subject.content, attendees: [...subject.content.attendees, more] },
    };
    const whole = {
      id: 'm',
      version: '1',
      marker: 'm',
      before: subject,
      after,
      parts: [],
      role: 'owner',
      notify: 'all',
    } as const;
    const step = stepAt(planned(updatePlan(whole, window, mapping)), 0, 'update');
    assert.equal(step.changes.length, 1);
    assert.match(
      xmlOf(step.changes[0] ?? assert.fail()),
      /bob@corp\.example<\/EmailAddress><\/Mailbox><ResponseType>Decline</,
    );
  });
});
