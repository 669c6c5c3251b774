/** What a collection holds, as this actor sees it (RFC 4918 §5.2). */
import { Refusal } from '../core/refusal.ts';
import type { MemberRows } from '../dav/engine.ts';
import type { RowTemplate } from '../dav/planner.ts';
import { calendarsOf } from '../service/access.ts';
import { fastRows, listing } from '../service/objects/queries.ts';
import { searchPeople } from '../service/people/people.ts';
import { calendarResource, homeResource, objectResource, principalResource, signpost } from './make.ts';
import { ownCalendars } from './own-calendars.ts';
import { sampleObject } from './reports/answers.ts';
import type { CaldavResource, CaldavWorld, CalendarResource, Context, HomeResource } from './world.ts';

export async function* members(
  collection: CaldavResource,
  context: Context,
): AsyncGenerator<readonly CaldavResource[]> {
  const { services, actor } = context;
  switch (collection.kind) {
    case 'root':
      yield [signpost(context, 'context')];
      return;
    case 'context':
      yield [signpost(context, 'principals'), signpost(context, 'homes'), signpost(context, 'files')];
      return;
    case 'principals':
      yield (await searchPeople(services, actor, {}, maxPrincipals)).map((one) =>
        principalResource(context, one),
      );
      return;
    case 'homes':
      // The actor's own home only: it also lists the calendars of others that the actor may see.
      yield [homeResource(context, actor.principal)];
      return;
    case 'home':
    case 'other-home':
      yield await homeCalendars(collection, context);
      return;
    case 'calendar':
      for await (const page of listing(services, actor, collection.seen)) {
        yield page.map((head) => objectResource(collection, head));
      }
      return;
    case 'files':
    case 'principal':
    case 'busy-calendar':
    case 'object':
      return;
  }
}

/** The most principals that a listing has; searches find the others. */
const maxPrincipals = 10_000;

/**
 * The calendars in a home. The actor's own home holds all their calendars, own and foreign; another home holds those of
 * its owner that the actor may see.
 */
export async function homeCalendars(
  home: HomeResource,
  context: Context,
): Promise<readonly CalendarResource[]> {
  const { services, actor } = context;
  const seen =
    home.kind === 'home' ? await ownCalendars(context) : await calendarsOf(services, actor, home.owner);
  return seen.map((one) => calendarResource(home, one));
}

/** The listing of a calendar as the storage writes it, where its reader sees all of it whole. */
export async function memberRows(
  collection: CaldavResource,
  { services, actor }: Context,
): Promise<MemberRows<CaldavWorld> | undefined> {
  if (collection.kind !== 'calendar') return undefined;
  const { seen } = collection;
  const written = (template: RowTemplate): Promise<AsyncIterable<Uint8Array> | undefined> =>
    fastRows(services, actor, seen, { by: 'all' }, template);
  if (!(await written(noTemplate))) return undefined;
  return {
    sample: sampleObject(collection),
    async *rows(template) {
      const rows = await written(template);
      // Between the two questions somebody stored something that this reader may not see whole.
      if (!rows) throw new Refusal('busy', 'the calendar has changed while it was listed');
      yield* rows;
    },
  };
}

const noTemplate: RowTemplate = { head: '', tag: '', tail: '' };
