import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import ICAL from 'ical.js';
import { parseFragment } from '../../src/icalendar/component.ts';
import { type Instant, instant } from '../../src/icalendar/time.ts';
import { ianaZone, zoneFromVtimezone } from '../../src/icalendar/zones/timezone.ts';
import { createTimezoneService } from '../../src/tzdist/service.ts';

const serve = createTimezoneService({ path: '/base/tzdist', changed: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });

async function ask(target: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const { status, headers: own, body = '' } = await serve({ method, target: `/tzdist/${target}`, headers });
  return { status, headers: own, body };
}

async function asked<Value>(target: string): Promise<Value> {
  const { status, headers, body } = await ask(target);
  assert.equal(status, 200, body);
  assert.equal(headers['Content-Type'], 'application/json');
  return JSON.parse(body);
}

async function refused(target: string, status: number, code: string, headers = {}, method = 'GET') {
  const answer = await ask(target, headers, method);
  const { type, status: told }: { type: string; status: number } = JSON.parse(answer.body);
  assert.deepEqual(
    [answer.status, told, type, answer.headers['Content-Type']],
    [status, status, `urn:ietf:params:tzdist:error:${code}`, 'application/problem+json'],
    target,
  );
}

interface Listing {
  readonly synctoken: string;
  readonly timezones: readonly {
    readonly tzid: string;
    readonly etag: string;
    readonly 'last-modified': string;
    readonly publisher: string;
    readonly version: string;
    readonly aliases?: readonly string[];
  }[];
}

/** The zone that an answer defines, read by our own reader. */
function zoneIn(body: string) {
  const from = body.indexOf('BEGIN:VTIMEZONE');
  const [component] = parseFragment(
    Buffer.from(body.slice(from, body.indexOf('END:VCALENDAR'))),
    1,
  ).components;
  return (component && zoneFromVtimezone(component)) ?? assert.fail(body);
}

describe('the time zone service', () => {
  it('tells its capabilities (RFC 7808 §6.1)', async () => {
    const { version, info, actions } = await asked<{
      version: number;
      info: { formats: string[]; 'primary-source': string; truncated: object };
      actions: { name: string; 'uri-template': string }[];
    }>('capabilities');
    assert.equal(version, 1);
    assert.deepEqual(info.formats, ['text/calendar']);
    assert.match(info['primary-source'], /^IANA.*:20\d\d[a-z]+$/);
    assert.deepEqual(
      actions.map(({ name }) => name),
      ['capabilities', 'list', 'get', 'expand', 'find', 'leapseconds'],
    );
    assert.equal(actions[2]?.['uri-template'], '/base/tzdist/zones{/tzid}{?start,end}');
  });

  it('lists each zone once, under the name of today (§5.2)', async () => {
    const { timezones, synctoken } = await asked<Listing>('zones');
    assert.ok(timezones.length > 400);
    const names = timezones.flatMap(({ tzid, aliases = [] }) => [tzid, ...aliases]);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.ok(ianaZone(name), name);
    const kolkata = timezones.find(({ tzid }) => tzid === 'Asia/Kolkata');
    assert.deepEqual(kolkata?.aliases, ['Asia/Calcutta']);
    assert.equal(kolkata['last-modified'], '2026-01-02T03:04:05Z');
    assert.ok(
      timezones.some(({ tzid, aliases }) => tzid === 'America/New_York' && aliases?.includes('US/Eastern')),
    );
    assert.deepEqual((await asked<Listing>(`zones?changedsince=${synctoken}`)).timezones, []);
    assert.deepEqual((await asked<Listing>('zones?changedsince=older')).timezones, timezones);
    await refused('zones?changedsince=a&changedsince=b', 400, 'invalid-changedsince');
  });

  it('gives the definition under the name that was asked for (§5.3)', async () => {
    const { timezones } = await asked<Listing>('zones?pattern=America/New_York');
    const { status, headers, body } = await ask('zones/America%2FNew_York');
    assert.equal(status, 200);
    assert.equal(headers['Content-Type'], 'text/calendar; charset=utf-8');
    assert.equal(headers['ETag'], timezones[0]?.etag);
    const calendar = new ICAL.Component(ICAL.parse(body));
    const zones = calendar.getAllSubcomponents('vtimezone');
    assert.equal(zones[0]?.getFirstPropertyValue('tzid'), 'America/New_York');
    assert.doesNotMatch(body, /TZUNTIL|TZID-ALIAS-OF/);
    const alias = (await ask('zones/US%2FEastern')).body;
    assert.match(alias, /\r\nTZID:US\/Eastern\r\nTZID-ALIAS-OF:America\/New_York\r\n/);
    assert.equal((await ask('zones/America/New_York')).body, body);
  });

  it('answers 304 to the tag that it gave', async () => {
    const { headers } = await ask('zones/Europe%2FBerlin');
    const again = await ask('zones/Europe%2FBerlin', { 'if-none-match': headers['ETag'] ?? '' });
    assert.deepEqual([again.status, again.body], [304, '']);
    assert.equal((await ask('zones', { 'if-none-match': '"other"' })).status, 200);
  });

  it('gives definitions that say what the data say, whole or cut anywhere (§3.9)', async () => {
    const { timezones } = await asked<Listing>('zones');
    const second = 1000;
    const moment = fc
      .integer({ min: Date.UTC(1900, 0, 1) / second, max: Date.UTC(2045, 0, 1) / second })
      .map((seconds) => instant(seconds * second));
    const text = (at: Instant): string => new Date(at).toISOString().replace('.000Z', 'Z');
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...timezones.map(({ tzid }) => tzid)),
        fc.option(moment, { nil: undefined }),
        fc.option(moment, { nil: undefined }),
        fc.array(moment, { minLength: 20, maxLength: 20 }),
        async (tzid, one, other, moments) => {
          const isOrdered = one === undefined || other === undefined || one < other;
          const [start, end] = isOrdered ? [one, other] : [other, one];
          if (start !== undefined && start === end) return;
          const query = new URLSearchParams({
            ...(start !== undefined && { start: text(start) }),
            ...(end !== undefined && { end: text(end) }),
          });
          const { status, body } = await ask(`zones/${encodeURIComponent(tzid)}?${query.toString()}`);
          assert.equal(status, 200, body);
          const told = zoneIn(body);
          const known = ianaZone(tzid) ?? assert.fail();
          for (const at of moments) {
            if ((start !== undefined && at < start) || (end !== undefined && at >= end)) continue;
            assert.equal(told.offsetAt(at), known.offsetAt(at), `${tzid} at ${text(at)}\n${body}`);
          }
          if (start !== undefined) {
            // Exactly one observance begins at the cut, with the offset that holds there.
            const local = text(instant(start + known.offsetAt(instant(start - 1)))).replace(/[-:Z]/g, '');
            assert.ok(body.includes(`DTSTART:${local}\r\n`), `${local}\n${body}`);
          }
          if (end === undefined) assert.doesNotMatch(body, /TZUNTIL/);
          else assert.ok(body.includes(`TZUNTIL:${text(end).replace(/[-:]/g, '')}\r\n`));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('expands a zone into its changes (§5.4.1)', async () => {
    const range = 'start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z';
    assert.deepEqual(await asked(`zones/America%2FNew_York/observances?${range}`), {
      tzid: 'America/New_York',
      observances: [
        {
          name: 'Standard',
          onset: '2008-01-01T00:00:00Z',
          'utc-offset-from': -18_000,
          'utc-offset-to': -18_000,
        },
        {
          name: 'Daylight',
          onset: '2008-03-09T07:00:00Z',
          'utc-offset-from': -18_000,
          'utc-offset-to': -14_400,
        },
        {
          name: 'Standard',
          onset: '2008-11-02T06:00:00Z',
          'utc-offset-from': -14_400,
          'utc-offset-to': -18_000,
        },
      ],
    });
    const summer = await asked<{ observances: { name: string }[] }>(
      'zones/Europe%2FBerlin/observances?start=2026-07-01T00:00:00Z&end=2026-07-02T00:00:00Z',
    );
    assert.deepEqual(
      summer.observances.map(({ name }) => name),
      ['Daylight'],
    );
  });

  it('says how far it has expanded where that is not to the end', async () => {
    const { end, observances } = await asked<{ end: string; observances: unknown[] }>(
      'zones/Europe%2FBerlin/observances?start=1700-01-01T00:00:00Z&end=8000-01-01T00:00:00Z',
    );
    assert.match(end, /^1900-01-0/);
    assert.ok(observances.length < 10);
  });

  it('finds zones by patterns (§5.5)', async () => {
    const found = async (pattern: string): Promise<string[]> =>
      (await asked<Listing>(`zones?pattern=${encodeURIComponent(pattern)}`)).timezones.map(
        ({ tzid }) => tzid,
      );
    assert.deepEqual(await found('US/Eastern'), ['America/New_York']);
    assert.deepEqual(await found('*new york'), ['America/New_York']);
    assert.deepEqual(await found('europe/ber*'), ['Europe/Berlin']);
    assert.deepEqual(await found('*kolka*'), ['Asia/Kolkata']);
    assert.deepEqual(await found('\\*kolka\\\\'), []);
    assert.equal((await found('*')).length, (await asked<Listing>('zones')).timezones.length);
    for (const wrong of ['', 'a*b', 'a\\b', '\\', 'x'.repeat(201)])
      await refused(`zones?pattern=${encodeURIComponent(wrong)}`, 400, 'invalid-pattern');
    await refused('zones?pattern=a&pattern=b', 400, 'invalid-pattern');
  });

  it('knows the leap seconds (§5.6)', async () => {
    const { leapseconds } = await asked<{ leapseconds: { 'utc-offset': number; onset: string }[] }>(
      'leapseconds',
    );
    assert.deepEqual(leapseconds[0], { 'utc-offset': 10, onset: '1972-01-01' });
    assert.deepEqual(leapseconds.at(-1), { 'utc-offset': 37, onset: '2017-01-01' });
  });

  it('says what is wrong with a request, in the words of the specification', async () => {
    const berlin = 'zones/Europe%2FBerlin';
    await refused('zones/America%2FPittsburgh', 404, 'tzid-not-found');
    await refused('zones/%ff', 404, 'tzid-not-found');
    await refused('zones/America%2FPittsburgh/observances?start=x', 404, 'tzid-not-found');
    await refused(berlin, 406, 'invalid-format', { accept: 'application/calendar+json' });
    await refused(berlin, 406, 'invalid-format', { accept: 'text/calendar;q=0, image/*' });
    assert.equal((await ask(berlin, { accept: 'application/json;q=0.5, text/*;q=0.1' })).status, 200);
    for (const wrong of [
      'x',
      '2026-02-30T00:00:00Z',
      '2026-01-01',
      '20260101T000000Z',
      '1500-01-01T00:00:00Z',
    ])
      await refused(`${berlin}?start=${wrong}`, 400, 'invalid-start');
    await refused(`${berlin}?start=2026-01-01T00:00:00Z&start=2026-01-01T00:00:00Z`, 400, 'invalid-start');
    await refused(`${berlin}?start=2026-01-01T00:00:00Z&end=2026-01-01T00:00:00Z`, 400, 'invalid-end');
    await refused(`${berlin}?end=9999-01-01T00:00:00Z`, 400, 'invalid-end');
    await refused(`${berlin}/observances?end=2026-01-01T00:00:00Z`, 400, 'invalid-start');
    await refused(`${berlin}/observances?start=2026-01-01T00:00:00Z`, 400, 'invalid-end');
    for (const unknown of ['', 'other', 'capabilities/more', 'leapseconds/2017'])
      await refused(unknown, 404, 'invalid-action');
    await refused('zones', 405, 'invalid-action', {}, 'POST');
    assert.match((await ask('zones', {}, 'PUT')).headers['Allow'] ?? '', /^GET/);
    assert.equal((await ask('zones', {}, 'OPTIONS')).headers['Allow'], 'GET, HEAD, OPTIONS');
  });
});
