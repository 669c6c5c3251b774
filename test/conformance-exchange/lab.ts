/** A fake Exchange server with two people and a service account, and a client that speaks to it in plain XML. */
import assert from 'node:assert/strict';
import { type ExchangeOptions, type FakeExchange, startLab } from '../../conformance/exchange/exchange.ts';
import { child, type Element, localName, parse } from '../../conformance/exchange/markup.ts';
import type { Transcript } from '../../conformance/exchange/server.ts';
import { schemaErrors, schemaMissing } from '../../conformance/exchange/validate.ts';

export interface Lab {
  readonly exchange: FakeExchange;
  /** Sends the inside of a SOAP body; answers the first element of the answer's body. */
  readonly ask: (body: string, options?: AskOptions) => Promise<Element>;
  /** The same for one response message of class Success. */
  readonly good: (body: string, options?: AskOptions) => Promise<Element>;
  /** The response code of the first response message or of the fault. */
  readonly code: (body: string, options?: AskOptions) => Promise<string>;
  readonly transcripts: readonly Transcript[];
  readonly close: () => Promise<void>;
}

export interface AskOptions {
  readonly as?: string;
  readonly password?: string;
  readonly version?: string;
  readonly impersonate?: string;
  readonly zone?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A Monday morning; the fake's clock stands there unless a test moves it. */
export const monday: number = Date.UTC(2026, 10, 23, 8);

export async function openLab(options: ExchangeOptions = {}): Promise<Lab> {
  const transcripts: Transcript[] = [];
  const exchange = await startLab({
    now: () => monday,
    ...options,
    onTranscript: (transcript) => {
      transcripts.push(transcript);
      options.onTranscript?.(transcript);
    },
  });
  const ask: Lab['ask'] = async (body, how = {}) => {
    const { text } = await post(exchange, envelopeOf(body, how), how);
    const content = child(parse(text), 'Body')?.children[0];
    assert.ok(content, text);
    return content;
  };
  return {
    exchange,
    ask,
    async good(body, how) {
      const message = messageOf(await ask(body, how));
      assert.equal(message.attributes.get('ResponseClass'), 'Success', textOf(message, 'MessageText'));
      return message;
    },
    async code(body, how) {
      const answer = await ask(body, how);
      if (localName(answer) !== 'Fault') return textOf(messageOf(answer), 'ResponseCode');
      return textOf(answer, 'ResponseCode') || textOf(answer, 'faultcode').replace(/^.*:/, '');
    },
    transcripts,
    close: () => exchange.close(),
  };
}

export async function post(
  exchange: FakeExchange,
  text: string,
  { as = 'alice@lab.test', password = 'secret', headers = {} }: AskOptions = {},
): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
  const answer = await fetch(exchange.url, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      authorization: `Basic ${Buffer.from(`${as}:${password}`).toString('base64')}`,
      ...headers,
    },
    body: text,
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

export function envelopeOf(
  body: string,
  { version = 'Exchange2013_SP1', impersonate, zone }: AskOptions = {},
): string {
  const header = [
    `<t:RequestServerVersion Version="${version}"/>`,
    impersonate === undefined
      ? ''
      : `<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>${impersonate}</t:PrimarySmtpAddress></t:ConnectingSID></t:ExchangeImpersonation>`,
    zone === undefined ? '' : `<t:TimeZoneContext><t:TimeZoneDefinition Id="${zone}"/></t:TimeZoneContext>`,
  ].join('');
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}

export function messageOf(answer: Element, index = 0): Element {
  const message = child(answer, 'ResponseMessages')?.children[index];
  assert.ok(message, `no response message in ${localName(answer)}`);
  return message;
}

/** Every descendant with this local name. */
export function allOf(element: Element, name: string): readonly Element[] {
  return element.children.flatMap((one) => [...(localName(one) === name ? [one] : []), ...allOf(one, name)]);
}

export function textOf(element: Element, name: string): string {
  return allOf(element, name)[0]?.text ?? '';
}

export function attributeOf(element: Element, name: string, attribute: string): string {
  return allOf(element, name)[0]?.attributes.get(attribute) ?? '';
}

/** Requests and answers that Microsoft's schema refuses, either generation of it; a word of excuse where the schema is absent. */
export async function invalidIn(
  transcripts: readonly Transcript[],
  skip: () => never,
): Promise<readonly string[]> {
  if (schemaMissing() !== undefined) skip();
  const texts = transcripts.flatMap(({ operation, request, response, status }, index) => [
    { name: `${index}-${operation}-request`, text: request },
    ...(status < 300 || response.includes('Fault')
      ? [{ name: `${index}-${operation}-response`, text: response }]
      : []),
  ]);
  return [...(await schemaErrors(texts, 'newest')), ...(await schemaErrors(texts, 'exchange2013_sp1'))];
}

export const calendar = '<t:DistinguishedFolderId Id="calendar"/>';

/** A CreateItem of one calendar item with these children. */
export function creation(
  children: string,
  { invitations = 'SendToNone' }: { readonly invitations?: string } = {},
): string {
  return `<m:CreateItem SendMeetingInvitations="${invitations}"><m:SavedItemFolderId>${calendar}</m:SavedItemFolderId><m:Items><t:CalendarItem>${children}</t:CalendarItem></m:Items></m:CreateItem>`;
}

export function fetching(ids: readonly string[], fields: readonly string[], base = 'IdOnly'): string {
  const uris = fields.map((one) => `<t:FieldURI FieldURI="${one}"/>`).join('');
  const additional = uris && `<t:AdditionalProperties>${uris}</t:AdditionalProperties>`;
  return `<m:GetItem><m:ItemShape><t:BaseShape>${base}</t:BaseShape>${additional}</m:ItemShape><m:ItemIds>${ids.join('')}</m:ItemIds></m:GetItem>`;
}

export function itemIdXml(id: string, key?: string): string {
  return `<t:ItemId Id="${id}"${key === undefined ? '' : ` ChangeKey="${key}"`}/>`;
}

export function changing(
  id: string,
  updates: string,
  {
    resolution = 'AutoResolve',
    invitations = 'SendToNone',
  }: { readonly resolution?: string; readonly invitations?: string } = {},
): string {
  return `<m:UpdateItem ConflictResolution="${resolution}" SendMeetingInvitationsOrCancellations="${invitations}"><m:ItemChanges><t:ItemChange>${id}<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`;
}

export function setting(uri: string, element: string): string {
  return `<t:SetItemField><t:FieldURI FieldURI="${uri}"/><t:CalendarItem>${element}</t:CalendarItem></t:SetItemField>`;
}

export function syncing(state: string | undefined, most = 512, folder: string = calendar): string {
  return `<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>${folder}</m:SyncFolderId>${state === undefined ? '' : `<m:SyncState>${state}</m:SyncState>`}<m:MaxChangesReturned>${most}</m:MaxChangesReturned><m:SyncScope>NormalItems</m:SyncScope></m:SyncFolderItems>`;
}
