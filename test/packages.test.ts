import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** npm's own form. */
interface Lock {
  readonly packages: Readonly<Record<string, Entry>>;
}

interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

describe('package-lock.json', () => {
  // `npm ci` refuses a lock file in which one is missing, be it for a platform that nobody here has.
  it('names every package that another one asks for, those of other platforms too', () => {
    const { packages }: Lock = JSON.parse(
      readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'),
    );
    const missing = Object.entries(packages).flatMap(([by, { dependencies, optionalDependencies }]) =>
      Object.keys({ ...dependencies, ...optionalDependencies })
        .filter((name) => !isFound(packages, by, name))
        .map((name) => `${name}, asked for by ${by || 'package.json'}`),
    );
    assert.deepEqual(missing, []);
  });
});

/** In the folder of the package that asks, or in that of one around it. */
function isFound(packages: Readonly<Record<string, Entry>>, by: string, name: string): boolean {
  for (let folder = by; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder === '' ? '' : `${folder}/`}node_modules/${name}` in packages) return true;
    if (folder === '') return false;
  }
}
