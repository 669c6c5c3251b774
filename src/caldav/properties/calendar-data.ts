/** The objects themselves inside reports, whole or in the parts and forms that were asked for (RFC 4791 §9.6). */
import { DavError } from '../../dav/error.ts';
import { defineProperty } from '../../dav/property.ts';
import { type DataSelection, selectsAll } from '../../icalendar/query/select.ts';
import { caldav } from '../../xml/name.ts';
import { type Content, content } from '../content.ts';
import { dataSelection } from '../grammar/calendar-data.ts';
import type { Property } from '../world.ts';

export const calendarData: Property<'object', Content, DataSelection> = defineProperty({
  name: caldav('calendar-data'),
  on: ['object'],
  spec: 'RFC 4791 §9.6',
  cost: 'bytes',
  inAllprop: false,
  inReportsOnly: true,
  inRow: (selection) => (selection && selectsAll(selection) ? 'data' : 'made'),
  parse: dataSelection,
  async read(object, context, selection) {
    const made = object.content ?? (await content(object, context, selection));
    if (made instanceof DavError) throw made;
    return made;
  },
  write: (writer, pieces) => {
    for (const bytes of pieces) writer.rawBytes(bytes);
  },
});
