/** App passwords that open some calendars only. */
import type { Migration } from './index.ts';

export const passwordCalendars: Migration = {
  number: 8,
  title: 'calendars of app passwords',
  sql: 'ALTER TABLE app_password ADD COLUMN calendars TEXT;',
};
