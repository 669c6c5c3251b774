/** Time zone definitions on the wire: StartTimeZone, TimeZoneContext, GetServerTimeZones, MeetingTimeZone. */
import { EwsError } from './failure.ts';
import { all, child, childText, type Element, localName, type Markup, tag, text } from './markup.ts';
import { dayMs, dayOfWeek } from './recurrence.ts';
import { type Transition, transitionsIn, type Zone, zoneNamed } from './zones.ts';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The zone of a `StartTimeZone`, `EndTimeZone` or `TimeZoneDefinition` element: by its rules if it has any, else by its id. */
export function readZone(element: Element | undefined): Zone | undefined {
  if (!element) return undefined;
  const id = element.attributes.get('Id');
  if (child(element, 'Periods')) return customZone(element, id ?? 'Customized Time Zone');
  if (id === undefined) return undefined;
  const zone = zoneNamed(id);
  if (!zone) throw new EwsError('ErrorCalendarInvalidTimeZone', `The time zone ${id} is not known.`);
  return zone;
}

interface Period {
  readonly offset: number;
}

interface Rule {
  readonly to: string;
  readonly kind: string;
  /** When it applies in this year, on the wall clock before the change. */
  readonly wall: (year: number) => number;
}

function customZone(element: Element, id: string): Zone {
  const periods = new Map<string, Period>();
  for (const one of child(element, 'Periods')?.children ?? [])
    periods.set(one.attributes.get('Id') ?? '', {
      offset: -durationMs(one.attributes.get('Bias') ?? 'PT0S'),
    });
  const groups = new Map<string, readonly Rule[]>();
  for (const group of child(element, 'TransitionsGroups')?.children ?? [])
    groups.set(group.attributes.get('Id') ?? '', group.children.map(readRule));
  const steps = (child(element, 'Transitions')?.children ?? []).map((one) => ({
    from:
      localName(one) === 'Transition'
        ? Number.NEGATIVE_INFINITY
        : Date.parse(withZ(childText(one, 'DateTime') ?? '')),
    group: childText(one, 'To') ?? '',
  }));
  const fallback = [...periods.values()][0]?.offset ?? 0;
  return {
    id,
    name: element.attributes.get('Name') ?? id,
    definition: definitionMarkup(element),
    offset: (at) => {
      const group = steps.filter(({ from }) => from <= at).at(-1)?.group ?? [...groups.keys()][0] ?? '';
      return offsetByRules(groups.get(group) ?? [], periods, at) ?? fallback;
    },
  };
}

function withZ(text: string): string {
  return /(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`;
}

function offsetByRules(
  rules: readonly Rule[],
  periods: ReadonlyMap<string, Period>,
  at: number,
): number | undefined {
  const offsetOf = (to: string): number => periods.get(to)?.offset ?? 0;
  const recurring = rules.filter(({ kind }) => kind !== 'Transition');
  const [only] = rules;
  if (recurring.length === 0) return only ? offsetOf(only.to) : undefined;
  const year = new Date(at).getUTCFullYear();
  const changes = [year - 1, year]
    .flatMap((one) => recurring.map((rule) => ({ wall: rule.wall(one), to: rule.to })))
    .sort((a, b) => a.wall - b.wall);
  let current = offsetOf(changes.at(-1)?.to ?? '');
  for (const { wall, to } of changes) {
    if (wall - current > at) break;
    current = offsetOf(to);
  }
  return current;
}

function readRule(element: Element): Rule {
  const month = Number(childText(element, 'Month') ?? 1) - 1;
  const time = durationMs(childText(element, 'TimeOffset') ?? 'PT0S');
  const day = Number(childText(element, 'Day') ?? 1);
  const weekday = weekdays.indexOf(childText(element, 'DayOfWeek') ?? 'Sunday');
  const occurrence = Number(childText(element, 'Occurrence') ?? 1);
  const kind = localName(element);
  return {
    to: childText(element, 'To') ?? '',
    kind,
    wall: (year) =>
      (kind === 'RecurringDayTransition'
        ? nth(year, month, weekday, occurrence)
        : Date.UTC(year, month, day)) + time,
  };
}

function nth(year: number, month: number, weekday: number, occurrence: number): number {
  const length = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const matching = Array.from({ length }, (_, i) => Date.UTC(year, month, i + 1)).filter(
    (at) => dayOfWeek(at / dayMs) === weekday,
  );
  return (
    (occurrence < 0 || occurrence >= 5 ? matching.at(-1) : matching[occurrence - 1]) ??
    Date.UTC(year, month, 1)
  );
}

export function durationMs(text: string): number {
  const match = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/.exec(text);
  if (!match) return 0;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  const value = Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  return (sign === '-' ? -1_000 : 1_000) * value;
}

function durationText(ms: number): string {
  const minutes = Math.abs(ms) / 60_000;
  const time = `${Math.floor(minutes / 60)}H${minutes % 60 ? `${minutes % 60}M` : ''}`;
  return `${ms < 0 ? '-' : ''}PT${ms === 0 ? '0S' : time.replace(/^0H(?=.)/, '')}`;
}

/** The definition as the client gave it, prefixed as answers are. */
function definitionMarkup(element: Element): Markup {
  const copy = (one: Element): Markup => {
    const attributes = Object.fromEntries(one.attributes);
    const name = `t:${localName(one)}`;
    return one.children.length > 0
      ? tag(name, one.children.map(copy), attributes)
      : text(name, one.text.trim(), attributes);
  };
  return all(element.children.map(copy));
}

/** A zone with all its rules; those of named zones are the ones of the year that is asked about most. */
export function writeDefinition(name: string, zone: Zone): Markup {
  const attributes = { Name: zone.name, Id: zone.id };
  if (zone.definition !== undefined) return tag(name, [zone.definition], attributes);
  const [to, from] = yearly(zone);
  const standardOffset = Math.min(
    ...(to && from ? [to.before, to.after] : [zone.offset(Date.UTC(2026, 0, 1))]),
  );
  const prefix = 'trule:Microsoft/Registry/';
  const period = (offset: number, kind: string): Markup =>
    tag('t:Period', [], { Bias: durationText(-offset), Name: kind, Id: `${prefix}${zone.id}/1-${kind}` });
  const target = (kind: string, id: string): Markup => text('t:To', id, { Kind: kind });
  const rules =
    to && from
      ? [to, from].map((change) => {
          const kind = change.after === standardOffset ? 'Standard' : 'Daylight';
          return dayRule(change, target('Period', `${prefix}${zone.id}/1-${kind}`));
        })
      : [tag('t:Transition', [target('Period', `${prefix}${zone.id}/1-Standard`)])];
  return tag(
    name,
    [
      tag('t:Periods', [
        period(standardOffset, 'Standard'),
        ...(to && from ? [period(Math.max(to.before, to.after), 'Daylight')] : []),
      ]),
      tag('t:TransitionsGroups', [tag('t:TransitionsGroup', rules, { Id: '0' })]),
      tag('t:Transitions', [tag('t:Transition', [target('Group', '0')])]),
    ],
    attributes,
  );
}

function yearly(zone: Zone): readonly Transition[] {
  const changes = transitionsIn(zone, 2026);
  return changes.length === 2 ? changes : [];
}

function dayRule({ at, before }: Transition, target: Markup): Markup {
  const wall = new Date(at + before);
  const date = wall.getUTCDate();
  const length = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + 1, 0)).getUTCDate();
  const midnight = Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), date);
  return tag('t:RecurringDayTransition', [
    target,
    text('t:TimeOffset', durationText(wall.getTime() - midnight)),
    text('t:Month', wall.getUTCMonth() + 1),
    text('t:DayOfWeek', weekdays[wall.getUTCDay()] ?? ''),
    text('t:Occurrence', date + 7 > length ? -1 : Math.ceil(date / 7)),
  ]);
}

/** The `MeetingTimeZone` of Exchange 2007: a bias and two changes a year, or just a name. */
export function readMeetingTimeZone(element: Element): Zone | undefined {
  const base = child(element, 'BaseOffset');
  const name = element.attributes.get('TimeZoneName') ?? '';
  if (!base) return zoneNamed(name);
  const offset = -durationMs(base.text.trim());
  const sides = ['Standard', 'Daylight'].flatMap((kind) => {
    const side = child(element, kind);
    const relative = child(side, 'RelativeYearlyRecurrence');
    if (!side || !relative) return [];
    return [
      {
        offset: offset - durationMs(childText(side, 'Offset') ?? 'PT0S'),
        month: monthNames.indexOf(childText(relative, 'Month') ?? ''),
        weekday: weekdays.indexOf(childText(relative, 'DaysOfWeek') ?? ''),
        occurrence:
          ['First', 'Second', 'Third', 'Fourth', 'Last'].indexOf(
            childText(relative, 'DayOfWeekIndex') ?? '',
          ) + 1,
        time: Date.parse(`1970-01-01T${childText(side, 'Time') ?? '00:00:00'}Z`),
      },
    ];
  });
  return {
    id: name || 'Customized Time Zone',
    name: name || 'Customized Time Zone',
    offset: (at) => {
      if (sides.length < 2) return offset;
      const year = new Date(at).getUTCFullYear();
      const changes = [year - 1, year]
        .flatMap((one) =>
          sides.map((side) => ({
            ...side,
            wall: nth(one, side.month, side.weekday, side.occurrence) + side.time,
          })),
        )
        .sort((a, b) => a.wall - b.wall);
      let current = changes.at(-1)?.offset ?? offset;
      for (const change of changes) {
        if (change.wall - current > at) break;
        current = change.offset;
      }
      return current;
    },
  };
}

const monthNames =
  'January February March April May June July August September October November December'.split(' ');
