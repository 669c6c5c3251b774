/** The errors of the service: JSON problem details (RFC 7808 §4.1.7, RFC 7807). */

/** The last part of `urn:ietf:params:tzdist:error:`. */
export type ErrorCode =
  | 'invalid-action'
  | 'invalid-changedsince'
  | 'invalid-end'
  | 'invalid-format'
  | 'invalid-pattern'
  | 'invalid-start'
  | 'tzid-not-found';

export class Problem extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, detail: string, status: number = statuses[code]) {
    super(detail);
    this.code = code;
    this.status = status;
  }

  get body(): string {
    const { code, status, message } = this;
    const type = `urn:ietf:params:tzdist:error:${code}`;
    return `${JSON.stringify({ type, title: titles[code], status, detail: message })}\n`;
  }
}

const statuses: Readonly<Record<ErrorCode, number>> = {
  'invalid-action': 404,
  'invalid-changedsince': 400,
  'invalid-end': 400,
  'invalid-format': 406,
  'invalid-pattern': 400,
  'invalid-start': 400,
  'tzid-not-found': 404,
};

const titles: Readonly<Record<ErrorCode, string>> = {
  'invalid-action': 'The request is none of the actions of this service',
  'invalid-changedsince': 'The parameter changedsince occurs more than once',
  'invalid-end': 'The end is wrong or not behind the start',
  'invalid-format': 'Time zones are given as text/calendar only',
  'invalid-pattern': 'The pattern is wrong',
  'invalid-start': 'The start is wrong',
  'tzid-not-found': 'No time zone has this identifier',
};
