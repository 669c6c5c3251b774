import type { Markup } from './markup.ts';

/** An answer of class Error to one part of a request; thrown where the part is handled. */
export class EwsError extends Error {
  readonly code: string;
  /** `MessageXml` values by name, such as BackOffMilliseconds. */
  readonly values: Readonly<Record<string, string>>;

  constructor(code: string, message: string, values: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.values = values;
  }
}

/** Refuses the request as a whole: a SOAP fault; without a code where that is empty. */
export class SoapFault extends Error {
  readonly code: string;
  readonly values: Readonly<Record<string, string>>;
  readonly detail: Markup | undefined;

  constructor(code: string, message: string, values: Readonly<Record<string, string>> = {}, detail?: Markup) {
    super(message);
    this.code = code;
    this.values = values;
    this.detail = detail;
  }
}
