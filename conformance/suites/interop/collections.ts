import { escapeXml, responsesOf } from '../../dav.ts';
import { event } from '../../objects.ts';
import { asked, type Desk, element, textIn, update } from './desk.ts';

const note = '{urn:x-interop}note';
const set = (inner: string): string => `<D:set><D:prop>${inner}</D:prop></D:set>`;
const removed = '<D:remove><D:prop><x:note/></D:prop></D:remove>';

/** In document order (RFC 4918 §9.2): the instructions, and what is left of them. */
const instructions: readonly (readonly [what: string, inner: string, left: string | undefined])[] = [
  ['set', set('<x:note>1</x:note>'), '1'],
  ['set twice', set('<x:note>2</x:note><x:note>3</x:note>'), '3'],
  ['removed, then set', removed + set('<x:note>4</x:note>'), '4'],
  ['set, then removed', set('<x:note>5</x:note>') + removed, undefined],
  ['of comments, CDATA and references', set('<x:note>a<!-- -->&#98;<![CDATA[<c>]]></x:note>'), 'ab<c>'],
  ['beside a protected one', set('<x:note>6</x:note><D:getetag>x</D:getetag>'), 'ab<c>'],
];

/** Properties, names, preferences, and how calendars are made. */
export async function collections(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('collections');
  for (const [what, inner, left] of instructions) {
    const answer = await desk.ask('PROPPATCH', calendar, { body: update(inner) });
    desk.status(`a property that is ${what} is answered in a multistatus`, answer, 207);
    const after = await desk.ask('PROPFIND', calendar, { body: asked('x:note'), depth: '0' });
    const found = responsesOf(after)[0]?.found.length === 0 ? undefined : textIn(after, note);
    desk.checks.check(`a property that is ${what} is then ${left ?? 'gone'}`, found === left, String(found));
  }
  await namesOnly(desk, calendar);
  await languages(desk, calendar);
  await making(desk);
  await names(desk, calendar);
  await preferences(desk, calendar);
  await wrongPlaces(desk, calendar);
  desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
}

/** RFC 4918 §9.1: `propname` tells of what there is, so that whoever asks for all of it finds all of it. */
async function namesOnly(desk: Desk, calendar: string): Promise<void> {
  const told = await desk.ask('PROPFIND', calendar, {
    body: element('D:propfind', '<D:propname/>'),
    depth: '0',
  });
  const known = responsesOf(told)[0]?.found ?? [];
  const tags = known.map(({ name }) => {
    const [, space = '', local = ''] = /^\{(.*)\}(.*)$/.exec(name) ?? [];
    return `<p:${local} xmlns:p="${escapeXml(space)}"/>`;
  });
  const body = element('D:propfind', `<D:prop>${tags.join('')}</D:prop>`);
  const all = responsesOf(await desk.ask('PROPFIND', calendar, { body, depth: '0' }))[0]?.found ?? [];
  const missing = known.filter(({ name }) => !all.some((one) => one.name === name)).map(({ name }) => name);
  desk.checks.check(
    'every property that propname names is there',
    known.length > 5 && missing.length === 0,
    missing.join(' '),
  );
}

/** RFC 4918 §4.3: attributes, mixed content and the language in scope are part of a value. */
async function languages(desk: Desk, calendar: string): Promise<void> {
  const value = '<x:note xml:lang="sv" kind="b">hej <b xmlns="">du</b>!</x:note>';
  await desk.ask('PROPPATCH', calendar, { body: update(set(value)) });
  const { text } = await desk.ask('PROPFIND', calendar, { body: asked('x:note'), depth: '0' });
  const kept = /xml:lang="sv"/.test(text) && /kind="b"/.test(text) && /hej <b[^>]*>du<\/b>!/.test(text);
  desk.checks.check('language, attributes and mixed content are kept', kept, text);
  const description = '<C:calendar-description xml:lang="fr-CA">Le mien</C:calendar-description>';
  await desk.ask('PROPPATCH', calendar, { body: update(set(description)) });
  const described = await desk.ask('PROPFIND', calendar, {
    body: asked('C:calendar-description'),
    depth: '0',
  });
  const hasBoth = /xml:lang="fr-CA"[^>]*>Le mien</.test(described.text);
  desk.checks.check('a description keeps its language (RFC 4791 §5.2.1)', hasBoth, described.text);
}

/** RFC 4791 §5.3.1, RFC 5689. */
async function making(desk: Desk): Promise<void> {
  const wrong = set('<D:displayname>x</D:displayname><D:getetag>x</D:getetag>');
  const failed = await desk.ask('MKCALENDAR', 'interop-failed/', { body: element('C:mkcalendar', wrong) });
  desk.status('MKCALENDAR with a protected property is answered in a multistatus', failed, 207);
  desk.checks.check('which names the others as dependent', /424/.test(failed.text), failed.text);
  desk.status('and makes nothing', await desk.ask('GET', 'interop-failed/'), 404);
  const zone = set('<C:calendar-timezone>none</C:calendar-timezone>');
  const unzoned = await desk.ask('MKCALENDAR', 'interop-failed/', { body: element('C:mkcalendar', zone) });
  desk.refusal('MKCALENDAR with a broken time zone is refused', unzoned, 'valid-calendar-data');
  const type = '<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>';
  const extended = await desk.ask('MKCOL', 'interop-made/', { body: element('D:mkcol', set(type)) });
  desk.status('extended MKCOL makes a calendar', extended, 201);
  const again = await desk.ask('MKCALENDAR', 'interop-made/');
  desk.refusal('MKCALENDAR where something is is refused', again, 'resource-must-be-null');
  const inner = await desk.ask('MKCALENDAR', 'interop-made/inner/');
  desk.refusal('a calendar inside of a calendar is refused', inner, 'calendar-collection-location-ok');
  desk.status('the calendar is deleted', await desk.ask('DELETE', 'interop-made/'), 200, 204);
}

/** Each pair names one resource (RFC 3986 §6.2.2), each single name is one of its own. */
async function names(desk: Desk, calendar: string): Promise<void> {
  const pairs = [
    ['a%40b.ics', 'a@b.ics'],
    ['a%7eb.ics', 'a~b.ics'],
    ['%61%20c.ics', 'a%20c.ics'],
    ['caf%C3%A9.ics', 'caf%c3%a9.ics'],
    ['a%252Fb.ics', 'a%252Fb.ics'],
    ['a%3Fb%23.ics', 'a%3fb%23.ics'],
  ] as const;
  for (const [index, [stored, fetched]] of pairs.entries()) {
    const put = await desk.put(calendar + stored, event(`name-${index}`, stored));
    desk.status(`${stored} is stored`, put, 201);
    const hrefs = `<D:href>${new URL(calendar + fetched, desk.target.homeUrl).pathname}</D:href>`;
    const inner = `<D:prop><D:getetag/></D:prop>${hrefs}`;
    const answer = await desk.ask('REPORT', calendar, { body: element('C:calendar-multiget', inner) });
    const found = responsesOf(answer)[0]?.found.length === 1;
    desk.checks.check(`a multiget finds it as ${fetched}`, found, answer.text);
  }
}

/** RFC 8144. */
async function preferences(desk: Desk, calendar: string): Promise<void> {
  const body = asked('D:resourcetype', 'x:none');
  const minimal = { Prefer: 'return=minimal' };
  const short = await desk.ask('PROPFIND', calendar, { body, depth: '0', headers: minimal });
  desk.checks.check('return=minimal leaves out what is not there', !/404/.test(short.text), short.text);
  const noRoot = { Prefer: 'depth-noroot' };
  const members = await desk.ask('PROPFIND', calendar, { body, depth: '1', headers: noRoot });
  const own = responsesOf(members).some(({ href }) => href.endsWith(calendar));
  desk.checks.check('depth-noroot leaves out the collection', members.status === 207 && !own, members.text);
  const whole = { Prefer: 'return=representation' };
  const put = await desk.put(`${calendar}p.ics`, event('p', 'one'), whole);
  desk.checks.check(
    'PUT answers with what it stored',
    put.status === 201 && /UID:p/.test(put.text),
    put.text,
  );
  const late = await desk.put(`${calendar}p.ics`, event('p', 'two'), { ...whole, 'If-Match': '"x"' });
  desk.checks.check(
    'and 412 with what is there',
    late.status === 412 && /SUMMARY:one/.test(late.text),
    late.text,
  );
}

/** A report where it is not offered names `supported-report` (RFC 3253 §3.6), whatever it is. */
async function wrongPlaces(desk: Desk, calendar: string): Promise<void> {
  const query = element('C:calendar-query', '<D:prop/>');
  const places = [
    ['a calendar-query of a principal', desk.target.principalUrl, query],
    ['a report that nobody knows', calendar, element('x:report', '')],
    ['a version-tree', calendar, element('D:version-tree', '')],
    ['a synchronisation of an object', `${calendar}p.ics`, element('D:sync-collection', '<D:sync-token/>')],
  ] as const;
  for (const [what, place, body] of places) {
    desk.refusal(`${what} is refused`, await desk.ask('REPORT', place, { body }), 'supported-report', 403);
  }
}
