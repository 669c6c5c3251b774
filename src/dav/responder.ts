/** Resources written as responses of a multistatus (RFC 4918 §14.24). */
import { setImmediate } from 'node:timers/promises';
import type { XmlName } from '../xml/name.ts';
import { escapeText, XmlWriter } from '../xml/writer.ts';
import type { DavContext } from './engine.ts';
import { type Verdict, verdictOf } from './error.ts';
import { expandDead, responsesFor } from './expansion.ts';
import { sliceBytes, statusLine, type XmlPart } from './multistatus.ts';
import {
  type AskedProperty,
  type Plan,
  planOf,
  type Responder,
  type ResponderOptions,
  type Task,
  takesDead,
} from './planner.ts';
import { writeFailed, writePropstat } from './propstat.ts';
import { callableProperty, type Registry } from './registry.ts';
import type { Resource, World } from './resource.ts';
import { rowTemplate } from './row-template.ts';

export function createResponder<W extends World>(
  options: ResponderOptions,
  registry: Registry,
  context: DavContext<W>,
): Responder<W> {
  const plans = new Map<string, Plan>();
  const taskFor = (kind: string): Task<W> => {
    let plan = plans.get(kind);
    if (plan === undefined) {
      plan = planOf(options, registry, kind, takesDead(context, kind));
      plans.set(kind, plan);
    }
    return { plan, options, context };
  };
  async function* parts(resources: readonly Resource<W>[]): AsyncGenerator<XmlPart> {
    const writer = new XmlWriter();
    for (const run of runsOfOneKind(resources)) {
      const task = taskFor(run[0]?.kind ?? '');
      const prepared = await prepare(task, run);
      for (const [index, resource] of run.entries()) {
        const outcomes = await read(task, resource, prepared, index);
        write(writer, task, { href: resource.href, outcomes, dead: prepared.dead[index] });
        if (writer.size < sliceBytes) continue;
        yield { is: 'xml', chunks: writer.take() };
        // Between two slices of a long answer other requests get their turn.
        await setImmediate();
      }
    }
    const rest = writer.take();
    if (rest.length > 0) yield { is: 'xml', chunks: rest };
  }
  const page = async (resources: readonly Resource<W>[]): Promise<XmlPart> => {
    const chunks: (string | Uint8Array)[] = [];
    for await (const part of parts(resources)) for (const chunk of part.chunks) chunks.push(chunk);
    return { is: 'xml', chunks };
  };
  return {
    page,
    parts,
    one: (resource) => page([resource]),
    rowTemplate: (collectionHref, sample, isMade = false) =>
      rowTemplate(taskFor(sample.kind), collectionHref, sample, isMade),
  };
}

/** What has been read for a whole page before its first response is written. */
interface Prepared {
  /** The values of the page's resources. */
  readonly values: ReadonlyMap<AskedProperty, readonly unknown[]>;
  /** The outcomes that are the same for all of them. */
  readonly same: ReadonlyMap<AskedProperty, Outcome | undefined>;
  readonly dead: readonly ReadonlyMap<XmlName, string>[];
}

const nothingPrepared: Prepared = { values: new Map(), same: new Map(), dead: [] };

async function prepare<W extends World>(task: Task<W>, resources: readonly Resource<W>[]): Promise<Prepared> {
  const { plan, options, context } = task;
  const values = new Map<AskedProperty, readonly unknown[]>();
  const same = new Map<AskedProperty, Outcome | undefined>();
  const [first] = resources;
  if (first !== undefined && resources.length > 1) {
    for (const entry of plan.asked) {
      const { readPage } = callableProperty<W>(entry.property);
      if (isSame(entry, first, context)) same.set(entry, await sameOutcome(task, entry, first));
      else if (readPage !== undefined) values.set(entry, await readPage(resources, context, entry.asked));
    }
  }
  if (!plan.readsDead) return values.size + same.size === 0 ? nothingPrepared : { values, same, dead: [] };
  const dead = (await context.dav.options.deadProperties?.read(resources, context)) ?? [];
  if (plan.expandedDead.length === 0) return { values, same, dead };
  return {
    values,
    same,
    dead: await Promise.all(dead.map((own) => expandDead(plan, own, options, context))),
  };
}

/** Whether the first member's value holds for all members: if the property says so (`inRow`) and they are no collections. */
function isSame<W extends World>(
  { property, asked, expand }: AskedProperty,
  first: Resource<W>,
  context: DavContext<W>,
): boolean {
  if (first.isCollection || expand !== undefined) return false;
  const { inRow, differs } = callableProperty<W>(property);
  if ((typeof inRow === 'function' ? inRow(asked) : inRow) !== 'same') return false;
  return !differs?.(first, context);
}

async function sameOutcome<W extends World>(
  task: Task<W>,
  entry: AskedProperty,
  first: Resource<W>,
): Promise<Outcome | undefined> {
  const outcome = await outcomeOf(task, entry, first, undefined);
  if (outcome?.is !== 'value') return outcome;
  const writer = new XmlWriter();
  writeValue(writer, entry, outcome.value, outcome.expanded);
  return { is: 'xml', xml: writer.takeText() };
}

/** One property of one resource: its value, its absence (`undefined`), or why it cannot be told. */
type Outcome =
  | { readonly is: 'value'; readonly value: unknown; readonly expanded: string | undefined }
  | { readonly is: 'xml'; readonly xml: string }
  | { readonly is: 'name' }
  | { readonly is: 'refused'; readonly verdict: Verdict };

/** The outcomes of one resource, in the order of `plan.asked`; `index` is its place on the page. */
async function read<W extends World>(
  task: Task<W>,
  resource: Resource<W>,
  { values, same }: Prepared,
  index: number,
): Promise<readonly (Outcome | undefined)[]> {
  const outcomes: (Outcome | undefined)[] = [];
  for (const entry of task.plan.asked) {
    if (same.has(entry)) outcomes.push(same.get(entry));
    else {
      const page = values.get(entry);
      const given = page && { value: page[index] };
      const outcome = outcomeOf(task, entry, resource, given);
      // Awaited only where it must be: an await for each of many properties would cost more than reading them.
      outcomes.push(outcome instanceof Promise ? await outcome : outcome);
    }
  }
  return outcomes;
}

type Outcomes = Outcome | undefined | Promise<Outcome | undefined>;

/** `given`: the value, if it was read for the whole page at once. */
function outcomeOf<W extends World>(
  { plan, options, context }: Task<W>,
  entry: AskedProperty,
  resource: Resource<W>,
  given: { readonly value: unknown } | undefined,
): Outcomes {
  // Contents are always there: they need not be read where only the names of properties are asked for.
  if (plan.namesOnly && entry.property.cost === 'bytes') return { is: 'name' };
  const outcome = (value: unknown): Outcomes => {
    if (value === undefined) return undefined;
    if (plan.namesOnly) return { is: 'name' };
    if (entry.expand === undefined) return { is: 'value', value, expanded: undefined };
    return expand(entry, value, options, context).then((expanded) => ({ is: 'value', value, expanded }));
  };
  try {
    const { read: readValue } = callableProperty<W>(entry.property);
    const value = given === undefined ? readValue(resource, context, entry.asked) : given.value;
    return value instanceof Promise ? value.then(outcome).catch(refused) : outcome(value);
  } catch (error) {
    return refused(error);
  }
}

function refused(error: unknown): Outcome {
  const verdict = verdictOf(error);
  if (verdict === undefined) throw error;
  return { is: 'refused', verdict };
}

/** The element of a property with what stands inside. */
function writeValue(
  writer: XmlWriter,
  { property }: AskedProperty,
  value: unknown,
  expanded: string | undefined,
): void {
  const { attributes, write: writeInside } = callableProperty(property);
  const inside = expanded === undefined ? () => writeInside(writer, value) : () => writer.raw(expanded);
  writer.element(property.name, inside, attributes?.(value));
}

/** What is answered for one resource. */
interface Answered {
  readonly href: string;
  /** In the order of `plan.asked`. */
  readonly outcomes: readonly (Outcome | undefined)[];
  readonly dead: ReadonlyMap<XmlName, string> | undefined;
}

/** Writes one `D:response`. */
function write<W extends World>(
  writer: XmlWriter,
  { plan, options: { minimal } }: Task<W>,
  { href, outcomes, dead }: Answered,
): void {
  const missing: XmlName[] = [];
  let missingXml = minimal ? '' : plan.absentXml;
  const refused: { readonly name: XmlName; readonly verdict: Verdict }[] = [];
  let isFound = false;
  const found = (): void => {
    if (!isFound) writer.raw('<D:propstat><D:prop>');
    isFound = true;
  };

  writer.raw(`<D:response><D:href>${escapeText(href)}</D:href>`);
  for (const [place, entry] of plan.asked.entries()) {
    const { property, silentWhenAbsent } = entry;
    const outcome = outcomes[place];
    switch (outcome?.is) {
      case undefined:
        if (!minimal && !silentWhenAbsent) missing.push(property.name);
        break;
      case 'refused':
        if (!silentWhenAbsent) refused.push({ name: property.name, verdict: outcome.verdict });
        break;
      case 'name':
        found();
        writer.empty(property.name);
        break;
      case 'value':
        found();
        writeValue(writer, entry, outcome.value, outcome.expanded);
        break;
      case 'xml':
        found();
        writer.raw(outcome.xml);
    }
  }
  if (dead === undefined || dead.size === 0) {
    if (!minimal) missingXml += plan.perhapsDeadXml;
  } else {
    for (const name of plan.perhapsDead) {
      const xml = dead.get(name);
      if (xml !== undefined) {
        found();
        writer.raw(xml);
      } else if (!minimal) missing.push(name);
    }
  }
  if (plan.listDead !== 'none') {
    for (const [name, xml] of dead ?? []) {
      found();
      if (plan.listDead === 'all') writer.raw(xml);
      else writer.empty(name);
    }
  }
  // RFC 8144 §2.1: a response without any propstat would say nothing; an empty one says that all is well.
  const isMissing = missing.length > 0 || missingXml !== '';
  if (!isMissing && refused.length === 0) found();
  if (isFound) writer.raw(`</D:prop><D:status>${statusLine(200)}</D:status></D:propstat>`);
  if (isMissing) writePropstat(writer, missing, 404, missingXml);
  for (const { name, verdict } of refused) writeFailed(writer, [name], verdict);
  writer.raw('</D:response>');
}

/** The responses that stand in the place of hrefs; `undefined` where nothing is to be expanded. */
async function expand<W extends World>(
  { property, expand: inner }: AskedProperty,
  value: unknown,
  options: ResponderOptions,
  context: DavContext<W>,
): Promise<string | undefined> {
  const { hrefs } = callableProperty(property);
  if (inner === undefined || hrefs === undefined) return undefined;
  return await responsesFor(hrefs(value), inner, options, context);
}

/** Members of a page that are of one kind share one plan and one look at the dead properties. */
function runsOfOneKind<R extends { readonly kind: string }>(
  resources: readonly R[],
): readonly (readonly R[])[] {
  const [first] = resources;
  if (first === undefined) return [];
  if (resources.every(({ kind }) => kind === first.kind)) return [resources];
  const runs: R[][] = [];
  for (const resource of resources) {
    const last = runs.at(-1);
    if (last?.[0]?.kind === resource.kind) last.push(resource);
    else runs.push([resource]);
  }
  return runs;
}
