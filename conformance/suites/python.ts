import { join } from 'node:path';
import type { Checks } from '../checks.ts';
import { systemPython } from '../install.ts';
import { projectFolder } from '../paths.ts';
import { run } from '../process.ts';
import type { SuiteContext } from '../suite.ts';

export interface Script {
  /** In conformance/suites. */
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
  /** A program and its arguments that runs the rest of its command line, such as dbus-run-session. */
  readonly wrapper?: readonly string[];
}

/** Runs a Python script, as `runScript` does. */
export async function runPython(context: SuiteContext, script: Script): Promise<void> {
  await runScript(context, systemPython, script);
}

/**
 * Runs a script that writes one JSON line for each claim, `{claim, holds, detail}` or `{claim, skip}`, and takes
 * the claims over. A script that ends badly is a failed claim itself.
 */
export async function runScript(
  { checks, outFolder, signal }: SuiteContext,
  interpreter: string,
  script: Script,
): Promise<void> {
  const command = [
    ...(script.wrapper ?? []),
    interpreter,
    join(projectFolder, 'conformance/suites', script.file),
  ];
  const [program = interpreter, ...args] = command;
  const logFile = join(outFolder, 'log.txt');
  const { code, stdout, stderr } = await run(program, args, {
    env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore', ...script.env },
    cwd: outFolder,
    limitSeconds: 600,
    logFile,
    signal,
  });
  for (const line of stdout.split('\n')) if (line.startsWith('{')) takeOver(checks, line);
  if (code !== 0) {
    checks.check(`${script.file} runs to its end`, false, stderr.trim().split('\n').slice(-3).join(' / '));
  }
}

function takeOver(checks: Checks, line: string): void {
  const said: { claim: string; holds?: boolean; detail?: string; skip?: string } = JSON.parse(line);
  if (said.skip === undefined) checks.check(said.claim, said.holds === true, said.detail ?? '');
  else checks.skip(said.claim, said.skip);
}
