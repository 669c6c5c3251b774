/** What `npm start` runs: the joined server. */
import { fileURLToPath } from 'node:url';
import { openJoined } from './joined.ts';

// Seen from dist/src/start, where the compiler puts this file.
const folder = fileURLToPath(new URL('../../start/', import.meta.url));
void openJoined(folder)
  .exports.serve(process.argv.slice(2))
  .then((code) => {
    process.exitCode = code;
  });
