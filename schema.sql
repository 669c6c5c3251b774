-- The data of portcal, in SQLite's dialect. A fresh database is made from this file; it is always the sum of
-- src/storage/migrations, and a test proves it.
--
-- Conventions
--   * Instants are milliseconds since 1970 in UTC. An open side is the largest or smallest safe integer (2^53 - 1).
--   * Truth is 0 or 1.
--   * Ids are safe integers assigned by us, ascending in time (core/ids.ts); there are no sequences.
--   * `home` is the principal that owns the row's calendar or collection: the routing key when one database is not
--     enough. It equals the id in `principal`, so that table has no such column.
--   * `counted` columns are derived; `check` recounts them.

-- One row: what is true of the whole database.
CREATE TABLE installation (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- Part of every sync token; renewed when a backup is restored, so that tokens of the lost future die.
  epoch TEXT NOT NULL,
  -- Moves with everything that rights are made of.
  directory_version INTEGER NOT NULL
) STRICT;

-- People, groups, rooms, resources and the company.
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
  -- Name, display name and addresses in lower case: SQL can fold ASCII only.
  search_text TEXT NOT NULL,
  -- Counted: bytes of objects and files.
  used_bytes INTEGER NOT NULL,
  -- Counted: bytes of what lies in the trash.
  trash_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE address (
  address TEXT PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  -- 0 is the preferred one.
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
  last_address TEXT,
  -- A list in JSON of the only calendars that it opens, some of which may be gone; NULL: all.
  calendars TEXT
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
  -- Names joined by commas.
  components TEXT NOT NULL,
  transparent INTEGER NOT NULL,
  export_allowed INTEGER NOT NULL,
  export_detail TEXT NOT NULL CHECK (export_detail IN ('full', 'titles', 'busy')),
  -- Both null: everything.
  export_months_back INTEGER,
  export_months_ahead INTEGER,
  -- The number that sync tokens and ctags spell. Not indexed, so that counting writes this row only.
  modseq INTEGER NOT NULL,
  -- Lines of the log up to this one may have been trimmed.
  change_floor INTEGER NOT NULL,
  -- Counted.
  object_count INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  -- `trashed` calendars wait in the trash with everything in them, `purged` ones for the sweeper. Only those that live
  -- hold their name.
  state TEXT NOT NULL CHECK (state IN ('live', 'trashed', 'purged')),
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX calendar_name ON calendar (home, name) WHERE state = 'live';
CREATE INDEX calendar_of_home ON calendar (home, id);

-- What one person has set for one calendar that is not their own.
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
  -- A principal, or 0 for everyone.
  grantee INTEGER NOT NULL,
  home INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('busy', 'titles', 'read', 'contribute', 'revise', 'edit', 'manage')),
  PRIMARY KEY (calendar, grantee)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_grant_of_grantee ON calendar_grant (grantee);

-- Heads of calendar objects, together by calendar: a listing reads this table from one key to another and nothing else.
-- Name and etag stand right behind the key because listings want just these.
CREATE TABLE object (
  calendar INTEGER NOT NULL REFERENCES calendar (id),
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  etag TEXT NOT NULL,
  home INTEGER NOT NULL,
  uid TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY')),
  size_bytes INTEGER NOT NULL,
  -- That of the last change of this object.
  modseq INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  classification TEXT NOT NULL CHECK (classification IN ('public', 'private', 'confidential')),
  zone_dependent INTEGER NOT NULL,
  -- The bytes can be joined into XML as they are.
  plain INTEGER NOT NULL,
  -- What `occurrence` knows: everything within [indexed_from, indexed_until), or everything if complete.
  indexed_from INTEGER NOT NULL,
  indexed_until INTEGER NOT NULL,
  complete INTEGER NOT NULL,
  first_start INTEGER NOT NULL,
  last_end INTEGER NOT NULL,
  undated INTEGER NOT NULL,
  -- Counted: rows of `occurrence`.
  occurrence_count INTEGER NOT NULL,
  -- Who made it: a principal, who may be gone; null: nobody knows, or the server itself. Never changed. At the end, where
  -- listings do not come by.
  creator INTEGER,
  PRIMARY KEY (calendar, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX object_id ON object (id);
CREATE UNIQUE INDEX object_name ON object (calendar, name);
CREATE UNIQUE INDEX object_uid ON object (calendar, uid);
CREATE INDEX object_undated ON object (calendar, id) WHERE undated = 1;
-- What lies in a range without end: an endless series has a row for each instance to come, too many to read.
CREATE INDEX object_ends ON object (calendar, last_end) WHERE undated = 0;
-- What readers who are not trusted with everything must not see whole: few, or none at all.
CREATE INDEX object_restricted ON object (calendar, id) WHERE classification <> 'public';
-- Published busy times: every free/busy question asks whether there are any, and hardly ever there are.
CREATE INDEX object_published ON object (calendar, id) WHERE kind = 'VFREEBUSY';
-- Which objects a range outside of the index may concern, from either side, and whose horizon ends first.
CREATE INDEX object_index_ends ON object (calendar, indexed_until) WHERE complete = 0;
CREATE INDEX object_index_begins ON object (calendar, indexed_from) WHERE complete = 0;
CREATE INDEX object_horizon ON object (indexed_until, calendar, id) WHERE complete = 0;

-- The bytes as they came. Apart from the heads, so that listings stay narrow; not tied to `object` by a foreign key,
-- because they stay in place when the object goes to the trash.
CREATE TABLE object_bytes (
  object INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  -- How feeds cut the object out of its bytes (icalendar/feed/feed-cuts.ts), as JSON; null: they look at each line. In
  -- front of the bytes, so that it is read with the head of the row.
  cuts TEXT,
  bytes BLOB NOT NULL
) STRICT;

-- One row per instance. A range query reads, for each class of length, the rows that start within the range or at most
-- that length before it (storage/sqlite/length-class.ts), so a long instance does not widen the scan for the short ones.
CREATE TABLE occurrence (
  calendar INTEGER NOT NULL,
  length_class INTEGER NOT NULL,
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL CHECK (ends >= starts),
  object INTEGER NOT NULL,
  -- 0 free, 1 busy, 2 tentative, 3 unavailable.
  busy INTEGER NOT NULL CHECK (busy BETWEEN 0 AND 3),
  home INTEGER NOT NULL,
  PRIMARY KEY (calendar, length_class, starts, ends, object, busy),
  FOREIGN KEY (calendar, object) REFERENCES object (calendar, id) ON DELETE CASCADE ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
-- By object alone: with (calendar, object) the planner prefers to read the whole calendar by the primary key, also in the
-- cascade of the foreign key, where no hint can tell it otherwise.
CREATE INDEX occurrence_of_object ON occurrence (object);

-- Calendars whose occurrences were made by a zone or by addresses that they or their owner had before. A row goes when the
-- index has been made anew.
CREATE TABLE stale_index (
  calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
  reason TEXT NOT NULL CHECK (reason IN ('zone', 'addresses')),
  home INTEGER NOT NULL,
  -- Of the directory before the change: no two changes have the same.
  version INTEGER NOT NULL,
  PRIMARY KEY (calendar, reason)
) STRICT, WITHOUT ROWID;

-- The sync log. One line per change; the newest line of a name is the one that counts.
CREATE TABLE change (
  calendar INTEGER NOT NULL REFERENCES calendar (id),
  modseq INTEGER NOT NULL,
  home INTEGER NOT NULL,
  name TEXT NOT NULL,
  gone INTEGER NOT NULL,
  made INTEGER NOT NULL,
  -- In the last line of a change set: its id, by which one can ask whether it was committed.
  set_id INTEGER,
  PRIMARY KEY (calendar, modseq)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_gone ON change (calendar, name, modseq) WHERE gone = 1;

-- A person's own alarm state of an object they may only read. Read only while the shared object has the etag `stands_over`.
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

-- Dead properties (RFC 4918 §4).
CREATE TABLE property (
  holder_kind TEXT NOT NULL CHECK (holder_kind IN ('calendar', 'object', 'principal', 'home', 'file')),
  holder INTEGER NOT NULL,
  -- Whose property it is on a shared calendar; 0: everybody's.
  person INTEGER NOT NULL,
  -- {namespace}local
  name TEXT NOT NULL,
  home INTEGER NOT NULL,
  xml TEXT NOT NULL,
  PRIMARY KEY (holder_kind, holder, person, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX property_of_person ON property (person) WHERE person <> 0;

-- What was deleted and can come back. Outside of every rule of uniqueness: a deleted name or UID is free at once.
CREATE TABLE trash (
  id INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  calendar INTEGER NOT NULL,
  calendar_name TEXT NOT NULL,
  -- Null for a whole calendar, whose rows all stay where they are.
  object INTEGER,
  object_name TEXT,
  uid TEXT,
  size_bytes INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  deleted_by INTEGER
) STRICT;
CREATE INDEX trash_of_home ON trash (home, deleted, id);

-- The head and the index of an object in the trash; its bytes, personal copies and dead properties stay where they are.
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
  -- JSON: [[starts, ends, busy], ...]
  occurrences TEXT NOT NULL,
  creator INTEGER
) STRICT;

-- A secret address of a read-only feed.
CREATE TABLE feed_link (
  id INTEGER PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  -- Null: the person's favourites.
  target INTEGER REFERENCES calendar (id) ON DELETE CASCADE,
  label TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (detail IN ('full', 'titles', 'busy')),
  months_back INTEGER,
  months_ahead INTEGER,
  alarms INTEGER NOT NULL,
  expires INTEGER,
  hash BLOB NOT NULL UNIQUE,
  -- Sealed under the server's secret; null: the address was told once and is known to nobody here.
  token TEXT,
  -- Of titles that the server makes; null: the person's.
  language TEXT,
  -- What was made of all events alike at the last fetch, since when if not since the first, and how often that has changed.
  look TEXT,
  look_since INTEGER,
  look_count INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  last_used INTEGER,
  last_program TEXT,
  use_count INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_link_of_principal ON feed_link (principal);
CREATE INDEX feed_link_of_target ON feed_link (target);

-- The plain collections below files/ (RFC 4918).
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  home INTEGER NOT NULL,
  -- Null for the top collection of a home; 0 where it lies in no tree, being copied or cleared away: its name is its id.
  parent INTEGER,
  name TEXT NOT NULL,
  is_collection INTEGER NOT NULL,
  content_type TEXT,
  -- Null for collections.
  content INTEGER,
  etag TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  created INTEGER NOT NULL,
  modified INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX file_name ON file (parent, name);
CREATE UNIQUE INDEX file_root ON file (home) WHERE parent IS NULL;
CREATE INDEX file_of_home ON file (home);
CREATE INDEX file_of_content ON file (content) WHERE content IS NOT NULL;

-- Contents in parts of 1 MiB, so that a large file is read and removed in short steps. A file that is written again gets
-- a new content, so that nobody reads half of one and half of the other. A copy within a home shares that of the original;
-- the sweeper removes what no file has any more.
CREATE TABLE file_content (
  content INTEGER NOT NULL,
  part INTEGER NOT NULL,
  home INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (content, part)
) STRICT;

-- Contents, and copies of collections, that are being written in short steps and have no place yet. A row goes when they
-- get one; what has none by `until` belongs to nobody, as after a crash, and is swept.
CREATE TABLE staged (
  kind TEXT NOT NULL CHECK (kind IN ('content', 'file')),
  subject INTEGER NOT NULL,
  home INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (subject)
) STRICT, WITHOUT ROWID;

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

-- What was removed at once for every reader, and is cleared away in short steps afterwards:
--   calendar  everything in a purged calendar
--   trash     what lies in the trash of a home since before `before`, up to the item `through`
--   home      the home of all objects of a calendar that has a new owner; `before` is the last object that is done
--   log       the home of the lines of its log; `before` is the last line that is done
--   content   what a file held that was removed or written again
--   file      a collection that was removed, with everything in it
CREATE TABLE sweep (
  kind TEXT NOT NULL CHECK (kind IN ('calendar', 'trash', 'home', 'log', 'content', 'file')),
  subject INTEGER NOT NULL,
  before INTEGER NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (kind, subject, through)
) STRICT, WITHOUT ROWID;

-- Sign-ins to the page. The cookie holds a random token, the table its keyed hash. What a proxy has opened counts only
-- while it names the same person.
CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  hash BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  program TEXT NOT NULL,
  address TEXT NOT NULL,
  opened_by TEXT NOT NULL DEFAULT 'person' CHECK (opened_by IN ('person', 'proxy'))
) STRICT;
CREATE INDEX session_of_principal ON session (principal);

-- What can be used once and not for long: connect codes, the set-up address, sign-ins under way elsewhere. What it is
-- about stands in the payload, in the words of its purpose.
CREATE TABLE code (
  hash BLOB PRIMARY KEY,
  purpose TEXT NOT NULL,
  -- Null where nobody is known yet.
  principal INTEGER REFERENCES principal (id) ON DELETE CASCADE,
  payload TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX code_of_purpose ON code (purpose, expires);
CREATE INDEX code_of_principal ON code (principal);

-- What a person has chosen in the page; one row for each thing, so that two open pages do not undo each other.
CREATE TABLE preference (
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;

-- Who did what, when and from where. Rows outlive the people they name.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  principal INTEGER,
  who TEXT,
  via TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
CREATE INDEX audit_of_action ON audit (action, id);
-- Objects that calendars have refused, put aside for whoever sent them: of each name the last, for a month. The calendar
-- may be gone. The bytes are those that were sent; NULL: there were too many to be kept.
CREATE TABLE refused (
  id INTEGER PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  calendar INTEGER NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  line INTEGER,
  uid TEXT,
  program TEXT NOT NULL,
  bytes BLOB,
  UNIQUE (principal, calendar, name)
) STRICT;
CREATE INDEX refused_of_principal ON refused (principal);
CREATE INDEX refused_at ON refused (at);

-- Mailboxes of people at a provider (core/connector.ts).
CREATE TABLE connector_account (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  mailbox TEXT NOT NULL,
  login TEXT NOT NULL,
  -- Sealed for this very row (service/connectors/secrets.ts). Null: the service account speaks for the mailbox.
  secret BLOB,
  stopped TEXT,
  auth_failures INTEGER NOT NULL,
  not_before INTEGER,
  memory TEXT NOT NULL,
  created INTEGER NOT NULL,
  UNIQUE (provider, mailbox)
) STRICT;
CREATE INDEX connector_account_of_principal ON connector_account (principal);

-- One calendar here and one there. Removed links stay, so that linking the same two again pairs the same events.
CREATE TABLE connector_link (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES connector_account (id) ON DELETE CASCADE,
  provider TEXT NOT NULL,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
  remote_calendar TEXT NOT NULL,
  remote_name TEXT NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('both', 'from-remote', 'to-remote')),
  start_date TEXT,
  cursor TEXT,
  reconciling INTEGER NOT NULL,
  initialised INTEGER NOT NULL,
  local_cursor INTEGER NOT NULL,
  stopped TEXT,
  guard_lifted INTEGER NOT NULL,
  last_run INTEGER,
  last_ok INTEGER,
  next_run INTEGER,
  failures INTEGER NOT NULL,
  last_failure TEXT,
  deep_checked INTEGER,
  wanted INTEGER,
  removed INTEGER,
  created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX connector_link_live ON connector_link (calendar) WHERE removed IS NULL;
CREATE UNIQUE INDEX connector_link_remote ON connector_link (account, remote_calendar) WHERE removed IS NULL;
CREATE INDEX connector_link_of_account ON connector_link (account, id);
CREATE INDEX connector_link_of_principal ON connector_link (principal, id);
CREATE INDEX connector_link_of_calendar ON connector_link (calendar);
CREATE INDEX connector_link_next ON connector_link (provider, next_run) WHERE removed IS NULL;

-- Who runs a link. Taken, renewed and given back in the transactions of the work itself.
CREATE TABLE connector_lease (
  link INTEGER PRIMARY KEY REFERENCES connector_link (id) ON DELETE CASCADE,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;

-- One event on both sides, and what both last agreed on; after its end kept for the next linking.
CREATE TABLE connector_pair (
  id INTEGER PRIMARY KEY,
  link INTEGER NOT NULL REFERENCES connector_link (id) ON DELETE CASCADE,
  uid TEXT NOT NULL,
  object_name TEXT NOT NULL,
  object_etag TEXT,
  marker TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'guest')),
  origin TEXT NOT NULL CHECK (origin IN ('local', 'remote', 'both')),
  agreed TEXT,
  failures INTEGER NOT NULL,
  quarantine TEXT,
  quarantine_text TEXT,
  pushes INTEGER NOT NULL,
  pushed_since INTEGER,
  reverts INTEGER NOT NULL,
  ended INTEGER
) STRICT;
CREATE UNIQUE INDEX connector_pair_live ON connector_pair (link, uid) WHERE ended IS NULL;
CREATE INDEX connector_pair_of_link ON connector_pair (link, id);
CREATE INDEX connector_pair_uid ON connector_pair (link, uid);
CREATE INDEX connector_pair_name ON connector_pair (link, object_name);
CREATE INDEX connector_pair_marker ON connector_pair (link, marker);
CREATE INDEX connector_pair_quarantined ON connector_pair (link, id) WHERE quarantine IS NOT NULL AND ended IS NULL;

-- Everything the provider has reported, also what lies outside of the window.
CREATE TABLE connector_item (
  link INTEGER NOT NULL REFERENCES connector_link (id) ON DELETE CASCADE,
  remote_id TEXT NOT NULL,
  version TEXT NOT NULL,
  pair INTEGER REFERENCES connector_pair (id) ON DELETE SET NULL,
  recurrence_id TEXT,
  starts INTEGER,
  ends INTEGER,
  recurring INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  echoed INTEGER NOT NULL,
  PRIMARY KEY (link, remote_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX connector_item_of_pair ON connector_item (pair) WHERE pair IS NOT NULL;
CREATE INDEX connector_item_gone ON connector_item (link, remote_id) WHERE gone = 1;
CREATE INDEX connector_item_unechoed ON connector_item (link, remote_id) WHERE echoed = 0;

-- Writes to the provider that are decided and not yet confirmed: here before the request is sent.
CREATE TABLE connector_outbox (
  id INTEGER PRIMARY KEY,
  link INTEGER NOT NULL REFERENCES connector_link (id) ON DELETE CASCADE,
  pair INTEGER NOT NULL REFERENCES connector_pair (id) ON DELETE CASCADE,
  action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete', 'respond')),
  payload TEXT NOT NULL,
  sent INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  not_before INTEGER,
  created INTEGER NOT NULL
) STRICT;
CREATE INDEX connector_outbox_of_link ON connector_outbox (link, id);
CREATE INDEX connector_outbox_of_pair ON connector_outbox (pair, id);

-- What the owner of an event should know of it, such as a time zone that had to be guessed.
CREATE TABLE connector_notice (
  pair INTEGER PRIMARY KEY REFERENCES connector_pair (id) ON DELETE CASCADE,
  link INTEGER NOT NULL,
  code TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX connector_notice_of_link ON connector_notice (link, pair);

-- What happened, for people and for support. The oldest go with each new one.
CREATE TABLE connector_run (
  id INTEGER PRIMARY KEY,
  link INTEGER NOT NULL REFERENCES connector_link (id) ON DELETE CASCADE,
  cause TEXT NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER,
  outcome TEXT NOT NULL,
  phase TEXT NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER,
  counters TEXT NOT NULL,
  failure TEXT,
  detail TEXT
) STRICT;
CREATE INDEX connector_run_of_link ON connector_run (link, id);

-- Values that lost when both sides changed the same field.
CREATE TABLE connector_conflict (
  id INTEGER PRIMARY KEY,
  link INTEGER NOT NULL REFERENCES connector_link (id) ON DELETE CASCADE,
  uid TEXT NOT NULL,
  at INTEGER NOT NULL,
  field TEXT NOT NULL,
  ours TEXT NOT NULL,
  theirs TEXT NOT NULL,
  kept TEXT NOT NULL CHECK (kept IN ('ours', 'theirs'))
) STRICT;
CREATE INDEX connector_conflict_of_link ON connector_conflict (link, id);

-- What administrators have set; absent: the default. Secrets stand here sealed.
CREATE TABLE connector_setting (
  provider TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (provider, key)
) STRICT, WITHOUT ROWID;

-- How many migrations this is the sum of.
PRAGMA user_version = 11;
