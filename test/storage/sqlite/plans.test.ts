import assert from 'node:assert/strict';
import type { Database } from 'better-sqlite3';
import { id } from '../../../src/core/ids.ts';
import type { Selection } from '../../../src/storage/port.ts';
import {
  anna,
  at,
  boris,
  flat,
  object,
  put,
  range,
  remove,
  text,
  type World,
  work,
} from '../contract/fixture.ts';
import { openMemory, worldOver } from './fixture.ts';

/** Statements that read a whole table on purpose, by a piece of their text, with the reason. */
const wholeTable: Readonly<Record<string, string>> = {
  'FROM policy ORDER BY key': 'a handful of rows',
  'FROM principal p\n  WHERE p.name > :after': 'a search for a part of a name',
  'FROM feed_link ORDER BY id': 'asked for all of them',
  'FROM sweep LIMIT 1': 'any task will do',
  'FROM installation': 'has one row',
  'UPDATE installation': 'has one row',
  'FROM stale_index s': 'a list that is empty but for moments',
  'INSERT INTO stale_index': 'the installation has one row',
  'SELECT calendar FROM connector_link': 'asks for all links that live',
  'DELETE FROM file_lock WHERE expires': 'once in a tidy; locks are few',
  'FROM staged WHERE until': 'once in a tidy; what is staged is what is being written',
};

/** Statements that may read all rows of a calendar, by a piece of their text, with the reason. */
const wholeCalendar: Readonly<Record<string, string>> = {
  'INDEXED BY object_restricted': 'reads the restricted ones alone, and stops at the first',
  'INDEXED BY object_published': 'reads the published ones alone, and stops at the first',
  'FROM object WHERE calendar = ? LIMIT': 'the next to be cleared away',
  'DELETE FROM change': 'the next to be cleared away',
  'DELETE FROM calendar WHERE id': 'looks whether anything is left',
  'FROM object o WHERE o.calendar = :calendar AND (:kinds': 'stops at the first',
  'FROM change WHERE calendar = ? ORDER BY modseq DESC LIMIT 1 OFFSET': 'the lines to be kept',
  'FROM change WHERE calendar = ? AND made >= ?': 'the lines to be trimmed',
};

/** Statements that sort what they have found, with the reason. */
const sorted: Readonly<Record<string, string>> = {
  'WITH RECURSIVE found': 'the groups of one person',
  'FROM found\n  CROSS JOIN calendar c': 'the calendars of one person',
  'FROM file_lock WHERE home': 'the locks of one home',
  'WITH candidate': 'the links that are due, before the first is chosen',
  'FROM json_each(:wanted) w\n    CROSS JOIN connector_item': 'the items of the pairs that were handed in',
  'FROM json_each(:wanted) w\n      CROSS JOIN connector_pair': 'the pairs that were handed in',
  'ORDER BY starts, ends, busy': 'the instances of one object',
};

/** Not lists that were handed in, and not what the statement itself has found before. */
const scanOfTable =
  /^SCAN (?!found|below|above|grantee|\(subquery|CONSTANT|5-ROW VALUES)\w+(?!.* VIRTUAL TABLE)/;

/** By the calendar alone; of views, grants and links a calendar has few. */
const searchOfCalendar =
  /SEARCH (?!calendar_(view|grant)|connector_link|l USING INDEX connector_link_live)\w+ USING .*(PRIMARY KEY|INDEX \w+) \(calendar=\?\)/;

const explained = (db: Database, sql: string): string =>
  db
    .prepare<unknown[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
    .all(...bindings(sql))
    .map(({ detail }) => detail)
    .join('\n');

/** Something for each parameter: plans do not depend on the values, but the driver wants them. */
function bindings(sql: string): unknown[] {
  const names = [...sql.matchAll(/:([a-zA-Z]\w*)/g)].map(([, name]) => [name ?? '', 0] as const);
  if (names.length > 0) return [Object.fromEntries(names)];
  return [...sql.matchAll(/\?/g)].map(() => 0);
}

describe('sqlite plans', () => {
  const statements = new Map<string, string>();
  let world: World;
  const db = openMemory();

  before(async () => {
    const prepare = db.prepare.bind(db);
    const recorded = new Set<string>();
    Object.assign(db, {
      prepare: (sql: string) => {
        recorded.add(sql);
        return prepare(sql);
      },
    });
    world = await worldOver(db);
    await exercise(world);
    for (const sql of recorded) {
      if (/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/.test(sql)) statements.set(sql, explained(db, sql));
    }
  });
  after(() => world.storage.close());

  const plan = (part: string): string[] => {
    const found = [...statements].filter(([sql]) => sql.includes(part)).map(([, detail]) => detail);
    assert.ok(found.length > 0, `no statement has ${part}`);
    return found;
  };

  it('are known for all statements', () => {
    assert.ok(statements.size > 150, String(statements.size));
  });

  it('read no table from end to end', () => {
    for (const [sql, detail] of statements) {
      if (Object.keys(wholeTable).some((part) => sql.includes(part))) continue;
      for (const step of detail.split('\n')) {
        assert.doesNotMatch(step, scanOfTable, `${sql}\n\n${detail}`);
      }
    }
  });

  it('read no calendar from end to end but to list it', () => {
    for (const [sql, detail] of statements) {
      if (Object.keys(wholeCalendar).some((part) => sql.includes(part))) continue;
      assert.doesNotMatch(detail, searchOfCalendar, `${sql}\n\n${detail}`);
    }
  });

  it('follow from an object to its occurrences by an index, also in the cascade of a delete', () => {
    const ofObject = plan('DELETE FROM occurrence WHERE calendar = ? AND object = ?');
    for (const detail of [...plan('DELETE FROM object WHERE'), ...ofObject]) {
      assert.match(
        detail,
        /SEARCH occurrence USING (COVERING )?INDEX occurrence_of_object \(object=\? AND calendar=\?\)/,
      );
    }
  });

  it('sort nothing that the calendar makes large', () => {
    for (const [sql, detail] of statements) {
      if (Object.keys(sorted).some((part) => sql.includes(part))) continue;
      assert.ok(!/TEMP B-TREE FOR (?!group_concat)/.test(detail), `${sql}\n\n${detail}`);
    }
  });

  it('read for a range the rows of one class between two starts', () => {
    for (const detail of plan('AND length_class = :lengthClass')) {
      assert.equal(
        detail,
        'SEARCH occurrence USING PRIMARY KEY (calendar=? AND length_class=? AND (starts,ends,object,busy)>(?,?,?,?) AND starts<?)',
      );
    }
    const [busy] = plan('ORDER BY 1, 2, 3, 4');
    assert.equal(
      busy?.match(
        /SEARCH occurrence USING PRIMARY KEY \(calendar=\? AND length_class=\? AND \(starts,ends,object,busy\)>\(\?,\?,\?,\?\) AND starts<\?\)/g,
      )?.length,
      5,
    );
    assert.match(busy ?? '', /MERGE/);
  });

  it('find what the index does not know by where it ends and begins', () => {
    assert.match(
      plan('AND indexed_until < :rangeEnd')[0] ?? '',
      /object_index_ends \(calendar=\? AND \(indexed_until,id\)>\(\?,\?\) AND indexed_until<\?\)/,
    );
    assert.match(
      plan('indexed_from, id')[0] ?? '',
      /object_index_begins \(calendar=\? AND \(indexed_from,id\)>\(\?,\?\)/,
    );
    assert.match(
      plan('o.indexed_until < :until')[0] ?? '',
      /object_horizon \(\(indexed_until,calendar,id\)>\(\?,\?,\?\) AND indexed_until<\?\)/,
    );
    assert.match(plan('undated = 1 AND id > ?')[0] ?? '', /object_undated \(calendar=\? AND id>\?\)/);
  });

  it('find what lies in a range without end by where objects end, and seek once for each class of length', () => {
    const seek =
      /SEARCH i USING COVERING INDEX occurrence_of_object \(object=\? AND calendar=\? AND length_class=\? AND starts>\? AND starts<\?\)/;
    const [openEnded = ''] = plan('o.last_end > :rangeStart OR');
    assert.match(openEnded, /SEARCH o USING INDEX object_ends \(calendar=\? AND \(last_end,id\)>\(\?,\?\)\)/);
    assert.match(openEnded, seek);
    assert.match(plan('i.object = w.value')[0] ?? '', seek);
  });

  it('list a calendar along the key of the heads', () => {
    for (const detail of plan('o.id > :after')) {
      assert.match(detail, /SEARCH o USING PRIMARY KEY \(calendar=\? AND id>\?\)/);
    }
  });

  it('follow the log along its key', () => {
    for (const detail of plan('c.modseq > :since')) {
      assert.match(detail, /SEARCH c USING PRIMARY KEY \(calendar=\? AND modseq>\?\)/);
      assert.match(detail, /SEARCH o USING INDEX object_name \(calendar=\? AND name=\?\)/);
      assert.match(
        detail,
        /SEARCH later USING (COVERING )?INDEX change_gone \(calendar=\? AND name=\? AND modseq>\?\)/,
      );
    }
  });
});

/** Has every statement prepared that is prepared when it is first needed. */
async function exercise(world: World): Promise<void> {
  const { storage, done } = world;
  await done(put(work, object('a.ics')), put(work, object('b.ics')), remove(work, 'b.ics'));
  const head = await storage.head(work, 'a.ics');
  assert.ok(head);
  await done({
    do: 'personal-copy',
    principal: boris,
    object: head.id,
    over: head.etag,
    copy: { etag: head.etag, bytes: Buffer.from('x'), plain: true },
  });
  const selections: readonly Selection[] = [
    { by: 'all' },
    { by: 'names', names: ['a.ics'] },
    { by: 'uids', uids: ['uid-of-a.ics'] },
    { by: 'indexed', range: range(0, 1) },
    { by: 'unindexed', range: range(0, 1) },
    { by: 'unproven', range: range(0, 1) },
    { by: 'zone-dependent', range: range(0, 1) },
  ];
  const template = { head: '', tag: '', tail: '' };
  for (const person of [undefined, boris]) {
    for (const select of selections) {
      const query = { calendar: work, select, ...(person && { person }) };
      await flat(storage.heads(query));
      await flat(storage.objects(query));
      for (const frame of [template, { ...template, missing: '' }]) {
        await text(storage.rows(query, frame));
        await text(storage.rows(query, { ...frame, data: '' }));
      }
      await storage.has(query);
    }
  }
  await done(
    { do: 'patch-calendar', calendar: work, patch: { displayName: 'x' } },
    { do: 'view', principal: boris, calendar: work, patch: { favourite: true } },
    { do: 'patch-principal', principal: anna, patch: { language: 'sv' } },
    {
      do: 'add-link',
      id: id(1),
      principal: anna,
      target: work,
      label: '',
      detail: 'full',
      window: 'all',
      alarms: true,
      expires: null,
      hash: Buffer.from('x'),
    },
    { do: 'patch-link', id: id(1), patch: { label: 'x' } },
  );
  await storage.tidy({ before: at(-1), keepChanges: 1 });
}
