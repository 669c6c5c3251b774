/** HTML as plain text. */
import { blockElements, droppedElements } from './allowed.ts';
import { htmlTokens } from './tokens.ts';

/** Around these is a blank line. */
const paragraphs: ReadonlySet<string> = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr'.split(' '),
);

/** Lines as they are seen; links with their address behind them; list items with a dash; cells of a row with a blank. */
export function textOfHtml(html: string): string {
  const writer = new TextWriter();
  let dropping = '';
  for (const token of htmlTokens(html)) {
    if (dropping !== '') {
      if (token.kind === 'close' && token.name === dropping) dropping = '';
    } else if (token.kind === 'text') writer.text(token.text);
    else if (token.kind === 'close') writer.close(token.name);
    else if (droppedElements.has(token.name)) dropping = token.name;
    else writer.open(token.name, token.attributes);
  }
  return writer.finish();
}

class TextWriter {
  private out = '';
  private blank = false;
  /** Line ends that are owed before the next word. */
  private breaks = 0;
  private preDepth = 0;
  private link: { readonly address: string; readonly from: number } | undefined;

  text(text: string): void {
    const plain = text.replaceAll('\u00a0', ' ');
    if (this.preDepth > 0) {
      this.put(plain.replace(/\r\n?/g, '\n'));
      return;
    }
    const words = plain.replace(/[ \t\r\n\f]+/g, ' ');
    this.blank ||= words.startsWith(' ');
    const inner = words.trim();
    if (inner === '') return;
    this.put(inner);
    this.blank = words.endsWith(' ');
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === 'br') this.breaks++;
    else if (name === 'td' || name === 'th') this.blank = true;
    else if (blockElements.has(name)) this.atLeast(paragraphs.has(name) ? 2 : 1);
    if (name === 'pre') this.preDepth++;
    if (name === 'li') {
      this.put('-');
      this.blank = true;
    }
    const address = attributes.get('href') ?? '';
    if (name === 'a' && address !== '') this.link = { address, from: this.out.length };
    if (name === 'img') this.text(attributes.get('alt') ?? '');
  }

  close(name: string): void {
    if (name === 'a' && this.link) this.closeLink(this.link);
    if (name === 'pre' && this.preDepth > 0) this.preDepth--;
    if (name !== 'br' && name !== 'td' && name !== 'th' && blockElements.has(name)) {
      this.atLeast(paragraphs.has(name) ? 2 : 1);
    }
  }

  finish(): string {
    return this.out
      .replace(/[ \t]+$/gm, '')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  }

  private closeLink({ address, from }: { readonly address: string; readonly from: number }): void {
    this.link = undefined;
    const shown = this.out.slice(from).trim();
    const bare = address.replace(/^(?:mailto|tel):/i, '');
    if (shown === '' || bare.includes(shown)) {
      if (shown === '') this.put(bare);
      else if (shown !== bare && /^https?:/i.test(address)) this.put(` <${bare}>`);
    } else this.put(` <${bare}>`);
  }

  private atLeast(breaks: number): void {
    this.breaks = Math.max(this.breaks, breaks);
    this.blank = false;
  }

  private put(text: string): void {
    if (this.out !== '' && this.breaks > 0) this.out += '\n'.repeat(Math.min(this.breaks, 2));
    else if (this.out !== '' && this.blank && !/\s$/.test(this.out)) this.out += ' ';
    this.breaks = 0;
    this.blank = false;
    this.out += text;
  }
}
