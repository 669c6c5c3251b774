/** The text of an item: HTML or plain, both ways (exchange.md 11.1). */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import type { EventContent } from '../../event.ts';
import { escapeHtml } from '../../html/entities.ts';
import { isFormatted, sanitizeHtml } from '../../html/sanitize.ts';
import { textOfHtml } from '../../html/text.ts';
import { attribute, child, make, textOf } from '../wire/elements.ts';

/**
 * What is kept of a body. HTML that formats nothing is text. The text of HTML is worked out here and not taken from the
 * server's TextBody, so that it is the same for what was written and for what is read back.
 */
export function readBody(item: XmlElement): Pick<EventContent, 'description' | 'html'> {
  const body = child(item, 'Body');
  if (attribute(body, 'BodyType') === 'HTML') return bodyOfHtml(body?.text ?? '');
  return { description: plainText(body?.text ?? textOf(item, 'TextBody') ?? ''), html: null };
}

function bodyOfHtml(source: string): Pick<EventContent, 'description' | 'html'> {
  const html = sanitizeHtml(source);
  return { description: plainText(textOfHtml(html)), html: saysMore(html) ? html : null };
}

/** More than its text. Some servers make HTML of a text by putting all of it into one `pre`. */
function saysMore(sanitized: string): boolean {
  return isFormatted(sanitized) && !/^<pre>[^<]*<\/pre>$/.test(sanitized);
}

/** LF at line ends, NFC, nothing at the end: servers add line ends there. */
function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n').normalize('NFC').trimEnd();
}

/** Undefined where there is nothing to say. */
export function bodyElement({ description, html }: EventContent): DocumentElement | undefined {
  const clean = html === null ? '' : sanitizeHtml(html);
  if (clean !== '' && saysMore(clean)) return make('Body', [clean], { BodyType: 'HTML' });
  const text = plainText(description);
  return text === '' ? undefined : make('Body', [text], { BodyType: 'Text' });
}

/** The same for a server that goes on telling the HTML of before: the text in the form in which such servers keep one. */
export function inPlaceOfHtml(
  before: DocumentElement | undefined,
  after: DocumentElement | undefined,
): DocumentElement | undefined {
  const [text] = after?.content ?? [];
  const isReplaced =
    before?.attributes?.['BodyType'] === 'HTML' && after?.attributes?.['BodyType'] === 'Text';
  if (!isReplaced || typeof text !== 'string') return after;
  return make('Body', [`<pre>${escapeHtml(text)}</pre>`], { BodyType: 'HTML' });
}
