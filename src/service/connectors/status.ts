/** How things stand for one person: what the banner and the card in the profile are made of. */
import type { ConnectorAccount, ConnectorLink, ConnectorRun } from '../../core/connector.ts';
import type { Actor } from '../../core/principal.ts';
import type { Services } from '../context.ts';
import { accountOf, linkOfPerson } from './accounts.ts';
import { type Banner, banner } from './banner.ts';
import { allowsOwnLogin, hasServiceAccount, isSetUp, mailboxOf, mayUse } from './permission.ts';
import { isUnderWay } from './runs.ts';
import { type LoadedSettings, loadSettings } from './setting-store.ts';

export interface ConnectorStatus extends Banner {
  readonly account: ConnectorAccount | undefined;
  readonly link: ConnectorLink | undefined;
  /** While one waits or works. */
  readonly run: ConnectorRun | undefined;
  readonly issues: number;
  /** What the form for signing in begins with; undefined where nothing is offered. */
  readonly proposal: Proposal | undefined;
}

export interface Proposal {
  readonly mailbox: string;
  readonly server: string;
  readonly port: number;
  readonly version: string;
  readonly asksPassword: boolean;
  readonly allowsPassword: boolean;
  readonly direction: ConnectorLink['direction'];
}

const absent: ConnectorStatus = {
  state: 'absent',
  reason: null,
  code: null,
  account: undefined,
  link: undefined,
  run: undefined,
  issues: 0,
  proposal: undefined,
};

/** The actor's own status. Some point reads, and one for whom the connector is not there. */
export async function statusOf(services: Services, actor: Actor): Promise<ConnectorStatus> {
  const settings = await loadSettings(services);
  const { principal, groups } = actor;
  if (!(await mayUse(services, settings.values, principal, groups))) return absent;
  const [account, link] = await Promise.all([
    accountOf(services, principal.id),
    linkOfPerson(services, principal.id),
  ]);
  const known = await situation(services, settings, account, link);
  return { ...known, account, link, proposal: proposalOf(settings, actor) };
}

/** State, run and issues of a link, whoever asks. */
export async function situation(
  { storage, clock }: Services,
  settings: LoadedSettings,
  account: ConnectorAccount | undefined,
  link: ConnectorLink | undefined,
): Promise<
  Banner & { readonly run: ConnectorRun | undefined; readonly issues: number; readonly items: number }
> {
  const { connectors } = storage;
  const [[latest], lease, counts] = link
    ? await Promise.all([
        connectors.runs(link.id, 1),
        connectors.lease(link.id),
        connectors.linkCounts(link.id),
      ])
    : [[], undefined, undefined];
  const run = latest && link && isUnderWay(latest, link, lease?.until, clock.now()) ? latest : undefined;
  const issues = counts?.quarantined ?? 0;
  const { tested } = settings;
  const shown = banner({
    isOffered: settings.values.enabled,
    isSetUp: isSetUp(settings),
    testFailed: tested !== undefined && !tested.ok && (link?.lastOk ?? -Infinity) < tested.at,
    stopped: settings.stopped?.code,
    account,
    link,
    underWay: run && (run.phase === 'waiting' ? 'queued' : 'running'),
    issues,
  });
  return { ...shown, run, issues, items: counts?.items ?? 0 };
}

function proposalOf(settings: LoadedSettings, { principal }: Actor): Proposal {
  const { host, port, serverVersion, direction } = settings.values;
  return {
    mailbox: mailboxOf(settings.values, principal) ?? '',
    server: host,
    port,
    version: serverVersion,
    asksPassword: !hasServiceAccount(settings),
    allowsPassword: allowsOwnLogin(settings),
    direction: directions[direction],
  };
}

/** Settings speak of Exchange, links of any provider. */
export const directions: Readonly<Record<LoadedSettings['values']['direction'], ConnectorLink['direction']>> =
  { both: 'both', fromExchange: 'from-remote', toExchange: 'to-remote' };
