/**
 * Runs the joined server (`bundle.mjs`) with what V8 has compiled of it before.
 *
 * V8 reads a source twice: once to find where its functions are, and each function again when it is first called. Of our three
 * megabytes that took a quarter of a start, and as much again in its first requests. The bytecode of what a start and a
 * first minute need is made once, by the build (`rehearsal.ts`), and lies beside the source (docs/decisions/0014).
 *
 * It is used only if it fits: its name tells by which V8, with which of its flags and for which processor it was made, and
 * a sum over the source and itself stands in front. V8 looks at no more than the length of the source, and what is
 * damaged would end the process. Whatever does not fit is not used, and V8 compiles as it always does. Nothing is ever
 * written here: who may change the bytecode is who may change the source.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** What `bundle.mjs` joins. */
export type Server = typeof import('./server.ts');

export interface Joined<Exports> {
  readonly exports: Exports;
  /** Whether what was kept did fit. */
  readonly isPrepared: boolean;
  /** Keeps what has been compiled so far, for the next ones. */
  readonly keep: () => void;
}

const sumBytes = 4;

/** Runs `server.js` of this folder; with `isAnew` without its bytecode. */
export function openJoined<Exports = Server>(folder: string, isAnew = false): Joined<Exports> {
  const file = join(folder, 'server.js');
  const source = readFileSync(file);
  const kept = codeFile(folder);
  const cachedData = isAnew ? undefined : fitting(readIfThere(kept), source);
  const script = new Script(source.toString('latin1'), {
    filename: file,
    ...(cachedData && { cachedData }),
  });
  // The shape that the bundler gives it.
  const run: ModuleFunction<Exports> = script.runInThisContext();
  const module = { exports: {} };
  return {
    exports: run(module.exports, createRequire(file), module, file, folder, importPackage),
    isPrepared: cachedData !== undefined && script.cachedDataRejected === false,
    keep() {
      const code = script.createCachedData();
      const draft = `${kept}.${process.pid}`;
      writeFileSync(draft, Buffer.concat([sumOf(source, code), code]));
      renameSync(draft, kept);
    },
  };
}

/** Written where no bytecode can be made: it fits nothing, and nobody tries again. */
export function giveUp(folder: string): void {
  writeFileSync(codeFile(folder), '');
}

export function codeFile(folder: string): string {
  return join(folder, `server.${cachedDataVersionTag()}.code`);
}

/** From here, because Node finds no way to import from a script that comes with its bytecode. */
async function importPackage(name: string): Promise<unknown> {
  return await import(name);
}

/** Such as Node makes one of each CommonJS file; it gives the exports. */
type ModuleFunction<Exports> = (
  exports: object,
  require: NodeJS.Require,
  module: { exports: object },
  filename: string,
  folder: string,
  importFrom: typeof importPackage,
) => Exports;

function fitting(kept: Buffer | undefined, source: Buffer): Buffer | undefined {
  const code = kept?.subarray(sumBytes);
  return kept && code && kept.subarray(0, sumBytes).equals(sumOf(source, code)) ? code : undefined;
}

function sumOf(source: Buffer, code: Buffer): Buffer {
  const sum = Buffer.alloc(sumBytes);
  sum.writeUInt32BE(crc32(code, crc32(source)));
  return sum;
}

/** A start does without it, whatever the reason why it cannot be read. */
function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
