/** Autodiscover: which server holds a mailbox (MS-OXWSADISC for SOAP, MS-OXDSCLI for XML). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Backend } from './context.ts';
import type { Logins } from './login.ts';
import { childText, type Markup, parse, path, tag, text } from './markup.ts';

/** What autodiscover says; tests change it while the server runs. */
export interface AutodiscoverSettings {
  /** Of mailboxes without an entry below. */
  ewsUrl: string | undefined;
  externalUrl: string | undefined;
  grouping: string | undefined;
  /** By lower-case address: another server, a redirect, or an error. */
  readonly mailboxes: Map<string, AutodiscoverEntry>;
  /** The HTTP status of every answer, when it is not 200. */
  status: number | undefined;
  /** Sends every client there by HTTP. */
  location: string | undefined;
  xml: boolean;
}

export type AutodiscoverEntry =
  | { readonly kind: 'server'; readonly ewsUrl: string; readonly grouping?: string }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'error'; readonly code: 'InvalidUser' | 'ServerBusy' };

export function defaultAutodiscover(): AutodiscoverSettings {
  return {
    ewsUrl: undefined,
    externalUrl: undefined,
    grouping: 'Default-First-Site-Name',
    mailboxes: new Map(),
    status: undefined,
    location: undefined,
    xml: true,
  };
}

interface Parts {
  readonly backend: Backend;
  readonly logins: Logins;
  readonly settings: AutodiscoverSettings;
}

/** Answers requests below /autodiscover; false: not its path. */
export function autodiscover(
  parts: Parts,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): boolean {
  const { settings, logins, backend } = parts;
  const url = (request.url ?? '').toLowerCase().replace(/\?.*/, '');
  const soap = url.endsWith('/autodiscover.svc');
  if (!url.startsWith('/autodiscover/') || !(soap || url.endsWith('/autodiscover.xml'))) return false;
  if (settings.location !== undefined) {
    response.writeHead(302, { location: settings.location, 'content-length': 0 }).end();
    return true;
  }
  if ((soap && !backend.profile.hasSoapAutodiscover) || (!soap && !settings.xml)) {
    response.writeHead(404).end();
    return true;
  }
  const login = logins.login(request);
  if ('challenge' in login) {
    response.writeHead(401, { 'www-authenticate': [...login.challenge], 'content-length': 0 }).end();
    return true;
  }
  if (settings.status !== undefined) {
    response.writeHead(settings.status).end();
    return true;
  }
  const answer = soap ? soapAnswer(parts, body) : xmlAnswer(parts, body);
  response
    .writeHead(answer === undefined ? 400 : 200, { 'Content-Type': 'text/xml; charset=utf-8' })
    .end(answer ?? '');
  return true;
}

const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/';
const discoverNamespace = 'http://schemas.microsoft.com/exchange/2010/Autodiscover';
const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';
const maxUsers = 100;

function soapAnswer({ backend, settings }: Parts, body: string): string | undefined {
  const request = path(parse(body), 'Body', 'GetUserSettingsRequestMessage', 'Request');
  if (!request) return undefined;
  const users = path(request, 'Users')?.children ?? [];
  const wanted = (path(request, 'RequestedSettings')?.children ?? []).map((one) => one.text.trim());
  const tooMany = users.length > maxUsers;
  const answers = tooMany
    ? []
    : users.map((user) => userResponse(backend, settings, childText(user, 'Mailbox') ?? '', wanted));
  const inner = tag('Response', [
    text('ErrorCode', tooMany ? 'InvalidRequest' : 'NoError'),
    text('ErrorMessage', ''),
    tag('UserResponses', answers),
  ]);
  const message = tag('GetUserSettingsResponseMessage', [inner], {
    xmlns: discoverNamespace,
    'xmlns:i': schemaInstance,
  });
  const { MajorVersion, MinorVersion, MajorBuildNumber, MinorBuildNumber } = backend.profile.build;
  const version = tag(
    'h:ServerVersionInfo',
    [
      text('h:MajorVersion', MajorVersion ?? ''),
      text('h:MinorVersion', MinorVersion ?? ''),
      text('h:MajorBuildNumber', MajorBuildNumber ?? ''),
      text('h:MinorBuildNumber', MinorBuildNumber ?? ''),
      text('h:Version', 'Exchange2013_SP1'),
    ],
    { 'xmlns:h': discoverNamespace },
  );
  const action = text('a:Action', `${discoverNamespace}/Autodiscover/GetUserSettingsResponse`, {
    's:mustUnderstand': '1',
  });
  return tag('s:Envelope', [tag('s:Header', [action, version]), tag('s:Body', [message])], {
    'xmlns:s': soapNamespace,
    'xmlns:a': 'http://www.w3.org/2005/08/addressing',
  });
}

function userResponse(
  backend: Backend,
  settings: AutodiscoverSettings,
  address: string,
  wanted: readonly string[],
): Markup {
  const entry = settings.mailboxes.get(address.toLowerCase());
  const target = (value: string): Markup => text('RedirectTarget', value);
  const plain = (code: string, message: string, extra: readonly Markup[] = []): Markup =>
    tag('UserResponse', [
      text('ErrorCode', code),
      text('ErrorMessage', message),
      ...extra,
      tag('UserSettingErrors'),
      tag('UserSettings'),
    ]);
  if (entry?.kind === 'error') return plain(entry.code, 'The user is not available.');
  if (entry?.kind === 'address')
    return plain('RedirectAddress', 'Redirection address.', [target(entry.address)]);
  if (entry?.kind === 'url') return plain('RedirectUrl', 'Redirection url.', [target(entry.url)]);
  if (!entry && !backend.store.mailbox(address))
    return plain('InvalidUser', `The user ${address} is unknown.`);
  const ewsUrl = entry?.ewsUrl ?? settings.ewsUrl ?? '';
  const build = backend.profile.build;
  const known: Readonly<Record<string, string | undefined>> = {
    InternalEwsUrl: ewsUrl,
    ExternalEwsUrl: entry ? ewsUrl : (settings.externalUrl ?? ewsUrl),
    EwsSupportedSchemas:
      'Exchange2007, Exchange2007_SP1, Exchange2010, Exchange2010_SP1, Exchange2010_SP2, Exchange2013, Exchange2013_SP1',
    GroupingInformation: entry?.grouping ?? settings.grouping,
    MailboxVersion: `${build['MajorVersion']}.${build['MinorVersion']}.${build['MajorBuildNumber']}.${build['MinorBuildNumber']}`,
    UserDisplayName: backend.store.mailbox(address)?.name,
    AutoDiscoverSMTPAddress: address,
  };
  const found = wanted.filter((name) => known[name] !== undefined);
  const missing = wanted.filter((name) => known[name] === undefined);
  return tag('UserResponse', [
    text('ErrorCode', 'NoError'),
    text('ErrorMessage', 'No error.'),
    tag(
      'UserSettingErrors',
      missing.map((name) =>
        tag('UserSettingError', [
          text('ErrorCode', 'SettingIsNotAvailable'),
          text('ErrorMessage', 'The setting is not available.'),
          text('SettingName', name),
        ]),
      ),
    ),
    tag(
      'UserSettings',
      found.map((name) =>
        tag('UserSetting', [text('Name', name), text('Value', known[name] ?? '')], {
          'i:type': 'StringSetting',
        }),
      ),
    ),
  ]);
}

const responseSchema = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006';
const outlookSchema = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a';

function xmlAnswer({ backend, settings }: Parts, body: string): string | undefined {
  const request = path(parse(body), 'Request');
  const address = childText(request, 'EMailAddress');
  if (address === undefined) return undefined;
  return `<?xml version="1.0" encoding="utf-8"?>${tag('Autodiscover', [xmlResponse(backend, settings, address)], { xmlns: responseSchema })}`;
}

function xmlResponse(backend: Backend, settings: AutodiscoverSettings, address: string): Markup {
  const entry = settings.mailboxes.get(address.toLowerCase());
  const account = (children: readonly Markup[]): Markup =>
    tag('Response', [tag('Account', [text('AccountType', 'email'), ...children])], { xmlns: outlookSchema });
  if (entry?.kind === 'address')
    return account([text('Action', 'redirectAddr'), text('RedirectAddr', entry.address)]);
  if (entry?.kind === 'url') return account([text('Action', 'redirectUrl'), text('RedirectUrl', entry.url)]);
  const mailbox = backend.store.mailbox(address);
  if (entry?.kind === 'error' || (!entry && !mailbox)) {
    const error = tag(
      'Error',
      [text('ErrorCode', 500), text('Message', 'The email address cannot be found.'), tag('DebugData')],
      { Time: '00:00:00.0000000', Id: '1' },
    );
    return tag('Response', [error]);
  }
  const ewsUrl = entry?.ewsUrl ?? settings.ewsUrl ?? '';
  const protocol = (type: string, url: string): Markup =>
    tag('Protocol', [
      text('Type', type),
      text('Server', 'exchange.lab.test'),
      text('ASUrl', url),
      text('EwsUrl', url),
    ]);
  const user = tag('User', [
    text('DisplayName', mailbox?.name ?? address),
    text('AutoDiscoverSMTPAddress', address),
  ]);
  const inner = [
    text('AccountType', 'email'),
    text('Action', 'settings'),
    protocol('EXCH', ewsUrl),
    protocol('EXPR', settings.externalUrl ?? ewsUrl),
  ];
  return tag('Response', [user, tag('Account', inner)], { xmlns: outlookSchema });
}
