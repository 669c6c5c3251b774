import {
  caldav,
  type DavAnswer,
  dav,
  hrefIn,
  pathOf,
  propertyOf,
  responsesOf,
  syncTokenOf,
} from '../../dav.ts';
import { event } from '../../objects.ts';
import { asked, type Desk, element, textIn, update } from './desk.ts';

/** What a home tells of its calendars, and what a calendar tells of itself. */
export async function homes(desk: Desk): Promise<void> {
  await everywhere(desk);
  const calendar = await desk.calendar('homes');
  await asFile(desk, calendar);
  await zones(desk, calendar);
  await space(desk, calendar);
  await moved(desk, calendar);
}

/** RFC 6578 §3.3, §3.5: all that is below the home in one report. */
async function everywhere(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('everywhere');
  let token = '';
  const tells = async (claim: string, ...wanted: readonly string[]): Promise<void> => {
    const inner = `<D:sync-token>${token}</D:sync-token><D:sync-level>infinite</D:sync-level>`;
    const body = element('D:sync-collection', `${inner}<D:prop><D:getetag/></D:prop>`);
    const answer = await desk.ask('REPORT', '', { body, depth: '0' });
    const found = responsesOf(answer).map(
      ({ href, status }) => `${status ?? 'there'} ${href.slice(pathOf(desk.at('')).length)}`,
    );
    const isTold = token === '' ? answer.status === 207 : found.sort().join() === [...wanted].sort().join();
    desk.checks.check(`${claim} (RFC 6578 §3.5)`, isTold, `${answer.status}: ${found.join(' ')}`);
    token = syncTokenOf(answer) ?? token;
  };
  await tells('a home tells of everything below it');
  await tells('and of nothing while nothing changes');
  await desk.put(`${calendar}one`, event('one', 'one'));
  await tells('of a new object and its calendar', `there ${calendar}`, `there ${calendar}one`);
  await desk.ask('DELETE', `${calendar}one`);
  await tells('of an object that is gone', `there ${calendar}`, `404 ${calendar}one`);
  await desk.ask('DELETE', calendar);
  await tells('of a calendar that is gone, and no more of what was in it', `404 ${calendar}`);
  await desk.ask('MKCALENDAR', calendar);
  await tells('of one of the same name that is made anew', `there ${calendar}`);
  await desk.ask('DELETE', calendar);
}

/** RFC 4918 §15.4 to §15.6: where GET of a calendar answers with length, type and tag, so does PROPFIND. */
async function asFile(desk: Desk, calendar: string): Promise<void> {
  await desk.put(`${calendar}one`, event('file', 'one'));
  const file = await desk.ask('GET', calendar);
  const body = asked('D:getetag', 'D:getcontenttype', 'D:getcontentlength');
  const tell = (): Promise<DavAnswer> => desk.ask('PROPFIND', calendar, { body, depth: '0' });
  const told = await tell();
  for (const [name, header] of [
    ['getetag', 'etag'],
    ['getcontenttype', 'content-type'],
  ] as const) {
    const found = textIn(told, dav(name)) ?? '';
    const wanted = file.status === 200 ? (file.headers[header] ?? '') : '';
    desk.checks.check(`${name} of a calendar is what GET answers`, found === wanted, `${found} ${wanted}`);
  }
  const length = textIn(told, dav('getcontentlength')) ?? '';
  const sent = file.status === 200 ? String(Buffer.byteLength(file.text)) : '';
  desk.checks.check(
    'getcontentlength of a calendar is that of the file',
    length === sent,
    `${length} ${sent}`,
  );
  await desk.put(`${calendar}two`, event('file-two', 'two'));
  const after = textIn(await tell(), dav('getetag'));
  desk.checks.check(
    'and its tag moves with what is in it',
    after === undefined || after !== file.headers['etag'],
    `${after}`,
  );
}

/** RFC 7809 §5.2: the zone of a calendar and its name are one value. */
async function zones(desk: Desk, calendar: string): Promise<void> {
  const tags = ['C:calendar-timezone', 'C:calendar-timezone-id'] as const;
  const shows = async (claim: string, wanted: string | undefined): Promise<void> => {
    const answer = await desk.ask('PROPFIND', calendar, { body: asked(...tags), depth: '0' });
    const zone = /TZID:(\S+)/.exec(foundText(answer, 'calendar-timezone'))?.[1];
    const name = foundText(answer, 'calendar-timezone-id') || undefined;
    desk.checks.check(claim, zone === wanted && name === wanted, answer.text);
  };
  const patch = (inner: string): Promise<DavAnswer> =>
    desk.ask('PROPPATCH', calendar, { body: update(inner) });
  const set = (inner: string): string => `<D:set><D:prop>${inner}</D:prop></D:set>`;
  await patch(set('<C:calendar-timezone-id>Asia/Tokyo</C:calendar-timezone-id>'));
  await shows('a time zone that is set by its name is there whole (RFC 7809 §5.2)', 'Asia/Tokyo');
  const nowhere = await patch(set('<C:calendar-timezone-id>No/Where</C:calendar-timezone-id>'));
  desk.checks.check('an unknown one names valid-timezone', /valid-timezone/.test(nowhere.text), nowhere.text);
  await shows('and changes nothing', 'Asia/Tokyo');
  await patch('<D:remove><D:prop><C:calendar-timezone/></D:prop></D:remove>');
  await shows('a zone that is removed is gone under both names', undefined);
}

/** RFC 4331: bytes are counted as they come and go. */
async function space(desk: Desk, calendar: string): Promise<void> {
  const body = asked('D:quota-used-bytes', 'D:quota-available-bytes');
  const used = async (): Promise<number> => {
    const answer = await desk.ask('PROPFIND', '', { body, depth: '0' });
    return Number(textIn(answer, dav('quota-used-bytes')) ?? Number.NaN);
  };
  const before = await used();
  const object = event('weighed', 'weighed');
  await desk.put(`${calendar}weighed`, object);
  const during = await used();
  await desk.ask('DELETE', `${calendar}weighed`);
  const claim = 'an object is counted by its bytes while it is there (RFC 4331 §4)';
  const holds = during === before + object.length && (await used()) === before;
  desk.checks.check(claim, holds, `${before} ${during} ${await used()}`);
}

/** RFC 5842 §3.1: a calendar under another name is the same one. */
async function moved(desk: Desk, calendar: string): Promise<void> {
  const id = async (place: string): Promise<string | undefined> => {
    const answer = await desk.ask('PROPFIND', place, { body: asked('D:resource-id'), depth: '0' });
    return hrefIn(propertyOf(answer, dav('resource-id')));
  };
  const to = calendar.replace('homes', 'moved');
  const before = await id(calendar);
  desk.status('a calendar gets another name by MOVE', await desk.transfer('MOVE', calendar, to), 201);
  const after = await id(to);
  desk.checks.check(
    'and keeps its resource-id (RFC 5842 §3.1)',
    before !== undefined && before === after,
    `${before} ${after}`,
  );
  desk.status('the calendar is deleted', await desk.ask('DELETE', to), 200, 204);
}

function foundText(answer: DavAnswer, local: string): string {
  return propertyOf(answer, caldav(local))?.text ?? '';
}
