/** Which lists one may ask about: those that are invited to an event of one's own linked calendar (exchange.md §11.2). */
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { addressOf } from '../../icalendar/event-facts.ts';
import { parseObject } from '../../icalendar/object.ts';
import { linkOfPerson } from '../../service/connectors/accounts.ts';
import type { Services } from '../../service/context.ts';

/** The address as the event has it, without `mailto:`. Refuses `not-found` where it is not invited, or the event is not there. */
export async function invitedAddress(
  services: Services,
  actor: Actor,
  { uid, address }: { readonly uid: string; readonly address: string },
): Promise<string> {
  const link = await linkOfPerson(services, actor.principal.id);
  const wanted = address.trim().toLowerCase();
  if (link) {
    const select = { by: 'uids', uids: [uid] } as const;
    for await (const page of services.storage.objects({ calendar: link.calendar, select })) {
      for (const { bytes } of page) if (invitedIn(bytes).has(wanted)) return wanted;
    }
  }
  throw new Refusal('not-found', 'nobody with this address is invited to such an event');
}

function invitedIn(bytes: Uint8Array): ReadonlySet<string> {
  const object = parseObject(bytes);
  const components = object ? [...(object.master ? [object.master] : []), ...object.overrides] : [];
  return new Set(
    components.flatMap((component) =>
      component.all('ATTENDEE').map((attendee) => addressOf(attendee).toLowerCase()),
    ),
  );
}
