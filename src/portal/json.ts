/**
 * What JSON must look like: one declaration reads requests, describes them in OpenAPI, and lets tests hold answers against the
 * description. Unknown members are refused: a misspelt one would be silently without effect.
 */
import { setImmediate } from 'node:timers/promises';
import { Refusal } from '../core/refusal.ts';
import { joined } from '../icalendar/steps.ts';

/** A JSON Schema, as OpenAPI 3.1 carries it. */
export interface Description {
  readonly [keyword: string]: unknown;
}

export interface Schema<Value> {
  /** Refuses `malformed-request` and says where. */
  readonly read: (value: unknown, path: string) => Value;
  readonly description: Description;
}

function wrong(path: string, wanted: string): Refusal {
  return new Refusal('malformed-request', `${path === '' ? 'the body' : path} must be ${wanted}`);
}

export interface TextOptions {
  readonly min?: number;
  /** Characters. */
  readonly max?: number;
  readonly pattern?: RegExp;
}

export function text({ min = 0, max = 1_000, pattern }: TextOptions = {}): Schema<string> {
  return {
    read(value, path) {
      if (typeof value !== 'string') throw wrong(path, 'text');
      if (value.length < min || value.length > max) throw wrong(path, `of ${min} to ${max} characters`);
      if (pattern && !pattern.test(value)) throw wrong(path, `of the form ${pattern.source}`);
      return value;
    },
    description: {
      type: 'string',
      minLength: min,
      maxLength: max,
      ...(pattern && { pattern: pattern.source }),
    },
  };
}

/** Also its decimal form, as it stands in a query. */
export function number({
  min = -1e12,
  max = 1e12,
  integer = true,
}: {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
} = {}): Schema<number> {
  return {
    read(value, path) {
      const found = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
      if (
        typeof found !== 'number' ||
        !(found >= min && found <= max) ||
        (integer && !Number.isInteger(found))
      )
        throw wrong(path, `a number from ${min} to ${max}`);
      return found;
    },
    description: { type: integer ? 'integer' : 'number', minimum: min, maximum: max },
  };
}

export const flag: Schema<boolean> = {
  read(value, path) {
    if (typeof value !== 'boolean') throw wrong(path, 'true or false');
    return value;
  },
  description: { type: 'boolean' },
};

export function oneOf<const Word extends string>(words: readonly Word[]): Schema<Word> {
  return {
    read(value, path) {
      const found = words.find((word) => word === value);
      if (found === undefined) throw wrong(path, `one of ${words.join(', ')}`);
      return found;
    },
    description: { type: 'string', enum: words },
  };
}

export function list<Item>(item: Schema<Item>, max = 10_000): Schema<readonly Item[]> {
  return {
    read(value, path) {
      if (!Array.isArray(value) || value.length > max) throw wrong(path, `a list of at most ${max}`);
      return value.map((one: unknown, at) => item.read(one, `${path}[${at}]`));
    },
    description: { type: 'array', maxItems: max, items: item.description },
  };
}

export function nullable<Value>(schema: Schema<Value>): Schema<Value | null> {
  return {
    read: (value, path) => (value === null ? null : schema.read(value, path)),
    description: { anyOf: [schema.description, { type: 'null' }] },
  };
}

/** Either of two forms; the first that fits is taken. */
export function either<One, Other>(one: Schema<One>, other: Schema<Other>): Schema<One | Other> {
  return {
    read(value, path) {
      try {
        return one.read(value, path);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return other.read(value, path);
      }
    },
    description: { anyOf: [one.description, other.description] },
  };
}

/** An object whose members have any names. */
export function record<Value>(member: Schema<Value>, max = 100): Schema<Readonly<Record<string, Value>>> {
  return {
    read(value, path) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object');
      const given = Object.entries(value);
      if (given.length > max) throw wrong(path, `of at most ${max} members`);
      return Object.fromEntries(given.map(([name, one]) => [name, member.read(one, `${path}.${name}`)]));
    },
    description: { type: 'object', maxProperties: max, additionalProperties: member.description },
  };
}

type OptionalKeys<Value> = {
  [Key in keyof Value]-?: object extends Pick<Value, Key> ? Key : never;
}[keyof Value];
type RequiredKeys<Value> = Exclude<keyof Value, OptionalKeys<Value>>;

export type RequiredMembers<Value> = { readonly [Key in RequiredKeys<Value>]: Schema<Value[Key]> };
export type OptionalMembers<Value> = {
  readonly [Key in OptionalKeys<Value>]-?: Schema<Exclude<Value[Key], undefined>>;
};

/** An object with these members and no others. */
export function object<Value extends object>(
  required: RequiredMembers<Value>,
  optional?: OptionalMembers<Value>,
): Schema<Value> {
  const needed = Object.entries<Schema<unknown>>(required);
  const extra = Object.entries<Schema<unknown>>(optional ?? {});
  const known = new Map([...needed, ...extra]);
  return {
    read(value, path) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object');
      const given = new Map(Object.entries(value));
      const dot = path === '' ? '' : `${path}.`;
      for (const name of given.keys())
        if (!known.has(name)) throw wrong(`${dot}${name}`, 'left out: it is unknown');
      for (const [name] of needed) if (!given.has(name)) throw wrong(`${dot}${name}`, 'given');
      const read = [...given].flatMap(([name, member]) => {
        const schema = known.get(name);
        return schema && member !== undefined ? [[name, schema.read(member, `${dot}${name}`)] as const] : [];
      });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each member was read by the schema of its name
      return Object.fromEntries(read) as Value;
    },
    description: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries([...known].map(([name, { description }]) => [name, description])),
      ...(needed.length > 0 && { required: needed.map(([name]) => name) }),
    },
  };
}

/** Reads a body of JSON, bounded. */
export async function readJson(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<unknown> {
  const text = Buffer.from(await readBytes(body, maxBytes)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal('malformed-request', 'the body is no JSON', {}, error);
  }
}

export async function readBytes(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw new Refusal('too-large', `the body has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  if (sizeBytes <= smallBytes) return Buffer.concat(chunks);
  for (const steps = joined(chunks); ; await setImmediate()) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Up to this size a body is joined in one step, larger ones with turns for others. */
const smallBytes: number = 1024 * 1024;
