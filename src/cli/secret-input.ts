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
  if (!io.stderr.isTTY || io.stdin !== process.stdin) {
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

function hiddenLine(io: Io, question: string): Promise<string> {
  io.stderr.write(question);
  process.stdin.setRawMode(true);
  process.stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (settle: () => void): void => {
      process.stdin.off('data', onData);
      process.stdin.setRawMode(false);
      process.stdin.pause();
      io.stderr.write('\n');
      settle();
    };
    const onData = (chunk: Buffer): void => {
      for (const character of chunk.toString('utf8')) {
        if (character === '\r' || character === '\n') return finish(() => resolve(typed));
        if (character === '\u0003') return finish(() => reject(new CommandError('given up', 1)));
        typed = character === '\u007f' ? typed.slice(0, -1) : typed + character;
      }
    };
    process.stdin.on('data', onData);
  });
}
