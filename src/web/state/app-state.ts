/** What the page knows: who is there, their calendars, where they are, what is open. */
import type { Calendar, Id, Job, Me, Occurrence, Portal, View } from '../../portal/api.ts';
import { createStore, useStore } from './store.ts';

/** Below the base path. `code` and `setup` come from the path, the others from the fragment. */
export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'profile' }
  | { readonly screen: 'admin'; readonly tab: string }
  | { readonly screen: 'trash' }
  | { readonly screen: 'setup'; readonly token: string }
  | { readonly screen: 'code'; readonly code: string };

/** A view, and the day around which it lies. */
export interface Place {
  readonly view: View;
  /** `2026-11-04`. */
  readonly day: string;
}

/** What lies over the screen; each is one `<dialog>`. */
export type Open =
  /** `calendar` may be `all`. */
  | { readonly is: 'connect'; readonly calendar: Id; readonly tab?: string }
  | { readonly is: 'outlook'; readonly calendar: Id | null }
  | { readonly is: 'edit-calendar'; readonly calendar: Id | null }
  /** `calendar` may be `favourites`. */
  | { readonly is: 'export'; readonly calendar: Id }
  | { readonly is: 'share'; readonly calendar: Id }
  /** With a job: how that one has ended. */
  | { readonly is: 'import'; readonly calendar: Id; readonly job?: Job }
  | { readonly is: 'delete-calendar'; readonly calendar: Id }
  | { readonly is: 'favourites' }
  | { readonly is: 'quick-event'; readonly draft: Draft; readonly anchor: Anchor | null }
  | { readonly is: 'event'; readonly draft: Draft }
  | { readonly is: 'event-detail'; readonly occurrence: Occurrence };

/** A new event before it has been written; times are local to the person's zone. */
export interface Draft {
  readonly title: string;
  readonly start: string;
  readonly end: string;
  readonly allDay: boolean;
  readonly cal: Id | null;
}

export interface Anchor {
  readonly x: number;
  readonly y: number;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface AppState extends Place {
  readonly portal: Portal | null;
  readonly me: Me | null;
  readonly calendars: readonly Calendar[];
  readonly calendarsLoaded: boolean;
  readonly route: Route;
  readonly search: string;
  readonly open: Open | null;
  readonly drawerOpen: boolean;
  readonly toasts: readonly Toast[];
  /** Said by the polite live region. */
  readonly announcement: string;
  readonly offline: boolean;
  /** An answer has been waited for long enough to say so. */
  readonly busy: boolean;
  /** The session has ended under a page in use: sign in again over it, nothing is lost. */
  readonly signInAgain: (() => void) | null;
  /** Grows when events are to be asked for again. */
  readonly eventsVersion: number;
  /** Grows when the grid may show what nobody has stored: a drag that was taken back before its answer came. */
  readonly redraws: number;
  /** Grows when the language has been loaded. */
  readonly languageVersion: number;
}

export const app = createStore<AppState>({
  portal: null,
  me: null,
  calendars: [],
  calendarsLoaded: false,
  route: { screen: 'home' },
  view: 'month',
  day: '',
  search: '',
  open: null,
  drawerOpen: false,
  toasts: [],
  announcement: '',
  offline: false,
  busy: false,
  signInAgain: null,
  eventsVersion: 0,
  redraws: 0,
  languageVersion: 0,
});

export function useApp<Part>(choose: (state: AppState) => Part): Part {
  return useStore(app, choose);
}

export function show(open: Open | null): void {
  app.set({ open, drawerOpen: false });
}

let toastCount = 0;
const toastMs = 10_000;

/** Answers what `dismiss` takes. */
export function toast(text: string, options: Partial<Pick<Toast, 'tone' | 'action'>> = {}): number {
  toastCount += 1;
  const id = toastCount;
  const shown: Toast = {
    id,
    text,
    tone: options.tone ?? 'plain',
    ...(options.action && { action: options.action }),
  };
  // Two at most: what is older has been read or will not be.
  app.set({ toasts: [...app.get().toasts.slice(-1), shown] });
  setTimeout(() => dismiss(id), toastMs);
  return id;
}

export function dismiss(id: number): void {
  app.set({ toasts: app.get().toasts.filter((item) => item.id !== id) });
}

/** The same sentence twice is said twice: a changing space makes it a new one. */
export function announce(text: string): void {
  app.set({ announcement: app.get().announcement === text ? `${text}\u00a0` : text });
}

export function refreshEvents(): void {
  app.set({ eventsVersion: app.get().eventsVersion + 1 });
}
