/** A refusal as JSON: status, number and sentence (portal.md §7). */
import { Refusal, type RefusalCode, type RefusalDetail } from '../core/refusal.ts';
import { type ErrorText, errorText } from '../i18n/errors.ts';
import type { SpokenLanguage } from '../i18n/languages.ts';
import type { ApiError, ErrorCode } from './api.ts';

/** What only the page needs to know of a refusal. */
export class Problem extends Error {
  readonly status: number;
  readonly answer: Pick<ApiError, 'error' | 'reason'> &
    Partial<Pick<ApiError, 'detail' | 'changedAt' | 'etag' | 'retryAfterSeconds'>>;

  constructor(status: number, answer: Problem['answer']) {
    super(answer.reason);
    this.status = status;
    this.answer = answer;
  }
}

export interface Listener {
  readonly language: SpokenLanguage;
  /** IANA name; for times in sentences. */
  readonly timeZone: string;
  /** The request id. */
  readonly id: string;
}

interface Row {
  readonly status: number;
  readonly error?: ErrorCode;
  /** The sentence, if it differs from that of the number. */
  readonly text?: ErrorText;
}

const malformed: Row = { status: 400, text: 'malformed' };
const unfit: Row = { status: 422, text: 'malformed' };

const rows: Readonly<Record<RefusalCode, Row>> = {
  'not-signed-in': { status: 401, error: 'E03' },
  'need-privileges': { status: 403, text: 'not-allowed' },
  'export-forbidden': { status: 403, error: 'E04' },
  'not-organizer': { status: 403, text: 'not-organizer' },
  'too-many-attempts': { status: 429, error: 'E02' },
  'not-found': { status: 404, text: 'not-found' },
  gone: { status: 410, error: 'E10' },
  'already-exists': { status: 409, text: 'already-exists' },
  stale: { status: 412, error: 'E07' },
  'parent-missing': { status: 409, text: 'not-found' },
  locked: { status: 423, text: 'busy' },
  busy: { status: 503, text: 'busy' },
  'bad-name': malformed,
  'location-not-ok': { status: 403, text: 'not-allowed' },
  'different-kind': unfit,
  'unsupported-calendar-data': { status: 415, error: 'E18' },
  'invalid-calendar-data': { status: 422, error: 'E18' },
  'invalid-calendar-object': unfit,
  'unsupported-component': unfit,
  'uid-in-use': { status: 409, text: 'name-in-use' },
  'too-large': { status: 413, text: 'too-large' },
  'before-min-date': unfit,
  'after-max-date': unfit,
  'too-many-instances': unfit,
  'too-many-attendees': unfit,
  'invalid-filter': malformed,
  'unsupported-filter': malformed,
  'unsupported-collation': malformed,
  'unsupported-report': malformed,
  'too-many-results': { status: 413, text: 'too-large' },
  'bad-sync-token': malformed,
  'depth-not-finite': malformed,
  'malformed-request': malformed,
  'unsupported-media-type': { status: 415, text: 'malformed' },
  'method-not-allowed': { status: 405, text: 'malformed' },
  'protected-property': { status: 403, text: 'not-allowed' },
  'invalid-property': unfit,
  'quota-exceeded': { status: 507, text: 'quota-exceeded' },
  'disk-full': { status: 507, text: 'disk-full' },
  'not-implemented': { status: 501, text: 'malformed' },
};

/** Status and body for anything that was thrown and meant for the person; undefined for what is our own fault. */
export function problemOf(
  error: unknown,
  listener: Listener,
): { readonly status: number; readonly body: ApiError } | undefined {
  if (error instanceof Problem) {
    const { status, answer } = error;
    return { status, body: { ...answer, ...spoken(answer.error, undefined, listener, answer) } };
  }
  if (!(error instanceof Refusal)) return undefined;
  const { code, detail, message } = error;
  const { retryAfterSeconds, mistake } = detail;
  const row = (mistake && rowsOfMistakes[mistake]) ?? rows[code];
  const number = row.error ?? 'E20';
  return {
    status: row.status,
    body: {
      ...spoken(number, row.text, listener, {
        ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
      }),
      error: number,
      reason: code,
      detail: message,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    },
  };
}

/** Rows for mistakes that have a number of their own. */
const rowsOfMistakes: Readonly<Record<NonNullable<RefusalDetail['mistake']>, Row>> = {
  'read-only-calendar': { status: 403, error: 'E06' },
  'end-before-start': { status: 422, error: 'E08' },
};

/** The body for an unexpected error, without any internals. */
export function unexpectedBody(listener: Listener): ApiError {
  return { ...spoken('E20', undefined, listener, {}), error: 'E20', reason: 'unexpected' };
}

function spoken(
  error: ErrorCode,
  text: ErrorText | undefined,
  { language, timeZone, id }: Listener,
  { changedAt, retryAfterSeconds = 60 }: Partial<Pick<ApiError, 'changedAt' | 'retryAfterSeconds'>>,
): Pick<ApiError, 'message' | 'id'> {
  const values = {
    id,
    n: String(Math.max(1, Math.ceil(retryAfterSeconds / 60))),
    t: changedAt === undefined ? '?' : clockTime(changedAt, language, timeZone),
  };
  return { message: errorText(language, text ?? error, values), id };
}

function clockTime(at: string, language: SpokenLanguage, timeZone: string): string {
  const options = { hour: '2-digit', minute: '2-digit', timeZone } as const;
  return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options).format(new Date(at));
}
