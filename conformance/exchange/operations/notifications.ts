/** Subscribe, Unsubscribe, GetEvents; the streaming connection itself is in `streaming.ts`. */

import { claimAnchor } from '../affinity.ts';
import { each, guarded, response } from '../answer.ts';
import { type Context, folderOf, ownMailbox } from '../context.ts';
import { EwsError } from '../failure.ts';
import { folderId } from '../ids.ts';
import { child, childText, type Element, localName, type Markup, tag, text, utc } from '../markup.ts';
import type { Folder, StoreEvent } from '../store.ts';

export function subscribe(context: Context, request: Element): Markup {
  return each('Subscribe', request.children, (element) => {
    const kind = localName(element);
    if (kind === 'PushSubscriptionRequest')
      throw new EwsError('ErrorInvalidSubscriptionRequest', 'Push subscriptions are not served here.');
    const mailbox = ownMailbox(context);
    const { subscriptions, profile } = context.backend;
    const everywhere = element.attributes.get('SubscribeToAllFolders') === 'true';
    const folders = everywhere
      ? undefined
      : new Set<Folder>((child(element, 'FolderIds')?.children ?? []).map((id) => folderOf(context, id)));
    const owners = new Set([...(folders ?? [])].map((folder) => folder.mailbox));
    if (owners.size > 1)
      throw new EwsError('ErrorInvalidSubscriptionRequest', 'The folders belong to several mailboxes.');
    const types = new Set((child(element, 'EventTypes')?.children ?? []).map((one) => one.text.trim()));
    const streaming = kind === 'StreamingSubscriptionRequest';
    const minutes = Number(childText(element, 'Timeout') ?? 30);
    const subscription = subscriptions.add({
      kind: streaming ? 'streaming' : 'pull',
      mailbox: [...owners][0] ?? mailbox,
      // Seen on Gromox: a subscription to certain folders never hears anything.
      folders: profile.notifiesFolders || everywhere ? folders : new Set(),
      types,
      timeoutMs: minutes * 60_000,
      backEnd: claimAnchor(context, mailbox),
    });
    return [
      text('m:SubscriptionId', subscription.id),
      ...(streaming ? [] : [text('m:Watermark', watermark(subscription.told))]),
    ];
  });
}

export function unsubscribe(context: Context, request: Element): Markup {
  return response('Unsubscribe', [
    guarded('Unsubscribe', () => {
      context.backend.subscriptions.remove(childText(request, 'SubscriptionId') ?? '');
      return [];
    }),
  ]);
}

export function getEvents(context: Context, request: Element): Markup {
  return response('GetEvents', [
    guarded('GetEvents', () => {
      const { subscriptions, store } = context.backend;
      const id = childText(request, 'SubscriptionId') ?? '';
      const subscription = subscriptions.get(id);
      if (subscription.kind !== 'pull')
        throw new EwsError('ErrorInvalidPullSubscriptionId', 'The subscription is not one of pull.');
      const after = readWatermark(childText(request, 'Watermark') ?? '');
      if (after === undefined || after > store.lastEvent)
        throw new EwsError(
          'ErrorInvalidWatermark',
          'The watermark used for creating this subscription was not found.',
        );
      subscription.expires = store.now() + subscription.timeoutMs;
      const events = subscriptions.events(subscription, after);
      subscription.told = store.lastEvent;
      return [notification(id, events, after)];
    }),
  ]);
}

/** What happened, as pull answers tell it: with watermarks. */
function notification(id: string, events: readonly StoreEvent[], previous: number): Markup {
  return tag('m:Notification', [
    text('t:SubscriptionId', id),
    text('t:PreviousWatermark', watermark(previous)),
    text('t:MoreEvents', false),
    ...(events.length === 0
      ? [tag('t:StatusEvent', [text('t:Watermark', watermark(previous))])]
      : events.map((event) => eventMarkup(event, true))),
  ]);
}

export function eventMarkup(event: StoreEvent, withWatermark: boolean): Markup {
  const { kind, item, changeKey, folder, oldItem, oldFolder } = event;
  return tag(`t:${kind}Event`, [
    ...(withWatermark ? [text('t:Watermark', watermark(event.number))] : []),
    text('t:TimeStamp', utc(event.at)),
    tag('t:ItemId', [], { Id: item, ChangeKey: changeKey }),
    tag('t:ParentFolderId', [], { Id: folderId(folder), ChangeKey: changeKey }),
    ...(oldItem !== undefined && oldFolder
      ? [
          tag('t:OldItemId', [], { Id: oldItem, ChangeKey: changeKey }),
          tag('t:OldParentFolderId', [], { Id: folderId(oldFolder), ChangeKey: changeKey }),
        ]
      : []),
  ]);
}

function watermark(number: number): string {
  return Buffer.from(`AQAAA${String(number).padStart(13, '0')}`).toString('base64');
}

function readWatermark(value: string): number | undefined {
  const [, digits] = /^AQAAA(\d{13})$/.exec(Buffer.from(value, 'base64').toString('latin1')) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
