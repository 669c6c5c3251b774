/**
 * One run over one link: what all its steps share, and the one door through which they write.
 *
 * Each write begins with `check-lease`, so a process that was overtaken writes nothing, and carries the run's own row, so
 * whoever looks sees how far it is.
 */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Change, CommitFailure, CommitResult } from '../../core/change-set.ts';
import type {
  ConnectorAccount,
  ConnectorLink,
  ConnectorPair,
  ConnectorRun,
  RunCause,
  RunPhase,
} from '../../core/connector.ts';
import type { ConnectorLinkPatch } from '../../core/connector-change.ts';
import type { ConnectorLinkId, RunId } from '../../core/ids.ts';
import type { Actor } from '../../core/principal.ts';
import type { Instant, TimeRange } from '../../icalendar/time.ts';
import type { Services } from '../../service/context.ts';
import type { IndexView } from '../../service/objects/indexing.ts';
import { changeSet } from '../../service/writing.ts';
import type { Locked } from '../decide.ts';
import type { NeutralEvent } from '../event.ts';
import { RemoteFailure } from '../failure.ts';
import type { LocalView } from '../local/view.ts';
import type { Mailing } from '../notify.ts';
import type { RemoteCalendar, RemoteMailbox } from '../remote.ts';
import type { SyncRules } from '../rules.ts';
import { nothingCounted, type Work } from './work.ts';

/**
 * Which parts a change that came from the provider may not touch (exchange.md 9.7): asked with the event as it is here and
 * as it would become.
 */
export type ChangeGuard = (
  link: ConnectorLink,
  before: NeutralEvent,
  after: NeutralEvent,
) => Promise<readonly Locked[]>;

export interface RoundParts {
  readonly services: Services;
  readonly account: ConnectorAccount;
  readonly link: ConnectorLink;
  readonly actor: Actor;
  readonly seen: SeenCalendar;
  readonly index: IndexView;
  readonly mailbox: RemoteMailbox;
  readonly remote: RemoteCalendar;
  readonly rules: SyncRules;
  readonly window: TimeRange;
  readonly guard: ChangeGuard | undefined;
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly onProgress: (run: ConnectorRun) => void;
  /** Its row as it begins. */
  readonly run: ConnectorRun;
}

/** The row of a run that begins. */
export function newRun(id: RunId, link: ConnectorLinkId, cause: RunCause, started: Instant): ConnectorRun {
  return {
    id,
    link,
    cause,
    started,
    finished: null,
    outcome: 'running',
    phase: 'waiting',
    done: 0,
    total: null,
    counters: nothingCounted,
    failure: null,
    detail: null,
  };
}

/** Somebody else has taken the link over, and goes on where this run was. */
export class LeaseLost extends Error {}

/** The person took it back. */
export class Cancelled extends Error {}

/** The link leads elsewhere now, or is to be read from the beginning: the next run begins with that. */
export class LinkChanged extends Error {}

export class Round {
  readonly services: Services;
  readonly parts: RoundParts;
  readonly view: LocalView;
  readonly remote: RemoteCalendar;
  readonly window: TimeRange;
  readonly started: Instant;
  /** As it is stored by now. */
  link: ConnectorLink;
  run: ConnectorRun;
  /** Nobody is mailed while everything is looked at for the first time, or looked through again. */
  silent: boolean;
  /** The mailbox was full when it was last written to: until when nothing is, and how often it was tried. */
  rest: { readonly until: number; readonly attempts: number } | undefined;
  /** Something did not work that the next run tries again. */
  incomplete = false;
  /** Of series that were found again: instances for which single items are taken to be there still, by the id of the pair. */
  readonly supposed: Map<ConnectorPair['id'], readonly string[]> = new Map();
  /** A series was found again of which single items may be there besides. */
  missesParts = false;

  constructor(parts: RoundParts) {
    const { services, link, index, account } = parts;
    this.parts = parts;
    this.services = services;
    this.link = link;
    this.remote = parts.remote;
    this.window = parts.window;
    // A cursor at the beginning: an earlier first day brings in what was there all the time.
    this.silent = !link.initialised || link.localCursor === 0;
    this.started = parts.run.started;
    this.view = {
      zone: index.zone,
      isOwn: (address) => address === account.mailbox || index.isOwn(address),
    };
    this.run = parts.run;
  }

  get mailing(): Mailing {
    return { invitations: this.parts.rules.invitations, silent: this.silent, isOwn: this.view.isOwn };
  }

  now(): Instant {
    return this.services.clock.now();
  }

  /** Between two pages: the only places at which a run ends early by wish. */
  checkpoint(): void {
    if (this.parts.signal.aborted) throw new Cancelled('the run was cancelled');
  }

  enter(phase: RunPhase, total: number | null = null): void {
    this.run = { ...this.run, phase, done: 0, total };
    this.parts.onProgress(this.run);
  }

  /**
   * Writes what a step has decided, with what the link is then. Answers the failure when something here was changed
   * meanwhile: the step decides again.
   */
  async commit(work: Work, given: ConnectorLinkPatch = {}, done = 0): Promise<CommitFailure | undefined> {
    // The next run tries again what has failed, also if this one dies.
    const isFirstFailure = this.incomplete && this.link.lastFailure === null;
    const patch = isFirstFailure ? { lastFailure: 'items-failed', ...given } : given;
    const run = {
      ...this.run,
      counters: work.countedOnto(this.run.counters),
      detail: work.notedOnto(this.run.detail),
      done: this.run.done + done,
    };
    const { deepChecked } = this.link;
    // Who wants an event to be tried again asks for the next look at everything, also while one is under way.
    const expect = { ...asBegun(this.link), ...('deepChecked' in patch && { deepChecked }) };
    const result = await this.write(work.changes, patch, run, expect);
    if (!result.ok) return result;
    this.run = run;
    this.link = { ...this.link, ...patch };
    this.parts.onProgress(run);
    return undefined;
  }

  /** The last that is written of it, whatever has become of the link. */
  async close(work: Work, patch: ConnectorLinkPatch): Promise<void> {
    await this.write(work.changes, patch, this.run);
    this.parts.onProgress(this.run);
  }

  private async write(
    changes: readonly Change[],
    patch: ConnectorLinkPatch,
    run: ConnectorRun,
    expect?: Expectation,
  ): Promise<CommitResult> {
    const { holder, actor } = this.parts;
    const { id } = this.link;
    const result = await this.services.storage.commit(
      changeSet(actor, [
        { do: 'check-lease', link: id, holder },
        { do: 'patch-connector-link', id, patch, ...(expect && { expect }) },
        ...changes,
        { do: 'put-run', run },
      ]),
    );
    if (result.ok || result.change > linkAt) return result;
    if (result.change === linkAt) throw new LinkChanged('the link was changed meanwhile');
    throw new LeaseLost('the lease of the link was lost');
  }

  /** Decides and writes; again where others were faster, at most some times. */
  async commitDecided(
    decide: () => Promise<{
      readonly work: Work;
      readonly patch?: ConnectorLinkPatch;
      readonly done?: number;
    }>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { work, patch, done } = await decide();
      const failure = await this.commit(work, patch, done);
      if (!failure) return;
      if (failure.reason === 'quota-exceeded')
        throw new RemoteFailure('configuration', 'home-full', 'there is no room left here');
      if (attempt === maxAttempts)
        throw new RemoteFailure(
          'transient',
          'overtaken',
          `others keep changing the calendar: ${failure.reason}`,
        );
    }
  }
}

const maxAttempts = 5;

/** Where the link stands among the changes of a write: behind the lease. */
const linkAt = 1;

type Expectation = NonNullable<Extract<Change, { readonly do: 'patch-connector-link' }>['expect']>;

/** What a person or an administrator may change while a run goes on, and a run may not overwrite. */
function asBegun({ direction, startDate, cursor, reconciling, localCursor }: ConnectorLink): Expectation {
  return { direction, startDate, cursor, reconciling, localCursor };
}
