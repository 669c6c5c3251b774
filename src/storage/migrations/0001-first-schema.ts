/** The first form of the data. The reasons stand in `schema.sql`, which holds the same statements with comments. */
import type { Migration } from './index.ts';

export const firstSchema: Migration = {
  number: 1,
  title: 'first schema',
  sql: `
CREATE TABLE installation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL,
  directory_version INTEGER NOT NULL
) STRICT;

CREATE TABLE principal (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'room', 'resource', 'company')),
  name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  language TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  is_admin INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  password_hash TEXT,
  search_text TEXT NOT NULL,
  used_bytes INTEGER NOT NULL,
  trash_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE address (
  address TEXT PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX address_of_principal ON address (principal, position);

CREATE TABLE membership (
  group_id INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  member INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  PRIMARY KEY (group_id, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_of_member ON membership (member);

CREATE TABLE app_password (
  id INTEGER PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
  hash BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  last_used INTEGER,
  last_program TEXT,
  last_address TEXT
) STRICT;
CREATE INDEX app_password_of_principal ON app_password (principal);

CREATE TABLE policy (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calendar (
  id INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT,
  color TEXT,
  sort_order INTEGER,
  time_zone_data TEXT,
  time_zone TEXT,
  components TEXT NOT NULL,
  transparent INTEGER NOT NULL,
  export_allowed INTEGER NOT NULL,
  export_detail TEXT NOT NULL CHECK (export_detail IN ('full', 'titles', 'busy')),
  export_months_back INTEGER,
  export_months_ahead INTEGER,
  modseq INTEGER NOT NULL,
  change_floor INTEGER NOT NULL,
  object_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'trashed', 'purged')),
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX calendar_name ON calendar (home, name) WHERE state = 'live';
CREATE INDEX calendar_of_home ON calendar (home, id);

CREATE TABLE calendar_view (
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
  home INTEGER NOT NULL,
  favourite INTEGER NOT NULL,
  unsubscribed INTEGER NOT NULL,
  display_name TEXT,
  color TEXT,
  sort_order INTEGER,
  transparent INTEGER,
  PRIMARY KEY (principal, calendar)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_view_of_calendar ON calendar_view (calendar);

CREATE TABLE calendar_grant (
  calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
  grantee INTEGER NOT NULL,
  home INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('busy', 'titles', 'read', 'edit', 'manage')),
  PRIMARY KEY (calendar, grantee)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_grant_of_grantee ON calendar_grant (grantee);

CREATE TABLE object (
  calendar INTEGER NOT NULL REFERENCES calendar (id),
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  etag TEXT NOT NULL,
  home INTEGER NOT NULL,
  uid TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY')),
  size_bytes INTEGER NOT NULL,
  modseq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  classification TEXT NOT NULL CHECK (classification IN ('public', 'private', 'confidential')),
  zone_dependent INTEGER NOT NULL,
  plain INTEGER NOT NULL,
  indexed_from INTEGER NOT NULL,
  indexed_until INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  first_start INTEGER NOT NULL,
  last_end INTEGER NOT NULL,
  undated INTEGER NOT NULL,
  occurrence_count INTEGER NOT NULL,
  PRIMARY KEY (calendar, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX object_id ON object (id);
CREATE UNIQUE INDEX object_name ON object (calendar, name);
CREATE UNIQUE INDEX object_uid ON object (calendar, uid);
CREATE INDEX object_undated ON object (calendar, id) WHERE undated = 1;
CREATE INDEX object_ends ON object (calendar, last_end) WHERE undated = 0;
CREATE INDEX object_restricted ON object (calendar, id) WHERE classification <> 'public';
-- Published busy times: every free/busy question asks whether there are any, and hardly ever there are.
CREATE INDEX object_published ON object (calendar, id) WHERE kind = 'VFREEBUSY';
CREATE INDEX object_index_ends ON object (calendar, indexed_until) WHERE complete = 0;
CREATE INDEX object_index_begins ON object (calendar, indexed_from) WHERE complete = 0;
CREATE INDEX object_horizon ON object (indexed_until, calendar, id) WHERE complete = 0;

CREATE TABLE object_bytes (
  object INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT;

CREATE TABLE occurrence (
  calendar INTEGER NOT NULL,
  length_class INTEGER NOT NULL,
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL CHECK (ends >= starts),
  object INTEGER NOT NULL,
  busy INTEGER NOT NULL CHECK (busy BETWEEN 0 AND 3),
  home INTEGER NOT NULL,
  PRIMARY KEY (calendar, length_class, starts, ends, object, busy),
  FOREIGN KEY (calendar, object) REFERENCES object (calendar, id) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrence_of_object ON occurrence (object);

CREATE TABLE stale_index (
  calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
  reason TEXT NOT NULL CHECK (reason IN ('zone', 'addresses')),
  home INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (calendar, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE change (
  calendar INTEGER NOT NULL REFERENCES calendar (id),
  modseq INTEGER NOT NULL,
  home INTEGER NOT NULL,
  name TEXT NOT NULL,
  gone INTEGER NOT NULL,
  made INTEGER NOT NULL,
  set_id INTEGER,
  PRIMARY KEY (calendar, modseq)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_gone ON change (calendar, name, modseq) WHERE gone = 1;

CREATE TABLE personal_copy (
  object INTEGER NOT NULL,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  calendar INTEGER NOT NULL,
  home INTEGER NOT NULL,
  stands_over TEXT NOT NULL,
  etag TEXT NOT NULL,
  plain INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (object, principal)
) STRICT;
CREATE INDEX personal_copy_of_person ON personal_copy (principal, calendar);

CREATE TABLE property (
  holder_kind TEXT NOT NULL CHECK (holder_kind IN ('calendar', 'object', 'principal', 'home', 'file')),
  holder INTEGER NOT NULL,
  person INTEGER NOT NULL,
  name TEXT NOT NULL,
  home INTEGER NOT NULL,
  xml TEXT NOT NULL,
  PRIMARY KEY (holder_kind, holder, person, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX property_of_person ON property (person) WHERE person <> 0;

CREATE TABLE trash (
  id INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  calendar INTEGER NOT NULL,
  calendar_name TEXT NOT NULL,
  object INTEGER,
  object_name TEXT,
  uid TEXT,
  size_bytes INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  deleted_by INTEGER
) STRICT;
CREATE INDEX trash_of_home ON trash (home, deleted, id);

CREATE TABLE trash_object (
  trash INTEGER PRIMARY KEY REFERENCES trash (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  etag TEXT NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  classification TEXT NOT NULL,
  zone_dependent INTEGER NOT NULL,
  plain INTEGER NOT NULL,
  indexed_from INTEGER NOT NULL,
  indexed_until INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  first_start INTEGER NOT NULL,
  last_end INTEGER NOT NULL,
  undated INTEGER NOT NULL,
  occurrence_count INTEGER NOT NULL,
  occurrences TEXT NOT NULL
) STRICT;

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
  created INTEGER NOT NULL,
  last_used INTEGER,
  last_program TEXT,
  use_count INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_link_of_principal ON feed_link (principal);
CREATE INDEX feed_link_of_target ON feed_link (target);

CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  parent INTEGER,
  name TEXT NOT NULL,
  is_collection INTEGER NOT NULL,
  content_type TEXT,
  content INTEGER,
  etag TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX file_name ON file (parent, name);
CREATE UNIQUE INDEX file_root ON file (home) WHERE parent IS NULL;
CREATE INDEX file_of_home ON file (home);

CREATE TABLE file_content (
  content INTEGER NOT NULL,
  part INTEGER NOT NULL,
  home INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (content, part)
) STRICT;

CREATE TABLE file_lock (
  token TEXT PRIMARY KEY,
  home INTEGER NOT NULL,
  path TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('exclusive', 'shared')),
  depth TEXT NOT NULL CHECK (depth IN ('0', 'infinity')),
  principal INTEGER NOT NULL,
  owner_xml TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX file_lock_of_home ON file_lock (home);

CREATE TABLE sweep (
  kind TEXT NOT NULL CHECK (kind IN ('calendar', 'trash', 'home', 'log', 'content')),
  subject INTEGER NOT NULL,
  before INTEGER NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (kind, subject, through)
) STRICT, WITHOUT ROWID;
`,
};
