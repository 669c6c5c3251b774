/**
 * Makes a checkout ready to run: packages, build, and the `portcal` command. `npm start` and `npm test` run it first.
 *
 * Plain JavaScript without dependencies, because it runs before anything is installed. Each step looks first and acts
 * only where something is missing or older than its source, so a second start costs milliseconds and needs no network.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cachedDataVersionTag } from 'node:v8';

const oldestNode = [20, 19];
const windows = process.platform === 'win32';

/** Runs all steps on the checkout at `root`; throws a `SetupError` whose message is for the person at the terminal. */
export async function setUp(root, say = console.error) {
  refuseOldNode(process.versions.node);
  await install(root, say);
  prepareDatabaseModule(root, say);
  build(root, say);
  prepareBytecode(root, say);
  await buildPage(root, say);
  linkCommand(root);
}

export class SetupError extends Error {}

/** Below this version some packages do not load, and they fail with messages that help nobody. */
export function refuseOldNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new SetupError(`portcal needs Node.js ${oldestNode.join('.')} or later; this is ${version}`);
}

// Packages

async function install(root, say) {
  const withTools = await toolsNeeded(root);
  const missing = missingPackages(root, withTools);
  if (missing.length === 0) return;
  say(`Installing ${missing.length} packages (first ${missing[0]}); this takes a minute or two ...`);
  const quiet = ['--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  // Where NODE_ENV says production npm leaves the tools out, unless it is told otherwise.
  if (withTools) quiet.push('--include=dev');
  const clean = npm(root, ['ci', ...quiet]);
  if (clean.status === 0) return;
  // `npm ci` refuses a lock file that does not fit package.json; `npm install` mends it.
  const mended = /EUSAGE/.test(clean.output) ? npm(root, ['install', ...quiet]) : clean;
  if (mended.status === 0) return;
  throw new SetupError(
    `npm could not install the packages.\n${mended.output}\n${networkAdvice(mended.output)}${buildAdvice(root)}`,
  );
}

/** A server in production starts from its build; what makes one is needed only where there is none, or an old one. */
async function toolsNeeded(root) {
  return process.env.NODE_ENV !== 'production' || !isBuilt(root) || (await pageIsStale(root));
}

/** For who has taken the tools away and changed something since. */
function buildAdvice(root) {
  if (process.env.NODE_ENV !== 'production' || existsSync(compilerIn(root))) return '';
  return '\nThe build in dist/ is missing or older than its sources, and the tools that make one are not installed: build before "npm prune --omit=dev", or bring the dist/ folder of a machine that has built it.';
}

/**
 * Packages of package-lock.json that node_modules lacks or has in another version. npm's own record of what it
 * installed (node_modules/.package-lock.json) is compared, then each package's presence. Packages for other platforms
 * are optional and may be absent; so may the tools that make a build, unless they are needed.
 */
export function missingPackages(root, withTools = true) {
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(join(root, 'node_modules/.package-lock.json'))?.packages ?? {};
  return Object.entries(wanted)
    .filter(([path, entry]) => path !== '' && !entry.optional && (withTools || !entry.dev))
    .filter(([path, entry]) => {
      const found = installed[path];
      return (
        found?.version !== entry.version ||
        (entry.integrity !== undefined && found?.integrity !== entry.integrity) ||
        !existsSync(join(root, path, 'package.json'))
      );
    })
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

/**
 * better-sqlite3 is a compiled module. npm 12 builds it only where package.json allows install scripts, and a build
 * for one Node version does not load in another: if it does not load here, it is built again.
 */
function prepareDatabaseModule(root, say) {
  const stamp = join(root, 'node_modules/.portcal-database-module');
  const folder = join(root, 'node_modules/better-sqlite3');
  const binary = join(folder, 'build/Release/better_sqlite3.node');
  const wanted = `${process.versions.modules} ${process.platform} ${process.arch} ${timeOf(binary)}`;
  if (existsSync(binary) && readText(stamp) === wanted) return;
  if (!databaseModuleLoads(root)) {
    say(`Preparing the database module for Node.js ${process.versions.node} ...`);
    const rebuilt = npm(root, ['rebuild', 'better-sqlite3', '--loglevel=error']);
    if (!databaseModuleLoads(root)) {
      throw new SetupError(
        `The database module better-sqlite3 does not load.\n${rebuilt.output}\n` +
          'Where no ready-made build fits this machine, npm compiles one: that needs python3, make and a C++ compiler.',
      );
    }
  }
  writeFileSync(stamp, `${process.versions.modules} ${process.platform} ${process.arch} ${timeOf(binary)}`);
}

/** Loads it, and lets it free what it has made: a build against headers that do not fit crashes only there. */
function databaseModuleLoads(root) {
  const script = `
    const Database = require('better-sqlite3');
    const database = new Database(':memory:');
    for (let count = 0; count < 100; count += 1) database.prepare('SELECT 1');
    gc();
    database.close();`;
  return run(root, process.execPath, ['--expose-gc', '-e', script]).status === 0;
}

// Build

function build(root, say) {
  if (isBuilt(root)) return;
  const stamp = stampIn(root);
  const { files, listing } = sourcesOf(root);
  const digest = digestOf(files);
  say('Building ...');
  // A file whose source is gone must not stay behind, or its tests would go on running.
  if (readStamp(stamp).listing !== listing) rmSync(join(root, 'dist'), { recursive: true, force: true });
  const compiled = run(root, process.execPath, [compilerIn(root), '--project', root]);
  if (compiled.status !== 0) throw new SetupError(`The build failed.\n${compiled.output}`);
  if (existsSync(bundlerIn(root))) {
    const joined = run(root, process.execPath, [bundlerIn(root)]);
    if (joined.status !== 0) throw new SetupError(`The build failed.\n${joined.output}`);
  }
  // Of the sources as they were: one that changed while the compiler ran makes the next start build again.
  writeFileSync(stamp, `${digest}\n${listing}`);
}

/**
 * Whether dist/ is what the sources make. Times tell at once; where they do not, as after a checkout, a copy or an
 * `npm prune`, which writes the lock file anew, the contents do. Somebody else may have called the compiler meanwhile:
 * then the output is newer than our stamp, and its sources may have been others.
 */
function isBuilt(root) {
  const main = join(root, 'dist/src/main.js');
  if (!existsSync(join(root, 'tsconfig.json'))) return existsSync(main);
  const stamp = stampIn(root);
  const made = readStamp(stamp);
  const { files, listing } = sourcesOf(root);
  if (made.listing !== listing || !existsSync(main) || !isBundled(root)) return false;
  if (!files.some((file) => timeOf(file) > timeOf(stamp))) return true;
  const byOurs = timeOf(main) <= timeOf(stamp) || !existsSync(compilerIn(root));
  if (made.digest !== digestOf(files) || !byOurs) return false;
  const now = new Date();
  utimesSync(stamp, now, now);
  return true;
}

function compilerIn(root) {
  return join(root, 'node_modules/typescript/bin/tsc');
}

/** A packaged server has what it made, and not the bundler. */
function bundlerIn(root) {
  return join(root, 'src/bundle.mjs');
}

function isBundled(root) {
  return !existsSync(bundlerIn(root)) || existsSync(join(root, 'dist/start/main.js'));
}

/**
 * Where another Node.js has made the build: what V8 has compiled of the server fits one version of it. A start does without,
 * and takes longer.
 */
function prepareBytecode(root, say) {
  const rehearsal = join(root, 'dist/src/start/rehearsal.js');
  const folder = join(root, 'dist/start');
  const made = join(folder, `server.${cachedDataVersionTag()}.code`);
  if (existsSync(made) || !existsSync(rehearsal) || !isWritable(folder)) return;
  say(`Preparing the server for Node.js ${process.versions.node} ...`);
  run(root, process.execPath, [rehearsal, folder]);
}

function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function stampIn(root) {
  return join(root, 'dist/.sources');
}

function readStamp(stamp) {
  const [digest, ...listing] = (readText(stamp) ?? '').split('\n');
  return { digest, listing: listing.join('\n') };
}

/** The page. Its builder is loaded only now, because it stands beside sources that a packaged server does not have. */
async function buildPage(root, say) {
  if (!(await pageIsStale(root))) return;
  say('Building the page ...');
  const built = run(root, process.execPath, [pageBuilderIn(root)]);
  if (built.status !== 0) throw new SetupError(`The page could not be built.\n${built.output}`);
}

async function pageIsStale(root) {
  const builder = pageBuilderIn(root);
  if (!existsSync(builder)) return false;
  const { webIsStale } = await import(pathToFileURL(builder).href);
  return webIsStale(root);
}

function pageBuilderIn(root) {
  return join(root, 'src/web/build.mjs');
}

function sourcesOf(root) {
  const files = sourceFiles(root);
  const listing = files.map((file) => relative(root, file)).join('\n');
  return { files, listing };
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** All that the compiler reads, in a stable order; the page's sources are not among them. */
function sourceFiles(root) {
  const found = ['tsconfig.json', 'package-lock.json', 'src/bundle.mjs'].map((name) => join(root, name));
  const page = join(root, 'src/web');
  for (const folder of ['src', 'test', 'conformance']) {
    const entries = existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      : [];
    for (const entry of entries)
      if (entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.startsWith(page))
        found.push(join(entry.parentPath, entry.name));
  }
  return found.filter((file) => existsSync(file)).sort((a, b) => (a < b ? -1 : 1));
}

// Command

/** Lets `npx portcal` find the command line of this very checkout. */
function linkCommand(root) {
  const target = join(root, 'dist/src/cli.js');
  if (!existsSync(target)) return;
  if (!windows && (statSync(target).mode & 0o111) === 0) chmodSync(target, 0o755);
  const bin = join(root, 'node_modules/.bin');
  const link = join(bin, windows ? 'portcal.cmd' : 'portcal');
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined && existsSync(link)) return;
  rmSync(link, { force: true });
  mkdirSync(bin, { recursive: true });
  if (windows) writeFileSync(link, '@node "%~dp0..\\..\\dist\\src\\cli.js" %*\r\n');
  else symlinkSync('../../dist/src/cli.js', link);
}

// Tools

function npm(root, args) {
  // Under `npm start` the running npm names itself, so the same version does the work.
  const self = process.env.npm_execpath;
  if (self?.endsWith('.js')) return run(root, process.execPath, [self, ...args], compiling());
  return run(root, windows ? 'npm.cmd' : 'npm', args, compiling());
}

/**
 * Where npm must compile better-sqlite3 it takes our form of one header: see object-wrap.h. The path is relative to the
 * folder in which the compiler runs, so that blanks in the path of the checkout do no harm.
 */
function compiling() {
  const { CXXFLAGS = '' } = process.env;
  return {
    ...process.env,
    CXXFLAGS: `${CXXFLAGS} -include ../../../src/storage/sqlite/object-wrap.h`.trim(),
  };
}

function run(root, command, args, env = process.env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    shell: windows && command.endsWith('.cmd'),
  });
  return { status, output: presentable(error ? `${error.message}` : `${stderr}${stdout}`) };
}

/** What a tool said, without addresses: a registry's may be private or carry a credential. */
export function presentable(output) {
  return output
    .replace(/\b(?:https?|git(?:\+\w+)?):\/\/[^\s"'`)]+/g, '[address]')
    .replace(/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT) \S+/g, '$1')
    .split('\n')
    .filter((line) => !/registry|_authToken|A complete log of this run|\.npm[\\/]_logs/i.test(line))
    .join('\n')
    .trim();
}

function networkAdvice(output) {
  return /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|network/.test(output)
    ? 'The package registry cannot be reached: check the network or the proxy settings of npm, then try again.'
    : 'Try again; if it goes on, remove the node_modules folder first.';
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function readJson(file) {
  const text = readText(file);
  return text === undefined ? undefined : JSON.parse(text);
}

function timeOf(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await setUp(fileURLToPath(new URL('..', import.meta.url)));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
