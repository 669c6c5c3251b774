import type { Random } from '../random.ts';
import { mutateBytes, mutateNumber, mutateParts } from './mutate.ts';

type Lines = readonly [string, ...string[]];

/** Content lines that are legal somewhere, or nearly, and costly or awkward for a reader. */
const awkwardLines: Lines = [
  'RRULE:FREQ=SECONDLY',
  'RRULE:FREQ=SECONDLY;INTERVAL=1;COUNT=2147483647',
  'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;INTERVAL=3;BYDAY=MO',
  'RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-366',
  'RRULE:FREQ=DAILY;UNTIL=99991231T235959Z',
  'RRULE:FREQ=DAILY;UNTIL=19000101T000000Z',
  'RRULE:FREQ=DAILY;COUNT=0',
  'RRULE:FREQ=HOURLY;BYSECOND=0,1,2,3,4,5,6,7,8,9,10;BYMINUTE=0,1,2,3,4,5;BYDAY=SU',
  'RRULE:FREQ=WEEKLY;INTERVAL=0',
  'RRULE:FREQ=FORTNIGHTLY',
  'RRULE:',
  'EXRULE:FREQ=DAILY',
  'RDATE;VALUE=PERIOD:20300101T000000Z/PT1000000H,20300101T000000Z/P-1D',
  `RDATE:${Array.from({ length: 400 }, (_, i) => `${2000 + i}0101T000000Z`).join(',')}`,
  'EXDATE;VALUE=DATE:20300101',
  'RECURRENCE-ID:20300101T000000Z',
  'RECURRENCE-ID;RANGE=THISANDFUTURE:20300101T000000Z',
  'DTSTART:20300101T000000Z',
  'DTSTART;VALUE=DATE:20300101',
  'DTSTART:00000101T000000Z',
  'DTSTART:99991231T235960Z',
  'DTSTART;TZID=Nowhere/Land:20300101T000000',
  'DTSTART;TZID=Europe/Berlin:20300331T023000',
  'DTSTART;TZID=:20300101T000000',
  'DTEND:19700101T000000Z',
  'DURATION:P999999999W',
  'DURATION:-PT5S',
  'DURATION:P',
  'DUE:20300101T000000Z',
  'COMPLETED:20300101',
  'TRIGGER;RELATED=END:-P9999D',
  'REPEAT:2147483647',
  'GEO:999;-999',
  'UID:',
  'UID:another@fuzz',
  `UID:${'u'.repeat(2_000)}`,
  'SUMMARY;LANGUAGE="de:x";X=^n^^^\':text\\',
  'ATTENDEE;CN="unclosed:mailto:a@example.com',
  'ATTENDEE;PARTSTAT=ACCEPTED:',
  'ORGANIZER:not a uri',
  'ATTACH;ENCODING=BASE64;VALUE=BINARY:!!!!',
  'BEGIN:VEVENT',
  'END:VEVENT',
  'BEGIN:VALARM',
  'BEGIN:X-UNKNOWN',
  'BEGIN:VCALENDAR',
  'END:VCALENDAR',
  'METHOD:REQUEST',
  'VERSION:1.0',
  'CALSCALE:HEBREW',
  '__proto__:x',
  'constructor;prototype=1:y',
  ' a line that begins folded',
  ':',
  ';',
  '',
  `X-LONG:${'x'.repeat(100_000)}`,
  `X-PARAMETERS${';P=1'.repeat(5_000)}:v`,
  'X-CONTROL:\u0001\u0008\u007f',
  'X-LONELY:\ud800',
];

/** A calendar object that has been damaged: mostly lines, often bytes or numbers, sometimes its whole shape. */
export function mutatedObject(random: Random, seeds: readonly [string, ...string[]]): Buffer {
  const text = random.pick(seeds);
  const draw = random.next();
  if (draw < 0.08) return Buffer.from(reshaped(random, text));
  if (draw < 0.25) return mutateBytes(random, Buffer.from(text));
  if (draw < 0.45) return Buffer.from(mutateNumber(random, mutateNumber(random, text)));
  const lines = mutateParts(random, text.split('\r\n'), awkwardLines);
  const damaged = Buffer.from(lines.join('\r\n'));
  return random.chance(0.2) ? mutateBytes(random, damaged) : damaged;
}

function reshaped(random: Random, text: string): string {
  const depth = random.int(10, 2_000);
  const inner = /BEGIN:VEVENT[\s\S]*?END:VEVENT\r\n/.exec(text)?.[0] ?? text;
  switch (random.int(0, 6)) {
    case 0:
      return text.replaceAll('\r\n', '\n');
    case 1:
      return text.replaceAll('\r\n', '\r');
    case 2:
      return `\ufeff${text}`;
    case 3:
      return `${'BEGIN:X-DEEP\r\n'.repeat(depth)}${'END:X-DEEP\r\n'.repeat(depth)}`;
    case 4:
      return text.replace('END:VCALENDAR', `${inner.repeat(Math.min(depth, 300))}END:VCALENDAR`);
    case 5:
      return text.replace(/(.)/g, '$1\r\n ');
    default:
      return text + text;
  }
}
