import type { Random } from '../random.ts';

/** Sizes that programs meet rarely and get wrong often. */
const numbers = [
  '0',
  '-1',
  '1',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '1e309',
  '00',
  '99999999999999999999',
  'NaN',
] as const;

/** Bytes that end, escape or confuse something in one of the languages. */
const bytes = [
  0x00, 0x0a, 0x0d, 0x1b, 0x20, 0x22, 0x25, 0x26, 0x27, 0x2c, 0x2f, 0x3a, 0x3b, 0x3c, 0x5c, 0x7f, 0x80, 0xc0,
  0xfe, 0xff,
] as const;

/** Changes a few bytes: what a broken transport or editor does. */
export function mutateBytes(random: Random, input: Buffer): Buffer {
  let output = Buffer.from(input);
  for (let times = random.int(1, 4); times > 0 && output.length > 0; times--) {
    const at = random.int(0, output.length - 1);
    const length = random.int(1, Math.min(64, output.length - at));
    switch (random.int(0, 5)) {
      case 0:
        output[at] = random.pick(bytes);
        break;
      case 1:
        output[at] = (output[at] ?? 0) ^ (1 << random.int(0, 7));
        break;
      case 2:
        output = Buffer.concat([output.subarray(0, at), output.subarray(at + length)]);
        break;
      case 3:
        output = Buffer.concat([output.subarray(0, at + length), output.subarray(at)]);
        break;
      case 4:
        output = Buffer.concat([
          output.subarray(0, at),
          Buffer.from([random.pick(bytes)]),
          output.subarray(at),
        ]);
        break;
      default:
        output = output.subarray(0, at);
    }
  }
  return output;
}

/** Replaces one number of a text by an extreme one; the text itself if there is none. */
export function mutateNumber(random: Random, text: string): string {
  const found = [...text.matchAll(/\d+/g)];
  const chosen = found[random.int(0, Math.max(0, found.length - 1))];
  if (chosen === undefined) return text;
  return text.slice(0, chosen.index) + random.pick(numbers) + text.slice(chosen.index + chosen[0].length);
}

/** Deletes, doubles, swaps or replaces parts of a sequence: lines of a file, elements of a body. */
export function mutateParts(
  random: Random,
  parts: readonly string[],
  replacements: readonly [string, ...string[]],
): string[] {
  const output = [...parts];
  for (let times = random.int(1, 3); times > 0; times--) {
    const at = random.int(0, Math.max(0, output.length - 1));
    const other = random.int(0, Math.max(0, output.length - 1));
    switch (random.int(0, 4)) {
      case 0:
        output.splice(at, random.int(1, 3));
        break;
      case 1:
        output.splice(at, 0, ...output.slice(other, other + random.int(1, 5)));
        break;
      case 2:
        output.splice(at, 1, output[other] ?? '', output[at] ?? '');
        break;
      case 3:
        output.splice(at, 0, random.pick(replacements));
        break;
      default:
        output.splice(at, 1, random.pick(replacements));
    }
  }
  return output;
}
