/**
 * Server-sent events: what happened elsewhere, told to the pages that are open (portal.md §11).
 *
 * A commit names no calendar here. After each one, every listener's own list of calendars is compared with what it was: so
 * CalDAV, the command line in another process and other pages are all seen, and nobody hears of what they may not see.
 */
import { setImmediate } from 'node:timers/promises';
import type { AppPasswordId, CalendarId, PrincipalId, SessionId } from '../core/ids.ts';
import { actorFor, visibleCalendars } from '../service/access.ts';
import { record } from '../service/audit.ts';
import type { Services } from '../service/context.ts';
import type { SignedIn } from '../service/people/sessions.ts';
import type { Job, StreamEvent } from './api.ts';
import { EventBody } from './event-body.ts';
import { statusReply } from './exchange/shape.ts';

export interface Hub {
  /** Events for one session until it ends or the reader goes away. */
  readonly listen: (signedIn: SignedIn) => AsyncIterable<Uint8Array>;
  readonly job: (owner: PrincipalId, job: Job) => void;
  readonly stop: () => void;
}

/** Changes within this time are told together. */
const gatherMs = 150;

/** Pages whose calendars are looked at in one turn of the event loop; each takes some 50 µs and more with many calendars. */
const listenersPerTurn = 20;

/** Proxies cut silent connections; this also finds readers that are gone. */
const beatMs = 20_000;

/** A device that was silent for so long counts as newly connected. */
const silenceMs = 3_600_000;

/** The server that tries its own address (portal.md §3.11): noted as what it is, and no device that somebody waits for. */
export const selfTestProgram = 'portcal self-test';

/** Streams of one person; the oldest ends when another page opens. */
const maxStreams = 8;

export function createHub(services: Services): Hub {
  const listeners = new Set<Listener>();
  const lastSeen = new Map<AppPasswordId, number>();
  const lastTested = new Map<AppPasswordId, number>();
  /** Until all have been told. */
  let gathering: NodeJS.Timeout | undefined;
  let isNews = false;
  let beat: NodeJS.Timeout | undefined;
  const leave = services.storage.watch({ committed, deviceSeen });

  return {
    listen(signedIn) {
      const own = [...listeners].filter(({ person }) => person === signedIn.actor.principal.id);
      if (own.length >= maxStreams) own[0]?.end();
      const listener = new Listener(services, signedIn, () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(beat);
        beat = undefined;
      });
      listeners.add(listener);
      beat ??= setInterval(() => {
        for (const one of listeners) one.write(': \n\n');
      }, beatMs).unref();
      return listener;
    },
    job(owner, job) {
      for (const listener of listeners) if (listener.person === owner) listener.tell({ type: 'job', job });
    },
    stop() {
      leave();
      clearTimeout(gathering);
      clearInterval(beat);
      for (const listener of listeners) listener.end();
    },
  };

  function committed(): void {
    isNews = true;
    if (listeners.size > 0) gathering ??= setTimeout(() => void compareAll(), gatherMs).unref();
  }

  /** Reads of the database do not let the event loop turn, so that hundreds of pages at once would be one long turn. */
  async function compareAll(): Promise<void> {
    isNews = false;
    let count = 0;
    for (const listener of listeners) {
      listener.compare();
      if (++count % listenersPerTurn === 0) await setImmediate();
    }
    gathering = undefined;
    if (isNews) committed();
  }

  function deviceSeen(id: AppPasswordId, when: number, program: string, address: string): void {
    const known = program === selfTestProgram ? lastTested : lastSeen;
    const before = known.get(id);
    known.delete(id);
    known.set(id, when);
    if (known.size > 20_000) for (const oldest of known.keys()) if (known.delete(oldest)) break;
    if (before !== undefined && when - before < silenceMs) return;
    announce(id, when, program, address).catch(() => undefined); // A connection that is not told of is no failure of the device.
  }

  /** Once for each device and hour, to the page and to the audit. */
  async function announce(id: AppPasswordId, when: number, program: string, address: string): Promise<void> {
    const appPassword = await services.storage.appPassword(id);
    const person = appPassword && (await services.storage.principal(appPassword.principal));
    if (
      !person ||
      (appPassword.lastUsed !== null &&
        appPassword.lastProgram !== selfTestProgram &&
        appPassword.lastUsed < when &&
        when - appPassword.lastUsed < silenceMs)
    )
      return;
    const { label } = appPassword;
    const at = new Date(when).toISOString();
    for (const listener of listeners) {
      if (listener.person === person.id && program !== selfTestProgram)
        listener.tell({ type: 'device-connected', appPassword: String(id), label, program, at });
    }
    const actor = await actorFor(services, person, { scope: appPassword.scope, via: 'app-password' });
    await record(
      services,
      { ...actor, address },
      { action: 'device.connect', subject: `${label}, ${program}` },
    );
  }
}

/** One open page. */
class Listener extends EventBody {
  readonly person: PrincipalId;
  private readonly services: Services;
  private readonly signedIn: SignedIn;
  private known: ReadonlyMap<CalendarId, number> | undefined;
  private knownVersion: number | undefined;
  /** How the connection with Exchange stood. */
  private knownStatus: string | undefined;
  private comparing: Promise<void> | undefined;
  private again = false;

  constructor(services: Services, signedIn: SignedIn, onEnd: () => void) {
    super(onEnd);
    this.services = services;
    this.signedIn = signedIn;
    this.person = signedIn.actor.principal.id;
    this.write('retry: 3000\n\n');
    // What is there now is what the page has just read.
    this.compare();
  }

  tell({ type, ...data }: StreamEvent): void {
    this.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Looks what has changed for this person, one look at a time. */
  compare(): void {
    if (this.comparing) {
      this.again = true;
      return;
    }
    this.comparing = this.look()
      .catch(() => this.end()) // The page comes back and asks anew.
      .then(() => {
        this.comparing = undefined;
        if (!this.again) return;
        this.again = false;
        this.compare();
      });
  }

  private async look(): Promise<void> {
    if (this.ended) return;
    const { storage } = this.services;
    const version = await storage.directoryVersion();
    if (version !== this.knownVersion && !(await this.isSignedIn())) {
      this.tell({ type: 'signed-out' });
      this.end();
      return;
    }
    // Rights and groups are those of now.
    const person = (await storage.principal(this.person)) ?? this.signedIn.actor.principal;
    const actor = await actorFor(this.services, person, { scope: 'write', via: 'session' });
    const seen = await visibleCalendars(this.services, actor);
    const now = new Map(seen.map(({ calendar }) => [calendar.id, calendar.modseq]));
    const before = this.known;
    if (before) {
      if (this.knownVersion !== version) this.tell({ type: 'calendars-changed' });
      for (const [calendar, modseq] of now) {
        if (before.get(calendar) !== modseq)
          this.tell({ type: 'calendar-changed', calendar: String(calendar) });
      }
    }
    this.known = now;
    this.knownVersion = version;
    const { answer: status } = await statusReply(this.services, actor);
    if (this.knownStatus !== undefined && this.knownStatus !== status.etag)
      this.tell({ type: 'sync', provider: 'exchange', status });
    this.knownStatus = status.etag;
  }

  private async isSignedIn(): Promise<boolean> {
    const { id }: { readonly id: SessionId } = this.signedIn.session;
    const [sessions, person] = await Promise.all([
      this.services.storage.sessions(this.person),
      this.services.storage.principal(this.person),
    ]);
    return person?.disabled === false && sessions.some((session) => session.id === id);
  }
}
