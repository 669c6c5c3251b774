import { caldav, dav, hrefIn, propertyOf, responsesOf } from '../../dav.ts';
import { event } from '../../objects.ts';
import { describe } from '../../target.ts';
import { descendants, type Element, readXml } from '../../xml.ts';
import { asked, type Desk, element } from './desk.ts';

const grant = (...names: readonly string[]): string =>
  `<D:grant>${names.map((name) => `<D:privilege><${name}/></D:privilege>`).join('')}</D:grant>`;
const entry = (principal: string, inner: string): string =>
  `<D:ace><D:principal>${principal}</D:principal>${inner}</D:ace>`;
const nobody = '<D:href>/there/is/nobody/</D:href>';
const everyone = '<D:authenticated/>';

/** RFC 3744 §8.1.1: entries that cannot be set, and the precondition that says so. */
const refused: readonly (readonly [what: string, ace: string, precondition: string])[] = [
  ['for nobody', entry(nobody, grant('D:read')), 'recognized-principal'],
  ['with a privilege that is none', entry(everyone, grant('x:fly')), 'not-supported-privilege'],
  ['that only the server makes', entry(everyone, `${grant('D:read')}<D:protected/>`), 'no-ace-conflict'],
];

/** RFC 3744 §9: none of these has a meaning for members. */
const depthless: readonly (readonly [name: string, inner: string])[] = [
  ['acl-principal-prop-set', '<D:prop><D:displayname/></D:prop>'],
  ['principal-match', '<D:self/>'],
  [
    'principal-property-search',
    '<D:property-search><D:prop><D:displayname/></D:prop><D:match>a</D:match></D:property-search>',
  ],
  ['principal-search-property-set', ''],
];

/** Access control lists, who is who, and what nobody may take away. */
export async function rights(desk: Desk): Promise<void> {
  const calendar = await desk.calendar('rights');
  await desk.put(`${calendar}one.ics`, event('one', 'one'));
  await lists(desk, calendar);
  await people(desk, calendar);
  await places(desk);
  await brief(desk, calendar);
  desk.status('the calendar is deleted', await desk.ask('DELETE', calendar), 200, 204);
}

async function lists(desk: Desk, calendar: string): Promise<void> {
  const read = async (): Promise<string> => {
    const { text } = await desk.ask('PROPFIND', calendar, { body: asked('D:acl'), depth: '0' });
    return /<(\w+:)?ace>.*<\/\1ace>/s.exec(text)?.[0] ?? '';
  };
  const before = await read();
  desk.checks.check('the owner reads the list of a calendar', before !== '');
  const back = await desk.ask('ACL', calendar, { body: element('D:acl', before) });
  desk.status('a list that was read can be sent back', back, 200);
  desk.checks.check('which changes nothing', (await read()) === before);
  for (const [what, ace, precondition] of refused) {
    const answer = await desk.ask('ACL', calendar, { body: element('D:acl', ace) });
    desk.refusal(`an entry ${what} is refused with ${precondition}`, answer, precondition, 403);
  }
  for (const part of await abstractPrivileges(desk, calendar)) {
    const ace = entry(everyone, grant(part));
    const answer = await desk.ask('ACL', calendar, { body: element('D:acl', ace) });
    desk.refusal(`the abstract privilege ${part} is not granted (RFC 3744 §5.3)`, answer, 'no-abstract', 403);
  }
  desk.checks.check('a refused list changes nothing', (await read()) === before);
}

/** Those of DAV: that are told as abstract. */
async function abstractPrivileges(desk: Desk, calendar: string): Promise<readonly string[]> {
  const body = asked('D:supported-privilege-set');
  const root = readXml((await desk.ask('PROPFIND', calendar, { body, depth: '0' })).text);
  const all = root === undefined ? [] : descendants(root, dav('supported-privilege'));
  desk.checks.check('the privileges there are are told', all.length > 0);
  const child = (one: Element, name: string): Element | undefined =>
    one.children.find((inner) => inner.name === name);
  return all
    .filter((one) => child(one, dav('abstract')) !== undefined)
    .map((one) => child(one, dav('privilege'))?.children[0]?.name ?? '')
    .filter((name) => name.startsWith(dav('')))
    .map((name) => `D:${name.slice(dav('').length)}`);
}

async function people(desk: Desk, calendar: string): Promise<void> {
  const { principalUrl } = desk.target;
  for (const name of ['group-membership', 'group-member-set']) {
    const answer = await desk.ask('PROPFIND', principalUrl, { body: asked(`D:${name}`), depth: '0' });
    const isThere = propertyOf(answer, dav(name)) !== undefined;
    desk.checks.check(`a person has ${name}, if only an empty one`, isThere, describe(answer));
  }
  for (const [name, inner] of depthless) {
    const body = element(`D:${name}`, inner);
    const place = name.startsWith('acl-') ? calendar : new URL('../', principalUrl).href;
    const answer = await desk.ask('REPORT', place, { body, depth: '1' });
    desk.status(`${name} is for Depth 0 only (RFC 3744 §9)`, answer, 400);
  }
  const both = element(
    'D:principal-match',
    '<D:self/><D:principal-property><D:owner/></D:principal-property>',
  );
  desk.status(
    'principal-match by two things at once is none',
    await desk.ask('REPORT', calendar, { body: both }),
    400,
  );
  const owned = element('D:principal-match', '<D:principal-property><D:owner/></D:principal-property>');
  desk.names("principal-match finds one's objects", await desk.ask('REPORT', calendar, { body: owned }), [
    'one.ics',
  ]);
  const inner = '<D:property name="resourcetype"/>';
  const expanded = element(
    'D:expand-property',
    `<D:property name="calendar-home-set" namespace="${caldav('').slice(1, -1)}">${inner}</D:property>`,
  );
  const home = await desk.ask('REPORT', principalUrl, { body: expanded });
  const named = hrefIn(propertyOf(home, caldav('calendar-home-set')));
  const isHome = named === new URL(desk.target.homeUrl).pathname && /<(\w+:)?collection/.test(home.text);
  desk.checks.check('expand-property follows the calendar-home-set', isHome, describe(home));
}

/** RFC 9110 §15.5.4, §15.5.6: what holds everything stays where it is. */
async function places(desk: Desk): Promise<void> {
  const { homeUrl, principalUrl, url } = desk.target;
  const headers = { Destination: desk.at('interop-elsewhere/') };
  for (const place of [new URL('/', url).href, principalUrl, homeUrl]) {
    for (const method of ['DELETE', 'COPY', 'MOVE']) {
      const answer = await desk.ask(method, place, { headers });
      desk.status(`${method} of ${new URL(place).pathname} is refused`, answer, 403, 405);
    }
  }
  const after = await desk.ask('PROPFIND', homeUrl, { body: asked('D:resourcetype'), depth: '0' });
  desk.status('and the home is still there', after, 207);
}

/** `Brief: t` of Exchange, which Apple's programs send, is `return=minimal`; nothing else is. */
async function brief(desk: Desk, calendar: string): Promise<void> {
  const prop = '<D:prop><D:resourcetype/><x:none/></D:prop>';
  const href = `<D:href>${new URL(desk.at(`${calendar}one.ics`)).pathname}</D:href>`;
  const filter = '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>';
  const questions = [
    ['PROPFIND', element('D:propfind', prop)],
    ['REPORT', element('C:calendar-multiget', prop + href)],
    ['REPORT', element('C:calendar-query', prop + filter)],
  ] as const;
  for (const [method, body] of questions) {
    for (const value of ['t', 'f', 'yes']) {
      const answer = await desk.ask(method, calendar, { body, depth: '1', headers: { Brief: value } });
      const holds = responsesOf(answer).length > 0 && /none/.test(answer.text) === (value !== 't');
      const claim = value === 't' ? 'leaves out what is not there' : 'leaves nothing out';
      desk.checks.check(`Brief: ${value} on ${/\w+:([\w-]+)/.exec(body)?.[1]} ${claim}`, holds, answer.text);
    }
  }
}
