/**
 * `npm run test:browser`: a real Chromium against the built server. Without one it says so and passes, because the other
 * tests do not need it. `npm run test:browser -- --grep words` runs some of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
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
const chromium = places.find((file) => file !== undefined && existsSync(file));

if (chromium === undefined) {
  console.log('Browser tests skipped: no Chromium found (Debian: apt-get install chromium, or set CHROMIUM)');
} else {
  await setUp(root);
  const { build } = await import('esbuild');
  const folder = join(root, 'test/browser');
  const outdir = join(root, 'dist/browser-tests');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: readdirSync(folder)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
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
  const args = ['--no-config', '--enable-source-maps', '--timeout', '120000', `${outdir}/*.test.mjs`];
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
