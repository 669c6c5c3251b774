/** Whom the server mails about a write (exchange.md 11.4). Nobody where there is any doubt. */
import { isSame } from '../../agreed.ts';
import type { EventContent, NeutralEvent } from '../../event.ts';
import type { Notify, Removal } from '../../remote.ts';
import type { Mapping } from './mapping.ts';
import { isOwnMeeting } from './people.ts';
import type { Send } from './plan.ts';

/** News of a changed meeting: when its time, place, recurrence or people changed. */
export function sendOnUpdate(
  notify: Notify,
  before: NeutralEvent,
  after: NeutralEvent,
  mapping: Mapping,
): Send {
  const meets = [before, after].some(({ content, overrides }) =>
    [content, ...Object.values(overrides)].some((one) => invites(one, mapping)),
  );
  return notify === 'all' && meets && !isSame(whatMatters(before), whatMatters(after)) ? 'changed' : 'none';
}

function invites(content: EventContent, mapping: Mapping): boolean {
  return content.attendees.length > 0 && isOwnMeeting(content, mapping);
}

function whatMatters({ content, recurrence, excluded, overrides }: NeutralEvent): unknown {
  const part = ({ start, end, location, attendees }: EventContent): unknown => ({
    start,
    end,
    location,
    people: attendees.map(({ address }) => address),
  });
  const changed = Object.entries(overrides).map(([key, own]) => [key, part(own)]);
  return { content: part(content), recurrence, excluded, overrides: Object.fromEntries(changed) };
}

/** A meeting is called off where its guests are to hear of it; a guest's own copy goes silently, once it is declined. */
export function sendOnRemove({ notify, role }: Pick<Removal, 'notify' | 'role'>): Send {
  return notify === 'all' && role === 'owner' ? 'all' : 'none';
}
