/**
 * How far a job has come, where a restart does not take it away: in the table of codes, under the job's id. A job that is
 * written down as running and does not run here was interrupted; what it had stored by then is stored.
 */
import type { PrincipalId } from '../core/ids.ts';
import { readCode, renewCode } from '../service/codes.ts';
import type { Services } from '../service/context.ts';
import type { Job } from './api.ts';
import { job as jobSchema } from './schemas.ts';

const jobMs = 24 * 3_600_000;

/** What runs is written down at most so often. */
const writeMs = 1_000;

/** Jobs of this process. */
export class JobRecords {
  private readonly services: Services;
  /** By id, until their end is written down. */
  private readonly running = new Map<string, { readonly owner: PrincipalId; readonly job: Job }>();
  private readonly writtenAt = new Map<string, number>();
  private writing: Promise<void> = Promise.resolve();

  constructor(services: Services) {
    this.services = services;
  }

  /** Settles when it is written down, if that is due. */
  async put(owner: PrincipalId, job: Job): Promise<void> {
    const now = this.services.clock.now();
    const isRunning = job.state === 'running';
    this.running.set(job.id, { owner, job });
    if (isRunning && now - (this.writtenAt.get(job.id) ?? -Infinity) < writeMs) return;
    this.writtenAt.set(job.id, now);
    // One after the other: an older state must not come to lie over a newer one.
    const write = this.writing.then(
      async () =>
        await renewCode(this.services, {
          purpose: 'job',
          principal: owner,
          code: job.id,
          payload: JSON.stringify(job),
          lifeMs: jobMs,
        }),
    );
    this.writing = write.catch(() => undefined); // Told to whoever waits for this one; the next is tried all the same.
    try {
      await write;
    } finally {
      if (!isRunning) {
        this.running.delete(job.id);
        this.writtenAt.delete(job.id);
      }
    }
  }

  /** Of its owner only. */
  async get(owner: PrincipalId, id: string): Promise<Job | undefined> {
    const here = this.running.get(id);
    if (here) return here.owner === owner ? here.job : undefined;
    const found = await readCode(this.services, 'job', id);
    if (found?.principal !== owner) return undefined;
    const job = jobSchema.read(JSON.parse(found.payload), 'job');
    return job.state === 'running' ? { ...job, state: 'interrupted' } : job;
  }
}
