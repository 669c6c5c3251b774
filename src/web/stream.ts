/**
 * Server-sent events: what changed elsewhere appears here. The browser itself comes back after a broken line, but not where
 * a proxy or an ended session has answered in the server's place: then we ask who is there, and begin anew.
 */
import type { Job, StreamEvent, Timestamp } from '../portal/api.ts';
import { loadCalendars } from './calendars/known-calendars.ts';
import { recallImport } from './calendars/remembered-import.ts';
import { addressOf, call, signedInAgain } from './client.ts';
import { exchange } from './exchange/known.ts';
import { refreshEvents } from './state/app-state.ts';
import { createStore } from './state/store.ts';

export interface DeviceNews {
  readonly appPassword: string;
  readonly program: string;
  readonly at: Timestamp;
}

/** What dialogs that follow something wait for. */
export const news = createStore<{
  readonly jobs: ReadonlyMap<string, Job>;
  readonly devices: readonly DeviceNews[];
}>({
  jobs: new Map(),
  devices: [],
});

type Said<Type extends StreamEvent['type']> = Omit<Extract<StreamEvent, { type: Type }>, 'type'>;

let source: EventSource | undefined;
let pending: ReturnType<typeof setTimeout> | undefined;
const gatherMs = 250;

export function followChanges(): void {
  stopFollowing();
  source = new EventSource(addressOf('GET /stream'));
  // What happened while the line was down was said to nobody, nor what happened before it stood for the first time.
  source.addEventListener('open', () => {
    void loadCalendars().then(refreshEvents, () => undefined);
    void recallImport();
  });
  on('calendar-changed', () => {
    clearTimeout(pending);
    pending = setTimeout(refreshEvents, gatherMs);
  });
  on('calendars-changed', () => {
    void loadCalendars().then(refreshEvents, () => undefined);
  });
  on('job', ({ job }) => {
    news.set({ jobs: new Map(news.get().jobs).set(job.id, job) });
    if (job.state !== 'running') void recallImport();
  });
  on('sync', ({ status }) => exchange.set({ status }));
  on('device-connected', (device) => news.set({ devices: [...news.get().devices.slice(-20), device] }));
  on('signed-out', comeBack);
  source.addEventListener('error', () => {
    if (source?.readyState === EventSource.CLOSED) returning = setTimeout(lookForServer, returnMs);
    else void call('GET /session').catch(() => undefined); // Tells that the server is out of reach, if it is.
  });
}

export function stopFollowing(): void {
  clearTimeout(returning);
  source?.close();
  source = undefined;
}

let returning: ReturnType<typeof setTimeout> | undefined;
const returnMs = 3000;

function lookForServer(): void {
  call('GET /session').then(
    ({ me }) => (me ? followChanges() : comeBack()),
    () => {
      returning = setTimeout(lookForServer, returnMs);
    },
  );
}

function comeBack(): void {
  stopFollowing();
  void signedInAgain().then(followChanges);
}

function on<Type extends StreamEvent['type']>(type: Type, act: (said: Said<Type>) => void): void {
  // The server writes what `StreamEvent` says; one line of text is one value.
  source?.addEventListener(type, (event: MessageEvent<string>) => {
    const said: Said<Type> = JSON.parse(event.data);
    act(said);
  });
}
