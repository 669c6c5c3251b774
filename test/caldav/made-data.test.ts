/** What reports make of objects is remembered; whatever it depends on must make another answer. */
import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { event, share, text } from '../service/office.ts';
import { type Client, client, dataOf, propfind, query } from './client.ts';

const calendar = '/dav/calendars/alice/personal/';
const day = ['20260801T000000Z', '20260802T000000Z'] as const;

const expanded = ([start, end]: readonly [string, string] = day): string =>
  `<D:prop><D:getetag/><C:calendar-data><C:expand start="${start}" end="${end}"/></C:calendar-data></D:prop>`;
const inRange = ([start, end]: readonly [string, string] = day): string =>
  `<C:comp-filter name="VEVENT"><C:time-range start="${start}" end="${end}"/></C:comp-filter>`;
const withUid = (uid: string): string =>
  `<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match>${uid}</C:text-match></C:prop-filter></C:comp-filter>`;

const series = (
  summary: string,
  start = 'DTSTART:20260701T080000Z',
  more: readonly string[] = [],
): Uint8Array =>
  text([
    'BEGIN:VEVENT',
    'UID:series',
    'DTSTAMP:20260101T000000Z',
    start,
    'DURATION:PT30M',
    'RRULE:FREQ=DAILY',
    `SUMMARY:${summary}`,
    ...more,
    'END:VEVENT',
  ]);

describe('data that reports have made', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
  });
  afterEach(() => at.close());

  const put = async (bytes: Uint8Array, name = 'series.ics'): Promise<void> => {
    const { status, text: why } = await at.send('PUT', calendar + name, { body: bytes });
    assert.ok(status < 300, why);
  };
  const ask = async (
    parts: {
      readonly filter?: string;
      readonly asked?: string;
      readonly tail?: string;
      readonly path?: string;
    } = {},
    request: Parameters<Client['send']>[2] = {},
  ): Promise<string> => {
    const { filter = inRange(), asked = expanded(), tail = '', path = calendar } = parts;
    const body = query(filter, asked, tail);
    return [...dataOf(await at.send('REPORT', path, { depth: '1', ...request, body })).values()].join('');
  };
  const starts = (data: string): readonly string[] =>
    [...data.matchAll(/DTSTART[^:]*:(\w+)/g)].map(([, at]) => at ?? '');

  it('is the same when it is asked for again', async () => {
    await put(series('One'));
    await put(event({ uid: 'single', start: ':20260801T090000Z', end: ':20260801T100000Z' }), 'single.ics');
    const first = await ask();
    assert.deepEqual(
      starts(first),
      ['20260801T080000', '20260801T090000'].map((time) => `${time}Z`),
    );
    assert.equal(await ask(), first);
  });

  it('is another one for another range, and for a part of it', async () => {
    await put(series('One'));
    await ask();
    const next = ['20260802T000000Z', '20260804T000000Z'] as const;
    assert.deepEqual(starts(await ask({ filter: inRange(next), asked: expanded(next) })), [
      '20260802T080000Z',
      '20260803T080000Z',
    ]);
    const part = expanded().replace('<C:expand', '<C:comp name="VCALENDAR"><C:allprop/></C:comp><C:expand');
    assert.doesNotMatch(await ask({ asked: part }), /BEGIN:VEVENT/);
  });

  it('follows a change of the object', async () => {
    await put(series('One'));
    assert.match(await ask(), /SUMMARY:One/);
    await put(series('Two'));
    assert.match(await ask(), /SUMMARY:Two/);
    await at.send('DELETE', `${calendar}series.ics`);
    assert.equal(await ask(), '');
  });

  it('follows the zone of the question and that of the calendar', async () => {
    await put(series('Floating', 'DTSTART:20260701T230000'));
    const evening = ['20260801T135900Z', '20260801T141500Z'] as const;
    const asked = { filter: withUid('series'), asked: expanded(evening) };
    const tokyo = { ...asked, tail: '<C:timezone-id>Asia/Tokyo</C:timezone-id>' };
    assert.deepEqual(starts(await ask(asked)), []);
    assert.deepEqual(starts(await ask(tokyo)), ['20260801T230000']);
    assert.deepEqual(starts(await ask(asked)), []);
    const set = '<D:set><D:prop><C:calendar-timezone-id>Asia/Tokyo</C:calendar-timezone-id></D:prop></D:set>';
    const body = `<D:propertyupdate xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${set}</D:propertyupdate>`;
    assert.equal((await at.send('PROPPATCH', calendar, { body })).status, 207);
    assert.deepEqual(starts(await ask(asked)), ['20260801T230000']);
  });

  it('is for each reader what they may see', async () => {
    await put(series('Secret', undefined, ['CLASS:PRIVATE']));
    await share(at, at.bob, 'read');
    const { responses } = await propfind(at, '/dav/calendars/bob/', [dav('resourcetype')], {
      as: at.bob,
      depth: '1',
    });
    const path = responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
    assert.match(await ask(), /SUMMARY:Secret/);
    const seen = await ask({ path }, { as: at.bob });
    assert.deepEqual(starts(seen), ['20260801T080000Z']);
    assert.doesNotMatch(seen, /Secret/);
    await share(at, at.bob, 'manage');
    assert.match(await ask({ path }, { as: at.bob }), /SUMMARY:Secret/);
    await share(at, at.bob, 'busy');
    assert.doesNotMatch(await ask({ path }, { as: at.bob }), /Secret/);
  });

  it('comes with properties that differ from object to object as well', async () => {
    await put(series('One'));
    const asked = expanded().replace('<D:getetag/>', '<D:getetag/><D:getcontentlength/><D:getlastmodified/>');
    const first = await ask({ asked });
    assert.deepEqual(starts(first), ['20260801T080000Z']);
    assert.equal(await ask({ asked }), first);
  });
});
