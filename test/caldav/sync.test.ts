import assert from 'node:assert/strict';
import { patchCalendar } from '../../src/service/calendars/calendars.ts';
import { importCalendar } from '../../src/service/calendars/import.ts';
import { listTrash, restore } from '../../src/service/calendars/trash.ts';
import { deleteObject } from '../../src/service/objects/objects.ts';
import { apple, caldav, calendarserver, dav } from '../../src/xml/name.ts';
import { actor, all, event, seen, share, text } from '../service/office.ts';
import {
  type Client,
  client,
  emptyElement,
  multistatus,
  preconditions,
  propfind,
  syncBody,
} from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

async function sharedOf(at: Client, who = at.bob): Promise<string> {
  const { responses } = await propfind(at, `/dav/calendars/${who.name}/`, [dav('resourcetype')], {
    as: who,
    depth: '1',
  });
  return responses.map(({ href }) => href).find((href) => href.includes('shared-')) ?? '';
}

describe('sync-collection', () => {
  let at: Client;
  beforeEach(async () => {
    at = await client();
    for (const uid of ['a', 'b', 'c']) await at.send('PUT', `${calendar}${uid}`, { body: event({ uid }) });
  });
  afterEach(() => at.close());

  const sync = async (
    token: string,
    path = calendar,
    level: '1' | 'infinite' = '1',
    more = '',
    as = at.alice,
  ) => multistatus(await at.send('REPORT', path, { as, body: syncBody(token, level, more) }));
  const names = (responses: Awaited<ReturnType<typeof sync>>['responses']): readonly string[] =>
    responses.map(
      ({ href, status }) =>
        `${href.slice(href.startsWith(calendar) ? calendar.length : 0)}${status ? ` ${status}` : ''}`,
    );

  it('RFC 6578 §3.4: an empty token lists all members, the collection not among them', async () => {
    const { responses, token } = await sync('');
    assert.deepEqual(names(responses), ['a', 'b', 'c']);
    assert.match(token ?? '', /^https:\/\//);
  });

  it('RFC 6578 §5: of many that write on the condition of one token a single one succeeds', async () => {
    const condition = async (): Promise<Readonly<Record<string, string>>> => ({
      If: `<${calendar}> (<${(await sync('')).token}>)`,
    });
    const headers = await condition();
    const race = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        at.send('PUT', `${calendar}n${n}`, { body: event({ uid: `n${n}` }), headers }),
      ),
    );
    assert.deepEqual(
      race.map(({ status }) => status).toSorted((one, other) => one - other),
      [201, ...Array<number>(7).fill(412)],
    );
    assert.equal((await at.send('DELETE', `${calendar}a`, { headers })).status, 412);
    const fresh = await condition();
    assert.equal((await at.send('DELETE', `${calendar}a`, { headers: fresh })).status, 204);
    const destination = { ...(await condition()), Destination: `${calendar}moved` };
    assert.equal((await at.send('MOVE', `${calendar}b`, { headers: destination })).status, 201);
  });

  it('RFC 6578 §5: the same on the condition of the token of a home', async () => {
    const condition = async (): Promise<Readonly<Record<string, string>>> => ({
      If: `<${home}> (<${(await sync('', home)).token}>)`,
    });
    const headers = await condition();
    // Another person's directory entry moves meanwhile, which is nothing of this home.
    const elsewhere = at.send('MKCALENDAR', '/dav/calendars/bob/new/', { as: at.bob });
    const race = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        n % 2 === 0
          ? at.send('PUT', `${calendar}n${n}`, { body: event({ uid: `n${n}` }), headers })
          : at.send('MKCALENDAR', `${home}n${n}/`, { headers }),
      ),
    );
    assert.equal((await elsewhere).status, 201);
    assert.deepEqual(
      race.map(({ status }) => status).toSorted((one, other) => one - other),
      [201, ...Array<number>(7).fill(412)],
    );
    assert.equal((await at.send('DELETE', `${calendar}a`, { headers })).status, 412);
    const fresh = await condition();
    const renamed =
      '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>New</D:displayname></D:prop></D:set></D:propertyupdate>';
    assert.equal((await at.send('PROPPATCH', calendar, { body: renamed, headers: fresh })).status, 207);
    assert.equal((await at.send('PROPPATCH', calendar, { body: renamed, headers: fresh })).status, 412);
  });

  it('RFC 6578 §3.5: afterwards only what changed is told, with 404 for what is gone', async () => {
    const { token = '' } = await sync('');
    assert.deepEqual(names((await sync(token)).responses), []);
    await at.send('PUT', `${calendar}b`, { body: event({ uid: 'b', summary: 'New' }) });
    await at.send('DELETE', `${calendar}c`);
    await at.send('PUT', `${calendar}d`, { body: event({ uid: 'd' }) });
    const after = await sync(token);
    assert.deepEqual([...names(after.responses)].sort(), ['b', 'c 404', 'd']);
    assert.deepEqual(names((await sync(after.token ?? '')).responses), []);
  });

  for (const whose of ['alice', 'bob'] as const) {
    it(`${whose} is told the same of changes whether or not their properties need a look at each object`, async () => {
      await share(at, at.bob, 'read');
      const path = whose === 'alice' ? calendar : await sharedOf(at);
      const { token = '' } = await sync('', path, '1', '', at[whose]);
      await at.send('PUT', `${calendar}a`, { body: event({ uid: 'a', summary: 'New' }) });
      await at.send('PUT', `${calendar}d`, { body: event({ uid: 'd', more: ['CLASS:PRIVATE'] }) });
      await at.send('PUT', `${calendar}e%20é&`, { body: event({ uid: 'e' }) });
      await at.send('DELETE', `${calendar}c`);
      const told = async (
        asked: string,
      ): Promise<{ lines: readonly unknown[]; token: string | undefined }> => {
        const body = syncBody(token).replace('<D:getetag/>', asked);
        const answer = multistatus(await at.send('REPORT', path, { as: at[whose], body }));
        const lines = answer.responses.map(({ href, status, properties }) => [
          href,
          status ?? properties.get(dav('getetag'))?.element.text,
        ]);
        return { lines, token: answer.token };
      };
      const briefly = await told('<D:getetag/><D:getcontenttype/><D:unknown/>');
      assert.deepEqual(briefly, await told('<D:getetag/><D:getcontentlength/>'));
      assert.equal(briefly.lines.length, 4);
    });
  }

  it('RFC 6578 §3.6: a limit truncates with 507, and the token goes on from there', async () => {
    const limit = '<D:limit><D:nresults>2</D:nresults></D:limit>';
    const seen: string[] = [];
    let token = '';
    for (let round = 0; round < 5; round++) {
      const answer = await sync(token, calendar, '1', limit);
      token = answer.token ?? '';
      const cut = answer.responses.find(({ status }) => status === 507);
      assert.ok(answer.responses.length <= 3);
      seen.push(...names(answer.responses.filter((one) => one !== cut)));
      if (!cut) break;
      assert.equal(cut.href, calendar);
    }
    assert.deepEqual(seen, ['a', 'b', 'c']);
  });

  it('the token in PROPFIND is the one of the report, and moves together with ctag (demand 11)', async () => {
    const state = async (): Promise<readonly (string | undefined)[]> => {
      const { responses } = await propfind(at, calendar, [dav('sync-token'), calendarserver('getctag')]);
      return [dav('sync-token'), calendarserver('getctag')].map(
        (name) => responses[0]?.properties.get(name)?.element.text,
      );
    };
    const before = await state();
    assert.equal(before[0], (await sync('')).token);
    await at.send('PUT', `${calendar}a`, { body: event({ uid: 'a', summary: 'New' }) });
    const after = await state();
    assert.notEqual(after[0], before[0]);
    assert.notEqual(after[1], before[1]);
    await at.send('PROPPATCH', calendar, {
      body: '<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:displayname>N</D:displayname></D:prop></D:set></D:propertyupdate>',
    });
    assert.notEqual((await state())[1], after[1]);
  });

  it('demand 11: whatever changes what is seen moves token and ctag of calendar and home, and the entity tag', async () => {
    const alice = await actor(at, at.alice);
    const state = async (): Promise<readonly (string | undefined)[]> => {
      const told: (string | undefined)[] = [];
      for (const path of [calendar, home]) {
        const { responses } = await propfind(at, path, [dav('sync-token'), calendarserver('getctag')]);
        for (const { element } of responses[0]?.properties.values() ?? []) told.push(element.text);
      }
      const { headers } = await at.send('HEAD', `${calendar}a`);
      return [...told, headers['ETag']];
    };
    const imported = text([
      'BEGIN:VEVENT',
      'UID:a',
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20260501',
      'END:VEVENT',
    ]);
    let before = await state();
    for (const [what, isOfObject, change] of [
      ['an import', true, async () => importCalendar(at.services, alice, await seen(at), imported)],
      [
        'the page',
        false,
        async () => patchCalendar(at.services, alice, await seen(at), { color: '#112233FF' }),
      ],
      ['a deletion', true, async () => deleteObject(at.services, alice, await seen(at), 'a')],
      [
        'the trash',
        true,
        async () => {
          const [gone] = await all(listTrash(at.services, alice, at.alice));
          await restore(at.services, alice, at.alice, gone?.id ?? assert.fail());
        },
      ],
    ] as const) {
      await change();
      const after = await state();
      assert.equal(after.length, 5);
      for (const [index, value] of after.entries())
        assert.equal(value === before[index], index === 4 && !isOfObject, `${what} ${index}: ${value}`);
      before = after;
    }
  });

  it('clients.md W14: the home tells of its calendars at level 1', async () => {
    const first = await sync('', home);
    assert.deepEqual(names(first.responses), ['', `${home}tasks/`]);
    await at.send('PUT', `${calendar}a`, { body: event({ uid: 'a', summary: 'New' }) });
    await at.send('MKCALENDAR', `${home}new/`);
    await at.send('DELETE', `${home}tasks/`);
    const second = await sync(first.token ?? '', home);
    assert.deepEqual([...names(second.responses)].sort(), ['', `${home}new/`, `${home}tasks/ 404`]);
    assert.deepEqual(names((await sync(second.token ?? '', home)).responses), []);
  });

  it('clients.md W14: the home tells of each calendar all that PROPFIND would', async () => {
    const names = [
      dav('displayname'),
      dav('resourcetype'),
      dav('sync-token'),
      dav('current-user-privilege-set'),
      calendarserver('getctag'),
      calendarserver('pushkey'),
      caldav('supported-calendar-component-set'),
      caldav('schedule-calendar-transp'),
      apple('calendar-order'),
    ];
    const { responses } = await propfind(at, home, names, { depth: '1' });
    const listed = responses.filter(({ href }) => href !== home);
    assert.equal(listed.length, 2);
    const body = syncBody('').replace('<D:getetag/>', names.map(emptyElement).join(''));
    const answer = multistatus(await at.send('REPORT', home, { body, depth: '1' }));
    assert.deepEqual(answer.responses, listed);
  });

  it('caldav.md, priority 13: the home tells of all objects at level infinite', async () => {
    const first = await sync('', home, 'infinite');
    assert.deepEqual([...names(first.responses)].sort(), ['', `${home}tasks/`, 'a', 'b', 'c'].sort());
    await at.send('DELETE', `${calendar}b`);
    const second = await sync(first.token ?? '', home, 'infinite');
    assert.deepEqual([...names(second.responses)].sort(), ['', 'b 404']);
  });

  it('RFC 6578 §3.5.2: who knows the objects of a calendar that another has replaced starts anew', async () => {
    const made = `${home}new/`;
    await at.send('MKCALENDAR', made);
    await at.send('PUT', `${made}old`, { body: event({ uid: 'old' }) });
    const flat = await sync('', home);
    const whole = await sync('', home, 'infinite');
    await at.send('DELETE', made);
    await at.send('MKCALENDAR', made);
    const body = syncBody(whole.token ?? '', 'infinite');
    assert.deepEqual(preconditions(await at.send('REPORT', home, { body })), ['valid-sync-token']);
    // Who knows the calendars alone is told of the one that has changed.
    assert.deepEqual(names((await sync(flat.token ?? '', home)).responses), [made]);
  });

  for (const level of ['1', 'infinite'] as const) {
    for (const count of [1, 2, 3]) {
      it(`RFC 6578 §3.6: a home at level ${level} is told in parts of ${count}, too`, async () => {
        await at.send('MKCALENDAR', `${home}new/`);
        const limit = `<D:limit><D:nresults>${count}</D:nresults></D:limit>`;
        const follow = async (from: string): Promise<{ told: readonly string[]; token: string }> => {
          const told: string[] = [];
          let token = from;
          for (let round = 0; round < 12; round++) {
            const answer = await sync(token, home, level, limit);
            token = answer.token ?? '';
            const cut = answer.responses.filter(({ status }) => status === 507);
            told.push(...names(answer.responses.filter((one) => !cut.includes(one))));
            assert.ok(answer.responses.length - cut.length <= count);
            if (cut.length === 0) return { told: told.sort(), token };
            assert.equal(cut[0]?.href, home);
          }
          return assert.fail('it never ends');
        };
        const objects = level === '1' ? [] : ['a', 'b', 'c'];
        const first = await follow('');
        assert.deepEqual(first.told, ['', `${home}new/`, `${home}tasks/`, ...objects].sort());
        assert.deepEqual(await follow(first.token), { told: [], token: first.token });

        await at.send('DELETE', `${home}tasks/`);
        await at.send('DELETE', `${calendar}b`);
        await at.send('PUT', `${calendar}d`, { body: event({ uid: 'd' }) });
        await at.send('PUT', `${home}new/e`, { body: event({ uid: 'e' }) });
        const inside = level === '1' ? [] : ['b 404', 'd', `${home}new/e`];
        const second = await follow(first.token);
        assert.deepEqual(second.told, ['', `${home}new/`, `${home}tasks/ 404`, ...inside].sort());
        assert.deepEqual((await sync(second.token, home, level)).responses, []);
      });
    }
  }

  it('a calendar that is shared appears in the home of the other, and disappears again', async () => {
    const bobs = '/dav/calendars/bob/';
    const first = await sync('', bobs, '1', '', at.bob);
    await share(at, at.bob, 'read');
    const second = await sync(first.token ?? '', bobs, '1', '', at.bob);
    assert.equal(second.responses.length, 1);
    const shared = second.responses[0]?.href ?? '';
    assert.match(shared, /shared-/);
    await share(at, at.bob, null);
    const third = await sync(second.token ?? '', bobs, '1', '', at.bob);
    assert.deepEqual(
      third.responses.map(({ href, status }) => [href, status]),
      [[shared, 404]],
    );
  });

  it('a person whose rights change starts anew', async () => {
    await share(at, at.bob, 'read');
    const shared = await sharedOf(at);
    const { token = '' } = await sync('', shared, '1', '', at.bob);
    await share(at, at.bob, 'busy');
    const answer = await at.send('REPORT', shared, { as: at.bob, body: syncBody(token) });
    assert.deepEqual(preconditions(answer), ['valid-sync-token']);
  });

  it('homes of others keep no log', async () => {
    await share(at, at.bob, 'read');
    const answer = await at.send('REPORT', home, { as: at.bob, body: syncBody('') });
    assert.deepEqual(preconditions(answer), ['supported-report']);
    const { responses } = await propfind(at, home, [dav('sync-token')], { as: at.bob });
    assert.equal(responses[0]?.properties.get(dav('sync-token'))?.status, 404);
  });
});
