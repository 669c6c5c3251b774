import { EwsError, SoapFault } from './failure.ts';
import { changeKey, folderId, itemId, occurrenceId, parseId } from './ids.ts';
import { laxDayOfIndex } from './lax-series.ts';
import { childText, type Element, localName } from './markup.ts';
import type { MailRecord } from './meetings.ts';
import { type Profile, type Version } from './profile.ts';
import type { Folder, Item, Mailbox, Store } from './store.ts';
import type { Subscriptions } from './subscriptions.ts';
import { dayOfIndex, instance, present, type View, viewOf } from './views.ts';
import type { Zone } from './zones.ts';

/** The server as its operations see it. */
export interface Backend {
  readonly store: Store;
  readonly profile: Profile;
  readonly mails: MailRecord[];
  readonly subscriptions: Subscriptions;
  /** Listings of CalendarView stop there. */
  readonly maxViewItems: number;
  /** So many of the newest changes of the store are not told by SyncFolderItems yet. */
  readonly late: { changes: number; listings: number };
  /** Answers cookies and checks them: see `affinity.ts`. */
  readonly anchors: boolean;
}

/** One request, after its envelope and headers have been understood. */
export interface Context {
  readonly backend: Backend;
  readonly version: Version;
  /** Whose rights apply: the login, or who is impersonated. */
  readonly mailbox: Mailbox | undefined;
  /** Of the TimeZoneContext header. */
  readonly zone: Zone | undefined;
  /** The login itself, lower case. */
  readonly login: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Header lines that the answer carries besides the usual. */
  readonly answerHeaders: Record<string, string | readonly string[]>;
}

export type Need = 'read' | 'write';

export function storeOf({ backend }: Context): Store {
  return backend.store;
}

/** The mailbox of the request itself; services without one can do nothing with items. */
export function ownMailbox({ mailbox, login }: Context): Mailbox {
  if (!mailbox) throw new EwsError('ErrorNonExistentMailbox', `No mailbox with such guid: ${login}.`);
  if (mailbox.trouble !== undefined)
    throw new EwsError(mailbox.trouble, 'The mailbox is not available at the moment.');
  return mailbox;
}

/** Refuses what the person of the request may not do in this mailbox. */
export function demandAccess(context: Context, mailbox: Mailbox, need: Need): void {
  const own = ownMailbox(context);
  if (mailbox.trouble !== undefined)
    throw new EwsError(mailbox.trouble, 'The mailbox is not available at the moment.');
  if (own === mailbox) return;
  const right = mailbox.delegates.get(own.address);
  if (right === undefined || (need === 'write' && right !== 'Editor'))
    throw new EwsError('ErrorAccessDenied', 'Access is denied. Check credentials and try again.');
}

/** The folder that a FolderId or DistinguishedFolderId element names. */
export function folderOf(context: Context, element: Element | undefined, need: Need = 'read'): Folder {
  const folder = findFolder(context, element);
  const own = ownMailbox(context);
  if (
    folder.mailbox !== own &&
    !folder.folderClass.startsWith('IPF.Appointment') &&
    folder.distinguished !== 'msgfolderroot'
  )
    throw new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  demandAccess(context, folder.mailbox, need);
  return folder;
}

/** By which a mailbox cannot be called, though it gets mail under it. */
export function isOtherName({ profile }: Backend, mailbox: Mailbox, address: string): boolean {
  return profile.wantsPrimary && address.toLowerCase() !== mailbox.address;
}

export const nonPrimary = [
  'ErrorNonPrimarySmtpAddress',
  'The primary SMTP address must be specified when referencing a mailbox.',
] as const;

function findFolder(context: Context, element: Element | undefined): Folder {
  if (!element) throw new EwsError('ErrorParentFolderIdRequired', 'A folder id is required.');
  const idText = element.attributes.get('Id') ?? '';
  if (localName(element) === 'DistinguishedFolderId') {
    const address = element.children[0] && childText(element.children[0], 'EmailAddress');
    const mailbox = address === undefined ? ownMailbox(context) : storeOf(context).mailbox(address);
    if (!mailbox)
      throw new EwsError('ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.');
    if (address !== undefined && isOtherName(context.backend, mailbox, address))
      throw new EwsError(...nonPrimary);
    const folder = mailbox.byName.get(idText);
    if (!folder)
      throw new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
    return folder;
  }
  const parsed = parseId(idText);
  if (!parsed) throw new EwsError('ErrorInvalidIdMalformed', 'Id is malformed.');
  if (parsed.kind !== 'folder')
    throw new EwsError('ErrorCannotUseItemIdForFolderId', 'Id must be that of a folder, not of an item.');
  const folder = storeOf(context).folder(parsed.serial);
  if (!folder || folderId(folder) !== idText)
    throw new EwsError('ErrorFolderNotFound', 'The specified folder could not be found in the store.');
  return folder;
}

/** The item or instance that an ItemId, OccurrenceItemId or RecurringMasterItemId names. */
export function viewOfId(context: Context, element: Element, need: Need = 'read'): View {
  switch (localName(element)) {
    case 'ItemId':
      return byItemId(context, element.attributes.get('Id') ?? '', need);
    case 'OccurrenceItemId': {
      if (context.backend.profile.noOccurrences) throw new SoapFault('Client', 'E-3046: no such element');
      const { item, kind } = byItemId(context, element.attributes.get('RecurringMasterId') ?? '', need);
      if (kind !== 'RecurringMaster')
        throw new EwsError(
          'ErrorCalendarCannotUseIdForOccurrenceId',
          'The id is not that of the master of a series.',
        );
      const index = Number(element.attributes.get('InstanceIndex'));
      const { laxSeries } = context.backend.profile;
      return instance(item, laxSeries ? laxDayOfIndex(item, index) : dayOfIndex(item, index));
    }
    case 'RecurringMasterItemId': {
      const { item, kind } = byItemId(context, element.attributes.get('OccurrenceId') ?? '', need);
      if (kind === 'RecurringMaster' || kind === 'Single')
        throw new EwsError(
          'ErrorCalendarCannotUseIdForRecurringMasterId',
          'The id is not that of an occurrence.',
        );
      return viewOf(item);
    }
    default:
      throw new EwsError('ErrorInvalidId', `Ids of type ${localName(element)} are not known here.`);
  }
}

function byItemId(context: Context, idText: string, need: Need): View {
  const parsed = parseId(idText);
  if (!parsed) throw new EwsError('ErrorInvalidIdMalformed', 'Id is malformed.');
  if (parsed.kind === 'folder')
    throw new EwsError('ErrorCannotUseFolderIdForItemId', 'Id must be that of an item, not of a folder.');
  const item = storeOf(context).item(parsed.serial);
  const written = item && (parsed.kind === 'item' ? itemId(item) : occurrenceId(item, parsed.day));
  if (!item || written !== idText)
    throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
  demandAccess(context, item.folder.mailbox, need);
  if (parsed.kind === 'item') return viewOf(item);
  if (!item.recurrence)
    throw new EwsError('ErrorItemNotFound', 'The specified object was not found in the store.');
  return instance(item, context.backend.profile.laxSeries ? parsed.day : present(item, parsed.day));
}

/** Refuses a write with a change key that is not the newest, where the server looks at it at all. */
export function checkChangeKey(
  context: Context,
  item: Item,
  key: string | undefined,
  resolution: string,
): void {
  if (!context.backend.profile.checksChangeKeys || resolution === 'AlwaysOverwrite') return;
  if (key === undefined) {
    if (resolution === 'NeverOverwrite')
      throw new EwsError(
        'ErrorChangeKeyRequiredForWriteOperations',
        'Change key is required for this operation.',
      );
    return;
  }
  if (key === changeKey(item) || resolution === 'AutoResolve') return;
  throw new EwsError(
    'ErrorIrresolvableConflict',
    'The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.',
  );
}
