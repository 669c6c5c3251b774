import type { DavAnswer } from '../../dav.ts';
import { calendarObject, event, unfold } from '../../objects.ts';
import { type Desk, element } from './desk.ts';

/** Events of one morning, and the lines that are told of them. */
const morning: readonly (readonly [name: string, from: string, to: string, ...further: string[]])[] = [
  ['first', '080000', '090000'],
  ['touching', '090000', '093000'],
  ['overlapping', '091500', '100000'],
  ['tentative', '083000', '084500', 'STATUS:TENTATIVE'],
  ['cancelled', '110000', '120000', 'STATUS:CANCELLED'],
  ['transparent', '120000', '130000', 'TRANSP:TRANSPARENT'],
];

const whole = '20310401T080000Z/20310401T100000Z';
const tentative = '20310401T083000Z/20310401T084500Z';

/** Ranges, and whether the morning lies in them. */
const ranges: readonly (readonly [what: string, attributes: string, isTold: boolean])[] = [
  ['the day', 'start="20310401T000000Z" end="20310402T000000Z"', true],
  ['the day after', 'start="20310402T000000Z" end="20310403T000000Z"', false],
  ['all from that day on', 'start="20310401T000000Z"', true],
  ['all before the day after', 'end="20310402T000000Z"', true],
  ['all before that day', 'end="20310401T000000Z"', false],
];

/** RFC 4791 §7.10. */
export async function busyTimes(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('busy');
  const ask = (inner: string): Promise<DavAnswer> =>
    desk.ask('REPORT', calendar, { body: element('C:free-busy-query', inner), depth: '1' });
  for (const [name, from, to, ...further] of morning) {
    const lines = [`DTSTART:20310401T${from}Z`, `DTEND:20310401T${to}Z`, ...further];
    await desk.put(`${calendar}${name}`, calendarObject([{ kind: 'VEVENT', uid: name, lines }]));
  }
  for (const [what, attributes, isTold] of ranges) {
    const answer = await ask(`<C:time-range ${attributes}/>`);
    const [busy, perhaps] = [periods(answer, 'BUSY'), periods(answer, 'BUSY-TENTATIVE')];
    const wanted = isTold ? [whole, tentative] : ['', ''];
    desk.checks.check(
      `busy times of ${what}: merged by type, neither cancelled nor transparent (RFC 4791 §7.10)`,
      answer.status === 200 && busy === wanted[0] && perhaps === wanted[1],
      answer.text,
    );
  }
  for (const [what, inner] of [
    ['a range with neither start nor end', '<C:time-range/>'],
    ['no range', ''],
    ['a range that ends before it begins', '<C:time-range start="20310402T000000Z" end="20310401T000000Z"/>'],
  ] as const) {
    desk.status(`busy times of ${what} are refused`, await ask(inner), 400, 403);
  }
  await desk.put(`${calendar}endless`, event('endless', 'x', '20310501T080000Z', ['RRULE:FREQ=DAILY']));
  // Who cannot tell all of it says so: what is left out would be taken for free time.
  const claim = 'more busy times than can be told are refused with number-of-matches-within-limits';
  const endless = await ask('<C:time-range start="20310401T000000Z"/>');
  desk.refusal(claim, endless, 'number-of-matches-within-limits', 403, 507);
  desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
}

/** The periods of one type, in order; those without a type are BUSY. */
function periods(answer: DavAnswer, type: string): string {
  const lines = unfold(answer.text).matchAll(/^FREEBUSY(?:;FBTYPE=([A-Z-]+))?:(.*)$/gm);
  const own = [...lines].filter(([, of = 'BUSY']) => of === type).map(([, , values = '']) => values.trim());
  return own
    .flatMap((values) => values.split(','))
    .sort()
    .join();
}
