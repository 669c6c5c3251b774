/**
 * The import that is under way, remembered in this browser: whoever has closed its dialog, or the page, is told once how it
 * has ended, also where a restart of the server has ended it.
 */
import type { Job } from '../../portal/api.ts';
import { ApiFailure, call } from '../client.ts';
import { app, refreshEvents, show, toast } from '../state/app-state.ts';
import { t } from '../text.ts';

/** By person: several may use one browser. */
const place = (): string => `portcal-import-${app.get().me?.person.id}`;

/** Undefined: its end has been seen. A browser that keeps nothing forgets it with the page. */
export function rememberImport(job: string | undefined): void {
  try {
    if (job === undefined) localStorage.removeItem(place());
    else localStorage.setItem(place(), job);
  } catch {
    // Storage is switched off: the dialog still tells while it is open.
  }
}

/** Asks after the import that is remembered, and tells of its end where no dialog does. */
export async function recallImport(): Promise<void> {
  const id = remembered();
  if (id === null || app.get().open?.is === 'import') return;
  const job = await call('GET /jobs/{job}', { path: { job: id } }).catch((error: unknown) => {
    // After a day nobody knows of it any more.
    if (error instanceof ApiFailure && error.status === 404) rememberImport(undefined);
    return undefined;
  });
  if (!job || job.state === 'running' || remembered() !== id) return;
  rememberImport(undefined);
  refreshEvents();
  const look = (): void => show({ is: 'import', calendar: job.calendar, job });
  if (job.state === 'done' || app.get().open !== null)
    toast(sentence(job), { action: { label: t('show'), run: look } });
  else look();
}

function remembered(): string | null {
  try {
    return localStorage.getItem(place());
  } catch {
    return null;
  }
}

function sentence({ report, state }: Job): string {
  if (!report) return t(state === 'interrupted' ? 'importInterrupted' : 'importFailed');
  const { added, updated, unchanged, failed } = report;
  return importedText(added + updated + unchanged, failed);
}

export function importedText(n: number, failed: number): string {
  return failed === 0 ? t('importedAll', { n }) : t('E17', { n, m: n + failed, k: failed });
}
