/** Whether the guests of a meeting were mailed, by what the server says and by what we have noted in it (exchange.md 17.2). */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { attribute, child, flagOf, isCalled, make } from '../wire/elements.ts';
import type { Mapping } from './mapping.ts';
import { invitedName, ownValueOf } from './marker.ts';

/**
 * What is noted when guests are mailed: that they were, and from which version on, so that it is known of each request that mails,
 * and names a version, whether it was carried out.
 */
export function invitedNote(version: string): string {
  return version === '' ? 'true' : `true ${version}`;
}

/** The version that the last request of ours has mailed guests from; undefined: it is not noted. */
export function mailedFrom(item: XmlElement): string | undefined {
  return /^true (\S+)$/.exec(ownValueOf(item, invitedName) ?? '')?.[1];
}

/**
 * Undefined: nobody can tell. Our own note is written in the request that mails: where a server of Microsoft's says that
 * nothing was sent, that request has written and not mailed; of any other server it is not known which of the two to believe.
 */
export function wasInvited(
  item: XmlElement,
  { isPeculiar = false }: Pick<Mapping, 'isPeculiar'>,
): boolean | undefined {
  const told = toldOf(item);
  const noted = ownValueOf(item, invitedName);
  if (told === true) return true;
  if (noted?.startsWith('true')) return told === undefined ? true : isPeculiar ? undefined : false;
  return noted === 'false' ? false : told;
}

/**
 * Whether it is known that nobody was ever invited to it. What we have noted counts where each request of ours that mails notes
 * so (`notedMailed`): with servers that are not Microsoft's, which say nothing themselves.
 */
export function isNeverSent(item: XmlElement, mapping: Pick<Mapping, 'isPeculiar'>): boolean {
  const isKnown = toldOf(item) !== undefined || mapping.isPeculiar === true;
  return isKnown && wasInvited(item, mapping) === false;
}

/**
 * PidLidFInvited (MS-OXOCAL), which MeetingRequestWasSent tells: what programs that send meetings by themselves leave in the item,
 * whether the server has a word for it or not.
 */
export function sentField(): DocumentElement {
  return make('ExtendedFieldURI', [], {
    DistinguishedPropertySetId: 'Appointment',
    PropertyId: String(sentId),
    PropertyType: 'Boolean',
  });
}

const sentId = 0x8229;

function toldOf(item: XmlElement): boolean | undefined {
  const flags = [flagOf(item, 'MeetingRequestWasSent'), ...item.children.map(sentOf)];
  return flags.includes(true) || (flags.includes(false) ? false : undefined);
}

function sentOf(property: XmlElement): boolean | undefined {
  if (!isCalled(property, 'ExtendedProperty')) return undefined;
  const id = attribute(child(property, 'ExtendedFieldURI'), 'PropertyId');
  return id !== undefined && Number(id) === sentId ? flagOf(property, 'Value') : undefined;
}
