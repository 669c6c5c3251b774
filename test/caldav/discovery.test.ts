import assert from 'node:assert/strict';
import { apple, caldav, calendarserver, dav } from '../../src/xml/name.ts';
import { event, share } from '../service/office.ts';
import { type Client, client, hrefs, property, propfind, xml } from './client.ts';

const object = '/dav/calendars/alice/personal/here.ics';
const reading = 'OPTIONS, PROPFIND, PROPPATCH, REPORT, GET, HEAD';

describe('discovery', () => {
  let at: Client;
  before(async () => {
    at = await client();
    await at.send('PUT', object, { body: event() });
    await at.send('PUT', '/dav/files/alice/here.txt', { body: 'here' });
  });
  after(() => at.close());

  for (const path of ['/.well-known/caldav', '/.well-known/caldav/', '/.well-known/caldav?x=1']) {
    for (const method of ['GET', 'PROPFIND', 'OPTIONS', 'REPORT']) {
      it(`RFC 6764 §5: ${method} ${path} leads to the context path, asking nobody who they are`, async () => {
        const { status, headers } = await at.send(method, path, { anonymous: true });
        assert.equal(status, 301);
        assert.equal(headers['Location'], '/dav/');
      });
    }
  }

  for (const path of [
    '/',
    '/dav/',
    '/dav',
    '/dav/principals/',
    '/dav/calendars/',
    '/dav/principals/alice/',
    '/dav/calendars/alice/',
    '/dav/calendars/alice/personal/',
    '/dav/calendars/alice/personal',
    object,
    '/dav/files/',
    '/dav/files/alice/',
    '/dav/files/alice/here.txt',
    '/principals/',
    '/principals/users/alice/',
    '/principals/alice%40example.com/',
    '/caldav/v2',
    '/calendar/dav/',
    '/calendar/dav/alice/user/',
  ]) {
    it(`RFC 5397 §3: ${path} tells who asks`, async () => {
      assert.deepEqual(hrefs(await property(at, path, dav('current-user-principal'))), [
        '/dav/principals/alice/',
      ]);
      const collections = await property(at, path, dav('principal-collection-set'));
      assert.deepEqual(hrefs(collections), ['/dav/principals/']);
      assert.equal((await property(at, path, dav('resourcetype'))).name, dav('resourcetype'));
    });

    it(`clients.md W9: OPTIONS ${path} names the same features`, async () => {
      const { status, headers } = await at.send('OPTIONS', path);
      assert.equal(status, 200);
      const isFile = path.startsWith('/dav/files/');
      assert.equal(
        headers['DAV'],
        isFile
          ? '1, 2, 3, access-control, extended-mkcol'
          : '1, 3, access-control, calendar-access, extended-mkcol',
      );
      assert.match(headers['Allow'] ?? '', /PROPFIND/);
    });

    it(`clients.md W15: ${path} wants to know who asks`, async () => {
      assert.equal((await at.send('PROPFIND', path, { anonymous: true, depth: '0' })).status, 401);
    });
  }

  for (const [path, allowed] of [
    ['/', reading],
    ['/dav/', reading],
    ['/dav/principals/alice/', reading],
    ['/dav/calendars/alice/', reading],
    [
      '/dav/calendars/alice/personal/',
      'OPTIONS, PROPFIND, PROPPATCH, REPORT, ACL, GET, HEAD, DELETE, COPY, MOVE',
    ],
    [object, 'OPTIONS, PROPFIND, PROPPATCH, REPORT, GET, HEAD, PUT, DELETE, COPY, MOVE'],
  ] as const)
    it(`clients.md W9: OPTIONS ${path} names all methods that are there`, async () => {
      assert.equal((await at.send('OPTIONS', path)).headers['Allow'], allowed);
    });

  it('RFC 4791 §6.2.1: a principal has one calendar home', async () => {
    const set = await property(at, '/dav/principals/alice/', caldav('calendar-home-set'));
    assert.deepEqual(hrefs(set), ['/dav/calendars/alice/']);
  });

  it('an alias of other servers answers as the principal of whoever asks (W8)', async () => {
    const set = await property(at, '/principals/users/bob/', caldav('calendar-home-set'));
    assert.deepEqual(hrefs(set), ['/dav/calendars/alice/']);
  });

  it('RFC 6638 §2.4.1: the mail address comes first among the calendar addresses (W12)', async () => {
    const [first, second, third] = hrefs(
      await property(at, '/dav/principals/alice/', caldav('calendar-user-address-set')),
    );
    assert.equal(first, 'mailto:alice@example.com');
    assert.match(
      second ?? '',
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.equal(third, '/dav/principals/alice/');
    const mail = await property(at, '/dav/principals/alice/', calendarserver('email-address-set'));
    assert.deepEqual(
      mail.children.map(({ name, text }) => [name, text]),
      [[calendarserver('email-address'), 'alice@example.com']],
    );
  });

  it('caldav.md, priority 1: every resource tells the principal and the home of whoever asks', async () => {
    for (const path of [
      '/',
      '/dav/',
      '/dav/principals/',
      '/dav/calendars/alice/',
      '/dav/calendars/alice/tasks/',
    ]) {
      assert.deepEqual(
        hrefs(await property(at, path, dav('principal-URL'))),
        ['/dav/principals/alice/'],
        path,
      );
      assert.deepEqual(
        hrefs(await property(at, path, caldav('calendar-home-set'))),
        ['/dav/calendars/alice/'],
        path,
      );
    }
  });

  it('RFC 3744 §4.2, RFC 4791 §6.2.1: a principal tells its own', async () => {
    const bob = '/dav/principals/bob/';
    assert.deepEqual(hrefs(await property(at, bob, dav('principal-URL'))), [bob]);
    assert.deepEqual(hrefs(await property(at, bob, caldav('calendar-home-set'))), ['/dav/calendars/bob/']);
  });

  it('a home lists its calendars at depth 1', async () => {
    const { responses } = await propfind(at, '/dav/calendars/alice/', [dav('resourcetype')], { depth: '1' });
    assert.deepEqual(
      responses.map(({ href }) => href),
      ['/dav/calendars/alice/', '/dav/calendars/alice/personal/', '/dav/calendars/alice/tasks/'],
    );
  });

  it('clients.md W11, W13: each calendar is a collection and a calendar and nothing else, and tells what it takes', async () => {
    await share(at, at.bob, 'read');
    const names = [dav('resourcetype'), caldav('supported-calendar-component-set')];
    for (const [who, found] of [
      [at.alice, ['VEVENT', 'VTODO']],
      // His own two, that of his group, and what he shares with him.
      [at.bob, ['VEVENT', 'VTODO', 'VEVENT', 'VEVENT']],
    ] as const) {
      const asked = { as: who, depth: '1' } as const;
      const { responses } = await propfind(at, `/dav/calendars/${who.name}/`, names, asked);
      const [home, ...calendars] = responses.map(({ properties }) =>
        names.map((name) => properties.get(name)?.element.children ?? []),
      );
      assert.deepEqual(
        home?.[0]?.map(({ name }) => name),
        [dav('collection')],
      );
      for (const [types] of calendars)
        assert.deepEqual(
          types?.map(({ name }) => name),
          [dav('collection'), caldav('calendar')],
        );
      assert.deepEqual(
        calendars.map(([, kinds]) => kinds?.map(({ attributes }) => attributes.get('{}name')).join()),
        found,
      );
    }
  });

  it('a phone that asks for 45 properties of its home gets what there is, and 404 for the rest', async () => {
    const names = [
      dav('displayname'),
      dav('sync-token'),
      calendarserver('getctag'),
      apple('calendar-color'),
      dav('owner'),
      caldav('supported-calendar-component-set'),
      dav('current-user-privilege-set'),
      calendarserver('pushkey'),
      caldav('schedule-calendar-transp'),
      dav('quota-used-bytes'),
      dav('quota-available-bytes'),
      dav('resource-id'),
      dav('supported-report-set'),
      caldav('calendar-timezone'),
      dav('add-member'),
      calendarserver('source'),
    ];
    const { responses } = await propfind(at, '/dav/calendars/alice/', names, { depth: '1' });
    const calendar = responses.find(({ href }) => href.endsWith('/personal/'));
    const statuses = Object.fromEntries(
      [...(calendar?.properties ?? [])].map(([name, { status }]) => [name.replace(/^.*\}/, ''), status]),
    );
    assert.deepEqual(statuses, {
      displayname: 200,
      'sync-token': 200,
      getctag: 200,
      owner: 200,
      'supported-calendar-component-set': 200,
      'current-user-privilege-set': 200,
      'schedule-calendar-transp': 200,
      'quota-used-bytes': 200,
      'quota-available-bytes': 200,
      'resource-id': 200,
      'supported-report-set': 200,
      'calendar-color': 404,
      pushkey: 404,
      'calendar-timezone': 404,
      'add-member': 404,
      source: 404,
    });
  });

  it('clients.md W14: a calendar and its home offer the reports that clients look for', async () => {
    for (const path of ['/dav/calendars/alice/', '/dav/calendars/alice/personal/']) {
      const set = await property(at, path, dav('supported-report-set'));
      const names = set.children.map((entry) => entry.children[0]?.children[0]?.name);
      for (const wanted of [
        dav('sync-collection'),
        dav('expand-property'),
        dav('principal-match'),
        dav('principal-property-search'),
        caldav('calendar-query'),
        caldav('calendar-multiget'),
        caldav('free-busy-query'),
      ]) {
        assert.ok(names.includes(wanted), `${wanted} on ${path}`);
      }
    }
  });

  it('RFC 4918 §9.1: a collection is not listed without a finite depth', async () => {
    const answer = await at.send('PROPFIND', '/dav/calendars/alice/');
    assert.equal(answer.status, 403);
    assert.equal(xml(answer).children[0]?.name, dav('propfind-finite-depth'));
  });

  it('the collections that lead on list what they lead to', async () => {
    for (const [path, members] of [
      ['/', ['/', '/dav/']],
      ['/dav/', ['/dav/', '/dav/principals/', '/dav/calendars/', '/dav/files/']],
      ['/dav/calendars/', ['/dav/calendars/', '/dav/calendars/alice/']],
      ['/dav/files/', ['/dav/files/', '/dav/files/alice/']],
    ] as const) {
      const { responses } = await propfind(at, path, [dav('resourcetype')], { depth: '1' });
      assert.deepEqual(
        responses.map(({ href }) => href),
        members,
      );
    }
  });

  it('caldav.md 2.10: locks are offered on files, and nowhere else', async () => {
    assert.match((await at.send('OPTIONS', '/dav/files/alice/')).headers['DAV'] ?? '', /^1, 2, 3/);
    for (const path of ['/dav/calendars/alice/', '/dav/calendars/alice/personal/']) {
      assert.equal((await at.send('LOCK', path)).status, 405);
    }
    assert.equal((await at.send('PUT', '/dav/files/alice/note.txt', { body: 'hello' })).status, 201);
    assert.equal((await at.send('GET', '/dav/files/alice/note.txt')).text, 'hello');
    const quota = await property(at, '/dav/files/alice/', dav('quota-used-bytes'));
    assert.ok(Number(quota.text) >= 5);
    assert.equal((await at.send('PROPFIND', '/dav/files/alice/', { as: at.bob, depth: '0' })).status, 404);
  });

  it('what is hidden and what is absent answer alike', async () => {
    const hidden = await at.send('PROPFIND', '/dav/calendars/bob/personal/', { depth: '0' });
    const absent = await at.send('PROPFIND', '/dav/calendars/bob/nothing/', { depth: '0' });
    assert.deepEqual(hidden, absent);
    assert.equal(hidden.status, 404);
  });
});
