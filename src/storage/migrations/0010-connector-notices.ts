/** What the owners of events should know of them. */
import type { Migration } from './index.ts';

export const connectorNotices: Migration = {
  number: 10,
  title: 'notices of connectors',
  sql: `
CREATE TABLE connector_notice (
  pair INTEGER PRIMARY KEY REFERENCES connector_pair (id) ON DELETE CASCADE,
  link INTEGER NOT NULL,
  code TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX connector_notice_of_link ON connector_notice (link, pair);
`,
};
