/**
 * Who made each object, and rights for one's own objects alone. The check of the levels is part of its table, which
 * therefore is made anew; it had better take the name that its statement says than be renamed.
 */
import type { Migration } from './index.ts';

export const creators: Migration = {
  number: 11,
  title: 'creators of objects',
  sql: `
ALTER TABLE object ADD COLUMN creator INTEGER;
ALTER TABLE trash_object ADD COLUMN creator INTEGER;

CREATE TABLE grants_until_now AS SELECT calendar, grantee, home, level FROM calendar_grant;
DROP TABLE calendar_grant;
CREATE TABLE calendar_grant (
  calendar INTEGER NOT NULL REFERENCES calendar (id) ON DELETE CASCADE,
  grantee INTEGER NOT NULL,
  home INTEGER NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('busy', 'titles', 'read', 'contribute', 'revise', 'edit', 'manage')),
  PRIMARY KEY (calendar, grantee)
) STRICT, WITHOUT ROWID;
CREATE INDEX calendar_grant_of_grantee ON calendar_grant (grantee);
INSERT INTO calendar_grant (calendar, grantee, home, level)
SELECT calendar, grantee, home, level FROM grants_until_now;
DROP TABLE grants_until_now;
`,
};
