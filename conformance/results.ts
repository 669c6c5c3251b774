import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckLine } from './checks.ts';

export interface SuiteResult {
  readonly suite: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** Why the suite did not run, why it broke off, or why its failures are expected. */
  readonly note: string;
  /** Whether this result makes the whole run fail. */
  readonly counts: boolean;
  readonly lines: readonly CheckLine[];
}

/** One Markdown table, a row for each suite, followed by every claim that does not hold. */
export function resultsTable(label: string, results: readonly SuiteResult[]): string {
  const rows = results.map(
    ({ suite, passed, failed, skipped, seconds, note }) =>
      `| ${suite} | ${passed} | ${failed} | ${skipped} | ${seconds.toFixed(1)} | ${note.replaceAll('|', '\\|')} |`,
  );
  const failures = results.flatMap(({ suite, lines }) =>
    lines
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ claim, detail }) => `* ${suite}: ${claim}: ${detail}`),
  );
  return [
    `# ${label}`,
    '',
    '| suite | passed | failed | skipped | seconds | note |',
    '|---|---:|---:|---:|---:|---|',
    ...rows,
    ...(failures.length > 0 ? ['', 'Claims that do not hold:', '', ...failures] : []),
    '',
  ].join('\n');
}

export async function writeResults(
  folder: string,
  label: string,
  results: readonly SuiteResult[],
): Promise<void> {
  await writeFile(join(folder, 'results.md'), resultsTable(label, results));
  await writeFile(join(folder, 'results.json'), `${JSON.stringify({ label, results }, null, 1)}\n`);
}
