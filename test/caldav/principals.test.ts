import assert from 'node:assert/strict';
import { createGroup, setMember } from '../../src/service/people/people.ts';
import { dav } from '../../src/xml/name.ts';
import { type Client, client, hrefs, multistatus, propfind, xml } from './client.ts';

const search = (property: string, value: string, attributes = ''): string =>
  `<D:principal-property-search xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/" ${attributes}><D:property-search><D:prop>${property}</D:prop><D:match>${value}</D:match></D:property-search><D:prop><D:displayname/></D:prop></D:principal-property-search>`;

describe('reports about principals', () => {
  let at: Client;
  before(async () => {
    at = await client();
  });
  after(() => at.close());

  const principals = '/dav/principals/';
  const list = (answer: Parameters<typeof multistatus>[0]): readonly string[] =>
    multistatus(answer)
      .responses.map(({ href }) => href.slice(principals.length, -1))
      .sort();

  it('RFC 3744 §9.4: principals are found by name, address and type', async () => {
    for (const [body, names] of [
      [search('<D:displayname/>', 'bo'), ['bob']],
      [search('<S:email-address-set/>', 'EXAMPLE.com'), ['alice', 'bob', 'root']],
      [search('<C:calendar-user-address-set/>', 'mailto:alice@'), ['alice']],
      [search('<C:calendar-user-type/>', 'group'), ['team']],
      [search('<D:getetag/>', 'x'), []],
    ] as const) {
      assert.deepEqual(list(await at.send('REPORT', principals, { body, depth: '0' })), names);
    }
  });

  it('RFC 3744 §9.5: the searchable properties are told', async () => {
    const body = '<D:principal-search-property-set xmlns:D="DAV:"/>';
    const answer = await at.send('REPORT', principals, { body, depth: '0' });
    assert.equal(answer.status, 200);
    assert.equal(xml(answer).children.length, 4);
  });

  it("RFC 3744 §9.3: principal-match finds oneself and one's groups", async () => {
    const body = '<D:principal-match xmlns:D="DAV:"><D:self/></D:principal-match>';
    assert.deepEqual(list(await at.send('REPORT', principals, { as: at.bob, body, depth: '0' })), [
      'bob',
      'team',
    ]);
  });

  it('RFC 3253 §3.8: expand-property follows hrefs', async () => {
    const body =
      '<D:expand-property xmlns:D="DAV:"><D:property name="current-user-principal"><D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="displayname"/></D:property></D:property></D:expand-property>';
    const answer = await at.send('REPORT', '/dav/', { body, depth: '0' });
    assert.equal(answer.status, 207);
    assert.match(answer.text, /<D:displayname>ALICE<\/D:displayname>/);
  });

  for (const [words, context, names] of [
    [['ali'], 'attendee', ['alice']],
    [['example', 'bob'], 'attendee', ['bob']],
    [['e'], 'group', ['team']],
    [['e'], 'location', []],
    [['e'], 'resource', []],
    [['e'], 'user', ['alice', 'bob', 'root']],
    [['nobody'], 'user', []],
  ] as const) {
    it(`clients.md W36: ${words.join(' and ')} as ${context} finds ${names.join(', ') || 'nobody'}`, async () => {
      const tokens = words.map((word) => `<S:search-token>${word}</S:search-token>`).join('');
      const body = `<S:calendarserver-principal-search xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:" context="${context}">${tokens}<D:prop><D:displayname/></D:prop></S:calendarserver-principal-search>`;
      assert.deepEqual(list(await at.send('REPORT', principals, { body, depth: '0' })), [...names]);
    });
  }

  it('clients.md W36: a limit bounds what a search for invitees finds', async () => {
    const body =
      '<S:calendarserver-principal-search xmlns:S="http://calendarserver.org/ns/" xmlns:D="DAV:"><S:search-token>e</S:search-token><S:limit><S:nresults>2</S:nresults></S:limit></S:calendarserver-principal-search>';
    assert.equal(list(await at.send('REPORT', principals, { body })).length, 2);
    assert.equal((await at.send('REPORT', principals, { body: body.replace('>e<', '> <') })).status, 400);
  });

  it('RFC 3744 §4.3, §4.4: groups and members name each other', async () => {
    const {
      responses: [team],
    } = await propfind(at, `${principals}team/`, [dav('group-member-set')]);
    assert.deepEqual(hrefs(team?.properties.get(dav('group-member-set'))?.element ?? assert.fail()), [
      `${principals}bob/`,
    ]);
    const {
      responses: [bob],
    } = await propfind(at, `${principals}bob/`, [dav('group-membership'), dav('alternate-URI-set')]);
    assert.deepEqual(hrefs(bob?.properties.get(dav('group-membership'))?.element ?? assert.fail()), [
      `${principals}team/`,
    ]);
    assert.equal(
      hrefs(bob?.properties.get(dav('alternate-URI-set'))?.element ?? assert.fail())[0],
      'mailto:bob@example.com',
    );
  });

  it('RFC 3744 §4.3, §4.4: direct members and groups are told, and that somebody has none', async () => {
    const outer = await createGroup(at.services, at.system, 'group', { name: 'outer' });
    await setMember(at.services, at.system, outer, at.team, true);
    const told = async (name: string, property: 'group-membership' | 'group-member-set') => {
      const { responses } = await propfind(at, `${principals}${name}/`, [dav(property)]);
      const { status, element } = responses[0]?.properties.get(dav(property)) ?? assert.fail();
      assert.equal(status, 200);
      return hrefs(element);
    };
    assert.deepEqual(await told('bob', 'group-membership'), [`${principals}team/`]);
    assert.deepEqual(await told('team', 'group-membership'), [`${principals}outer/`]);
    assert.deepEqual(await told('outer', 'group-member-set'), [`${principals}team/`]);
    assert.deepEqual(await told('bob', 'group-member-set'), []);
  });
});
