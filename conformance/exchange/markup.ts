// oxlint-disable typescript/no-unsafe-type-assertion -- the brand of Markup marks what this file has made, nothing else
// oxlint-disable no-control-regex -- characters that XML cannot hold are what `escapeText` looks for
import { type Element, readXml } from '../xml.ts';

export type { Element };

export const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
export const typesNamespace = 'http://schemas.microsoft.com/exchange/services/2006/types';
export const messagesNamespace = 'http://schemas.microsoft.com/exchange/services/2006/messages';

/** Text that is already XML; made by `tag`, so that plain text cannot slip in unescaped. */
export type Markup = string & { readonly markup: true };

export const nothing: Markup = '' as Markup;

/** What a server with a broken item sends: no parser takes it. */
export const unparsable: Markup = '<m:Items><t:CalendarItem><t:Subject>\u0001</m:Items>' as Markup;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with character data. */
export function text(name: string, value: string | number | boolean, attributes: Attributes = {}): Markup {
  return wrap(name, escapeText(String(value)), attributes);
}

/** An element with elements inside, or an empty one. */
export function tag(name: string, children: readonly Markup[] = [], attributes: Attributes = {}): Markup {
  return wrap(name, children.join(''), attributes);
}

/** Several elements, one after the other. */
export function all(children: readonly Markup[]): Markup {
  return children.join('') as Markup;
}

function wrap(name: string, inner: string, attributes: Attributes): Markup {
  let start = `<${name}`;
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (value !== undefined) start += ` ${key}="${escapeAttribute(String(value))}"`;
  }
  return (inner === '' ? `${start}/>` : `${start}>${inner}</${name}>`) as Markup;
}

/** Characters that XML 1.0 cannot hold are dropped, as Exchange drops most of them (others it refuses to send). */
function escapeText(value: string): string {
  if (!/[&<>\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value)) return value;
  return value
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;');
}

function escapeAttribute(value: string): string {
  return escapeText(value).replaceAll('"', '&quot;').replaceAll('\n', '&#xA;').replaceAll('\t', '&#x9;');
}

/** Undefined for what is not well-formed, and for any document with a DOCTYPE. */
export function parse(source: string): Element | undefined {
  return source.includes('<!DOCTYPE') ? undefined : readXml(source.replace(/^\ufeff/, ''));
}

export function localName(element: Element): string {
  return element.name.slice(element.name.indexOf('}') + 1);
}

export function child(element: Element | undefined, name: string): Element | undefined {
  return element?.children.find((one) => localName(one) === name);
}

/** The element that `names` leads to, one step a name. */
export function path(element: Element | undefined, ...names: readonly string[]): Element | undefined {
  return names.reduce(child, element);
}

export function childText(element: Element | undefined, name: string): string | undefined {
  return child(element, name)?.text.trim();
}

/** Whole seconds in UTC, as Exchange writes every time. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
