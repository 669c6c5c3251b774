/** What most likely is wrong where a client got no answer, or another one than it needs. */
import { OutboundError, type OutboundFault } from '../../outbound/error.ts';
import type { Answered } from './client.ts';

/** The most likely cause of an unwanted answer. */
export function causeOf({ status, headers }: Answered): string {
  const server = headers['server'] === undefined ? '' : ` (server: ${headers['server']})`;
  switch (status) {
    case 401:
      return '401: the user name or the password is wrong, or a proxy drops the Authorization header';
    case 403:
      return '403: this account may not use CalDAV here';
    case 404:
      return `404: the path is not passed on to the calendar server${server}`;
    case 405:
    case 501:
      return `${status}: a proxy refuses the method; allow PROPFIND, REPORT and OPTIONS${server}`;
    case 429:
      return '429: too many failed sign-ins; wait and try again';
    case 502:
    case 503:
    case 504:
      return `${status}: the calendar server behind the proxy does not answer${server}`;
    default:
      return `unexpected answer ${status}${server}`;
  }
}

/** The most likely cause if there was no answer. */
export function unreachable(error: unknown): string {
  if (!(error instanceof OutboundError)) return error instanceof Error ? error.message : String(error);
  const cause = transportCauses[error.fault];
  return cause === undefined ? error.message : `${cause} (${error.message})`;
}

const transportCauses: Readonly<Partial<Record<OutboundFault, string>>> = {
  'name-not-found': 'the host name does not resolve',
  'connect-failed': 'nothing listens there: is the server running, on this address and port?',
  'connect-timeout': 'nothing answers there: a firewall, or another address?',
  'tls-failed': 'no TLS there: is it the right port?',
  'certificate-untrusted':
    'the certificate is self-signed, or its chain is incomplete: phones refuse both; give the server the full chain',
  'certificate-name': 'the certificate is for another name',
  'certificate-expired': 'the certificate has expired, or is not valid yet',
  'answer-timeout': 'it takes too long to answer',
  'answer-broken': 'it does not answer in HTTP, or not to the end',
};
