/** Operations on several items: as many answers as questions, in the same order, each with its own outcome. */
import type { XmlElement } from '../../../xml/reader.ts';
import { RemoteFailure } from '../../failure.ts';
import type { ItemFailure } from '../../remote.ts';
import { failureOf, messagesOf, type ResponseMessage } from '../wire/response.ts';

export type Outcome<Value> = { readonly value: Value } | { readonly failure: RemoteFailure };

/**
 * The outcomes of a batch. Throws when there are not as many as there were questions: then none of them can be trusted to
 * belong to its question.
 */
export function outcomes<Value>(
  response: XmlElement,
  count: number,
  note: (failure: RemoteFailure) => void,
  read: (message: ResponseMessage, index: number) => Value,
): readonly Outcome<Value>[] {
  const messages = messagesOf(response);
  if (messages.length !== count)
    throw new RemoteFailure(
      'poison',
      'answer-count',
      `${count} answers were expected, not ${messages.length}`,
    );
  return messages.map((message, index) => {
    if (message.ok) return { value: read(message, index) };
    const failure = ofItem(failureOf(message));
    if (failure.class === 'throttle') note(failure);
    return { failure };
  });
}

/** Said of one item, it is about the address of a guest, not about that of the mailbox. */
function ofItem(failure: RemoteFailure): RemoteFailure {
  const { code, message } = failure;
  return addressCodes.has(code) ? new RemoteFailure('poison', code, message) : failure;
}

const addressCodes: ReadonlySet<string> = new Set(['ErrorInvalidSmtpAddress', 'ErrorMissingEmailAddress']);

export function itemFailure(id: string, failure: RemoteFailure): ItemFailure {
  return {
    failed: true,
    id,
    code: failure.code,
    class: failure.class,
    ...(failure.retryAfterMs !== undefined && { retryAfterMs: failure.retryAfterMs }),
    text: failure.message,
  };
}

/**
 * Asks for all, and where the answer cannot be read for each half, so that one item that breaks an answer does not take the
 * others with it (exchange.md 17.3). `ErrorBatchProcessingStopped` items are asked for alone; those for which a server was too
 * busy in a batch of which it answered a part, together once more.
 */
export async function halving<Key, Value>(
  keys: readonly Key[],
  ask: (keys: readonly Key[]) => Promise<readonly Outcome<Value>[]>,
): Promise<readonly Outcome<Value>[]> {
  if (keys.length === 0) return [];
  try {
    let answers = await ask(keys);
    if (keys.length === 1) return answers;
    const rest = answers.flatMap((answer, index) => (isTooMany(answer) ? keys.slice(index, index + 1) : []));
    if (rest.length > 0 && rest.length < keys.length) {
      const later = [...(await halving(rest, ask))];
      answers = answers.map((answer) => (isTooMany(answer) ? (later.shift() ?? answer) : answer));
    }
    const settled: Outcome<Value>[] = [];
    for (const [index, answer] of answers.entries()) {
      const wasStopped = 'failure' in answer && answer.failure.class === 'batch';
      settled.push(...(wasStopped ? await halving(keys.slice(index, index + 1), ask) : [answer]));
    }
    return settled;
  } catch (error) {
    if (!(error instanceof RemoteFailure) || error.class !== 'poison') throw error;
    if (keys.length === 1) return [{ failure: error }];
    const middle = Math.ceil(keys.length / 2);
    return [...(await halving(keys.slice(0, middle), ask)), ...(await halving(keys.slice(middle), ask))];
  }
}

/** Refused for now, without a word about how long. */
function isTooMany(answer: Outcome<unknown>): boolean {
  return (
    'failure' in answer && answer.failure.class === 'throttle' && answer.failure.retryAfterMs === undefined
  );
}
