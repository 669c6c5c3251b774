/**
 * Changed and excluded instances of a series, merged key by key.
 *
 * They hang on the pattern: a side whose pattern is taken brings its whole set along. What the other side has changed of
 * an instance since stays, as far as the new pattern still has that instance.
 */
import { type Agreed, compare, fieldValue, isSame, withField } from './agreed.ts';
import { followed, toldOf } from './days-apart.ts';
import { contentFields, type EventContent, type NeutralEvent, type RecurrenceKey } from './event.ts';
import { allowedFor, baseThere, type Four, type Judge, type Way } from './judge.ts';
import { instanceContent, keyOf, occursAt } from './series.ts';

type Instances = Pick<NeutralEvent, 'excluded' | 'overrides'>;

interface Both {
  readonly agreed: Agreed | null;
  readonly local: NeutralEvent;
  readonly localThere: NeutralEvent;
  readonly remote: NeutralEvent;
  /** `remote` as it may come in, with the days that stand apart there. */
  readonly coming: NeutralEvent;
  /** How the series itself is told here by now. */
  readonly becoming: NeutralEvent;
  /** Instances for which single items stand there. */
  readonly apart: ReadonlySet<RecurrenceKey>;
}

/** What a side says of one instance: nothing of its own, that it does not take place, that there is none, or another content. */
type State = 'plain' | 'excluded' | 'absent' | EventContent;

export function mergedInstances(
  both: Both,
  judge: Judge,
  whenWay: Way,
): { readonly local: Instances; readonly remote: Instances } {
  const { local, localThere, remote, coming, agreed } = both;
  const [here, there] = [new Draft(), new Draft()];
  for (const key of keysOf([
    local,
    localThere,
    remote,
    coming,
    ...(agreed ? [agreed.local, agreed.remote] : []),
  ])) {
    const states = {
      localBase: agreed ? stateOf(agreed.local, key) : undefined,
      remoteBase: agreed ? stateOf(agreed.remote, key) : undefined,
      local: stateOf(local, key),
      localThere: stateOf(localThere, key),
      remote: stateOf(remote, key),
    };
    const [ours, theirs] =
      followsPattern(both, states, key, whenWay) ??
      followsSeries(both, states, key, judge) ??
      mergedState(both, states, key, judge);
    here.set(key, ours);
    there.set(key, theirs);
  }
  return { local: here.instances(), remote: there.instances() };
}

/** The state of an instance that goes the way of its pattern; undefined: it is merged by itself. */
function followsPattern(
  both: Both,
  states: Four<State>,
  key: RecurrenceKey,
  whenWay: Way,
): readonly [State, State] | undefined {
  if (whenWay === 'stay') return undefined;
  const { local, coming } = both;
  const [pattern, state, otherState, otherBase] =
    whenWay === 'out'
      ? [local, states.local, states.remote, states.remoteBase]
      : [coming, stateOf(coming, key), states.local, states.localBase];
  const survives = otherBase !== undefined && !isSame(otherBase, otherState) && occursAt(pattern, key);
  if (survives) return undefined;
  const isDay = whenWay === 'in' && typeof state === 'object' && !occursAt(both.remote, key);
  return isDay && occursAt(coming, key) ? asItsSeries(both, states, key, state) : [state, state];
}

/** A single item for an instance that nobody has touched goes along with what is changed of its series there. */
function followsSeries(
  both: Both,
  states: Four<State>,
  key: RecurrenceKey,
  { role }: Judge,
): readonly [State, State] | undefined {
  const { remote: state, remoteBase, local, localBase } = states;
  const isUntouched = local === 'plain' && localBase === 'plain' && isSame(state, remoteBase);
  if (role === 'guest' || !both.apart.has(key) || !isUntouched || typeof state !== 'object') return undefined;
  const said = followed(state, { ...both, before: both.local });
  return isSame(said, state) ? undefined : ['plain', said];
}

/** Where the item is a day of the series, and has been nothing else, it says what the series says by now. */
function asItsSeries(
  both: Both,
  { local, localBase }: Four<State>,
  key: RecurrenceKey,
  state: EventContent,
): readonly [State, State] {
  const isUntouched = local === 'plain' && localBase === 'plain';
  const said = isUntouched ? followed(state, { ...both, before: both.local }) : state;
  return [toldOf(both.becoming, key, said), said];
}

function mergedState(
  both: Both,
  states: Four<State>,
  key: RecurrenceKey,
  judge: Judge,
): readonly [State, State] {
  if (isSame(states.localThere, states.remote)) return [states.local, states.remote];
  if (isBeside(both, states, key)) return mergedBeside(both, states, key, judge);
  return mergedInstance(both, states, key, judge);
}

/**
 * Is it a date or a start of its own, for which a single item stands there, or none? One that the rule here names, and a pattern
 * that comes near to it does not, goes with the window. Only where something is agreed on.
 */
function isBeside({ agreed, local, remote }: Both, states: Four<State>, key: RecurrenceKey): boolean {
  if (agreed === null || !Object.values(states).includes('plain') || occursAt(remote, key)) return false;
  const { content, recurrence, zones } = local;
  if (key === keyOf(content.start, zones)) return true;
  return !occursAt({ ...local, recurrence: recurrence && { ...recurrence, dates: [] } }, key);
}

/**
 * Such an instance comes and goes by itself, with a date or a start of the series here. Whether both agreed on it tells the
 * face of the other side: of the rule, which both say alike, that here may have been agreed on before anything was written.
 */
function mergedBeside(
  both: Both,
  raw: Four<State>,
  key: RecurrenceKey,
  judge: Judge,
): readonly [State, State] {
  const { agreed, local, localThere, remote } = both;
  const known = (state: State | undefined, event: NeutralEvent | undefined): State =>
    state !== undefined && (state !== 'plain' || (event && occursAt(event, key))) ? state : 'absent';
  const remoteBase = known(raw.remoteBase, agreed?.remote);
  const isAgreed = raw.localBase !== 'plain' || remoteBase !== 'absent';
  const states: Four<State> = {
    localBase: isAgreed ? raw.localBase : 'absent',
    remoteBase,
    local: known(raw.local, local),
    localThere: known(raw.localThere, localThere),
    remote: known(raw.remote, remote),
  };
  const [here, there] = isSame(states.localThere, states.remote)
    ? [states.local, states.remote]
    : mergedInstance(both, states, key, judge);
  return [
    here === 'absent' && occursAt(local, key) ? 'excluded' : here,
    there === 'plain' ? instanceContent(both.becoming, key) : there,
  ];
}

function mergedInstance(
  both: Both,
  states: Four<State>,
  key: RecurrenceKey,
  judge: Judge,
): readonly [State, State] {
  const { remote } = both;
  const isApart = standsApart(remote, states.remote, key);
  const contents = contentsOf(both, states, key, isApart);
  if (contents) return mergedContents(both, contents, states, key, judge, isApart);
  const way = judge.way(`${key} instance`, states, { out: judge.role === 'owner', in: true });
  if (way === 'stay') return [states.local, states.remote];
  const taken = way === 'out' ? states.local : states.remote;
  return [taken, taken];
}

/** What each side says of the instance, in full; undefined where one of them says that it does not take place. */
function contentsOf(
  both: Both,
  states: Four<State>,
  key: RecurrenceKey,
  isApart: boolean,
): Four<EventContent> | undefined {
  const { agreed, local, localThere, remote } = both;
  const { localBase, remoteBase } = states;
  if (!agreed || localBase === undefined || remoteBase === undefined) return undefined;
  const whole = (state: State, event: NeutralEvent): EventContent =>
    typeof state === 'string' ? instanceContent(event, key) : state;
  if (Object.values(states).some((state) => state === 'excluded' || state === 'absent')) return undefined;
  const bases = { localBase: whole(localBase, agreed.local), remoteBase: whole(remoteBase, agreed.remote) };
  // An instance that nobody has touched follows its series: what changed there is not a change of this instance.
  const untouched = states.local === 'plain' && localBase === 'plain' && !isApart;
  return {
    ...bases,
    local: untouched ? bases.localBase : whole(states.local, local),
    localThere: untouched ? bases.localBase : whole(states.localThere, localThere),
    remote:
      states.remote === 'plain' && remoteBase === 'plain' ? bases.remoteBase : whole(states.remote, remote),
  };
}

/**
 * Whether the answer to one instance goes out alone: not where it cannot, which leaves it where it was given, nor with the
 * same answer to all of them.
 */
function isSent({ agreed, local }: Both, { answer }: EventContent, { answersInstances }: Judge): boolean {
  const isAnsweredAsAll = answer === local.content.answer && answer !== agreed?.local.content.answer;
  return answersInstances && !isAnsweredAsAll;
}

/** Is it a single item there, beside a rule that does not name it? Then it follows nothing, and is nothing without a content. */
function standsApart(remote: NeutralEvent, state: State, key: RecurrenceKey): boolean {
  return typeof state === 'object' && !occursAt(remote, key);
}

function mergedContents(
  both: Both,
  contents: Four<EventContent>,
  states: Four<State>,
  key: RecurrenceKey,
  judge: Judge,
  isApart: boolean,
): readonly [State, State] {
  let [here, there] = [contents.local, contents.remote];
  let [changedHere, changedThere] = [false, false];
  for (const field of contentFields) {
    const values = {
      localBase: fieldValue(contents.localBase ?? contents.local, field),
      remoteBase: fieldValue(baseThere(field, contents) ?? contents.remote, field),
      local: fieldValue(contents.local, field),
      localThere: fieldValue(contents.localThere, field),
      remote: fieldValue(contents.remote, field),
    };
    const allowed = allowedFor(field, judge.role);
    const stays =
      field === 'answer' && isSame(values.remoteBase, values.remote) && !isSent(both, here, judge);
    const way = judge.way(`${key} ${field}`, values, stays ? { out: false, in: false } : allowed);
    if (way === 'in') [here, changedHere] = [withField(here, field, contents.remote), true];
    if (way === 'out') [there, changedThere] = [withField(there, field, contents.local), true];
  }
  // To say what its series says is nothing of its own here, where the series names it.
  const isBack = isApart && changedHere && isSame(here, instanceContent(both.local, key));
  if (isBack && occursAt(both.local, key)) return ['plain', there];
  return [
    changedHere || states.local !== 'plain' ? returned(here, states.remote, contents.remote) : states.local,
    isApart
      ? there
      : changedThere || states.remote !== 'plain'
        ? returned(there, states.local, contents.local)
        : states.remote,
  ];
}

/** An instance that says what an untouched one on the other side says is untouched again. */
function returned(content: EventContent, other: State, otherContent: EventContent): State {
  return other === 'plain' && isSame(content, otherContent) ? 'plain' : content;
}

function stateOf({ excluded, overrides }: NeutralEvent, key: RecurrenceKey): State {
  return overrides[key] ?? (excluded.includes(key) ? 'excluded' : 'plain');
}

function keysOf(events: readonly NeutralEvent[]): readonly RecurrenceKey[] {
  const keys = new Set(events.flatMap(({ excluded, overrides }) => [...excluded, ...Object.keys(overrides)]));
  return [...keys].sort(compare);
}

class Draft {
  private readonly excluded: RecurrenceKey[] = [];
  private readonly overrides: Record<RecurrenceKey, EventContent> = {};

  set(key: RecurrenceKey, state: State): void {
    if (state === 'excluded') this.excluded.push(key);
    else if (typeof state === 'object') this.overrides[key] = state;
  }

  instances(): Instances {
    return { excluded: this.excluded, overrides: this.overrides };
  }
}
