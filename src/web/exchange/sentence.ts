/** A status as one sentence with a time. */

import type { ExchangeState, ExchangeStatus } from '../../portal/api.ts';
import { formatAgo, formatStamp } from '../dates.ts';
import { reasonText, te, teCode } from './words.ts';

export function sentence(status: ExchangeStatus): string {
  return sentences[status.state](status);
}

const sentences: Readonly<Record<ExchangeState, (status: ExchangeStatus) => string>> = {
  absent: () => '',
  not_configured: () => te('notSetUp'),
  needs_authorisation: () => te('connectPrompt'),
  ready: (status) =>
    status.lastSync === null ? te('neverSynchronised') : te('synchronised', { when: ago(status) }),
  queued: () => te('waiting'),
  running: ({ run }) => {
    const phase = teCode('phase', run?.phase ?? 'pulling', 'phase_pulling');
    return run?.total == null
      ? te('synchronising', { phase })
      : te('synchronisingOf', { phase, done: run.done, total: run.total });
  },
  partial: (status) => te('needAttention', { n: status.issues, when: ago(status) }),
  error: (status) =>
    joined(
      te('failed', { reason: reasonText(status.reason, status.code) }),
      te('lastSuccess', { when: ago(status) }),
      status.nextSync === null ? '' : te('nextTry', { when: formatStamp(status.nextSync) }),
    ),
  paused: ({ reason, code, nextSync }) =>
    joined(
      te('failed', { reason: reasonText(reason, code) }),
      nextSync === null ? '' : te('pausedUntil', { when: formatStamp(nextSync) }),
    ),
};

function ago({ lastSync }: ExchangeStatus): string {
  return lastSync === null ? te('never') : formatAgo(lastSync);
}

function joined(...parts: readonly string[]): string {
  return parts.filter(Boolean).join(' ');
}
