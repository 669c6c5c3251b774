import type { DavAnswer } from '../../dav.ts';
import { responsesOf, syncTokenOf } from '../../dav.ts';
import { event } from '../../objects.ts';
import { type Desk, element } from './desk.ts';

/** How many ask for the same at once. */
const askers = 8;

/** What only one of many may get, and what became of an address between two visits. */
export async function atOnce(desk: Desk): Promise<void> {
  await oneOfMany(desk);
  await replaced(desk);
}

/** RFC 9110 §13.1, RFC 4791 §5.3.2.1: conditions hold at the moment of the change, whoever asks beside. */
async function oneOfMany(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('at-once');
  const many = async (claim: string, ask: (number: number) => Promise<DavAnswer>): Promise<void> => {
    const answers = await Promise.all(Array.from({ length: askers }, (_, number) => ask(number)));
    const statuses = answers.map(({ status }) => status);
    const done = statuses.filter((status) => status >= 200 && status < 300);
    const refused = statuses.filter((status) => status >= 400 && status < 500);
    const holds = done.length === 1 && refused.length === askers - 1;
    desk.checks.check(`${claim}: one of ${askers} gets it`, holds, statuses.join(' '));
  };
  await many('a UID under different names', (number) =>
    desk.put(`${calendar}uid-${number}`, event('at-once', String(number))),
  );
  await many('a name under If-None-Match: *', (number) =>
    desk.put(`${calendar}new`, event('new', String(number)), { 'If-None-Match': '*' }),
  );
  const { headers } = await desk.ask('GET', `${calendar}new`);
  const tag = headers['etag'] ?? '';
  await many('an object as it was read, under If-Match', (number) =>
    desk.put(`${calendar}new`, event('new', `changed ${number}`), { 'If-Match': tag }),
  );
  await many('an object that is moved', (number) =>
    desk.transfer('MOVE', `${calendar}new`, `${calendar}moved-${number}`),
  );
  const made = calendar.replace('at-once', 'made-at-once');
  await many('the name of a new calendar', () => desk.ask('MKCALENDAR', made));
  await many('a calendar that is deleted', () => desk.ask('DELETE', made));
  desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
}

/** RFC 6578 §3.5.2: what went with a calendar is told even where another has its name now, or the token is refused. */
async function replaced(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('replaced');
  await desk.put(`${calendar}former`, event('former', 'former'));
  const ask = (token: string): Promise<DavAnswer> => {
    const inner = `<D:sync-token>${token}</D:sync-token><D:sync-level>infinite</D:sync-level>`;
    const body = element('D:sync-collection', `${inner}<D:prop><D:getetag/></D:prop>`);
    return desk.ask('REPORT', '', { body, depth: '0' });
  };
  const first = await ask('');
  await desk.ask('DELETE', calendar);
  await desk.ask('MKCALENDAR', calendar);
  const second = await ask(syncTokenOf(first) ?? '');
  const isTold = responsesOf(second).some(
    ({ href, status }) => status === 404 && href.endsWith(`${calendar}former`),
  );
  desk.checks.check(
    'who follows a whole home learns that the objects of a replaced calendar are gone (RFC 6578 §3.5.2)',
    first.status === 207 && (isTold || /valid-sync-token/.test(second.text)),
    `${second.status}: ${second.text.slice(0, 300)}`,
  );
  await desk.ask('DELETE', calendar);
}
