import { startFloor } from './floor.ts';
import { BenchClient, drive, type Limits, type Outcome } from './http-client.ts';
import * as requests from './requests.ts';
import { type Session, wrote } from './session.ts';
import { type Summary, summarize } from './statistics.ts';
import { cpuMs } from './usage.ts';

/** One measured operation: a slice of it within the limits. */
export type Operation = (session: Session, limits: Limits) => Promise<Summary>;

export const day: requests.Range = ['20260610T000000Z', '20260611T000000Z'];
export const month: requests.Range = ['20260601T000000Z', '20260701T000000Z'];
/** Covers every event there is. */
export const everything: requests.Range = ['20240101T000000Z', '20290101T000000Z'];

/** What is made ready for a slice without being measured may take this long. */
const preparationMs = 2_000;

/** What is measured, in the order of the table. */
export const operations: Readonly<Record<string, Operation>> = {
  poll: (session, limits) => repeat(session, limits, requests.poll(session.path)),

  get: (session, limits) =>
    each(session, limits, is(200), () =>
      session.client.send({ path: session.href(session.existing()) }, { connections: limits.concurrency }),
    ),

  'get-304': async (session, limits) => {
    const index = session.existing();
    const headers = { 'If-None-Match': (await session.etagOf(index)) ?? '' };
    return repeat(session, limits, { path: session.href(index), headers }, is(304));
  },

  'list-etags': (session, limits) => repeat(session, limits, requests.listEtags(session.path)),
  'query-day': (session, limits) => repeat(session, limits, requests.calendarQuery(session.path, day)),
  'query-month': (session, limits) => repeat(session, limits, requests.calendarQuery(session.path, month)),
  'query-month-data': (session, limits) =>
    repeat(session, limits, requests.calendarQuery(session.path, month, 'full')),
  'query-month-expand': (session, limits) =>
    repeat(session, limits, requests.calendarQuery(session.path, month, 'expand')),

  'multiget-50': (session, limits) =>
    each(session, limits, is(207), () => {
      const hrefs = Array.from({ length: 50 }, () => session.href(session.existing()));
      return session.client.send(requests.multiget(session.path, hrefs), { connections: limits.concurrency });
    }),

  'sync-initial': (session, limits) => repeat(session, limits, requests.syncCollection(session.path)),

  'sync-delta': (session, limits) =>
    alternate(session, limits, {
      async prepare() {
        session.syncToken ??= await session.currentToken();
        await session.put(session.existing(), { revision: ++session.revision });
      },
      async measured() {
        const request = requests.syncCollection(session.path, session.syncToken);
        const sent = await session.client.send(request, { keep: true });
        session.syncToken = requests.syncTokenIn(sent.text);
        return sent;
      },
    }),

  freebusy: (session, limits) => repeat(session, limits, requests.freeBusy(session.path, month), is(200)),

  'export-ics': (session, limits) => {
    if (!session.target.exports) return skipped('a calendar cannot be fetched as one file');
    return repeat(session, limits, exportOf(session), is(200));
  },

  /** As many bytes as the export has, from a process that does nothing else: what the client and the loopback take of it. */
  'export-floor': async (session, limits) => {
    if (!session.target.exports) return skipped('a calendar cannot be fetched as one file');
    const floor = await startFloor((await session.client.send(exportOf(session))).bytes);
    const client = new BenchClient({ origin: floor.origin });
    try {
      const ask = (): Promise<Outcome> => client.send({ path: '/' });
      await ask();
      return await drive(ask, { ...limits, ok: is(200), pids: floor.pids });
    } finally {
      await client.close();
      await floor.stop();
    }
  },

  /** A subscriber who has the present state; a server that does not know that sends it again. */
  'export-304': async (session, limits) => {
    if (!session.target.exports) return skipped('a calendar cannot be fetched as one file');
    const { etag } = await session.client.send(exportOf(session));
    const request = exportOf(session, etag);
    return repeat(session, limits, request, (status) => status === 304 || status === 200);
  },

  /** After a change of what the whole file says, and no event. */
  'export-renamed': (session, limits) => {
    if (!session.target.exports) return skipped('a calendar cannot be fetched as one file');
    return alternate(session, limits, {
      ok: is(200),
      async prepare() {
        await session.client.send(requests.rename(session.path, `Bench ${++session.revision}`), {
          keep: true,
        });
      },
      measured: () => session.client.send(exportOf(session)),
    });
  },

  /** After as many changes as an import or a term's new timetable makes. */
  'export-changed': (session, limits) => exportAfter(session, limits, 1_100),

  /** After so many changes that nothing of an earlier answer is of use to anybody. */
  'export-cold': (session, limits) =>
    exportAfter(session, limits, Math.max(1_100, Math.ceil(session.count * changedShare))),

  discovery: (session, limits) => each(session, limits, is(207), () => discover(session, limits.concurrency)),

  'put-create': (session, limits) => each(session, limits, wrote, () => session.putSpare(limits.concurrency)),

  /** Each event is edited once in a slice, so that If-Match never fails because of the harness itself. */
  'put-update': async (session, limits) => {
    const revision = ++session.revision;
    const first = session.existing();
    const length = Math.min(limits.maxCount, 400, session.count);
    const chosen = Array.from({ length }, (_, i) => (first + i) % session.count);
    const etags = new Map<number, string | undefined>();
    const started = performance.now();
    for (const index of chosen) {
      etags.set(index, await session.etagOf(index));
      if (etags.size >= limits.concurrency && performance.now() - started > preparationMs) break;
    }
    return each(session, { ...limits, maxCount: etags.size }, wrote, (sequence) => {
      const index = chosen[sequence] ?? 0;
      return session.put(index, { revision, etag: etags.get(index), connections: limits.concurrency });
    });
  },

  delete: async (session, limits) => {
    const maxCount = await session.provideSpares(Math.min(limits.maxCount, 100), preparationMs);
    return each(session, { ...limits, maxCount }, wrote, () => session.deleteSpare(limits.concurrency));
  },
};

/** Ours makes a file anew when more than a third of the events have changed (service/export/export-writing.ts). */
const changedShare = 0.35;
const changesAtOnce = 16;

function exportAfter(session: Session, limits: Limits, changes: number): Promise<Summary> {
  if (!session.target.exports) return skipped('a calendar cannot be fetched as one file');
  return alternate(session, limits, {
    ok: is(200),
    prepare: () => changeMany(session, changes),
    measured: () => session.client.send(exportOf(session)),
  });
}

async function changeMany(session: Session, changes: number): Promise<void> {
  const revision = ++session.revision;
  for (let first = 0; first < Math.min(changes, session.count); first += changesAtOnce) {
    await Promise.all(
      Array.from({ length: changesAtOnce }, (_, at) =>
        session.put((first + at) % session.count, { revision, connections: changesAtOnce }),
      ),
    );
  }
}

const is =
  (wanted: number) =>
  (status: number): boolean =>
    status === wanted;

const exportOf = ({ path }: Session, etag?: string): requests.BenchRequest => ({
  path,
  headers: { Accept: 'text/calendar', ...(etag !== undefined && { 'If-None-Match': etag }) },
});

function each(
  session: Session,
  limits: Limits,
  ok: (status: number) => boolean,
  step: (sequence: number) => Promise<Outcome>,
): Promise<Summary> {
  return drive(step, { ...limits, ok, pids: session.pids });
}

function repeat(
  session: Session,
  limits: Limits,
  request: requests.BenchRequest,
  ok: (status: number) => boolean = is(207),
): Promise<Summary> {
  return each(session, limits, ok, () => session.client.send(request, { connections: limits.concurrency }));
}

function skipped(note: string): Promise<Summary> {
  const nothing = { latencies: [], bytes: 0, errors: 0, statuses: {}, elapsedMs: 0, cpuMs: null };
  return Promise.resolve(summarize({ ...nothing, note }));
}

interface Alternation {
  /** Absent: 207. */
  readonly ok?: (status: number) => boolean;
  /** Runs before each request and is not measured. */
  readonly prepare: () => Promise<void>;
  readonly measured: () => Promise<Outcome>;
}

/** One loop of measured requests with other work in between, for which throughput has no meaning. */
async function alternate(session: Session, limits: Limits, steps: Alternation): Promise<Summary> {
  let used = 0;
  const summary = await drive(
    async () => {
      await steps.prepare();
      const before = cpuMs(session.pids) ?? 0;
      const outcome = await steps.measured();
      used += (cpuMs(session.pids) ?? 0) - before;
      return outcome;
    },
    { ...limits, concurrency: 1, ok: steps.ok ?? is(207), pids: [] },
  );
  const perRequest = session.pids.length > 0 && summary.count > 0 ? used / summary.count : null;
  return { ...summary, perSecond: null, cpuMsPerRequest: perRequest };
}

/** The five or six requests of an account set-up, as one. */
async function discover(session: Session, connections: number): Promise<Outcome> {
  const started = performance.now();
  let bytes = 0;
  const ask = async (
    request: requests.BenchRequest,
  ): Promise<{ status: number; text: string; location: string | undefined }> => {
    const sent = await session.client.send(request, { connections, keep: true });
    bytes += sent.bytes;
    return sent;
  };
  const known = await ask(requests.discovery.principal('/.well-known/caldav'));
  const root = known.location === undefined ? '/' : new URL(known.location, session.target.origin).pathname;
  const first = known.status === 207 ? known : await ask(requests.discovery.principal(root));
  const principal = requests.hrefInside(first.text, 'current-user-principal') ?? root;
  await ask(requests.discovery.options(principal));
  const second = await ask(requests.discovery.home(principal));
  const home = requests.hrefInside(second.text, 'calendar-home-set') ?? session.target.home;
  const { status } = await ask(requests.discovery.listing(home));
  return { status, bytes, ms: performance.now() - started };
}
