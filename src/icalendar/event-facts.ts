/** What a VEVENT says, in the words of a form. Nothing is refused: what cannot be read is as if it were not there. */
import type { Component, Property } from './component.ts';
import type { Lines } from './event-lines.ts';
import { minuteMs } from './time.ts';
import { decodeText, decodeTextList, durationMs, parseDuration } from './value.ts';

/** The facts that every view of an event shows. */
export interface EventSummary {
  readonly title: string;
  readonly location: string;
  /** Whether it makes its owner busy. */
  readonly busy: boolean;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  readonly privacy: 'public' | 'private' | 'confidential';
}

/** The people of a meeting. */
export interface GuestFacts {
  readonly organizer: { readonly address: string; readonly name: string } | undefined;
  readonly attendees: readonly AttendeeFacts[];
}

export interface EventFacts extends EventSummary, GuestFacts {
  readonly description: string;
  readonly categories: readonly string[];
  readonly links: readonly LinkFacts[];
  /** Minutes before the start, ascending. */
  readonly reminders: readonly number[];
  /** Reminders that cannot be said in minutes before the start. */
  readonly otherReminders: number;
}

export interface AttendeeFacts {
  readonly address: string;
  readonly name: string;
  readonly status: 'needs-action' | 'accepted' | 'declined' | 'tentative' | 'delegated';
  readonly role: 'chair' | 'required' | 'optional' | 'none';
}

export interface LinkFacts {
  readonly url: string;
  readonly label: string;
}

export function eventFacts(component: Component): EventFacts {
  const reminders = component.components.filter(({ name }) => name === 'VALARM').map(reminderMinutes);
  return {
    ...eventSummary(component),
    ...guestFacts(component),
    description: textOf(component, 'DESCRIPTION'),
    categories: categoriesOf(component),
    links: linkLines(component, maxLinks).map(({ link }) => link),
    reminders: [...new Set(reminders.filter((minutes) => minutes !== undefined))].sort((a, b) => a - b),
    otherReminders: reminders.filter((minutes) => minutes === undefined).length,
  };
}

export function guestFacts(component: Component): GuestFacts {
  const organizer = component.first('ORGANIZER');
  return {
    organizer: organizer && { address: addressOf(organizer), name: nameOf(organizer) },
    attendees: component.all('ATTENDEE').map(attendeeOf),
  };
}

/** The summary of an event; texts longer than `most` are cut. */
export function eventSummary(event: Lines, most: number = Infinity): EventSummary {
  return {
    title: textOf(event, 'SUMMARY', most),
    location: textOf(event, 'LOCATION', most),
    busy: wordOf(event, 'TRANSP') !== 'TRANSPARENT',
    status: statuses[wordOf(event, 'STATUS')] ?? 'confirmed',
    privacy: privacyOf(event),
  };
}

/** The text of a property; one longer than `most` is cut and ends in three dots. */
export function textOf(component: Lines, name: string, most: number = Infinity): string {
  const raw = component.first(name)?.rawValue ?? '';
  return raw.length <= most ? decodeText(raw) : `${decodeText(beginning(raw, most))}…`;
}

/** By itself, so that it does not hold the whole; not between a backslash and what it escapes, nor within a character. */
function beginning(raw: string, most: number): string {
  const [part = ''] = /^(?:[^\\]|\\[^])*/.exec(raw.slice(0, most)) ?? [];
  return Buffer.from(part.replace(/[\ud800-\udbff]$/, '')).toString();
}

function wordOf(component: Lines, name: string): string {
  return (component.first(name)?.rawValue ?? '').trim().toUpperCase();
}

const statuses: Readonly<Record<string, EventFacts['status']>> = {
  CONFIRMED: 'confirmed',
  TENTATIVE: 'tentative',
  CANCELLED: 'cancelled',
};

/** An unknown CLASS is private (RFC 5545 §3.8.1.3). */
function privacyOf(component: Lines): EventFacts['privacy'] {
  const word = wordOf(component, 'CLASS');
  if (word === '' || word === 'PUBLIC') return 'public';
  return word === 'CONFIDENTIAL' ? 'confidential' : 'private';
}

/** The categories; of more than `maxCategories` only the first. */
export function categoriesOf(component: Component): readonly string[] {
  const names: string[] = [];
  for (const { rawValue } of component.all('CATEGORIES')) {
    for (const written of decodeTextList(rawValue.slice(0, maxCategoriesLength))) {
      const name = written.trim();
      if (name !== '') names.push(name);
      if (names.length === maxCategories) return names;
    }
  }
  return names;
}

/** Far beyond what any program offers to choose from. */
const maxCategories = 1_000;
const maxCategoriesLength: number = 64 * 1024;

/** The e-mail address of an ATTENDEE or ORGANIZER; another URI as it is. */
export function addressOf(property: Property): string {
  return property.rawValue.trim().replace(/^mailto:/i, '');
}

function nameOf(property: Property): string {
  return property.param('CN') ?? '';
}

const partStats: Readonly<Record<string, AttendeeFacts['status']>> = {
  ACCEPTED: 'accepted',
  DECLINED: 'declined',
  TENTATIVE: 'tentative',
  DELEGATED: 'delegated',
};

const roles: Readonly<Record<string, AttendeeFacts['role']>> = {
  CHAIR: 'chair',
  'OPT-PARTICIPANT': 'optional',
  'NON-PARTICIPANT': 'none',
};

function attendeeOf(property: Property): AttendeeFacts {
  return {
    address: addressOf(property),
    name: nameOf(property),
    status: partStats[(property.param('PARTSTAT') ?? '').toUpperCase()] ?? 'needs-action',
    role: roles[(property.param('ROLE') ?? '').toUpperCase()] ?? 'required',
  };
}

/** URL and the attachments that are web addresses; inline data and other schemes are not shown, and stay. */
export function linkLines(
  component: Component,
  most: number,
): readonly { readonly property: Property; readonly link: LinkFacts }[] {
  const found: { readonly property: Property; readonly link: LinkFacts }[] = [];
  for (const property of [...component.all('URL'), ...component.all('ATTACH')]) {
    if (found.length >= most) break;
    const url = property.rawValue.trim();
    if (!isWebAddress(url) || (property.param('VALUE') ?? '').toUpperCase() === 'BINARY') continue;
    const label = property.param('FILENAME') ?? property.param('X-LABEL') ?? '';
    found.push({ property, link: { url, label } });
  }
  return found;
}

/** The most links that are listed. Checking each of a hundred thousand for an address would take a tenth of a second. */
export const maxLinks = 1_000;

/** `http:` or `https:`: what a person may be led to. */
export function isWebAddress(url: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(url) && URL.canParse(url);
}

/** Minutes before the start at which a VALARM goes off; `undefined` for those that say it another way. */
export function reminderMinutes(alarm: Component): number | undefined {
  const trigger = alarm.first('TRIGGER');
  if (!trigger || (trigger.param('RELATED') ?? 'START').toUpperCase() !== 'START') return undefined;
  if ((alarm.first('ACTION')?.rawValue ?? '').trim().toUpperCase() === 'EMAIL') return undefined;
  const duration = parseDuration(trigger.rawValue);
  if (!duration) return undefined;
  const minutes = -durationMs(duration) / minuteMs;
  return minutes >= 0 && Number.isInteger(minutes) ? minutes : undefined;
}
