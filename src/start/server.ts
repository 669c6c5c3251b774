/** What `bundle.mjs` joins into one file: the server, and what its rehearsal asks for. */
export { loadSettings } from '../config.ts';
export { createLog } from '../observability/log.ts';
export { serve } from '../serve.ts';

export async function loadApp(): Promise<typeof import('../app.ts')> {
  return await import('../app.ts');
}
