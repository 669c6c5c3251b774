/** "All-day events land on the day before": the commonest complaint about programs that speak to Exchange (exchange.md 12.1.3). */
import assert from 'node:assert/strict';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import { createPlan } from '../../../../src/connectors/exchange/mapping/planning.ts';
import { localTime } from '../../../../src/icalendar/time.ts';
import { ianaZone } from '../../../../src/icalendar/zones/timezone.ts';
import { allDay, event, eventOf, mapping, planned, stepAt, window, xmlOf } from './fixture.ts';

/** An all-day item as a server tells it, of a creator in that zone. */
function wholeDay(start: string, end: string, zoneElements: string): string {
  return `<Subject>Holiday</Subject><Start>${start}</Start><End>${end}</End><IsAllDayEvent>true</IsAllDayEvent>${zoneElements}`;
}

const modern = (id: string): string =>
  `<StartTimeZone Id="${id}"/><EndTimeZone Id="${id}"/><StartTimeZoneId>${id}</StartTimeZoneId>`;

/** Creators all over the world: zone, its Windows name, a day, and how many. */
const creators: readonly (readonly [zone: string, windows: string, day: string, days: number])[] = [
  ['Europe/Berlin', 'W. Europe Standard Time', '2026-11-23', 1],
  ['America/Los_Angeles', 'Pacific Standard Time', '2026-11-23', 1],
  ['Asia/Tokyo', 'Tokyo Standard Time', '2026-11-23', 3],
  ['Pacific/Tongatapu', 'Tonga Standard Time', '2026-11-23', 1],
  ['Pacific/Kiritimati', 'Line Islands Standard Time', '2026-11-23', 1],
  ['Etc/GMT+11', 'UTC-11', '2026-11-23', 1],
  ['Asia/Kolkata', 'India Standard Time', '2026-11-23', 1],
  ['Asia/Kathmandu', 'Nepal Standard Time', '2026-11-23', 1],
  ['Australia/Adelaide', 'Cen. Australia Standard Time', '2026-11-23', 1],
  ['Europe/Berlin', 'W. Europe Standard Time', '2026-03-29', 1],
  ['Europe/Berlin', 'W. Europe Standard Time', '2026-10-25', 1],
  ['Europe/Berlin', 'W. Europe Standard Time', '2026-10-24', 2],
  // Here the clock skips midnight itself.
  ['Africa/Cairo', 'Egypt Standard Time', '2026-04-24', 1],
  ['America/Santiago', 'Pacific SA Standard Time', '2026-09-06', 1],
];

const dayMs = 86_400_000;
const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

describe('exchange mapping: all-day events', () => {
  for (const [zone, windows, day, days] of creators) {
    it(`keep their day when made in ${zone} on ${day}`, () => {
      const first = Date.parse(`${day}T00:00:00Z`);
      const at = (ms: number): string =>
        new Date(ianaZone(zone)?.toInstant(localTime(ms)) ?? Number.NaN).toISOString();
      const told = wholeDay(at(first), at(first + days * dayMs), modern(windows));
      const { start, end } = eventOf(told).content;
      assert.deepEqual([start, end], [{ date: day }, { date: dayText(first + days * dayMs) }]);
    });
  }

  it('are read in the mailbox zone when the item says a zone in which they are no days', () => {
    const told = wholeDay('2026-11-22T23:00:00Z', '2026-11-23T23:00:00Z', modern('Tokyo Standard Time'));
    assert.deepEqual(eventOf(told).content.start, { date: '2026-11-23' });
  });

  it('are rounded to the nearest midnight when no zone makes them days', () => {
    const early = wholeDay('2026-11-22T20:00:00Z', '2026-11-23T20:00:00Z', modern('UTC'));
    assert.deepEqual(eventOf(early, { zone: 'UTC' }).content.start, { date: '2026-11-23' });
    const late = wholeDay('2026-11-23T05:00:00Z', '2026-11-24T05:00:00Z', modern('UTC'));
    assert.deepEqual(eventOf(late, { zone: 'UTC' }).content.start, { date: '2026-11-23' });
  });

  it('are read from offsets and from clock readings alike', () => {
    const offset = wholeDay(
      '2026-11-23T00:00:00+01:00',
      '2026-11-24T00:00:00+01:00',
      modern('W. Europe Standard Time'),
    );
    assert.deepEqual(eventOf(offset).content.start, { date: '2026-11-23' });
    const local = wholeDay('2026-11-23T00:00:00', '2026-11-24T00:00:00', modern('Tonga Standard Time'));
    assert.deepEqual(eventOf(local).content.start, { date: '2026-11-23' });
  });

  it('last one day where they end when they begin', () => {
    const told = wholeDay('2026-11-22T23:00:00Z', '2026-11-22T23:00:00Z', modern('W. Europe Standard Time'));
    assert.deepEqual(eventOf(told).content.end, { date: '2026-11-24' });
  });

  it('are written at midnight, in the zone of the person', () => {
    const plan = createPlan({ marker: 'm', event: event(allDay('2026-11-23', '2026-11-25')) }, window, {
      ...mapping,
      zone: 'Asia/Kolkata',
    });
    const xml = xmlOf(stepAt(planned(plan), 0, 'create').element);
    assert.match(
      xml,
      /<Start>2026-11-23T00:00:00\+05:30<\/Start><End>2026-11-25T00:00:00\+05:30<\/End><IsAllDayEvent>true/,
    );
    assert.match(xml, /<StartTimeZone Id="India Standard Time"\/><EndTimeZone Id="India Standard Time"\/>/);
  });

  for (const zone of [
    'Pacific/Kiritimati',
    'Etc/GMT+11',
    'Asia/Kathmandu',
    'Africa/Cairo',
    'America/Santiago',
  ]) {
    it(`come back as they went for somebody in ${zone}, on every day of a year`, () => {
      const first = Date.parse('2026-01-01T00:00:00Z');
      for (let day = 0; day < 366; day++) {
        const [start, end] = [first + day * dayMs, first + (day + 1) * dayMs].map(dayText);
        assert.ok(start !== undefined && end !== undefined);
        const subject = event(allDay(start, end));
        assert.deepEqual(normalizeEvent(subject, window, { ...mapping, zone }), subject);
      }
    });
  }
});
