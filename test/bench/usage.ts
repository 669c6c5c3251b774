import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What processes and all their descendants use, read from /proc; Linux only. */
export interface Memory {
  readonly processes: number;
  /** Proportional set size: pages shared by several processes counted once. */
  readonly pssMb: number;
  readonly rssMb: number;
}

interface ProcessState {
  readonly parent: number;
  readonly cpuMs: number;
}

const tickMs = 10; // USER_HZ is 100 on Linux.

/** CPU time used so far; null without processes. */
export function cpuMs(roots: readonly number[]): number | null {
  if (roots.length === 0) return null;
  return [...processTree(roots).values()].reduce((sum, state) => sum + state.cpuMs, 0);
}

export function memory(roots: readonly number[]): Memory | null {
  if (roots.length === 0) return null;
  const ids = [...processTree(roots).keys()];
  let pssKb = 0;
  let rssKb = 0;
  for (const id of ids) {
    const rollup = readOrEmpty(`/proc/${id}/smaps_rollup`);
    pssKb += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
    rssKb += Number(/^Rss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
  }
  return { processes: ids.length, pssMb: mb(pssKb), rssMb: mb(rssKb) };
}

function mb(kb: number): number {
  return Number((kb / 1024).toFixed(1));
}

/** Megabytes on disk below a folder, without following links. */
export function diskMb(folder: string): number {
  let bytes = 0;
  const visit = (path: string): void => {
    const info = lstatSync(path, { throwIfNoEntry: false });
    if (info === undefined) return;
    bytes += info.blocks * 512;
    if (info.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(folder);
  return mb(bytes / 1024);
}

function processTree(roots: readonly number[]): Map<number, ProcessState> {
  const all = new Map<number, ProcessState>();
  for (const entry of readdirSync('/proc')) {
    const state = /^\d+$/.test(entry) ? stateOf(entry) : undefined;
    if (state !== undefined) all.set(Number(entry), state);
  }
  const members = new Map<number, ProcessState>();
  for (const root of roots) {
    const state = all.get(root);
    if (state !== undefined) members.set(root, state);
  }
  // A child may come before its parent in /proc, so the tree is grown until nothing is added.
  for (let size = -1; size !== members.size; ) {
    size = members.size;
    for (const [id, state] of all) if (members.has(state.parent)) members.set(id, state);
  }
  return members;
}

function stateOf(id: string): ProcessState | undefined {
  const text = readOrEmpty(`/proc/${id}/stat`);
  // The program's name stands in brackets and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return undefined;
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), cpuMs: ticks * tickMs };
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // The process ended in between.
  }
}
