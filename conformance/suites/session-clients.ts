import type { Suite } from '../suite.ts';
import { sessionSuite } from './apple.ts';

/** Sessions of programs that run on Android and Windows only, replayed request by request. */
export const davx5: Suite = sessionSuite(
  'davx5',
  'what DAVx5 asks on an Android phone, from adding the account to deleting an event',
);
export const caldavSynchronizer: Suite = sessionSuite(
  'caldav-synchronizer',
  'what the add-in CalDAV Synchronizer asks for Outlook on Windows',
);
