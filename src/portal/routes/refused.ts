/** What calendars have refused of mine: looked at, taken home, mended, thrown away (clients.md demand 58). */
import type { RefusedId } from '../../core/ids.ts';
import { decodeSegment } from '../../core/name.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import type { RefusedObject as Stored } from '../../core/refused.ts';
import { calendarById } from '../../service/access.ts';
import { dropRefused, listRefused, mendRefused, refusedObject } from '../../service/calendars/refused.ts';
import type { Services } from '../../service/context.ts';
import type { RefusedObject } from '../api.ts';
import { nothing, pathId, type Routes, timestamp } from '../route.ts';
import * as schemas from '../schemas.ts';
import { reportShape } from './jobs.ts';

type Names =
  | 'GET /refused'
  | 'GET /refused/{refused}/download'
  | 'POST /refused/{refused}/mend'
  | 'DELETE /refused/{refused}';

export const refusedRoutes: Routes<Names> = {
  'GET /refused': {
    summary: 'What my programs sent and calendars refused, newest first',
    access: 'signed-in',
    answer: schemas.refusedObjects,
    async run({ parts: { services }, actor }) {
      const refused = await listRefused(services, actor, actor.principal);
      return { answer: { refused: await Promise.all(refused.map((one) => shape(services, actor, one))) } };
    },
  },

  'GET /refused/{refused}/download': {
    summary: 'One of them as it was sent',
    access: 'signed-in',
    answer: { mediaType: 'application/octet-stream' },
    async run({ parts: { services }, actor, params }) {
      const { bytes } = await refusedObject(services, actor, actor.principal, idIn(params));
      if (!bytes) throw new Refusal('gone', 'the refused object was too long to be kept');
      // Whatever the bytes are, no browser may interpret them.
      const headers = {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': 'attachment; filename="refused.ics"',
        'Cache-Control': 'no-store',
      };
      return { response: { status: 200, headers, body: bytes } };
    },
  },

  'POST /refused/{refused}/mend': {
    summary: 'Take it into its calendar as an import does; nothing is overwritten',
    access: 'signed-in',
    answer: schemas.importReport,
    async run({ parts: { services }, actor, params }) {
      return { answer: reportShape(await mendRefused(services, actor, actor.principal, idIn(params))) };
    },
  },

  'DELETE /refused/{refused}': {
    summary: 'Throw it away',
    access: 'signed-in',
    async run({ parts: { services }, actor, params }) {
      await dropRefused(services, actor, actor.principal, idIn(params));
      return nothing;
    },
  },
};

function idIn({ refused }: Readonly<Record<string, string>>): RefusedId {
  return pathId<RefusedId>(refused);
}

async function shape(services: Services, actor: Actor, refused: Stored): Promise<RefusedObject> {
  const seen = await calendarById(services, actor, refused.calendar);
  return {
    id: String(refused.id),
    calendar: seen ? String(seen.calendar.id) : null,
    calendarName: seen ? (seen.view?.displayName ?? seen.calendar.displayName) : '',
    name: decodeSegment(refused.name) ?? refused.name,
    uid: refused.uid,
    line: refused.line,
    reason: refused.code,
    detail: refused.message,
    at: timestamp(refused.at),
    program: refused.program,
    sizeBytes: refused.sizeBytes,
  };
}
