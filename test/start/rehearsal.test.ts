import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const build = fileURLToPath(new URL('../../', import.meta.url));
const script = join(build, 'src/start/rehearsal.js');
const joined = join(build, 'src/start/joined.js');

/** Says whether the server of a folder has bytecode that fits, and what it exports as `serve`. */
const opening = `
const [, file, folder] = process.argv;
const { openJoined } = await import(file);
const { isPrepared, exports } = openJoined(folder);
process.stdout.write(isPrepared + ' ' + typeof exports.serve);
`;

describe('the rehearsal', function rehearsal() {
  this.timeout(60_000);

  let folder = '';

  beforeEach(function needsTheJoinedServer() {
    // Where only the compiler has run there is nothing to rehearse.
    if (!existsSync(join(build, 'start/server.js'))) this.skip();
    // Beside the other, because the server finds its files from where it stands.
    folder = mkdtempSync(join(build, 'rehearsed-'));
  });

  afterEach(() => {
    if (folder !== '') rmSync(folder, { recursive: true, force: true });
  });

  it('leaves bytecode with which the server runs, and nothing else', () => {
    copyFileSync(join(build, 'start/server.js'), join(folder, 'server.js'));
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(readdirSync(folder).length, 2);
    // In a process of its own, because bytecode is for certain flags of V8, and tests beside this one set some.
    const opened = spawnSync(process.execPath, ['--input-type=module', '-e', opening, joined, folder], {
      encoding: 'utf8',
    });
    assert.equal(opened.stdout, 'true function', opened.stderr);
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
