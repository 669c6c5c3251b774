/** Forms of the same answer that servers, and what lies before them, were seen to give, or that XML lets them give. */

export type Dress =
  | 'plain'
  | 'byte-order-mark'
  | 'utf-16'
  /** In a charset of its own, named by its declaration and not by the header. */
  | 'windows-1251'
  /** UTF-8, which header and declaration call something else. */
  | 'misnamed'
  /** Every namespace is a default one, no element has a prefix. */
  | 'without-prefixes'
  /** Items stand in the namespace of messages. */
  | 'one-namespace'
  | 'soap-1.2';

export interface Dressed {
  readonly body: Buffer;
  readonly contentType: string;
}

export function dressed(text: string, dress: Dress, contentType: string): Dressed {
  const utf8 = (changed: string, type = contentType): Dressed => ({
    body: Buffer.from(changed, 'utf8'),
    contentType: type,
  });
  switch (dress) {
    case 'plain':
      return utf8(text);
    case 'byte-order-mark':
      return utf8(`\ufeff${text}`);
    case 'utf-16':
      return {
        body: Buffer.from(`\ufeff${named(text, 'utf-16')}`, 'utf16le'),
        contentType: 'text/xml; charset=utf-16',
      };
    case 'windows-1251':
      return { body: cyrillic(named(text, 'windows-1251')), contentType: 'text/xml' };
    case 'misnamed':
      return utf8(named(text, 'iso-8859-1'), 'text/xml; charset=ISO-8859-1');
    case 'without-prefixes':
      return utf8(withoutPrefixes(text));
    case 'one-namespace':
      return utf8(text.replaceAll(/<(\/?)t:/g, '<$1m:'));
    case 'soap-1.2':
      return utf8(
        text.replaceAll(
          'http://schemas.xmlsoap.org/soap/envelope/',
          'http://www.w3.org/2003/05/soap-envelope',
        ),
        'application/soap+xml; charset=utf-8',
      );
    default:
      return dress satisfies never;
  }
}

function named(text: string, charset: string): string {
  return text.replace(/^(<\?xml[^>]*encoding=")[^"]*/, `$1${charset}`);
}

/** Letters of windows-1251 as its bytes; what it does not have, as references. */
function cyrillic(text: string): Buffer {
  const parts = Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    if (code < 0x80) return Buffer.from([code]);
    if (code >= 0x410 && code <= 0x44f) return Buffer.from([code - 0x410 + 0xc0]);
    return Buffer.from(`&#${code};`, 'latin1');
  });
  return Buffer.concat(parts);
}

const namespaces: Readonly<Record<string, string>> = {
  m: 'http://schemas.microsoft.com/exchange/services/2006/messages',
  t: 'http://schemas.microsoft.com/exchange/services/2006/types',
  h: 'http://schemas.microsoft.com/exchange/services/2006/types',
  s: 'http://schemas.xmlsoap.org/soap/envelope/',
  SOAP: 'http://schemas.xmlsoap.org/soap/envelope/',
};

function withoutPrefixes(text: string): string {
  return text
    .replaceAll(/ xmlns(?::\w+)?="[^"]*"/g, '')
    .replaceAll(/<(\w+):(\w+)/g, (_, prefix: string, local: string) => {
      const namespace = namespaces[prefix];
      return namespace === undefined ? `<${local}` : `<${local} xmlns="${namespace}"`;
    })
    .replaceAll(/<\/\w+:/g, '</');
}
