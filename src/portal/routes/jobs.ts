/** Import of an .ics into a calendar, in the background (portal.md 3.2). */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { errorText } from '../../i18n/errors.ts';
import type { SpokenLanguage } from '../../i18n/languages.ts';
import { requireLevel } from '../../service/access.ts';
import { type ImportReport, importCalendar } from '../../service/calendars/import.ts';
import type { ImportNotice, Job } from '../api.ts';
import { calendarAt } from '../calendar-shape.ts';
import type { PortalParts } from '../parts.ts';
import { header, type PortalRequest, type Routes, rawBody } from '../route.ts';
import * as schemas from '../schemas.ts';
import type { PortalState } from '../state.ts';

type Names = 'POST /calendars/{id}/import' | 'GET /jobs/{job}';

const maxUploadBytes = 64 * 1024 * 1024;

/** Imports of one server at a time, with those whose file is still on its way. */
const maxJobs = 4;

/** Sentences that are shown. */
const maxNotices = 1_000;

export const jobRoutes: Routes<Names> = {
  'POST /calendars/{id}/import': {
    summary: 'Import an .ics; the answer is the job that does it',
    access: 'signed-in',
    body: { mediaTypes: ['text/calendar', 'multipart/form-data'] },
    answer: schemas.job,
    status: 202,
    async run({ parts, state, actor, params, request, language }) {
      const seen = await calendarAt(parts.services, actor, params['id']);
      requireLevel(seen.access, 'contribute');
      const person = actor.principal.id;
      // Checked before the first byte is read: files that are arriving take as much memory as those being imported.
      if (state.background.size + state.uploading.size >= maxJobs || state.uploading.has(person))
        throw new Refusal('busy', 'other imports are under way', { retryAfterSeconds: 10 });
      state.uploading.add(person);
      try {
        const source = await fileIn(request, Math.min(maxUploadBytes, parts.services.limits.maxImportBytes));
        const answer = await start({ parts, state, actor, seen, source, language, requestId: request.id });
        return { answer, status: 202 };
      } finally {
        state.uploading.delete(person);
      }
    },
  },

  'GET /jobs/{job}': {
    summary: 'How far a job has come',
    access: 'signed-in',
    answer: schemas.job,
    async run({ state, actor, params }) {
      const answer = await state.jobs.get(actor.principal.id, params['job'] ?? '');
      if (!answer) throw new Refusal('not-found', 'there is no such job');
      return { answer };
    },
  },
};

/** How often progress is told at most. */
const tellMs = 200;

interface ImportStart {
  readonly parts: PortalParts;
  readonly state: PortalState;
  readonly actor: Actor;
  readonly seen: SeenCalendar;
  /** The whole .ics file. */
  readonly source: Uint8Array;
  /** The language of the sentence about a failure. */
  readonly language: SpokenLanguage;
  readonly requestId: string;
}

/** Begins an import that goes on in the background; resolves once the job is written down. */
async function start({
  parts: { services, logError },
  state,
  actor,
  seen,
  source,
  language,
  requestId,
}: ImportStart): Promise<Job> {
  const id = Buffer.from(services.random(12)).toString('base64url');
  const owner = actor.principal.id;
  let job: Job = {
    id,
    kind: 'import',
    calendar: String(seen.calendar.id),
    state: 'running',
    done: 0,
    total: 0,
    report: null,
    error: null,
    message: null,
  };
  let toldAt = -Infinity;
  const now = (change: Partial<Job>): Promise<void> => {
    job = { ...job, ...change };
    const written = state.jobs.put(owner, job);
    tell();
    return written;
  };
  const tell = (): void => {
    if (job.state === 'running' && services.clock.now() - toldAt < tellMs) return;
    toldAt = services.clock.now();
    state.hub.job(owner, job);
  };
  // Stored before it begins, so that after a restart the job is known to have been interrupted.
  await now({});
  const goOn = (progress: Pick<Job, 'done' | 'total'>): void => {
    now(progress).catch((error: unknown) => logError(error, requestId));
  };
  const work = importCalendar(services, actor, seen, source, { onProgress: goOn })
    .then(
      async (report) => await now({ state: 'done', report: reportShape(report) }),
      async (error: unknown) => {
        if (!(error instanceof Refusal)) logError(error, requestId);
        const isFile = error instanceof Refusal && error.code === 'invalid-calendar-data';
        const code = isFile ? 'E18' : 'E20';
        await now({ state: 'failed', error: code, message: errorText(language, code, { id: requestId }) });
      },
    )
    .catch((error: unknown) => logError(error, requestId))
    .finally(() => state.background.delete(work));
  state.background.add(work);
  return job;
}

export function reportShape({
  added,
  updated,
  unchanged,
  failed,
  notices,
}: ImportReport): NonNullable<Job['report']> {
  const shown = notices.slice(0, maxNotices).map(
    ({ line, uid, code, message }): ImportNotice => ({
      line: line ?? null,
      uid: uid ?? null,
      title: null,
      code,
      message,
    }),
  );
  return { added, updated, unchanged, failed, notices: shown };
}

/** The file itself, or the first one of a form. */
async function fileIn(request: PortalRequest, maxBytes: number): Promise<Uint8Array> {
  const bytes = await rawBody({ request }, maxBytes);
  const type = header(request, 'content-type') ?? '';
  if (!/^multipart\/form-data\b/i.test(type)) return bytes;
  try {
    const form = await new Response(Buffer.from(bytes), { headers: { 'Content-Type': type } }).formData();
    for (const value of form.values())
      if (typeof value !== 'string') return new Uint8Array(await value.arrayBuffer());
  } catch (error) {
    throw new Refusal('malformed-request', 'the form cannot be read', {}, error);
  }
  throw new Refusal('malformed-request', 'there is no file in the form');
}
