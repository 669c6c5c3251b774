/** One request: envelope, headers, operation. */
import { type Backend, type Context, isOtherName, nonPrimary } from './context.ts';
import { EwsError, SoapFault } from './failure.ts';
import {
  child,
  childText,
  type Element,
  localName,
  type Markup,
  messagesNamespace,
  parse,
  soapNamespace,
} from './markup.ts';
import * as directory from './operations/directory.ts';
import * as find from './operations/find.ts';
import * as folders from './operations/folders.ts';
import * as items from './operations/items.ts';
import * as notifications from './operations/notifications.ts';
import { atLeast, type Version, versions } from './profile.ts';
import { checkSchema } from './schema.ts';
import type { Mailbox } from './store.ts';
import { readZone } from './zone-xml.ts';

export type Operation = (context: Context, request: Element) => Markup;

const operations: Readonly<Record<string, Operation>> = {
  GetFolder: folders.getFolder,
  FindFolder: folders.findFolder,
  SyncFolderHierarchy: folders.syncFolderHierarchy,
  CreateFolder: folders.createFolder,
  DeleteFolder: folders.deleteFolder,
  FindItem: find.findItem,
  SyncFolderItems: find.syncFolderItems,
  GetItem: items.getItem,
  CreateItem: items.createItem,
  UpdateItem: items.updateItem,
  DeleteItem: items.deleteItem,
  MoveItem: items.moveItem,
  CopyItem: items.copyItem,
  Subscribe: notifications.subscribe,
  Unsubscribe: notifications.unsubscribe,
  GetEvents: notifications.getEvents,
  ResolveNames: directory.resolveNames,
  ExpandDL: directory.expandDL,
  GetServerTimeZones: directory.getServerTimeZones,
  ConvertId: directory.convertId,
  GetUserConfiguration: directory.getUserConfiguration,
  GetUserOofSettingsRequest: directory.getUserOofSettings,
  GetDelegate: directory.getDelegate,
};

/** A person or service that may log in. */
export interface Account {
  readonly login: string;
  password: string;
  /** Undefined: a service without a mailbox. */
  readonly mailbox: string | undefined;
  /** Mailboxes it may act for with ExchangeImpersonation: all, or those listed. */
  impersonates: 'all' | readonly string[];
  disabled: boolean;
  failures: number;
}

export interface ParsedRequest {
  readonly operation: string;
  readonly request: Element;
  readonly header: Element | undefined;
}

export function parseEnvelope(text: string): ParsedRequest {
  const envelope = parse(text);
  if (envelope?.name !== `{${soapNamespace}}Envelope`)
    throw new SoapFault('ErrorInvalidRequest', 'The request is no SOAP envelope.');
  const request = child(envelope, 'Body')?.children[0];
  if (!request?.name.startsWith(`{${messagesNamespace}}`))
    throw new SoapFault(
      'ErrorSchemaValidation',
      'The request failed schema validation: the body is not known.',
    );
  return { operation: localName(request), request, header: child(envelope, 'Header') };
}

/** What the headers say of whom a request is for, and of how its answer is told. */
export function contextOf(
  backend: Backend,
  account: Account,
  { header, request }: ParsedRequest,
  headers: Context['headers'],
): Context {
  const version = versionOf(backend, child(header, 'RequestServerVersion'));
  checkSchema(request, version);
  const zoneContext = child(header, 'TimeZoneContext');
  if (zoneContext && !atLeast(version, 'Exchange2010'))
    throw new SoapFault('ErrorSchemaValidation', 'The request failed schema validation: TimeZoneContext.');
  const own = account.mailbox === undefined ? undefined : backend.store.mailbox(account.mailbox);
  return {
    backend,
    version,
    mailbox: impersonated(backend, account, child(header, 'ExchangeImpersonation')) ?? own,
    zone: zoneOf(child(zoneContext, 'TimeZoneDefinition')),
    login: account.login,
    headers,
    answerHeaders: {},
  };
}

function zoneOf(definition: Element | undefined): Context['zone'] {
  try {
    return readZone(definition);
  } catch (error) {
    if (error instanceof EwsError) throw new SoapFault('ErrorTimeZone', error.message, {});
    throw error;
  }
}

function versionOf(backend: Backend, element: Element | undefined): Version {
  if (!element) return 'Exchange2007';
  const named = element.attributes.get('Version') ?? '';
  // Later names than a server has been built with are unknown to it.
  const version = versions.find((one) => one === named);
  if (!version || !atLeast(backend.profile.newest, version))
    throw new SoapFault('ErrorInvalidServerVersion', 'The specified server version is invalid.');
  return version;
}

function impersonated(backend: Backend, account: Account, element: Element | undefined): Mailbox | undefined {
  if (!element) return undefined;
  const sid = child(element, 'ConnectingSID');
  const address =
    childText(sid, 'PrimarySmtpAddress') ?? childText(sid, 'SmtpAddress') ?? childText(sid, 'PrincipalName');
  if (address === undefined)
    throw new SoapFault(
      'ErrorInvalidExchangeImpersonationHeaderData',
      'ExchangeImpersonation SOAP header must be present for this type of OAuth token.',
    );
  const mailbox = backend.store.mailbox(address);
  const { impersonates } = account;
  const may =
    impersonates === 'all' || impersonates.some((one) => one.toLowerCase() === address.toLowerCase());
  const { bareFaults } = backend.profile;
  if (bareFaults && !mailbox)
    throw new SoapFault('ErrorCannotFindUser', 'E-3007: failed to get user maildir');
  if (!may)
    throw new SoapFault(
      'ErrorImpersonateUserDenied',
      bareFaults
        ? 'E-3243: insufficient permissions to impersonate user'
        : 'The account does not have permission to impersonate the requested user.',
    );
  if (!mailbox)
    throw new SoapFault('ErrorNonExistentMailbox', 'The SMTP address has no mailbox associated with it.');
  const primary = childText(sid, 'PrimarySmtpAddress');
  if (primary !== undefined && isOtherName(backend, mailbox, primary)) throw new SoapFault(...nonPrimary);
  return mailbox;
}

/** Known there is this one alone of those that are not served here; what a test of ours asks of it has no answer. */
function unserved(operation: string): SoapFault {
  return operation === 'GetUserAvailabilityRequest'
    ? new SoapFault('ErrorInvalidFreeBusyViewType', 'E-3013: a view is required.')
    : new SoapFault('', `Unknown request '${operation}'.`);
}

export function perform(context: Context, { operation, request }: ParsedRequest): Markup {
  const work = operations[operation];
  if (!work && context.backend.profile.bareFaults) throw unserved(operation);
  if (!work) throw new SoapFault('ErrorInvalidRequest', `The operation ${operation} is not served here.`);
  try {
    return work(context, request);
  } catch (error) {
    // An error outside of any part of the request concerns all of it.
    if (error instanceof EwsError) throw new SoapFault(error.code, error.message, error.values);
    throw error;
  }
}
