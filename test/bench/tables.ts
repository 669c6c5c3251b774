import type { BenchResult, StepResult, TargetResult } from './engine.ts';
import type { Merged } from './statistics.ts';
import type { Seen } from './verify.ts';

/** The whole result as Markdown: times, growth, stalls, memory. */
export function tables(result: BenchResult): string {
  return [
    '## Median time of a request, ms',
    operationTable(result, 'p50'),
    ...leftOut(result),
    '## What the answers held: responses, VEVENTs or busy periods of each; of objects asked for, those that are as put',
    seenTable(result),
    '## CPU time of the server for a request, ms (rests of 10 ms; what other work on the machine disturbs least)',
    operationTable(result, 'cpuMs'),
    ...(result.steps.length > 1
      ? ['## Growth exponent (0: size does not matter, 1: proportional)', growthTable(result)]
      : []),
    '## Longest poll while one heavy request runs, ms',
    stallTable(result),
    '## Office of phones, memory, start',
    resourceTable(result),
  ].join('\n\n');
}

/** One row for each size and operation, one column for each server. */
export function operationTable(
  result: BenchResult,
  field: 'p50' | 'p95' | 'best' | 'cpuMs' | 'perSecond' | 'spread',
): string {
  const rows = result.steps.flatMap((size) => {
    const names = new Set(steps(result, size).flatMap((step) => Object.keys(step?.operations ?? {})));
    return [...names].map((name) => [
      String(size),
      name,
      ...steps(result, size).map((step) => timeCell(step?.operations[name], field, result.rounds)),
    ]);
  });
  return table(['events', 'operation', ...labels(result)], rows);
}

/** Why cells of the tables are empty or were given fewer rounds. */
function leftOut(result: BenchResult): string[] {
  const lines = result.steps.flatMap((size) =>
    Object.entries(result.targets).flatMap(([label, target]) => {
      const names = new Map<string, string[]>();
      for (const [name, { note }] of Object.entries(target.steps[size]?.operations ?? {}))
        if (note !== undefined) names.set(note, [...(names.get(note) ?? []), name]);
      const reasons = [...names].map(([note, list]) => `${note}: ${list.join(', ')}`);
      return reasons.length > 0 ? [`${label}, ${size} events: ${reasons.join('; ')}`] : [];
    }),
  );
  if (lines.length === 0) return [];
  return [
    'In brackets: the number of rounds, where there were fewer. Limits and failures:',
    lines.join('\n\n'),
  ];
}

function seenTable(result: BenchResult): string {
  const rows = result.steps.flatMap((size) => {
    const all = steps(result, size).map((step) => step?.verify ?? {});
    const names = new Set(all.flatMap((seen) => Object.keys(seen)));
    return [...names].map((name) => [String(size), name, ...all.map((seen) => seenCell(seen[name]))]);
  });
  return table(['events', 'answer', ...labels(result)], rows);
}

function seenCell(seen: Seen | string | undefined): string {
  if (seen === undefined) return '–';
  if (typeof seen === 'string') return seen;
  if (seen.status >= 300) return `status ${seen.status}`;
  return String(seen.events ?? seen.items);
}

function growthTable(result: BenchResult): string {
  const names = new Set(targets(result).flatMap(({ growth }) => Object.keys(growth)));
  const rows = [...names].map((name) => [
    name,
    ...targets(result).map(({ growth }) => cell(growth[name] ?? null)),
  ]);
  return table(['operation', ...labels(result)], rows);
}

function stallTable(result: BenchResult): string {
  const rows = result.steps.flatMap((size) => {
    const all = steps(result, size).map((step) => step?.stalls);
    const names = new Set(all.flatMap((one) => one?.worst.map(({ operation }) => operation) ?? []));
    const idle = [String(size), '(idle, p99)', ...all.map((one) => cell(one?.idleP99Ms ?? null))];
    const heavy = [...names].map((name) => [
      String(size),
      name,
      ...all.map((one) =>
        cell(one?.worst.find(({ operation }) => operation === name)?.longestPollMs ?? null),
      ),
    ]);
    return names.size > 0 ? [idle, ...heavy] : [];
  });
  return table(['events', 'request', ...labels(result)], rows);
}

function resourceTable(result: BenchResult): string {
  const each = (read: (target: TargetResult) => number | null | undefined): string[] =>
    targets(result).map((target) => cell(read(target) ?? null));
  const rows = [
    ['', 'cold start to the first 207, ms', ...each(({ coldStartMs }) => coldStartMs)],
    ['', 'memory idle, MB PSS', ...each(({ memoryIdle }) => memoryIdle?.pssMb)],
  ];
  for (const size of result.steps) {
    const at = (read: (step: StepResult) => number | null | undefined): string[] =>
      each((target) => {
        const step = target.steps[size];
        return step && read(step);
      });
    rows.push([String(size), 'filling, events a second', ...at(({ fill }) => fill.perSecond)]);
    rows.push([
      String(size),
      'office of phones, requests a second',
      ...at(({ office }) => office?.perSecond),
    ]);
    rows.push([String(size), 'office of phones, p95 in ms', ...at(({ office }) => office?.p95)]);
    rows.push([String(size), 'memory after the work, MB PSS', ...at(({ memory }) => memory?.pssMb)]);
    rows.push([String(size), 'disk, MB', ...at(({ diskMb }) => diskMb)]);
  }
  return table(['events', 'what', ...labels(result)], rows);
}

const labels = (result: BenchResult): string[] => Object.keys(result.targets);
const targets = (result: BenchResult): TargetResult[] => Object.values(result.targets);
const steps = (result: BenchResult, size: number): (StepResult | undefined)[] =>
  targets(result).map((target) => target.steps[size]);

/** With the number of rounds in brackets if there were fewer than asked for. */
function timeCell(
  merged: Merged | undefined,
  field: Parameters<typeof operationTable>[1],
  rounds: number,
): string {
  if (merged === undefined || merged.count === 0) return '–';
  return `${cell(merged[field])}${merged.rounds < rounds ? ` (${merged.rounds})` : ''}`;
}

export function cell(value: number | null): string {
  if (value === null) return '–';
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toFixed(2);
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, index) => (index < head.length - 1 && index < 2 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
