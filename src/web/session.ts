/** Signing in and out, and what is loaded in between: the person, their calendars, the stream of changes. */
import type { Language, Me } from '../portal/api.ts';
import { loadCalendars } from './calendars/known-calendars.ts';
import { call } from './client.ts';
import { placeInAddress } from './place.ts';
import { app } from './state/app-state.ts';
import { followChanges, stopFollowing } from './stream.ts';
import { browserLanguage, speak } from './text.ts';

export async function start(): Promise<void> {
  // All at once: each answer is a way over the line and back. The guess at the language is right for most.
  const guess = speak(browserLanguage('en'));
  const { screen } = app.get().route;
  const isGuest = screen === 'setup' || screen === 'code';
  const [portal, me] = await Promise.all([call('GET /portal'), isGuest ? undefined : whoAmI()]);
  app.set({ portal });
  document.title = portal.name;
  paint(portal.color);
  await guess;
  // The proxy in front has signed them in: no form, but where somebody signs out and stays here.
  // What goes wrong is said when they press the button there.
  const named = !isGuest && portal.signIn.proxy?.known;
  const arrived = me ?? (named && (await call('POST /session/proxy').catch(() => undefined)));
  if (arrived) await enter(arrived);
  else await speak(browserLanguage(portal.defaultLanguage));
}

async function whoAmI(): Promise<Me | undefined> {
  return (await call('GET /session')).me ?? undefined;
}

/** Shows the page of a person who has just signed in, or was signed in. */
export async function enter(me: Me): Promise<void> {
  app.set(placeInAddress(me.preferences));
  await adopt(me);
  await loadCalendars();
  followChanges();
}

/** Takes over a changed person: language, theme. */
export async function adopt(me: Me): Promise<void> {
  await speak(me.preferences.chosenLanguage ?? browserLanguage(me.preferences.language));
  document.documentElement.dataset['theme'] = me.preferences.theme;
  app.set({ me });
}

export async function signOut(): Promise<void> {
  stopFollowing();
  await call('DELETE /session');
  const { portal } = app.get();
  // Whatever was true when the page began: somebody has signed in by now.
  app.set({ portal: portal && { ...portal, setupOpen: false } });
  app.set({ me: null, calendars: [], calendarsLoaded: false, open: null, toasts: [] });
  history.replaceState(null, '', document.baseURI);
  app.set({ route: { screen: 'home' } });
}

export async function chooseLanguage(language: Language): Promise<void> {
  const { me } = app.get();
  if (!me) return await speak(language);
  await adopt(
    await call('PATCH /me', { body: { preferences: { chosenLanguage: language } }, ifMatch: me.etag }),
  );
}

/** The portal's colour; a custom property, so the style sheet stays the only place of rules. */
function paint(color: string | null): void {
  if (color !== null && /^#[0-9a-f]{6}$/i.test(color))
    document.documentElement.style.setProperty('--portal-color', color);
}
