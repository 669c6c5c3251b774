/**
 * How many bytes of request bodies are held at once, by all requests together: what a door keeps of a body while it works on
 * it. Without it, many large uploads at a time fill the memory, each of them within its limit.
 */
import { Refusal } from '../core/refusal.ts';

export interface BodyBudget {
  /** The share of one request. `sender`, a person or else an address, is who must leave room for others. */
  readonly open: (sender: string) => BodyShare;
}

export interface BodyShare {
  /** Refuses `busy` where so much would not fit now: known before the first byte is asked for. */
  readonly requireRoom: (sizeBytes: number) => void;
  /** Counts bytes that have arrived. Refuses `busy`. */
  readonly take: (sizeBytes: number) => void;
  /** Gives everything back. */
  readonly close: () => void;
}

/** Up to this size a body is an event, a query, a click: the last quarter is kept free for them. */
const smallBytes: number = 1024 * 1024;
const largeShare = 3 / 4;
/** The share of the room for large bodies that one sender may take: nobody shuts the others out. */
const senderShare = 1 / 2;

const retryAfterSeconds = 5;

export function createBodyBudget(maxBytes: number): BodyBudget {
  let heldBytes = 0;
  const bySender = new Map<string, number>();

  return {
    open(sender) {
      let ownBytes = 0;
      const requireRoom = (moreBytes: number): void => {
        const others = heldBytes - ownBytes;
        const own = ownBytes + moreBytes;
        // A request alone may have all that its door takes, however small the budget is.
        if (others === 0) return;
        const isSmall = own <= smallBytes;
        const bound = isSmall ? maxBytes : maxBytes * largeShare;
        const ofSender = (bySender.get(sender) ?? 0) + moreBytes;
        if (others + own <= bound && (isSmall || ofSender <= bound * senderShare)) return;
        throw new Refusal('busy', 'too many large requests at once', { retryAfterSeconds });
      };
      return {
        requireRoom,
        take(sizeBytes) {
          requireRoom(sizeBytes);
          ownBytes += sizeBytes;
          heldBytes += sizeBytes;
          bySender.set(sender, (bySender.get(sender) ?? 0) + sizeBytes);
        },
        close() {
          heldBytes -= ownBytes;
          const left = (bySender.get(sender) ?? 0) - ownBytes;
          if (left > 0) bySender.set(sender, left);
          else bySender.delete(sender);
          ownBytes = 0;
        },
      };
    },
  };
}
