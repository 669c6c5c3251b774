/** What Exchange's response codes mean for whoever asked (exchange.md 17.1). */
import type { FailureClass } from '../../failure.ts';

/** The class of a code; codes that stand nowhere are the item's own trouble. */
export function classOfCode(code: string): FailureClass {
  return classes.get(code) ?? prefixes.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'poison';
}

/** The server knows no such version: ask as an older one. Nothing has been done. */
export const versionCodes: ReadonlySet<string> = new Set([
  'ErrorInvalidServerVersion',
  'ErrorIncorrectSchemaVersion',
  'ErrorInvalidSchemaVersionForMailboxVersion',
]);

/** The mailbox may have another address by now. */
export const movedCodes: ReadonlySet<string> = new Set([
  'ErrorMailboxMoveInProgress',
  'ErrorMailboxStoreUnavailable',
  'ErrorNonExistentMailbox',
  'ErrorWrongServerVersion',
  'ErrorIncorrectRoutingHint',
]);

const byClass: readonly (readonly [FailureClass, readonly string[]])[] = [
  [
    'auth',
    [
      'ErrorPasswordExpired',
      'ErrorPasswordChangeRequired',
      'ErrorAccountDisabled',
      'ErrorInvalidUserPrincipalName',
      'ErrorTokenSerializationDenied',
    ],
  ],
  [
    'permission',
    [
      'ErrorAccessDenied',
      'ErrorImpersonateUserDenied',
      'ErrorImpersonationDenied',
      'ErrorImpersonationFailed',
      'ErrorImpersonationRequired',
      'ErrorCannotEmptyFolder',
      'ErrorCreateItemAccessDenied',
      'ErrorNonExistentMailbox',
      'ErrorNonPrimarySmtpAddress',
      'ErrorMailboxNotFound',
      'ErrorCannotFindUser',
      'ErrorNoPublicFolderReplicaAvailable',
      'ErrorMissingUserIdInformation',
      'ErrorMissingEmailAddress',
      'ErrorInvalidSmtpAddress',
      'ErrorInvalidUserSid',
      'ErrorInvalidSid',
      'ErrorInvalidExchangeImpersonationHeaderData',
      'ErrorOrganizationAccessBlocked',
      'ErrorInvalidLicense',
      'ErrorCalendarIsDelegatedForAccept',
      'ErrorCalendarIsDelegatedForDecline',
      'ErrorCalendarIsDelegatedForTentative',
      'ErrorSendAsDenied',
      'ErrorUserNotAllowedByPolicy',
      'ErrorCallerIsInvalidADAccount',
    ],
  ],
  [
    'throttle',
    [
      'ErrorServerBusy',
      'ErrorExceededConnectionCount',
      'ErrorExceededFindCountLimit',
      'ErrorExceededSubscriptionCount',
      'ErrorTimeoutExpired',
      'ErrorInternalServerTransientError',
      'ErrorTooManyObjectsOpened',
    ],
  ],
  [
    'transient',
    [
      'ErrorInternalServerError',
      'ErrorConnectionFailed',
      'ErrorConnectionFailedTransientError',
      'ErrorADUnavailable',
      'ErrorADOperation',
      'ErrorADSessionFilter',
      'ErrorMailboxConfiguration',
      'ErrorMailboxFailover',
      'ErrorNotEnoughMemory',
      'ErrorFolderPropertyRequestFailed',
      'ErrorFolderPropertRequestFailed', // as the schema spells it
      'ErrorMoveCopyFailed',
      'ErrorProxyRequestProcessingFailed',
      'ErrorProxyServiceDiscoveryFailed',
      'ErrorProxyCallFailed',
      'ErrorProxyTokenExpired',
      'ErrorServiceDiscoveryFailed',
      'ErrorCrossSiteRequest',
      'ErrorNoApplicableProxyCASServersAvailable',
      'ErrorNoDestinationCASDueToKerberosRequirements',
      'ErrorNoDestinationCASDueToSSLRequirements',
      'ErrorNoDestinationCASDueToVersionMismatch',
      'ErrorClientDisconnected',
      'ErrorDataSourceOperation',
      'ErrorInsufficientResources',
      'ErrorLogonAsNetworkServiceFailed',
      'ErrorMailboxLogonFailed',
      'ErrorRequestAborted',
      'ErrorWin32InteropError',
      'ErrorRightsManagementTransientException',
    ],
  ],
  ['state', ['ErrorInvalidSyncStateData']],
  [
    'folder-gone',
    [
      'ErrorSyncFolderNotFound',
      'ErrorFolderNotFound',
      'ErrorCannotFindFolder',
      'ErrorInvalidFolderId',
      'ErrorParentFolderNotFound',
      'ErrorSavedItemFolderNotFound',
    ],
  ],
  [
    'subscription',
    [
      'ErrorInvalidSubscription',
      'ErrorSubscriptionNotFound',
      'ErrorExpiredSubscription',
      'ErrorInvalidWatermark',
      'ErrorMissedNotificationEvents',
      'ErrorSubscriptionAccessDenied',
      'ErrorSubscriptionUnsubscribed',
      'ErrorSubscriptionDelegateAccessNotSupported',
      'ErrorInvalidSubscriptionRequest',
      'ErrorInvalidPullSubscriptionId',
      'ErrorProxiedSubscriptionCallFailure',
      'ErrorNoRespondingCASInDestinationSite',
      'ErrorReadEventsFailed',
      'ErrorNewEventStreamConnectionOpened',
    ],
  ],
  ['gone', ['ErrorItemNotFound', 'ErrorCalendarOccurrenceIsDeletedFromRecurrence']],
  [
    'conflict',
    [
      'ErrorIrresolvableConflict',
      'ErrorStaleObject',
      'ErrorInvalidChangeKey',
      'ErrorChangeKeyRequired',
      'ErrorChangeKeyRequiredForWriteOperations',
      // Our idea of the series is an old one.
      'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange',
    ],
  ],
  [
    'poison',
    [
      'ErrorItemCorrupt',
      'ErrorCorruptData',
      'ErrorMimeContentInvalid',
      'ErrorContentConversionFailed',
      'ErrorMessageSizeExceeded',
    ],
  ],
  [
    'ours',
    [
      'ErrorSchemaValidation',
      'ErrorInvalidRequest',
      'ErrorInvalidPropertyRequest',
      'ErrorInvalidPropertySet',
      'ErrorInvalidPropertyForExists',
      'ErrorInvalidPropertyForOperation',
      'ErrorInvalidPropertyUpdateSentMessage',
      'ErrorInvalidPropertyDelete',
      'ErrorInvalidPropertyAppend',
      'ErrorInvalidExtendedProperty',
      'ErrorInvalidExtendedPropertyValue',
      'ErrorInvalidOperation',
      'ErrorInvalidRestriction',
      'ErrorUnsupportedPathForQuery',
      'ErrorUnsupportedPathForSortGroup',
      'ErrorInvalidValueForProperty',
      'ErrorPropertyUpdate',
      'ErrorPropertyValidationFailure',
      'ErrorMissingArgument',
      'ErrorInvalidArgument',
      'ErrorInvalidPagingMaxRows',
      'ErrorViewFilterRequired',
      'ErrorIncorrectUpdatePropertyCount',
      'ErrorUpdatePropertyMismatch',
      'ErrorUnsupportedPropertyDefinition',
      'ErrorUnsupportedMapiPropertyType',
      'ErrorNoPropertyTagForCustomProperties',
      'ErrorRequiredPropertyMissing',
      'ErrorValueOutOfRange',
      // As HTTP 413: parts of it may be smaller.
      'ErrorRequestStreamTooBig',
      ...versionCodes,
    ],
  ],
  [
    'quota',
    [
      'ErrorQuotaExceeded',
      'ErrorSubmissionQuotaExceeded',
      'ErrorMessageSubmissionBlocked',
      'ErrorMessagePerFolderCountReceiveQuotaExceeded',
    ],
  ],
  ['batch', ['ErrorBatchProcessingStopped']],
  [
    'move',
    [
      'ErrorMailboxMoveInProgress',
      'ErrorMailboxStoreUnavailable',
      'ErrorMailboxVersionNotSupported',
      'ErrorWrongServerVersion',
      'ErrorIncorrectRoutingHint',
    ],
  ],
];

const classes: ReadonlyMap<string, FailureClass> = new Map(
  byClass.flatMap(([failureClass, codes]) => codes.map((code) => [code, failureClass] as const)),
);

const prefixes: readonly (readonly [string, FailureClass])[] = [
  ['ErrorItemSave', 'poison'],
  ['ErrorCalendar', 'poison'],
];
