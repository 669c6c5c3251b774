/**
 * Prepares `apply`, which makes all changes of a set inside the transaction the caller has opened.
 *
 * It answers at the first change that cannot be made, and the caller takes back what came before: a set is applied
 * whole or not at all. Counters, the sync log, quotas and the trash are moved here and nowhere else.
 */
import type { Database } from 'better-sqlite3';
import type { Change, ChangeSet, CommitResult } from '../../../core/change-set.ts';
import type { Clock } from '../../../core/clock.ts';
import type { CalendarId, IdSource } from '../../../core/ids.ts';
import { flag } from '../values.ts';
import { prepareCalendarChanges } from './calendars.ts';
import { prepareConnectorWork } from './connector-work.ts';
import { prepareConnectorChanges, prepareUnlink } from './connectors.ts';
import { type Counters, prepareCounters } from './counters.ts';
import { prepareFeedChanges } from './feeds.ts';
import { prepareFileChanges } from './files.ts';
import { prepareIndexRows } from './index-rows.ts';
import { prepareObjectChanges } from './objects.ts';
import { preparePeopleChanges } from './people.ts';
import { preparePortalChanges } from './portal.ts';
import { preparePropertyChanges } from './properties.ts';
import { prepareRefusedChanges } from './refused.ts';
import { prepareStaleIndex } from './stale-index.ts';
import type { Outcome, Step } from './step.ts';
import { prepareTrash, type Trash } from './trash.ts';

export interface CommitOptions {
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly maxHomeBytes: number;
}

export interface Applied {
  readonly result: CommitResult;
  /** The set left something for the sweeper. */
  readonly leftovers: boolean;
}

export interface Commit {
  readonly apply: (set: ChangeSet) => Applied;
  readonly trash: Trash;
  readonly counters: Counters;
}

export function prepareCommit(db: Database, { clock, newId, maxHomeBytes }: CommitOptions): Commit {
  const counters = prepareCounters(db, maxHomeBytes);
  const rows = prepareIndexRows(db);
  const staleIndex = prepareStaleIndex(db);
  const { outdated } = staleIndex;
  const trash = prepareTrash(db, counters, rows, maxHomeBytes, outdated);
  const objects = prepareObjectChanges(db, counters, rows, trash, outdated);
  const calendars = prepareCalendarChanges(db, counters, staleIndex);
  const people = preparePeopleChanges(db, staleIndex);
  const properties = preparePropertyChanges(db, counters);
  const feeds = prepareFeedChanges(db);
  const files = prepareFileChanges(db, counters);
  const portal = preparePortalChanges(db);
  const refused = prepareRefusedChanges(db);
  const connectors = prepareConnectorChanges(db);
  const work = prepareConnectorWork(db);
  const unlink = prepareUnlink(db);
  const addLine = db.prepare<[number, number, number, string, number, number, number | null]>(
    'INSERT INTO change (calendar, modseq, home, name, gone, made, set_id) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const stateOf = db
    .prepare<[number], number>("SELECT modseq FROM calendar WHERE id = ? AND state = 'live'")
    .pluck();
  const directoryVersion = db.prepare<[], number>('SELECT directory_version FROM installation').pluck();
  const moveDirectory = db.prepare('UPDATE installation SET directory_version = directory_version + 1');

  return { apply, trash, counters };

  function apply({ actor, changes, unchanged = [], directory, chosen }: ChangeSet): Applied {
    const isKnown =
      (directory === undefined || directoryVersion.get() === directory) &&
      unchanged.every(({ calendar, modseq }) => stateOf.get(calendar) === modseq) &&
      (chosen === undefined || portal.areChosen(chosen));
    if (!isKnown) return { result: { ok: false, change: 0, reason: 'moved-on' }, leftovers: false };
    const now = clock.now();
    const stale = { zone: new Set<CalendarId>(), addresses: new Set<CalendarId>() };
    const step: Step = { actor, now, newId, log: [], directoryChanged: false, stale, leftovers: false };
    const created: boolean[] = [];
    for (const change of changes) {
      const outcome = make(change, step);
      if (typeof outcome !== 'boolean') {
        return { result: { ok: false, change: created.length, ...outcome }, leftovers: false };
      }
      created.push(outcome);
    }
    writeLog(step);
    for (const calendar of stale.zone) staleIndex.madeByAnother(calendar, 'zone');
    for (const calendar of stale.addresses) staleIndex.madeByAnother(calendar, 'addresses');
    const all = [...new Set([...stale.zone, ...stale.addresses])];
    if (step.directoryChanged || all.length > 0) moveDirectory.run();
    const result = { ok: true, created, ...(all.length > 0 && { stale: all }) } as const;
    return { result, leftovers: step.leftovers };
  }

  function writeLog({ log, now, newId }: Step): void {
    for (const [at, line] of log.entries()) {
      const setId = at === log.length - 1 ? newId() : null;
      addLine.run(line.calendar, line.modseq, line.home, line.name, flag(line.gone), now, setId);
    }
  }

  function make(change: Change, step: Step): Outcome {
    switch (change.do) {
      case 'put':
        return objects.put(change, step);
      case 'delete':
        return objects.remove(change, step);
      case 'move':
        return objects.move(change, step);
      case 'reindex':
        return objects.reindex(change);
      case 'index-made':
        return staleIndex.made(change);
      case 'personal-copy':
        return objects.personalCopy(change, step);
      case 'create-calendar':
        return calendars.create(change, step);
      case 'patch-calendar':
        if (change.patch.owner !== undefined) unlink(change.calendar, step);
        return calendars.patch(change, step);
      case 'delete-calendar':
        unlink(change.calendar, step);
        return trash.deleteCalendar(change, step);
      case 'view':
        return calendars.view(change, step);
      case 'grant':
        return calendars.grant(change, step);
      case 'restore':
        return trash.restore(change, step);
      case 'purge-trash':
        return trash.purge(change, step);
      case 'reduce-trashed':
        return trash.reduce(change);
      case 'set-property':
        return properties.set(change, step);
      case 'copy-properties':
        return properties.copy(change, step);
      case 'create-principal':
        return people.create(change, step);
      case 'patch-principal':
        return people.patch(change, step);
      case 'delete-principal':
        return people.remove(change, step);
      case 'member':
        return people.member(change, step);
      case 'set-password':
        return people.setPassword(change, step);
      case 'add-app-password':
        return people.addAppPassword(change, step);
      case 'revoke-app-password':
        return people.revokeAppPassword(change, step);
      case 'set-policy':
        return people.setPolicy(change, step);
      case 'add-link':
        return feeds.add(change, step);
      case 'patch-link':
        return feeds.patch(change, step);
      case 'delete-link':
        return feeds.remove(change, step);
      case 'add-session':
        return portal.addSession(change, step);
      case 'end-session':
        return portal.endSession(change, step);
      case 'end-sessions':
        return portal.endSessions(change, step);
      case 'add-code':
        return portal.addCode(change, step);
      case 'use-code':
        return portal.useCode(change, step);
      case 'set-preference':
        return portal.setPreference(change);
      case 'audit':
        return portal.audit(change, step);
      case 'purge-audit':
        return portal.purgeAudit(change);
      case 'note-refused':
        return refused.note(change, step);
      case 'drop-refused':
        return refused.drop(change);
      case 'purge-refused':
        return refused.purge(change);
      case 'stage-content':
        return files.stageContent(change);
      case 'place-staged':
        return files.placeStaged(change);
      case 'drop-staged':
        return files.dropStaged(change, step);
      case 'put-file':
        return files.put(change, step);
      case 'make-collection':
        return files.makeCollection(change, step);
      case 'delete-file':
        return files.remove(change, step);
      case 'move-file':
        return files.move(change, step);
      case 'copy-file':
        return files.copy(change, step);
      case 'add-connector-account':
        return connectors.addAccount(change);
      case 'patch-connector-account':
        return connectors.patchAccount(change);
      case 'delete-connector-account':
        return connectors.deleteAccount(change, step);
      case 'add-connector-link':
        return connectors.addLink(change, step);
      case 'patch-connector-link':
        return connectors.patchLink(change, step);
      case 'delete-connector-link':
        return connectors.deleteLink(change, step);
      case 'take-lease':
        return connectors.takeLease(change, step);
      case 'renew-lease':
        return connectors.renewLease(change);
      case 'release-lease':
        return connectors.releaseLease(change);
      case 'check-lease':
        return connectors.checkLease(change);
      case 'set-connector-setting':
        return connectors.setSetting(change, step);
      case 'put-item':
        return work.putItem(change);
      case 'drop-item':
        return work.dropItem(change);
      case 'put-pair':
        return work.putPair(change);
      case 'patch-pair':
        return work.patchPair(change);
      case 'drop-pair':
        return work.dropPair(change);
      case 'put-notice':
        return work.putNotice(change);
      case 'put-outbox':
        return work.putOutbox(change);
      case 'drop-outbox':
        return work.dropOutbox(change);
      case 'put-run':
        return work.putRun(change);
      case 'add-conflict':
        return work.addConflict(change);
      case 'lock':
        return files.lock(change);
      case 'unlock':
      default:
        return files.unlock(change);
    }
  }
}
