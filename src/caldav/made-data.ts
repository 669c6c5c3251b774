/**
 * What reports have made of objects, remembered: series written out, parts left out.
 *
 * The key is the entity tag of the bytes it was made from, as their reader sees them, and all that the request asked: a change
 * of objects, rights or zones makes another key, and nothing has to be invalidated. What is no longer asked for is forgotten,
 * half of the memory at a time.
 */
import type { ETag } from '../core/ids.ts';
import type { DataSelection } from '../icalendar/query/select.ts';
import type { Zone } from '../icalendar/zones/timezone.ts';
import type { Services } from '../service/context.ts';
import { etagOfParts } from '../service/fingerprint.ts';
import type { ZoneForm } from './zone-form.ts';

/** Data of one object in one form, safe to be joined into XML. */
export interface MadeData {
  readonly bytes: Uint8Array;
  /** Components that an expansion counts as. */
  readonly instanceCount: number;
}

/** The memory for the answers to one request; `undefined` if the data depends on more than the key can hold. */
export function madeDataFor(
  services: Services,
  selection: DataSelection,
  form: { readonly zone: Zone; readonly zones: ZoneForm },
): MadeDataKept | undefined {
  const { zone, zones } = form;
  // Two objects may define two zones of one name.
  if (zone.custom) return undefined;
  const asked = etagOfParts([zone.id, zones, JSON.stringify(selection, mapsAsLists)]);
  const memory = memoryOf(services);
  return {
    known: (etag) => memory.get(asked + etag),
    keep: (etag, data) => memory.keep(asked + etag, data),
  };
}

export interface MadeDataKept {
  readonly known: (etag: ETag) => MadeData | undefined;
  readonly keep: (etag: ETag, data: MadeData) => void;
}

/** Of both generations together; a month of 500 events written out takes 1 to 2 MB. */
const maxBytes = 12 * 1024 * 1024;

/** What is larger is not kept: it would displace too much else. */
export const maxMadeBytes: number = 64 * 1024;

/** What an entry takes besides its bytes. */
const entryBytes = 250;

/** Two generations: what is asked for moves into the younger, and when that is full the older is dropped. */
class Generations {
  private young = new Map<string, MadeData>();
  private old = new Map<string, MadeData>();
  private youngBytes = 0;

  get(key: string): MadeData | undefined {
    const found = this.young.get(key);
    if (found) return found;
    const older = this.old.get(key);
    if (older) this.keep(key, older);
    return older;
  }

  keep(key: string, data: MadeData): void {
    if (this.young.has(key)) return;
    this.young.set(key, data);
    this.youngBytes += data.bytes.length + entryBytes;
    if (this.youngBytes <= maxBytes / 2) return;
    this.old = this.young;
    this.young = new Map();
    this.youngBytes = 0;
  }
}

const memories = new WeakMap<Services['memory'], Generations>();

function memoryOf({ memory }: Services): Generations {
  let known = memories.get(memory);
  if (!known) memories.set(memory, (known = new Generations()));
  return known;
}

function mapsAsLists(_name: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value;
}
