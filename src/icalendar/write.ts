/** Stored lines in the form in which we send generated text: CRLF, at most 75 octets a line (RFC 5545 §3.1). */
import type { Component, Property } from './component.ts';
import { foldLine } from './value.ts';

/** One property as a content line: as it was, but for folding and line end. */
export function propertyText(property: Property): string {
  return foldLine(property.content);
}

/** Name, parameters and colon of a property (RFC 4791 §9.6.4, `novalue`). */
export function withoutValue(property: Property): string {
  const { content, rawValue } = property;
  return foldLine(content.slice(0, content.length - rawValue.length));
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
