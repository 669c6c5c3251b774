/** What connectors keep: mailboxes, links, what the provider has reported, and what is on its way there. The reasons stand in `schema.sql`. */
import type { Migration } from './index.ts';

export const connectors: Migration = {
  number: 3,
  title: 'connectors',
  sql: `
CREATE TABLE connector_account (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  mailbox TEXT NOT NULL,
  login TEXT NOT NULL,
  secret BLOB,
  stopped TEXT,
  auth_failures INTEGER NOT NULL,
  not_before INTEGER,
  memory TEXT NOT NULL,
  created INTEGER NOT NULL,
  UNIQUE (provider, mailbox)
) STRICT;
CREATE INDEX connector_account_of_principal ON connector_account (principal);

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

CREATE TABLE connector_lease (
  link INTEGER PRIMARY KEY REFERENCES connector_link (id) ON DELETE CASCADE,
  holder TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT;

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

CREATE TABLE connector_setting (
  provider TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  changed INTEGER NOT NULL,
  PRIMARY KEY (provider, key)
) STRICT, WITHOUT ROWID;
`,
};
