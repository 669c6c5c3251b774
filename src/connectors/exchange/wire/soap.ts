/** Requests as envelopes (SOAP 1.1, exchange.md 14). */
import { type DocumentElement, xmlDocument } from '../../../xml/document.ts';
import { make, makeText } from './elements.ts';
import { requestPrefixes, soap } from './names.ts';
import type { SchemaVersion } from './schema-version.ts';

export interface EnvelopeHeader {
  readonly version: SchemaVersion;
  /** Whose mailbox is meant, where a service account acts for its owner. */
  readonly impersonated: Impersonated | undefined;
}

export interface Impersonated {
  readonly address: string;
  /** It is not the first one of its mailbox, by which alone servers know a PrimarySmtpAddress. */
  readonly isAlias?: boolean | undefined;
}

export function envelope({ version, impersonated }: EnvelopeHeader, body: DocumentElement): string {
  const header = [
    make('RequestServerVersion', [], { Version: version }),
    impersonated === undefined
      ? undefined
      : make('ExchangeImpersonation', [
          make('ConnectingSID', [
            makeText(impersonated.isAlias ? 'SmtpAddress' : 'PrimarySmtpAddress', impersonated.address),
          ]),
        ]),
  ];
  return xmlDocument(
    {
      name: soap('Envelope'),
      content: [
        { name: soap('Header'), content: header.filter((element) => element !== undefined) },
        { name: soap('Body'), content: [body] },
      ],
    },
    { prefixes: requestPrefixes },
  );
}

export interface RequestHeaders {
  readonly userAgent: string;
  readonly requestId: string;
  /** `X-AnchorMailbox`; undefined: none. */
  readonly anchor: string | undefined;
  /** For answers that come as a whole. */
  readonly compressed: boolean;
  /** Wants to reach the same machine as the request whose cookies go along. */
  readonly affinity?: boolean;
}

export function requestHeaders(headers: RequestHeaders): Readonly<Record<string, string>> {
  const { userAgent, requestId, anchor, compressed, affinity = false } = headers;
  return {
    'content-type': 'text/xml; charset=utf-8',
    accept: 'text/xml',
    'user-agent': userAgent,
    'client-request-id': requestId,
    'return-client-request-id': 'true',
    ...(compressed && { 'accept-encoding': 'gzip' }),
    ...(affinity && { 'x-preferserveraffinity': 'true' }),
    // A header must not be longer than what was meant to stand in it.
    ...(anchor !== undefined && { 'x-anchormailbox': anchor.replaceAll(/[^\x21-\x7e]/g, '') }),
  };
}
