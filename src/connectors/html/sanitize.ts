/**
 * HTML of strangers as HTML that is safe to keep and to show (exchange.md 18.7): written anew from an allow-list, so that
 * nothing of the source is passed on as it was. Formatting stays; scripts, forms, frames and remote images do not.
 */
import {
  allowedElements,
  blockElements,
  droppedElements,
  isAllowedAttribute,
  safeLink,
  safeStyle,
  voidElements,
} from './allowed.ts';
import { escapeHtml } from './entities.ts';
import { htmlTokens } from './tokens.ts';

export interface SanitizeOptions {
  /** An image from elsewhere tells its sender who reads and when. Default: only its text remains. */
  readonly remoteImages?: boolean;
}

/** Deeper nesting is flattened, longer texts are cut. */
const maxDepth = 100;
const maxHtmlLength: number = 1024 * 1024;

/** Well-formed, with blanks where they mean something; the same again for its own output. Empty when nothing remains. */
export function sanitizeHtml(html: string, options: SanitizeOptions = {}): string {
  const writer = new HtmlWriter(options);
  let dropping: { name: string; depth: number } | undefined;
  for (const token of htmlTokens(html.slice(0, maxHtmlLength))) {
    if (dropping) {
      if (token.kind === 'open' && token.name === dropping.name) dropping.depth++;
      if (token.kind === 'close' && token.name === dropping.name && --dropping.depth === 0)
        dropping = undefined;
    } else if (token.kind === 'text') writer.text(token.text);
    else if (token.kind === 'close') writer.close(token.name);
    else if (droppedElements.has(token.name)) dropping = { name: token.name, depth: 1 };
    else if (allowedElements.has(token.name)) writer.open(token.name, token.attributes);
  }
  return writer.finish();
}

/** Does this say more than its text: any formatting, link or list? */
export function isFormatted(sanitized: string): boolean {
  return /<(?!\/|(?:p|div|br|span)>)/.test(sanitized);
}

/** Elements that end when one of these begins, as nobody writes their end tags. */
const endedBy: Readonly<Record<string, readonly string[]>> = {
  li: ['li'],
  p: ['p', 'div', 'ul', 'ol', 'table', 'blockquote', 'pre', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'dl'],
  td: ['td', 'th', 'tr', 'tbody', 'tfoot'],
  th: ['td', 'th', 'tr', 'tbody', 'tfoot'],
  tr: ['tr', 'tbody', 'tfoot'],
  dt: ['dt', 'dd'],
  dd: ['dt', 'dd'],
};

class HtmlWriter {
  private readonly options: SanitizeOptions;
  private readonly parts: string[] = [];
  private readonly stack: string[] = [];
  /** A blank that is written when text follows on the same line. */
  private blank = false;
  private lineBegins = true;

  constructor(options: SanitizeOptions) {
    this.options = options;
  }

  text(text: string): void {
    if (this.stack.includes('pre')) {
      this.parts.push(escapeHtml(text.replace(/\r\n?/g, '\n')));
      return;
    }
    const words = text.replace(/[ \t\r\n\f]+/g, ' ');
    const inner = words.replace(/^ | $/g, '');
    this.blank ||= words.startsWith(' ');
    if (inner === '') return;
    this.writeBlank();
    this.parts.push(escapeHtml(inner));
    this.lineBegins = false;
    this.blank = words.endsWith(' ');
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    this.endImplied(name);
    if (this.stack.length >= maxDepth && !voidElements.has(name)) return;
    if (name === 'img') {
      this.image(attributes);
      return;
    }
    if (blockElements.has(name)) this.newLine();
    else this.writeBlank();
    this.parts.push(`<${name}${this.attributesOf(name, attributes)}>`);
    if (!voidElements.has(name)) this.stack.push(name);
  }

  close(name: string): void {
    const index = this.stack.lastIndexOf(name);
    if (index < 0) return;
    while (this.stack.length > index) this.closeLast();
  }

  finish(): string {
    while (this.stack.length > 0) this.closeLast();
    const html = this.parts.join('');
    return /[^\s\u00a0]/.test(html.replace(/<(?!img|hr)[^>]*>/g, '')) ? html : '';
  }

  private endImplied(name: string): void {
    const last = this.stack.at(-1);
    if (last !== undefined && endedBy[last]?.includes(name)) {
      this.closeLast();
      this.endImplied(name);
    }
  }

  private closeLast(): void {
    const name = this.stack.pop() ?? '';
    if (blockElements.has(name)) this.newLine();
    this.parts.push(`</${name}>`);
  }

  private newLine(): void {
    this.blank = false;
    this.lineBegins = true;
  }

  private writeBlank(): void {
    if (this.blank && !this.lineBegins) this.parts.push(' ');
    this.blank = false;
  }

  private image(attributes: ReadonlyMap<string, string>): void {
    const source = attributes.get('src') ?? '';
    if (this.options.remoteImages === true && /^https:\/\//i.test(source)) {
      this.writeBlank();
      this.parts.push(`<img src="${escapeHtml(source)}"${this.attributesOf('img', attributes)}>`);
      this.lineBegins = false;
    } else this.text(attributes.get('alt') ?? '');
  }

  private attributesOf(element: string, attributes: ReadonlyMap<string, string>): string {
    let text = '';
    for (const [name, value] of [...attributes].sort(([one], [other]) => (one < other ? -1 : 1))) {
      if (name === 'style') {
        const style = safeStyle(value);
        if (style !== '') text += ` style="${escapeHtml(style)}"`;
      } else if (isAllowedAttribute(element, name, value)) text += ` ${name}="${escapeHtml(value.trim())}"`;
    }
    const link = element === 'a' ? safeLink(attributes.get('href') ?? '') : undefined;
    return link === undefined ? text : ` href="${escapeHtml(link)}" rel="noopener noreferrer"${text}`;
  }
}
