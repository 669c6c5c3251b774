/** All migrations in order. One is never changed after a release; `schema.sql` is the sum of them. */
import { firstSchema } from './0001-first-schema.ts';
import { portal } from './0002-portal.ts';
import { connectors } from './0003-connectors.ts';
import { sharedContents } from './0004-shared-contents.ts';
import { stagedFiles } from './0005-staged-files.ts';

export interface Migration {
  /** Ascending from 1 without gaps; kept in `PRAGMA user_version`. */
  readonly number: number;
  readonly title: string;
  /** Statements in SQLite's dialect. */
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  firstSchema,
  portal,
  connectors,
  sharedContents,
  stagedFiles,
];
