/** `&amp;`, `&#13;` and their kind, decoded strictly: XML 1.0 §4.1 without a DOCTYPE knows five names and numbers. */
import { Refusal } from '../core/refusal.ts';

const named: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** Refuses: `malformed-request` for a bare `&`, an unknown name, and a number that is no XML character. */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&([^;&]{0,12};)?/g, (whole, body: string | undefined) => {
    const character = body === undefined ? undefined : decoded(body.slice(0, -1));
    if (character === undefined) {
      throw new Refusal('malformed-request', `the XML body has an unknown reference ${whole.slice(0, 12)}`);
    }
    return character;
  });
}

function decoded(body: string): string | undefined {
  if (!body.startsWith('#')) return named.get(body);
  const digits = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(body);
  if (digits === null) return undefined;
  const code = digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16);
  return isCharacter(code) ? String.fromCodePoint(code) : undefined;
}

/** XML 1.0 §2.2 `Char`. */
function isCharacter(code: number): boolean {
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff)
  );
}
