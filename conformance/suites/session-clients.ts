import type { Suite } from '../suite.ts';
import { sessionSuite } from './apple.ts';

/** Sessions of programs that run on phones, on Windows or inside of other programs only, replayed request by request. */
export const davx5: Suite = sessionSuite(
  'davx5',
  'what DAVx5 asks on an Android phone, from adding the account to deleting an event',
);
export const caldavSynchronizer: Suite = sessionSuite(
  'caldav-synchronizer',
  'what the add-in CalDAV Synchronizer asks for Outlook on Windows',
);
export const sailfish: Suite = sessionSuite(
  'sailfish',
  'what the calendar of Sailfish OS asks, from adding the account to deleting an event',
);
export const notePlugins: Suite = sessionSuite(
  'note-plugins',
  'what plug-ins of note-taking programs ask, which join addresses from strings and read answers by patterns',
);
export const errands: Suite = sessionSuite(
  'errands',
  'what Errands asks, the to-do program for GNOME, from making a list to deleting it',
);
