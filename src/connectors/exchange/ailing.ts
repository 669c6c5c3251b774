/**
 * Items over which a server stumbles: it says that something went wrong inside of it, of one of them or, for the sake of one, of all
 * that were asked for together. Whether that is the item or the server, what else it answers shows; a calendar does not wait for one
 * broken item (exchange.md 17.3).
 */
import { RemoteFailure } from '../failure.ts';
import { failureFrom } from './connection/pool.ts';
import { halving, type Outcome } from './operations/batch.ts';
import { codelessFault } from './wire/response.ts';

export interface Apart<Key, Value> {
  /** `isAgain`: it was asked for in vain before, and is not worth several tries. */
  readonly ask: (keys: readonly Key[], isAgain: boolean) => Promise<readonly Outcome<Value>[]>;
  /** Does the server answer anything else about the mailbox? */
  readonly isWell: () => Promise<boolean>;
}

/** In the order asked. Throws what is wrong with more than single items. */
export async function readApart<Key, Value>(
  keys: readonly Key[],
  { ask, isWell }: Apart<Key, Value>,
): Promise<readonly Outcome<Value>[]> {
  const asked = (part: readonly Key[], isAgain: boolean): Promise<readonly Outcome<Value>[]> =>
    halving(part, (some) => ask(some, isAgain)).catch((error: unknown) => {
      const failure = failureFrom(error);
      if (!isInside(failure)) throw failure;
      return part.map(() => ({ failure }));
    });
  /** Smaller and smaller parts of those that fail, down to each by itself. */
  const settled = async (part: readonly Key[]): Promise<readonly Outcome<Value>[]> => {
    const answers = await asked(part, true);
    return part.length === 1 ? answers : await withRest(part, answers);
  };
  const withRest = async (
    part: readonly Key[],
    answers: readonly Outcome<Value>[],
  ): Promise<readonly Outcome<Value>[]> => {
    const rest = part.filter((_, index) => isAiling(answers[index]));
    const middle = Math.ceil(rest.length / 2);
    const later: Outcome<Value>[] = [];
    for (const half of [rest.slice(0, middle), rest.slice(middle)])
      if (half.length > 0) later.push(...(await settled(half)));
    return answers.map((answer) => (isAiling(answer) ? (later.shift() ?? answer) : answer));
  };
  const first = await asked(keys, false);
  const ailing = first.find(isAiling);
  if (!ailing) return first;
  if (first.every(isAiling) && !(await isWell())) throw ailing.failure;
  const answers = keys.length === 1 ? await settled(keys) : await withRest(keys, first);
  // Where none can be read, it is no matter of single ones.
  if (answers.length > 1 && answers.every(isAiling)) throw ailing.failure;
  return answers.map((answer) => (isAiling(answer) ? { failure: asItsOwn(answer.failure) } : answer));
}

function isAiling<Value>(answer: Outcome<Value> | undefined): answer is { readonly failure: RemoteFailure } {
  return answer !== undefined && 'failure' in answer && isInside(answer.failure);
}

function isInside({ class: kind, code }: RemoteFailure): boolean {
  return kind === 'transient' && (code === 'ErrorInternalServerError' || code === codelessFault);
}

function asItsOwn({ code, message }: RemoteFailure): RemoteFailure {
  return new RemoteFailure('poison', code, message);
}
