/** What the server does by itself: roll the time index on, empty the trash, trim the sync logs, make backups. */
import { instant } from '../icalendar/time.ts';
import type { Log } from '../observability/log.ts';
import { operator } from '../service/access.ts';
import { purgeAudit } from '../service/audit.ts';
import { purgeRefused } from '../service/calendars/refused.ts';
import { purgeTrash } from '../service/calendars/trash.ts';
import type { Services } from '../service/context.ts';
import { renewCuts } from '../service/export/renew-cuts.ts';
import { moveHorizon } from '../service/objects/horizon.ts';
import { endUnusedPasswords } from '../service/people/passwords.ts';
import { type BackupPlan, backupIfDue } from './backups.ts';

export interface MaintenanceOptions {
  /** 0: the trash is kept. */
  readonly trashDays: number;
  readonly keepChanges: number;
  readonly auditDays: number;
  readonly backups: BackupPlan;
  readonly log: Log;
}

export interface Maintenance {
  /** Resolves when a round that runs has ended; no further one begins. */
  readonly stop: () => Promise<void>;
}

const dayMs = 86_400_000;
/** Not at once: the first minute of a process belongs to the phones that come back. */
const firstRoundMs = 60_000;
const roundMs = 3_600_000;
/** A client that was away for longer starts with a full listing. */
const syncLogMs = 180 * dayMs;

export function startMaintenance(services: Services, options: MaintenanceOptions): Maintenance {
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const plan = (delayMs: number): void => {
    timer = setTimeout(() => {
      running = maintain(services, options, () => timer !== undefined).then(() => {
        if (timer !== undefined) plan(roundMs);
      });
    }, delayMs);
    timer.unref(); // Nothing waits for the next round.
  };
  plan(firstRoundMs);
  return {
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await running;
    },
  };
}

/** One round. A step that fails is logged and does not keep the others from their work; a long one asks whether it may go on. */
export async function maintain(
  services: Services,
  options: MaintenanceOptions,
  isWanted: () => boolean = () => true,
): Promise<void> {
  const { log, trashDays, keepChanges, auditDays, backups } = options;
  const steps: readonly (readonly [name: string, run: () => Promise<unknown>])[] = [
    ['horizon', () => moveHorizon(services)],
    ['cuts', () => renewCuts(services, isWanted)],
    ['audit', () => purgeAudit(services, auditDays * dayMs)],
    ['unused passwords', () => endUnusedPasswords(services)],
    ['refused objects', () => purgeRefused(services)],
    [
      'trash',
      async () => (trashDays > 0 ? await purgeTrash(services, operator(), trashDays * dayMs) : undefined),
    ],
    ['backup', () => backupIfDue(services, backups)],
    ['tidy', () => services.storage.tidy({ before: instant(services.clock.now() - syncLogMs), keepChanges })],
  ];
  for (const [name, run] of steps) {
    try {
      await run();
    } catch (error) {
      log.failure(`maintenance failed: ${name}`, error);
    }
  }
}
