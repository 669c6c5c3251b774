/** `Content-Disposition` of a downloaded calendar (RFC 6266): `inline`, because Google refuses `attachment`. */

const maxLength = 80;

/** The file is called after the calendar: in full in `filename*`, in ASCII for older programs. */
export function contentDisposition(title: string): string {
  const name = Array.from(title.normalize('NFC'))
    .slice(0, maxLength)
    .join('')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}"*/:<>?\\|]+/gu, ' ')
    .trim();
  const ascii = name.replace(/[^\x20-\x7e]+/g, '_').trim();
  const plain = /[A-Za-z0-9]/.test(ascii) ? ascii : 'calendar';
  return `inline; filename="${plain}.ics"; filename*=UTF-8''${encodeURIComponent(`${name || plain}.ics`).replace(/['()*]/g, percentEncoded)}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
