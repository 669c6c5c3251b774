/** Writes to the provider that are decided and not yet confirmed: what an entry holds, and what can be learnt from it later. */
import type { OutboxEntry } from '../core/connector.ts';
import {
  type Agreed,
  type Aspects,
  aspectsOf,
  canonical,
  type Debt,
  type Faces,
  fieldValue,
  isLeftAlone,
  isSame,
  withField,
} from './agreed.ts';
import {
  type Answer,
  type ContentField,
  contentFields,
  type EventContent,
  type NeutralEvent,
  type RecurrenceKey,
} from './event.ts';
import type { Notify, Untold } from './remote.ts';
import { instanceContent, occursAt } from './series.ts';

/** What both sides say once the write is confirmed. */
interface Aim {
  /** The event as it is to be there, before the provider cuts or renames anything. */
  readonly after: NeutralEvent;
  /** What was said here when it was decided. */
  readonly local: NeutralEvent;
}

export type Payload =
  | ({
      readonly action: 'create';
      readonly notify: Notify;
      /** Another one of it may be there already (`Agreed.earlier`). */
      readonly earlier?: Faces;
      /** Its requests mail nobody; absent: it was written by a version whose creations mailed their guests. */
      readonly quiet?: true;
      /** A request that mailed was sent before, and nobody knows what came of it (`round/invitations.ts`). */
      readonly repeats?: true;
    } & Aim)
  | ({
      readonly action: 'update';
      readonly notify: Notify;
      /** What the item says in the version that is known. */
      readonly before: NeutralEvent;
      /** It puts back what may not be changed there. */
      readonly reverts: boolean;
      /** The note that it is here is to be all there is. */
      readonly endsSeries?: true;
      /** It changes nothing: guests are invited who have not been yet. */
      readonly invites?: Debt;
      /** Guests are told with it of what was written before. */
      readonly tells?: true;
      /** It was begun in pieces that tell nobody. */
      readonly untold?: Untold;
    } & Aim)
  | { readonly action: 'delete'; readonly notify: Notify }
  | ({
      readonly action: 'respond';
      readonly answer: Exclude<Answer, 'needs-action'>;
      /** The one instance that is answered. */
      readonly instance?: RecurrenceKey;
    } & Aim);

/** The same for another request, which mails nobody. */
export function quieted(payload: Creation): Creation {
  return payload.quiet === true ? payload : { ...payload, quiet: true, repeats: true };
}

type Creation = Extract<Payload, { readonly action: 'create' }>;

export function payloadText(payload: Payload): string {
  return JSON.stringify(payload);
}

export function payloadOf(entry: Pick<OutboxEntry, 'payload'>): Payload {
  // Only `payloadText` writes these texts.
  const payload: Payload = JSON.parse(entry.payload);
  return payload;
}

/**
 * What both sides agree on when a write of ours may have arrived: each part of which the other side says what we sent. What
 * it says otherwise was changed there since, or has never arrived.
 */
export function absorbed(
  agreed: Agreed | null,
  sent: { readonly local: NeutralEvent; readonly there: NeutralEvent },
  remote: NeutralEvent,
): Agreed {
  if (!agreed) return begun(sent, remote);
  let [local, there] = [agreed.local, agreed.remote];
  for (const field of contentFields) {
    const value = (event: NeutralEvent): unknown => fieldValue(event.content, field, event);
    if (!isSame(value(sent.there), value(remote))) continue;
    local = withContent(local, withField(local.content, field, sent.local.content), field, sent.local);
    there = withContent(there, withField(there.content, field, remote.content), field, remote);
  }
  for (const key of keysOf([sent.there, remote])) {
    if (!isSame(stateOf(sent.there, key), stateOf(remote, key))) continue;
    local = withState(local, key, sent.local);
    there = withState(there, key, remote);
  }
  return { local: canonical(local), remote: canonical(there) };
}

/**
 * What both sides agree on where a write of ours has come half way: an instance that a single item is to stand for is deleted
 * before that is made, so nobody else has deleted it, and what is said of it here is still to be written (exchange.md 10.5).
 */
export function halfWay(
  agreed: Agreed,
  { before, after }: Extract<Payload, { readonly action: 'update' }>,
  remote: NeutralEvent,
): Agreed {
  const keys = remote.excluded.filter(
    (key) => after.overrides[key] !== undefined && !before.excluded.includes(key),
  );
  if (keys.length === 0) return agreed;
  const face = (event: NeutralEvent): NeutralEvent =>
    canonical(keys.reduce((all, key) => withState(all, key, remote), event));
  return { ...agreed, local: face(agreed.local), remote: face(agreed.remote) };
}

/** Single items may stand for some of its instances, of which a series that is found again does not tell. */
export function mayHaveParts(sent: NeutralEvent, remote: NeutralEvent): boolean {
  return Object.keys(sent.overrides).some((key) => remote.excluded.includes(key));
}

/**
 * What a creation that is found again has made: what differs now was changed there since, but for changed instances of which
 * nothing is to be seen. They are written after the series itself, and have not arrived.
 */
function begun(
  sent: { readonly local: NeutralEvent; readonly there: NeutralEvent },
  remote: NeutralEvent,
): Faces {
  let [local, there] = [sent.local, sent.there];
  for (const key of keysOf([sent.there])) {
    if (remote.overrides[key] !== undefined || isSame(stateOf(sent.there, key), stateOf(remote, key)))
      continue;
    local = withState(local, key, remote);
    there = withState(there, key, remote);
  }
  return { local: canonical(local), remote: canonical(there) };
}

/**
 * What both sides agree on when a write has arrived that was read back: where the other side still says what it said before,
 * it does not keep what it is told, and nobody has put that back (exchange.md 9.1).
 */
export function asKept(sent: Faces, before: NeutralEvent, told: NeutralEvent): Faces {
  let remote = sent.remote;
  for (const field of contentFields) {
    const aspects = (event: NeutralEvent): Aspects => aspectsOf(event, field);
    if (isLeftAlone(aspects(told), aspects(before), aspects(sent.remote)))
      remote = withContent(remote, withField(remote.content, field, told.content), field, told);
  }
  for (const key of keysOf([sent.remote, before, told])) {
    if (isSame(stateOf(told, key), stateOf(before, key))) remote = withState(remote, key, told);
  }
  return { local: sent.local, remote: canonical(remote) };
}

/**
 * The agreement for deciding again about a write that has not arrived: where the other side was overruled, what it said then
 * is where both begin. It is no edit that could win now because something else has been changed there since.
 */
export function overruled(
  agreed: Agreed,
  { before, after }: Extract<Payload, { readonly action: 'update' }>,
): Agreed {
  const changed = changedFields(before, after);
  const then = (face: NeutralEvent): NeutralEvent => {
    let event = face;
    for (const field of changed)
      event = withContent(event, withField(event.content, field, before.content), field, before);
    for (const key of keysOf([before, after])) {
      if (!isSame(stateOf(before, key), stateOf(after, key)))
        event = withWritten(event, key, { before, after, from: before, changed });
    }
    return canonical(event);
  };
  return { local: then(agreed.local), remote: then(agreed.remote) };
}

/**
 * What both sides agree on when a write of ours has arrived on a link that leads one way: what the write was about, and what
 * both say by now. All else that the other side says was held back, and is still to be taken when the link leads both ways.
 */
export function carried(
  agreed: Agreed,
  payload: Extract<Payload, { readonly action: 'update' | 'respond' }>,
  there: NeutralEvent,
): Agreed {
  const { after, local } = payload;
  const before = payload.action === 'update' ? payload.before : unanswered(payload);
  const changed = changedFields(before, after);
  const keys = keysOf([before, after, local, agreed.local, agreed.remote]);
  const face = (old: NeutralEvent, from: NeutralEvent): NeutralEvent => {
    let event = old;
    for (const field of changed)
      event = withContent(event, withField(event.content, field, from.content), field, from);
    for (const key of keys) {
      if (isSame(stateOf(before, key), stateOf(after, key))) {
        if (isSame(stateOf(local, key), stateOf(there, key))) event = withState(event, key, from);
        continue;
      }
      // Where the other side still says that it does not take place, there are no parts of it.
      const isExcluded = [local, there].some(({ excluded }) => excluded.includes(key));
      event = isExcluded
        ? withState(event, key, from)
        : withWritten(event, key, { before, after, from, changed });
    }
    return canonical(event);
  };
  return { local: face(agreed.local, local), remote: face(agreed.remote, there) };
}

/** The event as it was before an answer; what was answered along with all instances goes with them. */
function unanswered({
  after,
  local,
  answer,
  instance,
}: Extract<Payload, { readonly action: 'respond' }>): NeutralEvent {
  const isMeant = (key: string): boolean =>
    instance === undefined ? local.overrides[key]?.answer === answer : key === instance;
  const overrides = Object.entries(after.overrides).map(
    ([key, content]) => [key, isMeant(key) ? { ...content, answer: null } : content] as const,
  );
  const content = instance === undefined ? { ...after.content, answer: null } : after.content;
  return { ...after, content, overrides: Object.fromEntries(overrides) };
}

/** The parts of an event itself that a write is about. */
function changedFields(before: NeutralEvent, after: NeutralEvent): readonly ContentField[] {
  return contentFields.filter((field) => {
    const value = (one: NeutralEvent): unknown => fieldValue(one.content, field, one);
    return !isSame(value(before), value(after));
  });
}

/**
 * What a write was about of one instance, as `from` says it; all else of it stays. An instance of another pattern, or one that
 * does not take place, is one thing.
 */
function withWritten(
  event: NeutralEvent,
  key: RecurrenceKey,
  {
    before,
    after,
    from,
    changed,
  }: {
    readonly before: NeutralEvent;
    readonly after: NeutralEvent;
    readonly from: NeutralEvent;
    readonly changed: readonly ContentField[];
  },
): NeutralEvent {
  const fields = changed.includes('when') ? [] : changedIn(key, before, after);
  const isExcluded = [before, after, event].some(({ excluded }) => excluded.includes(key));
  if (fields.length === 0 || isExcluded) return withState(event, key, from);
  return withInstance(event, key, mixed(contentOf(event, key), fields, contentOf(from, key)), from);
}

function changedIn(key: RecurrenceKey, before: NeutralEvent, after: NeutralEvent): readonly ContentField[] {
  const [was, is] = [contentOf(before, key), contentOf(after, key)];
  return contentFields.filter((field) => !isSame(fieldValue(was, field), fieldValue(is, field)));
}

function contentOf(event: NeutralEvent, key: RecurrenceKey): EventContent {
  return event.overrides[key] ?? instanceContent(event, key);
}

function mixed(to: EventContent, fields: readonly ContentField[], from: EventContent): EventContent {
  return fields.reduce((content, field) => withField(content, field, from), to);
}

/** An instance that says what its series says has nothing of its own, unless it is none of the series. */
function withInstance(
  event: NeutralEvent,
  key: RecurrenceKey,
  content: EventContent,
  { zones }: NeutralEvent,
): NeutralEvent {
  const { [key]: _, ...others } = event.overrides;
  const isPlain = isSame(content, instanceContent(event, key)) && occursAt(event, key);
  return {
    ...event,
    overrides: isPlain ? others : { ...others, [key]: content },
    zones: { ...event.zones, ...zones },
  };
}

function withContent(
  event: NeutralEvent,
  content: EventContent,
  field: string,
  from: NeutralEvent,
): NeutralEvent {
  if (field !== 'when') return { ...event, content };
  return { ...event, content, recurrence: from.recurrence, zones: { ...event.zones, ...from.zones } };
}

function keysOf(events: readonly NeutralEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap(({ excluded, overrides }) => [...excluded, ...Object.keys(overrides)]));
}

function stateOf({ excluded, overrides }: NeutralEvent, key: string): unknown {
  return overrides[key] ?? excluded.includes(key);
}

function withState(event: NeutralEvent, key: string, from: NeutralEvent): NeutralEvent {
  const { [key]: _, ...others } = event.overrides;
  const content = from.overrides[key];
  const excluded = event.excluded.filter((other) => other !== key);
  return {
    ...event,
    overrides: content ? { ...others, [key]: content } : others,
    excluded: from.excluded.includes(key) ? [...excluded, key] : excluded,
    zones: { ...event.zones, ...from.zones },
  };
}
