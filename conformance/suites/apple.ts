import { randomUUID } from 'node:crypto';
import { replay } from '../replay.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';

/** Sessions of Apple's calendar programs, which run on no machine of ours, replayed request by request. */
export const ios: Suite = sessionSuite(
  'ios',
  'what an iPhone asks from adding the account to deleting an event',
);
export const macos: Suite = sessionSuite(
  'macos',
  'what Calendar of macOS asks, with delegates and home-level sync',
);

/** A suite that replays the session `NAME-account.json`. */
export function sessionSuite(name: string, about: string): Suite {
  return {
    name,
    about,
    limitSeconds: 60,
    async run({ target, checks }) {
      // The session uses the first calendar for events in the home; a server without any gets this one.
      const url = await makeCalendar(target, `a-${name}-${randomUUID().slice(0, 8)}`, {
        components: ['VEVENT'],
      });
      try {
        await replay(`${name}-account.json`, target, checks);
      } finally {
        await remove(target, url);
      }
    },
  };
}
