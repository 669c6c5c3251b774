import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { outFolder } from './paths.ts';
import { pause } from './portcal.ts';
import { isInstalled, run } from './process.ts';
import type { Program, Suite } from './suite.ts';

/** Debian's own Python: the client libraries are packages of the system, whatever other Python the PATH names. */
export const systemPython = '/usr/bin/python3';

/** Brings what a suite needs; answers a sentence about what cannot be had, or undefined when all is there. */
export async function provide(suite: Suite): Promise<string | undefined> {
  const missing: Program[] = [];
  for (const program of suite.programs ?? []) if (!(await isThere(program))) missing.push(program);
  if (missing.length > 0) {
    const trouble = await installPackages(missing.flatMap(({ packages }) => packages));
    for (const program of missing) {
      if (!(await isThere(program))) return `${program.name} is not installed${trouble && `: ${trouble}`}`;
    }
  }
  for (const name of suite.modules ?? []) {
    const trouble = await installModule(name);
    if (trouble !== undefined) return `the npm package ${name} cannot be had: ${trouble}`;
  }
  return undefined;
}

async function isThere({ name }: Program): Promise<boolean> {
  const [, module] = /^python:(.+)$/.exec(name) ?? [];
  if (module === undefined) return isInstalled(name);
  return (await run('sh', ['-c', '"$0" -c "import $1"', systemPython, module])).code === 0;
}

/** Installs Debian packages if we may; answers a sentence if that did not work, or the empty string. */
export async function installPackages(packages: readonly string[]): Promise<string> {
  if (process.getuid?.() !== 0) return `only root can install ${packages.join(' ')}`;
  if (!(await isInstalled('apt-get'))) return 'this system has no apt-get';
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...packages];
  let last = '';
  // A first try without `update` spares a minute where the lists are fresh; the others wait for a busy lock.
  for (const attempt of [0, 1, 2]) {
    if (attempt > 0) {
      await run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', 'update'], { env, limitSeconds: 600 });
      await pause(2_000);
    }
    const { code, stderr } = await run('apt-get', install, { env, limitSeconds: 1200 });
    if (code === 0) return '';
    last = stderr.trim().split('\n').at(-1) ?? '';
  }
  return `apt-get install fails: ${last}`;
}

const moduleFolder = join(outFolder, 'npm');

/** `wanted` may name a version: `name@2`. */
export async function installModule(wanted: string): Promise<string | undefined> {
  const name = wanted.replace(/(?<=.)@[^@/]*$/, '');
  if (resolveModule(name) !== undefined) return undefined;
  await mkdir(moduleFolder, { recursive: true });
  // What is listed there already stays: npm takes away what is not.
  await writeFile(join(moduleFolder, 'package.json'), '{ "private": true }\n', { flag: 'wx' }).catch(
    () => {},
  );
  const { code, stderr } = await run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--prefix',
    moduleFolder,
    wanted,
  ]);
  if (code === 0 && resolveModule(name) !== undefined) return undefined;
  return stderr.trim().split('\n').at(-1) ?? `npm ended with ${code}`;
}

function resolveModule(name: string): string | undefined {
  for (const base of [import.meta.url, pathToFileURL(join(moduleFolder, 'package.json'))]) {
    // Node remembers what it has not found, so it is not asked before the package is there.
    if (base !== import.meta.url && !existsSync(join(moduleFolder, 'node_modules', name))) continue;
    try {
      return createRequire(base).resolve(name);
    } catch {
      // Not below this folder; the next one may have it.
    }
  }
  return undefined;
}

/** The address by which `import()` finds an npm package of the project or of the cache that `provide` filled. */
export function moduleUrl(name: string): string {
  const path = resolveModule(name);
  if (path === undefined) throw new Error(`the npm package ${name} is not installed`);
  return pathToFileURL(path).href;
}
