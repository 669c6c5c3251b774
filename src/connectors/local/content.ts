/** What one VEVENT says besides its times, both ways: neutral values, and edits that touch only lines of what has changed. */
import type { Component, Property } from '../../icalendar/component.ts';
import { type Edit, insert, insertAfter, remove, replace, setProperty } from '../../icalendar/edit.ts';
import { categoriesOf, isWebAddress, reminderMinutes, textOf } from '../../icalendar/event-facts.ts';
import { minuteMs } from '../../icalendar/time.ts';
import { contentLine, decodeText, encodeText, formatDuration, textLine } from '../../icalendar/value.ts';
import { isSame } from '../agreed.ts';
import type { BusyStatus, EventContent, Privacy } from '../event.ts';
import { peopleEdits, peopleOf } from './people.ts';
import type { LocalView } from './view.ts';

type Timeless = Omit<EventContent, 'start' | 'end'>;

export function timelessContent(component: Component, { isOwn }: LocalView): Timeless {
  return {
    title: textOf(component, 'SUMMARY'),
    description: textOf(component, 'DESCRIPTION'),
    html: htmlOf(component),
    location: textOf(component, 'LOCATION'),
    busy: busyOf(component),
    privacy: privacyOf(component),
    importance: importanceOf(component),
    categories: categoriesOf(component),
    reminder: firstReminder(component)?.minutes ?? null,
    cancelled: wordOf(component, 'STATUS') === 'CANCELLED',
    ...peopleOf(component, isOwn),
    url: urlLine(component)?.rawValue.trim() ?? '',
  };
}

/** The edits that make a component say `wanted` where it says otherwise now. */
export function contentEdits(
  component: Component,
  current: Timeless,
  wanted: Timeless,
  view: LocalView,
): readonly Edit[] {
  const edits: Edit[] = [];
  const line = (name: string, text: string): void => {
    edits.push(...(text === '' ? component.all(name).map(remove) : setProperty(component, name, text)));
  };
  const words = (name: string, value: string): void => line(name, value === '' ? '' : textLine(name, value));
  if (current.title !== wanted.title) words('SUMMARY', wanted.title);
  if (current.location !== wanted.location) words('LOCATION', wanted.location);
  if (current.description !== wanted.description || current.html !== wanted.html) {
    words('DESCRIPTION', wanted.description);
    line(
      'X-ALT-DESC',
      wanted.html === null ? '' : textLine('X-ALT-DESC', wanted.html, { FMTTYPE: 'text/html' }),
    );
  }
  if (current.busy !== wanted.busy) {
    line('TRANSP', contentLine('TRANSP', wanted.busy === 'free' ? 'TRANSPARENT' : 'OPAQUE'));
    line(busyProperty, contentLine(busyProperty, busyNames[wanted.busy]));
  }
  if (current.privacy !== wanted.privacy) line('CLASS', contentLine('CLASS', wanted.privacy.toUpperCase()));
  if (current.importance !== wanted.importance) {
    line('PRIORITY', contentLine('PRIORITY', priorities[wanted.importance]));
  }
  if (!isSame(current.categories, wanted.categories)) {
    const list = wanted.categories.map((name) => encodeText(name)).join(',');
    edits.push(...component.all('CATEGORIES').map(remove));
    if (list !== '') edits.push(insert(component, contentLine('CATEGORIES', list)));
  }
  if (current.cancelled !== wanted.cancelled) {
    line('STATUS', contentLine('STATUS', wanted.cancelled ? 'CANCELLED' : 'CONFIRMED'));
  }
  if (current.url !== wanted.url) edits.push(...urlEdits(component, wanted.url));
  if (current.reminder !== wanted.reminder) edits.push(...reminderEdits(component, wanted));
  const people = ({ organizer, attendees, answer }: Timeless): unknown => [organizer, attendees, answer];
  if (!isSame(people(current), people(wanted))) edits.push(...peopleEdits(component, wanted, view.isOwn));
  return edits;
}

function wordOf(component: Component, name: string): string {
  return (component.first(name)?.rawValue ?? '').trim().toUpperCase();
}

/** Outlook's alternative, or the data that a DESCRIPTION refers to (RFC 5545 §3.2.1). */
function htmlOf(component: Component): string | null {
  const alternative = component
    .all('X-ALT-DESC')
    .find((line) => /^text\/html$/i.test(line.param('FMTTYPE') ?? ''));
  if (alternative) return decodeText(alternative.rawValue);
  const reference = component.first('DESCRIPTION')?.param('ALTREP') ?? '';
  const data = /^data:text\/html(?:;charset=utf-8)?(;base64)?,(.*)$/is.exec(reference);
  const body = data?.[2];
  if (body === undefined) return null;
  try {
    return data?.[1] === undefined ? decodeURIComponent(body) : Buffer.from(body, 'base64').toString('utf8');
  } catch {
    // A broken reference leaves the plain text, which says the same.
    return null;
  }
}

/** Outlook's and Exchange's finer word for TRANSP; older programs change TRANSP alone, which then has the last word. */
const busyProperty = 'X-MICROSOFT-CDO-BUSYSTATUS';

const busyNames: Readonly<Record<BusyStatus, string>> = {
  free: 'FREE',
  tentative: 'TENTATIVE',
  busy: 'BUSY',
  'out-of-office': 'OOF',
  elsewhere: 'WORKINGELSEWHERE',
};

const busyWords: Readonly<Record<string, BusyStatus>> = {
  TENTATIVE: 'tentative',
  BUSY: 'busy',
  OOF: 'out-of-office',
  WORKINGELSEWHERE: 'elsewhere',
};

function busyOf(component: Component): BusyStatus {
  if (wordOf(component, 'TRANSP') === 'TRANSPARENT') return 'free';
  const named = busyWords[wordOf(component, busyProperty)];
  if (named) return named;
  // Of a meeting it says how sure the meeting is, not its owner's time (exchange.md 11.1).
  return wordOf(component, 'STATUS') === 'TENTATIVE' && !component.first('ATTENDEE') ? 'tentative' : 'busy';
}

/** An unknown CLASS is private (RFC 5545 §3.8.1.3). */
function privacyOf(component: Component): Privacy {
  const word = wordOf(component, 'CLASS');
  if (word === '' || word === 'PUBLIC') return 'public';
  return word === 'CONFIDENTIAL' ? 'confidential' : 'private';
}

const priorities = { high: '1', normal: '5', low: '9' } as const;

function importanceOf(component: Component): EventContent['importance'] {
  const priority = Number.parseInt(component.first('PRIORITY')?.rawValue ?? '0', 10);
  if (priority >= 1 && priority <= 4) return 'high';
  return priority >= 6 && priority <= 9 ? 'low' : 'normal';
}

/** The way into the meeting (RFC 7986 §5.11), else the page about it. */
function urlLine(component: Component): Property | undefined {
  return [...component.all('CONFERENCE'), ...component.all('URL')].find(({ rawValue }) =>
    isWebAddress(rawValue.trim()),
  );
}

function urlEdits(component: Component, url: string): readonly Edit[] {
  const told = [...component.all('CONFERENCE'), ...component.all('URL')].filter(({ rawValue }) =>
    isWebAddress(rawValue.trim()),
  );
  if (url === '') return told.map(remove);
  const [first] = told;
  if (!first) return setProperty(component, 'URL', contentLine('URL', url));
  const params = Object.fromEntries(first.params.map(({ name, values }) => [name, values]));
  return [replace(first, contentLine(first.name, url, params))];
}

/** Only the first is told: the others are for the programs here. */
function firstReminder(
  component: Component,
): { readonly alarm: Component; readonly minutes: number } | undefined {
  return reminders(component)[0];
}

function reminders(component: Component): readonly { readonly alarm: Component; readonly minutes: number }[] {
  return component.components.flatMap((alarm) => {
    const minutes = alarm.name === 'VALARM' ? reminderMinutes(alarm) : undefined;
    return minutes === undefined ? [] : [{ alarm, minutes: Math.abs(minutes) }];
  });
}

function reminderEdits(component: Component, { reminder, title }: Timeless): readonly Edit[] {
  // None at all: another one that stays behind would be told as the first next time.
  if (reminder === null) return reminders(component).map(({ alarm }) => remove(alarm));
  const trigger = contentLine(
    'TRIGGER',
    formatDuration({ weeks: 0, days: 0, ms: -reminder * minuteMs || 0 }),
  );
  const first = firstReminder(component);
  if (first) return setProperty(first.alarm, 'TRIGGER', trigger);
  const text = textLine('DESCRIPTION', title === '' ? 'Reminder' : title);
  const lines = `BEGIN:VALARM\r\nACTION:DISPLAY\r\n${trigger}${text}END:VALARM\r\n`;
  const last = component.components.at(-1) ?? component.properties.at(-1);
  return [last ? insertAfter(last, lines) : insert(component, lines)];
}
