import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The compiled tree this file runs from: `dist`, or another `--outDir` of tsc. */
export const buildFolder: string = fileURLToPath(new URL('..', import.meta.url));

/** The project's root, where sources and data that tsc does not copy lie. */
export const projectFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** Where results, logs and downloaded npm packages go; not under version control. */
export const outFolder: string = `${projectFolder}conformance/out`;

const compiled = `${buildFolder}src/main.js`;
const bundled = `${buildFolder}start/main.js`;

/** What `npm start` runs; where only the compiler has run since it was bundled, what will be bundled next. */
export const serverFile: string = timeOf(bundled) >= timeOf(compiled) ? bundled : compiled;

function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
