/** What the page asks of the connector, answered by the provider. */
import { removeCopies } from '../connectors/clear.ts';
import { RemoteFailure } from '../connectors/failure.ts';
import { preview } from '../connectors/preview.ts';
import { syncWindow } from '../connectors/rules.ts';
import type { ConnectorLink } from '../core/connector.ts';
import { Refusal } from '../core/refusal.ts';
import type { ExchangeReason } from '../portal/api.ts';
import { type ExchangeDesk, ExchangeFailure } from '../portal/exchange/desk.ts';
import { reasonOf } from '../service/connectors/banner.ts';
import type { Services } from '../service/context.ts';
import { indexView } from '../service/objects/indexing.ts';
import { type ExchangeWork, rulesOf } from './exchange.ts';

/**
 * With a larger difference between the clocks, the times of changes on the two sides cannot be compared (exchange.md
 * §12.3).
 */
const maxSkewMs = 120_000;

/** How long a person is kept waiting: for an answer, a preview, the removal of copies. */
const patienceMs = 60_000;
const previewMs = 300_000;
const clearMs = 900_000;

export interface DeskHooks extends Pick<ExchangeDesk, 'wake' | 'cancel'> {
  /** A mailbox's list of calendars could not be read: administrators look for it in the log (exchange.md §16). */
  readonly onCalendars: (code: string) => void;
}

export function createDesk(
  services: Services,
  work: ExchangeWork,
  { wake, cancel, onCalendars }: DeskHooks,
): ExchangeDesk {
  return {
    wake,
    cancel,

    warnings: () => (Math.abs(work.health()?.clockSkewMs ?? 0) > maxSkewMs ? ['clockSkew'] : []),

    signIn: (attempt, person) =>
      withPageReason(async () => {
        const { openAs } = await work.provider();
        const mailbox = openAs(person, attempt);
        await mailbox.calendars(AbortSignal.timeout(patienceMs));
        return { memory: mailbox.memory() };
      }, signInReason),

    calendars: (account) =>
      withPageReason(async () => {
        const mailbox = await (await work.provider()).open(account);
        return await mailbox.calendars(AbortSignal.timeout(patienceMs)).catch((error: unknown) => {
          if (error instanceof RemoteFailure) onCalendars(error.code);
          throw error;
        });
      }),

    members: (account, address) =>
      withPageReason(async () => {
        const mailbox = await (await work.provider()).open(account);
        return (await mailbox.members?.(address, AbortSignal.timeout(patienceMs))) ?? null;
      }),

    preview: (account, { calendar, remoteCalendar, direction, startDate }) =>
      withPageReason(async () => {
        const { open, settings } = await work.provider();
        const found = await services.storage.calendar(calendar);
        if (!found) throw new Refusal('not-found', 'there is no such calendar');
        const [mailbox, index, links] = await Promise.all([
          open(account),
          indexView(services, found),
          services.storage.connectors.linksOfAccount(account.id),
        ]);
        const rules = rulesOf(settings);
        const before = links.find(
          (link) => link.calendar === calendar && link.remoteCalendar === remoteCalendar,
        );
        return await preview({
          services,
          calendar: found,
          remote: mailbox.calendar(remoteCalendar),
          view: {
            zone: index.zone,
            isOwn: (address) => address === account.mailbox || index.isOwn(address),
          },
          window: syncWindow(services.clock.now(), rules, { startDate }, index.zone),
          direction,
          autoSync: rules.autoSync,
          linkBefore: before?.id,
          signal: AbortSignal.timeout(previewMs),
        });
      }),

    test: (test) => withPageReason(() => work.check(test, AbortSignal.timeout(previewMs))),

    clear: (link) => withPageReason(() => clear(services, work, link)),
  };
}

async function clear(services: Services, work: ExchangeWork, link: ConnectorLink): Promise<void> {
  const account = await services.storage.connectors.account(link.account);
  if (!account) return;
  const remote = (await (await work.provider()).open(account)).calendar(link.remoteCalendar);
  await removeCopies(services, remote, link, clearMs, AbortSignal.timeout(clearMs));
}

/** Runs a call to the provider. A failure is thrown again with a reason that the page can show. */
async function withPageReason<Value>(
  ask: () => Promise<Value>,
  reason: (failure: RemoteFailure) => ExchangeReason = ({ code }) => reasonOf(code),
): Promise<Value> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof RemoteFailure)) throw error;
    const isLate = error.class === 'cancelled';
    throw new ExchangeFailure(isLate ? 'unreachable' : reason(error), error.code, error.message, error);
  }
}

/**
 * The reason shown to a person who has just typed a password. Trouble with the service account has a reason of its own,
 * since that person cannot mend it.
 */
function signInReason({ class: failureClass, code }: RemoteFailure): ExchangeReason {
  if (failureClass === 'auth-global') return 'service-account';
  const reason = reasonOf(code);
  return reason === 'credentials' ? 'wrong-password' : reason;
}
