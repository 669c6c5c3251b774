/** Events written in batches where one request serves each, and by their plans where it takes several. */
import type { TimeRange } from '../../icalendar/time.ts';
import { RemoteFailure } from '../failure.ts';
import type { Creation, ItemFailure, Removal, Update, Written } from '../remote.ts';
import { announced, isUnsaid, mailing, type Telling, tellingPlan, toldOfDays } from './announce.ts';
import { carryOut, type Missing, type Standing, type Writing } from './carry-out.ts';
import { failureFrom } from './connection/pool.ts';
import { declineFirst, isDeclined } from './decline.ts';
import { inviteGuests } from './invite.ts';
import type { Mapping } from './mapping/mapping.ts';
import type { Plan, RefusedPlan, Send, UpdateStep } from './mapping/plan.ts';
import { createPlan, restoreSteps, shortfall, updatePlan } from './mapping/planning.ts';
import { sendOnRemove } from './mapping/send.ts';
import { itemFailure, type Outcome } from './operations/batch.ts';
import type { ItemVersion } from './operations/targets.ts';
import { createItems, deleteItems, updateItems } from './operations/write-items.ts';
import { inPieces } from './pieces.ts';
import { type Reading, readItems } from './read-items.ts';
import { isRefused } from './refused.ts';
import { stamped } from './stamp.ts';
import { neverSent } from './unsent.ts';

type Result = Written | ItemFailure;

/** One event to be written, with its place in the answer. */
interface Job {
  readonly index: number;
  readonly id: string;
  readonly plan: Plan;
  readonly standing: Standing;
  readonly attempt: string;
  readonly telling: Telling;
  /** None of its steps can tell guests what they have not heard of. */
  readonly isSilent: boolean;
  /** What it is to be; undefined where nothing is read back. */
  readonly rest: Writing['missing'];
}

const noParts: Standing = { main: undefined, parts: new Map() };

export async function createEvents(
  creations: readonly Creation[],
  window: TimeRange,
  reading: Reading,
): Promise<readonly Result[]> {
  const mapping = reading.mapping();
  return carriedOut(
    creations.map((creation) => ({
      id: creation.marker,
      attempt: creation.attempt,
      plan: createPlan(creation, window, mapping),
      standing: noParts,
      rest: (plan) => missingAfter(creation.event, plan, window, reading, mapping),
    })),
    reading,
  );
}

export async function updateEvents(
  updates: readonly Update[],
  window: TimeRange,
  reading: Reading,
): Promise<readonly Result[]> {
  const invited = await inviteGuests(
    updates.filter(({ invites }) => invites !== undefined),
    reading,
  );
  const changes = updates.filter((update) => !invited.has(update));
  const changed = [...(await changeEvents(changes, window, reading))];
  return updates.map(
    (update) => invited.get(update) ?? changed.shift() ?? itemFailure(update.id, lostAnswer()),
  );
}

async function changeEvents(
  updates: readonly Update[],
  window: TimeRange,
  reading: Reading,
): Promise<readonly Result[]> {
  const mapping = reading.mapping();
  return carriedOut(
    updates.map((update) => {
      const isPart = update.parts.some(({ id }) => id === update.id);
      const main = isPart ? undefined : { id: update.id, version: update.version };
      const parts = new Map(update.parts.map((part) => [part.recurrenceId, part] as const));
      return {
        id: update.id,
        attempt: update.attempt,
        telling: { tells: update.tells, noteUntold: update.noteUntold },
        plan: updatePlan(update, window, mapping),
        standing: { main, parts },
        // In a copy of somebody else's meeting little is written, and nothing is insisted on.
        rest: async (plan) =>
          update.role === 'guest'
            ? { steps: [] }
            : missingAfter(update.after, plan, window, reading, mapping),
      };
    }),
    reading,
  );
}

/** What the series lacks once its pattern was written, as the server tells it. */
async function missingAfter(
  after: Update['after'],
  plan: { readonly plan: Plan; readonly id: string; readonly send: Send },
  window: TimeRange,
  reading: Reading,
  mapping: Mapping,
): Promise<Missing> {
  const [read] = await readItems([plan.id], reading);
  if (read === undefined || 'failed' in read)
    throw new RemoteFailure(
      read?.class ?? 'transient',
      read?.code ?? 'answer-count',
      'the series cannot be read back',
    );
  const steps = restoreSteps(after, read.event, plan.plan, window, plan.send, mapping);
  return { steps, shortfall: shortfall(after, read.event, steps, window, mapping) };
}

interface Planned {
  readonly id: string;
  readonly attempt: string;
  readonly telling?: Telling;
  readonly plan: Plan | RefusedPlan;
  readonly standing: Standing;
  readonly rest: (after: { plan: Plan; id: string; send: Send }) => Promise<Missing>;
}

/** In the order asked. */
async function carriedOut(all: readonly Planned[], reading: Reading): Promise<readonly Result[]> {
  const results = new Map<number, Result>();
  const jobs: Job[] = [];
  for (const [index, { id, attempt, telling = {}, plan, standing, rest }] of all.entries()) {
    if (plan.refused !== undefined)
      results.set(
        index,
        itemFailure(id, new RemoteFailure('ours', plan.refused, 'Exchange has no form for this event')),
      );
    else {
      const ofDays = toldOfDays(plan, reading.client);
      const whole = telling.tells && !ofDays.isSilent ? tellingPlan(plan) : ofDays;
      const missing: Writing['missing'] = (mainId, send) => rest({ plan: whole.plan, id: mainId, send });
      jobs.push({ index, id, attempt, telling, ...whole, standing, rest: missing });
    }
  }
  for (const batch of batches(jobs, reading.batchSize)) await writeBatch(batch, reading, results);
  return all.map(({ id }, index) => results.get(index) ?? itemFailure(id, lostAnswer()));
}

/** Jobs that one request can serve together, in the order asked; what takes more than one step stands alone. */
function* batches(jobs: readonly Job[], size: number): Generator<readonly Job[]> {
  let batch: Job[] = [];
  let key = '';
  for (const job of jobs) {
    const own = batchKey(job);
    if (batch.length > 0 && (own === undefined || own !== key || batch.length >= size)) {
      yield batch;
      batch = [];
    }
    if (own === undefined) yield [job];
    else batch.push(job);
    key = own ?? '';
  }
  if (batch.length > 0) yield batch;
}

function batchKey({ plan, isSilent }: Job): string | undefined {
  const [step, ...others] = plan.steps;
  if (step === undefined || others.length > 0 || !plan.main || isSilent) return undefined;
  if (step.do === 'create' && step.part === null) return step.send === 'none' ? 'create' : undefined;
  return step.do === 'update' && step.on.item === 'main' ? `update ${step.send}` : undefined;
}

async function writeBatch(
  jobs: readonly Job[],
  reading: Reading,
  results: Map<number, Result>,
): Promise<void> {
  const [first] = jobs;
  if (first === undefined) return;
  try {
    if (batchKey(first) === undefined) results.set(first.index, await told(first, reading));
    else
      for (const [index, outcome] of (await together(jobs, reading)).entries()) {
        const job = jobs[index];
        if (job === undefined) continue;
        if (jobs.length > 1 && wasStopped(outcome)) await writeBatch([job], reading, results);
        else results.set(job.index, resultOf(job, await pieceByPiece(job, outcome, reading)));
      }
  } catch (error) {
    const failure = failureFrom(error);
    if (jobs.length > 1 && isRefused(failure)) {
      for (const job of jobs) await writeBatch([job], reading, results);
      return;
    }
    for (const job of jobs)
      results.set(job.index, resultOf(job, await pieceByPiece(job, { failure }, reading)));
  }
}

/** A change that was refused for the sake of one of its parts. */
async function pieceByPiece(
  { plan, telling, standing: { main } }: Job,
  outcome: Outcome<ItemVersion>,
  reading: Reading,
): Promise<Outcome<ItemVersion>> {
  const [step, ...others] = plan.steps;
  if (!('failure' in outcome) || !isRefused(outcome.failure) || !main || others.length > 0) return outcome;
  if (step?.do !== 'update' || step.on.item !== 'main') return outcome;
  return await inPieces(main, step.changes, step.send, { ...reading, ...telling });
}

/** Where none of its steps does, guests are told of it afterwards. */
async function told(job: Job, reading: Reading): Promise<Result> {
  if (!job.isSilent) return await one(job, reading);
  const { noteUntold } = job.telling;
  await noteUntold?.({ mailedFrom: null });
  const written = await one(job, reading);
  if (written.failed) return written;
  await noteUntold?.({ mailedFrom: written.version });
  const outcome = await announced(written, reading);
  if ('failure' in outcome) {
    if (isUnsaid(outcome.failure)) await noteUntold?.({ mailedFrom: null });
    return itemFailure(job.id, outcome.failure);
  }
  await noteUntold?.('told');
  const { version } = outcome.value;
  const parts = written.parts?.map((part) => (part.id === written.id ? { ...part, version } : part));
  return { ...written, version, ...(parts && { parts }) };
}

async function one(
  { id, attempt, telling, plan, standing, rest }: Job,
  { client, folder, signal }: Reading,
): Promise<Result> {
  if (plan.steps.length > 0) {
    let isBegun = false;
    const noteMade = (): void => {
      isBegun = true;
    };
    try {
      return await carryOut(plan, standing, {
        ...telling,
        client,
        folder,
        signal,
        missing: rest,
        attempt,
        noteMade,
      });
    } catch (error) {
      if (!isBegun) throw error;
      return { ...itemFailure(id, failureFrom(error)), begun: true };
    }
  }
  const parts = [...standing.parts].map(([recurrenceId, part]) => ({
    recurrenceId,
    id: part.id,
    version: part.version,
  }));
  const main = standing.main ?? parts[0];
  return {
    id,
    version: main?.version ?? '',
    ...(parts.length > 0 && { parts }),
    ...(plan.notes.length > 0 && { notes: plan.notes }),
  };
}

async function together(
  jobs: readonly Job[],
  { client, folder, signal }: Reading,
): Promise<readonly Outcome<ItemVersion>[]> {
  const steps = jobs.flatMap(({ plan }) => plan.steps);
  const send = steps[0] !== undefined && 'send' in steps[0] ? steps[0].send : 'none';
  const created = jobs.flatMap(({ plan, attempt }) =>
    plan.steps.flatMap((step) => (step.do === 'create' ? stamped(step.element, attempt) : [])),
  );
  if (created.length === jobs.length) return client.call(createItems(folder, created), signal);
  const updates = steps.filter((step): step is UpdateStep => step.do === 'update');
  const changes = updates.map(({ changes: updateElements }, index) => {
    const item = jobs[index]?.standing.main ?? { id: '', version: '' };
    return { item, changes: mailing(updateElements, send, item, client) };
  });
  return client.call(updateItems(changes, send, 'NeverOverwrite'), signal);
}

function resultOf({ id, plan, standing }: Job, outcome: Outcome<ItemVersion>): Result {
  if ('failure' in outcome) return itemFailure(id, outcome.failure);
  const parts = plan.parts.flatMap((recurrenceId) => {
    const part = standing.parts.get(recurrenceId);
    return part === undefined ? [] : [{ recurrenceId, id: part.id, version: part.version }];
  });
  return {
    ...outcome.value,
    ...(parts.length > 0 && { parts }),
    ...(plan.notes.length > 0 && { notes: plan.notes }),
  };
}

/** Gone already is as good as removed. */
export async function removeEvents(
  removals: readonly Removal[],
  reading: Reading,
): Promise<readonly Result[]> {
  const { client, batchSize, signal } = reading;
  const failures = await declineFirst(removals, reading);
  const items = removals.flatMap((removal, index) =>
    failures.has(index) ? [] : itemsToRemove(removal).map((item) => ({ ...item, index })),
  );
  const removeTogether = async (batch: typeof items, send: Send): Promise<void> => {
    try {
      const outcomes = await client.call(deleteItems(batch, send), signal);
      for (const [place, outcome] of outcomes.entries()) {
        const item = batch[place];
        if (item === undefined || !('failure' in outcome) || outcome.failure.class === 'gone') continue;
        if (batch.length > 1 && wasStopped(outcome)) await removeTogether([item], send);
        else failures.set(item.index, outcome.failure);
      }
    } catch (error) {
      const failure = failureFrom(error);
      if (batch.length > 1 && isRefused(failure))
        for (const item of batch) await removeTogether([item], send);
      else for (const { index } of batch) failures.set(index, failure);
    }
  };
  const asSent = async (batch: typeof items): Promise<void> => {
    try {
      const unsent = await neverSent(batch, reading);
      for (const send of ['none', 'all'] as const) {
        const own = batch.filter(({ id }) => unsent.has(id) === (send === 'none'));
        if (own.length > 0) await removeTogether(own, send);
      }
    } catch (error) {
      for (const { index } of batch) failures.set(index, failureFrom(error));
    }
  };
  for (const send of ['none', 'all'] as const) {
    const own = items.filter((item) => item.send === send);
    for (let at = 0; at < own.length; at += batchSize) {
      const batch = own.slice(at, at + batchSize);
      await (send === 'none' ? removeTogether(batch, send) : asSent(batch));
    }
  }
  return removals.map(({ id, version }, index) => {
    const failure = failures.get(index);
    return failure === undefined ? { id, version } : itemFailure(id, failure);
  });
}

/** The item and its parts, each once: the first part may stand for the whole. */
function itemsToRemove(removal: Removal): readonly (ItemVersion & { readonly send: Send })[] {
  const send = sendOnRemove(removal);
  const items = new Map(
    // An answer changes the version.
    [removal, ...removal.parts].map(
      ({ id, version }) => [id, { id, version: isDeclined(removal) ? '' : version, send }] as const,
    ),
  );
  return [...items.values()];
}

/** The server says that it did not come to this one. */
function wasStopped(outcome: Outcome<unknown>): boolean {
  return 'failure' in outcome && outcome.failure.class === 'batch';
}

function lostAnswer(): RemoteFailure {
  return new RemoteFailure('transient', 'answer-count', 'an answer is missing');
}
