/** News of what is there already, for all guests of a meeting that were invited and have not heard of it (exchange.md 11.4). */
import type { DocumentElement } from '../../xml/document.ts';
import { RemoteFailure } from '../failure.ts';
import type { NoteUntold } from '../remote.ts';
import { isPeculiar } from './connection/memory.ts';
import { failureFrom } from './connection/pool.ts';
import { mailedFrom } from './mapping/invited.ts';
import { setField } from './mapping/patch.ts';
import type { Plan, PlanStep, Send } from './mapping/plan.ts';
import type { Outcome } from './operations/batch.ts';
import { invitedOnly } from './operations/fields.ts';
import { getItems } from './operations/get-item.ts';
import { type ItemRef, type ItemVersion, idOf } from './operations/targets.ts';
import { notedMailed, updateItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { isRefused } from './refused.ts';
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
export function toldOfDays(plan: Plan, client: Pick<Reading['client'], 'quirks'>): ToldPlan {
  return isPeculiar(client.quirks()) && plan.steps.some(tellsOfDays)
    ? silently(plan)
    : { plan, isSilent: false };
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
  const saying = async (changes: readonly DocumentElement[]): Promise<Outcome<ItemVersion>> => {
    const [said] = await client
      .call(updateItems([{ item, changes }], 'all', 'NeverOverwrite'), signal)
      .catch((error: unknown): readonly Outcome<ItemVersion>[] => [{ failure: failureFrom(error) }]);
    return said ?? { failure: unanswered() };
  };
  try {
    const [read] = await client.call(getItems([{ id: item.id }], invitedOnly), signal);
    if (!read || 'failure' in read) return read ?? { failure: unanswered() };
    if (idOf(read.value)?.version !== item.version) return { failure: overtaken() };
    const title = setField('item:Subject', makeText('Subject', textOf(read.value, 'Subject') ?? ''));
    const said = await saying([notedMailed(item.version), title]);
    if (!('failure' in said)) return said;
    if (isRefused(said.failure)) return await saying([title]);
    return said.failure.class === 'conflict' ? await sentTwice(item, said.failure, { client, signal }) : said;
  } catch (error) {
    return { failure: failureFrom(error) };
  }
}

/**
 * Changes that mail the guests of an item. A server that does not tell whether a meeting was sent keeps a note of it: who has
 * heard of a meeting hears of its end, and nobody else does.
 */
export function mailing(
  changes: readonly DocumentElement[],
  send: Send,
  item: ItemRef,
  client: Pick<Reading['client'], 'quirks'>,
): readonly DocumentElement[] {
  if (send === 'none' || !isPeculiar(client.quirks())) return changes;
  return [...changes, notedMailed(('version' in item && item.version) || '')];
}

/** What something on the way sends twice is refused the second time. Where nothing is noted in the item, it may have been that. */
async function sentTwice(
  { id, version }: ItemVersion,
  refused: RemoteFailure,
  { client, signal }: Pick<Reading, 'client' | 'signal'>,
): Promise<Outcome<ItemVersion>> {
  const [read] = await client.call(getItems([{ id }], invitedOnly), signal);
  if (!read || 'failure' in read) return { failure: refused };
  const now = idOf(read.value);
  const from = mailedFrom(read.value);
  if (now && from === version) return { value: now };
  return { failure: from === undefined ? refused : overtaken() };
}

/** Nothing of it has been done, as others were faster. */
function overtaken(): RemoteFailure {
  return new RemoteFailure('conflict', notSaid, 'the item was changed there meanwhile');
}

/** Guests have not been told by a request that has failed so. */
export function isUnsaid({ code }: RemoteFailure): boolean {
  return code === notSaid;
}

const notSaid = 'version-moved';

function unanswered(): RemoteFailure {
  return new RemoteFailure('transient', 'answer-count', 'an answer is missing');
}
