/** What of HTML is let through: elements, their attributes, and the style that formats text. Everything else is left out. */

/** Formatting and structure, nothing that loads, runs, submits or covers anything. */
const elements =
  'a abbr address b big blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i ' +
  'img ins kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var';

export const allowedElements: ReadonlySet<string> = new Set(elements.split(' '));

/** Left out with all that is inside. */
export const droppedElements: ReadonlySet<string> = new Set(
  'svg math object applet template select audio video canvas frameset datalist map'.split(' '),
);

export const voidElements: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'col']);

/** Begin and end lines; blanks next to them mean nothing. */
export const blockElements: ReadonlySet<string> = new Set(
  (
    'address blockquote br caption center col colgroup dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tbody td tfoot th ' +
    'thead tr ul'
  ).split(' '),
);

type Test = (value: string) => boolean;

const isNumber: Test = (value) => /^\d{1,5}%?$/.test(value);
const isWord: Test = (value) => /^[a-z]{1,20}$/i.test(value);
const isColour: Test = (value) => /^(?:#[\da-f]{3,8}|[a-z]{1,30})$/i.test(value);
const isFamily: Test = (value) => /^[\p{L}\d ,.'"_-]{1,200}$/u.test(value);
const isText: Test = () => true;

/** Attributes by name, for the elements named, or for all. */
const attributes: readonly {
  readonly name: string;
  readonly on: string | null;
  readonly test: Test;
}[] = [
  { name: 'title', on: null, test: isText },
  { name: 'dir', on: null, test: (value) => /^(?:ltr|rtl|auto)$/i.test(value) },
  { name: 'align', on: null, test: isWord },
  { name: 'valign', on: 'td th tr tbody thead tfoot col', test: isWord },
  { name: 'bgcolor', on: 'table td th tr', test: isColour },
  { name: 'width', on: 'table td th col img hr', test: isNumber },
  { name: 'height', on: 'table td th tr img', test: isNumber },
  { name: 'border', on: 'table', test: isNumber },
  { name: 'cellpadding', on: 'table', test: isNumber },
  { name: 'cellspacing', on: 'table', test: isNumber },
  { name: 'colspan', on: 'td th', test: isNumber },
  { name: 'rowspan', on: 'td th', test: isNumber },
  { name: 'span', on: 'col colgroup', test: isNumber },
  { name: 'start', on: 'ol', test: isNumber },
  { name: 'type', on: 'ol ul li', test: (value) => /^(?:[1aAiI]|disc|circle|square)$/.test(value) },
  { name: 'color', on: 'font', test: isColour },
  { name: 'face', on: 'font', test: isFamily },
  { name: 'size', on: 'font', test: (value) => /^[+-]?\d$/.test(value) },
  { name: 'alt', on: 'img', test: isText },
];

export function isAllowedAttribute(element: string, name: string, value: string): boolean {
  const rule = attributes.find(
    (candidate) =>
      candidate.name === name && (candidate.on === null || candidate.on.split(' ').includes(element)),
  );
  return rule?.test(value.trim()) ?? false;
}

/** Addresses that a click may open; `undefined` for all others. Blanks and control characters in them are a disguise. */
export function safeLink(value: string): string | undefined {
  const address = value.replace(/[\p{Cc}\s]+/gu, '');
  return /^(?:https?:\/\/|mailto:|tel:)/i.test(address) ? address : undefined;
}

const styleProperties: ReadonlySet<string> = new Set(
  (
    'color background-color font-family font-size font-style font-weight text-align text-decoration text-indent line-height ' +
    'vertical-align white-space margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right ' +
    'padding-bottom padding-left border border-top border-right border-bottom border-left border-collapse border-spacing ' +
    'width list-style-type'
  ).split(' '),
);

/** Words, numbers, colours: no `url(`, no function but `rgb`, no escape, no comment. */
const styleValue = /^(?:[\p{L}\d #.,%'_-]|rgba?\([\d ,.%]{1,40}\)){1,200}$/u;

/** The declarations that only format text. */
export function safeStyle(value: string): string {
  const kept: string[] = [];
  for (const declaration of value.split(';').slice(0, 60)) {
    const colon = declaration.indexOf(':');
    const name = declaration.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const wanted = declaration
      .slice(colon + 1)
      .trim()
      .replace(/"/g, "'")
      .replace(/\s+/g, ' ');
    if (styleProperties.has(name) && styleValue.test(wanted)) kept.push(`${name}: ${wanted}`);
  }
  return kept.join('; ');
}
