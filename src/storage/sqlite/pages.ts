/** How long reads are cut: the sizes of pages, and the pause between them. */
import { setImmediate } from 'node:timers/promises';

/** Rows of one page. */
export const pageRows = 256;

/** Bytes of objects in one page, after which it ends early; a page holds at least one object. */
export const pageBytes: number = 1024 * 1024;

/** Index rows read in one step when only ids are wanted. */
export const indexSlice = 4096;

/**
 * Lets the event loop turn. Awaiting something that is finished does not: a read of 50,000 objects would then keep
 * every other request waiting for half a second.
 */
export const pause = (): Promise<void> => setImmediate();
