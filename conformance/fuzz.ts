import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basic, propfind } from './dav.ts';
import { type FuzzResult, fuzzObjects, fuzzRequests, type Trouble } from './fuzz/run.ts';
import { projectFolder } from './paths.ts';
import { Poller } from './poller.ts';
import { Portcal } from './portcal.ts';
import type { Suite } from './suite.ts';

const objectCount = 6_000;
const requestCount = 6_000;
const maxPollMs = 1_000;

/**
 * Thousands of damaged calendar objects and requests, from a seed that is printed.
 *
 * To repeat a run set FUZZ_SEED. Every request that got a wrong answer is kept in conformance/out/fuzz.
 */
export const fuzz: Suite = {
  name: 'fuzz',
  about: 'damaged calendar objects and DAV requests, seeded: never a 5xx, never a stall over a second',
  limitSeconds: 600,
  needsOwnServer: true,

  async run({ checks, outFolder, signal }) {
    const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 1_000_000);
    console.log(`seed ${seed}`);
    const portcal = await Portcal.start({ logName: 'fuzz', settings: ['--log-level', 'error'] });
    const as = await portcal.addPerson('mallory', 'hostile input');
    const home = `/dav/calendars/${as.name}/`;
    const { method, url, headers, body } = propfind(
      `${portcal.origin}${home}personal/`,
      0,
      '<d:sync-token/>',
    );
    const login = { ...headers, Authorization: basic(as) };
    const poller = new Poller({ url, method, headers: login, body: String(body) });
    const common = { origin: portcal.origin, as, home, principal: `/dav/principals/${as.name}/`, signal };
    const seeds = await awkwardFiles();
    try {
      for (const [what, run] of [
        ['objects', () => fuzzObjects({ ...common, seed, seeds, count: objectCount })],
        ['requests', () => fuzzRequests({ ...common, seed, count: requestCount })],
      ] as const) {
        let result: FuzzResult = { troubles: [], statuses: {}, slowestMs: 0 };
        const polls = await poller.during(async () => {
          result = await run();
        });
        const longest = polls.at(-1) ?? 0;
        console.log(
          `${what}: ${JSON.stringify(result.statuses)}, slowest ${result.slowestMs.toFixed(0)} ms, longest poll ${longest.toFixed(0)} ms`,
        );
        await keep(join(outFolder, what), result.troubles);
        const kinds = [...new Set(result.troubles.map(({ fault }) => fault.slice(0, 60)))].join('; ');
        const list = `${result.troubles.length} of them, e.g. at ${result.troubles[0]?.index}: ${kinds}`;
        checks.check(
          `damaged ${what} never get a 5xx and never take over a second`,
          result.troubles.length === 0,
          list,
        );
        checks.check(
          `other clients are served meanwhile (${what})`,
          longest < maxPollMs,
          `a poll took ${longest.toFixed(0)} ms`,
        );
      }
      const report: { problems: unknown[] } = JSON.parse(await portcal.command(['check', '--json']));
      checks.check(
        'portcal check finds no damage',
        report.problems.length === 0,
        JSON.stringify(report.problems),
      );
    } finally {
      await poller.stop();
      await portcal.stop();
    }
  },
};

/** The project's collection of awkward files, as further seeds. */
async function awkwardFiles(): Promise<string[]> {
  const folder = join(projectFolder, 'test/data/nasty');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ics'));
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

/** Keeps at most twenty requests that went wrong, to be sent again. */
async function keep(prefix: string, troubles: readonly Trouble[]): Promise<void> {
  for (const { index, fault, request } of troubles.slice(0, 20)) {
    const { method, url, headers, body = '' } = request;
    const head = `${fault}\n\n${method} ${url}\n${JSON.stringify(headers, null, 1)}\n\n`;
    await writeFile(`${prefix}-${index}.txt`, Buffer.concat([Buffer.from(head), Buffer.from(body)]));
  }
}
