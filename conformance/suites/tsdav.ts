import type * as TsDav from 'tsdav';
import { moduleUrl } from '../install.ts';
import type { Suite } from '../suite.ts';
import { walkByTsdav } from './tsdav-walk.ts';

/** tsdav, the CalDAV client of many web programs. */
export const tsdav: Suite = {
  name: 'tsdav',
  about: 'the npm package tsdav: discovery, MKCALENDAR, queries, expand, conditional writes, sync',
  limitSeconds: 120,
  modules: ['tsdav'],

  async run({ target, checks }) {
    const library: typeof TsDav = await import(moduleUrl('tsdav'));
    const { name, password } = target.account;
    await walkByTsdav(library, { url: target.url, homeUrl: target.homeUrl, name, password }, checks);
  },
};
