import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.ts';
import { loadSettings } from '../../src/config.ts';
import { silentLog } from '../../src/observability/log.ts';

describe('time zones of a running server', () => {
  let folder: string;
  let app: App | undefined;
  const start = async (...argv: readonly string[]): Promise<void> => {
    const { settings } = await loadSettings({
      argv: ['--data', folder, '--port', '0', ...argv],
      env: { PORTCAL_ADMIN_PASSWORD: 'secret' },
      readFile: () => assert.fail('there are no files'),
    });
    app = await startApp(settings, silentLog);
  };
  const Authorization = `Basic ${Buffer.from('admin:secret').toString('base64')}`;
  const davHeader = async (path: string): Promise<string> => {
    const { headers } = await fetch(`${app?.url}${path}`, { method: 'OPTIONS', headers: { Authorization } });
    return headers.get('dav') ?? '';
  };
  const propfind = async (path: string): Promise<Response> =>
    await fetch(`${app?.url}${path}`, {
      method: 'PROPFIND',
      headers: { Authorization, Depth: '0' },
      body: '<propfind xmlns="DAV:"><prop><timezone-service-set xmlns="urn:ietf:params:xml:ns:caldav"/></prop></propfind>',
    });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcal-zones-'));
  });
  afterEach(async () => {
    await app?.stop();
    app = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  it('are found from the well-known address and from a calendar (RFC 7808 §4.2.1.3, RFC 7809 §5.1)', async () => {
    await start('--base-path', '/cal');
    const known = await fetch(`${app?.url}/cal/.well-known/timezone`, { redirect: 'manual' });
    assert.deepEqual([known.status, known.headers.get('location')], [301, '/cal/tzdist']);
    const calendar = await propfind('/cal/dav/calendars/admin/personal/');
    assert.match(await calendar.text(), /timezone-service-set><D:href>\/cal\/tzdist<\/D:href>/);
    assert.match(await davHeader('/cal/dav/calendars/admin/personal/'), /calendar-no-timezone/);
    const zone = await fetch(`${app?.url}/cal/tzdist/zones/Europe%2FBerlin`);
    assert.match(await zone.text(), /\r\nTZID:Europe\/Berlin\r\n/);
    assert.equal((await fetch(`${app?.url}/cal/tzdist/zones/Nowhere`)).status, 404);
  });

  it('are not served, and not told of, when that is switched off', async () => {
    await start('--no-timezone-service');
    assert.equal((await fetch(`${app?.url}/.well-known/timezone`)).status, 404);
    assert.equal((await fetch(`${app?.url}/tzdist/capabilities`)).status, 401);
    const calendar = await propfind('/dav/calendars/admin/personal/');
    assert.doesNotMatch(await calendar.text(), /tzdist/);
    assert.doesNotMatch(await davHeader('/dav/calendars/admin/personal/'), /calendar-no-timezone/);
  });
});
