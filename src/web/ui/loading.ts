/** What a screen loads when it opens: the value, or the words for what went wrong. */
import { type StateUpdater, useEffect, useRef, useState } from 'preact/hooks';
import { wordsFor } from './fields.tsx';

export interface Loaded<Value> {
  readonly value: Value | undefined;
  readonly problem: string;
  /** What was asked for before this is no longer true, and is not taken when it comes. */
  readonly set: (value: StateUpdater<Value | undefined>) => void;
  readonly reload: () => void;
}

/** Loads again when `key` changes; an answer that comes after a later question is dropped. */
export function useLoaded<Value>(load: () => Promise<Value>, key: string): Loaded<Value> {
  const [value, setValue] = useState<Value>();
  const [problem, setProblem] = useState('');
  const [round, setRound] = useState(0);
  const asked = useRef(0);
  useEffect(() => {
    const mine = ++asked.current;
    load().then(
      (answer) => {
        if (mine !== asked.current) return;
        setValue(answer);
        setProblem('');
      },
      (error: unknown) => {
        if (mine === asked.current) setProblem(wordsFor(error));
      },
    );
  }, [key, round]);
  return {
    value,
    problem,
    set(next) {
      asked.current++;
      setValue(next);
    },
    reload: () => setRound((count) => count + 1),
  };
}
