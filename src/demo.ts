/**
 * A small company to look at: five people, a group, the company's calendar; events in Russian, Swedish and English,
 * series with exceptions, several time zones. Everything lies around the day on which it is made.
 */
import type { Level } from './core/acl.ts';
import type { SeenCalendar } from './core/calendar.ts';
import { encodeSegment } from './core/name.ts';
import type { Actor, Principal } from './core/principal.ts';
import { composeObject, type EventFields } from './icalendar/editing/compose.ts';
import { productId } from './icalendar/repair.ts';
import { type DateTimeValue, dayMs, hourMs, type LocalTime, localTime, minuteMs } from './icalendar/time.ts';
import { contentLine, formatDate, formatUtc, textLine } from './icalendar/value.ts';
import { calendarText } from './icalendar/write.ts';
import { actorFor, calendarInHome, operator } from './service/access.ts';
import { createCalendar, grant, setFavourite } from './service/calendars/calendars.ts';
import type { Services } from './service/context.ts';
import { putObject } from './service/objects/objects.ts';
import { companyName, createGroup, createPerson, findPrincipal, setMember } from './service/people/people.ts';

export interface Demo {
  /** Login names; all have the same password. */
  readonly people: readonly string[];
}

interface DemoPerson {
  readonly name: string;
  readonly displayName: string;
  readonly language: 'en' | 'ru' | 'sv';
  readonly timeZone: string;
}

const people = [
  { name: 'anna', displayName: 'Anna Lindqvist', language: 'sv', timeZone: 'Europe/Stockholm' },
  { name: 'boris', displayName: 'Борис Орлов', language: 'ru', timeZone: 'Europe/Moscow' },
  { name: 'carol', displayName: 'Carol Hughes', language: 'en', timeZone: 'Europe/London' },
  { name: 'dmitri', displayName: 'Дмитрий Ёлкин', language: 'ru', timeZone: 'Asia/Yekaterinburg' },
  { name: 'erik', displayName: 'Erik Åström', language: 'sv', timeZone: 'America/New_York' },
] as const satisfies readonly DemoPerson[];

/** Fills the company of a database whose company principal exists. */
export async function fillDemo(services: Services, password: string): Promise<Demo> {
  const made = new Map<string, Principal>();
  for (const person of people) {
    const addresses = [`${person.name}@example.com`];
    made.set(person.name, await createPerson(services, operator(), { ...person, addresses, password }));
  }
  const group = await createGroup(services, operator(), 'group', {
    name: 'sales',
    displayName: 'Sales · Продажи · Försäljning',
    timeZone: 'Europe/Stockholm',
  });
  for (const name of ['anna', 'boris', 'erik'])
    await setMember(services, operator(), group, found(made, name), true);
  const week = new DemoWeek(services);
  await week.fill(companyName, 'calendar', companyEvents);
  await week.fill(group.name, 'calendar', groupEvents);
  for (const [name, events] of Object.entries(personalEvents)) await week.fill(name, 'personal', events);
  for (const [name, tasks] of Object.entries(personalTasks)) await week.list(name, tasks);
  await share(services, made);
  return { people: people.map(({ name }) => name) };
}

/** Anna's second calendar, who may read what, and whose calendars are kept as favourites. */
async function share(services: Services, made: ReadonlyMap<string, Principal>): Promise<void> {
  const anna = found(made, 'anna');
  const asAnna = await actorFor(services, anna, { scope: 'write', via: 'system' });
  const travel = await createCalendar(services, asAnna, anna, {
    name: 'resor',
    displayName: 'Resor och mässor',
    color: '#34C759FF',
    components: ['VEVENT'],
    timeZone: anna.timeZone,
  });
  await new DemoWeek(services).put(travel, asAnna, travelEvents);
  const levels: readonly (readonly [string, Level])[] = [
    ['boris', 'read'],
    ['carol', 'edit'],
    ['erik', 'busy'],
  ];
  for (const [name, level] of levels) await grant(services, asAnna, travel, found(made, name).id, level);
  for (const { name } of people) {
    const person = found(made, name);
    const personal = await calendarInHome(services, operator(), person, 'personal');
    if (personal) await grant(services, operator(), personal, 'everyone', 'busy');
  }
  const asCarol = await actorFor(services, found(made, 'carol'), { scope: 'write', via: 'password' });
  const seenByCarol = await calendarInHome(services, asCarol, anna, 'resor');
  if (seenByCarol) await setFavourite(services, asCarol, seenByCarol, true);
}

/** Days and hours of the week in which the demo is made, in words short enough to list events with. */
type When = (day: number, hour: number, minute?: number) => DateTimeValue;
type Day = (day: number) => DateTimeValue;

interface DemoEvent extends Omit<EventFields, 'uid' | 'stamp' | 'start' | 'end' | 'exceptions'> {
  readonly start: DateTimeValue;
  readonly end: DateTimeValue;
  readonly exceptions?: readonly DateTimeValue[];
  /** One instance of the series that is different. */
  readonly changed?: {
    readonly at: DateTimeValue;
    readonly start: DateTimeValue;
    readonly end: DateTimeValue;
    readonly summary: string;
  };
}

/** Days count from the Monday of this week. */
type DemoEvents = (zoned: (timeZone: string) => When, on: Day) => readonly DemoEvent[];

const companyEvents: DemoEvents = (zoned, on) => {
  const stockholm = zoned('Europe/Stockholm');
  return [
    {
      summary: 'All hands · Общее собрание · Stormöte',
      description: 'Numbers, people, questions.\nОтветы на вопросы в конце.\nFika efteråt.',
      location: 'Aula / Zoom',
      start: stockholm(3, 15),
      end: stockholm(3, 16),
      rule: 'FREQ=MONTHLY;BYDAY=1TH;COUNT=24',
      alarmMinutes: [15],
    },
    { summary: 'Office closed', start: on(11), end: on(12), transparency: 'OPAQUE', categories: ['Holiday'] },
    {
      summary: 'Midsommar',
      start: day(Date.UTC(2020, 5, 20)),
      end: day(Date.UTC(2020, 5, 21)),
      rule: 'FREQ=YEARLY;BYMONTH=6;BYDAY=SA;BYMONTHDAY=20,21,22,23,24,25,26',
    },
    {
      summary: 'День компании',
      start: day(Date.UTC(2015, 8, 14)),
      end: day(Date.UTC(2015, 8, 15)),
      rule: 'FREQ=YEARLY',
    },
  ];
};

const groupEvents: DemoEvents = (zoned) => {
  const moscow = zoned('Europe/Moscow');
  return [
    {
      summary: 'Планёрка отдела продаж',
      description: 'Воронка, планы на неделю.',
      location: 'Переговорная «Байкал»',
      start: moscow(0, 11),
      end: moscow(0, 12),
      rule: 'FREQ=WEEKLY;BYDAY=MO',
      exceptions: [moscow(14, 11)],
      changed: {
        at: moscow(7, 11),
        start: moscow(8, 16),
        end: moscow(8, 17),
        summary: 'Планёрка отдела продаж (перенос)',
      },
    },
    {
      summary: 'Pipeline review',
      start: moscow(4, 14),
      end: moscow(4, 15, 30),
      rule: 'FREQ=WEEKLY;INTERVAL=2',
      status: 'TENTATIVE',
    },
  ];
};

const travelEvents: DemoEvents = (zoned, on) => [
  { summary: 'Mässa i Göteborg', location: 'Svenska Mässan', start: on(8), end: on(11) },
  {
    summary: 'Flyg till Moskva',
    start: zoned('Europe/Stockholm')(15, 9, 20),
    end: zoned('Europe/Moscow')(15, 14, 5),
  },
];

const personalEvents: Readonly<Record<(typeof people)[number]['name'], DemoEvents>> = {
  anna: (zoned, on) => {
    const stockholm = zoned('Europe/Stockholm');
    return [
      {
        summary: 'Morgonmöte',
        start: stockholm(0, 9),
        end: stockholm(0, 9, 15),
        rule: 'FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR',
        exceptions: [stockholm(2, 9)],
        alarmMinutes: [5],
      },
      { summary: 'Tandläkare', start: stockholm(1, 16), end: stockholm(1, 17), accessClass: 'PRIVATE' },
      { summary: 'Semester', start: on(21), end: on(28), transparency: 'OPAQUE' },
    ];
  },
  boris: (zoned, on) => {
    const moscow = zoned('Europe/Moscow');
    return [
      {
        summary: 'Встреча с «Ромашкой»',
        location: 'ул. Льва Толстого, 16',
        start: moscow(1, 12),
        end: moscow(1, 13, 30),
        alarmMinutes: [60, 15],
      },
      {
        summary: 'Английский',
        start: moscow(1, 19),
        end: moscow(1, 20),
        rule: 'FREQ=WEEKLY;BYDAY=TU,TH;COUNT=40',
        exceptions: [moscow(3, 19)],
      },
      {
        summary: 'День рождения мамы',
        start: on(9),
        end: on(10),
        rule: 'FREQ=YEARLY',
        accessClass: 'CONFIDENTIAL',
      },
    ];
  },
  carol: (zoned) => {
    const london = zoned('Europe/London');
    const newYork = zoned('America/New_York');
    return [
      {
        summary: 'Call with New York',
        start: newYork(2, 9),
        end: newYork(2, 10),
        rule: 'FREQ=WEEKLY;BYDAY=WE',
        changed: {
          at: newYork(9, 9),
          start: newYork(9, 11),
          end: newYork(9, 12),
          summary: 'Call with New York (later)',
        },
      },
      {
        summary: 'Focus time',
        start: london(3, 8),
        end: london(3, 11),
        rule: 'FREQ=WEEKLY;BYDAY=TH;UNTIL=20991231T235959Z',
        transparency: 'TRANSPARENT',
      },
      {
        summary: 'Quarter end',
        start: london(4, 17),
        end: london(4, 18),
        rule: 'FREQ=MONTHLY;BYMONTH=3,6,9,12;BYDAY=-1FR',
      },
    ];
  },
  dmitri: (zoned) => {
    const ural = zoned('Asia/Yekaterinburg');
    return [
      { summary: 'Дежурство', start: ural(5, 22), end: ural(6, 6), rule: 'FREQ=WEEKLY;INTERVAL=4' },
      { summary: 'Йога', start: ural(2, 7, 30), end: ural(2, 8, 30), rule: 'FREQ=WEEKLY;BYDAY=MO,WE,FR' },
    ];
  },
  erik: (zoned, on) => {
    const newYork = zoned('America/New_York');
    return [
      {
        summary: 'Lunch med kund',
        location: 'Grand Central',
        start: newYork(2, 12),
        end: newYork(2, 13, 30),
      },
      { summary: 'Julbord', start: on(30), end: on(31) },
    ];
  },
};

/** What is to be done, with the day on which it is due, counted from Monday; a task without one can wait. */
type DemoTask = readonly [summary: string, dueDay?: number];

const personalTasks: Readonly<Record<string, readonly DemoTask[]>> = {
  anna: [['Boka mötesrum till fredag', 4], ['Läsa igenom offerten']],
  boris: [
    ['Отправить счёт «Ромашке»', 2],
    ['Купить билеты', 10],
  ],
  carol: [['Book train to Leeds', 7]],
};

class DemoWeek {
  readonly #services: Services;
  readonly #monday: number;

  constructor(services: Services) {
    this.#services = services;
    const today = Math.floor(services.clock.now() / dayMs);
    this.#monday = (today - ((today + 3) % 7)) * dayMs; // 1970 began on a Thursday.
  }

  /** Puts events into a calendar that is there already. */
  async fill(owner: string, name: string, events: DemoEvents): Promise<void> {
    await this.put(await this.#calendar(owner, name), operator(), events);
  }

  /** Puts tasks into somebody's list. */
  async list(owner: string, tasks: readonly DemoTask[]): Promise<void> {
    const seen = await this.#calendar(owner, 'tasks');
    const stamp = formatUtc(this.#services.clock.now());
    for (const [index, [summary, dueDay]] of tasks.entries()) {
      const uid = `demo-task-${owner}-${index + 1}@portcal`;
      const due = dueDay === undefined ? '' : formatDate(this.#local(dueDay, 0, 0));
      const lines = [
        'BEGIN:VTODO\r\n',
        contentLine('UID', uid),
        contentLine('DTSTAMP', stamp),
        textLine('SUMMARY', summary),
        due === '' ? '' : contentLine('DUE', due, { VALUE: 'DATE' }),
        'STATUS:NEEDS-ACTION\r\nEND:VTODO\r\n',
      ];
      await putObject(this.#services, operator(), seen, {
        name: encodeSegment(`${uid}.ics`),
        bytes: Buffer.from(calendarText(lines.join(''), productId)),
        expect: 'absent',
      });
    }
  }

  async put(seen: SeenCalendar, actor: Actor, events: DemoEvents): Promise<void> {
    const zoned =
      (tzid: string): When =>
      (dayNumber, hour, minute = 0) => ({
        kind: 'zoned',
        tzid,
        local: this.#local(dayNumber, hour, minute),
      });
    const on: Day = (dayNumber) => day(this.#local(dayNumber, 0, 0));
    const stamp = this.#services.clock.now();
    for (const [index, { changed, ...event }] of events(zoned, on).entries()) {
      const uid = `demo-${seen.calendar.ownerName}-${seen.calendar.name}-${index + 1}@portcal`;
      const override = changed && {
        uid,
        stamp,
        recurrenceId: changed.at,
        start: changed.start,
        end: changed.end,
        summary: changed.summary,
      };
      await putObject(this.#services, actor, seen, {
        name: encodeSegment(`${uid}.ics`),
        bytes: composeObject({ uid, stamp, ...event }, override ? [override] : []),
        expect: 'absent',
        contentType: 'text/calendar',
      });
    }
  }

  async #calendar(owner: string, name: string): Promise<SeenCalendar> {
    const principal = await findPrincipal(this.#services, operator(), owner);
    const seen = principal && (await calendarInHome(this.#services, operator(), principal, name));
    if (seen) return seen;
    throw new Error(`the demo expects a calendar ${owner}/${name}`);
  }

  #local(dayNumber: number, hour: number, minute: number): LocalTime {
    return localTime(this.#monday + dayNumber * dayMs + hour * hourMs + minute * minuteMs);
  }
}

function day(ms: number): DateTimeValue {
  return { kind: 'date', local: localTime(ms) };
}

function found(made: ReadonlyMap<string, Principal>, name: string): Principal {
  const principal = made.get(name);
  if (!principal) throw new Error(`the demo has nobody called ${name}`);
  return principal;
}
