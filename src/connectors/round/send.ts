/** Entries of one kind as one request. */
import type { ConnectorItem, OutboxAction } from '../../core/connector.ts';
import type { Payload } from '../outbox.ts';
import type { ItemFailure, Notify, Written } from '../remote.ts';
import type { Push } from './outgoing.ts';
import type { Round } from './round.ts';

/** Answers in the order of the pushes, which are all of this action. */
export async function send(
  { remote, window, parts: { signal } }: Round,
  action: OutboxAction,
  pushes: readonly Push[],
): Promise<readonly (Written | ItemFailure)[]> {
  switch (action) {
    case 'create': {
      const creations = pushes.flatMap(({ payload, pair: { marker } }) =>
        payload.action === 'create' ? { marker, event: payload.after, notify: mailedBy(payload) } : [],
      );
      return await remote.create(creations, window, signal);
    }
    case 'update': {
      const updates = pushes.flatMap(({ payload, pair: { marker, role }, main, parts }) => {
        if (payload.action !== 'update' || !main) return [];
        const { before, after, notify, endsSeries, invites } = payload;
        const more = { ...(endsSeries && { endsSeries }), ...(invites && { invites }) };
        return { ...versionOf(main), marker, before, after, parts: partsOf(parts), role, notify, ...more };
      });
      return await remote.update(updates, window, signal);
    }
    case 'delete': {
      const removals = pushes.flatMap(({ payload, pair: { role }, main, parts }) => {
        if (payload.action !== 'delete' || !main) return [];
        return { ...versionOf(main), parts: partsOf(parts), role, notify: payload.notify };
      });
      return await remote.remove(removals, signal);
    }
    case 'respond': {
      const answers: (Written | ItemFailure)[] = [];
      for (const { payload, main } of pushes) {
        if (payload.action !== 'respond' || !main) continue;
        const { answer, instance: key, after } = payload;
        const instance = key === undefined ? undefined : { key, of: after };
        const response = { ...versionOf(main), answer, ...(instance && { instance }) };
        answers.push(await remote.respond(response, signal));
      }
      return answers;
    }
    default:
      return action satisfies never;
  }
}

/** The one that may have arrived before has mailed whoever was to hear of it. */
function mailedBy({ repeats, notify }: Extract<Payload, { readonly action: 'create' }>): Notify {
  return repeats === true ? 'none' : notify;
}

function versionOf({ remoteId, version }: ConnectorItem): { readonly id: string; readonly version: string } {
  return { id: remoteId, version };
}

function partsOf(
  parts: readonly ConnectorItem[],
): readonly { readonly id: string; readonly version: string; readonly recurrenceId: string }[] {
  return parts.map((item) => ({ ...versionOf(item), recurrenceId: item.recurrenceId ?? '' }));
}
