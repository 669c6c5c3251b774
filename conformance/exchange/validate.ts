/**
 * Requests and answers against Microsoft's schema, by libxml2 in WebAssembly.
 *
 * The schema lies beside the project and is not part of it; where it is absent nothing can be validated.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validateXML } from 'xmllint-wasm';
import { projectFolder } from '../paths.ts';

/** Both generations that Microsoft has published: that of Exchange 2013 SP1, and the newest. */
export type Generation = 'exchange2013_sp1' | 'newest';

const folder = join(projectFolder, '../shared/schema/ews');

/** A sentence when there is no schema here, else undefined. */
export function schemaMissing(): string | undefined {
  return existsSync(join(folder, 'driver.xsd')) ? undefined : `Microsoft's schema is not at ${folder}`;
}

export interface Envelope {
  /** For messages; letters, digits and hyphens. */
  readonly name: string;
  readonly text: string;
}

const files: Readonly<Record<Generation, readonly [name: string, path: string][]>> = {
  exchange2013_sp1: [
    ['types.xsd', 'exchange2013_sp1/types.xsd'],
    ['messages.xsd', 'exchange2013_sp1/messages.xsd'],
    ['xml.xsd', 'exchange2013_sp1/xml.xsd'],
  ],
  newest: [
    ['types.xsd', 'Types.xsd'],
    ['messages.xsd', 'Messages.xsd'],
    ['xml.xsd', 'xml.xsd'],
  ],
};

/** What is wrong with the envelopes, a sentence each; equal ones are validated once. */
export async function schemaErrors(
  envelopes: readonly Envelope[],
  generation: Generation = 'newest',
): Promise<readonly string[]> {
  const distinct = new Map(envelopes.map((one) => [one.text, one]));
  const documents = [...distinct.values()].map(({ name, text }, index) => ({
    fileName: `${String(index).padStart(4, '0')}-${name}.xml`,
    contents: text,
  }));
  if (documents.length === 0) return [];
  const read = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const { errors } = await validateXML({
    xml: documents,
    schema: [{ fileName: 'driver.xsd', contents: read('driver.xsd') }],
    preload: files[generation].map(([fileName, path]) => ({ fileName, contents: read(path) })),
    initialMemoryPages: 2_048,
    maxMemoryPages: 16_384,
  });
  return errors.map(({ message, loc }) => `${loc?.fileName ?? ''}: ${message}`);
}
