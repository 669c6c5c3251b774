/** What the page needs: sessions, codes for one use, preferences, and the audit. The reasons stand in `schema.sql`. */
import type { Migration } from './index.ts';

export const portal: Migration = {
  number: 2,
  title: 'portal',
  sql: `
CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  hash BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  last_used INTEGER NOT NULL,
  program TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX session_of_principal ON session (principal);

CREATE TABLE code (
  hash BLOB PRIMARY KEY,
  purpose TEXT NOT NULL,
  principal INTEGER REFERENCES principal (id) ON DELETE CASCADE,
  payload TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX code_of_purpose ON code (purpose, expires);
CREATE INDEX code_of_principal ON code (principal);

CREATE TABLE preference (
  principal INTEGER NOT NULL REFERENCES principal (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;

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
`,
};
