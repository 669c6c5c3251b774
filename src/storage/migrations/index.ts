/** All migrations in order. None is changed once there are data that it has made; `schema.sql` is the sum of them. */
import { firstSchema } from './0001-first-schema.ts';
import { portal } from './0002-portal.ts';
import { connectors } from './0003-connectors.ts';
import { sharedContents } from './0004-shared-contents.ts';
import { stagedFiles } from './0005-staged-files.ts';
import { feeds } from './0006-feeds.ts';
import { proxySessions } from './0007-proxy-sessions.ts';
import { passwordCalendars } from './0008-password-calendars.ts';
import { refusedObjects } from './0009-refused-objects.ts';
import { connectorNotices } from './0010-connector-notices.ts';
import { creators } from './0011-creators.ts';

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
  feeds,
  proxySessions,
  passwordCalendars,
  refusedObjects,
  connectorNotices,
  creators,
];
