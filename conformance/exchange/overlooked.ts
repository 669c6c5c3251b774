/** What a server of another maker does not see of a write, and where it looks instead (`Profile.overlooks…`). */
import type { Context } from './context.ts';
import type { Draft } from './draft.ts';
import { extendedKey } from './ids.ts';
import type { Content, Extended } from './store.ts';
import { zoneOfIana } from './zones.ts';

const zoneKey = extendedKey({
  PropertySetId: 'a7b529b5-4b75-47a7-a24f-20743d6c55cd',
  PropertyName: 'CalendarTimeZone',
});
const busyKey = extendedKey({ DistinguishedPropertySetId: 'Appointment', PropertyId: '33285' });
const reminderSetKey = extendedKey({ DistinguishedPropertySetId: 'Common', PropertyId: '34051' });
const reminderMinutesKey = extendedKey({ DistinguishedPropertySetId: 'Common', PropertyId: '34049' });
const busyStates = ['Free', 'Tentative', 'Busy', 'OOF', 'WorkingElsewhere'] as const;

/** The zone that the item has for such a server. */
export function withoutZoneElements({ backend }: Context, draft: Draft): void {
  if (!backend.profile.overlooksZones) return;
  delete draft.startZone;
  delete draft.endZone;
  const zone = zoneOfIana(textOf(draft.extended.get(zoneKey)) ?? '');
  if (zone === undefined) return;
  draft.startZone = zone;
  draft.endZone = zone;
}

/** Rooms are people there. */
export function withoutResources({ backend }: Pick<Context, 'backend'>, { content }: Draft): void {
  if (!backend.profile.laxSeries || !content.resources) return;
  content.required = [...(content.required ?? []), ...content.resources];
  delete content.resources;
}

/** An update as such a server understands it; `before`: what the item says. */
export function withoutOverlooked({ backend }: Context, draft: Draft, before: Content): void {
  const { body } = draft.content;
  if (backend.profile.prefersHtml && before.body?.html === true && body?.html === false)
    delete draft.content.body;
  for (const name of backend.profile.ignoresUpdates) {
    delete draft.content[name];
    draft.cleared.delete(name);
  }
  if (backend.profile.ignoresPatterns) {
    delete draft.recurrence;
    delete draft.recurrenceCleared;
  }
  if (!backend.profile.overlooksUpdates) return;
  const { content, cleared, extended } = draft;
  delete content.busy;
  delete content.reminderSet;
  delete content.reminderMinutes;
  const busy = busyStates[Number(textOf(extended.get(busyKey)) ?? 'none')];
  if (busy !== undefined) content.busy = busy;
  const isSet = textOf(extended.get(reminderSetKey));
  if (isSet !== undefined) content.reminderSet = isSet === 'true';
  const minutes = textOf(extended.get(reminderMinutesKey));
  if (minutes !== undefined) content.reminderMinutes = Number(minutes);
  cleared.delete('body');
  const lists = ['required', 'optional', 'resources'] as const;
  withoutResources({ backend }, draft);
  for (const list of lists) cleared.delete(list);
  if (lists.some((list) => content[list] !== undefined))
    for (const list of lists) if (content[list] === undefined) cleared.add(list);
}

function textOf(property: Extended | undefined): string | undefined {
  return typeof property?.value === 'string' ? property.value : undefined;
}
