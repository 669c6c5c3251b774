/**
 * `npm run test:browser`: a real Chromium against the built server. Without one it says so and passes, because the other
 * tests do not need it. `npm run test:browser -- --grep words` runs some of it.
 *
 * Files run side by side, as many as there are processors. Each has servers and a Chromium of its own; what they share is
 * the folder of screenshots, in which no two write the same name.
 *
 * `.ci/run` tries what fails a second time (`--retries 1`): the servers of the file begin anew before that, with the data of
 * a first start, unless its tests build on each other (`isKept`); who passes only then is named at the end.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from '../../src/setup.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
/** A Wednesday in the middle of a month, as the page's people see it. BROWSER_TEST_NOW takes another instant. */
const now = Date.parse(process.env.BROWSER_TEST_NOW ?? '2026-11-11T10:00:00+01:00');
/** What takes longest begins first, so that no processor is left with a long file at the end. */
const longest = ['screens', 'exchange', 'exchange-banner', 'entry', 'work', 'staying', 'answers'];
const chromium = places.find((file) => file !== undefined && existsSync(file));

if (chromium === undefined) {
  console.log('Browser tests skipped: no Chromium found (Debian: apt-get install chromium, or set CHROMIUM)');
} else {
  await setUp(root);
  const { build } = await import('esbuild');
  const folder = join(root, 'test/browser');
  const outdir = join(root, 'dist/browser-tests');
  rmSync(outdir, { recursive: true, force: true });
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => file.replace('.test.ts', ''));
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => join(folder, `${name}.test.ts`)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    sourcemap: true,
    logLevel: 'error',
  });
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const given = process.argv.slice(2);
  const inOrder = [...new Set([...longest.filter((name) => names.includes(name)), ...names])];
  // One processor has no use for two; above four the longest file is what is waited for.
  const jobs = Math.min(4, availableParallelism());
  // Whatever a test waits for gives up by itself (browser.ts); on a slow machine a long one is not to be cut off before that.
  const args = ['--no-config', '--enable-source-maps', '--timeout', '300000'];
  if (jobs > 1) args.push('--parallel', '--jobs', String(jobs));
  args.push(...inOrder.map((name) => join(outdir, `${name}.test.mjs`)));
  if (!given.includes('--reporter')) args.push('--reporter', 'spec');
  const { status } = spawnSync(process.execPath, [mocha, ...args, ...given], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      CHROMIUM: chromium,
      BROWSER_TEST_ROOT: root,
      BROWSER_TEST_CLOCK_MS: String(now - Date.now()),
    },
  });
  process.exitCode = status ?? 1;
}
