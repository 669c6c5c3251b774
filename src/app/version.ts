/** The version of this program. */
import { readFile } from 'node:fs/promises';

/** Read from `package.json` at the root of the package, three levels above the compiled `src/app`. */
export async function packageVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(
    await readFile(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  const version: unknown =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : '';
  return String(version);
}
