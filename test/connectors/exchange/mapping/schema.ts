/**
 * Microsoft's schema, where a copy lies beside the project (`../shared/schema/ews`, see conformance/exchange): it may not be
 * carried along. Tests that need it are skipped elsewhere.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { memoryPages, validateXML } from 'xmllint-wasm';

/** The project's root is one above the build folder, which is four above this file. */
const folder = fileURLToPath(
  new URL('../../../../../../shared/schema/ews/exchange2013_sp1/', import.meta.url),
);

export const schemaIsThere: boolean = existsSync(`${folder}types.xsd`);

/** What is wrong with documents, by their names; empty: nothing. */
export async function schemaErrors(documents: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const file = (fileName: string): { fileName: string; contents: string } => ({
    fileName,
    contents: readFileSync(`${folder}${fileName}`, 'utf8'),
  });
  const result = await validateXML({
    xml: Object.entries(documents).map(([fileName, contents]) => ({ fileName, contents })),
    schema: [file('driver.xsd')],
    preload: [file('types.xsd'), file('messages.xsd'), file('xml.xsd')],
    initialMemoryPages: 64 * memoryPages.MiB,
    maxMemoryPages: 512 * memoryPages.MiB,
  });
  return result.errors.map(({ rawMessage }) => rawMessage);
}
