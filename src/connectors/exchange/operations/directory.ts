/** ResolveNames, ExpandDL, GetServerTimeZones (exchange.md 14.4). */
import type { XmlElement } from '../../../xml/reader.ts';
import { makeText } from '../wire/elements.ts';
import { below, inner, innerAll, innerText, message } from '../wire/names.ts';
import { failureOf, messagesOf, onlyMessage } from '../wire/response.ts';
import type { Operation } from './operation.ts';

export interface DirectoryEntry {
  readonly name: string;
  /** Lower case. */
  readonly address: string;
  /** `SMTP`, or `EX` where the directory gives none. */
  readonly routing: string;
  /** `Mailbox`, `PublicDL`, `Contact`, … */
  readonly type: string;
}

/** Who an address or name is; none where the directory does not know, or knows several. */
export function resolveNames(entry: string): Operation<DirectoryEntry | undefined> {
  return {
    name: 'ResolveNames',
    aside: true,
    repeatable: true,
    body: () =>
      message('ResolveNames', [message('UnresolvedEntry', [entry])], {
        ReturnFullContactData: 'false',
        SearchScope: 'ActiveDirectory',
      }),
    read(response) {
      const [answer] = messagesOf(response);
      if (answer?.code === 'ErrorNameResolutionNoResults') return undefined;
      if (answer !== undefined && !answer.ok) throw failureOf(answer);
      const resolutions = innerAll(inner(answer?.element, 'ResolutionSet'), 'Resolution');
      return theOne(
        resolutions.map((each) => entryOf(inner(each, 'Mailbox'))),
        entry.toLowerCase(),
      );
    },
  };
}

/** Of several the one that is called so: some look for all that begin alike. */
function theOne(entries: readonly DirectoryEntry[], asked: string): DirectoryEntry | undefined {
  if (entries.length === 1) return entries[0];
  const named = entries.filter(({ address }) => address === asked || address.replace(/@.*$/, '') === asked);
  return named.length === 1 ? named[0] : undefined;
}

/** Members of a distribution list, one level. */
export function expandList(address: string): Operation<readonly DirectoryEntry[]> {
  return {
    name: 'ExpandDL',
    aside: true,
    repeatable: true,
    body: () => message('ExpandDL', [message('Mailbox', [makeText('EmailAddress', address)])]),
    read(response) {
      const { element } = onlyMessage(response);
      return innerAll(inner(element, 'DLExpansion'), 'Mailbox').map(entryOf);
    },
  };
}

function entryOf(mailbox: XmlElement | undefined): DirectoryEntry {
  return {
    name: innerText(mailbox, 'Name'),
    address: innerText(mailbox, 'EmailAddress').toLowerCase(),
    routing: innerText(mailbox, 'RoutingType').toUpperCase(),
    type: innerText(mailbox, 'MailboxType'),
  };
}

/** Zones by their Windows names, with their rules; none of the names: all that the server has. */
export function serverTimeZones(names: readonly string[]): Operation<readonly XmlElement[]> {
  return {
    name: 'GetServerTimeZones',
    aside: true,
    repeatable: true,
    since: 'Exchange2010',
    body: () =>
      message(
        'GetServerTimeZones',
        [
          names.length === 0
            ? undefined
            : message(
                'Ids',
                names.map((name) => makeText('Id', name)),
              ),
        ],
        {
          ReturnFullTimeZoneData: 'true',
        },
      ),
    read: (response) =>
      innerAll(below(onlyMessage(response).element, 'TimeZoneDefinitions'), 'TimeZoneDefinition'),
  };
}
