/** Whether the guests of a meeting were mailed, by what the server says and by what we have noted in it (exchange.md 17.2). */
import type { XmlElement } from '../../../xml/reader.ts';
import { flagOf } from '../wire/elements.ts';
import type { Mapping } from './mapping.ts';
import { invitedName, ownValueOf } from './marker.ts';

/**
 * Undefined: nobody can tell. Our own note is written in the request that mails: where a server of Microsoft's says that
 * nothing was sent, that request has written and not mailed; of any other server it is not known which of the two to believe.
 */
export function wasInvited(
  item: XmlElement,
  { isPeculiar = false }: Pick<Mapping, 'isPeculiar'>,
): boolean | undefined {
  const told = flagOf(item, 'MeetingRequestWasSent');
  const noted = ownValueOf(item, invitedName);
  if (told === true) return true;
  if (noted === 'true') return told === undefined ? true : isPeculiar ? undefined : false;
  return noted === 'false' ? false : told;
}
