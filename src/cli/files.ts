/** `portcal import` and `portcal export`: calendars as .ics files. */
import { once } from 'node:events';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { makeFolder } from '../app/folder.ts';
import { reasonOf } from '../config/reason.ts';
import type { SeenCalendar } from '../core/calendar.ts';
import { Refusal } from '../core/refusal.ts';
import { calendarsOf } from '../service/access.ts';
import { type ImportReport, importCalendar } from '../service/calendars/import.ts';
import { exportCalendar } from '../service/export/export.ts';
import { searchPeople } from '../service/people/people.ts';
import { type Cli, calendarOf, example } from './commands.ts';
import { CommandError, type ExitCode, type Io, progress, type Report, requireFileName } from './io.ts';
import type { Session } from './session.ts';
import { type ZipEntry, zipped } from './zip.ts';

interface ImportOptions {
  readonly dryRun?: boolean;
}

interface ExportOptions {
  readonly output?: string;
  readonly all?: boolean;
  readonly zip?: string;
}

export function fileCommands(program: Command, { io, run }: Cli): void {
  program
    .command('import <calendar> <files...>')
    .description('take .ics files into a calendar; repeating it changes nothing')
    .option('--dry-run', 'only say what would be done')
    .addHelpText('after', example('portcal import alice/work holidays.ics'))
    .action((written: string, files: readonly string[], options: ImportOptions) =>
      run(async (session) => {
        const seen = await calendarOf(session, written);
        const outcomes: ImportOutcome[] = [];
        for (const file of files) {
          const outcome = await importFile(session, io, seen, file, options).catch((error: unknown) => {
            const problem = ofThisFile(error);
            if (files.length === 1 || problem === undefined) throw error;
            return { problem };
          });
          outcomes.push({ file, ...outcome });
        }
        return importReport(outcomes, options.dryRun ?? false);
      }),
    );

  program
    .command('export [calendar]')
    .description(
      'write a calendar as .ics, to standard output or a file; with --all every calendar into a folder or zip file',
    )
    .option('-o, --output <path>', 'file, or with --all the folder')
    .option('--all', 'every calendar of everybody: OWNER/NAME.ics')
    .option('--zip <file>', 'with --all: one zip file instead of a folder')
    .addHelpText('after', example('portcal export alice/work -o work.ics'))
    .addHelpText('after', example('portcal export --all --zip calendars.zip'))
    .action((written: string | undefined, options: ExportOptions) =>
      run(async (session) => {
        if (options.zip !== undefined) return await exportZip(session, io, options.zip, options);
        if (options.all) return await exportAll(session, io, options);
        if (written === undefined) throw new CommandError('which calendar? OWNER/NAME, or --all', 2);
        return await exportOne(session, io, await calendarOf(session, written), options.output);
      }),
    );
}

/** The outcome for one file; a `problem` concerns this file only. */
type ImportOutcome = { readonly file: string } & (ImportReport | { readonly problem: string });

/** Why this file cannot be imported; `undefined` for errors that would stop every file. */
function ofThisFile(error: unknown): string | undefined {
  if (error instanceof Refusal)
    return error.code === 'invalid-calendar-data' || error.code === 'too-large' ? error.message : undefined;
  if (error instanceof CommandError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return unreadable.test(code) ? reasonOf(error) : undefined;
}

const unreadable = /^(?:ENOENT|EISDIR|ENOTDIR|EACCES|ELOOP|ENAMETOOLONG)$/;

async function importFile(
  { services, actor, settings }: Session,
  io: Io,
  seen: SeenCalendar,
  file: string,
  { dryRun }: ImportOptions,
): Promise<ImportReport> {
  const { size } = await stat(file);
  if (size > settings.maxImportBytes) {
    throw new CommandError(`${file} has ${size} bytes; maxImportBytes is ${settings.maxImportBytes}`);
  }
  const bar = progress(io, file);
  try {
    return await importCalendar(services, actor, seen, await readFile(file), {
      ...(dryRun && { dryRun }),
      onProgress: ({ done, total }) => bar.advance(done, total),
    });
  } finally {
    bar.finish();
  }
}

function importReport(outcomes: readonly ImportOutcome[], dryRun: boolean): Report {
  const lines = outcomes.flatMap((outcome) => {
    if ('problem' in outcome) return [`${outcome.file}: ${outcome.problem}`];
    const { file, added, updated, unchanged, failed, notices } = outcome;
    return [
      `${file}: ${added} ${dryRun ? 'would be added' : 'added'}, ${updated} updated, ${unchanged} unchanged, ${failed} skipped`,
      ...notices.map(
        ({ line, uid, message }) =>
          `  ${line === undefined ? '' : `line ${line}: `}${uid === undefined ? '' : `${uid}: `}${message}`,
      ),
    ];
  });
  return { json: outcomes, lines, exitCode: importExitCode(outcomes) };
}

function importExitCode(outcomes: readonly ImportOutcome[]): ExitCode {
  const reports = outcomes.flatMap((outcome) => ('problem' in outcome ? [] : [outcome]));
  if (reports.length === outcomes.length && reports.every(({ failed }) => failed === 0)) return 0;
  return reports.some(({ added, updated, unchanged }) => added + updated + unchanged > 0) ? 3 : 1;
}

async function exportOne(
  session: Session,
  io: Io,
  seen: SeenCalendar,
  output: string | undefined,
): Promise<Report> {
  const name = `${seen.calendar.ownerName}/${seen.calendar.name}`;
  if (output === undefined) {
    await write(session, seen, io.stdout);
    return { json: undefined, lines: [], isSaid: true };
  }
  const bytes = await writeFile(session, seen, output);
  return { json: { calendar: name, file: output, bytes }, lines: [`${name}: ${bytes} bytes in ${output}`] };
}

async function exportAll(session: Session, io: Io, { output }: ExportOptions): Promise<Report> {
  if (output === undefined) throw new CommandError('--all needs a folder or a zip file: --output FOLDER', 2);
  const files: { calendar: string; file: string; bytes: number }[] = [];
  for await (const { calendar, folder, name, seen } of everyCalendar(session, io)) {
    await makeFolder(join(output, folder));
    const file = join(output, folder, name);
    files.push({ calendar, file, bytes: await writeFile(session, seen, file) });
  }
  return {
    json: files,
    lines: files.map(({ calendar, file, bytes }) => `${calendar}: ${bytes} bytes in ${file}`),
  };
}

async function exportZip(
  session: Session,
  io: Io,
  file: string,
  { all, output }: ExportOptions,
): Promise<Report> {
  if (!all || output !== undefined)
    throw new CommandError('a zip file is for --all, and instead of --output', 2);
  const modified = new Date(session.services.clock.now());
  const calendars: string[] = [];
  const entries = async function* entries(): AsyncGenerator<ZipEntry> {
    for await (const { calendar, folder, name, seen } of everyCalendar(session, io)) {
      yield { name: `${folder}/${name}`, modified, chunks: await content(session, seen) };
      calendars.push(calendar);
    }
  };
  const bytes = await replaced(file, (stream) => writeAll(stream, zipped(entries())));
  return {
    json: { file, calendars, bytes },
    lines: [`${calendars.length} calendars, ${bytes} bytes in ${file}`],
  };
}

interface Exported {
  /** `OWNER/NAME`. */
  readonly calendar: string;
  readonly folder: string;
  readonly name: string;
  readonly seen: SeenCalendar;
}

async function* everyCalendar({ services, actor }: Session, io: Io): AsyncGenerator<Exported> {
  const bar = progress(io, 'export');
  const owners = await searchPeople(services, actor, {}, Number.MAX_SAFE_INTEGER);
  for (const [done, owner] of owners.entries()) {
    const folder = encodeURIComponent(owner.name);
    for (const seen of await calendarsOf(services, actor, owner)) {
      const { name } = seen.calendar;
      yield { calendar: `${owner.name}/${name}`, folder, name: `${encodeURIComponent(name)}.ics`, seen };
    }
    bar.advance(done + 1, owners.length);
  }
  bar.finish();
}

async function writeFile(session: Session, seen: SeenCalendar, file: string): Promise<number> {
  return await replaced(file, (stream) => write(session, seen, stream));
}

/** Writes under another name first, so that a broken export never replaces a complete one. */
async function replaced(
  file: string,
  fill: (stream: NodeJS.WritableStream) => Promise<number>,
): Promise<number> {
  requireFileName(file);
  const unfinished = `${file}.part`;
  try {
    const stream = (await open(unfinished, 'w', 0o600)).createWriteStream();
    const filled = fill(stream)
      .then((bytes) => {
        stream.end();
        return bytes;
      })
      .catch((error: unknown) => {
        stream.destroy();
        throw error;
      });
    const [bytes] = await Promise.all([filled, finished(stream)]);
    await rename(unfinished, file);
    return bytes;
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function write(session: Session, seen: SeenCalendar, stream: NodeJS.WritableStream): Promise<number> {
  return await writeAll(stream, await content(session, seen));
}

/** All details and the alarms: this is the owner's own copy. */
async function content({ services, actor }: Session, seen: SeenCalendar): Promise<AsyncIterable<Uint8Array>> {
  const { chunks } = await exportCalendar(services, actor, [seen], {
    detail: 'full',
    window: 'all',
    alarms: true,
    reducePrivate: false,
    language: 'en',
  });
  return chunks;
}

async function writeAll(stream: NodeJS.WritableStream, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
  return bytes;
}
