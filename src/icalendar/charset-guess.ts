/** Guesses the encoding of lines that are not UTF-8 from their bytes. */

/**
 * The encoding, as TextDecoder calls it, of text in which each byte from 0x80 on is a letter or a sign: one of those of
 * Russian, or windows-1252 for all else.
 *
 * Cyrillic words are runs of such bytes; in Western texts they stand alone between ASCII letters. Which of the Russian
 * encodings it is shows in what comes out: letters that are common, and no capital behind a small letter.
 */
export function guessedCharset(whole: Uint8Array): string {
  const bytes = whole.subarray(0, judgedBytes);
  if (!looksCyrillic(bytes)) return 'windows-1252';
  let best = 'windows-1251';
  let most = Number.NEGATIVE_INFINITY;
  for (const charset of russian) {
    const likely = likelihood(bytes, tableOf(charset));
    // Of equally likely encodings the first is the one that calendar programs write.
    if (likely > most) [best, most] = [charset, likely];
  }
  return best;
}

/** How many bytes are judged: more would not make the guess better. */
const judgedBytes: number = 128 * 1024;

const russian = ['windows-1251', 'koi8-r', 'ibm866'] as const;

function looksCyrillic(bytes: Uint8Array): boolean {
  let letters = 0;
  let neighbours = 0;
  let besideAscii = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte < 0x80) continue;
    letters++;
    const before = bytes[i - 1] ?? 0;
    const after = bytes[i + 1] ?? 0;
    if (before >= 0x80 || after >= 0x80) neighbours++;
    if (isAsciiLetter(before) || isAsciiLetter(after)) besideAscii++;
  }
  return neighbours * 2 > letters && besideAscii * 3 < letters;
}

function isAsciiLetter(byte: number): boolean {
  const small = byte | 0x20;
  return small >= 0x61 && small <= 0x7a;
}

type Letter = 'common' | 'rare' | 'none';

interface Kind {
  readonly letter: Letter;
  readonly capital: boolean;
}

const noLetter: Kind = { letter: 'none', capital: false };
const tables = new Map<string, readonly Kind[]>();

/** What each byte from 0x80 on is in an encoding. */
function tableOf(charset: string): readonly Kind[] {
  const known = tables.get(charset);
  if (known) return known;
  const bytes = Uint8Array.from({ length: 128 }, (_, index) => 0x80 + index);
  const table = Array.from(new TextDecoder(charset).decode(bytes), (character): Kind => {
    const small = character.toLowerCase();
    if (!/[а-яё]/.test(small)) return noLetter;
    return { letter: 'оеаинтсрвлкмдпуя'.includes(small) ? 'common' : 'rare', capital: small !== character };
  });
  tables.set(charset, table);
  return table;
}

function likelihood(bytes: Uint8Array, table: readonly Kind[]): number {
  let sum = 0;
  let last = noLetter;
  for (const byte of bytes) {
    const kind = byte < 0x80 ? noLetter : (table[byte - 0x80] ?? noLetter);
    if (kind.letter === 'common') sum++;
    else if (kind.letter === 'none' && byte >= 0x80) sum--;
    if (kind.capital && last.letter !== 'none' && !last.capital) sum -= 2;
    last = kind;
  }
  return sum;
}
