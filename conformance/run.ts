/**
 * Runs other people's suites and clients against a started server and writes one table of results.
 *
 *   node dist/conformance/run.js [suite...]                  against a portcal started for the purpose
 *   node dist/conformance/run.js --peer radicale [suite...]  against a peer started for the purpose
 *   node dist/conformance/run.js --url U --user N --password P [--home U] [--files U] [suite...]
 *   node dist/conformance/run.js --list
 *
 * The exit code is 1 if a suite fails from which no failures are expected.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Checks, sentenceOf } from './checks.ts';
import { provide } from './install.ts';
import { outFolder } from './paths.ts';
import { peerNames, startPeer } from './peers.ts';
import { Portcal } from './portcal.ts';
import { resultsTable, type SuiteResult, writeResults } from './results.ts';
import type { Suite } from './suite.ts';
import { suites } from './suites.ts';
import { discoverTarget, type Target } from './target.ts';

const { values: options, positionals: named } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    email: { type: 'string' },
    home: { type: 'string' },
    files: { type: 'string' },
    peer: { type: 'string' },
    list: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  if (options.list) {
    for (const { name, about } of suites) console.log(`${name.padEnd(18)} ${about}`);
    return 0;
  }
  const wanted = chosen();
  if (wanted === undefined) return 2;
  await mkdir(outFolder, { recursive: true });
  const results: SuiteResult[] = [];
  const { target, stop } = await prepareTarget();
  // An interrupted run must not leave its server behind.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void stop().then(() => process.exit(130)));
  try {
    for (const suite of wanted) {
      results.push(await runSuite(suite, target));
      await writeResults(outFolder, target.label, results);
    }
  } finally {
    await stop();
  }
  console.log(resultsTable(target.label, results));
  return results.some(({ counts }) => counts) ? 1 : 0;
}

function chosen(): readonly Suite[] | undefined {
  const unknown = named.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    console.error(
      `no suite is called ${unknown.join(' or ')}; the suites are: ${suites.map(({ name }) => name).join(' ')}`,
    );
    return undefined;
  }
  return named.length > 0
    ? suites.filter(({ name }) => named.includes(name))
    : suites.filter(({ onlyWhenNamed }) => onlyWhenNamed !== true);
}

async function prepareTarget(): Promise<{ target: Target; stop: () => Promise<void> }> {
  const { url, user, password } = options;
  if (url !== undefined) {
    if (user === undefined || password === undefined) throw new Error('--url needs --user and --password');
    const account = { name: user, password, email: options.email ?? `${user}@example.com` };
    const { home: homeUrl, files: filesUrl } = options;
    return {
      target: await discoverTarget({ label: url, url, account, homeUrl, filesUrl }),
      stop: async () => {},
    };
  }
  if (options.peer !== undefined) {
    const name = peerNames.find((one) => one === options.peer);
    if (name === undefined)
      throw new Error(`no peer is called ${options.peer}; the peers are: ${peerNames.join(' ')}`);
    return startPeer(name);
  }
  const portcal = await Portcal.start();
  try {
    const account = await portcal.addPerson('alice', 'correct horse');
    const filesUrl = `${portcal.origin}/dav/files/alice/`;
    const target = await discoverTarget({
      label: 'portcal',
      url: `${portcal.origin}/`,
      account,
      filesUrl,
      portcal,
    });
    return { target, stop: () => portcal.stop() };
  } catch (error) {
    await portcal.stop();
    throw error;
  }
}

async function runSuite(suite: Suite, target: Target): Promise<SuiteResult> {
  console.log(`\n== ${suite.name}: ${suite.about}`);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const checks = new Checks(({ outcome, claim, detail }) => {
    if (outcome === 'passed' && options.quiet) return;
    console.log(`${outcome.padEnd(7)} ${claim}${detail && `: ${detail}`}`);
  });
  const impossible =
    suite.needsOwnServer && target.portcal === undefined
      ? 'runs against a portcal of its own only'
      : await provide(suite);
  if (impossible !== undefined) {
    checks.skip(suite.name, impossible);
    return {
      suite: suite.name,
      ...sums(checks),
      seconds: seconds(),
      note: `skipped: ${impossible}`,
      counts: false,
    };
  }
  const folder = join(outFolder, suite.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const broken = await withLimit(suite, (signal) => suite.run({ target, checks, outFolder: folder, signal }));
  if (broken !== undefined) checks.check('the suite ends', false, broken);
  if (checks.lines.length === 0) checks.check('the suite says something', false, 'it made no claim at all');
  const counts = checks.count('failed') > 0 && suite.failuresAllowed === undefined;
  return {
    suite: suite.name,
    ...sums(checks),
    seconds: seconds(),
    note: suite.failuresAllowed ?? '',
    counts,
  };
}

function sums(checks: Checks): Pick<SuiteResult, 'passed' | 'failed' | 'skipped' | 'lines'> {
  const { lines } = checks;
  return {
    passed: checks.count('passed'),
    failed: checks.count('failed'),
    skipped: checks.count('skipped'),
    lines,
  };
}

/** Runs `action` until it ends or the suite's time is over; answers a sentence about why it did not end well. */
async function withLimit(
  suite: Suite,
  action: (signal: AbortSignal) => Promise<void>,
): Promise<string | undefined> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      // A moment for the suite to put away what it started.
      setTimeout(() => resolve(`not finished after ${suite.limitSeconds} s`), 3_000);
    }, suite.limitSeconds * 1000);
  });
  try {
    return await Promise.race([late, action(controller.signal).then(() => undefined)]);
  } catch (error) {
    return sentenceOf(error);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
