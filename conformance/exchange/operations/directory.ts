/** ResolveNames, ExpandDL, GetServerTimeZones, ConvertId, GetUserConfiguration and other questions without items. */
import { each, guarded, response } from '../answer.ts';
import { type Context, ownMailbox, storeOf } from '../context.ts';
import { EwsError, SoapFault } from '../failure.ts';
import { mailboxMarkup } from '../fields.ts';
import { parseId } from '../ids.ts';
import { child, childText, type Element, type Markup, tag, text } from '../markup.ts';
import { person } from '../meetings.ts';
import { writeDefinition } from '../zone-xml.ts';
import { zoneIds, zoneNamed } from '../zones.ts';

export function resolveNames(context: Context, request: Element): Markup {
  return each('ResolveNames', [request], () => {
    const wanted = (childText(request, 'UnresolvedEntry') ?? '').toLowerCase();
    const address = wanted.replace(/^(?:smtp|ex):/, '');
    const { store } = context.backend;
    const people = [...store.mailboxes.values()]
      .map(person)
      .filter(
        (one) =>
          one.address === address ||
          legacyName(one.address).toLowerCase() === address ||
          one.name.toLowerCase().startsWith(address) ||
          one.address.startsWith(address),
      );
    const lists = [...store.lists.keys()].filter((name) => name === address);
    if (people.length + lists.length === 0)
      throw new EwsError('ErrorNameResolutionNoResults', 'No results were found.');
    const found = [
      ...people.map((one) => tag('t:Resolution', [mailboxOf(one.name, one.address, 'Mailbox')])),
      ...lists.map((one) => tag('t:Resolution', [mailboxOf(one, one, 'PublicDL')])),
    ];
    return [tag('m:ResolutionSet', found, { TotalItemsInView: found.length, IncludesLastItemInRange: true })];
  });
}

function mailboxOf(name: string, address: string, type: string): Markup {
  return tag('t:Mailbox', [
    text('t:Name', name),
    text('t:EmailAddress', address),
    text('t:RoutingType', 'SMTP'),
    text('t:MailboxType', type),
  ]);
}

/** The address of a mailbox in the directory's own form, routing type EX. */
export function legacyName(address: string): string {
  return `/o=Lab/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=${address.replace(/[^a-z0-9]/gi, '')}`;
}

export function expandDL(context: Context, request: Element): Markup {
  return each('ExpandDL', [request], () => {
    const address = (childText(child(request, 'Mailbox'), 'EmailAddress') ?? '').toLowerCase();
    const members = storeOf(context).lists.get(address);
    if (!members) throw new EwsError('ErrorNameResolutionNoResults', 'No results were found.');
    const attributes = { TotalItemsInView: members.length, IncludesLastItemInRange: true };
    return [
      tag(
        'm:DLExpansion',
        members.map((one) =>
          mailboxMarkup({ name: storeOf(context).mailbox(one)?.name ?? one, address: one }),
        ),
        attributes,
      ),
    ];
  });
}

export function getServerTimeZones(context: Context, request: Element): Markup {
  if (!context.backend.profile.hasServerTimeZones)
    throw new SoapFault('', "Unknown request 'GetServerTimeZones'.");
  return each('GetServerTimeZones', [request], () => {
    const asked = (child(request, 'Ids')?.children ?? []).map((one) => one.text.trim());
    const full = request.attributes.get('ReturnFullTimeZoneData') !== 'false';
    const zones = (asked.length > 0 ? asked : zoneIds).flatMap((id) => zoneNamed(id) ?? []);
    const definitions = zones.map((zone) =>
      full
        ? writeDefinition('t:TimeZoneDefinition', zone)
        : tag('t:TimeZoneDefinition', [], { Id: zone.id, Name: zone.name }),
    );
    return [tag('m:TimeZoneDefinitions', definitions)];
  });
}

/** Ids have one form here; the attributes tell what the client asked for. */
export function convertId(context: Context, request: Element): Markup {
  const format = request.attributes.get('DestinationFormat') ?? 'EwsId';
  return each('ConvertId', child(request, 'SourceIds')?.children ?? [], (source) => {
    const id = source.attributes.get('Id') ?? '';
    // Clients ask with any mailbox to hear whose id it is.
    const code = parseId(id)?.mailboxCode;
    const holder = [...storeOf(context).mailboxes.values()].find((one) => one.code === code);
    const mailbox = (holder ?? ownMailbox(context)).address;
    return [
      tag('m:AlternateId', [], {
        'xsi:type': 't:AlternateIdType',
        'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
        Format: format,
        Id: id,
        Mailbox: mailbox,
      }),
    ];
  });
}

/** Options of Outlook on the web; there are none but the time zone of the mailbox. */
export function getUserConfiguration(context: Context, request: Element): Markup {
  return response('GetUserConfiguration', [
    guarded('GetUserConfiguration', () => {
      const mailbox = ownMailbox(context);
      const name = child(request, 'UserConfigurationName');
      if (name?.attributes.get('Name') !== 'OWA.UserOptions')
        throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
      const folder = name.children[0];
      const entry = (key: string, value: string): Markup => {
        const object = (element: string, content: string): Markup =>
          tag(element, [text('t:Type', 'String'), text('t:Value', content)]);
        return tag('t:DictionaryEntry', [object('t:DictionaryKey', key), object('t:DictionaryValue', value)]);
      };
      const folderMarkup = tag('t:DistinguishedFolderId', [], { Id: folder?.attributes.get('Id') ?? 'root' });
      return [
        tag('m:UserConfiguration', [
          tag('t:UserConfigurationName', [folderMarkup], { Name: 'OWA.UserOptions' }),
          tag('t:Dictionary', [entry('timezone', mailbox.zone.id)]),
        ]),
      ];
    }),
  ]);
}

/** Nobody is away: the answer that clients want before they show a mailbox. */
export function getUserOofSettings(context: Context, _request: Element): Markup {
  ownMailbox(context);
  return tag('m:GetUserOofSettingsResponse', [
    tag('m:ResponseMessage', [text('m:ResponseCode', 'NoError')], { ResponseClass: 'Success' }),
    tag('t:OofSettings', [
      text('t:OofState', 'Disabled'),
      text('t:ExternalAudience', 'None'),
      tag('t:InternalReply', [tag('t:Message')]),
      tag('t:ExternalReply', [tag('t:Message')]),
    ]),
    text('m:AllowExternalOof', 'None'),
  ]);
}

/** Delegates are kept by the fake itself, but a client may ask for them. */
export function getDelegate(context: Context, _request: Element): Markup {
  ownMailbox(context);
  const error = new EwsError('ErrorNotDelegate', 'The user is not a delegate for the mailbox.');
  return tag(
    'm:GetDelegateResponse',
    [
      text('m:MessageText', error.message),
      text('m:ResponseCode', error.code),
      text('m:DescriptiveLinkKey', 0),
    ],
    { ResponseClass: 'Error' },
  );
}
