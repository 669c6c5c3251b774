/** CreateItem, UpdateItem, DeleteItem, and answers to meetings (exchange.md 14.3). None is ever repeated by itself. */
import type { DocumentElement } from '../../../xml/document.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { RemoteFailure } from '../../failure.ts';
import { invitedNote } from '../mapping/invited.ts';
import { invitedName, ownField, ownProperty } from '../mapping/marker.ts';
import { setField } from '../mapping/patch.ts';
import type { Send } from '../mapping/plan.ts';
import { make, makeText } from '../wire/elements.ts';
import { message } from '../wire/names.ts';
import { type Outcome, outcomes } from './batch.ts';
import type { Operation } from './operation.ts';
import { folderElement, type ItemRef, type ItemVersion, idOf, itemElement } from './targets.ts';

/**
 * `elements`: `t:CalendarItem`. Nobody is mailed: no change key says whether it was carried out before, so guests are invited
 * by an update of what is there (docs/decisions/0015).
 */
export function createItems(
  folder: string,
  elements: readonly DocumentElement[],
): Operation<readonly Outcome<ItemVersion>[]> {
  return {
    name: 'CreateItem',
    repeatable: false,
    body: () =>
      message(
        'CreateItem',
        [message('SavedItemFolderId', [folderElement({ id: folder })]), message('Items', elements)],
        { SendMeetingInvitations: 'SendToNone' },
      ),
    read: (response, note) => outcomes(response, elements.length, note, ({ element }) => writtenId(element)),
  };
}

export interface ItemChange {
  readonly item: ItemRef;
  /** Content of `t:Updates`. */
  readonly changes: readonly DocumentElement[];
}

export type ConflictResolution = 'NeverOverwrite' | 'AutoResolve' | 'AlwaysOverwrite';

export function updateItems(
  changes: readonly ItemChange[],
  send: Send,
  conflicts: ConflictResolution,
): Operation<readonly Outcome<ItemVersion>[]> {
  return {
    name: 'UpdateItem',
    repeatable: false,
    body: () =>
      message(
        'UpdateItem',
        [
          message(
            'ItemChanges',
            changes.map(({ item, changes: updates }) =>
              make('ItemChange', [itemElement(item), make('Updates', updates)]),
            ),
          ),
        ],
        {
          ConflictResolution: conflicts,
          // Calendar items do not need it; some servers want it all the same.
          MessageDisposition: 'SaveOnly',
          SendMeetingInvitationsOrCancellations: updateSends[send],
        },
      ),
    read: (response, note) => outcomes(response, changes.length, note, ({ element }) => writtenId(element)),
  };
}

/** A meeting whose guests are to be mailed, and what its Subject says. */
export interface Unsent extends ItemVersion {
  readonly title: string;
}

/**
 * Mails the guests of these versions. Nothing is changed of them but a note that it was done; the title is written as it is, as
 * nobody says that Exchange mails about properties of ours; where a server lets none of those be changed (`isNoted` false), the
 * title alone. A version that has moved since is refused: that is what keeps it
 * from being done twice.
 */
export function invitations(
  items: readonly Unsent[],
  { isNoted = true }: { readonly isNoted?: boolean } = {},
): Operation<readonly Outcome<ItemVersion>[]> {
  return updateItems(
    items.map(({ id, version, title }) => ({
      item: { id, version },
      changes: [
        ...(isNoted ? [notedMailed(version)] : []),
        ...(title === '' ? [] : [setField('item:Subject', makeText('Subject', title))]),
      ],
    })),
    'all',
    'NeverOverwrite',
  );
}

/** Guests are mailed by what it comes with. */
export function notedMailed(version: string): DocumentElement {
  return make('SetItemField', [
    ownField(invitedName),
    make('CalendarItem', [ownProperty(invitedName, invitedNote(version))]),
  ]);
}

const updateSends: Readonly<Record<Send, string>> = {
  none: 'SendToNone',
  changed: 'SendToChangedAndSaveCopy',
  all: 'SendToAllAndSaveCopy',
};

/** Into the deleted items, so that it can be undone in Outlook; `forever` is for what we have only tried. */
export function deleteItems(
  items: readonly ItemRef[],
  send: Send,
  type: 'MoveToDeletedItems' | 'HardDelete' = 'MoveToDeletedItems',
): Operation<readonly Outcome<true>[]> {
  return {
    name: 'DeleteItem',
    repeatable: false,
    body: () =>
      message('DeleteItem', [message('ItemIds', items.map(itemElement))], {
        DeleteType: type,
        SendMeetingCancellations: send === 'none' ? 'SendToNone' : 'SendToAllAndSaveCopy',
      }),
    read: (response, note) => outcomes(response, items.length, note, () => true),
  };
}

const answerElements = {
  accepted: 'AcceptItem',
  tentative: 'TentativelyAcceptItem',
  declined: 'DeclineItem',
} as const;

/**
 * Answers a meeting; the organizer is told. `isKept`: the server is told to keep what it sends among the sent items, which
 * others do by themselves, and some in the outbox. Undefined: the server does not tell what became of the item.
 */
export function answerMeeting(
  item: ItemVersion,
  answer: keyof typeof answerElements,
  isKept: boolean,
): Operation<ItemVersion | undefined> {
  return {
    name: 'CreateItem',
    repeatable: false,
    body: () =>
      message(
        'CreateItem',
        [
          isKept ? message('SavedItemFolderId', [folderElement({ distinguished: 'sentitems' })]) : undefined,
          message('Items', [
            make(answerElements[answer], [
              make('ReferenceItemId', [], {
                Id: item.id,
                ...(item.version !== '' && { ChangeKey: item.version }),
              }),
            ]),
          ]),
        ],
        { MessageDisposition: 'SendAndSaveCopy' },
      ),
    read(response, note) {
      const [outcome] = outcomes(response, 1, note, ({ element }) => idOf(element));
      if (outcome !== undefined && 'failure' in outcome) throw outcome.failure;
      return outcome?.value;
    },
  };
}

function writtenId(message: XmlElement): ItemVersion {
  const id = idOf(message);
  // It is written; only its id is missing, and that is found by the marker.
  if (id === undefined) throw new RemoteFailure('transient', 'answer-without-id', 'an answer holds no id');
  return id;
}
