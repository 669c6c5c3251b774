/** What changed in a calendar or a home (RFC 6578), as the engine's sync-collection asks for it. */

import { encodeSegment } from '../core/name.ts';
import { Refusal } from '../core/refusal.ts';
import type { SyncAnswer, SyncEntry, SyncSource } from '../dav/engine.ts';
import { headsOf } from '../service/objects/queries.ts';
import {
  type HomeChange,
  type HomeSync,
  holdingHome,
  homeChangesSince,
  homeToken,
  type Told,
} from '../service/sync/home-sync.ts';
import { changesSince, type SyncChange } from '../service/sync/sync.ts';
import { badToken, holding, syncToken } from '../service/sync/sync-token.ts';
import { calendarResource, objectResource } from './make.ts';
import { memberRows } from './members.ts';
import { ownCalendars } from './own-calendars.ts';
import { sampleObject } from './reports/answers.ts';
import type { CaldavWorld, CalendarResource, Context, Of } from './world.ts';

type Entry = SyncEntry<CaldavWorld>;
type Answer = SyncAnswer<CaldavWorld>;
type ChangeOptions = Parameters<SyncSource<CaldavWorld>['changes']>[2];

/**
 * A calendar tells of its objects; a person's own home of its calendars, and with `infinite` of all objects in them
 * (clients.md W14). Homes of others keep no log: what is in them depends on who looks.
 */
export const syncSource: SyncSource<CaldavWorld> = {
  on: ['calendar', 'home'],
  async token(collection, context) {
    const { services, actor } = context;
    if (collection.kind === 'calendar') return syncToken(services, collection.seen);
    return await homeToken(services, actor, await ownCalendars(context));
  },
  holding(relied, { services, actor }) {
    const calendars = relied.flatMap(({ collection }) =>
      collection.kind === 'calendar' ? [collection.seen] : [],
    );
    const held = calendars.length === 0 ? services : holding(services, calendars);
    const home = relied.find(({ collection }) => collection.kind === 'home');
    return home ? holdingHome(held, actor, home.token) : held;
  },
  async changes(collection, since, options, context) {
    if (collection.kind === 'calendar') return await ofCalendar(collection, since, options, context);
    if (collection.kind === 'home') return await ofHome(collection, since, options, context);
    throw new Refusal('unsupported-report', 'this collection keeps no log of its changes');
  },
};

async function ofCalendar(
  calendar: CalendarResource,
  since: string | undefined,
  { limit }: ChangeOptions,
  context: Context,
): Promise<Answer> {
  const { services, actor } = context;
  const answer = await changesSince(services, actor, calendar.seen, since, limit);
  const rows =
    isInitial(since) && limit >= services.limits.maxSyncResults
      ? await memberRows(calendar, context)
      : undefined;
  return {
    pages: entries(calendar, answer.pages, context),
    lines: { sample: sampleObject(calendar), pages: answer.pages },
    ...(rows && { rows }),
    // The new token is known only after the last page, and is not read before.
    get token() {
      return answer.end().token;
    },
    get truncated() {
      return answer.end().truncated;
    },
  };
}

async function* entries(
  calendar: CalendarResource,
  pages: AsyncIterable<readonly SyncChange[]>,
  { services, actor }: Context,
): AsyncGenerator<readonly Entry[]> {
  for await (const page of pages) {
    const found = new Map<string, Entry>();
    const names = page.filter(({ gone }) => !gone).map(({ name }) => name);
    for await (const heads of headsOf(services, actor, calendar.seen, names)) {
      for (const head of heads)
        found.set(head.name, { is: 'changed', resource: objectResource(calendar, head) });
    }
    // An object that was deleted after the log was read is reported as gone.
    yield page.map(({ name }) => found.get(name) ?? { is: 'gone', href: calendar.href + name });
  }
}

/** A home's token names the state of every calendar, also of those that an answer did not come to. */
async function ofHome(
  home: Of<'home'>,
  since: string | undefined,
  { limit, depth }: ChangeOptions,
  context: Context,
): Promise<Answer> {
  const { services, actor } = context;
  const changes = await homeChangesSince(services, actor, since);
  const progress: HomeProgress = { told: new Map(), left: limit, truncated: false };
  // Another calendar may have the name now: who knows the objects of the former one would keep them for ever.
  if (depth === 'infinity' && changes.calendars.some((change) => !change.gone && change.isLost)) {
    throw badToken();
  }
  const pages = depth === 'infinity' ? wholeHome : calendarsOfHome;
  return {
    pages: pages(home, changes, progress, context),
    get token() {
      return progress.truncated ? changes.tokenAfter(progress.told) : changes.token;
    },
    get truncated() {
      return progress.truncated;
    },
  };
}

/** How far an answer about a home got. */
interface HomeProgress {
  readonly told: Map<string, Told>;
  left: number;
  truncated: boolean;
}

async function* calendarsOfHome(
  home: Of<'home'>,
  { calendars }: HomeSync,
  progress: HomeProgress,
): AsyncGenerator<readonly Entry[]> {
  const changed = calendars.filter((change) => change.gone || change.changed);
  const taken = changed.slice(0, progress.left);
  progress.truncated = taken.length < changed.length;
  for (const { name } of taken) progress.told.set(name, 'all');
  for (const change of calendars) if (!changed.includes(change)) progress.told.set(change.name, 'all');
  if (taken.length > 0) yield taken.map((change) => calendarEntry(home, change));
}

/** Each calendar that changed, followed by what changed in it. */
async function* wholeHome(
  home: Of<'home'>,
  { calendars }: HomeSync,
  progress: HomeProgress,
  context: Context,
): AsyncGenerator<readonly Entry[]> {
  const { told } = progress;
  for (const change of calendars) {
    const { name } = change;
    if (!change.gone && !change.changed) {
      told.set(name, 'all');
      continue;
    }
    if (progress.left < 1) {
      progress.truncated = true;
      continue;
    }
    if (change.gone || change.isNews) {
      yield [calendarEntry(home, change)];
      progress.left--;
    }
    if (change.gone) told.set(name, 'all');
    else {
      told.set(name, { upTo: undefined });
      yield* inCalendarOfHome(home, change, progress, context);
    }
  }
}

async function* inCalendarOfHome(
  home: Of<'home'>,
  { name, seen, token }: Extract<HomeChange, { gone: false }>,
  progress: HomeProgress,
  context: Context,
): AsyncGenerator<readonly Entry[]> {
  if (progress.left < 1) {
    progress.truncated = true;
    return;
  }
  const { services, actor } = context;
  const inside = await changesSince(services, actor, seen, token, progress.left);
  const calendar = calendarResource(home, seen, name);
  for await (const page of entries(calendar, inside.pages, context)) {
    progress.left -= page.length;
    yield page;
  }
  const end = inside.end();
  if (end.truncated) progress.truncated = true;
  progress.told.set(name, end.truncated ? { upTo: end.token } : 'all');
}

function calendarEntry(home: Of<'home'>, change: HomeChange): Entry {
  return change.gone
    ? { is: 'gone', href: `${home.href}${encodeSegment(change.name)}/` }
    : { is: 'changed', resource: calendarResource(home, change.seen, change.name) };
}

function isInitial(since: string | undefined): boolean {
  return since === undefined || since === '';
}
