/** Events: instances for the grid, and one event in all its fields. */
import type { SeenCalendar } from '../../core/calendar.ts';
import { type ETag, etag as etagOf } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { ianaZone, utc, type Zone } from '../../icalendar/zones/timezone.ts';
import { visibleCalendars } from '../../service/access.ts';
import type { Services } from '../../service/context.ts';
import { ownOf } from '../../service/objects/drawn.ts';
import {
  addEvent,
  answerEvent,
  changeEvent,
  moveEvent,
  openEvent,
  removeEvent,
  type Target,
  type Written,
} from '../../service/objects/events.ts';
import { addressesOfGuest, isGuestCopy } from '../../service/objects/guests.ts';
import { drawnInstances } from '../../service/objects/occurrences.ts';
import { undoWrite } from '../../service/objects/undo.ts';
import { keepUndo, takeUndo } from '../../service/objects/undo-names.ts';
import { preferencesOf } from '../../service/people/preferences.ts';
import type { EventChange } from '../api.ts';
import { calendarAt } from '../calendar-shape.ts';
import { changeOf, detailShape, inputTimes, maxRangeMs, rangeEnd } from '../event-shape.ts';
import { occurrenceItems } from '../occurrence-items.ts';
import { hiddenKey } from '../preferences.ts';
import { Problem } from '../problem.ts';
import {
  jsonBytes,
  nothing,
  type PortalResponse,
  type Reply,
  type Routes,
  type SignedInCall,
  timestamp,
} from '../route.ts';
import * as schemas from '../schemas.ts';

type Names =
  | 'GET /events'
  | 'POST /calendars/{id}/events'
  | 'POST /calendars/{id}/events/{uid}'
  | 'GET /calendars/{id}/events/{uid}'
  | 'PATCH /calendars/{id}/events/{uid}'
  | 'DELETE /calendars/{id}/events/{uid}'
  | 'PUT /calendars/{id}/events/{uid}/answer'
  | 'POST /undo/{undo}';

/** Instances in one answer. */
const maxInstances = 20_000;

export const eventRoutes: Routes<Names> = {
  'GET /events': {
    summary: 'Instances in a stretch of time, expanded',
    access: 'signed-in',
    query: schemas.eventsQuery,
    answer: schemas.eventsAnswer,
    async run({ parts, actor, query }) {
      const { services } = parts;
      const zone = query.zone === undefined ? zoneOf(actor) : ianaZone(query.zone);
      if (!zone) throw new Refusal('malformed-request', `there is no time zone ${query.zone}`);
      const range = { start: rangeEnd(query.from, zone), end: rangeEnd(query.to, zone) };
      if (!(range.end > range.start) || range.end - range.start > maxRangeMs)
        throw new Refusal('malformed-request', 'to is at most 400 days after from');
      const calendars = await chosen(services, actor, query.calendars);
      const text = query.text?.trim();
      const { written, truncated } = await drawnInstances(
        services,
        actor,
        calendars,
        { range, zone, maxResults: maxInstances, ...(text !== undefined && text !== '' && { text }) },
        (seen, drawn, own) => occurrenceItems(seen, drawn, zone, own),
      );
      return { response: eventsAnswer(zone, written, truncated) };
    },
  },

  'POST /calendars/{id}/events': {
    summary: 'Add an event',
    access: 'signed-in',
    body: schemas.eventInput,
    answer: schemas.eventChange,
    status: 201,
    run: async (call) => await added(call),
  },

  'POST /calendars/{id}/events/{uid}': {
    summary: 'Add an event with this UID',
    access: 'signed-in',
    body: schemas.eventInput,
    answer: schemas.eventChange,
    status: 201,
    run: async (call) => await added(call, call.params['uid']),
  },

  'GET /calendars/{id}/events/{uid}': {
    summary: 'One event, or one instance of a series',
    access: 'signed-in',
    query: schemas.instanceQuery,
    answer: schemas.eventDetail,
    async run(call) {
      const target = await targetOf(call);
      const { services } = call.parts;
      const open = await openEvent(services, call.actor, target);
      const { calendar } = target.seen;
      const [isGuest, isOwn, own] = await Promise.all([
        isGuestCopy(services, calendar, open.shown.head.name),
        addressesOfGuest(services, call.actor, target.seen),
        ownOf(services, call.actor, target.seen, [open.shown.head]),
      ]);
      const answer = detailShape(target, open, { isGuest, isOwn }, own);
      return { answer, headers: { ETag: answer.etag } };
    },
  },

  'PATCH /calendars/{id}/events/{uid}': {
    summary: 'Change an event: this one, this and following, or all',
    access: 'signed-in',
    query: schemas.scopeQuery,
    body: schemas.eventPatch,
    answer: schemas.eventChange,
    async run(call) {
      const { services } = call.parts;
      const { actor, body } = call;
      const target = await targetOf(call);
      return await guarded(call, target, async (expect) => {
        const to = body.cal === undefined ? undefined : await calendarAt(services, actor, body.cal);
        const change = changeOf(body);
        const moves = to !== undefined && to.calendar.id !== target.seen.calendar.id;
        if (moves && (call.query.scope ?? 'all') !== 'all')
          throw new Refusal('malformed-request', 'only a whole series moves to another calendar');
        const moved = moves ? await moveEvent(services, actor, target, to, expect) : undefined;
        if (moved && Object.keys(change).length === 0) return moved;
        const seen = moved && to ? to : target.seen;
        const tag = moved?.etag ?? expect;
        const changed = await changeEvent(
          services,
          actor,
          { ...target, seen },
          call.query.scope ?? 'all',
          change,
          tag,
        );
        // One undo takes both back: the event returns to the old calendar as it was, and leaves the new one.
        if (!moved) return changed;
        const [first, second] = moved.undo;
        const undo = first && second ? [first, { ...second, after: changed.etag }] : [];
        return { ...changed, undo };
      });
    },
  },

  'DELETE /calendars/{id}/events/{uid}': {
    summary: 'Delete an event: this one, this and following, or all',
    access: 'signed-in',
    query: schemas.scopeQuery,
    answer: schemas.eventChange,
    async run(call) {
      const target = await targetOf(call);
      const { services } = call.parts;
      const scope = call.query.scope ?? 'all';
      return await guarded(call, target, (expect) =>
        removeEvent(services, call.actor, target, scope, expect),
      );
    },
  },

  'PUT /calendars/{id}/events/{uid}/answer': {
    summary: 'Answer an invitation: for one instance, or for all',
    access: 'signed-in',
    query: schemas.instanceQuery,
    body: schemas.answerInput,
    answer: schemas.eventChange,
    async run(call) {
      const target = await targetOf(call);
      const { services } = call.parts;
      return await guarded(call, target, (expect) =>
        answerEvent(services, call.actor, target, call.body.answer, expect),
      );
    },
  },

  'POST /undo/{undo}': {
    summary: 'Take a write back',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      const steps = await takeUndo(parts.services, actor, params['undo'] ?? '');
      await undoWrite(parts.services, actor, steps);
      return nothing;
    },
  },
};

/** The answer to `GET /events`, joined from what is remembered: a month of many calendars is a megabyte of JSON. */
function eventsAnswer(zone: Zone, written: readonly Uint8Array[], truncated: boolean): PortalResponse {
  const parts: Uint8Array[] = [Buffer.from(`{"zone":${JSON.stringify(zone.id)},"occurrences":[`)];
  for (const [at, items] of written.entries()) parts.push(...(at === 0 ? [items] : [comma, items]));
  parts.push(Buffer.from(`],"truncated":${truncated}}`));
  return jsonBytes(Buffer.concat(parts));
}

const comma = Buffer.from(',');

type EventCall = SignedInCall<
  | 'GET /calendars/{id}/events/{uid}'
  | 'PATCH /calendars/{id}/events/{uid}'
  | 'DELETE /calendars/{id}/events/{uid}'
  | 'PUT /calendars/{id}/events/{uid}/answer'
>;

async function targetOf({ parts, actor, params, query }: EventCall): Promise<Target> {
  const seen = await calendarAt(parts.services, actor, params['id']);
  const uid = query.uid ?? params['uid'] ?? '';
  return { seen, uid, recurrenceId: query.recurrenceId, zone: zoneOf(actor) };
}

function zoneOf({ principal }: Actor): Zone {
  return ianaZone(principal.timeZone) ?? utc;
}

/** The calendars asked for, as far as the actor may see them; without a choice, those that are shown. */
async function chosen(
  services: Services,
  actor: Actor,
  ids: string | undefined,
): Promise<readonly SeenCalendar[]> {
  const all = (await visibleCalendars(services, actor)).filter(({ calendar }) =>
    calendar.components.includes('VEVENT'),
  );
  if (ids === undefined) {
    const values = await preferencesOf(services, actor.principal.id);
    return all.filter(({ calendar }) => values.get(hiddenKey(calendar.id)) !== true);
  }
  const wanted = new Set(ids.split(','));
  return all.filter(({ calendar }) => wanted.has(String(calendar.id)));
}

/** A write with the entity tag that the person saw; where it is stale, the refusal says what is there now. */
async function guarded(
  call: SignedInCall<
    | 'PATCH /calendars/{id}/events/{uid}'
    | 'DELETE /calendars/{id}/events/{uid}'
    | 'PUT /calendars/{id}/events/{uid}/answer'
  >,
  target: Target,
  write: (expect: ETag) => Promise<Written>,
): Promise<Reply<EventChange>> {
  const [given] = call.ifMatch ?? [];
  if (given === undefined || given === '*')
    throw new Problem(428, {
      error: 'E20',
      reason: 'malformed-request',
      detail: 'this write needs If-Match',
    });
  try {
    return await written(call, await write(etagOf(given)));
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'stale')) throw error;
    throw await changedMeanwhile(call, target);
  }
}

async function changedMeanwhile(
  { parts, actor }: Pick<EventCall, 'parts' | 'actor'>,
  target: Target,
): Promise<Problem> {
  const problem = { error: 'E07', reason: 'stale' } as const;
  try {
    const { shown } = await openEvent(parts.services, actor, { ...target, recurrenceId: undefined });
    return new Problem(412, { ...problem, etag: shown.etag, changedAt: timestamp(shown.head.modified) });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return new Problem(412, { ...problem, changedAt: timestamp(parts.services.clock.now()) });
  }
}

async function added(
  call: SignedInCall<'POST /calendars/{id}/events' | 'POST /calendars/{id}/events/{uid}'>,
  uid?: string,
): Promise<Reply<EventChange>> {
  const { services } = call.parts;
  const seen = await calendarAt(services, call.actor, call.params['id']);
  const event = { ...changeOf(call.body), ...inputTimes(call.body) };
  return await written(call, await addEvent(services, call.actor, seen, event, uid), 201);
}

async function written(
  { parts, actor }: Pick<EventCall, 'parts' | 'actor'>,
  { calendar, uid, etag, recurrenceId, undo }: Written,
  status = 200,
): Promise<Reply<EventChange>> {
  return {
    status,
    answer: {
      cal: String(calendar),
      uid,
      etag: etag ?? null,
      recurrenceId: recurrenceId ?? null,
      undo: await keepUndo(parts.services, actor, undo),
    },
    ...(etag !== undefined && { headers: { ETag: etag } }),
  };
}
