/** What lets somebody in, looked for in all that the server leaves on the disk (clients.md, demands 22, 30, 41, 76). */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWorld, passwordOf } from '../portal/world.ts';

describe('what lets somebody in', function atRest() {
  this.timeout(120_000);

  it('is in no file of the data folder as it is, nor in the form in which it is sent', async () => {
    const data = mkdtempSync(join(tmpdir(), 'portcal-at-rest-'));
    const world = await openWorld({ data });
    try {
      const anna = await world.signedIn('anna');
      const { calendars } = await anna.ok('GET /calendars');
      const { secret } = await anna.ok('POST /app-passwords', { body: { label: 'Phone' } });
      const { code } = await anna.ok('POST /connect/codes', { body: { device: 'android' } });
      const { addresses } = await anna.ok('POST /calendars/{id}/links', {
        path: { id: calendars[0]?.id ?? '' },
        body: { label: 'Screen' },
      });
      const token = /\/feed\/([^/]+)\//.exec(addresses?.https ?? '')?.[1] ?? '';
      const session = anna.cookie.slice(anna.cookie.indexOf('=') + 1);
      // Each is used, so that whatever remembers its use has had the chance.
      assert.equal((await world.ask('GET', `/feed/${token}/x.ics`)).status, 200);
      assert.equal((await world.dav('anna', 'PROPFIND', '/dav/', { headers: { Depth: '0' } })).status, 207);
      const basic = (password: string): string => Buffer.from(`anna:${password}`).toString('base64');
      const headers = { Authorization: `Basic ${basic(secret)}`, Depth: '0' };
      assert.equal((await world.ask('PROPFIND', '/dav/', { headers })).status, 207);
      const secrets = {
        password: passwordOf('anna'),
        'app password': secret,
        'app password as it is compared': secret.replaceAll('-', ''),
        'feed token': token,
        session,
        code,
        'set-up token': world.setUpToken,
      };
      // Both with the log of the database beside it, and as it is left.
      holdsNone(data, secrets, basic);
      await world.app.stop();
      holdsNone(data, secrets, basic);
    } finally {
      await world.close();
      rmSync(data, { recursive: true, force: true });
    }
  });
});

function holdsNone(
  folder: string,
  secrets: Readonly<Record<string, string>>,
  basic: (password: string) => string,
): void {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  assert.ok(files.some(({ name }) => name === 'portcal.sqlite'));
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    for (const [what, secret] of Object.entries(secrets)) {
      assert.ok(secret.length >= 15, `${what}: ${secret}`);
      for (const form of [secret, Buffer.from(secret).toString('base64'), basic(secret)])
        assert.ok(!bytes.includes(form), `${what} in ${name}`);
      assert.ok(!bytes.includes(Buffer.from(secret, 'utf16le')), `${what} in ${name}`);
    }
  }
}
