/**
 * Damaged calendar objects and requests against a started server: whatever comes, it is answered, in time, and not with a
 * fault of the server's own.
 *
 * The same cases at every run, as of all tests; FUZZ_SEED draws others, FUZZ_COUNT more. The long runs, with new cases each time
 * and a server in a process of its own, are those of `npm run conformance -- fuzz`.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type FuzzOptions,
  type FuzzResult,
  fuzzObjects,
  fuzzRequests,
  type Trouble,
} from '../conformance/fuzz/run.ts';
import { type App, startApp } from '../src/app.ts';
import { loadSettings } from '../src/config.ts';
import { silentLog } from '../src/observability/log.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const count = Number(process.env['FUZZ_COUNT'] ?? 400);

const nasty = fileURLToPath(new URL('../../test/data/nasty', import.meta.url));
const awkward = readdirSync(nasty)
  .filter((name) => name.endsWith('.ics'))
  .map((name) => readFileSync(join(nasty, name), 'utf8'));

describe(`hostile input (FUZZ_SEED=${seed})`, function hostileInput() {
  this.timeout(20_000 + count * 200);

  let folder: string;
  let app: App;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'portcal-fuzz-'));
    const { settings } = await loadSettings({
      argv: ['--port', '0', '--data', folder],
      env: { PORTCAL_ADMIN_PASSWORD: 'hostile input' },
      readFile: (path) => readFileSync(path, 'utf8'),
    });
    app = await startApp(settings, silentLog);
  });
  after(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (): FuzzOptions => ({
    origin: app.url,
    as: { name: 'admin', password: 'hostile input' },
    home: '/dav/calendars/admin/',
    principal: '/dav/principals/admin/',
    seed,
    count,
    seeds: awkward,
    // Server and client share a thread here, and the machine may be busy with other tests.
    maxMs: 5_000,
  });

  it('in calendar objects never gets a 5xx, and always an answer soon', async () => {
    const result = await fuzzObjects(options());
    assert.deepEqual(result.troubles.map(inWords), []);
    assert.ok(answered(result, 201) > 0 && answered(result, 403) > 0);
  });

  it('in requests never gets a 5xx, and always an answer soon', async () => {
    const result = await fuzzRequests(options());
    assert.deepEqual(result.troubles.map(inWords), []);
    assert.ok(answered(result, 207) > 0 && answered(result, 400) > 0);
  });
});

function answered({ statuses }: FuzzResult, status: number): number {
  return statuses[status] ?? 0;
}

function inWords({ index, fault, request }: Trouble): string {
  return `seed ${seed}, request ${index}, ${request.method} ${request.url}: ${fault}`;
}
