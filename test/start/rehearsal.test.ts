import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJoined } from '../../src/start/joined.ts';

const build = fileURLToPath(new URL('../../', import.meta.url));
const script = join(build, 'src/start/rehearsal.js');

describe('the rehearsal', function rehearsal() {
  this.timeout(60_000);

  let folder: string;

  beforeEach(function needsTheJoinedServer() {
    // Where only the compiler has run there is nothing to rehearse.
    if (!existsSync(join(build, 'start/server.js'))) this.skip();
    // Beside the other, because the server finds its files from where it stands.
    folder = mkdtempSync(join(build, 'rehearsed-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves bytecode with which the server runs, and nothing else', () => {
    copyFileSync(join(build, 'start/server.js'), join(folder, 'server.js'));
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(readdirSync(folder).length, 2);
    const { isPrepared, exports } = openJoined(folder);
    assert.equal(isPrepared, true);
    assert.equal(typeof exports.serve, 'function');
  });

  it('says why it cannot be played, and lets nobody try again', () => {
    copyFileSync(script, join(folder, 'server.js'));
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /SyntaxError/);
    const [code = ''] = readdirSync(folder).filter((name) => name.endsWith('.code'));
    assert.equal(statSync(join(folder, code)).size, 0);
  });
});
