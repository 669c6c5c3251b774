/** Through whose eyes an object of ours is read: whose calendar it is in, and by which zone its floating times are meant. */
import type { Zone } from '../../icalendar/zones/timezone.ts';

export interface LocalView {
  /** Reads dates and floating times. */
  readonly zone: Zone;
  /** Is this one of the calendar owner's addresses? */
  readonly isOwn: (address: string) => boolean;
}
