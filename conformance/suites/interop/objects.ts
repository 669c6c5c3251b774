import { calendarObject, event } from '../../objects.ts';
import type { Desk } from './desk.ts';

const start = 'DTSTART:20310310T100000Z';
const made = (...lines: readonly string[]): string =>
  calendarObject([{ kind: 'VEVENT', uid: 'refused', lines: [start, ...lines] }]);
const todo = { kind: 'VTODO', uid: 'refused', lines: [] } as const;
const plain = { kind: 'VEVENT', uid: 'refused', lines: [start] } as const;

/** RFC 4791 §5.3.2.1: what is wrong, the body, the precondition, its media type. */
const refused: readonly (readonly [what: string, body: string, precondition: string, type?: string])[] = [
  ['XML in the place of a calendar', '<a/>', 'valid-calendar-data'],
  ['another media type', '<a/>', 'supported-calendar-data', 'text/xml'],
  ['a contact', 'BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n', 'supported-calendar-data', 'text/vcard'],
  ['a line without a colon', made('NO COLON'), 'valid-calendar-data'],
  ['an END of something else', made().replace('END:VEVENT', 'END:VTODO'), 'valid-calendar-data'],
  ['a rule without frequency', made('RRULE:COUNT=3'), 'valid-calendar-data'],
  ['an unknown frequency', made('RRULE:FREQ=FORTNIGHTLY'), 'valid-calendar-data'],
  ['+1,3MO as a weekday', made('RRULE:FREQ=MONTHLY;BYDAY=+1,3MO'), 'valid-calendar-data'],
  ['30 February', made().replace('0310T', '0230T'), 'valid-calendar-data'],
  ['nothing but the wrapper', calendarObject([]), 'valid-calendar-object-resource'],
  ['two kinds of component', calendarObject([plain, todo]), 'valid-calendar-object-resource'],
  ['two UIDs', calendarObject([plain, { ...plain, uid: 'other' }]), 'valid-calendar-object-resource'],
  ['one UID and two masters', calendarObject([plain, plain]), 'valid-calendar-object-resource'],
  ['no UID', made().replace('UID:refused\r\n', ''), 'valid-calendar-object-resource'],
  ['two calendars', made() + made(), 'valid-calendar-object-resource'],
];

/** What a calendar takes in, and what may stand in the place of what. */
export async function objects(desk: Desk): Promise<void> {
  const one = await desk.calendar('one');
  const two = await desk.calendar('two');
  for (const [what, body, precondition, type = 'text/calendar'] of refused) {
    const answer = await desk.put(`${one}refused.ics`, body, { 'Content-Type': type });
    desk.refusal(`PUT of ${what} is refused with ${precondition}`, answer, precondition);
  }
  desk.status('nothing of it was stored', await desk.ask('GET', `${one}refused.ics`), 404);

  for (const uid of ['a', 'b', 'c']) {
    desk.status(`${uid} is stored`, await desk.put(`${one}${uid}.ics`, event(uid, uid)), 201);
  }
  const conflicts = [
    ['PUT of a UID under a second name', await desk.put(`${one}d.ics`, event('a', 'twin'))],
    ['PUT of another UID under a known name', await desk.put(`${one}a.ics`, event('z', 'other'))],
    ['COPY beside the original', await desk.transfer('COPY', `${one}a.ics`, `${one}copy.ics`)],
    ['MOVE over another UID', await desk.transfer('MOVE', `${one}a.ics`, `${one}b.ics`, 'T')],
  ] as const;
  for (const [what, answer] of conflicts) {
    desk.refusal(`${what} is a no-uid-conflict`, answer, 'no-uid-conflict');
  }
  await transfers(desk, one, two);
  await conditions(desk, one);
  for (const calendar of [one, two]) {
    desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
  }
}

async function transfers(desk: Desk, one: string, two: string): Promise<void> {
  const copy = (to: string, overwrite?: 'T' | 'F') => desk.transfer('COPY', `${one}a.ics`, to, overwrite);
  desk.status('COPY into another calendar makes something', await copy(`${two}a.ics`), 201);
  desk.status('COPY over it replaces it', await copy(`${two}a.ics`, 'T'), 204);
  desk.status('COPY under Overwrite: F does not', await copy(`${two}a.ics`, 'F'), 412);
  desk.status('COPY to where no calendar is is a conflict', await copy('interop-none/a.ics'), 409);
  const elsewhere = await desk.transfer('COPY', `${one}a.ics`, 'http://elsewhere.example/a.ics');
  desk.status('COPY to another server goes through no gateway', elsewhere, 502);
  const inside = await desk.transfer('COPY', two, `${one}inner/`);
  desk.status('a calendar is not copied into a calendar', inside, 403, 409);
  const moved = await desk.transfer('MOVE', `${one}c.ics`, `${two}m%20%C3%A9%2520.ics`);
  desk.status('MOVE to a name with a blank, a letter and a percent sign', moved, 201);
  desk.status('it is under that name', await desk.ask('GET', `${two}m%20%c3%a9%2520.ics`), 200);
  desk.status('and no longer under the old one', await desk.ask('GET', `${one}c.ics`), 404);
}

/** RFC 9110 §13, RFC 4918 §10.4, each on PUT of the same object. */
async function conditions(desk: Desk, calendar: string): Promise<void> {
  const body = event('a', 'conditional');
  const put = (headers: Readonly<Record<string, string>>) => desk.put(`${calendar}a.ics`, body, headers);
  await put({});
  const tag = (await desk.ask('HEAD', `${calendar}a.ics`)).headers['etag'] ?? '';
  desk.checks.check('the ETag is strong', /^"[^"]+"$/.test(tag), tag);
  const cases: readonly (readonly [
    claim: string,
    headers: Readonly<Record<string, string>>,
    status: number,
  ])[] = [
    ['If-Match with the tag in a list', { 'If-Match': `"x", ${tag}` }, 204],
    ['If-Match with the tag as a weak one', { 'If-Match': `W/${tag}` }, 412],
    ['If-None-Match with the tag', { 'If-None-Match': tag }, 412],
    ['If with the tag', { If: `([${tag}])` }, 204],
    ['If with the tag in its second list', { If: `(["x"]) ([${tag}])` }, 204],
    ['If with the negation of another tag', { If: '(Not ["x"])' }, 204],
    ['If with a lock that is not there', { If: '(<urn:uuid:00000000-0000-4000-8000-000000000000>)' }, 412],
    ['If that is broken', { If: '([x' }, 400],
    ['If-Unmodified-Since long ago', { 'If-Unmodified-Since': 'Sat, 29 Oct 1994 19:43:31 GMT' }, 412],
  ];
  for (const [claim, headers, status] of cases) {
    desk.status(`${claim} is answered ${status}`, await put(headers), status);
  }
}
