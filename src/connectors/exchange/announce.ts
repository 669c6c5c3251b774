/** News of what is there already, for all guests of a meeting that were invited and have not heard of it (exchange.md 11.4). */
import { RemoteFailure } from '../failure.ts';
import type { NoteUntold } from '../remote.ts';
import { failureFrom } from './connection/pool.ts';
import { setField } from './mapping/patch.ts';
import type { Plan, PlanStep } from './mapping/plan.ts';
import type { Outcome } from './operations/batch.ts';
import { invitedOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemVersion, idOf } from './operations/targets.ts';
import { updateItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { makeText, textOf } from './wire/elements.ts';

/** Of `Update`: what guests have heard of it. */
export interface Telling {
  readonly tells?: true | undefined;
  readonly noteUntold?: NoteUntold | undefined;
}

/** `isSilent`: none of its steps tells guests, who are to be told of all of it afterwards. */
export interface ToldPlan {
  readonly plan: Plan;
  readonly isSilent: boolean;
}

/**
 * Servers other than Microsoft's mail nobody about single days, and tell of a series as it is when it is mailed: guests hear of
 * it once its days are what they are to be.
 */
export function toldOfDays(plan: Plan, isPeculiar: boolean): ToldPlan {
  return isPeculiar && plan.steps.some(tellsOfDays) ? silently(plan) : { plan, isSilent: false };
}

function tellsOfDays(step: PlanStep): boolean {
  return step.send !== 'none' && (step.do === 'restore' || ('on' in step && step.on.item === 'occurrence'));
}

function silently(plan: Plan): ToldPlan {
  return { plan: { ...plan, steps: plan.steps.map(silent) }, isSilent: true };
}

/** The same for guests who are to hear of more than this: all of them are told with its first step, or, where none can tell them, after it. */
export function tellingPlan(plan: Plan): ToldPlan {
  const [first, ...others] = plan.steps;
  if (first?.do !== 'update' || first.on.item !== 'main') return silently(plan);
  return { plan: { ...plan, steps: [{ ...first, send: 'all' }, ...others.map(silent)] }, isSilent: false };
}

function silent(step: PlanStep): PlanStep {
  if (step.do !== 'update') return { ...step, send: 'none' };
  return { ...step, send: 'none', onCrossing: step.onCrossing.map(silent) };
}

/** Says the title once more, of this version and no other. */
export async function announced(
  item: ItemVersion,
  { client, signal }: Pick<Reading, 'client' | 'signal'>,
): Promise<Outcome<ItemVersion>> {
  try {
    const [read] = await client.call(getItems([{ id: item.id }], invitedOnly), signal);
    if (!read || 'failure' in read) return read ?? { failure: unanswered() };
    if (idOf(read.value)?.version !== item.version)
      return {
        failure: new RemoteFailure('conflict', 'version-moved', 'the item was changed there meanwhile'),
      };
    const title = setField('item:Subject', makeText('Subject', textOf(read.value, 'Subject') ?? ''));
    const [said] = await client.call(
      updateItems([{ item, changes: [title] }], 'all', 'NeverOverwrite'),
      signal,
    );
    return said ?? { failure: unanswered() };
  } catch (error) {
    return { failure: failureFrom(error) };
  }
}

function unanswered(): RemoteFailure {
  return new RemoteFailure('transient', 'answer-count', 'an answer is missing');
}
