/** Kinds of settings: how each is read from the text of a flag, a variable or a file, and what it says when it cannot. */
import { isIP } from 'node:net';

export interface Setting<Value> {
  readonly default: Value;
  /** Throws a sentence about what was wanted. */
  readonly read: (given: string) => Value;
  readonly help: string;
  /** How the value is spoken of in the help: `PORT`, `FILE`; empty for switches. */
  readonly shape: string;
  /** Never printed, and never taken from a flag: a command line is seen by everyone on the machine. */
  readonly isSecret?: boolean;
}

/** A setting in words, for `--help` and docs/settings.md. */
export interface DescribedSetting {
  readonly name: string;
  /** With what follows it: `--port N`. */
  readonly flag: string;
  readonly environment: string;
  readonly help: string;
  /** The default as it would be written; empty if there is none. */
  readonly standard: string;
  readonly isSecret: boolean;
}

/** An error in the settings; its sentence names the place. */
export class SettingError extends Error {}

export function text(standard: string, shape: string, help: string): Setting<string> {
  return { default: standard, shape, help, read: (given) => given };
}

export function secret(help: string): Setting<string> {
  return { ...text('', '', help), isSecret: true };
}

export function integer(standard: number, min: number, max: number, help: string): Setting<number> {
  return {
    default: standard,
    shape: 'N',
    help,
    read(given) {
      const value = Number(given);
      if (/^-?\d{1,15}$/.test(given) && value >= min && value <= max) return value;
      throw new SettingError(`wanted a whole number from ${min} to ${max}, not "${given}"`);
    },
  };
}

export function flag(standard: boolean, help: string): Setting<boolean> {
  return {
    default: standard,
    shape: '',
    help,
    read(given) {
      if (/^(true|1|yes|on)$/i.test(given)) return true;
      if (/^(false|0|no|off)$/i.test(given)) return false;
      throw new SettingError(`wanted true or false, not "${given}"`);
    },
  };
}

export function choice<Value extends string>(
  standard: Value,
  allowed: readonly Value[],
  help: string,
): Setting<Value> {
  return { default: standard, shape: allowed.join('|'), help, read: (given) => oneOf(given, allowed) };
}

/** Addresses and networks with commas or blanks between them, and `unix` for whoever comes by the Unix socket. */
export function networks(help: string): Setting<readonly string[]> {
  return {
    default: [],
    shape: 'NETWORKS',
    help,
    read(given) {
      const found = parts(given);
      const wrong = found.find((part) => part !== 'unix' && !isNetwork(part));
      if (wrong !== undefined)
        throw new SettingError(`wanted addresses or networks like 10.0.0.0/8, not "${wrong}"`);
      return found;
    },
  };
}

function isNetwork(written: string): boolean {
  const [address = '', prefix = '0', ...more] = written.split('/');
  const version = isIP(address);
  const longest = version === 6 ? 128 : 32;
  return version !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest && more.length === 0;
}

/**
 * Origins as browsers write them (RFC 6454 §6.2), with commas or blanks between them, and `*`. Those of apps and extensions
 * count as well: `app://obsidian.md`, `capacitor://localhost`.
 */
export function webOrigins(help: string): Setting<readonly string[]> {
  return {
    default: [],
    shape: 'ORIGINS',
    help,
    read: (given) => [...new Set(parts(given).map((part) => (part === '*' ? part : originOf(part))))],
  };
}

function originOf(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  // No browser sends `https://*.example.com`, nor an origin with a path: neither would ever let anybody in.
  const isOrigin = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@*]+\/?$/i.test(written);
  if (url === undefined || !isOrigin)
    throw new SettingError(`wanted origins like https://intranet.example.com, not "${written}"`);
  return url.origin === 'null' ? written.toLowerCase().replace(/\/$/, '') : url.origin;
}

export function choices<Value extends string>(
  standard: readonly Value[],
  allowed: readonly Value[],
  help: string,
): Setting<readonly Value[]> {
  return {
    default: standard,
    shape: 'LIST',
    help: `${help}: ${allowed.join(', ')}`,
    read(given) {
      const values = parts(given).map((part) => oneOf(part, allowed));
      if (values.length === 0) throw new SettingError(`wanted one or more of ${allowed.join(', ')}`);
      return [...new Set(values)];
    },
  };
}

/** An origin with an optional path, without the slash at its end. */
export function webAddress(help: string): Setting<string> {
  return {
    ...text('', 'URL', help),
    read(given) {
      if (given === '') return given;
      const url = URL.canParse(given) ? new URL(given) : undefined;
      if (!url || !/^https?:$/.test(url.protocol) || `${url.username}${url.search}${url.hash}` !== '')
        throw new SettingError(`wanted an address like https://cal.example.com, not "${given}"`);
      return url.href.replace(/\/+$/, '');
    },
  };
}

/** An address of another server, kept as it was written: some are compared letter by letter. */
export function serverAddress(protocols: readonly string[], example: string, help: string): Setting<string> {
  return {
    ...text('', 'URL', help),
    read(given) {
      const url = URL.canParse(given) ? new URL(given) : undefined;
      const isAddress = url !== undefined && protocols.includes(url.protocol) && url.hostname !== '';
      if (given !== '' && !isAddress)
        throw new SettingError(`wanted an address like ${example}, not "${given}"`);
      return given;
    },
  };
}

export function pathPrefix(help: string): Setting<string> {
  return { ...text('', 'PATH', help), read: normalPrefix };
}

/** `''` or `/a/b`. */
export function normalPrefix(given: string): string {
  const trimmed = given.replace(/^\/+|\/+$/g, '');
  if (trimmed === '') return '';
  if (!/^[\w.~!$&'()*+,;=:@%/-]+$/.test(trimmed) || trimmed.includes('//'))
    throw new SettingError(`wanted a path like /calendar, not "${given}"`);
  return `/${trimmed}`;
}

function oneOf<Value extends string>(given: string, allowed: readonly Value[]): Value {
  const value = allowed.find((one) => one === given);
  if (value === undefined) throw new SettingError(`wanted one of ${allowed.join(', ')}, not "${given}"`);
  return value;
}

function parts(given: string): readonly string[] {
  return given.split(/[,\s]+/).filter((part) => part !== '');
}
