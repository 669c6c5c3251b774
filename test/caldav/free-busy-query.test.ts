import assert from 'node:assert/strict';
import { caldav } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import { type Client, client, multiget, preconditions, property, report } from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

describe('free-busy-query', () => {
  let at: Client;
  const march = '<C:time-range start="20260323T000000Z" end="20260325T000000Z"/>';
  before(async () => {
    at = await client();
    const busy: Readonly<Record<string, Uint8Array>> = {
      one: event({ uid: 'one' }),
      overlapping: event({ uid: 'two', start: ':20260323T093000Z', end: ':20260323T110000Z' }),
      tentative: event({
        uid: 'three',
        start: ':20260323T120000Z',
        end: ':20260323T130000Z',
        more: ['STATUS:TENTATIVE'],
      }),
      cancelled: event({
        uid: 'four',
        start: ':20260323T140000Z',
        end: ':20260323T150000Z',
        more: ['STATUS:CANCELLED'],
      }),
      transparent: event({
        uid: 'five',
        start: ':20260323T160000Z',
        end: ':20260323T170000Z',
        more: ['TRANSP:TRANSPARENT'],
      }),
    };
    for (const [name, body] of Object.entries(busy)) await at.send('PUT', calendar + name, { body });
  });
  after(() => at.close());

  const ask = (path = calendar, parts = {}): ReturnType<Client['send']> =>
    at.send('REPORT', path, { body: report('free-busy-query', march), ...parts });

  it('RFC 4791 §7.10: busy and tentative times, merged; neither cancelled nor transparent ones', async () => {
    const answer = await ask();
    assert.equal(answer.status, 200);
    assert.match(answer.headers['Content-Type'] ?? '', /^text\/calendar/);
    assert.match(answer.text, /FREEBUSY;FBTYPE=BUSY:20260323T090000Z\/20260323T110000Z\r\n/);
    assert.match(answer.text, /FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260323T120000Z\/20260323T130000Z\r\n/);
    assert.doesNotMatch(answer.text, /T140000Z|T160000Z/);
  });

  it('RFC 4791 §9.9: a range may be open at one end, and a series without end is more than can be told', async () => {
    const open = (attributes: string): ReturnType<Client['send']> =>
      ask(calendar, { body: report('free-busy-query', `<C:time-range ${attributes}/>`) });
    const told = /FREEBUSY;FBTYPE=BUSY:20260323T090000Z\/20260323T110000Z\r\n/;
    assert.match((await open('start="20260101T000000Z"')).text, told);
    assert.match((await open('end="20270101T000000Z"')).text, told);
    assert.doesNotMatch((await open('start="20260401T000000Z"')).text, /FBTYPE/);
    assert.equal((await open('')).status, 400);
    const first = { start: ':20200101T040000Z', end: ':20200101T050000Z' };
    const body = event({ uid: 'endless', ...first, more: ['RRULE:FREQ=DAILY'] });
    await at.send('PUT', `${calendar}endless`, { body });
    assert.deepEqual(preconditions(await open('start="20260101T000000Z"')), [
      'number-of-matches-within-limits',
    ]);
    assert.match((await open('end="20200102T000000Z"')).text, /BUSY:20200101T040000Z\/20200101T050000Z\r\n/);
    await at.send('DELETE', `${calendar}endless`);
  });

  it('RFC 4791 §9.8: a time zone in the request reads days, one of the client’s own making too', async () => {
    const body = event({ uid: 'day', start: ';VALUE=DATE:20260324', end: ';VALUE=DATE:20260325' });
    await at.send('PUT', `${calendar}day`, { body });
    const zone = [
      'BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\nBEGIN:VTIMEZONE\nTZID:Own\nBEGIN:STANDARD',
      'DTSTART:19700101T000000\nTZOFFSETFROM:+0530\nTZOFFSETTO:+0530\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n',
    ].join('\n');
    const own = report('free-busy-query', `${march}<C:timezone>${zone}</C:timezone>`);
    assert.match((await ask()).text.replaceAll('\r\n ', ''), /BUSY:.*20260323T230000Z\/20260324T230000Z/s);
    assert.match(
      (await ask(calendar, { body: own })).text.replaceAll('\r\n ', ''),
      /BUSY:.*20260323T183000Z\/20260324T183000Z/s,
    );
    await at.send('DELETE', `${calendar}day`);
  });

  it('the home answers for all its calendars', async () => {
    assert.match((await ask(home)).text, /BUSY:20260323T090000Z/);
  });

  it('caldav.md 2.1: an explicit Depth: 0 speaks of the collection alone', async () => {
    assert.doesNotMatch((await ask(calendar, { depth: '0' })).text, /BUSY:/);
    assert.match((await ask(calendar, { depth: '1' })).text, /BUSY:/);
  });

  it('RFC 7953: the home is busy where its owner is not available', async () => {
    const available = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VAVAILABILITY\r\nUID:v\r\nDTSTAMP:20260101T000000Z\r\nBEGIN:AVAILABLE\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260323T080000Z\r\nDTEND:20260323T170000Z\r\nRRULE:FREQ=DAILY\r\nEND:AVAILABLE\r\nEND:VAVAILABILITY\r\nEND:VCALENDAR\r\n`;
    const set = (value: string): ReturnType<Client['send']> =>
      at.send('PROPPATCH', home, {
        body: `<D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><C:calendar-availability>${value.replaceAll('\r', '&#13;')}</C:calendar-availability></D:prop></D:set></D:propertyupdate>`,
      });
    assert.match((await set('nonsense')).text, /valid-calendar-data/);
    assert.doesNotMatch((await set(available)).text, /403/);
    assert.equal((await property(at, home, caldav('calendar-availability'))).text, available.trim());
    assert.match((await ask(home)).text, /BUSY-UNAVAILABLE:20260323T000000Z\/20260323T080000Z/);
    assert.doesNotMatch((await ask(calendar)).text, /UNAVAILABLE/);
    const all = await at.send('PROPFIND', home, { depth: '0' });
    assert.doesNotMatch(all.text, /calendar-availability/);
    await at.send('PROPPATCH', home, {
      body: '<D:propertyupdate xmlns:D="DAV:"><D:remove><D:prop><C:calendar-availability xmlns:C="urn:ietf:params:xml:ns:caldav"/></D:prop></D:remove></D:propertyupdate>',
    });
    assert.doesNotMatch((await ask(home)).text, /UNAVAILABLE/);
  });

  it('RFC 4791 §6.1.1: the right to see busy times is enough, without it there is nothing to see', async () => {
    assert.equal((await ask(calendar, { as: at.bob })).status, 404);
    await share(at, at.bob, 'busy');
    assert.match((await ask(calendar, { as: at.bob })).text, /BUSY:20260323T090000Z/);
    assert.doesNotMatch((await ask(calendar, { as: at.bob })).text, /Secret/);
    assert.match((await ask('/dav/calendars/alice/', { as: at.bob })).text, /BUSY:20260323T090000Z/);
    await share(at, at.bob, null);
  });

  it('busy times follow the rights where export is off, and nothing else of the calendar does', async () => {
    await share(at, at.bob, 'read');
    const { setExportAllowed } = await import('../../src/service/calendars/calendars.ts');
    const { actor, seen } = await import('../service/office.ts');
    await setExportAllowed(at.services, await actor(at, at.alice), await seen(at), false);
    assert.equal((await at.send('PROPFIND', calendar, { as: at.bob, depth: '0' })).status, 404);
    assert.match((await ask(calendar, { as: at.bob })).text, /BUSY:20260323T090000Z/);
    const absent = calendar.replace('personal', 'absent');
    for (const body of [
      multiget([`${calendar}one`]),
      '<sync-collection xmlns="DAV:"><sync-token/></sync-collection>',
    ]) {
      const [hidden, none] = [
        await at.send('REPORT', calendar, { as: at.bob, body }),
        await at.send('REPORT', absent, { as: at.bob, body }),
      ];
      assert.deepEqual(
        [hidden.status, hidden.text],
        [none.status, none.text],
        'hidden and absent answer alike',
      );
      assert.equal(hidden.status, 404);
    }
    await setExportAllowed(at.services, await actor(at, at.alice), await seen(at), true);
    await share(at, at.bob, null);
  });
});
