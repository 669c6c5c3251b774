/** Changes of feed links. */
import type { Database } from 'better-sqlite3';
import { flag, storedWindow } from '../values.ts';
import { given, preparePatch } from './patch.ts';
import { missing, nameInUse, type Of, type Outcome, type Step } from './step.ts';

export interface FeedChanges {
  readonly add: (change: Of<'add-link'>, step: Step) => Outcome;
  readonly patch: (change: Of<'patch-link'>, step: Step) => Outcome;
  readonly remove: (change: Of<'delete-link'>, step: Step) => Outcome;
}

export function prepareFeedChanges(db: Database): FeedChanges {
  const isPrincipal = db.prepare<[number], number>('SELECT 1 FROM principal WHERE id = ?').pluck();
  const isCalendar = db
    .prepare<[number], number>("SELECT 1 FROM calendar WHERE id = ? AND state = 'live'")
    .pluck();
  const holderOfHash = db.prepare<[Uint8Array], number>('SELECT id FROM feed_link WHERE hash = ?').pluck();
  const insert = db.prepare<object>(`
    INSERT INTO feed_link (id, principal, target, label, detail, months_back, months_ahead, alarms, expires, hash,
      token, created, use_count)
    VALUES (:id, :principal, :target, :label, :detail, :monthsBack, :monthsAhead, :alarms, :expires, :hash,
      :token, :now, 0)`);
  const exists = db.prepare<[number], number>('SELECT 1 FROM feed_link WHERE id = ?').pluck();
  const update = preparePatch(db, 'feed_link', 'id = :id');
  const remove = db.prepare<[number]>('DELETE FROM feed_link WHERE id = ?');

  return {
    add({ id, principal, target, label, detail, window, alarms, expires, hash, token }, step) {
      if (isPrincipal.get(principal) === undefined) return missing;
      if (target !== 'favourites' && isCalendar.get(target) === undefined) return missing;
      if (holderOfHash.get(hash) !== undefined) return nameInUse;
      insert.run({
        id,
        principal,
        target: target === 'favourites' ? null : target,
        label,
        detail,
        ...storedWindow(window),
        alarms: flag(alarms),
        expires,
        hash,
        token: token ?? null,
        now: step.now,
      });
      step.directoryChanged = true;
      return true;
    },

    patch({ id, patch }, step) {
      if (exists.get(id) === undefined) return missing;
      if (patch.hash && (holderOfHash.get(patch.hash) ?? id) !== id) return nameInUse;
      const window = patch.window && storedWindow(patch.window);
      const columns = given({
        label: patch.label,
        detail: patch.detail,
        months_back: window?.monthsBack,
        months_ahead: window?.monthsAhead,
        alarms: patch.alarms === undefined ? undefined : flag(patch.alarms),
        expires: patch.expires,
        hash: patch.hash,
        token: patch.token,
        language: patch.language,
        look: patch.look?.mark,
        look_since: patch.look?.since,
        look_count: patch.look?.changeCount,
      });
      if (Object.keys(columns).length > 0) update(columns, { id });
      // The look of a feed has nothing to do with rights, so it does not move the directory's version.
      if (Object.keys(patch).some((name) => name !== 'look')) step.directoryChanged = true;
      return false;
    },

    remove({ id }, step) {
      step.directoryChanged = true;
      return remove.run(id).changes === 1 ? false : missing;
    },
  };
}
