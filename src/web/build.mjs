/**
 * Bundles the page into dist/web: hashed files with ready-made gzip and brotli copies, and the document that loads them.
 *
 * Plain JavaScript, because `setup.mjs` calls it. What the server may rely on: `dist/web/index.html` holds
 * `<base href="/">`, to be replaced by the base path; everything under `dist/web/assets` has its hash in its name and
 * never changes; beside each file lie `.br` and `.gz`.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Whether the output is missing or older than what it is made from. */
export function webIsStale(root) {
  if (!existsSync(join(root, 'src/web'))) return false;
  // A packaged server without development packages runs from the page it was shipped with.
  if (!existsSync(join(root, 'node_modules/esbuild')) && existsSync(join(root, 'dist/web/index.html')))
    return false;
  const sources = sourceFiles(root);
  const stamp = join(root, 'dist/web/.sources');
  const made = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (made === 0 || readFileSync(stamp, 'utf8') !== listing(root, sources)) return true;
  return sources.some((file) => statSync(file).mtimeMs > made);
}

function listing(root, sources) {
  return sources.map((file) => relative(root, file)).join('\n');
}

/** Answers the bytes of each file, as they are and compressed. */
export async function buildWeb(root) {
  const { build } = await import('esbuild');
  const target = join(root, 'dist/web');
  const sources = listing(root, sourceFiles(root));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/web/main.tsx', 'src/web/styles/page.css', 'src/web/icon.svg'],
    loader: { '.svg': 'copy' },
    outdir: 'dist/web/assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022', 'chrome114', 'firefox125', 'safari17'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  const entry = Object.keys(metafile.outputs).find(
    (file) => metafile.outputs[file].entryPoint === 'src/web/main.tsx',
  );
  const style = Object.keys(metafile.outputs).find((file) => file.endsWith('.css'));
  const icon = Object.keys(metafile.outputs).find((file) => file.endsWith('.svg'));
  const template = readFileSync(join(root, 'src/web/index.html'), 'utf8');
  const document = template
    .replace('%STYLE%', relative('dist/web', style))
    .replace('%SCRIPT%', relative('dist/web', entry))
    .replace('%ICON%', relative('dist/web', icon))
    .replace('%PRELOAD%', preloads(metafile.outputs, entry))
    .replaceAll('\\', '/');
  writeFileSync(join(target, 'index.html'), document);
  const assets = Object.keys(metafile.outputs).map((file) => join(root, file));
  const sizes = assets.map((file) => ({ file: relative(target, file), ...compress(file) }));
  writeFileSync(join(target, '.sources'), sources);
  return sizes;
}

/** What the calendar needs, told to the browser before it has read the entry: both are fetched at the same time. */
function preloads(outputs, entry) {
  const home = Object.keys(outputs).find((file) => outputs[file].entryPoint === 'src/web/screens/home.tsx');
  const needed = new Set([home]);
  for (const file of [entry, home])
    for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement') needed.add(path);
  needed.delete(entry);
  return [...needed]
    .map((path) => `<link rel="modulepreload" href="${relative('dist/web', path)}">`)
    .join('\n');
}

function compress(file) {
  const bytes = readFileSync(file);
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
  writeFileSync(`${file}.gz`, gzip);
  writeFileSync(`${file}.br`, brotli);
  return { bytes: bytes.length, gzip: gzip.length, brotli: brotli.length };
}

/** All that the bundler reads, in a stable order. */
function sourceFiles(root) {
  const found = [join(root, 'package-lock.json'), join(root, 'src/portal/api.ts')];
  for (const folder of ['src/web', 'src/i18n']) {
    const entries = existsSync(join(root, folder))
      ? readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      : [];
    for (const entry of entries) if (entry.isFile()) found.push(join(entry.parentPath, entry.name));
  }
  return found.filter((file) => existsSync(file)).sort((one, other) => (one < other ? -1 : 1));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  for (const { file, bytes, gzip, brotli } of await buildWeb(root))
    console.log(`${file}  ${bytes} bytes, gzip ${gzip}, brotli ${brotli}`);
}
