/**
 * Joins what the compiler made in dist/src into one file in dist/start, from which `npm start` runs, and lets V8 compile it once
 * for all starts (docs/decisions/0013, 0014).
 *
 * Plain JavaScript, because `setup.mjs` calls it. Nothing is shortened or renamed, so stack traces stay readable.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * What each start loads, in many small files, and packages that `require` would give in another form than `import` does.
 * The others stay where npm has put them.
 */
const joinedPackages = new Set([
  'koa',
  'pino',
  'basic-auth',
  'better-sqlite3',
  'fast-xml-parser',
  'rate-limiter-flexible',
  'ical-generator',
]);

/**
 * What is loaded behind the start, in one turn of the event loop: a hundred and fifty small files, for which everybody else would
 * wait three times as long. Joined by themselves, because a start does not read them.
 */
const apartPackages = ['xmlbuilder2'];

async function bundleServer(root) {
  const { build } = await import('esbuild');
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const target = join(root, 'dist/start');
  rmSync(target, { recursive: true, force: true });
  const common = {
    absWorkingDir: root,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'error',
  };
  await build({
    ...common,
    entryPoints: ['dist/src/start/main.js'],
    outdir: target,
    plugins: [placesKept(root, target)],
  });
  await build({ ...common, entryPoints: apartPackages, outdir: target });
  const { outputFiles } = await build({
    ...common,
    entryPoints: ['dist/src/start/server.js'],
    outdir: target,
    write: false,
    plugins: [
      placesKept(root, target),
      databaseModuleKept(),
      packagesApart(apartPackages),
      mediaTypesLate(),
      packagesKept(
        root,
        Object.keys(dependencies).filter((name) => !joinedPackages.has(name)),
      ),
    ],
    // A function, as Node makes one of each file: `start/joined.ts` calls it.
    banner: { js: '(function (exports, require, module, __filename, __dirname, importPackage) {' },
    footer: { js: 'return module.exports;\n})' },
  });
  writeFileSync(join(target, 'server.js'), escaped(outputFiles[0].text));
  // The first file that Node reads decides whether it also loads what modules need.
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
  rehearse(root);
}

/** A start does without what comes of it. */
function rehearse(root) {
  const made = spawnSync(
    process.execPath,
    [join(root, 'dist/src/start/rehearsal.js'), join(root, 'dist/start')],
    { encoding: 'utf8' },
  );
  if (made.status !== 0)
    console.error(`Starts will take longer: nothing was compiled for them.\n${made.stderr}`);
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
        const contents = readFileSync(path, 'utf8')
          // Packages written for `require` are joined, too.
          .replaceAll(/createRequire\(\s*import\.meta\.url,?\s*\)\(/g, 'require(')
          // Node cannot import from such a script itself.
          .replaceAll(/\bimport\((?=["'][^.])/g, 'importPackage(')
          .replaceAll(
            'import.meta.url',
            `require('node:url').pathToFileURL(require('node:path').join(__dirname, ${place})).href`,
          );
        return { contents, loader: 'js' };
      });
    },
  };
}

/** better-sqlite3 looks for its compiled part from where its own files stand. */
function databaseModuleKept() {
  return {
    name: 'database-module-kept',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^bindings$/ }, ({ path }) => ({ path, namespace: 'compiled' }));
      onLoad({ filter: /.*/, namespace: 'compiled' }, () => ({
        contents: "module.exports = (name) => require('better-sqlite3/build/Release/' + name);",
      }));
    },
  };
}

/**
 * Koa's context has functions that know the media types of file names, and nothing here calls them. Their two tables, and
 * what is made of them when they are loaded, would take 7 ms of each start and a megabyte.
 */
function mediaTypesLate() {
  return {
    name: 'media-types-late',
    setup({ resolve, onResolve, onLoad }) {
      onResolve({ filter: /^mime-types$/ }, async ({ path, kind, resolveDir, pluginData }) => {
        if (pluginData === 'itself') return undefined;
        const { path: file } = await resolve(path, { kind, resolveDir, pluginData: 'itself' });
        return { path: file, namespace: 'late' };
      });
      onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => ({
        contents: `module.exports = new Proxy({}, { get: (_, name) => (...given) => require(${JSON.stringify(path)})[name](...given) });`,
        resolveDir: dirname(path),
      }));
    },
  };
}

function packagesApart(names) {
  return {
    name: 'packages-apart',
    setup({ onResolve }) {
      for (const name of names)
        onResolve({ filter: new RegExp(`^${name}$`) }, () => ({ path: `./${name}.js`, external: true }));
    },
  };
}

/** What is joined asks for the others by `require`, which must give what the tests got by `import`. */
function packagesKept(root, names) {
  return {
    name: 'packages-kept',
    setup({ onResolve }) {
      for (const name of names)
        onResolve({ filter: new RegExp(`^${name}$`) }, () => {
          const { type, exports } = JSON.parse(
            readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
          );
          const isPlain = type !== 'module' && exports === undefined;
          if (isPlain) return { path: name, external: true };
          return { errors: [{ text: `${name} has a form for import alone: it is to be joined` }] };
        });
    },
  };
}

/** ASCII alone takes half of the memory. What is left of other letters stands in patterns and comments. */
function escaped(source) {
  return source.replaceAll(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await bundleServer(fileURLToPath(new URL('..', import.meta.url)));
