/** GetItem, CreateItem, UpdateItem, DeleteItem, MoveItem, CopyItem. */
import { each } from '../answer.ts';
import {
  type Context,
  checkChangeKey,
  demandAccess,
  folderOf,
  ownMailbox,
  storeOf,
  viewOfId,
} from '../context.ts';
import { clear, type Draft, newDraft, take } from '../draft.ts';
import { EwsError, SoapFault } from '../failure.ts';
import { idOf, itemIdMarkup } from '../fields.ts';
import { draftOfMime } from '../from-mime.ts';
import { laxCallOff } from '../lax-meetings.ts';
import { child, childText, type Element, localName, type Markup, tag, text, unparsable } from '../markup.ts';
import { answer, answerInstance, isAnswer, sends } from '../meetings.ts';
import { withoutOverlooked, withoutResources, withoutZoneElements } from '../overlooked.ts';
import { checkedPath, checkUris, idOnly, itemMarkup, readShape } from '../shape.ts';
import type { Folder, Item } from '../store.ts';
import { type View, viewOf } from '../views.ts';
import { cancelMeeting, create, remove, removeCancelled, update } from '../writes.ts';

const noItems: readonly Markup[] = [tag('m:Items')];

export function getItem(context: Context, request: Element): Markup {
  const shape = readShape(child(request, 'ItemShape'));
  let told = 0;
  return each(
    'GetItem',
    child(request, 'ItemIds')?.children ?? [],
    (id) => {
      checkUris(shape);
      if (++told > context.backend.profile.itemsAtOnce)
        throw new EwsError('ErrorServerBusy', 'Too many items in one request.');
      const view = viewOfId(context, id);
      const { broken } = view.item;
      if (broken === 'unparsable') return [unparsable];
      if (broken !== undefined) throw new EwsError(broken, 'The item cannot be read.');
      return [tag('m:Items', [itemMarkup(context, view, shape, false)])];
    },
    noItems,
  );
}

export function createItem(context: Context, request: Element): Markup {
  const invitations = request.attributes.get('SendMeetingInvitations');
  const disposition = request.attributes.get('MessageDisposition');
  return each(
    'CreateItem',
    child(request, 'Items')?.children ?? [],
    (element) => [tag('m:Items', createOne(context, element, request, invitations, disposition))],
    noItems,
  );
}

function createOne(
  context: Context,
  element: Element,
  request: Element,
  invitations: string | undefined,
  disposition: string | undefined,
): Markup[] {
  const name = localName(element);
  const told = (item: Item): Markup => itemMarkup(context, viewOf(item), idOnly, true);
  if (name === 'CalendarItem') {
    if (invitations === undefined)
      throw new EwsError(
        'ErrorSendMeetingInvitationsRequired',
        'SendMeetingInvitations attribute is required for calendar items.',
      );
    const target = folderFor(context, request, 'calendar');
    const given = draftFrom(element);
    withoutZoneElements(context, given);
    withoutResources(context, given);
    const draft = given.mime === undefined ? given : draftOfMime(given.mime, given);
    // What sending changes comes after this answer: its change key is old when it arrives.
    const item = create(context, target, draft, false);
    const answered = told(item);
    if (sends(invitations))
      update(context, viewOf(item), newDraft(), { invitations: 'SendToAllAndSaveCopy' });
    return [answered];
  }
  if (disposition === undefined)
    throw new EwsError('ErrorMessageDispositionRequired', 'MessageDisposition attribute is required.');
  if (isAnswer(name)) {
    const { item, day } = referenceOf(context, element);
    const send = disposition !== 'SaveOnly';
    if (context.backend.profile.checksAnswers) {
      const key = child(element, 'ReferenceItemId')?.attributes.get('ChangeKey');
      checkChangeKey(context, item, key, 'NeverOverwrite');
    }
    const kept = context.backend.profile.keepsAnswers ? keepAnswer(context, request, item) : undefined;
    if (day !== undefined)
      return answerInstance(context, item, day, name, send).map((view) =>
        itemMarkup(context, view, idOnly, true),
      );
    const touched = answer(context, item, name, send);
    // Seen on Gromox: the answer is what has been made.
    return (kept === undefined ? touched : [kept]).map(told);
  }
  if (name === 'CancelCalendarItem') {
    cancelMeeting(context, referenceOf(context, element).item);
    return [];
  }
  if (name === 'RemoveItem') {
    removeCancelled(context, referenceOf(context, element).item);
    return [];
  }
  if (name === 'Message') return [told(createMessage(context, element, request, disposition))];
  throw new EwsError('ErrorUnsupportedTypeForConversion', `Items of type ${name} are not stored here.`);
}

function referenceOf(context: Context, element: Element): View {
  const id = child(element, 'ReferenceItemId');
  if (!id)
    throw new SoapFault(
      'ErrorSchemaValidation',
      'The request failed schema validation: ReferenceItemId is missing.',
    );
  return viewOfId(context, { ...id, name: id.name.replace('ReferenceItemId', 'ItemId') }, 'write');
}

function createMessage(context: Context, element: Element, request: Element, disposition: string): Item {
  const mailbox = ownMailbox(context);
  const folder = folderFor(context, request, disposition === 'SaveOnly' ? 'drafts' : 'sentitems');
  const now = storeOf(context).now();
  const to = (child(element, 'ToRecipients')?.children ?? []).map((one) => ({
    name: childText(one, 'Name') ?? '',
    address: childText(one, 'EmailAddress') ?? '',
  }));
  const subject = child(element, 'Subject')?.text ?? '';
  if (disposition !== 'SaveOnly')
    context.backend.mails.push({
      at: now,
      kind: 'note',
      from: mailbox.address,
      to: to.map(({ address }) => address),
      subject,
      uid: '',
    });
  return storeOf(context).add(folder, {
    itemClass: 'IPM.Note',
    content: {
      start: now,
      end: now,
      allDay: false,
      subject,
      body: { html: false, text: child(element, 'Body')?.text ?? '' },
    },
    uid: '',
    message: { from: { name: mailbox.name, address: mailbox.address }, to, read: true },
  });
}

function keepAnswer(context: Context, request: Element, { content }: Item): Item {
  const { name, address } = ownMailbox(context);
  return storeOf(context).add(folderFor(context, request, 'outbox'), {
    itemClass: 'IPM.Schedule.Meeting.Resp',
    content: { start: content.start, end: content.end, allDay: false, subject: content.subject ?? '' },
    uid: '',
    message: { from: { name, address }, to: [], read: true },
  });
}

function folderFor(context: Context, request: Element, usual: string): Folder {
  const target = child(request, 'SavedItemFolderId')?.children[0];
  if (target) return folderOf(context, target, 'write');
  const folder = ownMailbox(context).byName.get(usual);
  if (!folder) throw new EwsError('ErrorSavedItemFolderNotFound', 'The folder for the item was not found.');
  return folder;
}

function draftFrom(element: Element): Draft {
  const draft = newDraft();
  for (const one of element.children) take(draft, one);
  return draft;
}

export function updateItem(context: Context, request: Element): Markup {
  const resolution = request.attributes.get('ConflictResolution') ?? 'AutoResolve';
  const invitations = request.attributes.get('SendMeetingInvitationsOrCancellations');
  return each(
    'UpdateItem',
    child(request, 'ItemChanges')?.children ?? [],
    (change) => {
      const [id, updates] = change.children;
      if (!id || !updates) throw new EwsError('ErrorInvalidRequest', 'The change names no item.');
      const view = viewOfId(context, id, 'write');
      checkChangeKey(context, view.item, id.attributes.get('ChangeKey'), resolution);
      if (invitations === undefined && view.item.message === undefined)
        throw new EwsError(
          'ErrorSendMeetingInvitationsOrCancellationsRequired',
          'SendMeetingInvitationsOrCancellations attribute is required for calendar items.',
        );
      refuse(context, updates);
      const draft = draftOf(updates);
      withoutOverlooked(context, draft, view.content);
      withoutZoneElements(context, draft);
      update(context, view, draft, { invitations });
      return [
        tag('m:Items', [itemMarkup(context, again(context, view), idOnly, true)]),
        tag('m:ConflictResults', [text('t:Count', 0)]),
      ];
    },
    noItems,
  );
}

/** As a server that lets only some properties be changed. */
function refuse({ backend }: Context, updates: Element): void {
  const uris = updates.children.flatMap(({ children: [path] }) => path?.attributes.get('FieldURI') ?? []);
  const refused = uris.find((uri) => backend.profile.refusesUpdates.includes(uri));
  if (refused !== undefined)
    throw new EwsError('ErrorInvalidPropertySet', `The property ${refused} cannot be changed.`);
}

/** The same item or instance as it is after a write. */
function again(context: Context, view: View): View {
  const id: Element = { name: '{}ItemId', attributes: new Map([['Id', idOf(view)]]), children: [], text: '' };
  return viewOfId(context, id);
}

function draftOf(updates: Element): Draft {
  const draft = newDraft();
  for (const one of updates.children) {
    const [path, object] = one.children;
    if (!path) throw new EwsError('ErrorInvalidRequest', 'The change names no property.');
    if (localName(one) === 'DeleteItemField') {
      clear(draft, path);
      continue;
    }
    const properties = object?.children ?? [];
    const [property] = properties;
    if (properties.length !== 1 || !property)
      throw new EwsError(
        'ErrorIncorrectUpdatePropertyCount',
        'An object within a change description must contain one and only one property to modify.',
      );
    checkMatch(path, property);
    if (localName(one) === 'AppendToItemField' && localName(property) !== 'Body')
      throw new EwsError('ErrorInvalidPropertyAppend', 'Append action is not valid for this property.');
    take(draft, property);
  }
  return draft;
}

function checkMatch(path: Element, property: Element): void {
  const uri = path.attributes.get('FieldURI');
  const name = localName(property);
  if (localName(path) === 'ExtendedFieldURI') {
    checkedPath(path);
    if (name === 'ExtendedProperty') return;
  } else if (uri?.slice(uri.indexOf(':') + 1) === name) return;
  throw new EwsError('ErrorUpdatePropertyMismatch', 'The property in the change does not match its path.');
}

export function deleteItem(context: Context, request: Element): Markup {
  const type = request.attributes.get('DeleteType') ?? 'HardDelete';
  const cancellations = request.attributes.get('SendMeetingCancellations');
  return each('DeleteItem', child(request, 'ItemIds')?.children ?? [], (id) => {
    const view = viewOfId(context, id, 'write');
    if (cancellations === undefined && view.item.uid !== '' && view.item.message === undefined)
      throw new EwsError(
        'ErrorSendMeetingCancellationsRequired',
        'SendMeetingCancellations attribute is required for calendar items.',
      );
    if (context.backend.profile.laxMeetings && (view.day === undefined || localName(id) !== 'ItemId'))
      laxCallOff(context, view.item, cancellations);
    // DeleteItem looks at a change key only if one is sent.
    remove(context, view, type, cancellations);
    return [];
  });
}

export function moveItem(context: Context, request: Element): Markup {
  return transfer(context, request, 'MoveItem', (item, target) => storeOf(context).move(item, target));
}

export function copyItem(context: Context, request: Element): Markup {
  return transfer(context, request, 'CopyItem', (item, target) => storeOf(context).copy(item, target));
}

function transfer(
  context: Context,
  request: Element,
  operation: string,
  work: (item: Item, target: Folder) => Item,
): Markup {
  const target = folderOf(context, child(request, 'ToFolderId')?.children[0], 'write');
  return each(
    operation,
    child(request, 'ItemIds')?.children ?? [],
    (id) => {
      const view = viewOfId(context, id, 'write');
      if (view.day !== undefined)
        throw new EwsError(
          'ErrorCalendarCannotMoveOrCopyOccurrence',
          'Occurrences cannot be moved or copied.',
        );
      demandAccess(context, target.mailbox, 'write');
      return [tag('m:Items', [tag('t:CalendarItem', [itemIdMarkup(viewOf(work(view.item, target)))])])];
    },
    noItems,
  );
}
