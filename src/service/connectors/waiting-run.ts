/** The row of a run that somebody has asked for and nobody has begun. */
import type { ConnectorRun, RunCause } from '../../core/connector.ts';
import type { ConnectorLinkId, RunId } from '../../core/ids.ts';
import type { Instant } from '../../icalendar/time.ts';

export function waitingRun(id: RunId, link: ConnectorLinkId, cause: RunCause, asked: Instant): ConnectorRun {
  return {
    id,
    link,
    cause,
    started: asked,
    finished: null,
    outcome: 'running',
    phase: 'waiting',
    done: 0,
    total: null,
    counters: {
      read: 0,
      created: 0,
      updated: 0,
      deleted: 0,
      skipped: 0,
      failed: 0,
      conflicts: 0,
      repaired: 0,
    },
    failure: null,
    detail: null,
  };
}
