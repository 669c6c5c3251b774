/** What a person has chosen, with the defaults of what they have not. */
import type { CalendarId } from '../core/ids.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import { type SpokenLanguage, spokenLanguage } from '../i18n/languages.ts';
import { calendarById, visibleCalendars } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import { patchPerson } from '../service/people/people.ts';
import { preferencesOf, setPreferences } from '../service/people/preferences.ts';
import type { Id, Preferences, PreferencesPatch, View } from './api.ts';
import { pathId } from './route.ts';

/** Values that were stored are read as carefully as any others: another version may have written them. */
export async function readPreferences(
  services: Services,
  actor: Actor,
  spoken: SpokenLanguage,
): Promise<Preferences> {
  const values = await preferencesOf(services, actor.principal.id);
  const chosenLanguage = spokenLanguage(textIn(values.get('chosenLanguage')) ?? '') ?? null;
  const chosenView = views.find((view) => view === values.get('chosenView')) ?? null;
  return {
    language: chosenLanguage ?? spoken,
    chosenLanguage,
    timeZone: actor.principal.timeZone,
    firstDay: numberIn(values.get('firstDay')),
    weekNumbers: values.get('weekNumbers') === true,
    hour12: flagIn(values.get('hour12')),
    view: chosenView ?? 'month',
    chosenView,
    defaultReminder: numberIn(values.get('defaultReminder')),
    shortcuts: values.get('shortcuts') !== false,
    bannerCollapsed: values.get('bannerCollapsed') === true,
    theme: themes.find((theme) => theme === values.get('theme')) ?? 'auto',
    defaultCalendar: await defaultCalendar(services, actor, textIn(values.get('defaultCalendar'))),
  };
}

const views: readonly View[] = ['month', 'week', 'day', 'list'];
const themes: readonly Preferences['theme'][] = ['auto', 'light', 'dark'];

/** Language and zone belong to the person, for all programs; the rest to the page. */
export async function writePreferences(
  services: Services,
  actor: Actor,
  patch: PreferencesPatch,
): Promise<void> {
  const { timeZone, ...values } = patch;
  const { chosenLanguage, defaultCalendar: calendar } = values;
  if (timeZone !== undefined || typeof chosenLanguage === 'string') {
    await patchPerson(services, actor, actor.principal, {
      ...(timeZone !== undefined && { timeZone }),
      ...(typeof chosenLanguage === 'string' && { language: chosenLanguage }),
    });
  }
  if (typeof calendar === 'string') {
    const seen = await calendarById(services, actor, pathId<CalendarId>(calendar));
    if (!seen?.access.canWrite) throw new Refusal('not-found', 'there is no such calendar to write to');
  }
  await setPreferences(services, actor, values);
}

/** The chosen one while it can be written to, else the first own one for events. */
async function defaultCalendar(
  services: Services,
  actor: Actor,
  chosen: string | undefined,
): Promise<Id | null> {
  const writable = (await visibleCalendars(services, actor)).filter(
    ({ access, calendar }) => access.canWrite && calendar.components.includes('VEVENT'),
  );
  const found =
    writable.find(({ calendar }) => String(calendar.id) === chosen) ??
    writable.find(({ isOwn }) => isOwn) ??
    writable[0];
  return found ? String(found.calendar.id) : null;
}

/** The key under which a calendar is hidden in the grid. */
export function hiddenKey(calendar: CalendarId): string {
  return `hidden.${calendar}`;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberIn(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function flagIn(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
