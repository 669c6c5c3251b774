/** The length of what GET answers on collections (RFC 4918 §15.4). Objects and files carry theirs. */
import { defineProperty } from '../../dav/property.ts';
import { dav } from '../../xml/name.ts';
import { calendarExport } from '../calendar-export.ts';
import { helpText } from '../help-page.ts';
import { type HelpfulKind, helpfulKinds } from '../methods/get.ts';
import type { CalendarResource, Context, Property } from '../world.ts';

/** GET tells no length of a file that is still being made when this much of it is sent. */
const maxGatheredBytes = 128 * 1024;

export const getcontentlength: Property<'calendar' | HelpfulKind, number> = defineProperty({
  name: dav('getcontentlength'),
  on: ['calendar', ...helpfulKinds],
  spec: 'RFC 4918 §15.4',
  cost: 'query',
  inAllprop: true,
  read(resource, context) {
    // In listings nobody needs it, and each calendar would have to be written for it.
    if (context.request.depth !== 0) return undefined;
    if (resource.kind === 'calendar') return fileLength(resource, context);
    return Buffer.byteLength(helpText(context));
  },
  write: (writer, length) => writer.text(String(length)),
});

async function fileLength(calendar: CalendarResource, context: Context): Promise<number | undefined> {
  const exported = await calendarExport(calendar, context);
  const whole = await exported.whole();
  if (whole) return whole.reduce((sum, { length }) => sum + length, 0);
  let length = 0;
  for await (const chunk of exported.chunks) {
    length += chunk.length;
    if (length > maxGatheredBytes) return undefined;
  }
  return length;
}
