/** Whose word opened a session: those of a proxy count only while it gives its word. */
import type { Migration } from './index.ts';

export const proxySessions: Migration = {
  number: 7,
  title: 'proxy sessions',
  sql: `ALTER TABLE session ADD COLUMN opened_by TEXT NOT NULL DEFAULT 'person' CHECK (opened_by IN ('person', 'proxy'));`,
};
