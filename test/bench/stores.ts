import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../conformance/process.ts';
import type { BenchEvent } from './events.ts';

/**
 * The store of a server whose PUT takes as long as its calendar is large: written to directly, a calendar of 10,000
 * events is there in seconds instead of an hour.
 *
 * The calendar itself and its first objects are made by requests, so that the server lays out the folder and its
 * settings. `verify` shows that what is served afterwards is what would have been put.
 */
export interface DirectStore {
  /** Where calendars lie as folders with a file for each object. */
  readonly folder: string;
  /** Makes new files part of the calendar; nothing to do where the folder is all there is. */
  readonly adopt?: (calendarFolder: string) => Promise<void>;
  /** Whether the server keeps something for each object that PUT makes and that is otherwise made when it is read. */
  readonly fillsCacheOnRead: boolean;
}

/** Radicale: files, and beside them what was parsed of each. */
export function radicaleStore(dataFolder: string): DirectStore {
  return { folder: join(dataFolder, 'radicale/collections/collection-root/bench'), fillsCacheOnRead: true };
}

/** Xandikos: a git repository with a working tree for each calendar; its settings lie in `.git/config`. */
export function xandikosStore(dataFolder: string): DirectStore {
  return {
    folder: join(dataFolder, 'xandikos/store/bench/calendars'),
    fillsCacheOnRead: false,
    async adopt(cwd) {
      const author = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', '-c', 'gc.auto=0'];
      for (const command of [
        ['add', '--all'],
        ['commit', '--quiet', '--message', 'Fill the calendar'],
      ]) {
        const { code, stderr } = await run('git', [...author, ...command], { cwd });
        if (code !== 0) throw new Error(`git ${command[0]} ended with ${code}: ${stderr}`);
      }
    },
  };
}

/** Adds the events of these indexes to the calendar of that name. */
export async function writeToStore(
  store: DirectStore,
  calendar: string,
  indexes: readonly number[],
  eventOf: (index: number) => BenchEvent,
): Promise<void> {
  const folder = join(store.folder, calendar);
  for (const index of indexes) {
    const { name, ics } = eventOf(index);
    writeFileSync(join(folder, name), ics);
  }
  await store.adopt?.(folder);
}
