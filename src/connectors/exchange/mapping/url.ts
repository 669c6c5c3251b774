/** The address of an online meeting: told by the server, or found in the place or the text (exchange.md 11.1). */
import type { XmlElement } from '../../../xml/reader.ts';
import type { EventContent } from '../../event.ts';
import { textOf } from '../wire/elements.ts';

/** Hosts of meetings, for addresses found in running text, where others are just links. */
const meetingHosts =
  /^(?:teams\.microsoft\.com|teams\.live\.com|(?:[\w-]+\.)?zoom\.us|(?:[\w-]+\.)?webex\.com|meet\.google\.com|meet\.jit\.si|(?:[\w-]+\.)?whereby\.com|(?:app\.)?gotomeeting\.com|meet\.goto\.com|telemost\.yandex\.ru|meet\.lync\.com|[\w-]+\.ktalk\.ru|salutejazz\.ru)$/i;

const address = /https?:\/\/[^\s<>"'()[\]{}|\\^`]+/gi;

/** Empty: none. A place that is an address is one whatever its host; in the text only those of meetings count. */
export function urlOf(
  item: XmlElement,
  { location, html, description }: Pick<EventContent, 'location' | 'html' | 'description'>,
): string {
  const told = webAddress(textOf(item, 'JoinOnlineMeetingUrl') ?? '');
  if (told !== '') return told;
  const [inPlace] = location.match(address) ?? [];
  if (inPlace !== undefined) return webAddress(inPlace);
  const links = [...(html ?? '').matchAll(/ href="([^"]{1,2000})"/g)].map(([, link = '']) =>
    link.replaceAll('&amp;', '&'),
  );
  const found = [...links, ...(description.slice(0, maxSearched).match(address) ?? [])]
    .map(webAddress)
    .find((link) => link !== '' && meetingHosts.test(new URL(link).hostname));
  return found ?? '';
}

const maxSearched = 100_000;

function webAddress(text: string): string {
  const trimmed = text.trim().replace(/[.,;:!?]+$/, '');
  return /^https?:\/\//i.test(trimmed) && URL.canParse(trimmed) ? trimmed : '';
}
