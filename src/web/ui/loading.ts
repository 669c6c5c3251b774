/** What a screen loads when it opens: the value, or the words for what went wrong. */
import { useEffect, useState } from 'preact/hooks';
import { wordsFor } from './fields.tsx';

export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly problem: string;
  readonly set: (value: Value) => void;
  readonly reload: () => void;
}

/** Loads again when `key` changes; an answer that comes after a later question is dropped. */
export function useLoaded<Value>(load: () => Promise<Value>, key: string): Loaded<Value> {
  const [value, set] = useState<Value>();
  const [problem, setProblem] = useState('');
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (answer) => {
        if (!isCurrent) return;
        set(answer);
        setProblem('');
      },
      (error: unknown) => {
        if (isCurrent) setProblem(wordsFor(error));
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [key, round]);
  return { value, problem, set, reload: () => setRound((count) => count + 1) };
}
