/** Questions as promises: who asks waits for the answer, and does not draw it. */
import type { Answer } from '../ui/dialog.tsx';
import { createStore } from './store.ts';

export interface Asked {
  readonly title: string;
  readonly lines: readonly string[];
  readonly answers: readonly Answer<string>[];
  readonly settle: (value: string | undefined) => void;
}

export const questions = createStore<{ readonly asked: Asked | null }>({ asked: null });

/** The value of the chosen answer; `undefined` where the person went back. */
export function ask<Value extends string>(
  title: string,
  lines: readonly string[],
  answers: readonly Answer<Value>[],
): Promise<Value | undefined> {
  return new Promise((resolve) => {
    const settle = (value: string | undefined): void => {
      questions.set({ asked: null });
      resolve(answers.find((answer) => answer.value === value)?.value);
    };
    questions.set({ asked: { title, lines, answers, settle } });
  });
}
