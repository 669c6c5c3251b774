/** Zones by name and by definition, both ways (exchange.md 12.2). */
import assert from 'node:assert/strict';
import type { Mapping } from '../../../../src/connectors/exchange/mapping/mapping.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { readTimes } from '../../../../src/connectors/exchange/mapping/times.ts';
import {
  definitionElement,
  readDefinition,
} from '../../../../src/connectors/exchange/mapping/zone-definition.ts';
import { erasOf, sameClocks } from '../../../../src/connectors/exchange/mapping/zone-eras.ts';
import {
  meetingTimeZone,
  readMeetingTimeZone,
} from '../../../../src/connectors/exchange/mapping/zone-meeting.ts';
import { customZone } from '../../../../src/connectors/exchange/mapping/zone-text.ts';
import { ianaNameOf, wireZone } from '../../../../src/connectors/exchange/mapping/zones.ts';
import { asRead } from '../../../../src/connectors/exchange/wire/elements.ts';
import { zoneNamed } from '../../../../src/connectors/series.ts';
import { instant } from '../../../../src/icalendar/time.ts';
import { ianaZone, windowsNameOf } from '../../../../src/icalendar/zones/timezone.ts';
import { event, eventOf, item, mapping, window, xmlOf } from './fixture.ts';

const idOf = (name: string, as: Partial<Mapping> = {}): string => {
  const wire = wireZone(name, {}, 2026, { ...mapping, ...as });
  return 'id' in wire ? wire.id : `defined ${wire.name}`;
};

const at = (text: string): ReturnType<typeof instant> => instant(Date.parse(text));

describe('exchange mapping: zone names', () => {
  const toWindows: readonly (readonly [string, string])[] = [
    ['Europe/Berlin', 'W. Europe Standard Time'],
    ['Europe/Vienna', 'W. Europe Standard Time'],
    ['Europe/Kyiv', 'FLE Standard Time'],
    ['Europe/Kiev', 'FLE Standard Time'],
    ['America/Ciudad_Juarez', 'Mountain Standard Time'],
    ['Asia/Calcutta', 'India Standard Time'],
    ['Asia/Kolkata', 'India Standard Time'],
    ['America/Buenos_Aires', 'Argentina Standard Time'],
    ['UTC', 'UTC'],
    ['Etc/GMT', 'UTC'],
    ['Etc/GMT-13', 'UTC+13'],
    ['Pacific/Chatham', 'Chatham Islands Standard Time'],
  ];
  for (const [iana, windows] of toWindows) {
    it(`${iana} is told as ${windows}`, () => assert.equal(idOf(iana), windows));
  }

  const toIana: readonly (readonly [string, string, Partial<Mapping>])[] = [
    ['W. Europe Standard Time', 'Europe/Berlin', {}],
    ['W. Europe Standard Time', 'Europe/Vienna', { zone: 'Europe/Vienna' }],
    ['W. Europe Standard Time', 'Europe/Zurich', { zone: 'Asia/Tokyo', territory: 'CH' }],
    ['W. Europe Standard Time', 'Europe/Berlin', { zone: 'Asia/Tokyo', territory: 'JP' }],
    ['w. europe standard time', 'Europe/Berlin', {}],
    ['FLE Standard Time', 'Europe/Kyiv', {}],
    ['Russian Standard Time', 'Europe/Moscow', {}],
    ['tzone://Microsoft/Utc', 'UTC', {}],
    ['UTC', 'UTC', {}],
    ['Europe/Rome', 'Europe/Rome', {}],
    ['(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Berlin', {}],
    [
      '(GMT+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna',
      'Europe/Vienna',
      { zone: 'Europe/Vienna' },
    ],
  ];
  for (const [id, iana, as] of toIana) {
    it(`${id} means ${iana} to somebody in ${as.zone ?? mapping.zone}${as.territory ? ` (${as.territory})` : ''}`, () =>
      assert.equal(ianaNameOf(id, { ...mapping, ...as }), iana));
  }

  for (const id of ['Customized Time Zone', 'tzone://Microsoft/Custom', '', '(UTC+01:00) Nowhere']) {
    it(`"${id}" is no name`, () => assert.equal(ianaNameOf(id, mapping), undefined));
  }

  it('every zone that the engine knows can be told, and comes back with the same clocks for five years', () => {
    const until = instant(mapping.now + 5 * 365 * 86_400_000);
    for (const name of Intl.supportedValuesOf('timeZone')) {
      const wire = wireZone(name, {}, 2026, mapping);
      if (!('id' in wire)) continue;
      const back = ianaZone(ianaNameOf(wire.id, mapping) ?? '');
      const zone = ianaZone(name);
      assert.ok(zone && back, name);
      if (windowsNameOf(name) === undefined)
        assert.ok(sameClocks(zone, back, instant(mapping.now), until), name);
    }
  });
});

describe('exchange mapping: zone definitions', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Africa/Cairo',
    'Africa/Casablanca',
    'America/Santiago',
  ];
  for (const name of zones) {
    it(`${name} survives as a full definition, and as a VTIMEZONE made of it`, () => {
      const zone = ianaZone(name);
      assert.ok(zone);
      const eras = erasOf(zone, 2025, 2031);
      const read = readDefinition(asRead(definitionElement('StartTimeZone', 'x', eras)));
      assert.deepEqual(read, eras);
      const { name: key, text } = customZone(eras);
      const again = zoneNamed(key, { [key]: text });
      assert.ok(sameClocks(zone, again, at('2025-01-02T00:00:00Z'), at('2031-12-01T00:00:00Z')));
    });
  }

  it('is told by transitions of groups, by the clock that runs until then', () => {
    const zone = ianaZone('Europe/Berlin');
    assert.ok(zone);
    assert.equal(
      xmlOf(definitionElement('StartTimeZone', 'Ours', erasOf(zone, 2025, 2031))),
      '<StartTimeZone Id="Ours" Name="Ours"><Periods>' +
        '<Period Bias="-PT2H" Name="Daylight" Id="Daylight-PT2H"/><Period Bias="-PT1H" Name="Standard" Id="Standard-PT1H"/></Periods>' +
        '<TransitionsGroups><TransitionsGroup Id="0">' +
        '<RecurringDayTransition><To Kind="Period">Daylight-PT2H</To><TimeOffset>PT2H</TimeOffset><Month>3</Month><DayOfWeek>Sunday</DayOfWeek><Occurrence>-1</Occurrence></RecurringDayTransition>' +
        '<RecurringDayTransition><To Kind="Period">Standard-PT1H</To><TimeOffset>PT3H</TimeOffset><Month>10</Month><DayOfWeek>Sunday</DayOfWeek><Occurrence>-1</Occurrence></RecurringDayTransition>' +
        '</TransitionsGroup></TransitionsGroups><Transitions><Transition><To Kind="Group">0</To></Transition></Transitions></StartTimeZone>',
    );
  });

  const berlinByDefinition = (id: string): string => `<StartTimeZone Name="" Id="${id}"><Periods>
    <Period Bias="-PT1H" Name="Standard" Id="s"/><Period Bias="-P0DT2H0M0.0S" Name="Daylight" Id="d"/></Periods>
    <TransitionsGroups><TransitionsGroup Id="0">
    <RecurringDayTransition><To Kind="Period">d</To><TimeOffset>PT2H</TimeOffset><Month>3</Month><DayOfWeek>Sunday</DayOfWeek><Occurrence>-1</Occurrence></RecurringDayTransition>
    <RecurringDayTransition><To Kind="Period">s</To><TimeOffset>PT3H</TimeOffset><Month>10</Month><DayOfWeek>Sunday</DayOfWeek><Occurrence>-1</Occurrence></RecurringDayTransition>
    </TransitionsGroup></TransitionsGroups><Transitions><Transition><To Kind="Group">0</To></Transition></Transitions></StartTimeZone>`;
  const times = '<Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T10:00:00Z</End>';

  for (const id of ['Customized Time Zone', 'tzone://Microsoft/Custom', '']) {
    it(`"${id}" is known by its transitions`, () => {
      const told = `${times}${berlinByDefinition(id)}<StartTimeZoneId>${id}</StartTimeZoneId>`;
      assert.deepEqual(eventOf(told).content.start, { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' });
      const inTokyo = readTimes(item(told), { ...mapping, zone: 'Asia/Tokyo' });
      assert.ok(typeof inTokyo !== 'string' && 'zone' in inTokyo.start);
      const [found, berlin] = [ianaZone(inTokyo.start.zone), ianaZone('Europe/Berlin')];
      assert.ok(
        found && berlin && sameClocks(found, berlin, at('2027-01-01T00:00:00Z'), at('2031-01-01T00:00:00Z')),
      );
      assert.deepEqual(inTokyo.notes, ['zone-guessed']);
      assert.equal(inTokyo.guess?.code, 'zone-guessed');
      assert.match(
        inTokyo.guess.text,
        new RegExp(`^${inTokyo.start.zone} <- BEGIN:VTIMEZONE .*TZOFFSETTO:\\+0200`),
      );
    });
  }

  const nobodys = `<StartTimeZone Id="Customized Time Zone"><Periods><Period Bias="-PT1H17M" Name="Standard" Id="s"/></Periods>
    <TransitionsGroups><TransitionsGroup Id="0"><Transition><To Kind="Period">s</To></Transition></TransitionsGroup></TransitionsGroups>
    <Transitions><Transition><To Kind="Group">0</To></Transition></Transitions></StartTimeZone>`;

  it('of a zone like no other is kept as a VTIMEZONE of ours', () => {
    const read = eventOf(`<UID>u</UID>${times}${nobodys}`);
    const [[name, text] = ['', '']] = Object.entries(read.zones);
    assert.deepEqual(read.content.start, { local: '2026-11-23T10:17:00', zone: name });
    assert.match(text, /^BEGIN:VTIMEZONE\r\nTZID:Custom \+0117 [0-9a-f]{8}\r\n/);
    assert.match(text, /TZOFFSETTO:\+0117/);
    assert.deepEqual(normalizeEvent(read, window, mapping), read, 'and goes back as it came');
  });

  it('that names the zone is not looked into', () => {
    const told = `${times}<StartTimeZone Id="Tokyo Standard Time"><Periods><Period Bias="PT5H" Name="Standard" Id="s"/></Periods></StartTimeZone>`;
    assert.deepEqual(eventOf(told).content.start, { local: '2026-11-23T18:00:00', zone: 'Asia/Tokyo' });
  });

  it('is not needed by an item that says nothing of its zone', () => {
    assert.deepEqual(eventOf(times).content.start, { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' });
    const text = `${times}<TimeZone>(GMT-08:00) Pacific Time (US &amp; Canada)</TimeZone>`;
    assert.deepEqual(eventOf(text).content.start, {
      local: '2026-11-23T01:00:00',
      zone: 'America/Los_Angeles',
    });
  });

  it('is told to Exchange 2007 as MeetingTimeZone', () => {
    const zone = ianaZone('Europe/Berlin');
    assert.ok(zone);
    assert.equal(
      xmlOf(meetingTimeZone({ name: 'Ours', eras: erasOf(zone, 2025, 2031) })),
      '<MeetingTimeZone TimeZoneName="Ours"><BaseOffset>-PT1H</BaseOffset>' +
        '<Standard><Offset>PT0S</Offset><RelativeYearlyRecurrence><DaysOfWeek>Sunday</DaysOfWeek><DayOfWeekIndex>Last</DayOfWeekIndex><Month>October</Month></RelativeYearlyRecurrence><Time>03:00:00</Time></Standard>' +
        '<Daylight><Offset>-PT1H</Offset><RelativeYearlyRecurrence><DaysOfWeek>Sunday</DaysOfWeek><DayOfWeekIndex>Last</DayOfWeekIndex><Month>March</Month></RelativeYearlyRecurrence><Time>02:00:00</Time></Daylight></MeetingTimeZone>',
    );
    assert.equal(xmlOf(meetingTimeZone({ id: 'UTC' })), '<MeetingTimeZone TimeZoneName="UTC"/>');
  });

  it('is told by Exchange 2007 as MeetingTimeZone', () => {
    const told = (zone: string, shown = ''): unknown =>
      eventOf(`${times}${shown}<MeetingTimeZone${zone}</MeetingTimeZone>`).content.start;
    // As Microsoft documents it.
    const change = (kind: string, offset: string, index: string, month: string): string =>
      `<${kind}><Offset>${offset}</Offset><RelativeYearlyRecurrence><DaysOfWeek>Sunday</DaysOfWeek><DayOfWeekIndex>${index}</DayOfWeekIndex><Month>${month}</Month></RelativeYearlyRecurrence><Time>02:00:00.0000000</Time></${kind}>`;
    const pacific = `<BaseOffset>P0DT8H0M0.0S</BaseOffset>${change('Standard', 'P0DT0H0M0.0S', 'First', 'November')}${change('Daylight', '-P0DT1H0M0.0S', 'Second', 'March')}`;
    const here = { local: '2026-11-23T01:00:00', zone: 'America/Los_Angeles' };
    assert.deepEqual(told(' TimeZoneName="Pacific Standard Time">'), here);
    // A name in another language says nothing but an offset, which the definition knows better.
    assert.deepEqual(told(`>${pacific}`, '<TimeZone>(GMT-08:00) Тихоокеанское время</TimeZone>'), here);
    const zone = eventOf(`${times}<MeetingTimeZone><BaseOffset>PT2H</BaseOffset></MeetingTimeZone>`).content
      .start;
    assert.equal('zone' in zone && ianaZone(zone.zone)?.offsetAt(at('2026-07-01T00:00:00Z')), -7_200_000);
    for (const name of ['Europe/Berlin', 'America/New_York', 'Australia/Sydney', 'Asia/Tehran']) {
      const known = ianaZone(name);
      assert.ok(known);
      const eras = erasOf(known, 2026, 2031);
      assert.deepEqual(readMeetingTimeZone(asRead(meetingTimeZone({ name: 'x', eras }))), {
        ...eras.at(-1),
        from: null,
      });
    }
    assert.equal(readMeetingTimeZone(item('<BaseOffset>tomorrow</BaseOffset>')), undefined);
  });

  it('of a hostile size costs little', () => {
    const many = '<Period Bias="PT1H" Name="x" Id="p"/>'.repeat(5000);
    const group =
      '<TransitionsGroup Id="g"><Transition><To Kind="Period">p</To></Transition></TransitionsGroup>'.repeat(
        5000,
      );
    const told = `${times}<StartTimeZone Id=""><Periods>${many}</Periods><TransitionsGroups>${group}</TransitionsGroups><Transitions><Transition><To Kind="Group">g</To></Transition></Transitions></StartTimeZone>`;
    assert.ok(eventOf(told));
  });
});

describe('exchange mapping: times', () => {
  it('of an event may end where it begins', () => {
    const subject = event({ end: { local: '2026-11-23T10:00:00', zone: 'Europe/Berlin' } });
    assert.deepEqual(normalizeEvent(subject, window, mapping), subject);
  });

  it('may begin in one zone and end in another', () => {
    const subject = event({ end: { local: '2026-11-23T18:00:00', zone: 'America/New_York' } });
    assert.deepEqual(normalizeEvent(subject, window, mapping), subject);
  });

  it('are refused when the end comes first, or years later', () => {
    const backwards = event({ end: { local: '2026-11-23T09:00:00', zone: 'Europe/Berlin' } });
    assert.deepEqual(normalizeEvent(backwards, window, mapping), { refused: 'end-before-start' });
    const endless = event({ end: { local: '2032-11-23T09:00:00', zone: 'Europe/Berlin' } });
    assert.deepEqual(normalizeEvent(endless, window, mapping), { refused: 'duration-too-long' });
    const told = item('<Start>2026-11-23T09:00:00Z</Start><End>2026-11-23T08:00:00Z</End>');
    assert.equal(readTimes(told, mapping), 'end-before-start');
    assert.equal(readTimes(item('<Start>soon</Start>'), mapping), 'unreadable-time');
  });
});
