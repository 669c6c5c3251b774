/** The two dialects of autodiscover: SOAP (MS-OXWSADISC) and plain XML (MS-OXDSCLI); questions and answers (exchange.md 14.5). */
import { Refusal } from '../../../core/refusal.ts';
import { type DocumentElement, xmlDocument } from '../../../xml/document.ts';
import { xmlName } from '../../../xml/name.ts';
import { readXml, type XmlElement } from '../../../xml/reader.ts';
import { below, inner, innerAll, innerText, soap, soapNamespace } from '../wire/names.ts';

export type Discovered =
  | { readonly urls: readonly string[]; readonly group: string | undefined }
  | { readonly redirectAddress: string }
  /** `isHttp`: by the status of the answer, whatever speaks there. */
  | { readonly redirectUrl: string; readonly isHttp?: true }
  /** Code of the server, or ours. */
  | { readonly failed: string };

const discoverNamespace = 'http://schemas.microsoft.com/exchange/2010/Autodiscover';
const addressingNamespace = 'http://www.w3.org/2005/08/addressing';
const action = `${discoverNamespace}/Autodiscover/GetUserSettings`;
const requestNamespace = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006';
const responseSchema = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

const settingNames = [
  'InternalEwsUrl',
  'ExternalEwsUrl',
  'EwsSupportedSchemas',
  'GroupingInformation',
  'MailboxVersion',
];

const a = (local: string, content: readonly (DocumentElement | string)[]): DocumentElement => ({
  name: xmlName(discoverNamespace, local),
  content,
});
const wsa = (local: string, text: string): DocumentElement => ({
  name: xmlName(addressingNamespace, local),
  content: [text],
});

export function soapQuestion(mailboxes: readonly string[], url: URL): string {
  const request = a('GetUserSettingsRequestMessage', [
    a('Request', [
      a(
        'Users',
        mailboxes.map((mailbox) => a('User', [a('Mailbox', [mailbox])])),
      ),
      a(
        'RequestedSettings',
        settingNames.map((name) => a('Setting', [name])),
      ),
    ]),
  ]);
  const header = [a('RequestedServerVersion', ['Exchange2013']), wsa('Action', action), wsa('To', url.href)];
  return xmlDocument(
    {
      name: soap('Envelope'),
      content: [
        { name: soap('Header'), content: header },
        { name: soap('Body'), content: [request] },
      ],
    },
    { prefixes: { [soapNamespace]: 's', [discoverNamespace]: 'a', [addressingNamespace]: 'wsa' } },
  );
}

export function poxQuestion(mailbox: string): string {
  const p = (local: string, content: readonly (DocumentElement | string)[]): DocumentElement => ({
    name: xmlName(requestNamespace, local),
    content,
  });
  const request = p('Request', [
    p('EMailAddress', [mailbox]),
    p('AcceptableResponseSchema', [responseSchema]),
  ]);
  return xmlDocument(p('Autodiscover', [request]), { prefixes: { [requestNamespace]: '' } });
}

const limits = { maxXmlBytes: 1024 * 1024, maxXmlDepth: 64, maxXmlElements: 20_000 };

/** In the order in which they were asked for; undefined where that cannot be told. */
export function readSoapAnswers(body: Uint8Array, count: number): readonly Discovered[] | undefined {
  const root = parsed(body);
  const users = innerAll(below(root, 'UserResponses'), 'UserResponse');
  if (users.length === 0 || count === 1)
    return Array.from({ length: count }, () => discoveredIn(root, users[0]));
  return users.length === count ? users.map((user) => discoveredIn(root, user)) : undefined;
}

function discoveredIn(root: XmlElement | undefined, user: XmlElement | undefined): Discovered {
  const code =
    innerText(user, 'ErrorCode') || innerText(below(root, 'Response'), 'ErrorCode') || 'answer-unreadable';
  const target = innerText(user, 'RedirectTarget');
  if (code === 'RedirectAddress' && target !== '') return { redirectAddress: target };
  if (code === 'RedirectUrl' && target !== '') return { redirectUrl: target };
  if (code !== 'NoError') return { failed: code };
  const settings = new Map(
    innerAll(inner(user, 'UserSettings'), 'UserSetting').map((setting) => [
      innerText(setting, 'Name'),
      innerText(setting, 'Value'),
    ]),
  );
  return found(
    [settings.get('InternalEwsUrl'), settings.get('ExternalEwsUrl')],
    settings.get('GroupingInformation'),
  );
}

export function readPoxAnswer(body: Uint8Array): Discovered {
  const response = inner(parsed(body), 'Response');
  if (response === undefined) return { failed: 'answer-unreadable' };
  const code = innerText(response, 'Error', 'ErrorCode');
  if (code !== '') return { failed: `pox-${code.slice(0, 20)}` };
  const account = inner(response, 'Account');
  const act = innerText(account, 'Action').toLowerCase();
  if (act === 'redirectaddr') return { redirectAddress: innerText(account, 'RedirectAddr') };
  if (act === 'redirecturl') return { redirectUrl: innerText(account, 'RedirectUrl') };
  // From outside first: the inner addresses of one site may not be reachable from another.
  const urls = ['EXPR', 'EXCH', 'EXHTTP', 'WEB'].flatMap((type) =>
    innerAll(account, 'Protocol')
      .filter((protocol) => innerText(protocol, 'Type').toUpperCase() === type)
      .map((protocol) => innerText(protocol, 'EwsUrl') || innerText(protocol, 'ASUrl')),
  );
  return found(urls, undefined);
}

function found(urls: readonly (string | undefined)[], group: string | undefined): Discovered {
  const usable = [...new Set(urls)].flatMap((url) => (url !== undefined && URL.canParse(url) ? [url] : []));
  if (usable.length === 0) return { failed: 'no-ews-url' };
  return { urls: usable, group: group === '' ? undefined : group };
}

function parsed(body: Uint8Array): XmlElement | undefined {
  try {
    return readXml(body, limits);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
