/**
 * Every write to an event goes through here: the question about a series, `If-Match`, the conflict, the announcement
 * and the way back.
 */
import type {
  AnswerInput,
  Api,
  EventChange,
  EventDetail,
  EventInput,
  EventPatch,
  Occurrence,
  Scope,
} from '../../portal/api.ts';
import { ApiFailure, allChanged, call } from '../client.ts';
import { formatSpan, toZone, zone } from '../dates.ts';
import { announce, app, dismiss, refreshEvents, toast } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';

/** What of an event a write must name. */
export interface Target {
  readonly cal: string;
  readonly uid: string;
  readonly recurrenceId: string | null;
  readonly repeats: boolean;
  readonly etag: string;
  /** False: not as a whole. */
  readonly canDelete?: boolean;
}

export type Outcome = 'written' | 'theirs' | 'cancelled';

/** "Only this", "this and following" or "all"; for a single event there is nothing to ask. */
export async function askScope(
  target: Target,
  verb: 'edit' | 'delete' | 'answer',
): Promise<Scope | undefined> {
  if (!target.repeats || target.recurrenceId === null) return 'all';
  const isKept = verb === 'delete' && target.canDelete === false;
  return await ask<Scope>(
    t(scopeQuestions[verb]),
    [],
    [
      { value: 'one', label: t('scopeOne'), kind: 'primary' },
      // To split a series is up to its organizer, and to end it to those who may delete it.
      ...(verb === 'answer' || isKept ? [] : [{ value: 'following', label: t('scopeFollowing') } as const]),
      ...(isKept ? [] : [{ value: 'all', label: t('scopeAll') } as const]),
    ],
  );
}

/** Also where the event itself stays: a day is taken out of a series by changing it. */
export function mayDelete({ readOnly, repeats, canDelete }: Occurrence): boolean {
  return !readOnly && (repeats || canDelete !== false);
}

const scopeQuestions = { edit: 'scopeEdit', delete: 'scopeDelete', answer: 'scopeAnswer' } as const;

export async function createEvent(cal: string, input: EventInput): Promise<void> {
  const change = await call('POST /calendars/{id}/events', { path: { id: cal }, body: input });
  told(t('eventAdded', { title: input.title || t('noTitle') }), change);
}

export async function changeEvent(
  target: Target,
  patch: EventPatch,
  said: string,
  given?: Scope,
): Promise<Outcome> {
  const scope = given ?? (await askScope(target, 'edit'));
  if (scope === undefined) return 'cancelled';
  return await withConflict(
    target,
    (ifMatch) =>
      call('PATCH /calendars/{id}/events/{uid}', { ...parts(target, scope), body: patch, ifMatch }),
    said,
    () => copyWith(target, patch),
  );
}

export async function deleteEvent(target: Target, title: string): Promise<Outcome> {
  const scope = await askScope(target, 'delete');
  if (scope === undefined) return 'cancelled';
  return await withConflict(
    target,
    (ifMatch) => call('DELETE /calendars/{id}/events/{uid}', { ...parts(target, scope), ifMatch }),
    t('eventDeleted', { title: title || t('noTitle') }),
  );
}

export async function answerEvent(target: Target, answer: OwnAnswer, title: string): Promise<Outcome> {
  const scope = await askScope(target, 'answer');
  if (scope === undefined) return 'cancelled';
  const { path, query } = parts(target, scope);
  const named = query.recurrenceId === undefined ? {} : { recurrenceId: query.recurrenceId };
  return await withConflict(
    target,
    (ifMatch) =>
      call('PUT /calendars/{id}/events/{uid}/answer', { path, query: named, body: { answer }, ifMatch }),
    t('answerSaved', { title: title || t('noTitle'), answer: t(answerWords[answer]) }),
  );
}

export type OwnAnswer = AnswerInput['answer'];

export const answerWords = {
  accepted: 'answerAccepted',
  tentative: 'answerTentative',
  declined: 'answerDeclined',
} as const satisfies Record<OwnAnswer, string>;

/** Moves or resizes what the grid shows. Times are wall-clock in the person's zone; the event keeps its own. */
export async function changeTimes(
  item: Occurrence,
  start: string,
  end: string,
  allDay: boolean,
): Promise<Outcome> {
  const patch = allDay
    ? { start: { date: start.slice(0, 10) }, end: { date: end.slice(0, 10) } }
    : { start: inZoneOf(item, start), end: inZoneOf(item, end) };
  const said = t('eventMoved', {
    title: item.title || t('noTitle'),
    when: formatSpan({ start, end, allDay }),
  });
  return await changeEvent(item, patch, said);
}

export function inZoneOf(item: Occurrence, local: string): { dateTime: string; zone: string | null } {
  if (item.allDay) return { dateTime: local, zone: zone() };
  if (item.tz === null) return { dateTime: local, zone: null };
  return { dateTime: toZone(local, zone(), item.tz), zone: item.tz };
}

/** The latest last. */
const undos = new Set<() => void>();
const undoMs = 10_000;

/** Ctrl+Z; pressed again it takes back what was done before that. */
export function undoLast(): void {
  attempt(async () => {
    // Who presses it while the last change is being written means that one.
    await allChanged();
    const undo = [...undos].at(-1) ?? ((): void => announce(t('nothingToUndo')));
    undo();
  });
}

function told(said: string, change: EventChange): void {
  const undo = (): void => {
    undos.delete(undo);
    dismiss(shown);
    attempt(async () => {
      await call('POST /undo/{undo}', { path: { undo: change.undo } });
      announce(t('undone'));
      app.set({ redraws: app.get().redraws + 1 });
      refreshEvents();
    });
  };
  undos.add(undo);
  setTimeout(() => undos.delete(undo), undoMs);
  announce(said);
  const shown = toast(said, { action: { label: t('undo'), run: undo } });
  refreshEvents();
}

function parts(
  target: Target,
  scope: Scope,
): { path: { id: string; uid: string }; query: { scope: Scope; recurrenceId?: string } } {
  return {
    path: { id: target.cal, uid: target.uid },
    query: {
      scope,
      ...(scope !== 'all' && target.recurrenceId !== null && { recurrenceId: target.recurrenceId }),
    },
  };
}

async function withConflict(
  target: Target,
  write: (ifMatch: string) => Promise<EventChange>,
  said: string,
  copy?: () => Promise<void>,
): Promise<Outcome> {
  let ifMatch = target.etag;
  for (;;) {
    try {
      told(said, await write(ifMatch));
      return 'written';
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.answer.error !== 'E07') throw error;
      const { etag, message } = error.answer;
      const choice = await ask(
        message,
        [t(etag === undefined ? 'conflictGone' : 'conflictText')],
        [
          { value: 'theirs', label: t('showTheirs'), kind: 'primary' },
          ...(etag === undefined ? [] : [{ value: 'mine', label: t('keepMine') } as const]),
          ...(copy ? [{ value: 'copy', label: t('copyMine') } as const] : []),
        ],
      );
      refreshEvents();
      if (choice === undefined) return 'cancelled';
      if (choice === 'theirs') return 'theirs';
      if (choice === 'copy') {
        await copy?.();
        return 'theirs';
      }
      ifMatch = etag ?? ifMatch;
    }
  }
}

/** What I changed, as an event of its own beside theirs. */
async function copyWith(target: Target, patch: EventPatch): Promise<void> {
  const { cal, ...mine } = patch;
  await createEvent(cal ?? target.cal, { ...inputOf(await detailOf(target)), repeat: null, ...mine });
}

export async function detailOf(target: Pick<Target, 'cal' | 'uid' | 'recurrenceId'>): Promise<EventDetail> {
  const query: Api['GET /calendars/{id}/events/{uid}']['query'] =
    target.recurrenceId === null ? {} : { recurrenceId: target.recurrenceId };
  return await call('GET /calendars/{id}/events/{uid}', { path: { id: target.cal, uid: target.uid }, query });
}

export function inputOf(detail: EventDetail): EventInput {
  const {
    title,
    start,
    end,
    location,
    description,
    repeat,
    reminders,
    busy,
    status,
    privacy,
    categories,
    links,
  } = detail;
  const attendees = detail.attendees.map(({ address, name }) => ({ address, name }));
  return {
    title,
    start,
    end,
    location,
    description,
    repeat,
    reminders,
    busy,
    status,
    privacy,
    categories,
    links,
    attendees,
  };
}
