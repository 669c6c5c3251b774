/**
 * How far a job has come, kept so that it outlasts a restart: in the table of codes, under the job's id, with the process that
 * runs it and the time. A job written down as running has been interrupted if its process has not renewed that for a while,
 * or if this process has the number of that one now. What the job had stored by then stays stored.
 */
import { type PrincipalId, processOf } from '../core/ids.ts';
import { readCode, renewCode } from '../service/codes.ts';
import type { Services } from '../service/context.ts';
import type { Job } from './api.ts';
import { job as jobSchema } from './schemas.ts';

const jobMs = 24 * 3_600_000;

/** How often the progress of a running job is written down at most. */
const writeMs = 1_000;

/** A process renews its running jobs this often, and counts as dead after `silentMs` without that. */
const beatMs = 10_000;
const silentMs = 60_000;

interface Written {
  readonly job: Job;
  /** An id made by the process that runs it; it contains the number of that process. */
  readonly holder: number;
  readonly at: number;
}

/** Jobs of this process. */
export class JobRecords {
  private readonly services: Services;
  private readonly holder: number;
  private beating: NodeJS.Timeout | undefined;
  /** By id, until their end is written down. */
  private readonly running = new Map<string, { readonly owner: PrincipalId; readonly job: Job }>();
  private readonly writtenAt = new Map<string, number>();
  private writing: Promise<void> = Promise.resolve();

  constructor(services: Services) {
    this.services = services;
    this.holder = services.ids();
  }

  /** Renews all running jobs of this process. */
  async beat(): Promise<void> {
    this.writtenAt.clear();
    for (const { owner, job } of this.running.values())
      if (job.state === 'running') await this.put(owner, job);
  }

  /** Settles when it is written down, if that is due. */
  async put(owner: PrincipalId, job: Job): Promise<void> {
    const now = this.services.clock.now();
    const isRunning = job.state === 'running';
    this.running.set(job.id, { owner, job });
    // A job may make no progress for a while and still be alive.
    this.beating ??= setInterval(() => void this.beat().catch(() => undefined), beatMs).unref();
    if (isRunning && now - (this.writtenAt.get(job.id) ?? -Infinity) < writeMs) return;
    this.writtenAt.set(job.id, now);
    // One after the other: an older state must not come to lie over a newer one.
    const write = this.writing.then(
      async () =>
        await renewCode(this.services, {
          purpose: 'job',
          principal: owner,
          code: job.id,
          payload: JSON.stringify({ job, holder: this.holder, at: now } satisfies Written),
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
        this.rest();
      }
    }
  }

  /** A job, for its owner only. */
  async get(owner: PrincipalId, id: string): Promise<Job | undefined> {
    const here = this.running.get(id);
    if (here) return here.owner === owner ? here.job : undefined;
    const found = await readCode(this.services, 'job', id);
    if (found?.principal !== owner) return undefined;
    const { job, holder, at } = writtenIn(found.payload);
    return job.state === 'running' && !this.isAlive(holder, at) ? { ...job, state: 'interrupted' } : job;
  }

  /** The number of a process is given to another one when it has ended, however it ended (storage/sqlite/process-number.ts). */
  private isAlive(holder: number, at: number): boolean {
    return processOf(holder) !== processOf(this.holder) && this.services.clock.now() - at < silentMs;
  }

  private rest(): void {
    if (this.running.size > 0) return;
    clearInterval(this.beating);
    this.beating = undefined;
  }
}

function writtenIn(payload: string): Written {
  const value: unknown = JSON.parse(payload);
  const of = (name: keyof Written): unknown =>
    typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return { job: jobSchema.read(of('job'), 'job'), holder: Number(of('holder')), at: Number(of('at')) };
}
