/** Large files, and large collections of them, are written before they are seen and cleared away after they are gone. */
import type { Migration } from './index.ts';

export const stagedFiles: Migration = {
  number: 5,
  title: 'staged files',
  sql: `
CREATE TABLE staged (
  kind TEXT NOT NULL CHECK (kind IN ('content', 'file')),
  subject INTEGER NOT NULL,
  home INTEGER NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (subject)
) STRICT, WITHOUT ROWID;

-- SQLite cannot widen a CHECK in place.
ALTER TABLE sweep RENAME TO narrow_sweep;
CREATE TABLE sweep (
  kind TEXT NOT NULL CHECK (kind IN ('calendar', 'trash', 'home', 'log', 'content', 'file')),
  subject INTEGER NOT NULL,
  before INTEGER NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (kind, subject, through)
) STRICT, WITHOUT ROWID;
INSERT INTO sweep SELECT kind, subject, before, through FROM narrow_sweep;
DROP TABLE narrow_sweep;
`,
};
