/**
 * Mailboxes that the administrator has listed (`users`): each is linked with its person's first calendar without that person
 * having to do anything (exchange.md §3).
 */
import type { Principal } from '../core/principal.ts';
import { dayMs } from '../icalendar/time.ts';
import { ianaZone, utc } from '../icalendar/zones/timezone.ts';
import { actorFor } from '../service/access.ts';
import { accountOf, checkedSignIn, linkOfPerson, storeAccount } from '../service/connectors/accounts.ts';
import { linkCalendar } from '../service/connectors/links.ts';
import { hasServiceAccount, mailboxOf } from '../service/connectors/permission.ts';
import { loadSettings } from '../service/connectors/setting-store.ts';
import { directions } from '../service/connectors/status.ts';
import type { ExchangeContext, ExchangeWork } from './exchange.ts';

export interface UserLinks {
  readonly start: () => void;
  /** Looks now for people who are listed and have no link yet. */
  readonly look: () => void;
  readonly stop: () => Promise<void>;
}

/** How often the list is compared with the people there are: both change. */
const lookMs = 600_000;

/** `wake` is called after each new link, so that its first run begins at once. */
export function createUserLinks(
  { services, vault, log }: ExchangeContext,
  work: ExchangeWork,
  wake: () => void,
): UserLinks {
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const look = (): void => {
    looking ??= linkAll()
      .catch((error: unknown) => log.failure('listed mailboxes cannot be connected', error))
      .finally(() => {
        looking = undefined;
      });
  };
  return {
    look,
    start() {
      isOver = false;
      timer = setInterval(look, lookMs).unref();
      look();
    },
    async stop() {
      isOver = true;
      clearInterval(timer);
      await looking;
    },
  };

  async function linkAll(): Promise<void> {
    const settings = await loadSettings(services);
    const { users, direction } = settings.values;
    if (users.length === 0 || !hasServiceAccount(settings) || settings.stopped) return;
    const wanted = new Set(users);
    for await (const page of services.storage.principals({ kinds: ['user'] })) {
      for (const person of page) {
        const mailbox = mailboxOf(settings.values, person);
        if (isOver || mailbox === undefined || !wanted.has(mailbox)) continue;
        if (await linkOfPerson(services, person.id)) continue;
        // Somebody who has ended their link does not get another one.
        if (await wasLinked(person)) continue;
        await linkOne(person, directions[direction]).catch((error: unknown) =>
          log.failure('a listed mailbox cannot be connected', error),
        );
      }
    }
  }

  async function wasLinked({ id }: Principal): Promise<boolean> {
    const account = await accountOf(services, id);
    return account !== undefined && (await services.storage.connectors.linksOfAccount(account.id)).length > 0;
  }

  async function linkOne(
    person: Principal,
    direction: Parameters<typeof linkCalendar>[2]['direction'],
  ): Promise<void> {
    const actor = await actorFor(services, person, { scope: 'write', via: 'session' });
    const calendars = await services.storage.calendarsOf(person.id);
    const calendar = calendars.find(({ components }) => components.includes('VEVENT'));
    if (!calendar) return;
    const given = await checkedSignIn(services, actor, { mailbox: '', login: '', password: '' });
    const mailbox = (await work.provider()).openAs(person, given);
    const [remote] = await mailbox.calendars(AbortSignal.timeout(patienceMs));
    if (!remote) return;
    await storeAccount({ services, vault }, actor, given, { memory: mailbox.memory() });
    const zone = ianaZone(person.timeZone) ?? utc;
    const yesterday = new Date(zone.toLocal(services.clock.now()) - dayMs).toISOString().slice(0, 10);
    const { autoSync } = (await loadSettings(services)).values;
    await linkCalendar(services, actor, {
      calendar: calendar.id,
      remoteCalendar: remote.id,
      remoteName: remote.title,
      direction,
      startDate: autoSync ? null : yesterday,
    });
    wake();
  }
}

const patienceMs = 60_000;
