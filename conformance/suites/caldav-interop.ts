import type { Suite } from '../suite.ts';
import { atOnce } from './interop/at-once.ts';
import { bodies } from './interop/bodies.ts';
import { busyTimes } from './interop/busy-times.ts';
import { collections } from './interop/collections.ts';
import { Desk } from './interop/desk.ts';
import { homes } from './interop/homes.ts';
import { objects } from './interop/objects.ts';
import { queries } from './interop/queries.ts';
import { rights } from './interop/rights.ts';
import { series } from './interop/series.ts';

/**
 * What protocol suites of calendar servers ask of every server: the classes of request of Apple's CalDAVTester and of the
 * CalConnect interoperability events, of python-caldav's tester of servers, of Cosmo, SOGo and other servers' own suites, in our
 * own words and with our own data, judged by the RFCs.
 */
export const caldavInterop: Suite = {
  name: 'caldav-interop',
  about:
    'preconditions, transfers, filters, series, busy times, synchronisation, properties, names, rights and races, as protocol suites ask for them',
  limitSeconds: 120,

  async run({ target, checks }) {
    const desk = new Desk(target, checks);
    await objects(desk);
    await queries(desk);
    await series(desk);
    await bodies(desk);
    await collections(desk);
    await busyTimes(desk);
    await homes(desk);
    await rights(desk);
    await atOnce(desk);
  },
};
