/**
 * Bounds the bytes of request bodies that all requests together hold in memory at once. Without it, many large uploads
 * at the same time would fill the memory, though each is within its own limit.
 */
import { Refusal } from '../core/refusal.ts';

export interface BodyBudget {
  /**
   * Opens the share of one request. `sender` is the person, or the address if nobody is signed in: each must leave room
   * for others.
   */
  readonly open: (sender: string) => BodyShare;
}

export interface BodyShare {
  /** Refuses `busy` if a body of this size would not fit now. Called before the first byte is read. */
  readonly requireRoom: (sizeBytes: number) => void;
  /** Counts bytes that have arrived. Refuses `busy`. */
  readonly take: (sizeBytes: number) => void;
  /** Gives everything back. */
  readonly close: () => void;
}

/** Bodies up to this size (an event, a query, a click) count as small: a quarter of the budget is kept free for them. */
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
        // A single request may always hold as much as its door takes, however small the budget is.
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
