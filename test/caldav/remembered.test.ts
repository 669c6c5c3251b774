/** Answers that are given again: never another one than would be made now (service/proof.ts). */
import assert from 'node:assert/strict';
import { createCaldav } from '../../src/caldav/index.ts';
import { everyone } from '../../src/core/acl.ts';
import type { Principal } from '../../src/core/principal.ts';
import { principalById } from '../../src/service/access.ts';
import { createServices, type Services } from '../../src/service/context.ts';
import { actor, event, share } from '../service/office.ts';
import { answerOf, type Client, client } from './client.ts';

const names =
  '<D:displayname/><D:resourcetype/><CS:getctag/><D:sync-token/><D:getetag/><D:current-user-privilege-set/><D:owner/><D:acl/>' +
  '<C:supported-calendar-component-set/><C:calendar-timezone/><C:calendar-description/><A:calendar-color/><A:calendar-order/>' +
  '<D:quota-available-bytes/><D:quota-used-bytes/><D:getlastmodified/><C:calendar-availability/><D:group-membership/>' +
  '<D:group-member-set/><C:calendar-user-address-set/><C:schedule-calendar-transp/><X:note/>';
const spaces =
  'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/" xmlns:X="urn:x"';
const everything = `<D:propfind ${spaces}><D:prop>${names}</D:prop></D:propfind>`;
const poll = `<D:propfind ${spaces}><D:prop><CS:getctag/><D:sync-token/></D:prop></D:propfind>`;

interface Question {
  readonly path: string;
  readonly depth: '0' | '1';
  readonly body: string;
}

const questions: readonly Question[] = [
  { path: '/dav/calendars/alice/personal/', depth: '0', body: poll },
  { path: '/dav/calendars/alice/personal/', depth: '0', body: everything },
  { path: '/dav/calendars/alice/personal/', depth: '1', body: everything },
  { path: '/dav/calendars/alice/personal/', depth: '0', body: '' },
  { path: '/dav/calendars/alice/', depth: '0', body: everything },
  { path: '/dav/calendars/alice/', depth: '1', body: everything },
  { path: '/dav/calendars/bob/', depth: '1', body: everything },
  { path: '/dav/calendars/', depth: '1', body: everything },
  { path: '/dav/principals/alice/', depth: '0', body: everything },
  { path: '/dav/principals/team/', depth: '0', body: everything },
  { path: '/dav/principals/', depth: '1', body: everything },
  { path: '/dav/', depth: '0', body: poll },
];

type Asking = (question: Question, who: Principal) => Promise<string>;

/** `signsIn`: as the principal is known now; else as it was when the office was opened. */
function asking(at: Client, services: Services, signsIn: boolean): Asking {
  const handle = createCaldav(services, {
    site: { basePath: '/', origins: ['https://cal.example.com'] },
    logError: (error) => at.errors.push(error),
  });
  return async ({ path, depth, body }, who) => {
    const answer = await handle({
      method: 'PROPFIND',
      target: path,
      headers: { host: 'cal.example.com', depth, 'content-length': String(Buffer.byteLength(body)) },
      body: (async function* () {
        if (body !== '') yield Buffer.from(body);
      })(),
      actor: await actor(at, (signsIn ? await principalById(services, who.id) : undefined) ?? who),
      id: 'test',
    });
    const { status, headers, text } = await answerOf(answer);
    return `${status} ${JSON.stringify(headers)}\n${text}`;
  };
}

/** Services that remember nothing yet, over the same storage. */
const fresh = ({ services: { storage, clock, ids, limits, log, secret, random } }: Client): Services =>
  createServices({ storage, clock, ids, limits, log, secret, random });

const patch = (inner: string): string =>
  `<D:propertyupdate ${spaces}><D:set><D:prop>${inner}</D:prop></D:set></D:propertyupdate>`;

/** Whatever may change what somebody is told. */
const changes: Readonly<Record<string, (at: Client) => Promise<unknown>>> = {
  'an event is put': ({ send }) => send('PUT', '/dav/calendars/alice/personal/a.ics', { body: event() }),
  'an event is put anew': ({ send }) =>
    send('PUT', '/dav/calendars/alice/personal/a.ics', { body: event({ summary: 'Other' }) }),
  'an event of another calendar is put': ({ send }) =>
    send('PUT', '/dav/calendars/alice/tasks/t.ics', { body: event({ uid: 't', component: 'VTODO' }) }),
  'an event goes': ({ send }) => send('DELETE', '/dav/calendars/alice/personal/a.ics'),
  'a calendar is named': ({ send }) =>
    send('PROPPATCH', '/dav/calendars/alice/personal/', {
      body: patch('<D:displayname>Mine</D:displayname>'),
    }),
  'a calendar gets a dead property': ({ send }) =>
    send('PROPPATCH', '/dav/calendars/alice/personal/', { body: patch('<X:note>one</X:note>') }),
  'the same gets another value': ({ send }) =>
    send('PROPPATCH', '/dav/calendars/alice/personal/', { body: patch('<X:note>two</X:note>') }),
  'a home gets a dead property': ({ send }) =>
    send('PROPPATCH', '/dav/calendars/alice/', { body: patch('<X:note>home</X:note>') }),
  'a home gets an availability': ({ send }) =>
    send('PROPPATCH', '/dav/calendars/alice/', {
      body: patch(
        '<C:calendar-availability>BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nPRODID:x&#13;\nBEGIN:VAVAILABILITY&#13;\nUID:v&#13;\nDTSTAMP:20260101T000000Z&#13;\nEND:VAVAILABILITY&#13;\nEND:VCALENDAR&#13;\n</C:calendar-availability>',
      ),
    }),
  'a principal gets a dead property': ({ send }) =>
    send('PROPPATCH', '/dav/principals/alice/', { body: patch('<X:note>me</X:note>') }),
  'a calendar gets a time zone': ({ send }) =>
    send('PROPPATCH', '/dav/calendars/alice/personal/', {
      body: patch('<C:calendar-timezone-id>Europe/Moscow</C:calendar-timezone-id>'),
    }),
  'a calendar is made': ({ send }) => send('MKCALENDAR', '/dav/calendars/alice/new/'),
  'a calendar gets another address': ({ send }) =>
    send('MOVE', '/dav/calendars/alice/new/', { headers: { Destination: '/dav/calendars/alice/newer/' } }),
  'a calendar goes': ({ send }) => send('DELETE', '/dav/calendars/alice/newer/'),
  'a calendar is shared': (at) => share(at, at.bob, 'edit'),
  'a foreign calendar is named by its reader': async (at) =>
    at.send('PROPPATCH', await foreign(at), {
      as: at.bob,
      body: patch('<D:displayname>Of alice</D:displayname>'),
    }),
  'a foreign calendar gets a dead property of its reader': async (at) =>
    at.send('PROPPATCH', await foreign(at), { as: at.bob, body: patch('<X:note>bob</X:note>') }),
  'a share becomes less': (at) => share(at, at.bob, 'titles'),
  'a share ends': (at) => share(at, at.bob, null),
  'everyone may read': (at) => share(at, 'everyone', 'read'),
  'export is switched off': ({ services, alice }) =>
    withCalendar(services, alice, (calendar) => ({
      do: 'patch-calendar',
      calendar,
      patch: { exportAllowed: false },
    })),
  'a person is named': ({ services, alice }) =>
    services.storage.commit({
      actor: null,
      changes: [{ do: 'patch-principal', principal: alice.id, patch: { displayName: 'Alice A.' } }],
    }),
  'somebody joins a group': ({ services, alice, team }) =>
    services.storage.commit({
      actor: null,
      changes: [{ do: 'member', group: team.id, member: alice.id, present: true }],
    }),
  'the administrator forbids exports': ({ services }) =>
    services.storage.commit({
      actor: null,
      changes: [{ do: 'set-policy', key: 'export.group', value: 'forbidden' }],
    }),
  'somebody is locked out': ({ services, bob }) =>
    services.storage.commit({
      actor: null,
      changes: [{ do: 'patch-principal', principal: bob.id, patch: { disabled: true } }],
    }),
  'a year goes by': async ({ clock }) => clock.advance(366 * 24 * 3_600_000),
};

/** Alice's calendar in bob's home. */
async function foreign({ services, alice }: Client): Promise<string> {
  const calendar = await services.storage.calendarByName(alice.id, 'personal');
  return `/dav/calendars/bob/shared-${calendar?.id.toString(36) ?? ''}/`;
}

type Changes = Parameters<Services['storage']['commit']>[0]['changes'];

async function withCalendar(
  { storage }: Services,
  owner: Principal,
  change: (calendar: NonNullable<Awaited<ReturnType<typeof storage.calendar>>>['id']) => Changes[number],
): Promise<void> {
  const calendar = await storage.calendarByName(owner.id, 'personal');
  assert.ok(calendar);
  assert.ok((await storage.commit({ actor: null, changes: [change(calendar.id)] })).ok);
}

describe('remembered answers', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
  });
  afterEach(() => at.close());

  for (const signsIn of [true, false])
    it(`are what would be made now, whatever has changed${signsIn ? '' : ', for a connection of long ago'}`, () =>
      areCurrent(signsIn)).timeout(120_000);

  async function areCurrent(signsIn: boolean): Promise<void> {
    const remembered = asking(at, at.services, signsIn);
    const people = [at.alice, at.bob, at.root];
    const compare = async (title: string): Promise<string> => {
      const made = asking(at, fresh(at), signsIn);
      let all = '';
      for (const who of people)
        for (const question of questions) {
          const given = await remembered(question, who);
          const { path, depth } = question;
          assert.equal(given, await made(question, who), `${title}: Depth ${depth} of ${path}, ${who.name}`);
          all += given;
        }
      return all;
    };
    await compare('at first');
    let last = await compare('again');
    for (const [title, change] of Object.entries(changes)) {
      await change(at);
      const now = await compare(title);
      assert.notEqual(now, last, `${title}: nobody sees anything of it`);
      last = await compare(`${title}, again`);
    }
    assert.deepEqual(at.errors, []);
  }

  it('cost a look at the counters', async () => {
    const reads: string[] = [];
    const services: Services = { ...at.services, storage: counted(at.services.storage, reads) };
    const ask = asking(at, services, true);
    const count = async (question: Question): Promise<readonly string[]> => {
      await ask(question, at.alice);
      reads.length = 0;
      await ask(question, at.alice);
      return reads.filter((name) => name !== 'directoryVersion');
    };
    const [ofPoll, , , , , ofHome] = questions;
    assert.ok(ofPoll && ofHome);
    assert.deepEqual(await count(ofPoll), ['calendar']);
    assert.deepEqual(
      new Set(await count({ ...ofHome, body: everything.replace('<D:acl/>', '') })),
      new Set(['calendar', 'usedBytes', 'properties']),
    );
  });

  it('are those of the one who asks, and of the words in which they ask', async () => {
    const ask = (headers: Readonly<Record<string, string>>, as = at.alice, scope?: 'read') =>
      at.send('PROPFIND', '/dav/calendars/alice/', {
        as,
        depth: '0',
        headers,
        body: everything,
        ...(scope && { scope }),
      });
    await share(at, everyone, 'read');
    const full = await ask({});
    const minimal = await ask({ Prefer: 'return=minimal' });
    assert.notEqual(minimal.text, full.text);
    assert.equal(minimal.headers['Preference-Applied'], 'return=minimal');
    assert.equal((await ask({ Brief: 't' })).text, minimal.text);
    assert.equal((await ask({})).text, full.text);
    assert.notEqual((await ask({}, at.bob)).text, full.text);
    assert.notEqual((await ask({}, at.alice, 'read')).text, full.text);
    assert.equal((await ask({ If: '(<urn:no-such-token>)' })).status, 412);
  });
});

function counted<Storage extends object>(storage: Storage, reads: string[]): Storage {
  return new Proxy(storage, {
    get(target, name, receiver): unknown {
      reads.push(String(name));
      return Reflect.get(target, name, receiver);
    },
  });
}
