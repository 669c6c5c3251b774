/**
 * Runs links when they are due: asked for by a person first, then hinted at, then by time (exchange.md 8.7). One run per
 * link and per mailbox at a time, whatever the number of clicks, tabs, hints and processes: the lease in the database
 * decides.
 */
import {
  type ConnectorAccount,
  type ConnectorLink,
  type ConnectorRun,
  type Provider,
  pauseOf,
  type RunCause,
} from '../core/connector.ts';
import type { ConnectorAccountId, ConnectorLinkId, RunId } from '../core/ids.ts';
import { hourMs, instant, minuteMs, secondMs } from '../icalendar/time.ts';
import type { Services } from '../service/context.ts';
import type { Engine, RunFailure } from './engine.ts';
import type { RemoteMailbox, Watch } from './remote.ts';
import { maxLoginFailures } from './schedule/aftermath.ts';
import { oneRun, stopping } from './schedule/one-run.ts';
import { systemTimers, type Timers } from './schedule/timers.ts';
import { createWatching, type Watching } from './schedule/watching.ts';

export interface ScheduleSettings {
  readonly enabled: boolean;
  /** The service account was refused, and no administrator has looked at it since. */
  readonly halted: boolean;
  readonly periodMinutes: number;
  /** Mailboxes that come first, lower case. */
  readonly priority: readonly string[];
  /** Runs at a time. */
  readonly maxRuns: number;
}

export interface SchedulerParts {
  readonly services: Services;
  readonly provider: Provider;
  readonly engine: Engine;
  readonly settings: () => Promise<ScheduleSettings>;
  readonly open: (account: ConnectorAccount) => Promise<RemoteMailbox>;
  /** Of the provider as it is now; undefined: nobody listens. */
  readonly watch: () => Promise<Watch | undefined>;
  /** Remembers that the whole connector has stopped, until an administrator lets it go on. */
  readonly halt: (code: string) => Promise<void>;
  /** For the log of the process. */
  readonly report: (event: SchedulerEvent) => void;
  readonly timers?: Timers;
  /** 0 to 1. */
  readonly random?: () => number;
}

export type SchedulerEvent =
  | {
      readonly event: 'run-ended';
      readonly link: ConnectorLinkId;
      readonly outcome: string;
      readonly failure: RunFailure | undefined;
      readonly ms: number;
    }
  | { readonly event: 'watching-failed' | 'look-failed'; readonly cause: unknown };

export interface Scheduler {
  readonly start: () => void;
  /** Something may be due now: a wish, other settings. */
  readonly wake: () => void;
  /** Ends a run of this process at its next page. */
  readonly cancel: (run: RunId) => void;
  /** Told of each step of a run of this process; answers how to listen no longer. */
  readonly follow: (run: RunId, listener: (run: ConnectorRun) => void) => () => void;
  readonly runningCount: () => number;
  /** Ends runs at their next page and waits for them. */
  readonly stop: () => Promise<void>;
}

/** One thing that a person does causes several hints. */
const gatherMs: number = 3 * secondMs;
const hintLifeMs: number = 10 * minuteMs;
const lookEveryMs: number = 15 * secondMs;
const refreshEveryMs: number = minuteMs;
/** No link waits longer by time alone: what is put off further was so by a clock that was wrong. */
const longestWaitMs: number = hourMs;

interface Running {
  readonly account: ConnectorAccountId;
  readonly control: AbortController;
  readonly done: Promise<void>;
  run: RunId | undefined;
}

export function createScheduler(parts: SchedulerParts): Scheduler {
  return new LinkScheduler(parts);
}

function isOff({ enabled, halted }: ScheduleSettings): boolean {
  return !enabled || halted;
}

class LinkScheduler implements Scheduler {
  private readonly parts: SchedulerParts;
  private readonly timers: Timers;
  private readonly watching: Watching;
  private readonly running = new Map<ConnectorLinkId, Running>();
  /** When the first hint of a burst came. */
  private readonly hints = new Map<ConnectorLinkId, number>();
  private readonly listeners = new Map<RunId, Set<(run: ConnectorRun) => void>>();
  private isStarted = false;
  private looking: Promise<void> | undefined;
  private lookAgain = false;
  private refreshed = Number.NEGATIVE_INFINITY;
  /** When somebody changed something, here or in another process. */
  private changed = Number.NEGATIVE_INFINITY;
  private forgetTimer: () => void = () => undefined;
  private unwatch: () => void = () => undefined;

  constructor(parts: SchedulerParts) {
    this.parts = parts;
    this.timers = parts.timers ?? systemTimers;
    const { services, provider, open } = parts;
    this.watching = createWatching({
      services,
      provider,
      open,
      watch: async () => (isOff(await parts.settings()) ? undefined : await parts.watch()),
      timers: this.timers,
      onHint: (link) => this.hint(link),
      report: (event, cause) => parts.report({ event, cause }),
    });
  }

  readonly start = (): void => {
    if (this.isStarted) return;
    this.isStarted = true;
    // What people change here is pushed soon after they have stopped changing it.
    const soon = (): void => {
      this.changed = this.now();
      this.lookIn(gatherMs);
    };
    this.unwatch = this.parts.services.storage.watch({ committed: soon, deviceSeen: () => undefined });
    this.wake();
  };

  readonly wake = (): void => {
    if (!this.isStarted) return;
    if (this.looking) {
      this.lookAgain = true;
      return;
    }
    this.looking = this.look()
      .catch((cause: unknown) => this.parts.report({ event: 'look-failed', cause }))
      .finally(() => {
        this.looking = undefined;
        if (this.lookAgain) {
          this.lookAgain = false;
          this.wake();
        } else this.lookIn(this.pauseMs());
      });
  };

  readonly cancel = (run: RunId): void => {
    for (const running of this.running.values()) if (running.run === run) running.control.abort();
  };

  readonly follow = (run: RunId, listener: (run: ConnectorRun) => void): (() => void) => {
    const all = this.listeners.get(run) ?? new Set();
    this.listeners.set(run, all.add(listener));
    return () => {
      all.delete(listener);
      if (all.size === 0) this.listeners.delete(run);
    };
  };

  readonly runningCount = (): number => this.running.size;

  readonly stop = async (): Promise<void> => {
    this.isStarted = false;
    this.unwatch();
    this.forgetTimer();
    this.lookAt = Number.POSITIVE_INFINITY;
    await this.looking;
    for (const { control } of this.running.values()) control.abort(stopping);
    await Promise.all([this.watching.stop(), ...[...this.running.values()].map(({ done }) => done)]);
  };

  private lookAt = Number.POSITIVE_INFINITY;
  private lookedAt = Number.NEGATIVE_INFINITY;

  /** Until the next look: what was too fresh for the last one must not wait for the ordinary time. */
  private pauseMs(): number {
    const now = this.now();
    // By the time of that look, not by now: what has become due while it lasted has not been looked at.
    const fresh = [...this.hints.values(), this.changed].map((at) => at + gatherMs);
    const missed = fresh.filter((due) => due > this.lookedAt).map((due) => Math.max(0, due - now));
    return Math.min(lookEveryMs, ...missed);
  }

  /** Looks after this time at the latest. */
  private lookIn(ms: number): void {
    const at = this.now() + ms;
    if (!this.isStarted || at >= this.lookAt) return;
    this.forgetTimer();
    this.lookAt = at;
    this.forgetTimer = this.timers.after(ms, () => {
      this.lookAt = Number.POSITIVE_INFINITY;
      this.wake();
    });
  }

  /** For what lies within this process; what is stored has the time of the clock. */
  private now(): number {
    return this.timers.now();
  }

  private hint(link: ConnectorLinkId): void {
    if (!this.hints.has(link)) this.hints.set(link, this.now());
    this.lookIn(gatherMs);
  }

  private async look(): Promise<void> {
    this.lookedAt = this.now();
    const settings = await this.parts.settings();
    if (!this.isStarted) return;
    if (isOff(settings)) {
      // Listening asks for the same account, and asks again whenever the line breaks.
      this.refreshed = Number.NEGATIVE_INFINITY;
      return await this.watching.refresh();
    }
    if (this.now() - this.refreshed >= refreshEveryMs) {
      this.refreshed = this.now();
      await this.retryLogins(settings);
      await this.watching.refresh();
    }
    const { connectors } = this.parts.services.storage;
    const now = this.parts.services.clock.now();
    const elapsed = this.now();
    const due = await connectors.dueLinks({
      provider: this.parts.provider,
      now,
      hinted: [...this.hints].filter(([, at]) => elapsed - at >= gatherMs).map(([link]) => link),
      settledBefore: instant(now - gatherMs),
      latest: instant(now + Math.max(2 * settings.periodMinutes * minuteMs, longestWaitMs)),
      priority: settings.priority,
      limit: settings.maxRuns + this.running.size,
    });
    this.forgetOldHints(elapsed);
    for (const { link, because } of due) {
      const cause = because === 'wanted' ? 'manual' : because === 'hint' ? 'hint' : 'schedule';
      await this.begin(link, cause, settings);
    }
  }

  /** Links that do not run (stopped, failing, run elsewhere) find out by their next run anyway. */
  private forgetOldHints(now: number): void {
    for (const [link, at] of this.hints) if (now - at >= hintLifeMs) this.hints.delete(link);
  }

  /** A login that was refused is tried again after a while, a few times: the refusal may have been the server's mistake. */
  private async retryLogins(settings: ScheduleSettings): Promise<void> {
    const { connectors } = this.parts.services.storage;
    for await (const page of connectors.accounts(this.parts.provider)) {
      for (const account of page) {
        const isOver =
          account.authFailures >= maxLoginFailures || pauseOf(account, this.parts.services.clock.now()) > 0;
        if (account.stopped !== 'credentials' || account.authFailures === 0 || isOver) continue;
        const links = await connectors.linksOfAccount(account.id);
        const link = links.find(({ removed, stopped }) => removed === null && stopped === null);
        if (link) await this.begin(link, 'schedule', settings);
      }
    }
  }

  private async begin(link: ConnectorLink, cause: RunCause, settings: ScheduleSettings): Promise<void> {
    if (this.running.size >= settings.maxRuns || this.running.has(link.id) || !this.isStarted) return;
    const account = await this.parts.services.storage.connectors.account(link.account);
    if (!account || [...this.running.values()].some((running) => running.account === account.id)) return;
    // A hint that comes while the run works asks for another one.
    this.hints.delete(link.id);
    const control = new AbortController();
    const running: Running = {
      account: account.id,
      control,
      run: undefined,
      done: this.work(link, account, cause, settings, control),
    };
    this.running.set(link.id, running);
  }

  private async work(
    link: ConnectorLink,
    account: ConnectorAccount,
    cause: RunCause,
    settings: ScheduleSettings,
    control: AbortController,
  ): Promise<void> {
    const started = this.now();
    try {
      const ended = await oneRun({
        services: this.parts.services,
        engine: this.parts.engine,
        timers: this.timers,
        link,
        account,
        cause,
        periodMinutes: settings.periodMinutes,
        random: this.parts.random ?? Math.random,
        control,
        onProgress: (run) => this.tell(link.id, run),
      });
      if (!ended) {
        // Whoever was faster may have looked before what was hinted at had happened.
        if (cause === 'hint') this.hint(link.id);
        return;
      }
      const { result, failure, after } = ended;
      if (after.halt && failure) await this.halt(failure);
      const outcome = result?.run.outcome ?? 'failed';
      this.parts.report({ event: 'run-ended', link: link.id, outcome, failure, ms: this.now() - started });
    } catch (cause) {
      this.parts.report({ event: 'look-failed', cause });
    } finally {
      this.running.delete(link.id);
      // Nobody listens to a new link yet.
      if (!link.initialised) this.refreshed = Number.NEGATIVE_INFINITY;
      // The next in the queue, and what was asked for meanwhile.
      this.wake();
    }
  }

  /** All at once: each further mailbox would try the same refused password (exchange.md 17.1). */
  private async halt(failure: RunFailure): Promise<void> {
    await this.parts.halt(failure.code);
    for (const { control } of this.running.values()) control.abort();
    await this.watching.refresh();
  }

  private tell(link: ConnectorLinkId, run: ConnectorRun): void {
    const running = this.running.get(link);
    if (running) running.run = run.id;
    for (const listener of this.listeners.get(run.id) ?? []) listener(run);
    if (run.finished !== null) this.listeners.delete(run.id);
  }
}
