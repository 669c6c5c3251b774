/**
 * What both sides of a pair last agreed on, and when two events say the same.
 *
 * Each side has a face of its own: how it told the event when both were last in step. A side has changed when it differs
 * from its own face, so what a provider cuts, rounds or renames is never taken for an edit.
 */
import type { ContentField, EventContent, EventTime, NeutralEvent } from './event.ts';
import type { Owed } from './remote.ts';
import { normalRule } from './rule.ts';

/** One agreement, as each side tells it. */
export interface Faces {
  readonly local: NeutralEvent;
  readonly remote: NeutralEvent;
}

export interface Agreed extends Faces {
  /** When a person last changed the object here, where its present version is a write of ours; epoch milliseconds. */
  readonly edited?: number;
  /** The other side has a series, told here as the note of its first day. */
  readonly note?: true;
  /**
   * What both agreed on of an item before this one that may come to light again: of a creation that was sent twice, or of what
   * was deleted there and made anew (`round/made-twice.ts`).
   */
  readonly earlier?: Faces;
  /** Of the item that there is, where another may come to light. */
  readonly attempt?: string;
  /** Its guests are still to be invited (`round/invitations.ts`). */
  readonly owed?: Debt;
}

/** What guests are to be mailed. `once-told`: as `unless-sent`, as soon as a listing has told of the item, and so of whatever was made before it. */
export type Debt = Owed | 'once-told';

/** The text under which a pair keeps it; the face is written once where both are equal. */
export function agreedText({ edited, note, earlier, attempt, owed, ...faces }: Agreed): string {
  const more = [
    edited === undefined ? '' : `,"edited":${edited}`,
    note === undefined ? '' : ',"note":true',
    earlier === undefined ? '' : `,"earlier":{${facesText(earlier)}}`,
    attempt === undefined ? '' : `,"attempt":${JSON.stringify(attempt)}`,
    owed === undefined ? '' : `,"owed":"${owed}"`,
  ];
  return `{${facesText(faces)}${more.join('')}}`;
}

function facesText({ local, remote }: Faces): string {
  const [one, other] = [stableText(local), stableText(remote)];
  return one === other ? `"both":${one}` : `"local":${one},"remote":${other}`;
}

export function readAgreed(text: string): Agreed {
  // Only `agreedText` writes these texts.
  const {
    edited,
    note,
    earlier,
    attempt,
    owed,
    ...faces
  }: Stored & Omit<Partial<Agreed>, keyof Faces | 'earlier'> & { readonly earlier?: Stored } =
    JSON.parse(text);
  return {
    ...facesIn(faces),
    ...(edited !== undefined && { edited }),
    ...(note !== undefined && { note }),
    ...(earlier !== undefined && { earlier: facesIn(earlier) }),
    ...(attempt !== undefined && { attempt }),
    ...(owed !== undefined && { owed }),
  };
}

type Stored = Partial<Faces> & { readonly both?: NeutralEvent };

function facesIn({ both, ...faces }: Stored): Faces {
  const [local, remote] = [both ?? faces.local, both ?? faces.remote];
  if (local && remote) return { local, remote };
  throw new Error('a stored agreement has no faces');
}

/** What both sides of a pair last agreed on; undefined: nothing. */
export function facesOf({ agreed }: { readonly agreed: string | null }): Faces | undefined {
  if (agreed === null) return undefined;
  const { local, remote } = readAgreed(agreed);
  return { local, remote };
}

/** JSON with sorted keys: equal texts are equal values. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => compare(one, other)))
      : inner,
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** By code units: the same on every machine. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

export function isSame(one: unknown, other: unknown): boolean {
  return one === other || stableText(one) === stableText(other);
}

/** The event with everything in its one spelling: text in NFC with LF, sets sorted, rules normalised, unused zones left out. */
export function canonical(event: NeutralEvent): NeutralEvent {
  const overrides = Object.entries(event.overrides)
    .sort(([one], [other]) => compare(one, other))
    .map(([key, content]) => [key, canonicalContent(content)] as const);
  const { recurrence } = event;
  const whole: NeutralEvent = {
    uid: event.uid,
    content: canonicalContent(event.content),
    recurrence: recurrence && {
      rules: [...new Set(recurrence.rules.map(normalRule))].sort(compare),
      dates: recurrence.dates.toSorted((one, other) => compare(stableText(one), stableText(other))),
    },
    excluded: [...new Set(event.excluded)].sort(compare),
    overrides: Object.fromEntries(overrides),
    zones: {},
  };
  return { ...whole, zones: usedZones(whole, event.zones) };
}

function canonicalContent(content: EventContent): EventContent {
  const line = (value: string): string => value.normalize('NFC').replace(/\r\n?/g, '\n');
  const { organizer } = content;
  return {
    ...content,
    title: line(content.title),
    description: line(content.description),
    html: content.html === null || content.html === '' ? null : line(content.html),
    location: line(content.location),
    categories: [...new Set(content.categories.map((name) => line(name)))].sort(compare),
    organizer: organizer && { address: organizer.address.toLowerCase(), name: line(organizer.name) },
    attendees: content.attendees
      .map((attendee) => ({
        ...attendee,
        address: attendee.address.toLowerCase(),
        name: line(attendee.name),
      }))
      .sort((one, other) => compare(one.address, other.address)),
  };
}

/** The definitions among `zones` that a time of the event is written in. */
export function usedZones(
  event: Pick<NeutralEvent, 'content' | 'recurrence' | 'overrides'>,
  zones: NeutralEvent['zones'],
): NeutralEvent['zones'] {
  const names = new Set<string>();
  const note = (time: EventTime): void => {
    if ('zone' in time) names.add(time.zone);
  };
  for (const { start, end } of [event.content, ...Object.values(event.overrides)]) {
    note(start);
    note(end);
  }
  event.recurrence?.dates.forEach(note);
  return Object.fromEntries(
    Object.entries(zones)
      .filter(([name]) => names.has(name))
      .sort(([one], [other]) => compare(one, other)),
  );
}

/** The value of one mergeable part. `when` of an event says its recurrence too: pass `series` for the master. */
export function fieldValue(content: EventContent, field: ContentField, series?: NeutralEvent): unknown {
  if (field === 'when') {
    const { start, end } = content;
    if (!series) return { start, end };
    const { recurrence } = series;
    return { start, end, recurrence, zones: usedZones({ content, recurrence, overrides: {} }, series.zones) };
  }
  if (field === 'description') return { text: content.description, html: content.html };
  if (field === 'people') return { organizer: content.organizer, attendees: content.attendees };
  return content[field];
}

/** `to` with one part as `from` has it. */
export function withField(to: EventContent, field: ContentField, from: EventContent): EventContent {
  if (field === 'when') return { ...to, start: from.start, end: from.end };
  if (field === 'description') return { ...to, description: from.description, html: from.html };
  if (field === 'people') return { ...to, organizer: from.organizer, attendees: from.attendees };
  return { ...to, [field]: from[field] };
}

/**
 * The same event without what its organizer does not say: how a server calls people, and what they have answered. Neither is an
 * edit of the event.
 */
export function asOrganized(event: NeutralEvent): NeutralEvent {
  const overrides = Object.entries(event.overrides).map(
    ([key, content]) => [key, organized(content)] as const,
  );
  return { ...event, content: organized(event.content), overrides: Object.fromEntries(overrides) };
}

function organized(content: EventContent): EventContent {
  return {
    ...content,
    organizer: content.organizer && { ...content.organizer, name: '' },
    attendees: content.attendees.map((one) => ({ ...one, name: '', answer: 'needs-action' })),
  };
}

/** Are other people invited to the one than to the other, or otherwise? */
export function invitesOthers(one: EventContent, other: EventContent): boolean {
  return !isSame(fieldValue(organized(one), 'people'), fieldValue(organized(other), 'people'));
}

/** What of an event can be changed by itself, and kept or forgotten by itself by whoever is told of it. */
export type Aspects = readonly unknown[];

/** Those of one mergeable part; what a server calls people, and what they have answered, is none of them. */
export function aspectsOf(event: NeutralEvent, field: ContentField): Aspects {
  const { content, recurrence, zones } = event;
  if (field === 'when') {
    const times = usedZones({ content, recurrence: null, overrides: {} }, zones);
    return [{ start: content.start, end: content.end, zones: times }, recurrence];
  }
  return [fieldValue(field === 'people' ? organized(content) : content, field, event)];
}

/** Was one of them to be changed, and is as it was? */
export function isLeftAlone(told: Aspects, before: Aspects, sent: Aspects): boolean {
  return sent.some((one, index) => !isSame(one, before[index]) && isSame(told[index], before[index]));
}
