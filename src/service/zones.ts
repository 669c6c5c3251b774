/** By which zone a calendar's floating times and dates are read. */

/** The name as the zone database spells it; `undefined` when there is no such zone. */
export function ianaZoneName(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // RangeError: no zone of that name.
    return undefined;
  }
}
