/** Sharing, people to share with, and the trash (portal.md 3.7). */
import { everyone } from '../../core/acl.ts';
import type { SeenCalendar } from '../../core/calendar.ts';
import type { PrincipalId, TrashId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { principalById } from '../../service/access.ts';
import { grant, grantsOf } from '../../service/calendars/calendars.ts';
import { setShareFurther, tickedFor } from '../../service/calendars/share-further.ts';
import { listTrash, restore, trashTitle } from '../../service/calendars/trash.ts';
import type { Services } from '../../service/context.ts';
import { Pace } from '../../service/pace.ts';
import { mayKnow, searchPeople } from '../../service/people/people.ts';
import type { Share, Shares, TrashItem } from '../api.ts';
import { calendarAt, requireEveryoneLevel } from '../calendar-shape.ts';
import { personById, personShape } from '../people-shape.ts';
import { nothing, pathId, principalIdOf, type Reply, type Routes, timestamp } from '../route.ts';
import * as schemas from '../schemas.ts';

type Names =
  | 'GET /calendars/{id}/shares'
  | 'POST /calendars/{id}/shares'
  | 'DELETE /calendars/{id}/shares/{who}'
  | 'GET /people'
  | 'GET /trash'
  | 'POST /trash/{item}/restore';

/** Suggestions in one answer: enough to choose from, too few to list a company. */
const maxSuggestions = 20;
const maxTrashItems = 500;

export const sharingRoutes: Routes<Names> = {
  'GET /calendars/{id}/shares': {
    summary: 'Who has access, and how',
    access: 'signed-in',
    answer: schemas.shares,
    async run({ parts, actor, params }) {
      const seen = await calendarAt(parts.services, actor, params['id']);
      return await told(parts.services, actor, seen);
    },
  },

  'POST /calendars/{id}/shares': {
    summary: 'Give somebody, a group or everyone a level',
    access: 'signed-in',
    body: schemas.newShare,
    answer: schemas.shares,
    async run({ parts, actor, params, body }) {
      const { services } = parts;
      const seen = await calendarAt(services, actor, params['id']);
      if (body.who === everyone) requireEveryoneLevel(body.level);
      else {
        const known = await principalById(services, principalIdOf(body.who));
        if (!known || !mayKnow(actor, known)) throw new Refusal('not-found', 'there is nobody of this id');
      }
      const who = granteeOf(body.who);
      await grant(services, actor, seen, who, body.level);
      if (body.mayShareFurther !== undefined && who !== everyone)
        await setShareFurther(services, actor, seen, who, body.mayShareFurther);
      return await told(services, actor, seen);
    },
  },

  'DELETE /calendars/{id}/shares/{who}': {
    summary: 'Take access away',
    access: 'signed-in',
    answer: schemas.shares,
    async run({ parts, actor, params }) {
      const seen = await calendarAt(parts.services, actor, params['id']);
      await grant(parts.services, actor, seen, granteeOf(params['who'] ?? ''), null);
      return await told(parts.services, actor, seen);
    },
  },

  'GET /people': {
    summary: 'People, groups and rooms whose name or address holds a text',
    access: 'signed-in',
    query: schemas.peopleQuery,
    answer: schemas.people,
    async run({ parts, actor, query }) {
      const text = query.text.trim();
      if (text === '') return { answer: { people: [] } };
      const found = await searchPeople(parts.services, actor, { text }, maxSuggestions);
      return { answer: { people: found.filter(({ kind }) => kind !== 'company').map(personShape) } };
    },
  },

  'GET /trash': {
    summary: 'What I have deleted, newest first',
    access: 'signed-in',
    answer: schemas.trash,
    async run({ parts, actor }) {
      const items: TrashItem[] = [];
      let truncated = false;
      const pace = new Pace(parts.services.clock);
      for await (const page of listTrash(parts.services, actor, actor.principal)) {
        for (const { id, calendar, calendarName, objectName, uid, deleted, deletedBy } of page) {
          if (items.length === maxTrashItems) {
            truncated = true;
            break;
          }
          await pace.breathe();
          const who = deletedBy === null ? undefined : await principalById(parts.services, deletedBy);
          items.push({
            id: String(id),
            what: objectName === null ? 'calendar' : 'event',
            title:
              objectName === null
                ? calendarName
                : ((await trashTitle(parts.services, id)) ?? uid ?? objectName),
            calendar: String(calendar),
            calendarName,
            deleted: timestamp(deleted),
            deletedBy: who?.displayName ?? null,
          });
        }
        if (truncated) break;
      }
      return { answer: { items, truncated, days: parts.trashDays } };
    },
  },

  'POST /trash/{item}/restore': {
    summary: 'Bring something back',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      await restore(parts.services, actor, actor.principal, pathId<TrashId>(params['item']));
      return nothing;
    },
  },
};

function granteeOf(who: string): PrincipalId | typeof everyone {
  return who === everyone ? everyone : principalIdOf(who);
}

async function told(services: Services, actor: Actor, seen: SeenCalendar): Promise<Reply<Shares>> {
  const grants = await grantsOf(services, actor, seen);
  const owner = await personById(services, seen.calendar.owner);
  const ticked = await tickedFor(services, seen.calendar);
  const shares: Share[] = [
    {
      who: owner,
      level: 'manage',
      how: 'owner',
      group: null,
      removable: false,
      mayShareFurther: true,
    },
  ];
  for (const { grantee, level } of grants) {
    if (grantee === everyone) {
      shares.push({
        who: everyone,
        level,
        how: 'everyone',
        group: null,
        removable: true,
        mayShareFurther: true,
      });
      continue;
    }
    const person = await principalById(services, grantee);
    if (!person || !mayKnow(actor, person)) continue;
    const group = person.kind === 'group' ? person.displayName : null;
    shares.push({
      who: personShape(person),
      level,
      how: 'share',
      group,
      removable: true,
      mayShareFurther: level === 'manage' || ticked.has(person.id),
    });
  }
  const links = await services.storage.links({ calendar: seen.calendar.id });
  const linkCount = links.filter(({ principal }) => principal !== actor.principal.id).length;
  return { answer: { shares, linkCount } };
}
