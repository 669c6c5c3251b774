import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { systemPython } from '../../install.ts';
import { projectFolder } from '../../paths.ts';
import { killGroup } from '../../process.ts';

/** A Python process with exchangelib, asked one thing after the other. */
export class PythonOutlook {
  readonly #process: ChildProcess;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(url: string) {
    this.#process = spawn(systemPython, [join(projectFolder, 'conformance/suites/exchange/outlook.py')], {
      env: { ...process.env, EWS_URL: url, PYTHONWARNINGS: 'ignore', PYTHONDONTWRITEBYTECODE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    const { stdout } = this.#process;
    if (!stdout) throw new Error('the process has no output');
    this.#lines = createInterface({ input: stdout });
    this.#lines.on('line', (line) => this.#waiting.shift()?.(line));
    this.#lines.once('close', () => {
      for (const answer of this.#waiting) answer('{"error": "the script has ended"}');
    });
  }

  async ask(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve);
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
    });
    const answer: { result?: unknown; error?: string } = JSON.parse(line);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  }

  close(): void {
    killGroup(this.#process);
  }
}
