import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.ts';
import type { Answered } from '../../src/cli/doctor/client.ts';
import { synchronize } from '../../src/cli/doctor/synchronize.ts';
import { loadSettings } from '../../src/config.ts';
import { silentLog } from '../../src/observability/log.ts';
import { type Handler, startServer, type TestServer } from '../outbound/server.ts';
import { pick, record, type Said, type Terminal, withAlice } from './terminal.ts';

describe('portcal doctor', () => {
  let at: Terminal;
  let open: { readonly close: () => Promise<void> }[] = [];
  beforeEach(async () => {
    at = await withAlice();
  });
  afterEach(async () => {
    for (const one of open) await one.close();
    open = [];
    await at.close();
  });

  const signedIn = ['--user', 'alice', '--password-file', '-'];

  /** The server on the data of the terminal. */
  const server = async (): Promise<App> => {
    const argv = ['--data', `${at.folder}/data`, '--port', '0'];
    const { settings } = await loadSettings({ argv, env: {}, readFile: () => '' });
    const app = await startApp(settings, silentLog);
    open.push({ close: app.stop });
    return app;
  };
  /** Another one, which does what it is told. */
  const stranger = async (handler: Handler, certificate?: string): Promise<TestServer> => {
    const made = await startServer(handler, certificate);
    open.push(made);
    return made;
  };
  const failures = ({ code, out }: Said): readonly string[] => {
    assert.equal(code, 1, out);
    return out.split('\n').filter((line) => line.startsWith('FAILED'));
  };

  it('walks this server as phones and desktop programs do, and finds nothing wrong', async () => {
    const { url } = await server();
    const said = await at.run(['doctor', url, ...signedIn], 'correct horse\n');
    assert.equal(said.code, 0, said.out);
    assert.match(said.out, /ok +iPhone +sign-in finds the principal +\/dav\/principals\/alice\//);
    assert.match(
      said.out,
      /A phone would show:\n +NAME +HOLDS +COLOUR +RIGHTS\n +Personal +VEVENT +read and write/,
    );
    assert.match(said.out, /\d+ passed, 0 failed\n$/);
  });

  it('synchronizes calendars of any size, page by page', async () => {
    const events = Array.from(
      { length: 4000 },
      (_, n) => `BEGIN:VEVENT\nUID:${n}\nDTSTART:20260105T090000Z\nDURATION:PT1H\nEND:VEVENT\n`,
    );
    const file = `BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:test\n${events.join('')}END:VCALENDAR\n`;
    await writeFile(join(at.folder, 'many.ics'), file);
    await at.json(['import', 'alice/personal', join(at.folder, 'many.ics')]);
    const { url } = await server();
    const said = await at.run(['doctor', url, ...signedIn], 'correct horse\n');
    assert.equal(said.code, 0, said.out);
    assert.match(said.out, /Personal: first synchronization +4000 objects in/);
    assert.match(said.out, /Personal: objects can be fetched +10 of 10/);
  });

  it('asks a server that gives no parts for everything, and says of one without an end that it has none', async () => {
    const found = async (answer: (body: string) => readonly [status: number, inner: string]) => {
      const bodies: string[] = [];
      const seen: string[] = [];
      const ask = ({ body = '' }: { readonly body?: string }): Promise<Answered> => {
        bodies.push(body);
        const [status, inner] = answer(body);
        const text = `<multistatus xmlns="DAV:">${inner}</multistatus>`;
        return Promise.resolve({ status, headers: {}, text, ms: 1 });
      };
      const client = { ask, close: () => Promise.resolve() };
      await synchronize(
        client,
        new URL('http://there/'),
        'Work',
        (_stage, _as, _what, ok, detail) => seen.push(`${ok} ${detail}`) > 0,
      );
      return { bodies, seen };
    };
    const one = `<response><href>/a&amp;b.ics</href><propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat></response>`;
    const whole = await found((body) =>
      body.includes('nresults') ? [507, ''] : [207, `${one}<sync-token>x:1</sync-token>`],
    );
    assert.match(whole.seen.join(), /^true 1 objects in 1 ms,/);
    assert.match(whole.bodies.at(-1) ?? '', /<D:href>\/a&amp;b.ics<\/D:href>/);
    let token = 0;
    const more = '<response><href>/</href><status>HTTP/1.1 507 Insufficient Storage</status></response>';
    const endless = await found(() => [207, `${more}<sync-token>x:${(token += 1)}</sync-token>`]);
    assert.deepEqual(endless.seen, ['false no end after 1000 answers']);
  });

  it('goes as far as it can without a sign-in', async () => {
    const { url } = await server();
    const { steps, calendars, failed } = record(await at.json(['doctor', url]));
    assert.deepEqual([failed, calendars], [0, []]);
    assert.match(String(pick(steps, 'seen').at(-1)?.['seen']), /not tried: no user name/);
  });

  it('reads a feed as a subscriber would, by itself or beside the walk', async () => {
    const { url } = await server();
    const link = record(
      await at.json(['link', 'add', 'alice/personal', '--label', 'x', '--public-url', url]),
    );
    const feed = String(link['url']);
    const alone = await at.run(['doctor', feed]);
    assert.equal(alone.code, 0, alone.out);
    assert.match(alone.out, /7 passed, 0 failed/);
    assert.ok(!alone.out.includes(String(link['token'])), 'the secret is not printed');
    const both = await at.run(['doctor', url, '--feed', feed.replace('http:', 'webcal:')]);
    assert.match(failures(both).join(), /subscriber/, 'a webcal address is one of HTTPS');
    assert.equal((await at.run(['doctor', url, '--feed', feed])).code, 0);
    const gone = failures(await at.run(['doctor', feed.replace(/feed\/[^/]+/, 'feed/none')]));
    assert.match(gone.join(), /404/);
  });

  it('says which password is wrong, and asks for one', async () => {
    const { url } = await server();
    const [only] = failures(await at.run(['doctor', url, ...signedIn], 'wrong\n'));
    assert.match(only ?? '', /sign-in finds the principal +401: the user name or the password is wrong/);
    const asked = await at.run(['doctor', url, '--user', 'alice']);
    assert.deepEqual(
      [asked.code, asked.err],
      [2, 'portcal: --user needs --password-file FILE, or - for standard input\n'],
    );
    assert.equal((await at.run(['doctor', 'ftp://x'])).code, 2);
  });

  it('names the likely cause where a server cannot be reached', async () => {
    const gone = await startServer(() => undefined);
    await gone.close();
    const untrusted = await stranger((_, response) => response.end(), 'server.pem');
    const noHttp = await stranger((request) => request.socket.end('hello\r\n\r\n'));
    for (const [url, cause] of [
      [gone.url.href, /nothing listens there: is the server running/],
      [untrusted.url.href, /the certificate is self-signed, or its chain is incomplete/],
      [noHttp.url.href, /it does not answer in HTTP/],
      [noHttp.url.href.replace('http:', 'https:'), /no TLS there: is it the right port\?|self-signed/],
      [`${gone.url.href}feed/x/y.ics`, /subscriber +the feed can be fetched.*nothing listens there/],
    ] as const)
      assert.match(failures(await at.run(['doctor', url])).join(), cause, url);
  });

  it('names the likely cause where a proxy is in the way', async () => {
    for (const [status, cause] of [
      [403, /this account may not use CalDAV here/],
      [404, /the path is not passed on to the calendar server \(server: proxy\)/],
      [405, /a proxy refuses the method; allow PROPFIND, REPORT and OPTIONS/],
      [429, /too many failed sign-ins/],
      [502, /the calendar server behind the proxy does not answer/],
      [418, /unexpected answer 418/],
    ] as const) {
      const { url } = await stranger((_, response) => response.writeHead(status, { server: 'proxy' }).end());
      assert.match(failures(await at.run(['doctor', url.href])).join(), cause);
    }
  });

  it('does not go round in circles, nor on where XML ends', async () => {
    const circle = await stranger((_, response) => response.writeHead(301, { location: '/again' }).end());
    assert.match(failures(await at.run(['doctor', circle.url.href])).join(), /more than 5 redirects/);
    const broken = await stranger((request, response) => {
      const isKnown = request.headers.authorization !== undefined;
      response.writeHead(isKnown ? 207 : 401, { 'www-authenticate': 'Basic realm="x"' });
      response.end(isKnown ? '<multistatus xmlns="DAV:"><response>' : '');
    });
    const said = await at.run(['doctor', broken.url.href, ...signedIn], 'x\n');
    assert.match(failures(said).join(), /every client +the server answers to the end/);
  });

  it('says what is wrong with a feed', async () => {
    const { url } = await stranger((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'a=b' });
      response.end(`BEGIN:VCALENDAR\nBEGIN:VEVENT\n${'x'.repeat(90)}\n`);
    });
    const wrong = failures(await at.run(['doctor', `${url.href}calendar.ics`])).map((line) =>
      line.slice(20).trim(),
    );
    assert.deepEqual(
      wrong.map((line) => line.split(/ {2,}/)[0]),
      [
        'it says that it is a calendar',
        'it comes as it is, without cookies',
        'an unchanged feed costs nothing',
        'lines are folded',
        'an independent reader understands it',
      ],
    );
  });
});
