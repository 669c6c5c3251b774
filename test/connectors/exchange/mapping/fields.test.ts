/** Every row of exchange.md 11.1 and 11.2, both ways. */
import assert from 'node:assert/strict';
import type { EventContent } from '../../../../src/connectors/event.ts';
import type { Mapping } from '../../../../src/connectors/exchange/mapping/mapping.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { createPlan } from '../../../../src/connectors/exchange/mapping/planning.ts';
import { isVeiled, presented } from '../../../../src/connectors/exchange/mapping/presented.ts';
import { readItem, unresolvedAddresses } from '../../../../src/connectors/exchange/mapping/read.ts';
import {
  content,
  event,
  eventOf,
  item,
  mapping,
  plain,
  planned,
  readOk,
  stepAt,
  window,
  xmlOf,
} from './fixture.ts';

const times = '<UID>u</UID><Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End>';
const written = (parts: Partial<EventContent>, as: Partial<Mapping> = {}): string => {
  const plan = createPlan({ marker: 'm', event: event(parts) }, window, {
    ...mapping,
    ...as,
  });
  return xmlOf(stepAt(planned(plan), 0, 'create').element);
};
const read = (children: string, as: Partial<Mapping> = {}): EventContent =>
  eventOf(times + children, as).content;

/** What both sides say alike. */
const rows: readonly (readonly [title: string, ours: Partial<EventContent>, theirs: string])[] = [
  ['title', { title: ' Weekly  review ' }, '<Subject> Weekly  review </Subject>'],
  ['plain text', { description: 'Agenda\n\n1. One' }, '<Body BodyType="Text">Agenda\n\n1. One</Body>'],
  [
    'formatted text',
    { html: '<p>Agenda: <b>one</b></p>', description: 'Agenda: one' },
    '<Body BodyType="HTML">&lt;p&gt;Agenda: &lt;b&gt;one&lt;/b&gt;&lt;/p&gt;</Body>',
  ],
  ['location', { location: 'Room 4' }, '<Location>Room 4</Location>'],
  ['free', { busy: 'free' }, '<LegacyFreeBusyStatus>Free</LegacyFreeBusyStatus>'],
  ['tentative', { busy: 'tentative' }, '<LegacyFreeBusyStatus>Tentative</LegacyFreeBusyStatus>'],
  ['busy', { busy: 'busy' }, '<LegacyFreeBusyStatus>Busy</LegacyFreeBusyStatus>'],
  ['out of office', { busy: 'out-of-office' }, '<LegacyFreeBusyStatus>OOF</LegacyFreeBusyStatus>'],
  [
    'working elsewhere',
    { busy: 'elsewhere' },
    '<LegacyFreeBusyStatus>WorkingElsewhere</LegacyFreeBusyStatus>',
  ],
  ['public', { privacy: 'public' }, '<Sensitivity>Normal</Sensitivity>'],
  ['private', { privacy: 'private' }, '<Sensitivity>Private</Sensitivity>'],
  ['confidential', { privacy: 'confidential' }, '<Sensitivity>Confidential</Sensitivity>'],
  ['low importance', { importance: 'low' }, '<Importance>Low</Importance>'],
  ['normal importance', { importance: 'normal' }, '<Importance>Normal</Importance>'],
  ['high importance', { importance: 'high' }, '<Importance>High</Importance>'],
  [
    'categories',
    { categories: ['Blue', 'Red'] },
    '<Categories><String>Blue</String><String>Red</String></Categories>',
  ],
  [
    'reminder',
    { reminder: 15 },
    '<ReminderIsSet>true</ReminderIsSet><ReminderMinutesBeforeStart>15</ReminderMinutesBeforeStart>',
  ],
  ['no reminder', { reminder: null }, '<ReminderIsSet>false</ReminderIsSet>'],
];

describe('exchange mapping: fields', () => {
  for (const [title, ours, theirs] of rows) {
    it(`${title} is written, and read`, () => {
      assert.ok(written(ours).includes(theirs), written(ours));
      const told = read(theirs);
      for (const [part, value] of Object.entries(ours)) assert.deepEqual(Reflect.get(told, part), value);
    });
  }

  /** What is read in one way only. */
  const readings: readonly (readonly [title: string, theirs: string, ours: Partial<EventContent>])[] = [
    ['no data is free', '<LegacyFreeBusyStatus>NoData</LegacyFreeBusyStatus>', { busy: 'free' }],
    ['personal is private', '<Sensitivity>Personal</Sensitivity>', { privacy: 'private' }],
    [
      'a reminder that is off says no minutes',
      '<ReminderIsSet>false</ReminderIsSet><ReminderMinutesBeforeStart>15</ReminderMinutesBeforeStart>',
      { reminder: null },
    ],
    [
      'the text alone, from a server that gives no body',
      '<TextBody BodyType="Text">Agenda&#xD;\n</TextBody>',
      { description: 'Agenda' },
    ],
    [
      'line ends and blanks at the end of a text',
      '<Body BodyType="Text">One&#xD;\nTwo &#xD;\n</Body>',
      { description: 'One\nTwo' },
    ],
    [
      'HTML that formats nothing is text',
      '<Body BodyType="HTML">&lt;html&gt;&lt;head&gt;&lt;title&gt;x&lt;/title&gt;&lt;/head&gt;&lt;body&gt;&lt;div&gt;One&lt;/div&gt;&lt;div&gt;Two&lt;/div&gt;&lt;/body&gt;&lt;/html&gt;</Body>',
      { description: 'One\nTwo', html: null },
    ],
    [
      'a link of the server',
      '<JoinOnlineMeetingUrl>https://teams.microsoft.com/l/1</JoinOnlineMeetingUrl>',
      { url: 'https://teams.microsoft.com/l/1' },
    ],
    [
      'a link in the location',
      '<Location>https://conf.corp.example/x, Room 4</Location>',
      { url: 'https://conf.corp.example/x' },
    ],
    [
      'a meeting link in the text',
      '<Body BodyType="Text">See https://corp.example and https://zoom.us/j/1.</Body>',
      { url: 'https://zoom.us/j/1' },
    ],
    [
      'no link where there is none of a meeting',
      '<Body BodyType="Text">See https://corp.example.</Body>',
      { url: '' },
    ],
    ['a script as a link', '<JoinOnlineMeetingUrl>javascript:alert(1)</JoinOnlineMeetingUrl>', { url: '' }],
  ];
  for (const [title, theirs, ours] of readings) {
    it(`reads: ${title}`, () => {
      for (const [part, value] of Object.entries(ours))
        assert.deepEqual(Reflect.get(read(theirs), part), value);
    });
  }

  it('tells an older server that somebody elsewhere is free, and does not mention what it does not know', () => {
    const xml = written({ busy: 'elsewhere' }, { version: 'Exchange2007_SP1' });
    assert.match(xml, /<LegacyFreeBusyStatus>Free</);
    assert.match(xml, /<Start>2026-11-23T09:00:00Z<\/Start>/);
    assert.match(xml, /<MeetingTimeZone TimeZoneName="W. Europe Standard Time"\/><\/CalendarItem>$/);
    assert.doesNotMatch(xml, /StartTimeZone/);
  });

  it('cuts a long title without splitting a character', () => {
    const title = `${'a'.repeat(254)}😀b`;
    assert.ok(written({ title }).includes(`<Subject>${'a'.repeat(254)}</Subject>`));
    const told = normalizeEvent(event({ title }), window, mapping);
    assert.ok(!('refused' in told));
    assert.equal(told.content.title.length, 254);
  });

  it('takes a reminder for which nobody has said when for one of a quarter of an hour', () => {
    const told =
      '<ReminderIsSet>true</ReminderIsSet><ReminderMinutesBeforeStart>1525252321</ReminderMinutesBeforeStart>';
    assert.equal(read(told).reminder, 15);
  });

  it('does not say reminders after the start', () => {
    assert.ok(written({ reminder: -5 }).includes('<ReminderIsSet>false</ReminderIsSet>'));
    const plan = createPlan({ marker: 'm', event: event({ reminder: -5 }) }, window, mapping);
    assert.deepEqual(planned(plan).notes, ['reminder-after-start']);
  });
});

describe('exchange mapping: cancelled events', () => {
  const cancelled: readonly (readonly [string, string, boolean, string])[] = [
    [
      'as the server says',
      '<Subject>Abgesagt: Review</Subject><IsCancelled>true</IsCancelled>',
      true,
      'Review',
    ],
    ['with 1 for true', '<Subject>Review</Subject><IsCancelled>1</IsCancelled>', true, 'Review'],
    [
      'by the prefix and the bit',
      '<Subject>Отменено: Review</Subject><AppointmentState>7</AppointmentState>',
      true,
      'Review',
    ],
    [
      'not by the prefix alone',
      '<Subject>Canceled: Review</Subject><AppointmentState>3</AppointmentState>',
      false,
      'Canceled: Review',
    ],
    [
      'not by the bit alone',
      '<Subject>Review</Subject><AppointmentState>4</AppointmentState>',
      false,
      'Review',
    ],
    [
      'with another word before the colon',
      '<Subject>Board: Review</Subject><IsCancelled>true</IsCancelled>',
      true,
      'Board: Review',
    ],
  ];
  for (const [how, theirs, is, title] of cancelled) {
    it(`are known ${how}`, () => {
      const { cancelled: found, title: shown } = read(theirs);
      assert.deepEqual([found, shown], [is, title]);
    });
  }

  it('never carry a prefix there', () => {
    assert.ok(written({ cancelled: true }).includes('<Subject>Weekly review</Subject>'));
  });
});

describe('exchange mapping: people', () => {
  const attendee = (address: string, answer: string, name = 'N', type = 'SMTP'): string =>
    `<Attendee><Mailbox><Name>${name}</Name><EmailAddress>${address}</EmailAddress><RoutingType>${type}</RoutingType></Mailbox><ResponseType>${answer}</ResponseType></Attendee>`;
  const organizer = (address: string): string =>
    `<Organizer><Mailbox><Name>Org</Name><EmailAddress>${address}</EmailAddress></Mailbox></Organizer>`;

  it('are told by role and answer', () => {
    const { organizer: by, attendees } = read(
      `${organizer('Anna@Corp.example')}<MyResponseType>Organizer</MyResponseType>` +
        `<RequiredAttendees>${attendee('Bob@corp.example', 'Accept')}${attendee('cleo@corp.example', 'Decline')}${attendee('anna@corp.example', 'Organizer')}</RequiredAttendees>` +
        `<OptionalAttendees>${attendee('dora@corp.example', 'Tentative')}${attendee('emil@corp.example', 'NoResponseReceived', 'emil@corp.example')}</OptionalAttendees>` +
        `<Resources>${attendee('room4@corp.example', 'Unknown')}</Resources>`,
    );
    assert.deepEqual(by, { address: 'anna@corp.example', name: 'Org' });
    assert.deepEqual(
      attendees.map(({ address, role, answer, name }) => `${address} ${role} ${answer} ${name}`),
      [
        'bob@corp.example required accepted N',
        'cleo@corp.example required declined N',
        'dora@corp.example optional tentative N',
        'emil@corp.example optional needs-action ',
        'room4@corp.example resource needs-action N',
      ],
    );
  });

  it('are known by the address alone, whatever stands around it', () => {
    const written = [
      'SMTP:Bob@x',
      'mailto:cleo@x',
      '&lt;dora@x&gt;',
      "'emil@x'",
      ' fay@x ',
      'EX:/O=X/CN=G',
      '',
    ];
    const told = `${organizer('smtp:anna@corp.example')}<RequiredAttendees>${written.map((each) => attendee(each, 'Unknown')).join('')}</RequiredAttendees>`;
    const { organizer: by, attendees } = read(told);
    assert.equal(by?.address, 'anna@corp.example');
    assert.deepEqual(
      attendees.map(({ address }) => address),
      ['/o=x/cn=g', 'bob@x', 'cleo@x', 'dora@x', 'emil@x', 'fay@x'],
    );
    assert.deepEqual(unresolvedAddresses([item(told)], mapping), ['/o=x/cn=g']);
  });

  it('of the directory are resolved, or written back as they were', () => {
    const told = `${organizer('/O=CORP/CN=ANNA')}<RequiredAttendees>${attendee('/O=CORP/CN=BOB', 'Accept', 'Bob', 'EX')}</RequiredAttendees>`;
    assert.deepEqual(unresolvedAddresses([item(told)], mapping), ['/o=corp/cn=anna', '/o=corp/cn=bob']);
    const directory = new Map([['/o=corp/cn=anna', 'anna@corp.example']]);
    const as = { ...mapping, directory };
    assert.deepEqual(unresolvedAddresses([item(told)], as), ['/o=corp/cn=bob']);
    const found = readOk(readItem(item(times + told), [], as));
    assert.equal(found.event.content.organizer?.address, 'anna@corp.example');
    assert.deepEqual(found.notes, ['address-unresolved']);
    const xml = written({ ...found.event.content });
    assert.match(xml, /<EmailAddress>\/o=corp\/cn=bob<\/EmailAddress><RoutingType>EX</);
  });

  it('of somebody else are not invited by us', () => {
    const theirs = {
      organizer: { address: 'boss@other.example', name: '' },
      attendees: [{ address: 'bob@corp.example', name: '', role: 'required', answer: 'accepted' }],
      answer: 'accepted',
    } as const;
    assert.doesNotMatch(written(theirs), /Attendee/);
    const plan = createPlan({ marker: 'm', event: event(theirs) }, window, mapping);
    assert.deepEqual(planned(plan).notes, ['organizer-elsewhere']);
    assert.equal(stepAt(planned(plan), 0, 'create').send, 'none');
  });

  it('mean nothing where nobody was invited', () => {
    assert.equal(read(organizer('anna@corp.example')).organizer, null);
  });

  const roles: readonly (readonly [string, string, string])[] = [
    ['Organizer', '', 'owner'],
    ['Unknown', '<IsMeeting>false</IsMeeting>', 'owner'],
    ['Accept', '', 'guest'],
    ['Tentative', '', 'guest'],
    ['Decline', '', 'guest'],
    ['NoResponseReceived', '', 'guest'],
    ['Unknown', '<IsMeeting>true</IsMeeting><IsOrganizer>false</IsOrganizer>', 'guest'],
  ];
  for (const [response, more, role] of roles) {
    it(`make the mailbox's owner ${role} when the answer is ${response}${more && ` with ${more}`}`, () => {
      const found = readOk(
        readItem(item(`${times}<MyResponseType>${response}</MyResponseType>${more}`), [], mapping),
      );
      assert.equal(found.role, role);
      assert.equal(found.event.content.answer === null, role === 'owner');
    });
  }
});

describe('exchange mapping: what is told of an item', () => {
  it('ignores what is no appointment', () => {
    assert.equal(readItem(item(`<ItemClass>IPM.Note</ItemClass>${times}`), [], mapping).kind, 'ignored');
    assert.equal(readItem(item(times, 'Message'), [], mapping).kind, 'ignored');
    assert.equal(
      readItem(item(`<ItemClass>IPM.Appointment.Custom</ItemClass>${times}`), [], mapping).kind,
      'item',
    );
    assert.equal(
      readItem(item(`<ItemClass>IPM.AppointmentX</ItemClass>${times}`), [], mapping).kind,
      'ignored',
    );
  });

  it('is its identity, marker and extent', () => {
    const marker = `<ExtendedProperty><ExtendedFieldURI PropertySetId="8F6C1F0E-3C1A-4C43-9D2F-5F0A6F0D7B11" PropertyName="PortalEventId" PropertyType="String"/><Value>series:a:b:2026-11-23T09:00:00Z</Value></ExtendedProperty>`;
    const told = `<ItemId Id="AAMk=" ChangeKey="DwAA"/><LastModifiedTime>2026-11-20T12:00:00Z</LastModifiedTime>${marker}${times}`;
    const found = readOk(readItem(item(told), [], mapping));
    assert.equal(found.id, 'AAMk=');
    assert.equal(found.version, 'DwAA');
    assert.equal(found.modified, Date.parse('2026-11-20T12:00:00Z'));
    assert.deepEqual(found.partOf, { uid: 'a:b', recurrenceId: '2026-11-23T09:00:00Z' });
    assert.deepEqual(found.extent, {
      start: Date.parse('2026-11-23T09:00:00Z'),
      end: Date.parse('2026-11-23T10:00:00Z'),
    });
  });

  it('is known by a marker whose set stands in braces, and as changed at a time without offset', () => {
    const marker = `<ExtendedProperty><ExtendedFieldURI PropertySetId="{8F6C1F0E-3C1A-4C43-9D2F-5F0A6F0D7B11}" PropertyName="PortalEventId" PropertyType="String"/><Value>m</Value></ExtendedProperty>`;
    const told = `<ItemId Id="AAMk="/><LastModifiedTime>2026-11-20T12:00:00</LastModifiedTime>${marker}${times}`;
    const found = readOk(readItem(item(told), [], mapping));
    assert.deepEqual([found.marker, found.modified], ['m', Date.UTC(2026, 10, 20, 12)]);
  });

  it('has a UID of its own where the server tells none', () => {
    const told =
      '<ItemId Id="AAMk=" ChangeKey="1"/><Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End>';
    assert.match(eventOf(told).uid, /^exchange-[0-9a-f]{32}$/);
  });

  it('keeps private events to their owner when the settings say so', () => {
    const told = `<Subject>Doctor</Subject><Location>Clinic</Location><Sensitivity>Private</Sensitivity><LegacyFreeBusyStatus>Busy</LegacyFreeBusyStatus>${times}`;
    assert.equal(readItem(item(told), [], { ...mapping, privateEvents: 'skip' }).kind, 'ignored');
    const veiled = readOk(readItem(item(told), [], { ...mapping, privateEvents: 'busyOnly' }));
    assert.doesNotMatch(JSON.stringify(veiled), /Doctor|Clinic/);
    assert.deepEqual([veiled.event.content.busy, veiled.role], ['busy', 'guest']);
    assert.equal(readOk(readItem(item(told), [], mapping)).event.content.title, 'Doctor');
  });

  for (const privateEvents of ['skip', 'busyOnly'] as const) {
    it(`veils a private instance of a series that is public (${privateEvents})`, () => {
      const key = '2026-11-24T09:00:00Z';
      const secret = event(
        {},
        {
          recurrence: { rules: ['FREQ=DAILY'], dates: [] },
          overrides: { [key]: content({ title: 'Doctor', privacy: 'private' }) },
        },
      );
      const as = { ...mapping, privateEvents };
      const told = presented(secret, as);
      assert.doesNotMatch(JSON.stringify(told), /Doctor/);
      assert.equal(told.content.title, plain.title);
      assert.ok(isVeiled(secret, as));
    });
  }
});
