/**
 * Carries out the plan of one event, step by step, and reports what is there afterwards. A step that fails ends the plan; what
 * was done stays, and the next run sees it.
 */
import { instant } from '../../icalendar/time.ts';
import type { RecurrenceKey } from '../event.ts';
import { RemoteFailure } from '../failure.ts';
import type { Written } from '../remote.ts';
import { mailing, type Telling } from './announce.ts';
import type { EwsClient } from './connection/client.ts';
import { isPeculiar } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { type FoundOccurrence, findOccurrences } from './find-occurrence.ts';
import { movedTimes } from './mapping/patch.ts';
import type { OccurrenceRef, Plan, PlanStep, Send, Shortfall, Target, UpdateStep } from './mapping/plan.ts';
import { occurrenceWrites } from './occurrence-writes.ts';
import type { Outcome } from './operations/batch.ts';
import { idOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemRef, type ItemVersion, idOf } from './operations/targets.ts';
import { createItems, deleteItems, invitations, type Unsent, updateItems } from './operations/write-items.ts';
import { inPieces } from './pieces.ts';
import { isRefused } from './refused.ts';
import { stamped } from './stamp.ts';
import { neverSent } from './unsent.ts';
import { asRead, textOf } from './wire/elements.ts';

/** Items of one event as they are there. */
export interface Standing {
  readonly main: ItemVersion | undefined;
  readonly parts: ReadonlyMap<RecurrenceKey, ItemVersion>;
}

export interface Writing extends Telling {
  readonly client: EwsClient;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Reads the main item back after its pattern was written, and tells what it lacks now: `restoreSteps`. */
  readonly missing: (id: string, send: Send) => Promise<Missing>;
  /** Of the items that are made (`Creation.attempt`). */
  readonly attempt: string;
  /** Called once an item has been made. */
  readonly noteMade: () => void;
}

export interface Missing {
  readonly steps: readonly PlanStep[];
  /** Where these steps were carried out before: what is to be thought of that. */
  readonly shortfall?: Shortfall | undefined;
}

/** Throws `RemoteFailure` for the first step that fails. */
export async function carryOut(plan: Plan, standing: Standing, writing: Writing): Promise<Written> {
  const { client, folder, signal } = writing;
  let { main } = standing;
  const parts = new Map(standing.parts);
  /** Parts that were there before and gave way to others of the same instance: the plan's step for them is done. */
  const replaced = new Set<RecurrenceKey>();
  const occurrences = new Map<RecurrenceKey, FoundOccurrence>();
  const ofOccurrences = occurrenceWrites(writing);
  /** Key of the main item before its occurrences were changed; undefined: they were not. */
  let before: string | undefined;

  const mainItem = (): ItemVersion => {
    if (main === undefined)
      throw new RemoteFailure('gone', 'main-item-missing', 'the plan speaks of an item that is not there');
    return main;
  };

  const itemOf = (target: Target): ItemRef | undefined => {
    if (target.item === 'main') return mainItem();
    if (target.item === 'part') return parts.get(target.recurrenceId);
    const found = occurrences.get(target.occurrence.key);
    if (found === undefined || 'failure' in found) throw found?.failure ?? lost();
    return 'deleted' in found ? undefined : found.item;
  };

  /** Its changes, with times as the server takes them of this occurrence. */
  const asTaken = ({ on, changes }: UpdateStep): UpdateStep['changes'] => {
    const found = on.item === 'occurrence' ? occurrences.get(on.occurrence.key) : undefined;
    if (on.item !== 'occurrence' || !found || !('item' in found) || found.isFixed !== true) return changes;
    const { zone, ahead } = on.occurrence;
    return movedTimes(changes, (at) => instant(zone.toLocal(at) - ahead));
  };

  const noteWritten = (target: Target, written: ItemVersion): void => {
    if (target.item === 'main') main = written;
    else if (target.item === 'part') parts.set(target.recurrenceId, written);
  };

  /** What was refused for the sake of one of its parts is written in pieces. */
  const asFarAsTaken = async (
    { on, changes, send }: UpdateStep,
    outcome: Outcome<ItemVersion> = { failure: lostAnswer() },
  ): Promise<Outcome<ItemVersion>> => {
    if (!('failure' in outcome) || !isRefused(outcome.failure) || on.item === 'occurrence') return outcome;
    const item = on.item === 'main' ? main : parts.get(on.recurrenceId);
    const tells = writing.tells && on.item === 'main' && send === 'all' ? writing.tells : undefined;
    return item ? await inPieces(item, changes, send, { ...writing, tells }) : outcome;
  };

  const run = async (steps: readonly PlanStep[]): Promise<void> => {
    for (const [index, step] of steps.entries()) {
      const on = 'on' in step ? step.on : undefined;
      if (on?.item === 'occurrence') {
        before ??= mainItem().version;
        if (!occurrences.has(on.occurrence.key)) {
          const found = await findOccurrences(mainItem().id, following(steps, index), writing);
          for (const [key, each] of found) occurrences.set(key, each);
        }
      }
      await perform(step);
    }
  };

  const takePlace = async (key: RecurrenceKey, written: ItemVersion, send: Send): Promise<void> => {
    const old = parts.get(key);
    parts.set(key, written);
    if (old === undefined) return;
    replaced.add(key);
    await removedWhole(old, send);
  };

  const removed = async (item: ItemRef, send: Send): Promise<void> => {
    const [outcome] = await client.call(deleteItems([item], send), signal);
    const isGone = outcome !== undefined && 'failure' in outcome && outcome.failure.class === 'gone';
    if (!isGone) only(outcome === undefined ? [] : [outcome]);
  };

  /** Of a whole item, which may be a meeting that nobody has heard of. */
  const removedWhole = async (item: ItemVersion, send: Send): Promise<void> => {
    const isUnsent = send !== 'none' && (await neverSent([item], { ...writing, batchSize: 1 })).has(item.id);
    await removed(item, isUnsent ? 'none' : send);
  };

  const perform = async (step: PlanStep): Promise<void> => {
    switch (step.do) {
      case 'create': {
        const element = stamped(step.element, writing.attempt);
        const made = only(await client.call(createItems(folder, [element]), signal));
        writing.noteMade();
        const title = textOf(asRead(element), 'Subject') ?? '';
        const written = step.send === 'none' ? made : await invited({ ...made, title }, { client, signal });
        if (step.part === null) main = written;
        else await takePlace(step.part, written, step.send);
        return;
      }
      case 'update': {
        const item = itemOf(step.on);
        if (item === undefined) throw lost();
        const changes = asTaken(step);
        const [outcome] =
          step.on.item === 'occurrence'
            ? [await ofOccurrences.write(item, changes, step.send)]
            : await client.call(
                updateItems(
                  [{ item, changes: mailing(changes, step.send, item, client) }],
                  step.send,
                  'NeverOverwrite',
                ),
                signal,
              );
        if (step.on.item === 'main') ofOccurrences.forget();
        if (
          outcome !== undefined &&
          'failure' in outcome &&
          isCrossing(outcome.failure) &&
          step.onCrossing.length > 0
        ) {
          await run(step.onCrossing);
          return;
        }
        noteWritten(step.on, only([await asFarAsTaken(step, outcome)]));
        return;
      }
      case 'delete': {
        if (step.on.item === 'part' && replaced.has(step.on.recurrenceId)) return;
        if (step.on.item === 'occurrence') {
          const item = itemOf(step.on);
          if (item !== undefined) await removed(item, step.send);
          ofOccurrences.forget();
          return;
        }
        const whole = step.on.item === 'main' ? mainItem() : parts.get(step.on.recurrenceId);
        if (whole !== undefined) await removedWhole(whole, step.send);
        if (step.on.item === 'main') main = undefined;
        else parts.delete(step.on.recurrenceId);
        return;
      }
      case 'restore': {
        occurrences.clear();
        await run((await writing.missing(mainItem().id, step.send)).steps);
      }
    }
  };

  /** A server that overlooks things may say that it has done what it has not. */
  const insist = async (): Promise<void> => {
    const look = (): Promise<Missing> => writing.missing(mainItem().id, 'none');
    let { shortfall } = await look();
    if (shortfall?.undeleted === true) {
      await perform(shortfall.reset);
      occurrences.clear();
      await run((await look()).steps);
      ({ shortfall } = await look());
    }
    for (const step of shortfall?.unwritten ?? []) await run(step.onCrossing);
  };

  await run(plan.steps);
  if (before !== undefined && isPeculiar(client.quirks())) await insist();
  if (main !== undefined && before !== undefined) main = await refreshed(main, before, writing);
  return written(plan, main, parts);
}

/** Its occurrences were written: on most servers that has changed its key too. */
async function refreshed(
  main: ItemVersion,
  before: string,
  { client, signal }: Writing,
): Promise<ItemVersion> {
  const now = idOf(only(await client.call(getItems([{ id: main.id }], idOnly), signal)));
  if (now === undefined) return main;
  client.noteQuirks({ silentOccurrences: now.version === before });
  return now;
}

function written(
  plan: Plan,
  main: ItemVersion | undefined,
  parts: ReadonlyMap<RecurrenceKey, ItemVersion>,
): Written {
  // There may be more than the plan knew: an occurrence that could not be moved, one that could not be brought back.
  const kept = [...parts]
    .map(([recurrenceId, { id, version }]) => ({ recurrenceId, id, version }))
    .sort((one, other) => (one.recurrenceId < other.recurrenceId ? -1 : 1));
  const first = plan.main ? main : kept[0];
  if (first === undefined)
    throw new RemoteFailure('ours', 'nothing-written', 'the plan leaves no item behind');
  return {
    id: first.id,
    version: first.version,
    ...(kept.length > 0 && { parts: kept }),
    ...(plan.notes.length > 0 && { notes: plan.notes }),
  };
}

/** The occurrences that this step and those after it speak of, as far as nothing else comes between. */
function following(steps: readonly PlanStep[], from: number): readonly OccurrenceRef[] {
  const refs: OccurrenceRef[] = [];
  for (const step of steps.slice(from)) {
    const on = 'on' in step ? step.on : undefined;
    if (on?.item !== 'occurrence') break;
    refs.push(on.occurrence);
  }
  return refs;
}

/** Has the guests of this version mailed, and notes that it was done. Answers its version afterwards. */
export async function invited(
  item: Unsent,
  { client, signal }: Pick<Writing, 'client' | 'signal'>,
): Promise<ItemVersion> {
  const failed = (error: unknown): readonly Outcome<ItemVersion>[] => [{ failure: failureFrom(error) }];
  const [outcome] = await client.call(invitations([item]), signal).catch(failed);
  const isToBePlain = outcome && 'failure' in outcome && isRefused(outcome.failure) && item.title !== '';
  if (!isToBePlain) return only(outcome ? [outcome] : []);
  return only(await client.call(invitations([item], { isNoted: false }), signal));
}

export function only<Value>(answers: readonly Outcome<Value>[]): Value {
  const [answer] = answers;
  if (answer === undefined) throw lostAnswer();
  if ('failure' in answer) throw answer.failure;
  return answer.value;
}

function isCrossing({ code }: RemoteFailure): boolean {
  return code === 'ErrorOccurrenceCrossingBoundary' || code === 'ErrorOccurrenceTimeSpanTooBig';
}

function lostAnswer(): RemoteFailure {
  return new RemoteFailure('transient', 'answer-count', 'an answer is missing');
}

function lost(): RemoteFailure {
  return new RemoteFailure('conflict', 'occurrence-not-found', 'the series has no such occurrence there');
}
