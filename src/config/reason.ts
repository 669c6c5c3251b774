/** Why something could not be done on this machine, in words for the person who started it. */

/**
 * A sentence for what is expected to happen on some machines: files that are not there, addresses that are taken, a
 * file that is no database. `undefined` for everything else, which is a bug and wants its trace.
 */
export function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = fieldsOf(error);
  // A plain `Error` is a sentence of ours; bugs have other classes, or codes of Node.
  if (code === undefined) return error.constructor === Error ? error.message : undefined;
  if (/^SQLITE_(?:NOTADB|CANTOPEN|READONLY|CORRUPT|IOERR|FULL|BUSY|PERM|AUTH)/.test(code))
    return error.message;
  if (code === 'ERR_INVALID_ARG_VALUE' && error.message.includes('null bytes'))
    return 'the name of a file cannot hold a NUL character';
  if (!/^E[A-Z0-9]+$/.test(code)) return undefined;
  return words[code]?.(fieldsOf(error)) ?? error.message;
}

/** Whether the system said no with this code of its own: `ENOENT`, `EEXIST`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

interface SystemFields {
  readonly code: string | undefined;
  readonly syscall: string | undefined;
  /** The file or the address, shortened to fit a line. */
  readonly what: string;
}

const words: Readonly<Record<string, (fields: SystemFields) => string>> = {
  EEXIST: ({ what }) => `${what} exists and is no folder`,
  ENOTDIR: ({ what }) => `${what} cannot be there: a part of the path is a file, and no folder`,
  EISDIR: ({ what }) => `${what} is a folder, and a file is wanted`,
  ENOENT: ({ what, syscall }) =>
    syscall === 'mkdir' ? `no folder can be made at ${what}` : `${what} is not there`,
  EACCES: ({ what, syscall }) =>
    syscall === 'listen' ? `not allowed to listen on ${what}` : `not allowed to use ${what}`,
  EPERM: ({ what }) => `not allowed to use ${what}`,
  EROFS: ({ what }) => `${what} lies where nothing can be written`,
  ELOOP: ({ what }) => `${what} is a link that leads to itself`,
  ENAMETOOLONG: ({ what }) => `the name ${what} is too long`,
  ENOSPC: noRoom,
  EDQUOT: noRoom,
  EADDRINUSE: ({ what }) => `the address is taken (${what}): choose another with --port`,
  EADDRNOTAVAIL: ({ what }) => `this machine does not have the address ${what}`,
  ENOTFOUND: ({ what }) => `no machine has the name ${what}`,
  EAI: ({ what }) => `the name ${what} cannot be looked up`,
};

/** A write names no file. */
function noRoom({ what, syscall }: SystemFields): string {
  return syscall === 'write' ? 'there is no room on the disk' : `there is no room on the disk of ${what}`;
}

const maxShown = 200;

function fieldsOf(error: Error): SystemFields {
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(error));
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const port = typeof fields['port'] === 'number' && fields['port'] > 0 ? `:${fields['port']}` : '';
  const address = text('address');
  const what = text('path') ?? text('hostname') ?? (address === undefined ? 'it' : `${address}${port}`);
  const shown = what.length > maxShown ? `${what.slice(0, maxShown)}…` : what;
  return { code: text('code'), syscall: text('syscall'), what: shown };
}
