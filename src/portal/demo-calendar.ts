/** A few events of this week for somebody who looks at an empty page for the first time. */
import type { SeenCalendar } from '../core/calendar.ts';
import type { Actor } from '../core/principal.ts';
import { dayMs, hourMs, localTime } from '../icalendar/time.ts';
import { ianaZone, utc } from '../icalendar/zones/timezone.ts';
import type { Services } from '../service/context.ts';
import { addEvent } from '../service/objects/events.ts';
import type { Language } from './api.ts';

interface Words {
  readonly stand: string;
  readonly lunch: string;
  readonly trip: string;
}

const words: Readonly<Record<Language, Words>> = {
  en: { stand: 'Morning meeting', lunch: 'Lunch with the team', trip: 'Business trip' },
  ru: { stand: 'Планёрка', lunch: 'Обед с командой', trip: 'Командировка' },
  sv: { stand: 'Morgonmöte', lunch: 'Lunch med gruppen', trip: 'Tjänsteresa' },
};

export async function addDemoEvents(
  services: Services,
  actor: Actor,
  seen: SeenCalendar,
  language: Language,
): Promise<void> {
  const zone = ianaZone(actor.principal.timeZone) ?? utc;
  const today = Math.floor(zone.toLocal(services.clock.now()) / dayMs) * dayMs;
  const monday = today - ((new Date(today).getUTCDay() + 6) % 7) * dayMs;
  const { stand, lunch, trip } = words[language];
  const at = (days: number, hours: number) =>
    ({ kind: 'zoned', local: localTime(monday + days * dayMs + hours * hourMs), tzid: zone.id }) as const;
  const day = (days: number) => ({ kind: 'date', local: localTime(monday + days * dayMs) }) as const;
  const weekdays = ['MO', 'TU', 'WE', 'TH', 'FR'] as const;
  await addEvent(services, actor, seen, {
    title: stand,
    start: at(0, 9.25),
    end: at(0, 9.5),
    repeat: { frequency: 'weekly', interval: 1, weekdays, ends: { is: 'never' } },
    reminders: [10],
  });
  await addEvent(services, actor, seen, { title: lunch, start: at(2, 12), end: at(2, 13) });
  await addEvent(services, actor, seen, { title: trip, start: day(3), end: day(5), busy: true });
}
