/** What we ask for is what the schema allows, element by element (exchange.md 19.2). */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { EventContent, NeutralEvent } from '../../../../src/connectors/event.ts';
import { propertiesToRead } from '../../../../src/connectors/exchange/mapping/fields.ts';
import type { Mapping } from '../../../../src/connectors/exchange/mapping/mapping.ts';
import { markerField } from '../../../../src/connectors/exchange/mapping/marker.ts';
import type { PlanStep } from '../../../../src/connectors/exchange/mapping/plan.ts';
import { createPlan, updatePlan } from '../../../../src/connectors/exchange/mapping/planning.ts';
import { type DocumentElement, xmlDocument } from '../../../../src/xml/document.ts';
import { anyContent } from './arbitrary.ts';
import { allDay, content, event, mapping, planned, series, window } from './fixture.ts';
import { schemaErrors, schemaIsThere } from './schema.ts';

const types = 'http://schemas.microsoft.com/exchange/services/2006/types';
const messages = 'http://schemas.microsoft.com/exchange/services/2006/messages';
const soap = 'http://schemas.xmlsoap.org/soap/envelope/';

describe('exchange mapping: the schema', function () {
  before(function () {
    if (!schemaIsThere) {
      console.log('    (skipped: the EWS schema is not at ../shared/schema/ews)');
      this.skip();
    }
  });

  it('allows every item and every change that is written', async () => {
    const documents: Record<string, string> = {};
    subjects.forEach(([name, before, after, as], index) => {
      const steps = [...created(before, as), ...updated(before, after, as)];
      documents[`${index} ${name} create.xml`] = createRequest(steps);
      documents[`${index} ${name} update.xml`] = updateRequest(steps);
    });
    assert.deepEqual(await schemaErrors(onlyFull(documents)), []);
  });

  it('allows whatever a generated event is written as', async () => {
    const steps: PlanStep[] = [];
    const sample = fc.sample(anyContent, 120);
    sample.forEach((one, index) => {
      const other = sample[(index + 1) % sample.length] ?? one;
      steps.push(...created(event(one), {}), ...updated(event(one), event(other), {}));
    });
    assert.deepEqual(
      await schemaErrors({ 'c.xml': createRequest(steps), 'u.xml': updateRequest(steps) }),
      [],
    );
  });

  it('would notice elements in the wrong order', async () => {
    const wrong = t('CalendarItem', [t('Location', ['Room 4']), t('Subject', ['Weekly review'])]);
    const errors = await schemaErrors({ 'wrong.xml': envelope(m('CreateItem', [m('Items', [wrong])])) });
    assert.equal(errors.length, 1);
  });

  it('knows every property that is asked for', async () => {
    const uris = propertiesToRead('Exchange2013_SP1').map((uri) => t('FieldURI', [], { FieldURI: uri }));
    const shape = m('ItemShape', [
      t('BaseShape', ['IdOnly']),
      t('AdditionalProperties', [...uris, markerField()]),
    ]);
    const ids = m('ItemIds', [t('ItemId', [], { Id: 'AAMk=' })]);
    assert.deepEqual(await schemaErrors({ 'get.xml': envelope(m('GetItem', [shape, ids])) }), []);
  });

  it('is not asked for properties that an older server does not have', () => {
    assert.ok(
      !propertiesToRead('Exchange2007_SP1').some(
        (uri) => /TimeZone$|TimeZoneId|IsOrganizer/.test(uri.slice(9)) && uri !== 'calendar:TimeZone',
      ),
    );
    assert.ok(!propertiesToRead('Exchange2010_SP2').includes('calendar:StartTimeZoneId'));
    assert.ok(propertiesToRead('Exchange2016').includes('calendar:StartTimeZoneId'));
  });
});

const people: Partial<EventContent> = {
  organizer: { address: 'anna@corp.example', name: 'Anna' },
  attendees: [
    { address: 'bob@corp.example', name: 'Bob', role: 'required', answer: 'accepted' },
    { address: 'cleo@corp.example', name: '', role: 'optional', answer: 'needs-action' },
    { address: 'room4@corp.example', name: 'Room 4', role: 'resource', answer: 'declined' },
  ],
};

const everything: Partial<EventContent> = {
  ...people,
  title: 'Planning & <review>',
  html: '<p>Agenda: <b>one</b></p>',
  location: 'Room 4',
  categories: ['Blue', 'Green'],
  importance: 'high',
  privacy: 'confidential',
  busy: 'elsewhere',
  reminder: 15,
};

const customZone = [
  'BEGIN:VTIMEZONE',
  'TZID:Our zone',
  'BEGIN:DAYLIGHT',
  'DTSTART:19700301T020000',
  'TZOFFSETFROM:+0345',
  'TZOFFSETTO:+0445',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1SU',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19701005T030000',
  'TZOFFSETFROM:+0445',
  'TZOFFSETTO:+0345',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=5',
  'END:STANDARD',
  'END:VTIMEZONE',
  '',
].join('\r\n');

const inCustomZone: NeutralEvent = event(
  {
    start: { local: '2026-11-23T10:00:00', zone: 'Our zone' },
    end: { local: '2026-11-23T11:00:00', zone: 'Our zone' },
  },
  { zones: { 'Our zone': customZone } },
);

const moved = content({
  start: { local: '2026-12-07T15:00:00', zone: 'Europe/Berlin' },
  end: { local: '2026-12-07T16:00:00', zone: 'Europe/Berlin' },
});

type Subject = readonly [name: string, before: NeutralEvent, after: NeutralEvent, as: Partial<Mapping>];

const subjects: readonly Subject[] = [
  ['fields', event(), event(everything), {}],
  ['no fields', event(everything), event(), {}],
  ['older server', event(everything), event(), { version: 'Exchange2007_SP1' }],
  ['all day', event(), event(allDay('2026-11-24', '2026-11-26')), {}],
  ['custom zone', inCustomZone, event(), {}],
  ['custom zone told to 2007', inCustomZone, event(), { version: 'Exchange2007_SP1' }],
  ...[
    'FREQ=DAILY;INTERVAL=3;COUNT=10',
    'FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU;UNTIL=20270301T000000Z',
    'FREQ=MONTHLY;BYMONTHDAY=-1',
    'FREQ=MONTHLY;BYDAY=-1FR',
    'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=23',
    'FREQ=YEARLY;BYMONTH=11;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=2',
  ].map((rule): Subject => [rule.slice(5, 12), series(rule, everything), event(), {}]),
  [
    'overrides',
    series('FREQ=WEEKLY;BYDAY=MO'),
    series(
      'FREQ=WEEKLY;BYDAY=MO',
      {},
      { overrides: { '2026-12-07T09:00:00Z': moved }, excluded: ['2026-11-30T09:00:00Z'] },
    ),
    {},
  ],
  ['singles', series('FREQ=MONTHLY;BYMONTHDAY=31'), event(), {}],
];

function created(subject: NeutralEvent, as: Partial<Mapping>): readonly PlanStep[] {
  const plan = createPlan({ marker: '9b1d7c', event: subject }, window, { ...mapping, ...as });
  return planned(plan).steps;
}

function updated(before: NeutralEvent, after: NeutralEvent, as: Partial<Mapping>): readonly PlanStep[] {
  const update = {
    id: 'AAMk=',
    version: 'DwAA',
    marker: '9b1d7c',
    before,
    after,
    parts: [],
    role: 'owner',
    notify: 'all',
  } as const;
  return planned(updatePlan(update, window, { ...mapping, ...as })).steps;
}

type Content = readonly (DocumentElement | string)[];

const named =
  (namespace: string) =>
  (
    local: string,
    inside: Content = [],
    attributes: Readonly<Record<string, string>> = {},
  ): DocumentElement => ({
    name: `{${namespace}}${local}`,
    attributes,
    content: inside,
  });
const t = named(types);
const m = named(messages);
const s = named(soap);

function envelope(body: DocumentElement): string {
  return xmlDocument(s('Envelope', [s('Body', [body])]), {
    prefixes: { [soap]: 's', [types]: 't', [messages]: 'm' },
  });
}

function createRequest(steps: readonly PlanStep[]): string {
  const items = steps.flatMap((step) => (step.do === 'create' ? [step.element] : []));
  return items.length === 0
    ? ''
    : envelope(m('CreateItem', [m('Items', items)], { SendMeetingInvitations: 'SendToNone' }));
}

function updateRequest(steps: readonly PlanStep[]): string {
  const changes = steps.flatMap((step) =>
    step.do === 'update'
      ? [t('ItemChange', [t('ItemId', [], { Id: 'AAMk=' }), t('Updates', step.changes)])]
      : [],
  );
  if (changes.length === 0) return '';
  const attributes = {
    ConflictResolution: 'NeverOverwrite',
    SendMeetingInvitationsOrCancellations: 'SendToNone',
  };
  return envelope(m('UpdateItem', [m('ItemChanges', changes)], attributes));
}

function onlyFull(documents: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(documents).filter(([, text]) => text !== ''));
}
