/**
 * MD4 (RFC 1320), which NTLM needs for its password hash and nothing else here does. OpenSSL 3 keeps it in a provider that
 * is switched off, so it is written out.
 */
export function md4(message: Uint8Array): Buffer {
  const words = padded(message);
  const state = new Uint32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
  for (let block = 0; block < words.length; block += 16) {
    const before = state.slice();
    for (const { mix, constant, order, shifts } of rounds) {
      for (let step = 0; step < 16; step += 1) {
        const [a = 0, b = 0, c = 0, d = 0] = state;
        const word = words[block + (order[step] ?? 0)] ?? 0;
        const sum = (a + mix(b, c, d) + word + constant) >>> 0;
        const shift = shifts[step % 4] ?? 0;
        // The four words change places with each step, so that the same line serves all.
        state.set([d, ((sum << shift) | (sum >>> (32 - shift))) >>> 0, b, c]);
      }
    }
    for (let index = 0; index < 4; index += 1) state[index] = (state[index] ?? 0) + (before[index] ?? 0);
  }
  const digest = Buffer.alloc(16);
  state.forEach((word, index) => digest.writeUInt32LE(word, index * 4));
  return digest;
}

interface Round {
  readonly mix: (x: number, y: number, z: number) => number;
  readonly constant: number;
  /** Which word of the block each step takes. */
  readonly order: readonly number[];
  readonly shifts: readonly number[];
}

/** RFC 1320 §3.4 */
const rounds: readonly Round[] = [
  {
    mix: (x, y, z) => (x & y) | (~x & z),
    constant: 0,
    order: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    shifts: [3, 7, 11, 19],
  },
  {
    mix: (x, y, z) => (x & y) | (x & z) | (y & z),
    constant: 0x5a827999,
    order: [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    shifts: [3, 5, 9, 13],
  },
  {
    mix: (x, y, z) => x ^ y ^ z,
    constant: 0x6ed9eba1,
    order: [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    shifts: [3, 9, 11, 15],
  },
];

/** The message, a one bit, zeros, and its length in bits (§3.1, §3.2), as words with their low octet first. */
function padded(message: Uint8Array): Uint32Array {
  const bytes = Buffer.alloc(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  bytes.writeBigUInt64LE(BigInt(message.length) * 8n, bytes.length - 8);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(index * 4));
}
