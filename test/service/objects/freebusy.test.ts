import assert from 'node:assert/strict';
import type { Calendar } from '../../../src/core/calendar.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { hourMs, instant } from '../../../src/icalendar/time.ts';
import { ianaZone, type Zone } from '../../../src/icalendar/zones/timezone.ts';
import { FixedZone } from '../../../src/icalendar/zones/zone.ts';
import { calendarForBusy } from '../../../src/service/access.ts';
import { createCalendar, patchCalendar, setExportAllowed } from '../../../src/service/calendars/calendars.ts';
import { freeBusy } from '../../../src/service/objects/freebusy.ts';
import { actor, event, type Office, office, put, refuses, seen, share, text } from '../office.ts';

describe('free/busy', () => {
  let at: Office;
  let alice: Actor;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
  });
  afterEach(() => at.close());

  const range = (from: string, to: string) => ({
    start: instant(Date.parse(`${from}Z`)),
    end: instant(Date.parse(`${to}Z`)),
  });
  const monday = range('2026-03-23T00:00', '2026-03-24T00:00');
  const busy = async (asked = monday, zone?: Zone, who = alice, calendars?: readonly Calendar[]) => {
    const which = calendars ?? [(await seen(at)).calendar];
    const periods = await freeBusy(at.services, who, which, asked, zone);
    const clock = (value: number) => new Date(value).toISOString().slice(11, 16);
    return periods.map(({ type, start, end }) => `${type} ${clock(start)}-${clock(end)}`);
  };
  const meeting = (uid: string, from: string, to: string, ...more: string[]) =>
    event({ uid, start: `:20260323T${from}00Z`, end: `:20260323T${to}00Z`, more });

  it('merges what overlaps and touches, and keeps the types apart', async () => {
    const mine = await seen(at);
    await put(at, alice, mine, '1', meeting('1', '0900', '1000'));
    await put(at, alice, mine, '2', meeting('2', '0930', '1100'));
    await put(at, alice, mine, '3', meeting('3', '1100', '1130'));
    await put(at, alice, mine, '4', meeting('4', '1030', '1200', 'STATUS:TENTATIVE'));
    await put(at, alice, mine, '5', meeting('5', '1300', '1400', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'));
    assert.deepEqual(await busy(), [
      'BUSY 09:00-11:30',
      'BUSY-UNAVAILABLE 13:00-14:00',
      'BUSY-TENTATIVE 10:30-12:00',
    ]);
  });

  it('leaves out what is transparent, cancelled, declined by the owner, or no event', async () => {
    const mine = await createCalendar(at.services, alice, at.alice, { name: 'mixed' });
    await put(at, alice, mine, '1', meeting('1', '0900', '1000', 'TRANSP:TRANSPARENT'));
    await put(at, alice, mine, '2', meeting('2', '0900', '1000', 'STATUS:CANCELLED'));
    await put(
      at,
      alice,
      mine,
      '3',
      meeting('3', '0900', '1000', 'ATTENDEE;PARTSTAT=DECLINED:mailto:ALICE@example.com'),
    );
    await put(at, alice, mine, '4', event({ component: 'VTODO', uid: '4', more: ['DUE:20260323T090000Z'] }));
    assert.deepEqual(await busy(monday, undefined, alice, [mine.calendar]), []);
  });

  it('counts no calendar that is transparent as a whole', async () => {
    const mine = await seen(at);
    await put(at, alice, mine, '1', meeting('1', '0900', '1000'));
    await patchCalendar(at.services, alice, mine, { transparent: true });
    assert.deepEqual(await busy(), []);
  });

  it('cuts periods to the range', async () => {
    await put(at, alice, await seen(at), '1', meeting('1', '0900', '1100'));
    assert.deepEqual(await busy(range('2026-03-23T10:00', '2026-03-23T10:30')), ['BUSY 10:00-10:30']);
  });

  it('reads days by the calendar’s zone, or by that of the question', async () => {
    await put(
      at,
      alice,
      await seen(at),
      'd',
      event({ uid: 'd', start: ';VALUE=DATE:20260323', end: ';VALUE=DATE:20260324' }),
    );
    await put(at, alice, await seen(at), 'e', meeting('e', '2330', '2345'));
    assert.deepEqual(await busy(), ['BUSY 00:00-23:00', 'BUSY 23:30-23:45']);
    assert.deepEqual(await busy(monday, ianaZone('Europe/Stockholm')), [
      'BUSY 00:00-23:00',
      'BUSY 23:30-23:45',
    ]);
    assert.deepEqual(await busy(monday, ianaZone('Asia/Tokyo')), ['BUSY 00:00-15:00', 'BUSY 23:30-23:45']);
    assert.deepEqual(await busy(monday, new FixedZone('Own', -2 * hourMs, true)), ['BUSY 02:00-00:00']);
    assert.deepEqual(await busy(monday, ianaZone('No/Where')), ['BUSY 00:00-23:00', 'BUSY 23:30-23:45']);
  });

  it('follows endless series beyond the index', async () => {
    await put(at, alice, await seen(at), 's', event({ uid: 's', more: ['RRULE:FREQ=DAILY'] }));
    assert.deepEqual(await busy(range('2090-01-01T00:00', '2090-01-02T00:00')), ['BUSY 09:00-10:00']);
  });

  it('counts published free/busy times period by period', async () => {
    const made = await createCalendar(at.services, alice, at.alice, { name: 'published' });
    const lines = [
      'BEGIN:VFREEBUSY',
      'UID:f',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20260323T000000Z',
      'DTEND:20260324T000000Z',
      'FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260323T090000Z/PT1H',
      'END:VFREEBUSY',
    ];
    await put(at, alice, made, 'f', text(lines));
    assert.deepEqual(await busy(monday, undefined, alice, [made.calendar]), ['BUSY-TENTATIVE 09:00-10:00']);
  });

  it('needs no more than the right to see busy times, even of private events and with export off', async () => {
    await put(at, alice, await seen(at), '1', meeting('1', '0900', '1000', 'CLASS:PRIVATE'));
    const bob = await actor(at, at.bob);
    await refuses(busy(monday, undefined, bob), 'need-privileges');
    await share(at, at.bob, 'busy');
    assert.deepEqual(await busy(monday, undefined, bob), ['BUSY 09:00-10:00']);
    await setExportAllowed(at.services, alice, await seen(at), false);
    const calendar = await calendarForBusy(at.services, bob, at.alice, 'personal');
    assert.ok(calendar);
    assert.deepEqual(await busy(monday, undefined, bob, [calendar]), ['BUSY 09:00-10:00']);
  });

  it('refuses more than the limit, from the index and from series that are read', async () => {
    await at.close();
    at = await office({ maxInstancesPerQuery: 5 });
    alice = await actor(at, at.alice);
    await put(at, alice, await seen(at), 's', event({ uid: 's', more: ['RRULE:FREQ=DAILY'] }));
    assert.equal((await busy(range('2026-03-23T00:00', '2026-03-26T00:00'))).length, 3);
    await refuses(busy(range('2026-03-23T00:00', '2026-04-26T00:00')), 'too-many-results');
    await refuses(busy(range('2090-03-23T00:00', '2090-04-26T00:00')), 'too-many-results');
  });

  it('tells a series that is too dense to be looked through as one busy time, and all others as ever', async () => {
    const dense = ['DTSTART:20260323T100000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY;INTERVAL=2'];
    const lines = ['BEGIN:VEVENT', 'UID:d', 'DTSTAMP:20260101T000000Z', ...dense, 'END:VEVENT'];
    await put(at, alice, await seen(at), 'd', text(lines));
    await put(at, alice, await seen(at), '1', meeting('1', '0800', '0830'));
    const week = range('2026-03-23T00:00', '2026-03-30T00:00');
    const told = await freeBusy(at.services, alice, [(await seen(at)).calendar], week);
    assert.deepEqual(
      told.map(({ start, end }) => [new Date(start).toISOString(), new Date(end).toISOString()]),
      [
        ['2026-03-23T08:00:00.000Z', '2026-03-23T08:30:00.000Z'],
        ['2026-03-23T10:00:00.000Z', '2026-03-30T00:00:00.000Z'],
      ],
    );
  });

  it('refuses a series that is longer than what is looked at, rather than to tell its rest as free', async () => {
    await put(at, alice, await seen(at), 's', event({ uid: 's', more: ['RRULE:FREQ=DAILY'] }));
    assert.equal((await busy(range('2090-03-23T00:00', '2090-03-26T00:00'))).length, 3);
    await refuses(busy(range('2030-01-01T00:00', '2600-01-01T00:00')), 'too-many-results');
  });

  it('passes over what cannot be read', async () => {
    await put(at, alice, await seen(at), 's', event({ uid: 's', more: ['RRULE:FREQ=DAILY'] }));
    const { storage } = at.services;
    const object = await storage.object((await seen(at)).calendar.id, 's');
    assert.ok(object);
    const index = {
      occurrences: [],
      indexed: { start: instant(0), end: instant(0) },
      complete: false,
      first: instant(0),
      last: instant(Number.POSITIVE_INFINITY),
      undated: false,
    };
    const broken = { ...object, bytes: Buffer.from('broken'), index };
    await storage.commit({
      actor: null,
      changes: [{ do: 'put', calendar: object.calendar, object: broken, expect: 'anything' }],
    });
    assert.deepEqual(await busy(), []);
  });
});
