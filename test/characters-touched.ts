/**
 * How many characters a piece of work hands to the methods of strings and to regular expressions: what grows with the square
 * of a hostile text shows itself there, on any machine and however busy it is.
 */
export function charactersTouched(work: () => void): number {
  let touched = 0;
  const restore: (() => void)[] = [];
  /** `cost`: of a call, of what was returned. */
  const count = (
    owner: object,
    name: string,
    cost: (self: unknown, answer: unknown, args: readonly unknown[]) => number,
  ): void => {
    const descriptor = Object.getOwnPropertyDescriptor(owner, name);
    const original: unknown = descriptor?.value;
    if (!descriptor || typeof original !== 'function') throw new Error(`no method ${name}`);
    Object.defineProperty(owner, name, {
      ...descriptor,
      value(this: unknown, ...args: unknown[]): unknown {
        const answer: unknown = Reflect.apply(original, this, args);
        touched += cost(this, answer, args);
        return answer;
      },
    });
    restore.push(() => Object.defineProperty(owner, name, descriptor));
  };
  const lengthOf = (value: unknown): number => (typeof value === 'string' ? value.length : 0);
  for (const name of ['slice', 'substring', 'substr', 'trim']) {
    count(String.prototype, name, (_, answer) => lengthOf(answer));
  }
  for (const name of ['split', 'replace', 'replaceAll', 'toLowerCase', 'toUpperCase']) {
    count(String.prototype, name, (self) => lengthOf(self));
  }
  count(String.prototype, 'indexOf', (self, answer, [, from]) => {
    const start = typeof from === 'number' ? from : 0;
    return typeof answer === 'number' && answer >= 0 ? answer - start : lengthOf(self) - start;
  });
  count(RegExp.prototype, 'exec', (self, answer, [text]) => {
    if (Array.isArray(answer)) return lengthOf(answer[0]);
    // A sticky expression looks at one place, any other one at all that is left.
    return self instanceof RegExp && self.sticky ? 1 : lengthOf(text);
  });
  try {
    work();
  } finally {
    for (const undo of restore) undo();
  }
  return touched;
}
