import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeFile, giveUp, type Joined, openJoined } from '../../src/start/joined.ts';

/** For the server: it is told by its word. */
interface StandIn {
  readonly say: () => string;
  readonly load: () => Promise<string>;
}

describe('the joined server', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcal-joined-'));
    write('eins');
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('runs without bytecode', () => {
    const joined = openJoined<StandIn>(folder);
    assert.equal(joined.isPrepared, false);
    assert.equal(said(joined), 'eins');
  });

  it('runs with what was kept after functions were called', () => {
    keep();
    const joined = openJoined<StandIn>(folder);
    assert.equal(joined.isPrepared, true);
    assert.equal(said(joined), 'eins');
  });

  it('compiles anew where it is told to', () => {
    keep();
    assert.equal(openJoined<StandIn>(folder, true).isPrepared, false);
  });

  it('does not take the bytecode of another source, however alike they are', () => {
    keep();
    // V8 alone compares lengths.
    write('zwei');
    const joined = openJoined<StandIn>(folder);
    assert.equal(joined.isPrepared, false);
    assert.equal(said(joined), 'zwei');
  });

  it('does not take bytecode that is cut off or damaged, wherever that is', () => {
    keep();
    const whole = readFileSync(codeFile(folder));
    for (const length of [0, 1, 3, 4, 5, 40, whole.length - 1]) {
      writeFileSync(codeFile(folder), whole.subarray(0, length));
      const joined = openJoined<StandIn>(folder);
      assert.equal(joined.isPrepared, false, `${length} bytes`);
      assert.equal(said(joined), 'eins');
    }
    for (let at = 0; at < whole.length; at += 11) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
      writeFileSync(codeFile(folder), damaged);
      assert.equal(openJoined<StandIn>(folder).isPrepared, false, `byte ${at}`);
    }
    writeFileSync(codeFile(folder), Buffer.concat([whole, Buffer.from([0])]));
    assert.equal(openJoined<StandIn>(folder).isPrepared, false, 'one byte more');
  });

  it('imports packages with bytecode and without', async () => {
    for (const isPrepared of [false, true]) {
      const joined = openJoined<StandIn>(folder);
      assert.equal(joined.isPrepared, isPrepared);
      assert.equal(await joined.exports.load(), 'function');
      joined.keep();
    }
  });

  it('does without bytecode that cannot be read, and without what was given up', () => {
    mkdirSync(codeFile(folder));
    assert.equal(openJoined<StandIn>(folder).isPrepared, false);
    rmSync(codeFile(folder), { recursive: true });
    giveUp(folder);
    assert.equal(openJoined<StandIn>(folder).isPrepared, false);
  });

  it('names bytecode after the V8 that made it', () => {
    assert.match(codeFile(folder), /server\.\d+\.code$/);
  });

  function keep(): void {
    const joined = openJoined<StandIn>(folder);
    said(joined);
    joined.keep();
  }

  /** In the shape that the bundler gives to the server. */
  function write(word: string): void {
    writeFileSync(
      join(folder, 'server.js'),
      `(function (exports, require, module, __filename, __dirname, importPackage) {\nmodule.exports = { async load() { return typeof (await importPackage('koa')).default; }, say() { return require('node:path').basename(__filename) === 'server.js' ? '${word}' : 'lost'; } };\nreturn module.exports;\n})`,
    );
  }

  function said({ exports }: Joined<StandIn>): string {
    return exports.say();
  }
});
