/** What changed in a calendar or a home (RFC 6578), as the engine's sync-collection asks for it. */

import { encodeSegment } from '../core/name.ts';
import { Refusal } from '../core/refusal.ts';
import type { SyncAnswer, SyncEntry, SyncSource } from '../dav/engine.ts';
import { type HomeChange, homeChangesSince, homeToken } from '../service/home-sync.ts';
import { headsOf } from '../service/queries.ts';
import { changesSince, type SyncChange } from '../service/sync.ts';
import { syncToken } from '../service/sync-token.ts';
import { calendarResource, objectResource } from './make.ts';
import { memberRows } from './members.ts';
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
    return await homeToken(services, actor);
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
    ...(rows && { rows }),
    // Where the reader stands is known after the last page only, and not asked before.
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
    // What has gone since the log was read is gone.
    yield page.map(({ name }) => found.get(name) ?? { is: 'gone', href: calendar.href + name });
  }
}

/**
 * A home's token names the state of every calendar, so an answer cannot stop half-way; a limit that is too small for it is
 * refused, as RFC 6578 §3.6 allows.
 */
async function ofHome(
  home: Of<'home'>,
  since: string | undefined,
  { limit, depth }: ChangeOptions,
  context: Context,
): Promise<Answer> {
  const { services, actor } = context;
  const { calendars, token } = await homeChangesSince(services, actor, since);
  const changed = calendars.filter((change) => change.gone || change.changed);
  return { pages: homeEntries(home, changed, { limit, depth }, context), token, truncated: false };
}

async function* homeEntries(
  home: Of<'home'>,
  changes: readonly HomeChange[],
  { limit, depth }: ChangeOptions,
  context: Context,
): AsyncGenerator<readonly Entry[]> {
  let left = limit - changes.length;
  if (left < 0) throw tooMany();
  yield changes.map(
    (change): Entry =>
      change.gone
        ? { is: 'gone', href: `${home.href}${encodeSegment(change.name)}/` }
        : { is: 'changed', resource: calendarResource(home, change.seen, change.name) },
  );
  if (depth !== 'infinity') return;
  for (const change of changes) {
    if (change.gone) continue;
    const { seen, name, token } = change;
    const calendar = calendarResource(home, seen, name);
    const inside = await changesSince(context.services, context.actor, seen, token);
    for await (const page of entries(calendar, inside.pages, context)) {
      left -= page.length;
      if (left < 0) throw tooMany();
      yield page;
    }
    if (inside.end().truncated) throw tooMany();
  }
}

function isInitial(since: string | undefined): boolean {
  return since === undefined || since === '';
}

function tooMany(): Refusal {
  return new Refusal(
    'too-many-results',
    'there are more changes than the limit; ask the calendars one by one',
  );
}
