/** What calendars have refused, put aside for whoever sent it. */
import type { Migration } from './index.ts';

export const refusedObjects: Migration = {
  number: 9,
  title: 'refused objects',
  sql: `
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
`,
};
