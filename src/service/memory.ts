/**
 * The only memory between requests.
 *
 * Nothing in it needs to be told of a change. Answers about rights and people are kept for one `directoryVersion`, which
 * every commit that concerns them moves, in whatever process; forms of objects are kept under the entity tag of the
 * bytes they were made from (ARCHITECTURE §7, caldav.md 2.9).
 */
import type { PolicyKey } from '../core/change-set.ts';
import type { CalendarId, ETag } from '../core/ids.ts';
import type { Principal } from '../core/principal.ts';
import type { Storage } from '../storage/port.ts';
import type { HomeChild, Rights } from './access.ts';
import { ExportMemory } from './export/export-memory.ts';

/** Entries of one kind; beyond it the older half is forgotten. */
const maxEntries = 20_000;
const maxHomes = 2_000;

/** What is known of people and rights at one version of the directory. */
export class Directory {
  readonly version: number;
  readonly principals: Kept<Principal | undefined> = new Kept();
  readonly rights: Kept<Rights> = new Kept();
  readonly policies: Kept<ReadonlyMap<PolicyKey, string>> = new Kept();
  /** Calendars that a connector synchronizes. */
  readonly linked: Kept<ReadonlySet<CalendarId>> = new Kept(1);
  /** What is in whose home. */
  readonly homes: Kept<readonly HomeChild[]> = new Kept(maxHomes);

  constructor(version: number) {
    this.version = version;
  }
}

const mebi = 1024 * 1024;

/** How an object looks to somebody who may not see all of it. */
export type ReducedForm = 'whole' | 'hidden' | { readonly etag: ETag; readonly sizeBytes: number };

export class Memory {
  /** By the entity tag of the stored bytes and whatever else the form depends on. */
  readonly reduced: Kept<ReducedForm> = new Kept();
  readonly exports: ExportMemory = new ExportMemory(32 * mebi, 24 * mebi);
  private directory = new Directory(-1);

  /**
   * The directory as of now. The version is read before anything that is kept under it, so an answer can be newer than
   * its version, never older; and a reader that was overtaken by a commit fills the old directory, which nobody asks again.
   */
  async current(storage: Storage): Promise<Directory> {
    const version = await storage.directoryVersion();
    if (this.directory.version !== version) this.directory = new Directory(version);
    return this.directory;
  }
}

/** A bounded map; `undefined` is never kept. */
export class Kept<Value> {
  private readonly values = new Map<string | number, Value>();
  private readonly most: number;

  constructor(most: number = maxEntries) {
    this.most = most;
  }

  known(key: string | number): Value | undefined {
    return this.values.get(key);
  }

  keep(key: string | number, value: Value): void {
    if (this.values.size >= this.most) this.forgetHalf();
    this.values.set(key, value);
  }

  async get(key: string | number, load: () => Promise<Value>): Promise<Value> {
    const known = this.values.get(key);
    if (known !== undefined) return known;
    const value = await load();
    if (value !== undefined) this.keep(key, value);
    return value;
  }

  /** A map iterates in the order of insertion. */
  private forgetHalf(): void {
    let left = this.most / 2;
    for (const key of this.values.keys()) {
      if (left-- === 0) return;
      this.values.delete(key);
    }
  }
}

/** A map bounded by bytes; the caller says how many each entry takes. */
export class KeptBytes<Value> {
  private readonly entries = new Map<string, { readonly value: Value; readonly sizeBytes: number }>();
  private readonly mostBytes: number;
  private sizeBytes = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  known(key: string): Value | undefined {
    return this.entries.get(key)?.value;
  }

  /** Keeps an entry, unless it would take half of the room. */
  keep(key: string, value: Value, sizeBytes: number): void {
    if (sizeBytes > this.mostBytes / 2) return;
    this.forget(key);
    if (this.sizeBytes + sizeBytes > this.mostBytes) this.forgetHalf();
    this.entries.set(key, { value, sizeBytes });
    this.sizeBytes += sizeBytes;
  }

  private forgetHalf(): void {
    for (const key of this.entries.keys()) {
      if (this.sizeBytes <= this.mostBytes / 2) return;
      this.forget(key);
    }
  }

  private forget(key: string): void {
    this.sizeBytes -= this.entries.get(key)?.sizeBytes ?? 0;
    this.entries.delete(key);
  }
}
