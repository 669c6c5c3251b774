/**
 * Objects whose text is long, parsed. A series with thousands of dates or changed instances is asked for again and again
 * while it stays what it is, and reading its text costs more than all else; of others a parse costs next to nothing.
 */
import type { Component } from '../../icalendar/component.ts';
import { planSteps } from '../../icalendar/instances/instance-plan.ts';
import { isRecurring } from '../../icalendar/instances/recur-set.ts';
import { type CalendarObject, objectSteps, parseObject } from '../../icalendar/object.ts';
import type { Zone } from '../../icalendar/zones/timezone.ts';
import type { Services } from '../context.ts';
import { inTurns } from '../pace.ts';

/** Shorter texts are read anew each time. */
export const longBytes: number = 32 * 1024;
/** Bytes of all texts that are kept parsed; the trees are some ten times as large, eighty megabytes at worst. */
const maxBytes: number = 4 * 1024 * 1024;
/** What a line counts at least: one with parameters that somebody has read takes 660 bytes, however short it is. */
const lineBytes = 35;

/**
 * What `parseObject` makes of bytes of which `etag` is the entity tag; nothing in it may be changed. Others get their turns
 * while a long text is read and its instances, with floating times in `zone`, are prepared: of both a series with thousands of
 * dates or changed instances needs some ten milliseconds.
 */
export async function parsedInTurns(
  { memory }: Pick<Services, 'memory'>,
  etag: string,
  bytes: Uint8Array,
  zone: Zone,
): Promise<CalendarObject | undefined> {
  if (bytes.length < longBytes) return parseObject(bytes, 'forgiving');
  const kept = treesOf(memory);
  let object = kept.get(etag, bytes);
  if (!object) {
    object = await inTurns(objectSteps(bytes, 'forgiving'));
    if (object) kept.keep(etag, bytes, object);
  }
  if (object && isSeries(object)) await inTurns(planSteps(object, zone));
  return object;
}

function isSeries({ master, overrides }: CalendarObject): boolean {
  return overrides.length > 0 || (master !== undefined && isRecurring(master));
}

function treesOf(memory: Services['memory']): Trees {
  let kept = trees.get(memory);
  if (!kept) trees.set(memory, (kept = new Trees()));
  return kept;
}

const trees = new WeakMap<Services['memory'], Trees>();

class Trees {
  /** In order of use. */
  private readonly entries = new Map<
    string,
    { readonly bytes: Uint8Array; readonly object: CalendarObject; readonly sizeBytes: number }
  >();
  private sizeBytes = 0;

  get(etag: string, bytes: Uint8Array): CalendarObject | undefined {
    const known = this.entries.get(etag);
    // A personal copy (own reminders) has other bytes under the shared object's tag.
    if (!known || Buffer.compare(known.bytes, bytes) !== 0) return undefined;
    this.entries.delete(etag);
    this.entries.set(etag, known);
    return known.object;
  }

  keep(etag: string, bytes: Uint8Array, object: CalendarObject): void {
    this.forget(etag);
    const sizeBytes = Math.max(bytes.length, lineCount(object.calendar) * lineBytes);
    if (sizeBytes > maxBytes) return;
    for (const oldest of this.entries.keys()) {
      if (this.sizeBytes + sizeBytes <= maxBytes) break;
      this.forget(oldest);
    }
    this.entries.set(etag, { bytes, object, sizeBytes });
    this.sizeBytes += sizeBytes;
  }

  private forget(etag: string): void {
    this.sizeBytes -= this.entries.get(etag)?.sizeBytes ?? 0;
    this.entries.delete(etag);
  }
}

function lineCount({ properties, components }: Component): number {
  return components.reduce((sum, inner) => sum + lineCount(inner), properties.length);
}
