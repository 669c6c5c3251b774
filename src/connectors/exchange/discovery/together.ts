/** Questions of the same kind that come in the same moment, asked as one (exchange.md 14.5: up to a hundred users in a request). */
import { setTimeout as sleepFor } from 'node:timers/promises';

/** Answers in the order of the names; undefined where what came fits no question: each is asked by itself then. */
export type AskAll<Kind, Answer> = (
  kind: Kind,
  names: readonly string[],
  signal: AbortSignal,
) => Promise<readonly Answer[] | undefined>;

interface Waiting<Answer> {
  readonly name: string;
  readonly signal: AbortSignal;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** `key` says which questions may go together; whoever does not wait any more takes nothing from the others. */
export function together<Kind, Answer>(
  askAll: AskAll<Kind, Answer>,
  { most, gatherMs }: { readonly most: number; readonly gatherMs: number },
): (key: string, kind: Kind, name: string, signal: AbortSignal) => Promise<Answer> {
  const open = new Map<string, Waiting<Answer>[]>();

  const alone = async (kind: Kind, name: string, signal: AbortSignal): Promise<Answer> => {
    const [answer] = (await askAll(kind, [name], signal)) ?? [];
    if (answer === undefined) throw new Error('one question has got no answer');
    return answer;
  };

  const send = async (kind: Kind, waiting: readonly Waiting<Answer>[]): Promise<void> => {
    const present = waiting.filter(({ signal }) => !signal.aborted);
    const control = new AbortController();
    const giveUp = (): void => {
      if (present.every(({ signal }) => signal.aborted)) control.abort();
    };
    for (const { signal } of present) signal.addEventListener('abort', giveUp);
    try {
      const names = [...new Set(present.map(({ name }) => name))];
      const answers = names.length === 0 ? [] : await askAll(kind, names, control.signal);
      for (const { name, signal, resolve, reject } of present) {
        const answer = answers?.[names.indexOf(name)];
        if (answer !== undefined) resolve(answer);
        else void alone(kind, name, signal).then(resolve, reject);
      }
    } catch (error) {
      for (const { reject } of present) reject(error);
    } finally {
      for (const { signal } of present) signal.removeEventListener('abort', giveUp);
    }
  };

  const gather = async (key: string, kind: Kind, waiting: Waiting<Answer>[]): Promise<void> => {
    await sleepFor(gatherMs);
    if (open.get(key) === waiting) open.delete(key);
    await send(kind, waiting);
  };

  return async (key, kind, name, signal) => {
    signal.throwIfAborted();
    const { promise, resolve, reject } = settlement<Answer>();
    const givenUp = (): void => reject(signal.reason);
    signal.addEventListener('abort', givenUp);
    const one = { name, signal, resolve, reject };
    const waiting = open.get(key);
    if (waiting && waiting.length < most) waiting.push(one);
    else {
      const fresh = [one];
      open.set(key, fresh);
      void gather(key, kind, fresh);
    }
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', givenUp);
    }
  };
}

function settlement<Answer>(): Pick<Waiting<Answer>, 'resolve' | 'reject'> & {
  readonly promise: Promise<Answer>;
} {
  let resolve: Waiting<Answer>['resolve'] = () => undefined;
  let reject: Waiting<Answer>['reject'] = () => undefined;
  const promise = new Promise<Answer>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}
