/** Stored lines in the form in which we send generated text: CRLF, at most 75 octets a line (RFC 5545 §3.1). */
import { latin1 } from './charset.ts';
import type { Component, Property } from './component.ts';
import { BrokenLine, LineScanner } from './scan.ts';
import { encodeParam, foldLine } from './value.ts';

/** One property as a content line: as it was, but for folding and line end. */
export function propertyText(property: Property): string {
  return foldLine(property.content);
}

/** Name, parameters and colon of a property (RFC 4791 §9.6.4, `novalue`). */
export function withoutValue(property: Property): string {
  const { content, rawValue } = property;
  return foldLine(content.slice(0, content.length - rawValue.length));
}

/** A property with another value of its parameter `name`, which it has. */
export function withParameter(property: Property, name: string, value: string): string {
  let line = property.name;
  for (const parameter of property.params) {
    const values = parameter.name === name ? [value] : parameter.values;
    line += `;${parameter.name}=${values.map(encodeParam).join(',')}`;
  }
  return foldLine(`${line}:${property.rawValue}`);
}

/**
 * A component from its properties and inner components, each property as `line` writes it. Lines that were no content
 * lines are not in it.
 */
export function componentText(
  component: Component,
  line: (property: Property) => string = propertyText,
): string {
  let text = `BEGIN:${component.name}\r\n`;
  for (const property of component.properties) text += line(property);
  for (const inner of component.components) text += componentText(inner, line);
  return `${text}END:${component.name}\r\n`;
}

/** A complete VCALENDAR around lines that are in wire form already. */
export function calendarText(lines: string, productId: string): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${foldLine(`PRODID:${productId}`)}${lines}END:VCALENDAR\r\n`;
}

/** Octets of a physical line without its CRLF. */
const maxLineOctets = 75;

/**
 * Content lines in wire form. Returns the given bytes when they are in it already, which is the ordinary case and costs
 * one search for line ends. Blank lines and lines that are no content lines are left out otherwise.
 */
export function wireLines(bytes: Uint8Array): Uint8Array {
  if (isWireForm(latin1(bytes))) return bytes;
  const scanner = new LineScanner(bytes);
  let text = '';
  for (let line = scanner.next(); line; line = scanner.next()) {
    if (!(line instanceof BrokenLine)) text += foldLine(line.content);
  }
  return Buffer.from(text, 'utf8');
}

function isWireForm(text: string): boolean {
  let from = 0;
  while (from < text.length) {
    const cr = text.indexOf('\r', from);
    if (cr < 0 || cr - from > maxLineOctets || cr === from || text.charCodeAt(cr + 1) !== 0x0a) return false;
    // A bare LF before this CR would have been found as the end of a shorter line.
    const lf = text.indexOf('\n', from);
    if (lf !== cr + 1) return false;
    from = lf + 1;
  }
  return true;
}
