import { type Random, seededRandom } from '../../conformance/random.ts';

/**
 * Seeded, realistic calendar objects.
 *
 * Event number i of a seed is always the same bytes, however many events a calendar has; `revision` changes the summary
 * and SEQUENCE the way an edit would. One in ten is a weekly series (a third of those with EXDATE, a fifth with a moved
 * instance), 8 % are all-day, the rest timed; half carry an alarm, a third attendees; text is mostly Russian. All lie
 * in the 36 months from 2025-01 to 2027-12, so that density grows with the number, as in a company's calendar.
 */
export interface BenchEvent {
  readonly uid: string;
  /** The last segment of its URL. */
  readonly name: string;
  readonly ics: string;
  readonly kind: 'weekly' | 'allday' | 'timed';
}

export interface EventOptions {
  readonly seed?: number;
  readonly revision?: number;
  /** Names the run in the UID: some servers refuse one UID in two calendars of a person. */
  readonly tag?: string;
}

const firstDay = Date.UTC(2025, 0, 1);
const days = 1095;
const dayMs = 86_400_000;
const halfHourMs = 1_800_000;
const weekMs = 7 * dayMs;

type Texts = readonly [string, ...string[]];

// biome-ignore format: lists of words
const topics: Texts = [
  'Совещание отдела', 'Планёрка', 'Встреча с заказчиком', 'Обзор релиза', 'Собеседование', 'Отчёт по проекту',
  'Обучение сотрудников', 'Звонок партнёру', 'Демонстрация', 'Budget review', 'Design sync', 'Дежурство',
];
// biome-ignore format: lists of words
const places: Texts = ['Переговорная «Байкал»', 'Кабинет 412', 'Офис на Лесной', 'Zoom', 'Конференц-зал, 3 этаж'];
// biome-ignore format: lists of words
const words: Texts = [
  'подготовить', 'материалы', 'согласовать', 'смету', 'обсудить', 'сроки', 'назначить', 'ответственных', 'проверить',
  'договор', 'уточнить', 'требования', 'показать', 'прототип', 'собрать', 'замечания', 'утвердить', 'план',
  'next', 'steps', 'agenda', 'минуты', 'протокол',
];
// biome-ignore format: lists of words
const persons: Texts = [
  'Анна Петрова', 'Игорь Смирнов', 'Ольга Кузнецова', 'Тимофей Орлов', 'Мария Васильева', 'Erik Lund', 'Денис Фомин',
  'Софья Белова',
];
const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];

// biome-ignore format: one line for each of a definition's parts reads better than one for each of its lines
const zones = {
  'Europe/Moscow': [
    'BEGIN:VTIMEZONE', 'TZID:Europe/Moscow', 'BEGIN:STANDARD', 'DTSTART:20141026T020000',
    'TZOFFSETFROM:+0400', 'TZOFFSETTO:+0300', 'TZNAME:MSK', 'END:STANDARD', 'END:VTIMEZONE',
  ],
  'Europe/Berlin': [
    'BEGIN:VTIMEZONE', 'TZID:Europe/Berlin',
    'BEGIN:DAYLIGHT', 'DTSTART:19810329T020000', 'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
    'TZOFFSETFROM:+0100', 'TZOFFSETTO:+0200', 'TZNAME:CEST', 'END:DAYLIGHT',
    'BEGIN:STANDARD', 'DTSTART:19961027T030000', 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
    'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'TZNAME:CET', 'END:STANDARD', 'END:VTIMEZONE',
  ],
};

export function eventName(index: number): string {
  return `ev-${index}.ics`;
}

export function benchEvent(index: number, options: EventOptions = {}): BenchEvent {
  const { seed = 1, revision = 0, tag = 'bench' } = options;
  const random = seededRandom(seed * 1_000_003 + index);
  const uid = `ev-${seed}-${index}@${tag}.example`;
  const day = firstDay + random.int(0, days - 1) * dayMs;
  const draw = random.next();
  const kind = draw < 0.1 ? 'weekly' : draw < 0.18 ? 'allday' : 'timed';
  const zone = random.chance(0.7) ? 'Europe/Moscow' : 'Europe/Berlin';
  const start = day + random.int(16, 36) * halfHourMs;
  const length = random.pick([1, 2, 2, 3, 4]) * halfHourMs;
  const summary = `${random.pick(topics)} №${index}${revision > 0 ? ` (изм. ${revision})` : ''}`;

  const identity = [`UID:${uid}`, 'DTSTAMP:20250101T000000Z', `SEQUENCE:${revision}`];
  const text = description(random, summary, kind);
  const alarm = alarmLines(random, summary);
  const timed = (name: string, ms: number): string => `${name};TZID=${zone}:${localStamp(ms)}`;

  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//portcal//bench//EN', 'CALSCALE:GREGORIAN'];
  if (kind === 'allday') {
    const end = day + random.int(1, 3) * dayMs;
    const span = [`DTSTART;VALUE=DATE:${dateStamp(day)}`, `DTEND;VALUE=DATE:${dateStamp(end)}`];
    lines.push('BEGIN:VEVENT', ...identity, ...span, ...text, ...alarm, 'END:VEVENT');
  } else {
    const span = [timed('DTSTART', start), timed('DTEND', start + length)];
    lines.push(...zones[zone], 'BEGIN:VEVENT', ...identity, ...span);
    if (kind === 'weekly') {
      lines.push(
        `RRULE:FREQ=WEEKLY;COUNT=${random.int(8, 40)};BYDAY=${weekdays[new Date(start).getUTCDay()]}`,
      );
      if (random.chance(0.33)) lines.push(timed('EXDATE', start + weekMs * random.int(1, 3)));
    }
    lines.push(...text, ...alarm, 'END:VEVENT');
    if (kind === 'weekly' && random.chance(0.2)) {
      const original = start + weekMs * random.int(4, 7);
      const moved = original + 4 * halfHourMs;
      const instance = [
        timed('RECURRENCE-ID', original),
        timed('DTSTART', moved),
        timed('DTEND', moved + length),
      ];
      lines.push('BEGIN:VEVENT', ...identity, ...instance, ...text, 'END:VEVENT');
    }
  }
  lines.push('END:VCALENDAR', '');
  return { uid, name: eventName(index), ics: lines.map(fold).join('\r\n'), kind };
}

function description(random: Random, summary: string, kind: BenchEvent['kind']): string[] {
  const sentence = Array.from({ length: random.int(8, 45) }, () => random.pick(words)).join(' ');
  const lines = [
    `SUMMARY:${escapeText(summary)}`,
    `DESCRIPTION:${escapeText(sentence)}`,
    `LOCATION:${escapeText(random.pick(places))}`,
    'CLASS:PUBLIC',
    `TRANSP:${kind === 'allday' ? 'TRANSPARENT' : 'OPAQUE'}`,
  ];
  if (!random.chance(0.33)) return lines;
  lines.push(`ORGANIZER;CN=${random.pick(persons)}:mailto:organizer${random.int(1, 40)}@bench.example`);
  const count = random.int(2, 8);
  for (let i = 0; i < count; i++) {
    const state = random.pick(['ACCEPTED', 'NEEDS-ACTION', 'TENTATIVE']);
    const parameters = `CN=${random.pick(persons)};ROLE=REQ-PARTICIPANT;PARTSTAT=${state};RSVP=TRUE`;
    lines.push(`ATTENDEE;${parameters}:mailto:person${i}-${random.int(1, 400)}@bench.example`);
  }
  return lines;
}

function alarmLines(random: Random, summary: string): string[] {
  if (!random.chance(0.5)) return [];
  const trigger = `TRIGGER:-PT${random.pick([5, 10, 15, 30])}M`;
  return ['BEGIN:VALARM', 'ACTION:DISPLAY', `DESCRIPTION:${escapeText(summary)}`, trigger, 'END:VALARM'];
}

/** Folds a content line at 75 octets without cutting a UTF-8 sequence (RFC 5545 §3.1). */
export function fold(line: string): string {
  if (Buffer.byteLength(line) <= 75) return line;
  let folded = '';
  let width = 0;
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (width + size > 75) {
      folded += '\r\n ';
      width = 1;
    }
    folded += character;
    width += size;
  }
  return folded;
}

function escapeText(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n');
}

function dateStamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10).replaceAll('-', '');
}

/** The milliseconds read as wall-clock time of the event's zone. */
function localStamp(ms: number): string {
  const [, hours = '', minutes = ''] = /T(\d\d):(\d\d)/.exec(new Date(ms).toISOString()) ?? [];
  return `${dateStamp(ms)}T${hours}${minutes}00`;
}
