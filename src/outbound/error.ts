/** Why a request to another server got no answer, in words that settings pages and logs can translate. */

export type OutboundFault =
  /** The host is not on the list of those that may be reached. */
  | 'host-not-allowed'
  /** Its name leads to an address inside this network or this machine, which nobody has allowed. */
  | 'address-not-allowed'
  | 'name-not-found'
  | 'connect-failed'
  | 'connect-timeout'
  | 'proxy-failed'
  | 'tls-failed'
  | 'certificate-untrusted'
  | 'certificate-name'
  | 'certificate-expired'
  | 'certificate-pin'
  | 'answer-timeout'
  | 'answer-too-large'
  /** Not HTTP, cut off, or a compression that does not open. */
  | 'answer-broken'
  | 'cancelled';

export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OutboundError';
    this.fault = fault;
  }
}

/** Gives whatever sockets, TLS and the HTTP client throw its fault; `fallback` for what none of them names. */
export function outboundError(error: unknown, fallback: OutboundFault): OutboundError {
  if (error instanceof OutboundError) return error;
  const code = codeOf(error);
  const fault = faults.get(code) ?? (/^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code) ? 'tls-failed' : fallback);
  return new OutboundError(fault, code === '' ? fault : `${fault} (${code})`, error);
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

const faults: ReadonlyMap<string, OutboundFault> = new Map([
  ['ENOTFOUND', 'name-not-found'],
  ['EAI_AGAIN', 'name-not-found'],
  ['EAI_NODATA', 'name-not-found'],
  ['ENODATA', 'name-not-found'],
  ['ECONNREFUSED', 'connect-failed'],
  ['EHOSTUNREACH', 'connect-failed'],
  ['ENETUNREACH', 'connect-failed'],
  ['ETIMEDOUT', 'connect-timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connect-timeout'],
  ['UND_ERR_HEADERS_TIMEOUT', 'answer-timeout'],
  ['UND_ERR_BODY_TIMEOUT', 'answer-timeout'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'answer-too-large'],
  ['UND_ERR_HEADERS_OVERFLOW', 'answer-too-large'],
  ['HPE_HEADER_OVERFLOW', 'answer-too-large'],
  ['UND_ERR_ABORTED', 'cancelled'],
  ['ABORT_ERR', 'cancelled'],
  ['UND_ERR_DESTROYED', 'cancelled'],
  ['UND_ERR_CLOSED', 'cancelled'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-name'],
  ['CERT_HAS_EXPIRED', 'certificate-expired'],
  ['CERT_NOT_YET_VALID', 'certificate-expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'certificate-untrusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate-untrusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-untrusted'],
  ['CERT_UNTRUSTED', 'certificate-untrusted'],
  ['CERT_REJECTED', 'certificate-untrusted'],
  ['CERT_REVOKED', 'certificate-untrusted'],
  ['CERT_SIGNATURE_FAILURE', 'certificate-untrusted'],
  ['INVALID_CA', 'certificate-untrusted'],
  ['INVALID_PURPOSE', 'certificate-untrusted'],
]);
