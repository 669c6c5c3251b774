/** HTML of strangers as a row of tags and texts. Never fails: what is no tag is text. One pass, bounded by the length. */
import { decodeEntities } from './entities.ts';

export type HtmlToken =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'open';
      readonly name: string;
      readonly attributes: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'close'; readonly name: string };

/** Their content is no HTML, and nothing that a reader should see. */
const rawElements: ReadonlySet<string> = new Set([
  'script',
  'style',
  'title',
  'textarea',
  'xmp',
  'iframe',
  'noembed',
  'noframes',
  'noscript',
  'plaintext',
]);

const nameForm = /[a-z][^\s/>]*/iy;
const attributeForm = /[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/y;
const maxAttributes = 50;

/** Tags and attributes in lower case, references decoded, comments and unseen content left out. */
export function* htmlTokens(html: string): IterableIterator<HtmlToken> {
  let at = 0;
  while (at < html.length) {
    const tag = html.indexOf('<', at);
    if (tag !== at) {
      const end = tag < 0 ? html.length : tag;
      yield { kind: 'text', text: decodeEntities(html.slice(at, end)) };
      at = end;
      continue;
    }
    if (html.startsWith('<!', at) || html.startsWith('<?', at)) {
      at = afterComment(html, at);
      continue;
    }
    const closing = html.startsWith('</', at);
    nameForm.lastIndex = at + (closing ? 2 : 1);
    const name = nameForm.exec(html)?.[0].toLowerCase();
    if (name === undefined) {
      yield { kind: 'text', text: '<' };
      at++;
      continue;
    }
    const { attributes, end } = attributesFrom(html, nameForm.lastIndex);
    at = end;
    if (closing) yield { kind: 'close', name };
    else if (rawElements.has(name)) at = afterRaw(html, at, name);
    else yield { kind: 'open', name, attributes };
  }
}

function afterComment(html: string, at: number): number {
  const [mark, from] = html.startsWith('<!--', at) ? ['-->', at + 2] : ['>', at + 2];
  const end = html.indexOf(mark, from);
  return end < 0 ? html.length : end + mark.length;
}

/** Behind the end tag of an element whose content is no HTML; the end of all if it is never closed. */
function afterRaw(html: string, at: number, name: string): number {
  const close = new RegExp(`</${name}(?=[\\s/>])`, 'gi');
  close.lastIndex = at;
  const found = close.exec(html);
  if (!found) return html.length;
  const end = html.indexOf('>', found.index);
  return end < 0 ? html.length : end + 1;
}

function attributesFrom(
  html: string,
  from: number,
): { readonly attributes: ReadonlyMap<string, string>; readonly end: number } {
  const attributes = new Map<string, string>();
  let at = from;
  for (;;) {
    attributeForm.lastIndex = at;
    const match = attributeForm.exec(html);
    if (!match) break;
    at = attributeForm.lastIndex;
    const [, name = '', double, single, bare] = match;
    const key = name.toLowerCase();
    if (!attributes.has(key) && attributes.size < maxAttributes) {
      attributes.set(key, decodeEntities(double ?? single ?? bare ?? ''));
    }
  }
  const end = html.indexOf('>', at);
  return { attributes, end: end < 0 ? html.length : end + 1 };
}
