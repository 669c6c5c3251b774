/**
 * What must be true of the data beyond what SQLite enforces itself, one rule an entry.
 *
 * `find` gives one sentence per breach. `mend`, where there is one, restores what is derived from what is not; a breach
 * without it is lost data, which only a person can judge. Purged calendars are left out: they are being taken apart.
 */
import { longestOfClass } from '../length-class.ts';
import { endOfTime } from '../values.ts';

export interface Rule {
  readonly find: string;
  /** One statement or several. */
  readonly mend?: string;
}

const kept = "SELECT id FROM calendar WHERE state <> 'purged'";

/** An object by the names a person can find it by. */
const named = "'object ' || o.name || ' of calendar ' || o.calendar";

const objectsOf = '(SELECT count(*) FROM object o WHERE o.calendar = c.id)';
const bytesOf = '(SELECT coalesce(sum(o.size_bytes), 0) FROM object o WHERE o.calendar = c.id)';
const lastOf = `max(c.modseq,
  coalesce((SELECT max(x.modseq) FROM change x WHERE x.calendar = c.id), 0),
  coalesce((SELECT max(o.modseq) FROM object o WHERE o.calendar = c.id), 0))`;
const usedOf = `(
  (SELECT coalesce(sum(c.size_bytes), 0) FROM calendar c WHERE c.home = p.id AND c.state = 'live') +
  (SELECT coalesce(sum(f.size_bytes), 0) FROM file f WHERE f.home = p.id))`;
const trashOf = '(SELECT coalesce(sum(t.size_bytes), 0) FROM trash t WHERE t.home = p.id)';
const rowsOf = '(SELECT count(*) FROM occurrence x WHERE x.calendar = o.calendar AND x.object = o.id)';
const classOf = `CASE ${longestOfClass
  .map((longest, lengthClass) => `WHEN ends - starts <= ${longest} THEN ${lengthClass}`)
  .join(' ')} END`;

const knownObjects = 'SELECT id FROM object UNION ALL SELECT object FROM trash WHERE object IS NOT NULL';

const orphanOccurrence = `
  NOT EXISTS (SELECT 1 FROM object o WHERE o.calendar = x.calendar AND o.id = x.object)`;

const badIndex = `
  o.occurrence_count <> ${rowsOf}
  OR EXISTS (
    SELECT 1 FROM occurrence x
    WHERE x.calendar = o.calendar AND x.object = o.id
      AND (o.undated = 1 OR x.starts < o.first_start OR x.ends > o.last_end)
  )`;

const noLine = `
  o.modseq > (SELECT change_floor FROM calendar c WHERE c.id = o.calendar)
  AND NOT EXISTS (
    SELECT 1 FROM change x
    WHERE x.calendar = o.calendar AND x.modseq = o.modseq AND x.name = o.name AND x.gone = 0
  )`;

const silentlyGone = `
  x.gone = 0 AND x.calendar IN (${kept})
  AND NOT EXISTS (SELECT 1 FROM object o WHERE o.calendar = x.calendar AND o.name = x.name)
  AND NOT EXISTS (
    SELECT 1 FROM change y
    WHERE y.calendar = x.calendar AND y.name = x.name AND y.gone = 1 AND y.modseq > x.modseq)`;

const orphanProperty = `CASE holder_kind
  WHEN 'calendar' THEN NOT EXISTS (SELECT 1 FROM calendar WHERE id = holder)
  WHEN 'object' THEN holder NOT IN (${knownObjects})
  WHEN 'file' THEN NOT EXISTS (SELECT 1 FROM file WHERE id = holder)
  ELSE NOT EXISTS (SELECT 1 FROM principal WHERE id = holder) END`;

const orphanContent = `content NOT IN (
  SELECT content FROM file WHERE content IS NOT NULL UNION ALL SELECT subject FROM sweep WHERE kind = 'content'
  UNION ALL SELECT subject FROM staged WHERE kind = 'content')`;

/** A file that was removed, or a copy that was never placed, and that no sweep is going to clear away. */
const leftFile = `parent = 0 AND id NOT IN (
  SELECT subject FROM sweep WHERE kind = 'file' UNION ALL SELECT subject FROM staged WHERE kind = 'file')`;

const wrongHome = `home <> (SELECT c.home FROM calendar c WHERE c.id = calendar)
  AND calendar NOT IN (SELECT subject FROM sweep WHERE kind IN ('home', 'log'))
  AND calendar IN (${kept})`;

export const rules: readonly Rule[] = [
  {
    find: `SELECT 'calendar ' || id || ' belongs to ' || home || ', who does not exist' FROM calendar c
      WHERE state <> 'purged' AND NOT EXISTS (SELECT 1 FROM principal p WHERE p.id = c.home)`,
  },
  {
    find: `SELECT 'calendar ' || id || ' counts ' || object_count || ' objects, but has ' || ${objectsOf}
      FROM calendar c WHERE state <> 'purged' AND object_count <> ${objectsOf}`,
    mend: `UPDATE calendar AS c SET object_count = ${objectsOf} WHERE state <> 'purged'`,
  },
  {
    find: `SELECT 'calendar ' || id || ' counts ' || size_bytes || ' bytes, but has ' || ${bytesOf}
      FROM calendar c WHERE state <> 'purged' AND size_bytes <> ${bytesOf}`,
    mend: `UPDATE calendar AS c SET size_bytes = ${bytesOf} WHERE state <> 'purged'`,
  },
  {
    find: `SELECT 'calendar ' || id || ' is at ' || modseq || ', but something in it at ' || ${lastOf}
      FROM calendar c WHERE modseq <> ${lastOf}`,
    mend: `UPDATE calendar AS c SET modseq = ${lastOf}`,
  },
  {
    find: `SELECT 'home ' || id || ' counts ' || used_bytes || ' bytes, but has ' || ${usedOf}
      FROM principal p WHERE used_bytes <> ${usedOf}`,
    mend: `UPDATE principal AS p SET used_bytes = ${usedOf}`,
  },
  {
    find: `SELECT 'the trash of ' || id || ' counts ' || trash_bytes || ' bytes, but has ' || ${trashOf}
      FROM principal p WHERE trash_bytes <> ${trashOf}`,
    mend: `UPDATE principal AS p SET trash_bytes = ${trashOf}`,
  },
  {
    find: `SELECT ${named} || ' has no bytes, or not as many as it says'
      FROM object o LEFT JOIN object_bytes b ON b.object = o.id
      WHERE o.calendar IN (${kept}) AND (b.object IS NULL OR length(b.bytes) <> o.size_bytes)`,
  },
  {
    find: `SELECT 'bytes of object ' || object || ', which does not exist' FROM object_bytes
      WHERE object NOT IN (${knownObjects})`,
    mend: `DELETE FROM object_bytes WHERE object NOT IN (${knownObjects})`,
  },
  {
    find: `SELECT 'personal copy of object ' || object || ', which does not exist' FROM personal_copy
      WHERE object NOT IN (${knownObjects})`,
    mend: `DELETE FROM personal_copy WHERE object NOT IN (${knownObjects})`,
  },
  {
    find: `SELECT DISTINCT 'occurrences of object ' || object || ', which calendar ' || calendar || ' does not have'
      FROM occurrence x WHERE ${orphanOccurrence}`,
    mend: `DELETE FROM occurrence AS x WHERE ${orphanOccurrence}`,
  },
  {
    find: `SELECT ${named} || ' has occurrence rows that do not fit it' FROM object o WHERE ${badIndex}`,
    // The index is emptied: every query then reads the object itself, until the index is rebuilt.
    mend: `UPDATE object AS o SET complete = 0, undated = 0, indexed_from = -${endOfTime}, indexed_until = -${endOfTime},
      first_start = -${endOfTime}, last_end = ${endOfTime}, occurrence_count = ${rowsOf} WHERE ${badIndex}`,
  },
  {
    find: `SELECT 'an occurrence of object ' || object || ' stands in class ' || length_class || ', not ' || ${classOf}
      FROM occurrence WHERE length_class <> ${classOf}`,
    mend: `UPDATE occurrence SET length_class = ${classOf} WHERE length_class <> ${classOf}`,
  },
  {
    find: `SELECT ${named} || ' has no line in the log' FROM object o WHERE o.calendar IN (${kept}) AND ${noLine}`,
    mend: `INSERT INTO change (calendar, modseq, home, name, gone, made)
      SELECT o.calendar, o.modseq, o.home, o.name, 0, o.modified FROM object o
      WHERE o.calendar IN (${kept}) AND ${noLine}
      ON CONFLICT (calendar, modseq) DO UPDATE SET name = excluded.name, gone = 0`,
  },
  {
    find: `SELECT 'the log of calendar ' || x.calendar || ' does not say that ' || x.name || ' is gone' FROM change x
      WHERE ${silentlyGone}`,
    // As a new line: clients that are behind the old one would not see it.
    mend: `INSERT INTO change (calendar, modseq, home, name, gone, made)
      SELECT x.calendar, c.modseq + row_number() OVER (PARTITION BY x.calendar), c.home, x.name, 1, max(x.made)
      FROM change x JOIN calendar c ON c.id = x.calendar WHERE ${silentlyGone} GROUP BY x.calendar, x.name;
      UPDATE calendar AS c SET modseq = ${lastOf}`,
  },
  {
    find: `SELECT 'property ' || name || ' of ' || holder_kind || ' ' || holder || ', which does not exist'
      FROM property WHERE ${orphanProperty}`,
    mend: `DELETE FROM property WHERE ${orphanProperty}`,
  },
  {
    find: `SELECT 'file ' || f.name || ' of ' || f.home || ' has not as many bytes as it says' FROM file f
      WHERE f.is_collection = 0 AND f.size_bytes <>
        (SELECT coalesce(sum(length(b.bytes)), 0) FROM file_content b WHERE b.content = f.content)`,
  },
  {
    find: `SELECT 'file ' || name || ' of ' || home || ' lies in a collection that does not exist' FROM file
      WHERE parent <> 0 AND parent NOT IN (SELECT id FROM file)`,
  },
  {
    find: `SELECT 'file ' || id || ' of ' || home || ' was removed and is not cleared away' FROM file WHERE ${leftFile}`,
    mend: `INSERT INTO sweep (kind, subject, before, through) SELECT 'file', id, 0, 0 FROM file WHERE ${leftFile}`,
  },
  {
    find: `SELECT DISTINCT 'contents ' || content || ' of a file that does not exist' FROM file_content
      WHERE ${orphanContent}`,
    mend: `DELETE FROM file_content WHERE ${orphanContent}`,
  },
  ...['object', 'occurrence', 'change'].map((table) => ({
    find: `SELECT DISTINCT '${table} rows of calendar ' || calendar || ' have another home' FROM ${table}
      WHERE ${wrongHome}`,
    mend: `UPDATE ${table} SET home = (SELECT c.home FROM calendar c WHERE c.id = calendar) WHERE ${wrongHome}`,
  })),
];
