/** Passwords come by prompt, file or standard input, never as an argument: arguments show in process lists. */
import { readFile } from 'node:fs/promises';
import { CommandError, type Io } from './io.ts';

const maxSecretBytes = 4096;

/** The first line of `file`, where `-` is standard input. Refuses an empty or overlong one. */
export async function readSecret(io: Io, file: string): Promise<string> {
  const text = file === '-' ? await readAll(io.stdin) : await readFile(file, 'utf8');
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new CommandError(`no password in ${file === '-' ? 'standard input' : file}`, 2);
  if (Buffer.byteLength(line) > maxSecretBytes)
    throw new CommandError('the password is longer than 4096 bytes', 2);
  return line;
}

/** Asks twice on a terminal, without echo. */
export async function promptSecret(io: Io, question: string): Promise<string> {
  if (!io.stderr.isTTY || !io.stdin.isTTY) {
    throw new CommandError(
      'no terminal to ask for the password: use --password-file FILE, or - for standard input',
      2,
    );
  }
  const first = await hiddenLine(io, `${question}: `);
  const second = await hiddenLine(io, 'Once more: ');
  if (first !== second) throw new CommandError('the two passwords differ', 2);
  if (first === '') throw new CommandError('an empty password is not accepted', 2);
  return first;
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxSecretBytes) throw new CommandError('the password is longer than 4096 bytes', 2);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function hiddenLine({ stdin, stderr }: Io, question: string): Promise<string> {
  stderr.write(question);
  stdin.setRawMode?.(true);
  stdin.resume();
  return new Promise((resolve, reject) => {
    const typed: number[] = [];
    const finish = (settle: () => void): void => {
      stdin.off('data', onData).off('end', onEnd);
      stdin.setRawMode?.(false);
      stdin.pause();
      stderr.write('\n');
      settle();
    };
    const onEnd = (): void => finish(() => reject(new CommandError('given up', 1)));
    const onData = (chunk: Buffer): void => {
      for (const [index, byte] of chunk.entries()) {
        if (byte === enter || byte === lineFeed) {
          finish(() => resolve(Buffer.from(typed).toString('utf8')));
          // Text pasted after it answers the next question.
          if (index + 1 < chunk.length) stdin.unshift(chunk.subarray(index + 1));
          return;
        }
        if (byte === controlC || byte === controlD) {
          onEnd();
          return;
        }
        if (byte !== backspace) typed.push(byte);
        // A letter may have several bytes; all but the first have this form.
        else while (((typed.pop() ?? 0) & 0xc0) === 0x80);
      }
    };
    stdin.on('data', onData).once('end', onEnd);
  });
}

const [controlC, controlD, lineFeed, enter, backspace] = [0x03, 0x04, 0x0a, 0x0d, 0x7f];
