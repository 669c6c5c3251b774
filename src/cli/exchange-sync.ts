/** `portcal exchange sync`: a run of each link, by the running server where there is one, else by this process. */
import { setTimeout as sleep } from 'node:timers/promises';
import { announcedAddress } from '../app/announced-address.ts';
import type { ExchangeWork } from '../app/exchange.ts';
import { oneRun } from '../connectors/schedule/one-run.ts';
import { systemTimers } from '../connectors/schedule/timers.ts';
import { type ConnectorRun, pauseOf } from '../core/connector.ts';
import type { ConnectorLinkId, RunId } from '../core/ids.ts';
import { runLink } from '../service/connectors/administration.ts';
import { loadSettings, stopConnector } from '../service/connectors/setting-store.ts';
import type { Services } from '../service/context.ts';
import { CommandError, type Report, table } from './io.ts';
import type { Session } from './session.ts';

/** A running server starts a wanted run sooner than this. */
const serverMs = 12_000;
const lookMs = 250;
const longestMs = 3_600_000;

interface Chosen {
  readonly link: ConnectorLinkId;
  readonly mailbox: string;
}

export async function synchronize(
  session: Session,
  work: ExchangeWork,
  mailbox: string | undefined,
): Promise<Report> {
  const { services } = session;
  const { values, stopped } = await loadSettings(services);
  if (!values.enabled) throw new CommandError('Exchange is switched off in the settings');
  if (stopped) {
    throw new CommandError(
      `the service account was refused (${stopped.code}): set its password, then portcal exchange check`,
    );
  }
  const chosen = await linksOf(services, mailbox?.toLowerCase());
  if (chosen.length === 0) {
    throw new CommandError(mailbox === undefined ? 'nobody is linked' : `${mailbox} is not linked`);
  }
  const ended: { readonly mailbox: string; readonly run: ConnectorRun | string }[] = [];
  try {
    for (const one of chosen)
      ended.push({ mailbox: one.mailbox, run: await runOne(session, work, one.link) });
  } finally {
    await work.close();
  }
  const isWell = ended.every(({ run }) => typeof run !== 'string' && run.outcome === 'ok');
  const rows = ended.map(({ mailbox: address, run }) =>
    typeof run === 'string'
      ? [address, 'not run', run]
      : [address, run.outcome, [counted(run), run.failure].filter(Boolean).join(' ')],
  );
  return {
    json: ended,
    lines: table([['MAILBOX', 'OUTCOME', 'WHAT'], ...rows]),
    exitCode: isWell ? 0 : ended.length > 1 ? 3 : 1,
  };
}

async function linksOf(services: Services, mailbox: string | undefined): Promise<readonly Chosen[]> {
  const chosen: Chosen[] = [];
  for await (const page of services.storage.connectors.links({ provider: 'exchange' })) {
    for (const { link, account } of page) {
      if (mailbox === undefined || account.mailbox === mailbox)
        chosen.push({ link: link.id, mailbox: account.mailbox });
    }
  }
  return chosen;
}

/** The finished run, or why there is none. */
async function runOne(
  { services, actor, settings }: Session,
  work: ExchangeWork,
  link: ConnectorLinkId,
): Promise<ConnectorRun | string> {
  const { connectors } = services.storage;
  const why = await restReason(services, link);
  if (why !== undefined) return why;
  const { run } = await runLink(services, actor, link, 'command');
  const until = services.clock.now() + longestMs;
  const hasServer = (await announcedAddress(settings.data)) !== undefined;
  const serverUntil = services.clock.now() + (hasServer ? serverMs : 0);
  let isTried = false;
  while (services.clock.now() < until) {
    const now = await ended(services, run);
    if (!now) return 'its run is gone';
    if (now.outcome !== 'running') return now;
    const isWaiting = now.phase === 'waiting' && (await connectors.lease(link)) === undefined;
    if (isWaiting && !isTried && services.clock.now() >= serverUntil) {
      isTried = true;
      await runHere(services, work, link);
      continue;
    }
    await sleep(lookMs);
  }
  return 'it does not end';
}

/**
 * Why nothing may be sent for a link, by the same rules as in the server: each try with a refused password may lock an
 * account.
 */
async function restReason(services: Services, id: ConnectorLinkId): Promise<string | undefined> {
  const { connectors } = services.storage;
  const { stopped } = await loadSettings(services);
  if (stopped) return `the service account was refused (${stopped.code})`;
  const link = await connectors.link(id);
  const account = link && (await connectors.account(link.account));
  if (link?.stopped != null && link.stopped !== 'quota') return `stopped: ${link.stopped}`;
  if (account?.stopped != null) return `stopped: ${account.stopped}`;
  const pauseMs = account ? pauseOf(account, services.clock.now()) : 0;
  return pauseMs > 0 ? `the server wants a pause of ${Math.ceil(pauseMs / 1000)} s` : undefined;
}

async function ended({ storage }: Services, run: RunId): Promise<ConnectorRun | undefined> {
  return await storage.connectors.run(run);
}

/** The lease keeps this process and a server apart. */
async function runHere(services: Services, work: ExchangeWork, id: ConnectorLinkId): Promise<void> {
  const { connectors } = services.storage;
  const link = await connectors.link(id);
  const account = link && (await connectors.account(link.account));
  if (!link || !account) return;
  const { values } = await loadSettings(services);
  const made = await oneRun({
    services,
    engine: work.engine,
    timers: systemTimers,
    link,
    account,
    cause: 'command',
    periodMinutes: values.periodMinutes,
    random: Math.random,
    control: new AbortController(),
    onProgress: () => undefined,
  });
  if (made?.after.halt && made.failure) await stopConnector(services, made.failure.code);
}

function counted({ counters }: ConnectorRun): string {
  return Object.entries(counters)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name}=${count}`)
    .join(' ');
}
