import assert from 'node:assert/strict';
import { event } from '../service/office.ts';
import { type Client, client, dataOf, found, multiget, multistatus, preconditions } from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;

describe('calendar-multiget', () => {
  let at: Client;
  before(async () => {
    at = await client();
    for (const name of ['a.ics', 'b%20c.ics', 'd%40e.ics']) {
      await at.send('PUT', calendar + name, { body: event({ uid: name }) });
    }
    await at.send('PUT', '/dav/calendars/bob/personal/secret.ics', { as: at.bob, body: event({ uid: 's' }) });
  });
  after(() => at.close());

  const get = (hrefList: readonly string[], path = calendar, headers = {}): ReturnType<Client['send']> =>
    at.send('REPORT', path, { body: multiget(hrefList), headers });

  it('RFC 4791 §7.9: each href gets its own answer, in whatever spelling it comes', async () => {
    const spellings = [
      `${calendar}a.ics`,
      `https://cal.example.com${calendar}b%20c.ics`,
      `${calendar}d@e.ics`,
      '/dav/calendars/alice/%70ersonal/a.ics',
    ];
    const answers = await Promise.all(spellings.map((href) => get([href])));
    assert.deepEqual(
      answers.flatMap((answer) => found(answer)),
      ['a.ics', 'b%20c.ics', 'd%40e.ics', 'a.ics'],
    );
    for (const answer of answers) assert.equal(dataOf(answer).size, 1);
  });

  it('clients.md W29: what is missing is a response with status 404 and no propstat, also in minimal answers', async () => {
    const list = [`${calendar}a.ics`, `${calendar}none.ics`];
    for (const headers of [{}, { Prefer: 'return=minimal' }, { Brief: 't' }]) {
      const { responses } = multistatus(await get(list, calendar, headers));
      assert.deepEqual(
        responses.map(({ href, status }) => [href, status]),
        [
          [`${calendar}a.ics`, undefined],
          [`${calendar}none.ics`, 404],
        ],
      );
      assert.equal(responses[1]?.properties.size, 0);
    }
  });

  it('clients.md W29: Depth makes no difference', async () => {
    const body = multiget([`${calendar}a.ics`, `${calendar}none.ics`]);
    const bare = await at.send('REPORT', calendar, { body });
    for (const depth of ['0', '1', 'infinity'] as const)
      assert.deepEqual(await at.send('REPORT', calendar, { body, depth }), bare, depth);
  });

  it('caldav.md, priority 10: hrefs elsewhere, hidden, malformed or of another server are 404 each', async () => {
    const list = [
      '/dav/calendars/bob/personal/secret.ics',
      `${home}tasks/a.ics`,
      calendar,
      home,
      '/',
      'nonsense',
      '',
      'https://elsewhere.example.com/dav/calendars/alice/personal/a.ics',
      `${calendar}%ff.ics`,
      `${calendar}../personal/a.ics`,
    ];
    const { responses } = multistatus(await get([...list, `${calendar}a.ics`]));
    assert.deepEqual(
      responses.map(({ status }) => status),
      [...list.map(() => 404), undefined],
    );
  });

  it('on the home, objects of all its calendars are given', async () => {
    await at.send('MKCALENDAR', `${home}work/`);
    await at.send('PUT', `${home}work/w.ics`, { body: event({ uid: 'w' }) });
    const list = [`${calendar}a.ics`, `${home}work/w.ics`, `${calendar}d%40e.ics`, `${home}none/x.ics`];
    const { responses } = multistatus(await get(list, home));
    assert.deepEqual(
      responses.map(({ href, status }) => [href, status]),
      [
        [list[0], undefined],
        [list[1], undefined],
        [list[2], undefined],
        [list[3], 404],
      ],
    );
  });

  it('on an object, only that object is given', async () => {
    const { responses } = multistatus(
      await get([`${calendar}a.ics`, `${calendar}d%40e.ics`], `${calendar}a.ics`),
    );
    assert.deepEqual(
      responses.map(({ status }) => status),
      [undefined, 404],
    );
  });

  it('a href that is asked for twice is answered once', async () => {
    assert.deepEqual(found(await get([`${calendar}a.ics`, `${calendar}a.ics`])), ['a.ics']);
  });

  it('thousands of hrefs are answered in one pass', async () => {
    const list = Array.from({ length: 3000 }, (_, index) => `${calendar}${index}.ics`);
    const { responses } = multistatus(await get([...list, `${calendar}a.ics`]));
    assert.equal(responses.length, 3001);
  });

  it('more hrefs than the limit are refused', async () => {
    const small = await client({ limits: { maxMultigetHrefs: 2 } });
    const answer = await small.send('REPORT', calendar, { body: multiget(['/a', '/b', '/c']) });
    assert.deepEqual(preconditions(answer), ['number-of-matches-within-limits']);
    await small.close();
  });

  it('expanded data come by multiget, too', async () => {
    await at.send('PUT', `${calendar}daily.ics`, {
      body: event({ uid: 'daily', more: ['RRULE:FREQ=DAILY'] }),
    });
    const asked =
      '<D:prop><C:calendar-data><C:expand start="20260401T000000Z" end="20260403T000000Z"/></C:calendar-data></D:prop>';
    const answer = await at.send('REPORT', calendar, { body: multiget([`${calendar}daily.ics`], asked) });
    assert.equal(
      dataOf(answer)
        .get(`${calendar}daily.ics`)
        ?.match(/RECURRENCE-ID/g)?.length,
      2,
    );
  });

  it('data with markup and control characters are escaped so that the XML stays well-formed', async () => {
    const bytes = event({ uid: 'markup', summary: 'a < b & c ]]> d' });
    await at.send('PUT', `${calendar}markup.ics`, { body: bytes });
    assert.match(
      dataOf(await get([`${calendar}markup.ics`])).get(`${calendar}markup.ics`) ?? '',
      /a < b & c \]\]> d/,
    );
  });
});
