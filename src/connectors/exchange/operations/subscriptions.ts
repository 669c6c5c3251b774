/** Subscribe, Unsubscribe, GetEvents, GetStreamingEvents (exchange.md 14.4). */
import type { DocumentElement } from '../../../xml/document.ts';
import { localNameOf } from '../../../xml/name.ts';
import type { XmlElement } from '../../../xml/reader.ts';
import { backOffMs } from '../wire/back-off.ts';
import { attribute, make, makeText } from '../wire/elements.ts';
import { inner, innerAll, innerText, message } from '../wire/names.ts';
import { onlyMessage } from '../wire/response.ts';
import type { Operation } from './operation.ts';
import { folderElement } from './targets.ts';

/** `all`: every folder of the mailbox, for servers that do not notify of single ones. */
export type Watched = readonly string[] | 'all';

export interface Subscription {
  readonly id: string;
  /** Of pull subscriptions; empty otherwise. */
  readonly watermark: string;
}

const eventTypes = ['CreatedEvent', 'DeletedEvent', 'ModifiedEvent', 'MovedEvent'];
/** Minutes after which the server forgets a pull subscription that nobody asks. */
const pullTimeoutMinutes = 60;

export function subscribe(kind: 'streaming' | 'pull', folders: Watched): Operation<Subscription> {
  const content: readonly (DocumentElement | undefined)[] = [
    folders === 'all'
      ? undefined
      : make(
          'FolderIds',
          folders.map((id) => folderElement({ id })),
        ),
    make(
      'EventTypes',
      eventTypes.map((type) => makeText('EventType', type)),
    ),
    kind === 'pull' ? makeText('Timeout', pullTimeoutMinutes) : undefined,
  ];
  const attributes = folders === 'all' ? { SubscribeToAllFolders: 'true' } : undefined;
  const request = kind === 'pull' ? 'PullSubscriptionRequest' : 'StreamingSubscriptionRequest';
  return {
    name: 'Subscribe',
    aside: true,
    // A second one costs a place until it times out, and is no other harm.
    repeatable: true,
    ...(kind === 'streaming' && { since: 'Exchange2010_SP1' }),
    body: () => message('Subscribe', [message(request, content, attributes)]),
    read(response) {
      const { element } = onlyMessage(response);
      return { id: innerText(element, 'SubscriptionId'), watermark: innerText(element, 'Watermark') };
    },
  };
}

export function unsubscribe(id: string): Operation<void> {
  return {
    name: 'Unsubscribe',
    aside: true,
    repeatable: true,
    body: () => message('Unsubscribe', [message('SubscriptionId', [id])]),
    read(response) {
      onlyMessage(response);
    },
  };
}

export interface Notifications {
  readonly watermark: string;
  readonly more: boolean;
  /** Folders in which something happened. */
  readonly folders: readonly string[];
}

export function getEvents({ id, watermark }: Subscription): Operation<Notifications> {
  return {
    name: 'GetEvents',
    aside: true,
    // The watermark says where to begin, however often it is asked.
    repeatable: true,
    body: () => message('GetEvents', [message('SubscriptionId', [id]), message('Watermark', [watermark])]),
    read(response) {
      const notification = inner(onlyMessage(response).element, 'Notification');
      const marks = (notification?.children ?? [])
        .map((event) => innerText(event, 'Watermark'))
        .filter((mark) => mark !== '');
      return {
        watermark: marks.at(-1) ?? watermark,
        more: /^(?:true|1)$/i.test(innerText(notification, 'MoreEvents')),
        folders: eventFolders(notification),
      };
    },
  };
}

export function getStreamingEvents(ids: readonly string[], minutes: number): DocumentElement {
  return message('GetStreamingEvents', [
    message(
      'SubscriptionIds',
      ids.map((id) => makeText('SubscriptionId', id)),
    ),
    message('ConnectionTimeout', [String(minutes)]),
  ]);
}

/** What one envelope of a stream says. */
export interface StreamMessage {
  readonly code: string;
  readonly backOffMs: number | undefined;
  /** Subscriptions that the error concerns; none named: all of the connection. */
  readonly failed: readonly string[];
  readonly closed: boolean;
  readonly notifications: readonly { readonly subscription: string; readonly folders: readonly string[] }[];
}

export function readStreamMessage(response: XmlElement): readonly StreamMessage[] {
  return innerAll(inner(response, 'ResponseMessages'), 'GetStreamingEventsResponseMessage').map(
    (element) => ({
      code: innerText(element, 'ResponseCode') || 'NoError',
      backOffMs: backOffMs(element),
      failed: innerAll(inner(element, 'ErrorSubscriptionIds'), 'SubscriptionId').map(({ text }) =>
        text.trim(),
      ),
      closed: innerText(element, 'ConnectionStatus') === 'Closed',
      notifications: innerAll(inner(element, 'Notifications'), 'Notification').map((notification) => ({
        subscription: innerText(notification, 'SubscriptionId'),
        folders: eventFolders(notification),
      })),
    }),
  );
}

/** Both ends of a move; folders that changed themselves; a keep-alive (`StatusEvent`) names none. */
function eventFolders(notification: XmlElement | undefined): readonly string[] {
  const folders = new Set<string>();
  for (const event of notification?.children ?? []) {
    if (localNameOf(event.name) === 'StatusEvent') continue;
    for (const name of ['ParentFolderId', 'OldParentFolderId', 'FolderId']) {
      const id = attribute(inner(event, name), 'Id');
      if (id !== undefined && id !== '') folders.add(id);
    }
  }
  return [...folders];
}
