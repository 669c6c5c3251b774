/** Series with time zones against rrule-rust: a rule together with a zone, as an event has them, from DTSTART to instants. */
import { parseCalendar } from '../../src/icalendar/component.ts';
import { instances } from '../../src/icalendar/instances/instances.ts';
import { calendarObject } from '../../src/icalendar/object.ts';
import { dayMs, instant } from '../../src/icalendar/time.ts';
import { formatLocal, parseDateTime } from '../../src/icalendar/value.ts';
import { ianaZone, utc } from '../../src/icalendar/zones/timezone.ts';
import type { RuleCase } from '../../test/icalendar/rule-arbitrary.ts';
import { installModule, moduleUrl } from '../install.ts';
import { knownDifference } from './differences.ts';

/** With odd rules, odd hours, half hours, no summer time, days that were left out. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'Europe/Dublin',
  'America/St_Johns',
  'Pacific/Chatham',
  'Africa/Cairo',
  'Asia/Gaza',
] as const;

const most = 30;
const last = '20600101T000000';
const shownExamples = 5;

/** What is used of the package, which is not installed with the project. */
interface RruleRust {
  readonly RRuleSet: {
    readonly fromString: (text: string) => { readonly all: (limit: number) => readonly Moment[] };
  };
}

/** On the clock of the zone. */
interface Moment {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly time: { readonly hour: number; readonly minute: number; readonly second: number };
}

/** Prints what came of it; answers whether every difference is known. Rules below DAILY take it minutes, so they are left out. */
export async function compareZonedSeries(cases: readonly RuleCase[]): Promise<boolean> {
  const trouble = await installModule('rrule-rust');
  if (trouble !== undefined) {
    console.log(`rrule-rust: passed over, ${trouble}`);
    return true;
  }
  const { RRuleSet }: RruleRust = await import(moduleUrl('rrule-rust'));
  const known = new Map<string, number>();
  const unknown: string[] = [];
  const counts = { same: 0, unanswered: 0, changes: 0 };
  const asked = cases.filter(({ rule }) => !/HOURLY|MINUTELY|SECONDLY|SKIP|RSCALE/.test(rule));
  asked.forEach(({ start, rule }, index) => {
    const zone = zones[index % zones.length] ?? 'UTC';
    const series = `DTSTART;TZID=${zone}:${formatLocal(start)}`;
    const own = ownTimes(`${series}\r\nRRULE:${rule}`, zone);
    let other: readonly string[];
    try {
      other = RRuleSet.fromString(`${series}\nRRULE:${rule};UNTIL=${last}Z`)
        .all(most + 10)
        .map(written);
    } catch {
      counts.unanswered++;
      return;
    }
    // DTSTART is an instance of the set (docs/recurrence.md), which that program leaves out where the rule does not name it.
    const [first = ''] = own;
    const theirs = [...new Set([first, ...other])].slice(0, most);
    if (own.join() === theirs.join()) counts.same++;
    else if (isOfChanges(own, theirs, zone)) counts.changes++;
    else {
      // It is made after python-dateutil, and has inherited its readings.
      const about =
        knownDifference('python-dateutil', rule)?.about ?? knownDifference('rrule-rust', rule)?.about;
      if (about !== undefined) known.set(about, (known.get(about) ?? 0) + 1);
      else
        unknown.push(
          `${series} ${rule}\n    ours   ${own.join().slice(0, 120)}\n    theirs ${theirs.join().slice(0, 120)}`,
        );
    }
  });
  console.log(
    `rrule-rust, series in ${zones.length} zones: ${counts.same} alike, ${counts.unanswered} it does not answer, ` +
      `${counts.changes} with times that the clock skips or shows twice, ${unknown.length} not explained`,
  );
  for (const [about, count] of known) console.log(`  ${count} explained: ${about}`);
  for (const example of unknown.slice(0, shownExamples)) console.log(`  ${example}`);
  return unknown.length === 0;
}

/** The first instances of an event with these lines, on the clock of the zone. */
function ownTimes(lines: string, zone: string): readonly string[] {
  const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20260101T000000Z\r\n${lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`;
  const object = calendarObject(parseCalendar(Buffer.from(text), 'strict'));
  const clock = ianaZone(zone);
  if (!object || !clock) throw new Error(`no event with ${lines}`);
  const range = { start: instant(-Infinity), end: instant(Date.UTC(2060, 0, 1)) };
  const times: string[] = [];
  for (const { start } of instances(object, range, { zone: utc, maxInstances: most, maxSteps: 5_000_000 })) {
    times.push(formatLocal(clock.toLocal(start)));
    if (times.length === most) break;
  }
  return times;
}

function written({ year, month, day, time }: Moment): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year}${two(month)}${two(day)}T${two(time.hour)}${two(time.minute)}${two(time.second)}`;
}

/**
 * Whether they differ in times alone that the clock skips or shows twice. RFC 5545 §3.3.5 says what these are; that program
 * leaves them out, or moves them onto another.
 */
function isOfChanges(own: readonly string[], theirs: readonly string[], zone: string): boolean {
  const kept = own.filter((time) => theirs.includes(time));
  return (
    own.every((time) => theirs.includes(time) || isNearChange(time, zone)) &&
    theirs.slice(0, kept.length).join() === kept.join()
  );
}

/** A day and a half covers Apia, where a day was left out. */
function isNearChange(time: string, zone: string): boolean {
  const clock = ianaZone(zone);
  const at = parseDateTime(time);
  if (!clock || at?.kind !== 'floating') return false;
  const nearMs = 1.5 * dayMs;
  return clock.offsetAt(instant(at.local - nearMs)) !== clock.offsetAt(instant(at.local + nearMs));
}
