import assert from 'node:assert/strict';
import { caldav } from '../../src/xml/name.ts';
import { event } from '../service/office.ts';
import { type Client, client, multiget, preconditions, query, report, syncBody, xml } from './client.ts';

const calendar = '/dav/calendars/alice/personal/';

const events = (inner: string): string => query(`<C:comp-filter name="VEVENT">${inner}</C:comp-filter>`);
const range = (attributes: string): string => events(`<C:time-range ${attributes}/>`);
const summary = (inner: string): string => events(`<C:prop-filter name="SUMMARY">${inner}</C:prop-filter>`);
const data = (attributes: string, inner = ''): string =>
  query('', `<D:prop><C:calendar-data ${attributes}>${inner}</C:calendar-data></D:prop>`);
const start = 'start="20260101T000000Z"';
const end = 'end="20260201T000000Z"';
const filterOf = (inner: string): string => report('calendar-query', `<D:prop><D:getetag/></D:prop>${inner}`);

/** What is wrong, the body, and the precondition, or the status where the RFC names no element. */
const refusals: readonly (readonly [what: string, body: string, answer: string | number])[] = [
  // the filter as a whole
  ['no filter', filterOf(''), 'valid-filter'],
  [
    'two filters',
    filterOf('<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>'.repeat(2)),
    'valid-filter',
  ],
  ['an empty filter', filterOf('<C:filter/>'), 'valid-filter'],
  [
    'two outermost comp-filters',
    filterOf(`<C:filter>${'<C:comp-filter name="VCALENDAR"/>'.repeat(2)}</C:filter>`),
    'valid-filter',
  ],
  [
    'VEVENT as the outermost comp-filter',
    filterOf('<C:filter><C:comp-filter name="VEVENT"/></C:filter>'),
    'valid-filter',
  ],
  [
    'a prop-filter directly in the filter',
    filterOf('<C:filter><C:prop-filter name="UID"/></C:filter>'),
    'valid-filter',
  ],
  // components
  ['a comp-filter without name', query('<C:comp-filter/>'), 'valid-filter'],
  ['a component name that cannot be one', query('<C:comp-filter name="V EVENT"/>'), 'valid-filter'],
  [
    'VEVENT inside VTODO',
    query('<C:comp-filter name="VTODO"><C:comp-filter name="VEVENT"/></C:comp-filter>'),
    'valid-filter',
  ],
  ['VALARM directly in VCALENDAR', query('<C:comp-filter name="VALARM"/>'), 'valid-filter'],
  ['VCALENDAR inside VCALENDAR', query('<C:comp-filter name="VCALENDAR"/>'), 'valid-filter'],
  ['a component nobody knows', query('<C:comp-filter name="VFOO"/>'), 'supported-filter'],
  [
    'absence and a property at once',
    query('<C:comp-filter name="VTODO"><C:is-not-defined/><C:prop-filter name="UID"/></C:comp-filter>'),
    'valid-filter',
  ],
  [
    'absence said twice',
    query('<C:comp-filter name="VTODO"><C:is-not-defined/><C:is-not-defined/></C:comp-filter>'),
    'valid-filter',
  ],
  ['an element of our namespace that is none of a filter', events('<C:expand/>'), 'valid-filter'],
  ['a text-match in a comp-filter', events('<C:text-match>x</C:text-match>'), 'valid-filter'],
  // properties
  ['a prop-filter without name', events('<C:prop-filter/>'), 'valid-filter'],
  ['a property name that cannot be one', events('<C:prop-filter name="SUM:MARY"/>'), 'valid-filter'],
  [
    'a time-range and a text-match at once',
    events(
      `<C:prop-filter name="DTSTART"><C:time-range ${start}/><C:text-match>2026</C:text-match></C:prop-filter>`,
    ),
    'valid-filter',
  ],
  [
    'a text of 2,001 characters',
    summary(`<C:text-match>${'x'.repeat(2_001)}</C:text-match>`),
    'supported-filter',
  ],
  ['a time-range for SUMMARY', summary(`<C:time-range ${start}/>`), 'valid-filter'],
  [
    'a time-range for an unknown X- property',
    events(`<C:prop-filter name="X-FOO"><C:time-range ${start}/></C:prop-filter>`),
    'supported-filter',
  ],
  [
    'absence of a property and text in it',
    summary('<C:is-not-defined/><C:text-match>x</C:text-match>'),
    'valid-filter',
  ],
  [
    'two text-matches',
    summary('<C:text-match>x</C:text-match><C:text-match>y</C:text-match>'),
    'valid-filter',
  ],
  ['a comp-filter inside a prop-filter', summary('<C:comp-filter name="VALARM"/>'), 'valid-filter'],
  // parameters
  ['a param-filter without name', summary('<C:param-filter/>'), 'valid-filter'],
  [
    'absence of a parameter and text in it',
    summary(
      '<C:param-filter name="LANGUAGE"><C:is-not-defined/><C:text-match>x</C:text-match></C:param-filter>',
    ),
    'valid-filter',
  ],
  [
    'a time-range for a parameter',
    summary(`<C:param-filter name="LANGUAGE"><C:time-range ${start}/></C:param-filter>`),
    'valid-filter',
  ],
  // texts
  [
    'a collation nobody knows',
    summary('<C:text-match collation="i;klingon">x</C:text-match>'),
    'supported-collation',
  ],
  [
    'a collation with a wildcard',
    summary('<C:text-match collation="i;*">x</C:text-match>'),
    'supported-collation',
  ],
  ['an empty collation', summary('<C:text-match collation="">x</C:text-match>'), 'supported-collation'],
  [
    'neither yes nor no as negate-condition',
    summary('<C:text-match negate-condition="maybe">x</C:text-match>'),
    'valid-filter',
  ],
  ['an element inside a text-match', summary('<C:text-match>x<C:foo/></C:text-match>'), 'valid-filter'],
  // ranges
  ['a time-range without ends', range(''), 'valid-filter'],
  ['two time-ranges', events(`<C:time-range ${start}/><C:time-range ${start}/>`), 'valid-filter'],
  [
    'a range that ends before it starts',
    range('start="20260201T000000Z" end="20260101T000000Z"'),
    'valid-filter',
  ],
  [
    'a range that ends when it starts',
    range('start="20260201T000000Z" end="20260201T000000Z"'),
    'valid-filter',
  ],
  ['a start in floating time', range('start="20260101T000000"'), 'valid-filter'],
  ['an end that is a date', range(`${start} end="20260201"`), 'valid-filter'],
  ['a start with an offset', range('start="2026-01-01T00:00:00+01:00"'), 'valid-filter'],
  ['a start on the 13th month', range('start="20261301T000000Z"'), 'valid-filter'],
  [
    'a time-range for a VTIMEZONE',
    query(`<C:comp-filter name="VTIMEZONE"><C:time-range ${start}/></C:comp-filter>`),
    'valid-filter',
  ],
  [
    'a time-range for an unknown X- component',
    query(`<C:comp-filter name="X-FOO"><C:time-range ${start}/></C:comp-filter>`),
    'supported-filter',
  ],
  [
    'a component of an unknown kind inside of an alarm',
    events(
      `<C:comp-filter name="VALARM"><C:comp-filter name="X-FOO"><C:time-range ${start}/></C:comp-filter></C:comp-filter>`,
    ),
    'valid-filter',
  ],
  [
    'a range from before the first date',
    range('start="15990101T000000Z" end="20260101T000000Z"'),
    'min-date-time',
  ],
  [
    'a range of a property from before the first date',
    events('<C:prop-filter name="DTSTART"><C:time-range start="15990101T000000Z"/></C:prop-filter>'),
    'min-date-time',
  ],
  // calendar-data
  ['another content-type', data('content-type="application/calendar+json"'), 'supported-calendar-data'],
  ['another version', data('content-type="text/calendar" version="1.0"'), 'supported-calendar-data'],
  ['expand without an end', data('', `<C:expand ${start}/>`), 400],
  ['expand in floating time', data('', '<C:expand start="20260101T000000" end="20260201T000000"/>'), 400],
  [
    'expand that ends before it starts',
    data('', '<C:expand start="20260201T000000Z" end="20260101T000000Z"/>'),
    400,
  ],
  [
    'expand and limit-recurrence-set at once',
    data('', `<C:expand ${start} ${end}/><C:limit-recurrence-set ${start} ${end}/>`),
    400,
  ],
  [
    'expand from before the first date',
    data('', `<C:expand start="15000101T000000Z" ${end}/>`),
    'min-date-time',
  ],
  ['limit-freebusy-set without start', data('', `<C:limit-freebusy-set ${end}/>`), 400],
  ['a comp without name', data('', '<C:comp/>'), 400],
  ['VEVENT as the outermost comp', data('', '<C:comp name="VEVENT"/>'), 400],
  [
    'allprop and prop at once',
    data('', '<C:comp name="VCALENDAR"><C:allprop/><C:prop name="VERSION"/></C:comp>'),
    400,
  ],
  [
    'allcomp and comp at once',
    data('', '<C:comp name="VCALENDAR"><C:allcomp/><C:comp name="VEVENT"/></C:comp>'),
    400,
  ],
  [
    'a novalue that is neither yes nor no',
    data('', '<C:comp name="VCALENDAR"><C:prop name="VERSION" novalue="1"/></C:comp>'),
    400,
  ],
  // time zones
  [
    'a timezone that is no iCalendar',
    query('', '<D:prop><D:getetag/></D:prop>', '<C:timezone>Europe/Stockholm</C:timezone>'),
    'valid-calendar-data',
  ],
  [
    'a timezone without VTIMEZONE',
    query(
      '',
      '<D:prop><D:getetag/></D:prop>',
      '<C:timezone>BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n</C:timezone>',
    ),
    'valid-calendar-data',
  ],
  [
    'a timezone-id that nobody knows',
    query('', '<D:prop><D:getetag/></D:prop>', '<C:timezone-id>Mars/Olympus</C:timezone-id>'),
    'valid-timezone',
  ],
  [
    'timezone and timezone-id at once',
    query(
      '',
      '<D:prop><D:getetag/></D:prop>',
      '<C:timezone-id>Europe/Paris</C:timezone-id><C:timezone>x</C:timezone>',
    ),
    400,
  ],
  // other reports
  ['a multiget without href', multiget([]), 400],
  [
    'a multiget in another format',
    multiget([`${calendar}a.ics`], '<D:prop><C:calendar-data content-type="text/html"/></D:prop>'),
    'supported-calendar-data',
  ],
  ['a free-busy-query without range', report('free-busy-query', ''), 400],
  ['a free-busy-query with neither start nor end', report('free-busy-query', '<C:time-range/>'), 400],
  [
    'a free-busy-query from before the first date',
    report('free-busy-query', `<C:time-range start="15000101T000000Z" ${end}/>`),
    'min-date-time',
  ],
  ['a report nobody knows', report('no-such-report', ''), 'supported-report'],
  ['a sync token that is none', syncBody('nonsense'), 'valid-sync-token'],
  ['a sync token of another server', syncBody('https://portcal.org/ns/sync/other/1/1'), 'valid-sync-token'],
  ['a sync token from the future', syncBody('FUTURE'), 'valid-sync-token'],
  ['a sync level nobody knows', syncBody('').replace('>1<', '>2<'), 400],
  // XML
  ['no body', '', 400],
  ['broken XML', '<C:calendar-query', 400],
  ['a prefix that stands for nothing', '<X:calendar-query/>', 400],
  ['a DOCTYPE', `<!DOCTYPE x>${query('')}`, 400],
  ['prop and allprop at once', query('', '<D:prop/><D:allprop/>'), 400],
];

describe('reports that are refused', () => {
  let at: Client;
  before(async () => {
    at = await client();
    await at.send('PUT', `${calendar}a.ics`, { body: event() });
  });
  after(() => at.close());

  for (const [what, body, expected] of refusals) {
    it(`RFC 4791 §7.8: ${what}`, async () => {
      const sent = body.includes('FUTURE') ? body.replace('FUTURE', await futureToken(at)) : body;
      const answer = await at.send('REPORT', calendar, { body: sent, depth: '1' });
      if (typeof expected === 'number') assert.equal(answer.status, expected, answer.text);
      else {
        assert.equal(answer.status, 403, answer.text);
        assert.deepEqual(preconditions(answer), [expected]);
      }
    });
  }

  it('RFC 4791 §7.8: supported-filter names the filter that has no support', async () => {
    const answer = await at.send('REPORT', calendar, {
      body: query('<C:comp-filter name="VFOO"/>'),
      depth: '1',
    });
    const named = xml(answer).children[0]?.children[0];
    assert.equal(named?.name, caldav('comp-filter'));
    assert.equal(named?.attributes.get('{}name'), 'VFOO');
  });

  it('a filter of too many parts is refused, not worked off', async () => {
    const many = '<C:prop-filter name="SUMMARY"/>'.repeat(1000);
    const answer = await at.send('REPORT', calendar, { body: events(many), depth: '1' });
    assert.deepEqual(preconditions(answer), ['supported-filter']);
  });

  it('caldav.md 2.2: DAV:error holds the precondition and nothing that could be taken for one', async () => {
    const answer = await at.send('REPORT', calendar, { body: range(''), depth: '1' });
    assert.equal(answer.headers['Content-Type'], 'application/xml; charset=utf-8');
    const [precondition, ...others] = xml(answer).children;
    assert.deepEqual([precondition?.name, others], [caldav('valid-filter'), []]);
    assert.equal(precondition?.children[0]?.name, '{https://portcal.org/ns/}message');
  });

  it('nothing of all this is an unexpected error', () => assert.deepEqual(at.errors, []));
});

async function futureToken(at: Client): Promise<string> {
  const answer = await at.send('REPORT', calendar, { body: syncBody('') });
  const token = /<D:sync-token>([^<]+)</.exec(answer.text)?.[1] ?? '';
  return token.replace(/\d+$/, (modseq) => String(Number(modseq) + 1000));
}
