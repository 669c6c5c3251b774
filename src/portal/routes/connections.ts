/**
 * One's connections with providers, by the names that portal.md §11 gives them. What a provider alone has (its runs, issues,
 * a guard) stands under its own name; so far that is Exchange (exchange.md §5).
 */
import { Refusal } from '../../core/refusal.ts';
import * as schemas from '../exchange/schemas.ts';
import { statusReply } from '../exchange/shape.ts';
import type { Routes } from '../route.ts';
import { endConnection, linked, signedInThere, wished } from './exchange.ts';

type Names =
  | 'GET /connections'
  | 'PUT /connections/{provider}'
  | 'DELETE /connections/{provider}'
  | 'POST /connections/{provider}/sync';

export const connectionRoutes: Routes<Names> = {
  'GET /connections': {
    summary: 'My connections with providers, and how each stands',
    access: 'signed-in',
    answer: schemas.connections,
    async run({ parts, actor }) {
      const { answer } = await statusReply(parts.services, actor);
      return { answer: { connections: [{ provider: 'exchange', status: answer }] } };
    },
  },

  'PUT /connections/{provider}': {
    summary: 'Connect: sign in, choose the calendars, or both; 422 with the reason when the sign-in fails',
    access: 'signed-in',
    body: schemas.connectionInput,
    answer: schemas.status,
    async run(call) {
      requireProvider(call.params);
      const { account, link } = call.body;
      if (!account && !link) throw new Refusal('malformed-request', 'account or link is missing');
      if (account) await signedInThere(call, account);
      if (link) await linked(call, link);
      return await statusReply(call.parts.services, call.actor);
    },
  },

  'DELETE /connections/{provider}': {
    summary: 'Disconnect; copies stay on both sides unless told otherwise',
    access: 'signed-in',
    query: schemas.keepQuery,
    async run(call) {
      requireProvider(call.params);
      return await endConnection(call, call.query?.keep);
    },
  },

  'POST /connections/{provider}/sync': {
    summary: 'Synchronize now; 200 when a run waits or works already',
    access: 'signed-in',
    answer: schemas.wish,
    status: 202,
    joinedStatus: 200,
    async run(call) {
      requireProvider(call.params);
      return await wished(call);
    },
  },
};

function requireProvider({ provider }: Readonly<Record<string, string>>): void {
  if (provider !== 'exchange') throw new Refusal('not-found', 'there is no such provider');
}
