/**
 * Which stored lines a strict reader takes as they are. feed-bytes.ts copies those and gives all others to the parser, so a
 * "no" costs time and nothing else: the checks know the usual forms only.
 *
 * They work on one-byte strings, in which a character is a byte (scan.ts).
 */

/** Bytes of a text value that mean more than themselves, or might. */
const inText: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  /[\\;,@\r]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const canFollowBackslash: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  /[\\;,n]/.test(String.fromCharCode(code)) ? 1 : 0,
);

const backslash = 0x5c;
const carriageReturn = 0x0d;

/** A TEXT value, folded or not, that is encoded as we encode texts and has no link with a user in it. */
export function isCleanText(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (inText[code] === 0) continue;
    if (code === backslash) {
      if (canFollowBackslash[text.charCodeAt(++at)] !== 1) return false;
    } else if (code === carriageReturn) at += 2;
    else return false;
  }
  return true;
}

/**
 * Where the value begins of a line, folded or not, whose parameters, if any, are in a plain form; -1 for others. Folds lie
 * in values of parameters only, which may hold anything.
 */
export function cleanValueAt(text: string, from: number, to: number): number {
  plainLine.lastIndex = from;
  return plainLine.test(text) && plainLine.lastIndex <= to ? plainLine.lastIndex : -1;
}

// A VALUE must fit its value, but for types of which each text is one.
const plainLine =
  /[A-Z0-9-]+(?:;(?!TZID=|VALUE=(?!(?:TEXT|URI|BINARY)[;:]))[A-Z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*:/y;

/** An unfolded line with a link to the web and nothing else: no parameters, and no user in the link. */
export function isCleanLink(line: string, nameEnd: number): boolean {
  webLink.lastIndex = nameEnd;
  return webLink.test(line);
}

const webLink = /:https?:\/\/[!-?A-~]+$/y;

/** An unfolded list of words without escapes or blank entries. */
export function isCleanList(line: string): boolean {
  return /^[A-Z]+:[^\\;]+$/.test(line) && !/[:,][ \t]*(?:,|$)/.test(line);
}

/**
 * The end of a rule in which nothing has to be mended: its UNTIL, or '' for a rule without. `undefined` for other rules.
 */
export function cleanRuleEnd(line: string): string | undefined {
  if (!ruleLine.test(line) || countedOftenDays.test(line) || partTwice.test(line)) return undefined;
  const until = /;UNTIL=(\w+)/.exec(line)?.[1] ?? '';
  return until !== '' && line.includes(';COUNT=') ? undefined : until;
}

const ruleLine =
  /^RRULE:FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;(?:INTERVAL=[1-9]\d{0,2}|COUNT=[1-9]\d{0,3}|UNTIL=\d{8}(?:T\d{6}Z)?|WKST=(?:MO|SU)|BYDAY=(?:-?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:-?[1-5])?(?:MO|TU|WE|TH|FR|SA|SU))*|BYMONTH=(?:1[0-2]|[1-9])(?:,(?:1[0-2]|[1-9]))*|BYMONTHDAY=(?:-1|3[01]|[12]\d|[1-9])(?:,(?:-1|3[01]|[12]\d|[1-9]))*|BYSETPOS=-?[1-5]))*$/;

/** Numbers before days mean something in months and years alone. */
const countedOftenDays = /^RRULE:FREQ=(?:DAILY|WEEKLY);(?:.*;)?BYDAY=[^;]*\d/;

/** Readers refuse such a rule, or take another of the two than we do. */
const partTwice = /[:;]([A-Z]+)=[^;]*;(?:[^;]*;)*\1=/;

/** A length of time that is more than nothing, in a usual form. */
export function isCleanDuration(line: string): boolean {
  return /^DURATION:P(?:[1-9]\d{0,2}[DW]|T[1-9]\d{0,3}[HM]|T[1-9]\d?H[1-9]\d?M|[1-9]\d?DT[1-9]\d?H)$/.test(
    line,
  );
}

export function isCleanTrigger(line: string): boolean {
  return /^TRIGGER(?:;RELATED=END)?:-?P(?:\d{1,3}[DW]|T\d{1,4}[HM]|T\d{1,2}H\d{1,2}M)$/.test(line);
}

/** How a date is written behind its colon. */
export type StampForm = 'date' | 'local' | 'utc';

/** The local or UTC time of the stamp at `from`, as `LocalTime` counts; NaN for what is none of that form. */
export function readStamp(text: string, from: number, form: StampForm): number {
  const year = digits(text, from, 4);
  const month = digits(text, from + 4, 2);
  const day = digits(text, from + 6, 2);
  if (!(year >= 1601 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN;
  if (day > 28 && new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day) return Number.NaN;
  if (form === 'date') return Date.UTC(year, month - 1, day);
  const hour = digits(text, from + 9, 2);
  const minute = digits(text, from + 11, 2);
  const second = digits(text, from + 13, 2);
  if (!(hour <= 23 && minute <= 59 && second <= 59) || text.charCodeAt(from + 8) !== letterT)
    return Number.NaN;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const letterT = 0x54;

function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
