/** Events that Exchange can say in full, in the form in which it says them. */
import * as fc from 'fast-check';
import type { EventContent } from '../../../../src/connectors/event.ts';
import { localTime } from '../../../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../../../src/icalendar/zones/timezone.ts';
import { content } from './fixture.ts';

const line = fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) =>
  text
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim(),
);

/** Zones that have a Windows name of their own, so that it means them again. */
const zone = fc.constantFrom(
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Pacific/Tongatapu',
  'UTC',
  'Australia/Lord_Howe',
);

const clock = fc
  .tuple(fc.integer({ min: 0, max: 800 }), fc.integer({ min: 0, max: 287 }))
  .map(([day, step]) =>
    new Date(Date.UTC(2026, 5, 1) + day * 86_400_000 + step * 300_000).toISOString().slice(0, 19),
  );

const later = (local: string, minutes: number): string =>
  new Date(Date.parse(`${local}Z`) + minutes * 60_000).toISOString().slice(0, 19);

const times: fc.Arbitrary<Pick<EventContent, 'start' | 'end'>> = fc
  .tuple(clock, zone, fc.integer({ min: 0, max: 3000 }), fc.boolean())
  .map(([local, name, minutes, isDay]) => {
    if (isDay) {
      const days = 1 + (minutes % 20);
      return { start: { date: local.slice(0, 10) }, end: { date: later(local, days * 1440).slice(0, 10) } };
    }
    return {
      start: { local: shown(local, name), zone: name },
      end: { local: shown(later(local, minutes), name), zone: name },
    };
  });

/** The clock reading itself, or the next one where the clock skips it. */
function shown(local: string, name: string): string {
  const zone = ianaZone(name) ?? utc;
  const at = zone.toInstant(localTime(Date.parse(`${local}Z`)));
  return new Date(zone.toLocal(at)).toISOString().slice(0, 19);
}

const attendee = fc.record({
  address: fc.stringMatching(/^[a-z]{1,8}@corp\.example$/),
  name: line,
  role: fc.constantFrom('required', 'optional', 'resource'),
  answer: fc.constantFrom('accepted', 'declined', 'tentative', 'needs-action'),
});

const people: fc.Arbitrary<Pick<EventContent, 'organizer' | 'attendees'>> = fc
  .tuple(fc.uniqueArray(attendee, { selector: ({ address }) => address, maxLength: 4 }), line)
  .map(([found, name]) => {
    const attendees = found
      .filter(({ address }) => address !== 'anna@corp.example')
      .toSorted((one, other) => (one.address < other.address ? -1 : 1));
    return { attendees, organizer: attendees.length === 0 ? null : { address: 'anna@corp.example', name } };
  });

export const anyContent: fc.Arbitrary<EventContent> = fc
  .tuple(
    fc.record({
      title: line,
      location: line.filter((text) => !/https?:/i.test(text)),
      description: fc.array(line, { maxLength: 4 }).map((lines) => lines.join('\n').trimEnd()),
      busy: fc.constantFrom('free', 'tentative', 'busy', 'out-of-office', 'elsewhere'),
      privacy: fc.constantFrom('public', 'private', 'confidential'),
      importance: fc.constantFrom('low', 'normal', 'high'),
      categories: fc
        .uniqueArray(
          line.filter((text) => text !== ''),
          { maxLength: 4 },
        )
        .map((names) => names.toSorted()),
      reminder: fc.option(fc.integer({ min: 0, max: 2_629_800 })),
    }),
    times,
    people,
  )
  .map(([fields, when, who]) => content({ ...fields, ...when, ...who }));
