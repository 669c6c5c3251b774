/** How feeds cut an object out of its bytes stands before these, and what was kept beside a link stands in its own row. */
import type { Migration } from './index.ts';

export const feeds: Migration = {
  number: 6,
  title: 'feeds',
  sql: `
-- Made anew for the sake of the order: what stands behind long bytes is read through all of them.
ALTER TABLE object_bytes RENAME TO old_bytes;
CREATE TABLE object_bytes (
  object INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  cuts TEXT,
  bytes BLOB NOT NULL
) STRICT;
INSERT INTO object_bytes (object, home, bytes) SELECT object, home, bytes FROM old_bytes ORDER BY object;
DROP TABLE old_bytes;

ALTER TABLE feed_link RENAME TO old_link;
CREATE TABLE feed_link (
  id INTEGER PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  target INTEGER REFERENCES calendar (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (detail IN ('full', 'titles', 'busy')),
  months_back INTEGER,
  months_ahead INTEGER,
  alarms INTEGER NOT NULL,
  expires INTEGER,
  hash BLOB NOT NULL UNIQUE,
  token TEXT,
  language TEXT,
  look TEXT,
  look_since INTEGER,
  look_count INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  last_used INTEGER,
  last_program TEXT,
  use_count INTEGER NOT NULL
) STRICT;
INSERT INTO feed_link (id, principal, target, label, detail, months_back, months_ahead, alarms, expires, hash, token,
  language, created, last_used, last_program, use_count)
SELECT l.id, l.principal, target, label, detail, months_back, months_ahead, alarms, expires, hash,
  iif(json_valid(p.value), json_extract(p.value, '$.token'), NULL),
  iif(json_valid(p.value), json_extract(p.value, '$.language'), NULL),
  created, last_used, last_program, use_count
FROM old_link l LEFT JOIN preference p ON p.principal = l.principal AND p.key = 'link.' || l.id;
DROP TABLE old_link;
CREATE INDEX feed_link_of_principal ON feed_link (principal);
CREATE INDEX feed_link_of_target ON feed_link (target);
DELETE FROM preference WHERE key GLOB 'link.[0-9]*';
`,
};
