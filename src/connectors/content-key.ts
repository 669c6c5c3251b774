/** What two events have in common that look like one to people. */
import type { NeutralEvent } from './event.ts';
import { instantOf } from './series.ts';

/** By what two events are taken for the same where nothing ties them together. */
export function contentKey({ content, zones, recurrence }: NeutralEvent): string {
  const { start, end, title } = content;
  return JSON.stringify([
    title.trim(),
    instantOf(start, zones),
    instantOf(end, zones),
    'date' in start,
    recurrence !== null,
  ]);
}
