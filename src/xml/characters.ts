/** Which characters XML 1.0 §2.2 can carry, and references to them (§4.1), decoded strictly. */
import { Refusal } from '../core/refusal.ts';

// oxlint-disable no-control-regex -- these are the characters that the production `Char` leaves out
/** One character that no XML document may hold, not even as a reference. Lone surrogates are not looked for. */
export const forbiddenCharacter: RegExp = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const unprintable =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// oxlint-enable no-control-regex

/** The text with U+FFFD for what XML cannot carry. */
export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd');
}

const named: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Refuses: `malformed-request` for a bare `&`, a name that only a DOCTYPE could declare, a number that is no character. */
export function decodeReferences(text: string): string {
  let from = 0;
  const pieces: string[] = [];
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', from)) {
    const end = text.indexOf(';', at);
    const body = end === -1 || end - at > maxReference ? undefined : text.slice(at + 1, end);
    const character = body === undefined ? undefined : (named.get(body) ?? numbered(body));
    if (character === undefined) {
      const shown = text.slice(at, at + maxReference);
      throw new Refusal('malformed-request', `the XML body has an unknown reference ${shown}`);
    }
    pieces.push(text.slice(from, at), character);
    from = end + 1;
  }
  if (from === 0) return text;
  pieces.push(text.slice(from));
  return pieces.join('');
}

/** `&#x10FFFF;`, and some zeros in front. */
const maxReference = 13;

function numbered(body: string): string | undefined {
  const digits = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(body);
  if (digits === null) return undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  const isScalar = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (!isScalar) return undefined;
  const character = String.fromCodePoint(code);
  return forbiddenCharacter.test(character) ? undefined : character;
}
