import assert from 'node:assert/strict';
import { event, noon } from '../service/office.ts';
import { slowClock, turnsDuring } from '../turns.ts';
import { type Client, client, dataOf, multiget, query } from './client.ts';

const calendar = '/dav/calendars/alice/personal/';

/** A megabyte of markup becomes four, for which an answer takes more time than one turn has. */
const markup = event({ uid: 'long', more: [`X-MARKUP:${'&<>'.repeat(350_000)}`] });
const pieceCount = Math.floor(markup.length / 65_536);

const noRange = '<C:calendar-data/>';
const expand =
  '<C:calendar-data><C:expand start="20260301T000000Z" end="20260401T000000Z"/></C:calendar-data>';
const parts =
  '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="X-MARKUP"/></C:comp></C:comp></C:calendar-data>';

const ofUid =
  '<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match>long</C:text-match></C:prop-filter></C:comp-filter>';
const sync = (asked: string): string =>
  `<D:sync-collection xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop>${asked}</D:prop></D:sync-collection>`;
const get = (asked: string): string => multiget([`${calendar}long.ics`], `<D:prop>${asked}</D:prop>`);

describe('long texts of markup in an answer', () => {
  let at: Client;
  before(async () => {
    at = await client({ clock: slowClock(noon) });
    assert.equal((await at.send('PUT', `${calendar}long.ics`, { body: markup })).status, 201);
  });
  after(() => at.close());

  for (const [asked, body, headers] of [
    ['in rows that the storage writes', get(`<D:getetag/>${noRange}`), {}],
    ['as a property beside others', get(`<D:getcontentlength/>${noRange}`), {}],
    ['expanded', get(`<D:getetag/>${expand}`), {}],
    ['in parts', get(`<D:getetag/>${parts}`), {}],
    ['without time zones', get(`<D:getetag/>${noRange}`), { 'CalDAV-Timezones': 'F' }],
    ['by a filter', query(ofUid, `<D:prop><D:getetag/>${noRange}</D:prop>`), {}],
    ['by a synchronisation', sync(noRange), {}],
  ] as const) {
    it(`are escaped with turns for others: ${asked}`, async () => {
      const { result, turns } = await turnsDuring(() => at.send('REPORT', calendar, { body, headers }));
      const data = dataOf(result).get(`${calendar}long.ics`) ?? '';
      assert.ok(data.replaceAll(/\r\n /g, '').includes(`X-MARKUP:${'&<>'.repeat(350_000)}`));
      assert.ok(turns >= pieceCount, `${turns} turns, ${pieceCount} pieces`);
    });
  }
});
