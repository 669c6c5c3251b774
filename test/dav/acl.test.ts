import assert from 'node:assert/strict';
import { expandPrivilege } from '../../src/dav/privilege.ts';
import { dav } from '../../src/xml/name.ts';
import { type OpenLibrary, openLibrary } from './library.ts';
import type { Answer } from './wire.ts';

const shelf = '/dav/library/poems/';
const ace = (principal: string, inner: string): string =>
  `<D:ace><D:principal>${principal}</D:principal>${inner}</D:ace>`;
const grant = (...privileges: string[]): string =>
  `<D:grant>${privileges.map((name) => `<D:privilege><${name}/></D:privilege>`).join('')}</D:grant>`;
const bo = '<D:href>/dav/people/bo</D:href>';

describe('access control', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const acl = (aces: string, path = shelf): Promise<Answer> =>
    at.ask('ACL', path, {
      body: `<D:acl xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${aces}</D:acl>`,
    });
  const told = async (names: string, path = shelf): Promise<string> =>
    (
      await at.ask('PROPFIND', path, {
        headers: { depth: '0' },
        body: `<propfind xmlns="DAV:"><prop>${names}</prop></propfind>`,
      })
    ).text;

  it('tells the list, its restrictions and where it comes from', async () => {
    at.library.aces = [
      { principal: { is: 'property', property: dav('owner') }, grant: ['all'], isProtected: true },
      {
        principal: { is: 'href', href: '/dav/people/bo/' },
        grant: ['read', 'read-free-busy'],
        isProtected: false,
        inheritedFrom: '/dav/library/',
      },
      { principal: { is: 'authenticated' }, grant: ['read-free-busy'], isProtected: false },
    ];
    assert.match(
      await told('<acl/>'),
      new RegExp(
        '<D:acl><D:ace><D:principal><D:property><D:owner/></D:property></D:principal><D:grant><D:privilege><D:all/></D:privilege></D:grant>' +
          '<D:protected/></D:ace><D:ace><D:principal><D:href>/dav/people/bo/</D:href></D:principal><D:grant><D:privilege><D:read/></D:privilege>' +
          '<D:privilege><C:read-free-busy/></D:privilege></D:grant><D:inherited><D:href>/dav/library/</D:href></D:inherited></D:ace>' +
          '<D:ace><D:principal><D:authenticated/></D:principal>',
      ),
    );
    assert.match(await told('<acl-restrictions/>'), /<D:acl-restrictions><D:grant-only\/><D:no-invert\/>/);
    assert.match(
      await told('<inherited-acl-set/>', `${shelf}a`),
      /<D:inherited-acl-set><D:href>\/dav\/library\/poems\//,
    );
    assert.match(
      await told('<owner/><group/>'),
      /<D:owner><D:href>\/dav\/people\/ann\/<.*<D:group\/><\/D:prop><D:status>HTTP\/1.1 404/,
    );
  });

  it('tells the privileges there are as a tree, and those one has as a list', async () => {
    const tree = await told('<supported-privilege-set/>');
    assert.match(
      tree,
      /<D:supported-privilege><D:privilege><D:all\/><\/D:privilege><D:description xml:lang="en">Any operation<\/D:description><D:supported-privilege>/,
    );
    assert.match(
      tree,
      /<D:read\/><\/D:privilege><D:description xml:lang="en">[^<]*<\/D:description><D:supported-privilege><D:privilege><C:read-free-busy\/>/,
    );
    at.library.privileges = new Set(expandPrivilege('read'));
    assert.match(
      await told('<current-user-privilege-set/>'),
      /<D:current-user-privilege-set><D:privilege><D:read\/><\/D:privilege><D:privilege><C:read-free-busy\/><\/D:privilege><D:privilege><D:read-current-user-privilege-set\/>/,
    );
  });

  it('keeps the list from those who may not read it', async () => {
    at.library.privileges = new Set(['read']);
    assert.match(
      await told('<acl/><current-user-privilege-set/><owner/>'),
      /<D:owner>.*<D:acl\/><\/D:prop><D:status>HTTP\/1.1 403.*<D:read-acl\/>/,
    );
  });

  it('tells who the current user is on every resource', async () => {
    for (const path of ['/dav/', '/dav/people/', '/dav/library/poems/a']) {
      const text = await told('<current-user-principal/><principal-collection-set/><principal-URL/>', path);
      assert.match(
        text,
        /<D:current-user-principal><D:href>\/dav\/people\/ann\/<.*<D:principal-collection-set><D:href>\/dav\/people\/</,
      );
      assert.match(text, /<D:principal-URL><D:href>\/dav\/people\/ann\/</);
    }
  });

  it('tells the properties of principals', async () => {
    const text = await told(
      '<principal-URL/><alternate-URI-set/><group-membership/><group-member-set/>',
      '/dav/people/ann/',
    );
    assert.match(text, /<D:principal-URL><D:href>\/dav\/people\/ann\/</);
    assert.match(text, /<D:alternate-URI-set><D:href>mailto:Ann@example.com</);
    assert.match(text, /<D:group-membership><D:href>\/dav\/people\/friends\//);
    assert.match(text, /<D:group-member-set\/>.*HTTP\/1.1 200 OK<\/D:status><\/D:propstat><\/D:response>/);
    assert.match(
      await told('<group-member-set/><group-membership/>', '/dav/people/friends/'),
      /<D:group-member-set><D:href>\/dav\/people\/ann\/.*<D:group-membership\/>/,
    );
  });

  it('tells the quota, never below nothing', async () => {
    assert.match(
      await told('<quota-available-bytes/><quota-used-bytes/>'),
      /<D:quota-available-bytes>0<\/D:quota-available-bytes><D:quota-used-bytes>100</,
    );
  });

  describe('ACL', () => {
    it('replaces the entries that can be changed', async () => {
      const answer = await acl(
        ace(bo, grant('D:read', 'C:read-free-busy')) +
          ace('<D:all/>', grant('D:read')) +
          ace('<D:self/>', grant('D:write')) +
          ace('<D:unauthenticated/>', grant()) +
          ace('<D:property><D:owner/></D:property>', grant('D:write-acl')),
      );
      assert.deepEqual([answer.status, answer.text], [200, '']);
      assert.deepEqual(at.library.aces.slice(1), [
        {
          principal: { is: 'href', href: '/dav/people/bo/' },
          grant: ['read', 'read-free-busy'],
          isProtected: false,
        },
        { principal: { is: 'all' }, grant: ['read'], isProtected: false },
        { principal: { is: 'self' }, grant: ['write'], isProtected: false },
        { principal: { is: 'unauthenticated' }, grant: [], isProtected: false },
        { principal: { is: 'property', property: '{DAV:}owner' }, grant: ['write-acl'], isProtected: false },
      ]);
    });

    it('takes back the fixed entries that a client has read', async () => {
      const owner = ace('<D:property><D:owner/></D:property>', `${grant('D:all')}<D:protected/>`);
      assert.equal((await acl(owner + ace('<D:authenticated/>', grant('D:read')))).status, 200);
      assert.equal(at.library.aces.length, 2);
    });

    for (const [what, aces, precondition] of [
      ['denials', ace(bo, '<D:deny><D:privilege><D:read/></D:privilege></D:deny>'), 'grant-only'],
      [
        'inverted principals',
        `<D:ace><D:invert><D:principal>${bo}</D:principal></D:invert>${grant('D:read')}</D:ace>`,
        'no-invert',
      ],
      ['new protected entries', ace(bo, `${grant('D:read')}<D:protected/>`), 'no-ace-conflict'],
      [
        'other privileges in a protected entry',
        ace('<D:property><D:owner/></D:property>', `${grant('D:read')}<D:protected/>`),
        'no-protected-ace-conflict',
      ],
      [
        'new inherited entries',
        ace(bo, `${grant('D:read')}<D:inherited><D:href>/dav/</D:href></D:inherited>`),
        'no-ace-conflict',
      ],
      ['unknown privileges', ace(bo, grant('D:fly')), 'not-supported-privilege'],
      ['empty privileges', ace(bo, '<D:grant><D:privilege/></D:grant>'), 'not-supported-privilege'],
      [
        'people who are not there',
        ace('<D:href>/dav/people/nobody/</D:href>', grant('D:read')),
        'recognized-principal',
      ],
      ['hrefs of other things', ace(`<D:href>${shelf}</D:href>`, grant('D:read')), 'recognized-principal'],
      [
        'hrefs of other servers',
        ace('<D:href>http://other.org/</D:href>', grant('D:read')),
        'recognized-principal',
      ],
      [
        'two privileges in the place of one',
        ace(bo, '<D:grant><D:privilege><D:read/><D:write/></D:privilege></D:grant>'),
        'not-supported-privilege',
      ],
      ['unknown principals', ace('<D:everybody/>', grant('D:read')), 'recognized-principal'],
      ['endless lists', ace(bo, grant('D:read')).repeat(1001), 'limited-number-of-aces'],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const answer = await acl(aces);
        assert.deepEqual([answer.status, answer.precondition()], [403, precondition]);
        assert.equal(at.library.aces.length, 1);
      });
    }

    it('refuses bodies that are no list', async () => {
      assert.equal((await at.ask('ACL', shelf)).status, 400);
      assert.equal((await at.ask('ACL', shelf, { body: '<x/>' })).status, 400);
      assert.equal((await acl('<D:ace/>')).status, 400);
      assert.equal((await acl(ace(`${bo}<D:all/>`, grant('D:read')))).status, 400, 'two principals');
      assert.equal((await acl(ace(bo, grant('D:read') + grant('D:write')))).status, 400, 'two grants');
      assert.equal(at.library.aces.length, 1);
      assert.equal((await acl(ace('<D:property/>', grant('D:read')))).status, 400);
    });

    it('needs write-acl, and a kind whose list can be changed', async () => {
      assert.equal((await acl('', `${shelf}a`)).status, 405);
      at.library.privileges = new Set(['read', 'write']);
      assert.equal((await acl('')).precondition(), 'need-privileges');
    });
  });

  it('knows no ACL method where no list can be changed', async () => {
    const { options } = at.dav;
    at = openLibrary({
      access: { privileges: options.access.privileges, owner: options.access.owner, acl: options.access.acl },
    });
    assert.doesNotMatch((await at.ask('OPTIONS', shelf)).headers['Allow'] ?? '', /ACL/);
    assert.equal((await acl('')).status, 405);
  });
});
