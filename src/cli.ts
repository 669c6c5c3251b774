#!/usr/bin/env node
/** The command line: `portcal user add alice`, `portcal import alice/work holidays.ics`, `portcal serve`. */
const [first, ...rest] = process.argv.slice(2);
if (first === 'serve') {
  const { serve } = await import('./serve.ts');
  process.exitCode = await serve(rest);
} else {
  // Whoever reads has seen enough: `portcal user list | head -1`.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(1);
    });
  }
  const { runProgram } = await import('./cli/program.ts');
  process.exitCode = await runProgram(process.argv.slice(2), process);
}
