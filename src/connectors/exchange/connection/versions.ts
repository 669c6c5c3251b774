/** As which version a server is asked (exchange.md 13). */

import type { ServerVersion } from '../wire/response.ts';
import { type SchemaVersion, schemaVersions } from '../wire/schema-version.ts';

/** What `auto` asks as first: enough for all that we use, and known to everything since 2013. */
export const firstVersion: SchemaVersion = 'Exchange2013_SP1';

/**
 * What to ask as after `refused` was not accepted: one step down, or down to what the server says of itself, where that is
 * lower still. Undefined: there is nothing older.
 */
export function stepDown(
  refused: SchemaVersion,
  server: ServerVersion | undefined,
): SchemaVersion | undefined {
  const told = schemaVersions.find((version) => version === schemaOf(server));
  if (told !== undefined && schemaVersions.indexOf(told) < schemaVersions.indexOf(refused)) return told;
  return schemaVersions[schemaVersions.indexOf(refused) - 1];
}

export function isSchemaVersion(text: string): text is SchemaVersion {
  return schemaVersions.some((version) => version === text);
}

/** The schema that a server says it knows; before 2010 SP1 they did not say, but their build does. */
export function schemaOf(server: ServerVersion | undefined): string {
  if (server === undefined || server.schema !== '') return server?.schema ?? '';
  const [major = 0, minor = 0] = server.build.split('.').map(Number);
  if (major === 8) return 'Exchange2007_SP1';
  return major === 14 && minor === 0 ? 'Exchange2010' : '';
}
