/** Pull and streaming subscriptions (MS-OXWSNTIF): what their owners still have to be told. */
import { EwsError } from './failure.ts';
import type { Folder, Mailbox, Store, StoreEvent } from './store.ts';

export interface Subscription {
  readonly id: string;
  readonly kind: 'pull' | 'streaming';
  readonly mailbox: Mailbox;
  /** Undefined: all folders. */
  readonly folders: ReadonlySet<Folder> | undefined;
  readonly types: ReadonlySet<string>;
  readonly timeoutMs: number;
  /** Number of the last event told. */
  told: number;
  expires: number;
  /** The server process that holds it, when there are several. */
  readonly backEnd: string | undefined;
  /** Ends the stream that serves it now, where there is one for each (`Profile.laxStreams`). */
  leave?: () => void;
}

export class Subscriptions {
  readonly #store: Store;
  readonly #active = new Map<string, Subscription>();
  readonly #maxPerMailbox: number;
  #number = 0;

  constructor(store: Store, maxPerMailbox: number) {
    this.#store = store;
    this.#maxPerMailbox = maxPerMailbox;
  }

  add(subscription: Omit<Subscription, 'id' | 'told' | 'expires'>): Subscription {
    const own = [...this.#active.values()].filter(({ mailbox }) => mailbox === subscription.mailbox);
    if (own.length >= this.#maxPerMailbox)
      throw new EwsError(
        'ErrorExceededSubscriptionCount',
        'You have exceeded the available subscriptions for your account.',
      );
    this.#number += 1;
    subscription.mailbox.watched = true;
    const id = Buffer.from(`exchange.lab.test:${String(this.#number).padStart(12, '0')}`).toString('base64');
    const stored: Subscription = {
      ...subscription,
      id,
      told: this.#store.lastEvent,
      expires: this.#store.now() + subscription.timeoutMs,
    };
    this.#active.set(id, stored);
    return stored;
  }

  has(id: string): boolean {
    return this.#active.has(id);
  }

  /** Refuses ids that are unknown or whose time is over. */
  get(id: string): Subscription {
    const subscription = this.#active.get(id);
    if (!subscription)
      throw new EwsError('ErrorSubscriptionNotFound', 'The specified subscription was not found.');
    if (subscription.expires < this.#store.now()) {
      this.#active.delete(id);
      throw new EwsError('ErrorExpiredSubscription', 'The specified subscription has expired.');
    }
    return subscription;
  }

  remove(id: string): void {
    if (!this.#active.delete(id))
      throw new EwsError('ErrorSubscriptionNotFound', 'The specified subscription was not found.');
  }

  forget(id: string): void {
    this.#active.delete(id);
  }

  /** Forgets all of them, as a restart of the server does. */
  clear(): void {
    this.#active.clear();
  }

  get count(): number {
    return this.#active.size;
  }

  /** What is new since `after`, for this subscription. */
  events(subscription: Subscription, after: number): readonly StoreEvent[] {
    return subscription.mailbox.events.filter(
      (event) => event.number > after && concerns(subscription, event),
    );
  }
}

export function concerns({ mailbox, folders, types }: Subscription, event: StoreEvent): boolean {
  if (event.mailbox !== mailbox || !types.has(`${event.kind}Event`)) return false;
  return (
    folders === undefined ||
    folders.has(event.folder) ||
    (event.oldFolder !== undefined && folders.has(event.oldFolder))
  );
}
