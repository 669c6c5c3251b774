/** Somebody's calendar, if nobody else is named Alice's, linked with one in memory, on a real database; and what each side can do to it. */
import assert from 'node:assert/strict';
import { createEngine, type Engine, type RunResult } from '../../src/connectors/engine.ts';
import type { EventContent, NeutralEvent } from '../../src/connectors/event.ts';
import { readLocal } from '../../src/connectors/local/read.ts';
import type { LocalView } from '../../src/connectors/local/view.ts';
import { composeLocal, editLocal } from '../../src/connectors/local/write.ts';
import type { RemoteMailbox } from '../../src/connectors/remote.ts';
import type { ChangeGuard } from '../../src/connectors/round/round.ts';
import { defaultRules, type SyncRules } from '../../src/connectors/rules.ts';
import type { SeenCalendar } from '../../src/core/calendar.ts';
import type { Change } from '../../src/core/change-set.ts';
import type {
  ConnectorAccount,
  ConnectorLink,
  ConnectorRun,
  Direction,
  RunCause,
} from '../../src/core/connector.ts';
import { type ConnectorAccountId, type ConnectorLinkId } from '../../src/core/ids.ts';
import type { Actor } from '../../src/core/principal.ts';
import { parseObject } from '../../src/icalendar/object.ts';
import { instant, minuteMs } from '../../src/icalendar/time.ts';
import { ianaZone, utc } from '../../src/icalendar/zones/timezone.ts';
import { fromTheBeginning } from '../../src/service/connectors/read-again.ts';
import type { Services } from '../../src/service/context.ts';
import { newObject } from '../../src/service/objects/indexing.ts';
import { deleteObject, putObject } from '../../src/service/objects/objects.ts';
import { actor, all, type Office, office, seen } from '../service/office.ts';
import { MemoryCalendar, type MemoryOptions, memoryMailbox } from './memory-calendar.ts';

export interface LinkedOptions {
  readonly rules?: Partial<SyncRules>;
  readonly link?: Partial<ConnectorLink>;
  readonly remote?: Partial<MemoryOptions>;
  readonly guard?: ChangeGuard;
  /** Instead of the calendar in memory. */
  readonly mailbox?: RemoteMailbox;
  readonly person?: 'alice' | 'bob';
  /** In which others are linked already. */
  readonly office?: Office;
}

export const view: LocalView = viewOf('alice');

function viewOf(person: 'alice' | 'bob'): LocalView {
  return {
    zone: ianaZone('Europe/Stockholm') ?? utc,
    isOwn: (address) => address === `${person}@example.com`,
  };
}

export class Linked {
  readonly office: Office;
  readonly who: Actor;
  readonly where: SeenCalendar;
  readonly remote: MemoryCalendar;
  readonly account: ConnectorAccount;
  readonly id: ConnectorLinkId;
  readonly rules: SyncRules;
  readonly guard: ChangeGuard | undefined;
  private readonly mailbox: RemoteMailbox;
  private readonly view: LocalView;
  private holder = 0;

  private constructor(
    at: Office,
    who: Actor,
    where: SeenCalendar,
    account: ConnectorAccount,
    link: ConnectorLink,
    options: LinkedOptions,
  ) {
    this.office = at;
    this.who = who;
    this.where = where;
    this.account = account;
    this.id = link.id;
    this.rules = { ...defaultRules, ...options.rules };
    this.guard = options.guard;
    this.view = viewOf(options.person ?? 'alice');
    this.remote = new MemoryCalendar({ now: () => at.clock.now(), ...options.remote });
    this.mailbox = options.mailbox ?? memoryMailbox(this.remote);
  }

  static async make(options: LinkedOptions = {}): Promise<Linked> {
    const at = options.office ?? (await office());
    const { person = 'alice' } = options;
    const principal = at[person];
    const who = await actor(at, principal);
    const where = await seen(at, principal, principal);
    const account: ConnectorAccount = {
      id: at.services.ids<ConnectorAccountId>(),
      provider: 'exchange',
      principal: principal.id,
      mailbox: `${person}@example.com`,
      login: '',
      secret: null,
      stopped: null,
      authFailures: 0,
      notBefore: null,
      memory: '{}',
      created: at.clock.now(),
    };
    const link: ConnectorLink = {
      id: at.services.ids<ConnectorLinkId>(),
      account: account.id,
      provider: 'exchange',
      principal: principal.id,
      calendar: where.calendar.id,
      remoteCalendar: 'calendar',
      remoteName: 'Calendar',
      direction: 'both',
      startDate: null,
      cursor: null,
      reconciling: false,
      initialised: false,
      localCursor: 0,
      stopped: null,
      guardLifted: false,
      lastRun: null,
      lastOk: null,
      nextRun: null,
      failures: 0,
      lastFailure: null,
      deepChecked: null,
      wanted: null,
      removed: null,
      created: at.clock.now(),
      ...options.link,
    };
    const linked = new Linked(at, who, where, account, link, options);
    await linked.commit([
      { do: 'add-connector-account', account },
      { do: 'add-connector-link', link },
    ]);
    return linked;
  }

  get services(): Services {
    return this.office.services;
  }

  engine(services: Services = this.services): Engine {
    return createEngine({
      services,
      open: () => Promise.resolve(this.mailbox),
      rulesOf: () => Promise.resolve(this.rules),
      ...(this.guard && { guard: this.guard }),
    });
  }

  /** One run, a minute after whatever was before. */
  async run(cause: RunCause = 'schedule', services: Services = this.services): Promise<RunResult> {
    this.office.clock.advance(minuteMs);
    const holder = `holder-${++this.holder}`;
    await this.commit([
      { do: 'take-lease', link: this.id, holder, until: instant(this.office.clock.now() + 90_000) },
    ]);
    const { signal } = new AbortController();
    const result = await this.engine(services).run({ link: this.id, cause, holder, signal });
    // A process that has died gives nothing back.
    await this.commit([{ do: 'release-lease', link: this.id, holder }]);
    return result;
  }

  /** A run of which everything worked. */
  async synced(cause: RunCause = 'schedule'): Promise<ConnectorRun> {
    const { run, failure } = await this.run(cause);
    if (failure?.cause) throw failure.cause;
    assert.equal(failure, undefined);
    assert.equal(run.outcome, 'ok');
    return run;
  }

  /** The requests of the next run. */
  async requestsOf(cause: RunCause = 'schedule'): Promise<readonly string[]> {
    this.remote.requests.length = 0;
    await this.synced(cause);
    return [...this.remote.requests];
  }

  /** As a person does it (service/connectors/links.ts). */
  async turn(direction: Direction): Promise<void> {
    const patch = { direction, ...fromTheBeginning };
    await this.commit([{ do: 'patch-connector-link', id: this.id, patch }]);
  }

  async link(): Promise<ConnectorLink> {
    const link = await this.services.storage.connectors.link(this.id);
    assert.ok(link);
    return link;
  }

  async commit(changes: readonly Change[]): Promise<void> {
    const result = await this.services.storage.commit({ actor: null, changes });
    assert.ok(result.ok, result.ok ? '' : `${result.reason} ${result.change}`);
  }

  // what Alice's programs do here

  async put(event: NeutralEvent, name = `${event.uid}.ics`): Promise<void> {
    const bytes = composeLocal(event, this.view, this.office.clock.now());
    await putObject(this.services, this.who, this.where, { name, bytes, expect: 'anything' });
  }

  async edit(uid: string, change: (event: NeutralEvent) => NeutralEvent): Promise<void> {
    const edited = await this.edited(uid, change);
    if (edited) await putObject(this.services, this.who, this.where, { ...edited, expect: 'anything' });
  }

  /** Past the rules of the house, as before there were any. */
  async force(uid: string, change: (event: NeutralEvent) => NeutralEvent): Promise<void> {
    const edited = await this.edited(uid, change);
    const parsed = edited && parseObject(edited.bytes);
    assert.ok(edited && parsed);
    const { calendar } = this.where;
    const object = await newObject(this.services, calendar, edited.name, parsed, edited.bytes);
    await this.commit([{ do: 'put', calendar: calendar.id, object, expect: 'present' }]);
  }

  private async edited(
    uid: string,
    change: (event: NeutralEvent) => NeutralEvent,
  ): Promise<{ readonly name: string; readonly bytes: Uint8Array } | undefined> {
    const object = await this.object(uid);
    const parsed = object && parseObject(object.bytes);
    if (!parsed) return undefined;
    const read = readLocal(parsed, this.view);
    assert.ok(!('refused' in read));
    return {
      name: object.name,
      bytes: editLocal(parsed, change(read.event), this.view, this.office.clock.now()),
    };
  }

  async delete(uid: string): Promise<void> {
    const object = await this.object(uid);
    if (object) await deleteObject(this.services, this.who, this.where, object.name);
  }

  async object(uid: string): Promise<{ readonly name: string; readonly bytes: Uint8Array } | undefined> {
    return (await this.objects()).find((object) => object.uid === uid);
  }

  private async objects(): Promise<
    readonly { readonly uid: string; readonly name: string; readonly bytes: Uint8Array }[]
  > {
    const query = { calendar: this.where.calendar.id, select: { by: 'all' } } as const;
    return await all(this.services.storage.objects(query));
  }

  async events(): Promise<readonly NeutralEvent[]> {
    return (await this.objects()).map(({ bytes }) => {
      const parsed = parseObject(bytes);
      assert.ok(parsed);
      const read = readLocal(parsed, this.view);
      assert.ok(!('refused' in read));
      return read.event;
    });
  }

  async event(uid: string): Promise<NeutralEvent> {
    const event = (await this.events()).find((one) => one.uid === uid);
    assert.ok(event, `${uid} is not here`);
    return event;
  }

  there(uid: string): NeutralEvent {
    const event = this.remote.events().find((one) => one.uid === uid);
    assert.ok(event, `${uid} is not there`);
    return event;
  }

  idThere(uid: string): string {
    const item = [...this.remote.items.values()].find(({ event }) => event.uid === uid);
    assert.ok(item, `${uid} is not there`);
    return item.id;
  }

  /** Both sides hold the same events. */
  async assertInStep(): Promise<void> {
    const byUid = (events: readonly NeutralEvent[]): readonly NeutralEvent[] =>
      [...events].sort((one, other) => (one.uid < other.uid ? -1 : 1));
    assert.deepEqual(byUid(this.remote.events()), byUid(await this.events()));
  }
}

export const titled =
  (title: string) =>
  (event: NeutralEvent): NeutralEvent =>
    withContent({ title })(event);

export const withContent =
  (change: Partial<EventContent>) =>
  (event: NeutralEvent): NeutralEvent => ({ ...event, content: { ...event.content, ...change } });
