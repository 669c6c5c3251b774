/** The versions of the EWS schema that a request may name, oldest first (exchange.md 13). */

export const schemaVersions = [
  'Exchange2007_SP1',
  'Exchange2010',
  'Exchange2010_SP1',
  'Exchange2010_SP2',
  'Exchange2013',
  'Exchange2013_SP1',
  'Exchange2015',
  'Exchange2016',
] as const;

export type SchemaVersion = (typeof schemaVersions)[number];

/** What came with `since` may be sent to a server that was asked as `version`: an unknown element fails the whole request. */
export function knows(version: SchemaVersion, since: SchemaVersion): boolean {
  return schemaVersions.indexOf(version) >= schemaVersions.indexOf(since);
}
