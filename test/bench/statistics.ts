/** Numbers about one slice of one operation. Times are milliseconds of successful requests only. */
export interface Summary {
  readonly count: number;
  readonly errors: number;
  readonly statuses: Readonly<Record<number, number>>;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  readonly perSecond: number | null;
  readonly bytesPerResponse: number | null;
  readonly cpuMsPerRequest: number | null;
  /** Why requests failed, or why the operation was left out. */
  readonly note?: string;
}

export interface Measured {
  readonly latencies: readonly number[];
  readonly bytes: number;
  readonly errors: number;
  readonly statuses: Readonly<Record<number, number>>;
  /** Zero where throughput has no meaning because other work was done in between. */
  readonly elapsedMs: number;
  readonly cpuMs: number | null;
  readonly note?: string | undefined;
}

export function summarize(measured: Measured): Summary {
  const { latencies, bytes, errors, statuses, elapsedMs, cpuMs, note } = measured;
  const sorted = latencies.toSorted((a, b) => a - b);
  const count = sorted.length;
  return {
    count,
    errors,
    statuses,
    p50: rounded(percentile(sorted, 0.5)),
    p95: rounded(percentile(sorted, 0.95)),
    p99: rounded(percentile(sorted, 0.99)),
    max: rounded(sorted.at(-1) ?? null),
    perSecond: elapsedMs > 0 ? rounded(count / (elapsedMs / 1000), 1) : null,
    bytesPerResponse: count > 0 ? Math.round(bytes / count) : null,
    cpuMsPerRequest: cpuMs === null || count === 0 ? null : rounded(cpuMs / count),
    ...(note !== undefined && { note }),
  };
}

/** The nearest-rank percentile of an ascending list; null for an empty one. */
export function percentile(sorted: readonly number[], fraction: number): number | null {
  const index = Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * fraction) - 1));
  return sorted[index] ?? null;
}

/** The median of the numbers in a list; null if there are none. */
export function median(list: readonly (number | null)[]): number | null {
  const values = list.filter((value) => value !== null).sort((a, b) => a - b);
  const middle = values.length >> 1;
  const upper = values[middle];
  if (upper === undefined) return null;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? upper) + upper) / 2;
}

/**
 * How time grows with size: the slope of log(time) over log(size), by least squares.
 *
 * 0 means that size does not matter, 1 that time is proportional to it. Null for fewer than two usable points.
 */
export function growthExponent(
  points: readonly (readonly [size: number, time: number | null])[],
): number | null {
  const usable = points.flatMap(([size, time]) =>
    size > 0 && time !== null && time > 0 ? [[Math.log(size), Math.log(time)] as const] : [],
  );
  if (usable.length < 2) return null;
  const mean = (index: 0 | 1): number => usable.reduce((sum, point) => sum + point[index], 0) / usable.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const covariance = usable.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const variance = usable.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return variance === 0 ? null : rounded(covariance / variance, 2);
}

export function rounded(value: number | null, digits = 3): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}

/** One operation over several rounds: medians of the rounds, and how far apart they lay. */
export interface Merged {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** The lowest p50 of any round, which other work on the machine disturbs least. */
  readonly best: number | null;
  readonly perSecond: number | null;
  readonly bytes: number | null;
  readonly cpuMs: number | null;
  readonly count: number;
  readonly errors: number;
  /** In how many rounds it was run; fewer than there were if it took too long. */
  readonly rounds: number;
  /** (highest − lowest) / median of the rounds' p50: a measure of noise. */
  readonly spread: number | null;
  readonly note?: string;
}

export function merge(rounds: readonly Summary[]): Merged {
  const over = (
    key: 'p50' | 'p95' | 'p99' | 'perSecond' | 'bytesPerResponse' | 'cpuMsPerRequest',
  ): number | null => median(rounds.map((round) => round[key]));
  const p50s = rounds.map(({ p50 }) => p50).filter((value) => value !== null);
  const p50 = over('p50');
  const note = rounds.find((round) => round.note !== undefined)?.note;
  return {
    p50,
    p95: over('p95'),
    p99: over('p99'),
    best: p50s.length > 0 ? Math.min(...p50s) : null,
    perSecond: over('perSecond'),
    bytes: over('bytesPerResponse'),
    cpuMs: over('cpuMsPerRequest'),
    count: rounds.reduce((sum, { count }) => sum + count, 0),
    errors: rounds.reduce((sum, { errors }) => sum + errors, 0),
    rounds: rounds.length,
    spread: p50s.length > 1 && p50 ? rounded((Math.max(...p50s) - Math.min(...p50s)) / p50, 2) : null,
    ...(note !== undefined && { note }),
  };
}
