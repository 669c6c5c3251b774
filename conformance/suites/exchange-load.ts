import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checks, demand } from '../checks.ts';
import { type FakeExchange, startExchange } from '../exchange/exchange.ts';
import { Portcal, pause } from '../portcal.ts';
import type { Suite } from '../suite.ts';
import { PageSession } from './page-api.ts';

/** `EXCHANGE_LOAD=mailboxes,items` runs another size. */
const [mailboxCount = 500, itemCount = 1_000] = (process.env['EXCHANGE_LOAD'] ?? '500,1000')
  .split(',')
  .map(Number);

const password = 'the admin may enter';
const maxRequests = 8;
const dayMs = 86_400_000;

/** Years of history in many mailboxes: the first run, then runs over calendars in which nothing changes (exchange.md 19.5.7). */
export const exchangeLoad: Suite = {
  name: 'exchange-load',
  about: `${mailboxCount} mailboxes of ${itemCount} items on the fake Exchange server: first runs, unchanged runs, memory`,
  limitSeconds: 3_600,
  needsOwnServer: true,
  onlyWhenNamed: true,

  async run({ checks, outFolder, signal }) {
    const exchange = await startExchange({ methods: ['basic'] });
    exchange.addService('svc@lab.test');
    const addresses = Array.from({ length: mailboxCount }, (_, i) => `person${i}@example.com`);
    const inWindow = fill(exchange, addresses);
    const portcal = await startPortcal(exchange, outFolder);
    signal.addEventListener('abort', () => void portcal.kill(), { once: true });
    try {
      const admin = await PageSession.signIn(portcal.origin, 'root', password);
      await addPeople(admin, addresses);
      await firstRuns(admin, exchange, addresses, checks);
      const links = await allLinks(admin);
      const items = links.reduce((sum, link) => sum + link.items, 0);
      checks.check(
        'every item in the window is here',
        items >= inWindow * mailboxCount,
        `${items} of ${inWindow * mailboxCount}`,
      );
      checks.check(
        'nothing is left in quarantine',
        links.every(({ issues }) => issues === 0),
      );
      await unchangedRuns(portcal, exchange, checks);
      const { counters } = exchange;
      checks.check(
        `never more than the ${maxRequests} requests at once that are configured, and one about a mailbox`,
        counters.maxConcurrent <= maxRequests && counters.maxConcurrentOfOneMailbox === 1,
        `${counters.maxConcurrent}, ${counters.maxConcurrentOfOneMailbox}`,
      );
      checks.check('nobody was mailed', exchange.mails.length === 0);
    } finally {
      await portcal.stop();
      await exchange.close();
    }
  },
};

/** Items from two and a half years ago to ten months ahead; answers how many of a mailbox lie in the connector's window. */
function fill(exchange: FakeExchange, addresses: readonly string[]): number {
  const noon = Math.floor(Date.now() / dayMs) * dayMs + dayMs / 2;
  const step = (40 * 30 * dayMs) / itemCount;
  const start = (i: number): number =>
    Math.floor((noon - 30 * 30 * dayMs + i * step) / 1_800_000) * 1_800_000;
  for (const address of addresses)
    exchange.addMailbox(address).fill(itemCount, (i) => ({ subject: `Event ${i}`, start: start(i) }));
  return Array.from({ length: itemCount }, (_, i) => start(i)).filter((at) => at > noon - 58 * dayMs).length;
}

async function startPortcal(exchange: FakeExchange, folder: string): Promise<Portcal> {
  const settings = join(folder, 'exchange.json');
  const secret = join(folder, 'password');
  await writeFile(secret, password);
  const values = {
    enabled: false,
    host: '127.0.0.1',
    port: exchange.port,
    tls: false,
    autodiscover: 'off',
    authMethods: ['basic'],
    serviceAccounts: [{ login: 'svc@lab.test', password: 'secret' }],
    periodMinutes: 1,
    realtime: 'off',
    batchSize: 50,
    maxConcurrentRequests: maxRequests,
  };
  await writeFile(settings, JSON.stringify(values));
  return Portcal.start({
    logName: 'exchange-load',
    settings: [
      '--admin-name',
      'root',
      '--admin-password-file',
      secret,
      '--exchange-settings',
      settings,
      '--log-level',
      'warn',
    ],
  });
}

async function addPeople(admin: PageSession, addresses: readonly string[]): Promise<void> {
  const rowsAtOnce = 25;
  for (let at = 0; at < addresses.length; at += rowsAtOnce) {
    const rows = addresses
      .slice(at, at + rowsAtOnce)
      .map((address) => `${address.replace(/@.*/, '')},${address}`);
    const csv = ['name,email', ...rows].join('\n');
    const { failed } = await admin.ask<{ failed: { message: string }[] }>(
      'POST',
      '/admin/people/import',
      csv,
    );
    demand(failed.length === 0, failed[0]?.message ?? '');
  }
}

interface AdminLink {
  readonly id: string;
  readonly lastSync: string | null;
  readonly state: string;
  readonly code: string | null;
  readonly items: number;
  readonly issues: number;
}

async function allLinks(admin: PageSession): Promise<readonly AdminLink[]> {
  const all: AdminLink[] = [];
  for (let after = ''; ; ) {
    const { links, truncated } = await admin.ask<{ links: AdminLink[]; truncated: boolean }>(
      'GET',
      `/admin/exchange/links${after && `?after=${after}`}`,
    );
    all.push(...links);
    after = links.at(-1)?.id ?? '';
    if (!truncated || after === '') return all;
  }
}

async function firstRuns(
  admin: PageSession,
  exchange: FakeExchange,
  addresses: readonly string[],
  checks: Checks,
): Promise<void> {
  const started = Date.now();
  await admin.ask('PATCH', '/admin/exchange/settings', { settings: { enabled: true, users: addresses } });
  await checks.attempt(
    `${addresses.length} listed mailboxes are linked and run without anybody's doing`,
    async () => {
      let done = -1;
      for (let lastStep = Date.now(); done < addresses.length; await pause(1_000)) {
        const links = await allLinks(admin);
        const now = links.filter(({ lastSync }) => lastSync !== null).length;
        if (now > done) lastStep = Date.now();
        done = now;
        const trouble = links.find(({ state }) => state === 'error' || state === 'paused');
        demand(
          Date.now() - lastStep < 240_000,
          `${done} of ${links.length} after ${(Date.now() - started) / 1000} s; ${trouble?.code}`,
        );
      }
    },
  );
  const seconds = (Date.now() - started) / 1000;
  const { requests } = exchange.counters;
  console.log(
    `first runs: ${seconds.toFixed(0)} s, ${requests} requests, ${(addresses.length / seconds).toFixed(1)} mailboxes a second`,
  );
}

/** Two periods in which nothing changes. */
async function unchangedRuns(portcal: Portcal, exchange: FakeExchange, checks: Checks): Promise<void> {
  const { counters } = exchange;
  // The runs that the first ones have made due come first.
  await settled(counters);
  const before = await usage(portcal.pid);
  counters.reset();
  await pause(150_000);
  const after = await usage(portcal.pid);
  const runs = counters.of('SyncFolderItems');
  // What a new connection is asked for before it may say anything.
  const signIns = counters.of('401');
  const kinds = [...counters.byOperation].map(([name, count]) => `${name} ${count}`).join(', ');
  checks.check(
    'an unchanged calendar costs one request a run and nothing else',
    counters.requests - signIns === runs && runs >= mailboxCount,
    kinds,
  );
  const cpuMs = (after.cpuMs - before.cpuMs) / Math.max(1, runs);
  checks.check(
    `and less than 20 ms of CPU (${cpuMs.toFixed(1)} ms over ${runs} runs)`,
    cpuMs < 20,
    `${cpuMs.toFixed(1)} ms`,
  );
  const growth = after.residentMb / before.residentMb;
  const figures = `${before.residentMb.toFixed(0)} MB, then ${after.residentMb.toFixed(0)} MB`;
  checks.check(`memory is flat (${figures})`, growth < 1.15, figures);
}

async function settled(counters: FakeExchange['counters']): Promise<void> {
  for (let i = 0; i < 60; i++) {
    const reads = counters.of('GetItem');
    await pause(5_000);
    if (counters.of('GetItem') === reads) return;
  }
}

/** From /proc: processor time and resident memory of a process. */
async function usage(pid: number): Promise<{ readonly cpuMs: number; readonly residentMb: number }> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const ticksPerSecond = 100;
  const ticks = Number(fields[11]) + Number(fields[12]);
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(status) ?? [];
  return { cpuMs: (ticks / ticksPerSecond) * 1_000, residentMb: Number(kilobytes) / 1024 };
}
