/**
 * Every door for everybody: whoever may not know a word never gets it, by whatever question, and whoever may not write changes
 * nothing, by whatever request. The words stand in events of all classes; the state of the calendar is what its owner sees.
 * It is long because questions, writes and roles are one table each.
 */
import assert from 'node:assert/strict';
import { levels } from '../../src/core/acl.ts';
import { type CalendarId, id } from '../../src/core/ids.ts';
import { actorFor, calendarById, operator } from '../../src/service/access.ts';
import { grant, setExportAllowed } from '../../src/service/calendars/calendars.ts';
import { addAppPassword } from '../../src/service/people/passwords.ts';
import { createGroup, createPerson, patchPerson, setMember } from '../../src/service/people/people.ts';
import {
  type Answer,
  type Browser,
  openWorld,
  ownCalendar,
  passwordOf,
  type World,
} from '../portal/world.ts';

/** What is hidden where: titles and places of public, private and confidential events, and of a series with one private day. */
const titles = ['OPENTITLE'];
const details = ['OPENPLACE'];
const secrets = ['PRIVATETITLE', 'PRIVATEPLACE', 'CONFTITLE', 'SERIESTITLE', 'SERIESPLACE', 'DAYTITLE'];
const everything = [...titles, ...details, ...secrets];

const event = (uid: string, lines: readonly string[]): string =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//test//test//EN',
    ...lines.flatMap((line) =>
      line === 'BEGIN' ? ['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z'] : [line],
    ),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const at = (day: number): string => `DTSTART:202603${day}T090000Z`;

const objects: Readonly<Record<string, string>> = {
  open: event('open', ['BEGIN', at(23), 'SUMMARY:OPENTITLE', 'LOCATION:OPENPLACE', 'END:VEVENT']),
  private: event('private', [
    'BEGIN',
    at(24),
    'SUMMARY:PRIVATETITLE',
    'LOCATION:PRIVATEPLACE',
    'CLASS:PRIVATE',
    'END:VEVENT',
  ]),
  conf: event('conf', ['BEGIN', at(25), 'SUMMARY:CONFTITLE', 'CLASS:CONFIDENTIAL', 'END:VEVENT']),
  // The strictest class of the set counts for all of it.
  series: event('series', [
    'BEGIN',
    at(26),
    'RRULE:FREQ=DAILY;COUNT=3',
    'SUMMARY:SERIESTITLE',
    'LOCATION:SERIESPLACE',
    'END:VEVENT',
    'BEGIN',
    'RECURRENCE-ID:20260327T090000Z',
    at(27),
    'SUMMARY:DAYTITLE',
    'CLASS:PRIVATE',
    'END:VEVENT',
  ]),
};

/** Who asks; what they may read, and whether they may write. */
interface Role {
  readonly name: string;
  readonly knows: readonly string[];
  readonly writes: boolean;
  /** Busy times, and nothing else of a calendar whose export is off. */
  readonly isClosed?: true;
}

const none: readonly string[] = [];
const roles: readonly Role[] = [
  { name: 'nobody', knows: none, writes: false },
  { name: 'stranger', knows: none, writes: false },
  { name: 'former', knows: none, writes: false },
  { name: 'disabled', knows: none, writes: false },
  { name: 'busy', knows: none, writes: false },
  { name: 'titles', knows: titles, writes: false },
  { name: 'read', knows: [...titles, ...details], writes: false },
  { name: 'contribute', knows: [...titles, ...details], writes: true },
  { name: 'revise', knows: [...titles, ...details], writes: true },
  { name: 'edit', knows: [...titles, ...details], writes: true },
  { name: 'manage', knows: everything, writes: true },
  { name: 'reading-phone', knows: everything, writes: false },
  { name: 'other-calendars-phone', knows: none, writes: false },
];

describe('rights behind every door', function everyDoor() {
  this.timeout(60_000);
  let world: World;
  let anna: Browser;
  let calendar = '';
  const authorization = new Map<string, string>();
  const browsers = new Map<string, Browser>();
  const basic = (name: string, password: string): string =>
    `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

  before(async () => {
    world = await openWorld();
    anna = await world.signedIn('anna');
    const own = await ownCalendar(anna);
    calendar = own.id;
    for (const [name, body] of Object.entries(objects)) {
      const put = await world.dav(
        'anna',
        'PUT',
        `/dav/calendars/anna/${own.name.toLowerCase()}/${name}.ics`,
        {
          body,
          headers: { 'Content-Type': 'text/calendar' },
        },
      );
      assert.equal(put.status, 201, put.text);
    }
    const { services } = world.app;
    const owner = await actorFor(services, world.anna, { scope: 'write', via: 'password' });
    const seen = (await calendarById(services, owner, id<CalendarId>(Number(calendar)))) ?? assert.fail();
    const group = await createGroup(services, operator(), 'group', { name: 'readers' });
    await grant(services, owner, seen, group.id, 'read');
    for (const name of ['stranger', 'former', 'disabled', ...levels]) {
      const person = await createPerson(services, operator(), { name, password: passwordOf(name) });
      authorization.set(name, basic(name, passwordOf(name)));
      const level = levels.find((one) => one === name);
      if (level) await grant(services, owner, seen, person.id, level);
      if (name === 'former' || name === 'disabled')
        await setMember(services, operator(), group, person, true);
      browsers.set(name, await world.signedIn(name));
      if (name === 'former') await setMember(services, operator(), group, person, false);
      if (name === 'disabled') await patchPerson(services, operator(), person, { disabled: true });
    }
    const { secret } = await addAppPassword(services, owner, world.anna, { label: 'phone', scope: 'read' });
    authorization.set('reading-phone', basic('anna', secret));
    const tasks = (await anna.ok('GET /calendars')).calendars.find(({ kind }) => kind === 'tasks');
    const other = await addAppPassword(services, owner, world.anna, {
      label: 'phone for tasks',
      scope: 'write',
      calendars: [id<CalendarId>(Number(tasks?.id))],
    });
    authorization.set('other-calendars-phone', basic('anna', other.secret));
  });
  after(() => world.close());

  const dav = (
    role: string,
    method: string,
    path: string,
    { body, ...headers }: Readonly<Record<string, string>> = {},
  ): Promise<Answer<unknown>> =>
    world.ask(method, path, {
      headers: { Authorization: authorization.get(role), ...headers },
      ...(body !== undefined && { body }),
    });

  /** Every path by which somebody could mean the calendar. */
  const places = (role: string): readonly string[] => [
    '/dav/calendars/anna/personal/',
    `/dav/calendars/${role}/shared-${Number(calendar).toString(36)}/`,
  ];
  const ns = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"';
  const names = Object.keys(objects);

  /** Questions about the calendar at a place, without such as tell of its own data only. */
  const questions = (place: string): readonly (readonly [string, string, Record<string, string>])[] => {
    const hrefs = names.map((name) => `<D:href>${place}${name}.ics</D:href>`).join('');
    const data = '<D:prop><D:getetag/><D:displayname/><C:calendar-data/></D:prop>';
    const filter = (inner: string): string =>
      `<C:calendar-query ${ns}>${data}<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">${inner}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`;
    const range = '<C:time-range start="20260301T000000Z" end="20260501T000000Z"/>';
    const xml = { 'Content-Type': 'text/xml' };
    return [
      ['GET', place, {}],
      ...names.map((name) => ['GET', `${place}${name}.ics`, {}] as const),
      ...names.map((name) => ['HEAD', `${place}${name}.ics`, {}] as const),
      ['PROPFIND', place, { Depth: '1', ...xml, body: `<D:propfind ${ns}><D:allprop/></D:propfind>` }],
      ['PROPFIND', place, { Depth: '1', ...xml, body: `<D:propfind ${ns}>${data}</D:propfind>` }],
      [
        'PROPFIND',
        place.replace(/[^/]+\/$/, ''),
        { Depth: '1', ...xml, body: `<D:propfind ${ns}>${data}</D:propfind>` },
      ],
      ['REPORT', place, { ...xml, body: `<C:calendar-multiget ${ns}>${data}${hrefs}</C:calendar-multiget>` }],
      [
        'REPORT',
        '/dav/',
        { ...xml, body: `<C:calendar-multiget ${ns}>${data}${hrefs}</C:calendar-multiget>` },
      ],
      ['REPORT', place, { Depth: '1', ...xml, body: filter('') }],
      ['REPORT', place, { Depth: '1', ...xml, body: filter(range) }],
      [
        'REPORT',
        place,
        {
          Depth: '1',
          ...xml,
          body: filter(range).replace(
            '<C:calendar-data/>',
            '<C:calendar-data><C:expand start="20260301T000000Z" end="20260501T000000Z"/></C:calendar-data>',
          ),
        },
      ],
      ['REPORT', place, { ...xml, body: `<C:free-busy-query ${ns}>${range}</C:free-busy-query>` }],
      [
        'REPORT',
        place,
        {
          Depth: '0',
          ...xml,
          body: `<D:sync-collection ${ns}><D:sync-token/><D:sync-level>1</D:sync-level>${data}</D:sync-collection>`,
        },
      ],
      [
        'REPORT',
        '/dav/principals/anna/',
        {
          Depth: '0',
          ...xml,
          body: `<D:expand-property ${ns}><D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="displayname"/></D:property></D:expand-property>`,
        },
      ],
      ['OPTIONS', place, {}],
    ];
  };

  const requireSilent = (role: Role, what: string, { status, text, headers }: Answer<unknown>): void => {
    assert.ok(status < 500, `${what} is answered to ${role.name} by ${status} ${text}`);
    const said = `${JSON.stringify(headers)}\n${text}`;
    for (const word of everything)
      if (!role.knows.includes(word))
        assert.ok(!said.includes(word), `${what} tells ${role.name} ${word}: ${text}`);
  };

  for (const role of roles) {
    it(`tell ${role.name} ${role.knows.length === 0 ? 'no word' : `${role.knows.length} words`}`, async () => {
      let said = '';
      for (const place of places(role.name)) {
        for (const [method, path, asked] of questions(place)) {
          const answer = await dav(role.name, method, path, asked);
          requireSilent(role, `${method} ${path}`, answer);
          said += answer.text;
        }
      }
      for (const word of role.knows) assert.ok(said.includes(word), `${role.name} is not told ${word}`);
      const browser = browsers.get(role.name);
      for (const path of jsonQuestions(calendar)) {
        const headers = { ...(browser && { Cookie: browser.cookie }) };
        requireSilent(role, `GET ${path}`, await world.ask('GET', path, { headers }));
      }
    });

    it(`find nothing for ${role.name} by words that they may not know`, async () => {
      for (const word of everything) {
        const body = `<C:calendar-query ${ns}><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:prop-filter name="${word.endsWith('PLACE') ? 'LOCATION' : 'SUMMARY'}"><C:text-match>${word}</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`;
        for (const place of places(role.name)) {
          const { text } = await dav(role.name, 'REPORT', place, {
            Depth: '1',
            'Content-Type': 'text/xml',
            body,
          });
          const found = /\.ics</.test(text);
          if (!role.knows.includes(word)) assert.ok(!found, `${role.name} finds ${word}: ${text}`);
        }
        const browser = browsers.get(role.name);
        if (!browser || role.knows.includes(word)) continue;
        const path = `/api/v1/events?from=2026-03-01&to=2026-05-01&calendars=${calendar}&text=${word}`;
        const { text } = await world.ask('GET', path, { headers: { Cookie: browser.cookie } });
        assert.doesNotMatch(text, /"uid"/, `${role.name} finds ${word} in the page`);
      }
    });
  }

  it('show entity tags of whole objects to nobody who gets them reduced', async () => {
    const tagOf = async (role: string, name: string): Promise<string | undefined> => {
      const [own, shared] = places(role);
      const place = role === 'reading-phone' ? own : shared;
      return (await dav(role, 'GET', `${place}${name}.ics`)).headers['etag'];
    };
    for (const name of ['private', 'conf', 'series']) {
      const whole = await tagOf('reading-phone', name);
      assert.ok(whole);
      for (const role of ['busy', 'titles', 'read', 'contribute', 'revise', 'edit'])
        assert.notEqual(await tagOf(role, name), whole, `${role} ${name}`);
    }
  });

  /** What the owner sees of the calendar, without what moves by being looked at. */
  const state = async (): Promise<string> => {
    const body = `<D:propfind ${ns}><D:prop><D:getetag/><D:displayname/><D:sync-token/><D:acl/></D:prop></D:propfind>`;
    const listed = await world.dav('anna', 'PROPFIND', '/dav/calendars/anna/', {
      headers: { Depth: '1', 'Content-Type': 'text/xml' },
      body,
    });
    const inside = await world.dav('anna', 'PROPFIND', '/dav/calendars/anna/personal/', {
      headers: { Depth: '1', 'Content-Type': 'text/xml' },
      body,
    });
    const shares = await anna.ok('GET /calendars/{id}/shares', { path: { id: calendar } });
    return `${listed.text}${inside.text}${JSON.stringify(shares)}`;
  };

  /** Requests that would change something of the calendar. */
  const writes = (
    place: string,
    role: string,
  ): readonly (readonly [string, string, Record<string, string>])[] => {
    const body = event('new', ['BEGIN', at(30), 'SUMMARY:new', 'END:VEVENT']);
    const type = { 'Content-Type': 'text/calendar' };
    const mine = `${world.url}/dav/calendars/${role}/personal/stolen`;
    return [
      ['PUT', `${place}new.ics`, { ...type, body }],
      ...names.map(
        (name) =>
          ['PUT', `${place}${name}.ics`, { ...type, body: body.replace('UID:new', `UID:${name}`) }] as const,
      ),
      ...names.map(
        (name) => ['MOVE', `${place}${name}.ics`, { Destination: `${mine}-${name}.ics` }] as const,
      ),
      ...names.map((name) => ['DELETE', `${place}${name}.ics`, {}] as const),
      ['COPY', `${place}open.ics`, { Destination: `${world.url}${place}copy.ics` }],
      ['MOVE', `${place}open.ics`, { Destination: `${world.url}${place}private.ics`, Overwrite: 'T' }],
      ['ACL', place, { 'Content-Type': 'text/xml', body: `<D:acl ${ns}/>` }],
      ['MKCALENDAR', `/dav/calendars/anna/of-${role}/`, {}],
      ['MKCOL', `/dav/calendars/anna/of-${role}/`, {}],
      ['COPY', place, { Destination: `${world.url}/dav/calendars/anna/copy-${role}/` }],
      [
        'LOCK',
        place,
        {
          'Content-Type': 'text/xml',
          body: `<D:lockinfo ${ns}><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`,
        },
      ],
      ['PUT', `/dav/files/anna/of-${role}.txt`, { body: 'x' }],
    ];
  };

  for (const role of roles.filter(({ writes: may }) => !may)) {
    it(`change nothing for ${role.name}`, async () => {
      const before = await state();
      for (const place of places(role.name)) {
        for (const [method, path, asked] of writes(place, role.name)) {
          const answer = await dav(role.name, method, path, asked);
          requireSilent(role, `${method} ${path}`, answer);
          assert.ok(answer.status >= 400, `${method} ${path} is done for ${role.name}: ${answer.status}`);
        }
      }
      const browser = browsers.get(role.name);
      for (const [method, path, body] of jsonWrites(calendar)) {
        const headers = {
          ...(browser && { Cookie: browser.cookie }),
          'X-Requested-With': 'portal',
          'Content-Type': 'application/json',
          'If-Match': '*',
        };
        const answer = await world.ask(method, `/api/v1${path}`, { headers, body: JSON.stringify(body) });
        requireSilent(role, `${method} ${path}`, answer);
        assert.ok(
          answer.status >= 400,
          `${method} ${path} is done for ${role.name}: ${answer.status} ${answer.text}`,
        );
      }
      assert.equal(await state(), before);
    });
  }

  it('change for a contributor nothing that others have made', async () => {
    const before = await state();
    const [, place = ''] = places('contribute');
    for (const [method, path, asked] of writes(place, 'contribute')) {
      // To add is theirs, and a copy is something added.
      if (path === `${place}new.ics` || method === 'COPY') continue;
      const answer = await dav('contribute', method, path, asked);
      assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status}`);
    }
    const cookie = browsers.get('contribute')?.cookie;
    for (const [method, path, body] of jsonWrites(calendar)) {
      if (method === 'POST' && /\/events(\/new)?$|\/import$/.test(path)) continue;
      const headers = {
        Cookie: cookie,
        'X-Requested-With': 'portal',
        'Content-Type': 'application/json',
        'If-Match': '*',
      };
      const answer = await world.ask(method, `/api/v1${path}`, { headers, body: JSON.stringify(body) });
      assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status} ${answer.text}`);
    }
    assert.equal(await state(), before);
  });

  it('remove for somebody who revises nothing that others have made', async () => {
    const [, place = ''] = places('revise');
    for (const [method, path, asked] of writes(place, 'revise')) {
      if (method !== 'DELETE' && method !== 'MOVE') continue;
      const answer = await dav('revise', method, path, asked);
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
    }
  });

  it('change for an editor only what they see whole', async () => {
    const before = await state();
    const [, place = ''] = places('edit');
    for (const [method, path, asked] of writes(place, 'edit')) {
      if (!/private|conf|series/.test(`${path}${asked['Destination'] ?? ''}`)) continue;
      const { status, text } = await dav('edit', method, path, asked);
      assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status} ${text}`);
    }
    assert.equal(await state(), before);
  });

  it('tell nobody but the owner of a calendar whose export is off, in programs, and of its busy times those who may', async () => {
    const { services } = world.app;
    const owner = await actorFor(services, world.anna, { scope: 'write', via: 'password' });
    const seen = (await calendarById(services, owner, id<CalendarId>(Number(calendar)))) ?? assert.fail();
    await setExportAllowed(services, owner, seen, false);
    for (const role of roles.filter(({ name }) => name !== 'reading-phone')) {
      for (const place of places(role.name)) {
        for (const [method, path, asked] of questions(place)) {
          const answer = await dav(role.name, method, path, asked);
          requireSilent({ ...role, knows: none }, `${method} ${path} with export off`, answer);
          const isBusy = asked['body']?.includes('free-busy-query') === true;
          if (isBusy)
            assert.equal(
              answer.status === 200,
              role.knows.length > 0 || role.name === 'busy',
              `${path} ${role.name}`,
            );
        }
        for (const [method, path, asked] of writes(place, role.name)) {
          const { status } = await dav(role.name, method, path, asked);
          assert.ok(status >= 400, `${method} ${path} is done for ${role.name} with export off`);
        }
      }
      const browser = browsers.get(role.name);
      const download = await world.ask('GET', `/api/v1/calendars/${calendar}/download`, {
        headers: { ...(browser && { Cookie: browser.cookie }) },
      });
      assert.ok(download.status >= 400, `${role.name} downloads what may not leave`);
    }
    await setExportAllowed(
      services,
      owner,
      (await calendarById(services, owner, seen.calendar.id)) ?? seen,
      true,
    );
  });
});

function jsonQuestions(calendar: string): readonly string[] {
  const base = '/api/v1';
  return [
    `${base}/calendars`,
    `${base}/calendars/${calendar}`,
    `${base}/events?from=2026-03-01&to=2026-05-01`,
    `${base}/events?from=2026-03-01&to=2026-05-01&calendars=${calendar}`,
    ...Object.keys(objects).map((name) => `${base}/calendars/${calendar}/events/${name}`),
    `${base}/calendars/${calendar}/events/series?recurrenceId=2026-03-27T09:00:00Z`,
    `${base}/calendars/${calendar}/download`,
    `${base}/calendars/${calendar}/links`,
    `${base}/calendars/${calendar}/shares`,
    `${base}/calendars/${calendar}/connect`,
    `${base}/favourites/choices`,
    `${base}/trash`,
    `${base}/admin/calendars/${calendar}/download`,
    `${base}/people?text=anna`,
  ];
}

function jsonWrites(calendar: string): readonly (readonly [string, string, unknown])[] {
  const input = {
    title: 'new',
    start: { dateTime: '2026-03-30T09:15:00', zone: 'Europe/Stockholm' },
    end: { dateTime: '2026-03-30T10:00:00', zone: 'Europe/Stockholm' },
  };
  return [
    ['POST', `/calendars/${calendar}/events`, input],
    ...Object.keys(objects).flatMap((uid) => [
      ['PATCH', `/calendars/${calendar}/events/${uid}`, { title: 'new' }] as const,
      ['DELETE', `/calendars/${calendar}/events/${uid}`, {}] as const,
    ]),
    ['PATCH', `/calendars/${calendar}`, { description: 'new' }],
    ['PATCH', `/calendars/${calendar}`, { exportAllowed: false }],
    ['PATCH', `/calendars/${calendar}`, { everyone: 'read' }],
    ['POST', `/calendars/${calendar}/shares`, { who: 'everyone', level: 'read' }],
    ['DELETE', `/calendars/${calendar}/shares/everyone`, {}],
    ['PATCH', `/admin/calendars/${calendar}`, { exportAllowed: false }],
  ];
}
