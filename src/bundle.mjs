/**
 * Joins what the compiler made in dist/src into a few files in dist/start, from which `npm start` runs: a start then reads
 * a dozen files where it read three hundred, and takes two thirds of the time (docs/decisions/0013).
 *
 * Plain JavaScript, because `setup.mjs` calls it. Nothing is shortened or renamed, so stack traces stay readable.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Koa is thirty small files, all of them loaded at each start; the other packages stay where npm has put them. */
const joinedPackages = new Set(['koa']);

export async function bundleServer(root) {
  const { build } = await import('esbuild');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const target = join(root, 'dist/start');
  rmSync(target, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['dist/src/main.js'],
    outdir: target,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: Object.keys(dependencies).filter((name) => !joinedPackages.has(name)),
    // Packages written for `require` ask for Node's own modules by it.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);",
    },
    plugins: [placesKept(root, target)],
    legalComments: 'none',
    logLevel: 'error',
  });
}

/** Our files find schema.sql, the page and workers from where they stand; they go on doing so after they were joined. */
function placesKept(root, target) {
  const ours = join(root, 'dist/src');
  return {
    name: 'places-kept',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (relative(ours, path).startsWith('..')) return undefined;
        const place = JSON.stringify(relative(target, path).replaceAll('\\', '/'));
        const contents = readFileSync(path, 'utf8').replaceAll(
          'import.meta.url',
          `new URL(${place}, import.meta.url).href`,
        );
        return { contents, loader: 'js' };
      });
    },
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundleServer(fileURLToPath(new URL('..', import.meta.url)));
