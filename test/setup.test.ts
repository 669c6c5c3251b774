import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';

const script = fileURLToPath(new URL('../../src/setup.mjs', import.meta.url));

/** The parts of `setup.mjs` that are tested by calling them; it is plain JavaScript, so its types are told here. */
interface Setup {
  readonly setUp: (root: string, say: (line: string) => void) => Promise<void>;
  readonly SetupError: new (message: string) => Error;
  readonly refuseOldNode: (version: string) => void;
  readonly missingPackages: (root: string) => readonly string[];
  readonly presentable: (output: string) => string;
}

describe('set-up', function setUp() {
  this.timeout(120_000);

  let checkout: Checkout;
  let setup: Setup;

  before(async () => {
    setup = await import(script);
  });

  beforeEach(() => {
    checkout = new Checkout();
  });

  afterEach(() => {
    checkout.remove();
  });

  it('installs, builds and links the command on a fresh checkout, and does nothing the second time', async () => {
    const first = await checkout.run(setup);
    assert.equal(first.status, 0, first.said);
    assert.match(first.said, /Installing 2 packages/);
    assert.match(first.said, /Building/);
    assert.equal(readFileSync(checkout.path('npm-calls'), 'utf8'), 'ci\n');
    assert.equal(readFileSync(checkout.path('dist/src/main.js'), 'utf8'), 'built 1');
    assert.equal(readlinkSync(checkout.path('node_modules/.bin/portcal')), '../../dist/src/cli.js');

    const second = await checkout.run(setup);
    assert.deepEqual(second, { status: 0, said: '' });
  });

  it('runs as a program, and ends with 1 when it failed', () => {
    const program = (): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [checkout.path('src/setup.mjs')], {
        encoding: 'utf8',
        env: { PATH: checkout.path('bin') },
      });
    checkout.breakNpm('npm error code EINTEGRITY');
    const failed = program();
    assert.equal(failed.status, 1);
    assert.match(String(failed.stderr), /npm could not install/);
    rmSync(checkout.path('npm-breaks'));
    assert.equal(program().status, 0);
  });

  it('needs no network when nothing is missing', async () => {
    await checkout.run(setup);
    checkout.breakNpm('npm error code ENOTFOUND');
    assert.deepEqual(await checkout.run(setup), { status: 0, said: '' });
  });

  it('installs again when the lock file names another version, or a package is gone', async () => {
    await checkout.run(setup);
    checkout.lock({ typescript: '2.0.0', 'better-sqlite3': '1.0.0' });
    assert.deepEqual(setup.missingPackages(checkout.root), ['typescript']);
    await checkout.run(setup);
    assert.deepEqual(setup.missingPackages(checkout.root), []);
    rmSync(checkout.path('node_modules/typescript'), { recursive: true });
    assert.deepEqual(setup.missingPackages(checkout.root), ['typescript']);
  });

  it('mends a lock file that does not fit', async () => {
    checkout.breakNpm('npm error code EUSAGE', 'ci');
    assert.equal((await checkout.run(setup)).status, 0);
    assert.equal(readFileSync(checkout.path('npm-calls'), 'utf8'), 'ci\ninstall\n');
  });

  it('builds again when a source is newer, and forgets what has no source any more', async () => {
    await checkout.run(setup);
    checkout.age();
    checkout.write('src/main.ts', '// changed');
    assert.match((await checkout.run(setup)).said, /Building/);
    writeFileSync(checkout.path('dist/src/stale.js'), '');
    checkout.write('src/more.ts', '');
    assert.match((await checkout.run(setup)).said, /Building/);
    assert.ok(!existsSync(checkout.path('dist/src/stale.js')));
    assert.equal((await checkout.run(setup)).said, '');
  });

  it('builds nothing when sources are newer and the same, unless somebody else has built meanwhile', async () => {
    await checkout.run(setup);
    checkout.age();
    checkout.age('dist/src/main.js');
    assert.equal((await checkout.run(setup)).said, '');
    assert.equal((await checkout.run(setup)).said, '');
    checkout.write('dist/src/main.js', 'of others');
    checkout.age();
    assert.match((await checkout.run(setup)).said, /Building/);
  });

  it('starts in production without the tools, although taking them away touched the lock file', async () => {
    await checkout.run(setup);
    rmSync(checkout.path('node_modules/typescript'), { recursive: true });
    checkout.age();
    checkout.breakNpm('npm error code ENOTFOUND');
    const production = { NODE_ENV: 'production' };
    assert.deepEqual(await checkout.run(setup, production), { status: 0, said: '' });
    checkout.write('src/more.ts', '');
    const offline = await checkout.run(setup, production);
    assert.equal(offline.status, 1);
    assert.match(
      offline.said,
      /older than its sources, and the tools that make one are not installed: build before/,
    );
    rmSync(checkout.path('npm-breaks'));
    const online = await checkout.run(setup, production);
    assert.equal(online.status, 0, online.said);
    assert.match(online.said, /Installing 1 packages.*Building/s);
  });

  it('says what the compiler says when the build fails, and builds again next time', async () => {
    checkout.write('compiler-fails', 'src/a.ts(1,1): error TS1005');
    const failed = await checkout.run(setup);
    assert.equal(failed.status, 1);
    assert.match(failed.said, /The build failed\.\nsrc\/a\.ts\(1,1\): error TS1005/);
    rmSync(checkout.path('compiler-fails'));
    assert.match((await checkout.run(setup)).said, /Building/);
  });

  it('says clearly when the network is missing, without the registry’s address', async () => {
    checkout.breakNpm(
      'npm error code ENOTFOUND\nnpm error request to https://user:token@packages.corp.example/x failed, reason: getaddrinfo ENOTFOUND packages.corp.example',
    );
    const { status, said } = await checkout.run(setup);
    assert.equal(status, 1);
    assert.match(said, /npm could not install the packages/);
    assert.match(said, /registry cannot be reached: check the network/);
    assert.doesNotMatch(said, /corp\.example|token/);
  });

  it('gives other advice when the network is not the reason', async () => {
    checkout.breakNpm('npm error code EINTEGRITY');
    assert.match((await checkout.run(setup)).said, /EINTEGRITY\nTry again/);
  });

  it('builds the database module again when it does not load, and says so when that fails', async () => {
    await checkout.run(setup);
    checkout.write('node_modules/better-sqlite3/build/Release/better_sqlite3.node', 'for another Node');
    checkout.write('module-broken', '');
    const failed = await checkout.run(setup);
    assert.equal(failed.status, 1);
    assert.match(failed.said, /Preparing the database module/);
    assert.match(failed.said, /better-sqlite3 does not load/);
    rmSync(checkout.path('module-broken'));
    assert.equal((await checkout.run(setup)).status, 0);
    assert.equal((await checkout.run(setup)).said, '');
  });

  it('needs neither compiler nor sources where a finished build is installed', async () => {
    await checkout.run(setup);
    rmSync(checkout.path('tsconfig.json'));
    rmSync(checkout.path('node_modules/typescript'), { recursive: true });
    assert.deepEqual(await checkout.run(setup, { NODE_ENV: 'production' }), { status: 0, said: '' });
  });

  it('builds the page where there is one and it is stale', async () => {
    checkout.write('src/web/build.mjs', pageStandIn);
    assert.match((await checkout.run(setup)).said, /Building the page/);
    assert.equal(readFileSync(checkout.path('dist/web/index.html'), 'utf8'), 'page');
    assert.equal((await checkout.run(setup)).said, '');
    checkout.write('page-fails', '');
    rmSync(checkout.path('dist/web'), { recursive: true });
    const failed = await checkout.run(setup);
    assert.equal(failed.status, 1);
    assert.match(failed.said, /The page could not be built\.\nno such colour/);
  });

  it('joins what a start loads, whenever it has compiled', async () => {
    checkout.write('src/bundle.mjs', bundlerStandIn);
    assert.match((await checkout.run(setup)).said, /Building/);
    assert.equal(readFileSync(checkout.path('dist/start/main.js'), 'utf8'), 'joined: built 1');
    assert.equal((await checkout.run(setup)).said, '');
    rmSync(checkout.path('dist/start'), { recursive: true });
    assert.match((await checkout.run(setup)).said, /Building/);
    assert.ok(existsSync(checkout.path('dist/start/main.js')));
    checkout.write('src/bundle.mjs', "console.error('no such package');\nprocess.exitCode = 1;");
    checkout.age();
    const failed = await checkout.run(setup);
    assert.equal(failed.status, 1);
    assert.match(failed.said, /The build failed\.\nno such package/);
  });

  it('compiles the joined server for another Node, once, and starts without where it cannot', async () => {
    await checkout.run(setup);
    checkout.write('dist/start/main.js', 'joined');
    const code = `dist/start/server.${cachedDataVersionTag()}.code`;
    checkout.write(
      'dist/src/start/rehearsal.js',
      `require('node:fs').writeFileSync(process.argv[2] + '/${basename(code)}', 'bytecode');`,
    );
    assert.match((await checkout.run(setup)).said, /Preparing the server for Node\.js \d+/);
    assert.equal(readFileSync(checkout.path(code), 'utf8'), 'bytecode');
    assert.equal((await checkout.run(setup)).said, '');
    rmSync(checkout.path(code));
    checkout.write('dist/src/start/rehearsal.js', 'process.exitCode = 1;');
    assert.equal((await checkout.run(setup)).status, 0);
  });

  it('refuses a Node that is too old', () => {
    for (const version of ['20.19.0', '20.20.2', '22.0.0', '24.1.0']) setup.refuseOldNode(version);
    for (const version of ['20.18.3', '18.20.0', '21.7.0'.replace('21.7', '19.9')])
      assert.throws(() => setup.refuseOldNode(version), /portcal needs Node\.js 20\.19 or later; this is /);
  });

  it('shows nothing of a registry in what npm says', () => {
    const said = setup.presentable(
      'npm error 404 Not Found - GET https://packages.corp.example/x\nnpm error registry=https://a\n//corp/:_authToken=abc\nnpm error network ECONNREFUSED 10.1.2.3:4873\nnpm error A complete log of this run can be found in: /root/.npm/_logs/x',
    );
    assert.equal(said, 'npm error 404 Not Found - GET [address]\nnpm error network ECONNREFUSED');
  });
});

/** A checkout with two packages, an npm and a compiler that do what a test wants. */
class Checkout {
  readonly root: string = mkdtempSync(join(tmpdir(), 'portcal-setup-'));

  constructor() {
    cpSync(script, this.path('src/setup.mjs'), { recursive: true });
    this.write('src/main.ts', '');
    this.write('tsconfig.json', '{}');
    this.lock({ typescript: '1.0.0', 'better-sqlite3': '1.0.0' });
    this.write('bin/npm', npmStandIn);
    chmodSync(this.path('bin/npm'), 0o755);
    this.write('templates/typescript.js', compilerStandIn);
    this.write('templates/better-sqlite3.js', moduleStandIn);
  }

  path(below: string): string {
    return join(this.root, below);
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  lock(versions: Readonly<Record<string, string>>): void {
    const packages: Record<string, unknown> = {
      '': { name: 'portcal' },
      'node_modules/other-platform': { version: '1.0.0', optional: true },
    };
    for (const [name, version] of Object.entries(versions))
      packages[`node_modules/${name}`] = {
        version,
        integrity: `sha512-${version}`,
        ...(name === 'typescript' && { dev: true }),
      };
    this.write('package-lock.json', JSON.stringify({ packages }));
  }

  /** From now on npm says this and fails; only for one subcommand if that is named. */
  breakNpm(output: string, subcommand = ''): void {
    this.write('npm-breaks', JSON.stringify({ output, subcommand }));
  }

  /** Makes the build, or another file, older than every source. */
  age(file = 'dist/.sources'): void {
    utimesSync(this.path(file), new Date(0), new Date(0));
  }

  /** In this process, as `npm start` does it in one of its own. */
  async run(
    setup: Setup,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; said: string }> {
    const said: string[] = [];
    const outer = { ...process.env };
    delete process.env['npm_execpath'];
    delete process.env['NODE_ENV'];
    Object.assign(process.env, { PATH: `${this.path('bin')}:${process.env['PATH'] ?? ''}`, ...env });
    try {
      await setup.setUp(this.root, (line) => said.push(`${line}\n`));
      return { status: 0, said: said.join('') };
    } catch (error) {
      if (!(error instanceof setup.SetupError)) throw error;
      return { status: 1, said: `${said.join('')}${error.message}\n` };
    } finally {
      process.env = outer;
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

const npmStandIn = `#!${process.execPath}
const { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const [subcommand] = process.argv.slice(2);
appendFileSync('npm-calls', subcommand + '\\n');
if (existsSync('npm-breaks')) {
  const { output, subcommand: only } = JSON.parse(readFileSync('npm-breaks', 'utf8'));
  if (only === '' || only === subcommand) {
    console.error(output);
    process.exit(1);
  }
}
if (subcommand === 'rebuild') process.exit(0);
rmSync('node_modules', { recursive: true, force: true });
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const omitsTools = process.env.NODE_ENV === 'production' && !process.argv.includes('--include=dev');
if (omitsTools) delete packages['node_modules/typescript'];
delete packages[''];
delete packages['node_modules/other-platform'];
for (const path of Object.keys(packages)) {
  const name = path.slice('node_modules/'.length);
  mkdirSync(path + '/bin', { recursive: true });
  writeFileSync(path + '/package.json', JSON.stringify({ name, main: 'index.js' }));
  cpSync('templates/' + name + '.js', path + (name === 'typescript' ? '/bin/tsc' : '/index.js'));
}
mkdirSync('node_modules/better-sqlite3/build/Release', { recursive: true });
writeFileSync('node_modules/better-sqlite3/build/Release/better_sqlite3.node', 'a binary');
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
`;

const compilerStandIn = `
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
if (existsSync('compiler-fails')) {
  console.log(readFileSync('compiler-fails', 'utf8'));
  process.exit(2);
}
mkdirSync('dist/src', { recursive: true });
writeFileSync('dist/src/main.js', 'built 1');
writeFileSync('dist/src/cli.js', '');
`;

const bundlerStandIn = `
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('dist/start', { recursive: true });
writeFileSync('dist/start/main.js', 'joined: ' + readFileSync('dist/src/main.js', 'utf8'));
`;

const pageStandIn = `
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
export function webIsStale(root) {
  return !existsSync(join(root, 'dist/web/index.html'));
}
if (process.argv[1].endsWith('build.mjs')) {
  if (existsSync('page-fails')) {
    console.error('no such colour');
    process.exit(1);
  }
  mkdirSync('dist/web', { recursive: true });
  writeFileSync('dist/web/index.html', 'page');
}
`;

const moduleStandIn = `
if (require('node:fs').existsSync('module-broken')) throw new Error('wrong ABI');
module.exports = class { prepare() {} close() {} };
`;
