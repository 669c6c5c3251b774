/** How far a server's clock is from ours, by the `Date` header of its answers (exchange.md 12.3). */
export interface Skew {
  readonly note: (headers: Headers, now: number) => void;
  /** Their clock minus ours in milliseconds; 0 before the first answer. */
  readonly ms: () => number;
}

const maxSamples = 20;

/** The median of the last samples: an answer that waited in a proxy's cache does not move it. */
export function skew(): Skew {
  const samples: number[] = [];
  return {
    note(headers, now) {
      const at = Date.parse(headers.get('date') ?? '');
      if (Number.isNaN(at)) return;
      // The header has whole seconds: half of one is the best guess for what it cuts off.
      samples.push(at + 500 - now);
      if (samples.length > maxSamples) samples.shift();
    },
    ms() {
      const sorted = samples.toSorted((one, other) => one - other);
      const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
      // Differences that small are those of the header's whole seconds.
      return Math.abs(middle) < 1000 ? 0 : middle;
    },
  };
}
