/** Entries of one kind as one request. */
import type { ConnectorItem, OutboxAction } from '../../core/connector.ts';
import type { Debt } from '../agreed.ts';
import { payloadText } from '../outbox.ts';
import type { ItemFailure, NoteUntold, Owed, Written } from '../remote.ts';
import { attemptOf } from './attempts.ts';
import type { Push } from './outgoing.ts';
import type { Round } from './round.ts';
import { Work } from './work.ts';

/** Answers in the order of the pushes, which are all of this action. */
export async function send(
  round: Round,
  action: OutboxAction,
  pushes: readonly Push[],
): Promise<readonly (Written | ItemFailure)[]> {
  const { remote, window } = round;
  const { signal } = round.parts;
  switch (action) {
    case 'create': {
      const creations = pushes.flatMap(({ entry, payload, pair }) => {
        if (payload.action !== 'create') return [];
        const { after: event } = payload;
        return { marker: pair.marker, event, attempt: attemptOf(round, pair, entry, event) };
      });
      return await remote.create(creations, window, signal);
    }
    case 'update': {
      const updates = pushes.flatMap((push) => {
        const { entry, payload, pair, main, parts } = push;
        if (payload.action !== 'update' || !main) return [];
        const { before, after, notify, endsSeries, invites, tells } = payload;
        const more = {
          ...(endsSeries && { endsSeries }),
          ...(invites && { invites: owedBy(invites) }),
          ...(tells && { tells }),
          noteUntold: notingUntold(round, push),
        };
        const what = {
          marker: pair.marker,
          attempt: attemptOf(round, pair, entry, after),
          before,
          after,
          parts: partsOf(parts),
          role: pair.role,
          notify,
        };
        return { ...versionOf(main), ...what, ...more };
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

/** Kept with the entry before the request leaves, so that whoever finds it half done knows what guests have heard. */
function notingUntold(round: Round, push: Push): NoteUntold {
  return async (untold) => {
    push.untold = untold;
    const { entry, payload } = push;
    if (untold === 'told' || payload.action !== 'update') return;
    const sent = { ...entry, sent: true, attempts: entry.attempts + 1 };
    const work = new Work();
    work.add({ do: 'put-outbox', entry: { ...sent, payload: payloadText({ ...payload, untold }) } });
    await round.commit(work);
  };
}

function owedBy(debt: Debt): Owed {
  return debt === 'once-told' ? 'unless-sent' : debt;
}

function versionOf({ remoteId, version }: ConnectorItem): { readonly id: string; readonly version: string } {
  return { id: remoteId, version };
}

function partsOf(
  parts: readonly ConnectorItem[],
): readonly { readonly id: string; readonly version: string; readonly recurrenceId: string }[] {
  return parts.map((item) => ({ ...versionOf(item), recurrenceId: item.recurrenceId ?? '' }));
}
