/** What the service says about itself (RFC 7808 §6.1). */
import { zoneDataVersion } from '../icalendar/zones/zone-list.ts';

export const publisher = 'IANA Time Zone Database';

export const calendarType = 'text/calendar';

/** `path` is where the service lives: `/tzdist`. */
export function capabilities(path: string): object {
  const stretch = (required: boolean): readonly object[] => [
    { name: 'start', required, multi: false },
    { name: 'end', required, multi: false },
  ];
  const action = (name: string, template: string, parameters: readonly object[]): object => ({
    name,
    'uri-template': `${path}/${template}`,
    parameters,
  });
  return {
    version: 1,
    info: {
      'primary-source': `${publisher}:${zoneDataVersion}`,
      formats: [calendarType],
      truncated: { any: true, untruncated: true },
    },
    actions: [
      action('capabilities', 'capabilities', []),
      action('list', 'zones{?changedsince}', [{ name: 'changedsince', required: false, multi: false }]),
      action('get', 'zones{/tzid}{?start,end}', stretch(false)),
      action('expand', 'zones{/tzid}/observances{?start,end}', stretch(true)),
      action('find', 'zones{?pattern}', [{ name: 'pattern', required: true, multi: false }]),
      action('leapseconds', 'leapseconds', []),
    ],
  };
}
