import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openServices, startApp } from '../../src/app.ts';
import { loadSettings, type Settings } from '../../src/config.ts';
import { silentLog } from '../../src/observability/log.ts';
import { operator } from '../../src/service/access.ts';
import { createPerson } from '../../src/service/people/people.ts';

describe('two servers on one folder of data', function twoServers() {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'portcal-two-'));
  let settings: Settings;
  let servers: readonly App[] = [];

  before(async () => {
    const argv = [`--data=${folder}`, '--port=0', '--admin-password-file=x', '--log-level=silent'];
    ({ settings } = await loadSettings({ argv, env: {}, readFile: () => 'secret of the administrator' }));
    servers = await Promise.all([startApp(settings, silentLog), startApp(settings, silentLog)]);
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (
    at: number,
    method: string,
    path: string,
    {
      body,
      headers = {},
      who = 'anna',
    }: { body?: string; headers?: Record<string, string>; who?: string } = {},
  ): Promise<{ status: number; text: string }> => {
    const authorization = `Basic ${Buffer.from(`${who}:${who} has a secret`).toString('base64')}`;
    const answer = await fetch(`${servers[at % 2]?.url}/dav/calendars/${path}`, {
      method,
      headers: { authorization, ...headers },
      ...(body !== undefined && { body }),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const event = (uid: string, summary = 'x'): string =>
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//test//test//EN',
      'BEGIN:VEVENT',
      `UID:${uid}`,
      'DTSTAMP:20260101T000000Z',
      'DTSTART:20260323T090000Z',
      `SUMMARY:${summary}`,
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n');
  const person = (name: string) => {
    const { services } = servers[0] ?? assert.fail();
    return createPerson(services, operator(), { name, password: `${name} has a secret` });
  };

  it('write at the same time without meeting in their ids, and a client that goes between them misses nothing', async () => {
    await person('anna');
    const copy = new Set<string>();
    let token = '';
    const sync = async (at: number): Promise<void> => {
      const body = `<sync-collection xmlns="DAV:"><sync-token>${token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>`;
      const { status, text } = await ask(at, 'REPORT', 'anna/personal/', {
        body,
        headers: { 'content-type': 'text/xml', depth: '0' },
      });
      assert.equal(status, 207, text);
      for (const [, response = ''] of text.matchAll(/<(?:\w+:)?response>(.*?)<\/(?:\w+:)?response>/gs)) {
        const name = /([^/<]+\.ics)</.exec(response)?.[1] ?? '';
        if (response.includes('404')) copy.delete(name);
        else copy.add(name);
      }
      token = /sync-token>([^<]+)</.exec(text)?.[1] ?? '';
    };
    const failures: string[] = [];
    const expect = async (
      wanted: number,
      asked: Promise<{ status: number; text: string }>,
    ): Promise<void> => {
      const { status, text } = await asked;
      if (status !== wanted) failures.push(`${status} instead of ${wanted}: ${text}`);
    };
    const there = new Set<string>();
    for (let round = 0; round < 12; round++) {
      const names = Array.from({ length: 16 }, (_, at) => `${round}-${at}.ics`);
      const headers = { 'content-type': 'text/calendar', 'if-none-match': '*' };
      await Promise.all([
        ...names.map((name, at) =>
          expect(201, ask(at, 'PUT', `anna/personal/${name}`, { body: event(name), headers })),
        ),
        sync(round),
      ]);
      for (const name of names) there.add(name);
      await Promise.all([
        ...names.slice(0, 8).map((name, at) => expect(204, ask(at + 1, 'DELETE', `anna/personal/${name}`))),
        sync(round + 1),
      ]);
      for (const name of names.slice(0, 8)) there.delete(name);
    }
    await sync(0);
    assert.deepEqual(failures, []);
    assert.deepEqual([...copy].sort(), [...there].sort());
  });

  it('know at once what the other has decided about rights and passwords', async () => {
    await person('boris');
    for (let round = 0; round < 4; round++) {
      const own = `anna/made-${round}/`;
      assert.equal((await ask(round, 'MKCALENDAR', own)).status, 201);
      const grant = (level: string): string =>
        `<acl xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">${level}</acl>`;
      const read =
        '<ace><principal><href>/dav/principals/boris/</href></principal><grant><privilege><read/></privilege></grant></ace>';
      const who = 'boris';
      const headers = { depth: '0' };
      assert.equal((await ask(round + 1, 'PROPFIND', own, { who, headers })).status, 404);
      assert.equal((await ask(round, 'ACL', own, { body: grant(read) })).status, 200);
      assert.equal((await ask(round + 1, 'PROPFIND', own, { who, headers })).status, 207);
      assert.equal((await ask(round, 'ACL', own, { body: grant('') })).status, 200);
      assert.equal((await ask(round + 1, 'PROPFIND', own, { who, headers })).status, 404);
    }
  });

  it('leave room for the command line, and data without damage', async () => {
    const services = await openServices(settings, silentLog);
    const problems: string[] = [];
    for await (const problem of services.storage.check({ repair: false })) problems.push(problem);
    await services.storage.close();
    assert.deepEqual(problems, []);
  });
});
