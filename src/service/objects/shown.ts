/**
 * What one actor gets of an object: all of it, or a form reduced by the rights on the calendar and by its CLASS. Whoever has
 * made it or is invited to it is not one of those from whom its CLASS hides it.
 *
 * The strictest CLASS of the set counts for the whole set (clients.md, demand 24). A reduced form is a new object made
 * from an allow-list; its entity tag is that of its own bytes, so it moves only when what is shown moves.
 */
import type { ComponentName, Detail, ObjectHead, SeenCalendar, StoredObject } from '../../core/calendar.ts';
import type { ETag } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import type { Component } from '../../icalendar/component.ts';
import { reducedSteps } from '../../icalendar/feed/reduce.ts';
import { type CalendarObject, objectSteps } from '../../icalendar/object.ts';
import type { Steps } from '../../icalendar/steps.ts';
import { ownAmong } from '../access.ts';
import type { Services } from '../context.ts';
import { etagOf } from '../fingerprint.ts';
import type { ReducedForm } from '../memory.ts';
import { inTurns } from '../pace.ts';
import { isPlain, mailboxOf } from './indexing.ts';

/** An object as it leaves for one actor. `head.etag` and `head.sizeBytes` are those of `bytes`. */
export interface ShownObject {
  readonly head: ObjectHead;
  readonly bytes: Uint8Array;
  readonly etag: ETag;
  /** See `StoredObject.plain`. */
  readonly plain: boolean;
  readonly shown: Detail;
}

/** Whether the actor sees every object of this calendar whole. */
export function seesEverything(seen: SeenCalendar): boolean {
  return seen.access.detail === 'full' && seen.access.seesPrivate;
}

/** Whether this object is shown as stored even to somebody who is not invited to it. */
export function isShownWhole(seen: SeenCalendar, head: Pick<ObjectHead, 'classification'>): boolean {
  return seen.access.detail === 'full' && (seen.access.seesPrivate || head.classification === 'public');
}

export function whole(object: StoredObject): ShownObject {
  return { head: object, bytes: object.bytes, etag: object.etag, plain: object.plain, shown: 'full' };
}

/** What must be known of an object to say whether it has to be reduced. */
export type Reducible = Pick<ObjectHead, 'uid' | 'classification'>;

/** The UIDs of objects that their CLASS would hide if the actor had not made them. Reads nothing where there is none to hide. */
export async function ownHidden(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  objects: readonly Reducible[],
): Promise<ReadonlySet<string>> {
  if (seen.access.detail !== 'full' || seen.access.seesPrivate) return nothing;
  const hidden = objects.filter((object) => !isShownWhole(seen, object)).map(({ uid }) => uid);
  return hidden.length === 0 ? nothing : await ownAmong(services, actor, seen, hidden);
}

const nothing: ReadonlySet<string> = new Set();

/**
 * The form in which the actor gets the object; `undefined`: not at all (a task where only busy times are shown). `own`: what
 * `ownHidden` says of it; an export, which others may read, does without. With turns for others while a long object is read.
 */
export async function show(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  object: StoredObject,
  own: ReadonlySet<string> = nothing,
): Promise<ShownObject | undefined> {
  return await inTurns(showing(services, actor, seen, object, own));
}

function* showing(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  object: StoredObject,
  own: ReadonlySet<string>,
): Steps<ShownObject | undefined> {
  if (isShownWhole(seen, object) || own.has(object.uid)) return whole(object);
  const form = yield* reduce(actor, seen, object);
  services.memory.reduced.keep(formKey(actor, seen, object), remembered(form));
  return form;
}

/** The heads of shown objects. Bytes are read only for objects whose reduced form is not known yet. */
export async function showHeads(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  heads: readonly ObjectHead[],
): Promise<readonly ObjectHead[]> {
  const { reduced } = services.memory;
  const own = await ownHidden(services, actor, seen, heads);
  const forms = heads.map((head) =>
    isShownWhole(seen, head) || own.has(head.uid) ? 'whole' : reduced.known(formKey(actor, seen, head)),
  );
  const names = heads.filter((_, index) => forms[index] === undefined).map(({ name }) => name);
  const read = new Map<string, ObjectHead | undefined>();
  if (names.length > 0) {
    const query = { calendar: seen.calendar.id, select: { by: 'names', names } } as const;
    for await (const page of services.storage.objects(query)) {
      for (const object of page) read.set(object.name, (await show(services, actor, seen, object))?.head);
    }
  }
  const shown: ObjectHead[] = [];
  heads.forEach((head, index) => {
    const form = forms[index];
    const visible = form === undefined ? read.get(head.name) : withForm(head, form);
    if (visible) shown.push(visible);
  });
  return shown;
}

function withForm(head: ObjectHead, form: ReducedForm): ObjectHead | undefined {
  if (form === 'hidden') return undefined;
  return form === 'whole' ? head : { ...head, ...form };
}

function remembered(form: ShownObject | undefined): ReducedForm {
  if (!form) return 'hidden';
  return form.shown === 'full' ? 'whole' : { etag: form.etag, sizeBytes: form.bytes.length };
}

/** The key of a reduced form: everything that it depends on. */
function formKey(actor: Actor, seen: SeenCalendar, head: ObjectHead): string {
  const { language, addresses } = actor.principal;
  const { detail } = seen.access;
  return [head.etag, detail, language, ...(detail === 'full' ? addresses : [])].join(' ');
}

function* reduce(actor: Actor, seen: SeenCalendar, stored: StoredObject): Steps<ShownObject | undefined> {
  const object = yield* objectSteps(stored.bytes);
  // An object that cannot be parsed cannot be reduced, so it is hidden; those who see everything get it as it is.
  if (!object) return undefined;
  const isPublic = stored.classification === 'public';
  if (seen.access.detail === 'full' && isInvited(object, actor.principal.addresses)) return whole(stored);
  return yield* reducedForm(stored, object, {
    shown: seen.access.detail === 'titles' && isPublic ? 'titles' : 'busy',
    language: actor.principal.language,
  });
}

/** A reduced form in a reader's language; `undefined` for what is no time anybody could be busy. */
function* reducedForm(
  stored: StoredObject,
  object: CalendarObject,
  { shown, language }: { readonly shown: 'titles' | 'busy'; readonly language: string },
): Steps<ShownObject | undefined> {
  if (shown === 'busy' && !showsTime.has(stored.kind)) return undefined;
  const bytes = yield* reducedSteps(object, shown, busyWord(language));
  const etag = etagOf(bytes);
  // The head of the form, without the bytes that it was made from.
  const { bytes: _bytes, plain: _plain, ...headers } = stored;
  const head = { ...headers, etag, sizeBytes: bytes.length };
  return { head, bytes, etag, plain: isPlain(bytes), shown };
}

/** Kinds that still say something when only their time is shown: not a task or a journal entry. */
const showsTime: ReadonlySet<ComponentName> = new Set(['VEVENT', 'VFREEBUSY', 'VAVAILABILITY']);

/** What stands in the place of a title that is not shown, in the reader's language. */
function busyWord(language: string): string {
  return busyWords[language.split('-', 1)[0]?.toLowerCase() ?? ''] ?? 'Busy';
}

const busyWords: Readonly<Record<string, string>> = { en: 'Busy', ru: 'Занято', sv: 'Upptagen' };

/** Somebody is organizer or attendee of every component: whoever is invited to one instance knows that instance only. */
function isInvited(object: CalendarObject, addresses: readonly string[]): boolean {
  const components = object.master ? [object.master, ...object.overrides] : object.overrides;
  return addresses.length > 0 && components.every((component) => takesPart(component, addresses));
}

function takesPart(component: Component, addresses: readonly string[]): boolean {
  const people = [...component.all('ATTENDEE'), ...component.all('ORGANIZER')];
  return people.some(({ rawValue }) => addresses.includes(mailboxOf(rawValue)));
}
