import assert from 'node:assert/strict';
import { levels } from '../../src/core/acl.ts';
import { id } from '../../src/core/ids.ts';
import { caldav, dav, localNameOf, type XmlName } from '../../src/xml/name.ts';
import { childOf, childrenOf, type XmlElement } from '../../src/xml/reader.ts';
import { event, share } from '../service/office.ts';
import {
  type Answer,
  type Client,
  client,
  emptyElement,
  found,
  hrefs,
  preconditions,
  property,
  propfind,
  type RequestParts,
} from './client.ts';
import { all, contributing, privileges, reading, writing } from './rights.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

async function calendarId(at: Client): Promise<number> {
  return (await at.services.storage.calendarByName(at.alice.id, 'personal'))?.id ?? 0;
}

const privilegeElements = (...privilegeNames: readonly XmlName[]): string =>
  privilegeNames.map((name) => `<D:privilege>${emptyElement(name)}</D:privilege>`).join('');

const ace = (principal: string, ...granted: readonly XmlName[]): string =>
  `<D:ace><D:principal>${principal}</D:principal><D:grant>${privilegeElements(...granted)}</D:grant></D:ace>`;

describe('access control lists', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
    await at.send('PUT', `${calendar}a.ics`, { body: event({ uid: 'a' }) });
  });
  afterEach(() => at.close());

  const bob = '<D:href>/dav/principals/bob/</D:href>';
  const acl = (aces: string, path = calendar, parts: RequestParts = {}): Promise<Answer> =>
    at.send('ACL', path, { ...parts, body: `<D:acl xmlns:D="DAV:">${aces}</D:acl>` });
  const sees = async (): Promise<number> =>
    (await at.send('PROPFIND', calendar, { as: at.bob, depth: '0' })).status;

  for (const [granted, rights] of [
    [[caldav('read-free-busy')], reading],
    [[dav('read')], reading],
    [[dav('read'), dav('bind')], contributing],
    [[dav('read'), dav('bind'), dav('write-content')], contributing],
    [[dav('read'), dav('write')], writing],
    [[dav('read'), dav('write-content'), dav('write-properties'), dav('bind'), dav('unbind')], undefined],
    [[dav('all')], all],
  ] as const) {
    it(`RFC 3744 §8.1: ${granted.map(localNameOf).join(' and ')} can be granted${rights ? '' : ' only as a whole'}`, async () => {
      const answer = await acl(ace(bob, ...granted));
      if (!rights) assert.deepEqual(preconditions(answer), ['no-abstract']);
      else {
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(await privileges(at, calendar, { as: at.bob }), rights);
      }
    });
  }

  it('RFC 3744 §8.1: an empty list takes all grants away, and the owner keeps everything', async () => {
    await acl(ace(bob, dav('read')));
    assert.equal(await sees(), 207);
    assert.equal((await acl('')).status, 200);
    assert.equal(await sees(), 404);
    assert.deepEqual(await privileges(at, calendar), all);
  });

  it('the entry of the owner names reading and writing besides all, for programs that look for words', async () => {
    await acl(ace(bob, dav('read')));
    for (const path of [calendar, `${calendar}a.ics`]) {
      const list = await property(at, path, dav('acl'));
      const [owners, bobs] = childrenOf(list, dav('ace')).map((entry) => {
        const grant = childOf(entry, dav('grant')) ?? assert.fail();
        return childrenOf(grant, dav('privilege')).map(({ children }) => children[0]?.name);
      });
      assert.deepEqual(owners, [dav('all'), dav('read'), dav('write')]);
      assert.deepEqual(bobs, [dav('read')]);
    }
  });

  it('several entries for one principal add up', async () => {
    assert.equal((await acl(ace(bob, dav('read')) + ace(bob, dav('write')))).status, 200);
    assert.deepEqual(await privileges(at, calendar, { as: at.bob }), writing);
  });

  it('everyone who is signed in can be given rights, but not all of them', async () => {
    assert.equal((await acl(ace('<D:authenticated/>', dav('read')))).status, 200);
    assert.equal(await sees(), 207);
    assert.deepEqual(preconditions(await acl(ace('<D:authenticated/>', dav('all')))), ['allowed-principal']);
  });

  for (const level of levels) {
    it(`what the list says of the level ${level} means that level when it is sent back`, async () => {
      await share(at, at.bob, level);
      const list = await property(at, calendar, dav('acl'));
      const granted = list.children.at(-1)?.children.find(({ name }) => name === dav('grant'));
      const names = granted?.children.map(({ children }) => children[0]?.name ?? dav('x')) ?? [];
      await acl(ace(bob, ...names));
      const [grant] = await at.services.storage.grants(id(await calendarId(at)));
      assert.equal(grant?.level, level);
    });
  }

  it('a list that is read and sent back changes nothing, titles included', async () => {
    await share(at, at.bob, 'titles');
    const before = await at.services.storage.grants(
      (await import('../../src/core/ids.ts')).id(await calendarId(at)),
    );
    const list = (await property(at, calendar, dav('acl'))).children;
    assert.ok(list.length >= 2);
    await acl(ace(bob, caldav('read-free-busy')));
    assert.deepEqual(
      await at.services.storage.grants((await import('../../src/core/ids.ts')).id(await calendarId(at))),
      before,
    );
  });

  const refused: readonly (readonly [string, string, string])[] = [
    [
      'a principal that is none',
      ace('<D:href>/dav/principals/nobody/</D:href>', dav('read')),
      'recognized-principal',
    ],
    ['a calendar as a principal', ace(`<D:href>${calendar}</D:href>`, dav('read')), 'recognized-principal'],
    ['everyone, signed in or not', ace('<D:all/>', dav('read')), 'allowed-principal'],
    ['oneself', ace('<D:self/>', dav('read')), 'allowed-principal'],
    ['a privilege that is none', ace(bob, dav('fly')), 'not-supported-privilege'],
    ['writing without reading', ace(bob, dav('write')), 'no-ace-conflict'],
    ['adding without reading', ace(bob, dav('bind')), 'no-ace-conflict'],
    ['changing without adding', ace(bob, dav('read'), dav('write-content')), 'no-ace-conflict'],
    [
      'a denial',
      `<D:ace><D:principal>${bob}</D:principal><D:deny>${privilegeElements(dav('read'))}</D:deny></D:ace>`,
      'grant-only',
    ],
    [
      'everybody but one',
      `<D:ace><D:invert><D:principal>${bob}</D:principal></D:invert><D:grant>${privilegeElements(dav('read'))}</D:grant></D:ace>`,
      'no-invert',
    ],
  ];
  for (const [what, aces, precondition] of refused) {
    it(`RFC 3744 §8.1.1: a list with ${what} is refused with ${precondition}`, async () => {
      const answer = await acl(aces);
      assert.equal(answer.status, 403, answer.text);
      assert.deepEqual(preconditions(answer), [precondition]);
      assert.equal(await sees(), 404);
    });
  }

  it('RFC 3744 §5.3: privileges that are granted as parts of others only are abstract', async () => {
    const set = await property(at, calendar, dav('supported-privilege-set'));
    const abstract: string[] = [];
    const visit = (element: XmlElement): void => {
      if (childOf(element, dav('abstract'))) {
        abstract.push(localNameOf(childOf(element, dav('privilege'))?.children[0]?.name ?? dav('x')));
      }
      for (const inner of childrenOf(element, dav('supported-privilege'))) visit(inner);
    };
    visit(set);
    const parts = ['write-properties', 'unbind', 'unlock', 'read-acl', 'write-acl'];
    assert.deepEqual(abstract, parts);
    const ofHome = await at.send('PROPFIND', home, {
      depth: '0',
      body: '<propfind xmlns="DAV:"><prop><supported-privilege-set/></prop></propfind>',
    });
    assert.doesNotMatch(ofHome.text, /abstract/);
    for (const part of parts) {
      const answer = await acl(ace(bob, dav('read'), dav(part)));
      assert.deepEqual([answer.status, preconditions(answer)], [403, ['no-abstract']], part);
    }
  });

  it('RFC 3744 §5.5: lists are read by those who manage, inherited ones say from where', async () => {
    await share(at, at.bob, 'read');
    const own = await property(at, calendar, dav('acl'));
    assert.deepEqual(
      own.children.map(({ children }) => localNameOf(children[0]?.children[0]?.name ?? dav('x'))),
      ['property', 'href'],
    );
    const inherited = await property(at, `${calendar}a.ics`, dav('acl'));
    assert.match(
      JSON.stringify(inherited.children.map(({ children }) => children.map(({ name }) => name))),
      /inherited/,
    );
    assert.deepEqual(hrefs(await property(at, `${calendar}a.ics`, dav('inherited-acl-set'))), [calendar]);
    assert.deepEqual(hrefs(await property(at, calendar, dav('inherited-acl-set'))), []);
    const { responses } = await propfind(at, calendar, [dav('acl')], { as: at.bob });
    assert.equal(responses[0]?.properties.get(dav('acl'))?.status, 403);
    for (const [path, status] of [
      [home, 200],
      ['/dav/principals/alice/', 200],
      ['/dav/principals/bob/', 403],
      ['/dav/', 403],
    ] as const) {
      const {
        responses: [first],
      } = await propfind(at, path, [dav('acl'), dav('acl-restrictions'), dav('supported-privilege-set')]);
      assert.equal(first?.properties.get(dav('acl'))?.status, status, path);
      assert.equal(first?.properties.get(dav('supported-privilege-set'))?.status, 200);
    }
  });

  it('RFC 3744 §5.5: where lists may not be read, each member of a listing says so, and all else is told', async () => {
    await share(at, at.bob, 'read');
    const asked = [dav('getetag'), dav('acl')];
    const shared = `/dav/calendars/bob/shared-${(await calendarId(at)).toString(36)}/`;
    await at.send('PUT', `${calendar}b.ics`, { body: event({ uid: 'b' }) });
    for (const more of [[], [dav('getcontentlength')]]) {
      const names = [...asked, ...more];
      const { responses } = await propfind(at, shared, names, { as: at.bob, depth: '1' });
      assert.equal(responses.length, 3);
      for (const { href, properties } of responses) {
        assert.equal(properties.get(dav('acl'))?.status, 403, href);
        if (href !== shared) assert.equal(properties.get(dav('getetag'))?.status, 200, href);
      }
      const own = await propfind(at, calendar, names, { depth: '1' });
      assert.ok(own.responses.every(({ properties }) => properties.get(dav('acl'))?.status === 200));
    }
  });

  it('only those who manage change a list, and only lists of calendars are changed', async () => {
    await share(at, at.bob, 'edit');
    assert.deepEqual(preconditions(await acl(ace(bob, dav('all')), calendar, { as: at.bob })), [
      'need-privileges',
    ]);
    for (const path of [home, `${calendar}a.ics`, '/dav/principals/alice/']) {
      assert.equal((await acl(ace(bob, dav('read')), path)).status, 405, path);
    }
  });

  it('RFC 3744 §9.2: acl-principal-prop-set tells of the principals in a list', async () => {
    await share(at, at.bob, 'read');
    const body =
      '<D:acl-principal-prop-set xmlns:D="DAV:"><D:prop><D:displayname/></D:prop></D:acl-principal-prop-set>';
    const answer = await at.send('REPORT', calendar, { body, depth: '0' });
    assert.deepEqual(found(answer).length >= 1, true);
    assert.match(answer.text, /\/dav\/principals\/bob\//);
  });
});
