/** Trees back to text: dead properties are kept as elements that declare all they use (RFC 4918 §4.3, §4.4). */
import { localNameOf, namespaceOf, type XmlName } from './name.ts';
import { type XmlElement, xmlNamespace } from './reader.ts';
import { escapeAttribute, escapeText } from './writer.ts';

/**
 * One element as XML that stands for itself wherever it is pasted: names, attributes, mixed content, the language in
 * scope and, where nothing forbids it, the prefixes are those of the source.
 */
export function serializeElement(element: XmlElement): string {
  const language = element.attributes.has(languageName) ? '' : element.language;
  return write(element, new Map([['', '']]), language);
}

const languageName: XmlName = `{${xmlNamespace}}lang`;

/** `scope` maps the prefixes declared so far; what stands around the element is taken to declare no default namespace. */
function write(element: XmlElement, scope: ReadonlyMap<string, string>, language: string): string {
  // Copied where something is declared: most elements declare nothing.
  let own: Map<string, string> | undefined;
  let inner = scope;
  let declarations = '';
  const declare = (prefix: string, namespace: string): void => {
    inner = own = (own ?? new Map(scope)).set(prefix, namespace);
    declarations += ` ${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${escapeAttribute(namespace)}"`;
  };

  const namespace = namespaceOf(element.name);
  const prefix = namespace === xmlNamespace ? 'xml' : element.prefix;
  if (prefix !== 'xml' && inner.get(prefix) !== namespace) declare(prefix, namespace);
  let attributes = language === '' ? '' : ` xml:lang="${escapeAttribute(language)}"`;
  for (const [name, value] of element.attributes) {
    attributes += ` ${qualifiedAttribute(name, inner, declare)}="${escapeAttribute(value)}"`;
  }

  const tag = prefix === '' ? localNameOf(element.name) : `${prefix}:${localNameOf(element.name)}`;
  const open = `<${tag}${declarations}${attributes}`;
  if (element.content.length === 0) return `${open}/>`;
  const content = element.content.map((part) =>
    typeof part === 'string' ? escapeText(part) : write(part, inner, ''),
  );
  return `${open}>${content.join('')}</${tag}>`;
}

function qualifiedAttribute(
  name: XmlName,
  scope: ReadonlyMap<string, string>,
  declare: (prefix: string, namespace: string) => void,
): string {
  const namespace = namespaceOf(name);
  const local = localNameOf(name);
  if (namespace === '') return local;
  if (namespace === xmlNamespace) return `xml:${local}`;
  for (const [prefix, declared] of scope)
    if (prefix !== '' && declared === namespace) return `${prefix}:${local}`;
  let count = 1;
  while (scope.has(`ns${count}`)) count += 1;
  declare(`ns${count}`, namespace);
  return `ns${count}:${local}`;
}
