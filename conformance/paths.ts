import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The compiled tree this file runs from: `dist`, or another `--outDir` of tsc. */
export const buildFolder: string = fileURLToPath(new URL('..', import.meta.url));

/** The project's root, where sources and data that tsc does not copy lie. */
export const projectFolder: string = fileURLToPath(new URL('../..', import.meta.url));

/** Where results, logs and downloaded npm packages go; not under version control. */
export const outFolder: string = `${projectFolder}conformance/out`;

const bundled = `${buildFolder}start/main.js`;

/** What `npm start` runs; where the compiler alone has built, into a folder of its own, the same before it is bundled. */
export const serverFile: string = existsSync(bundled) ? bundled : `${buildFolder}src/main.js`;
