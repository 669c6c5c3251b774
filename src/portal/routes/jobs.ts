/** Import of an .ics into a calendar, in the background (portal.md 3.2). */
import type { SeenCalendar } from '../../core/calendar.ts';
import type { Actor } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { errorText, type SpokenLanguage } from '../../i18n/errors.ts';
import { requireLevel } from '../../service/access.ts';
import { type ImportReport, importCalendar } from '../../service/import.ts';
import type { ImportNotice, Job } from '../api.ts';
import { calendarAt } from '../calendar-shape.ts';
import type { PortalParts } from '../parts.ts';
import { header, type PortalRequest, type Routes, rawBody } from '../route.ts';
import * as schemas from '../schemas.ts';
import type { PortalState } from '../state.ts';

type Names = 'POST /calendars/{id}/import' | 'GET /jobs/{job}';

const maxUploadBytes = 64 * 1024 * 1024;

/** Imports of one server at a time. */
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
      requireLevel(seen.access, 'edit');
      if (state.background.size >= maxJobs)
        throw new Refusal('busy', 'other imports are under way', { retryAfterSeconds: 10 });
      const source = await fileIn(request, Math.min(maxUploadBytes, parts.services.limits.maxImportBytes));
      const answer = start(parts, state, actor, seen, source, language, request.id);
      return { answer, status: 202 };
    },
  },

  'GET /jobs/{job}': {
    summary: 'How far a job has come',
    access: 'signed-in',
    answer: schemas.job,
    run({ state, actor, params }) {
      const answer = state.jobs.get(params['job'] ?? '', actor.principal.id);
      if (!answer) return Promise.reject(new Refusal('not-found', 'there is no such job'));
      return Promise.resolve({ answer });
    },
  },
};

/** Progress is told at most so often. */
const tellMs = 200;

function start(
  { services, logError }: PortalParts,
  state: PortalState,
  actor: Actor,
  seen: SeenCalendar,
  source: Uint8Array,
  language: SpokenLanguage,
  requestId: string,
): Job {
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
  const now = (change: Partial<Job>): void => {
    job = { ...job, ...change };
    state.jobs.put(id, owner, job);
    if (job.state === 'running' && services.clock.now() - toldAt < tellMs) return;
    toldAt = services.clock.now();
    state.hub.job(owner, job);
  };
  now({});
  const work = importCalendar(services, actor, seen, source, { onProgress: now })
    .then(
      (report) => now({ state: 'done', report: reportShape(report) }),
      (error: unknown) => {
        if (!(error instanceof Refusal)) logError(error, requestId);
        const isFile = error instanceof Refusal && error.code === 'invalid-calendar-data';
        const code = isFile ? 'E18' : 'E20';
        now({ state: 'failed', error: code, message: errorText(language, code, { id: requestId }) });
      },
    )
    .finally(() => state.background.delete(work));
  state.background.add(work);
  return job;
}

function reportShape({
  added,
  updated,
  unchanged,
  failed,
  notices,
}: ImportReport): NonNullable<Job['report']> {
  const shown = notices.slice(0, maxNotices).map(
    ({ line, uid, message }): ImportNotice => ({
      line: line ?? null,
      uid: uid ?? null,
      title: null,
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
