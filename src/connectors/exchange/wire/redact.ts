/**
 * Traces of requests and answers for support: the shape of the XML, response codes and versions, and nothing else. What may
 * be shown is listed; whatever a server adds later is therefore hidden (exchange.md 18.3).
 */

/** Texts that say nothing about people. */
const shownTexts: ReadonlySet<string> = new Set([
  'ResponseCode',
  'BaseShape',
  'BodyType',
  'SyncScope',
  'MaxChangesReturned',
  'IncludesLastItemInRange',
  'IncludesLastFolderInRange',
  'ItemClass',
  'FolderClass',
  'CalendarItemType',
  'ConnectionTimeout',
  'ConnectionStatus',
  'EventType',
  'Timeout',
  'faultcode',
  'Interval',
  'DaysOfWeek',
  'DayOfWeekIndex',
  'DayOfMonth',
  'Month',
  'NumberOfOccurrences',
  'IsAllDayEvent',
  'IsMeeting',
  'IsCancelled',
  'IsRecurring',
  'LegacyFreeBusyStatus',
  'Sensitivity',
  'Importance',
  'MyResponseType',
  'ResponseType',
  'Start',
  'End',
  'StartDate',
  'EndDate',
  'OriginalStart',
]);

/** Attributes that name parts of the protocol. Ids and change keys are shortened: enough to tell two apart. */
const shownAttributes: ReadonlySet<string> = new Set([
  'FieldURI',
  'PropertySetId',
  'PropertyName',
  'PropertyType',
  'PropertyTag',
  'Version',
  'MajorVersion',
  'MinorVersion',
  'MajorBuildNumber',
  'MinorBuildNumber',
  'ResponseClass',
  'Traversal',
  'MaxEntriesReturned',
  'Offset',
  'BasePoint',
  'TotalItemsInView',
  'IncludesLastItemInRange',
  'IndexedPagingOffset',
  'BodyType',
  'ConflictResolution',
  'SendMeetingInvitations',
  'SendMeetingInvitationsOrCancellations',
  'SendMeetingCancellations',
  'DeleteType',
  'MessageDisposition',
  'InstanceIndex',
  'Kind',
]);
const maxTrace = 64 * 1024;

export function redactedXml(xml: string): string {
  return xml
    .slice(0, maxTrace)
    .replaceAll(/<!--.*?(?:-->|$)/gs, '')
    .replaceAll(/<!\[CDATA\[.*?(?:\]\]>|$)/gs, '…')
    .replaceAll(
      /<([/?]?)([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>([^<]*)/g,
      (_, slash: string, prefix: string | undefined, name: string, attributes: string, text: string) => {
        const tag = `<${slash}${prefix ?? ''}${name}${redactedAttributes(attributes)}>`;
        if (text.trim() === '') return tag;
        return `${tag}${slash === '' && shownTexts.has(name) ? text : '…'}`;
      },
    );
}

function redactedAttributes(text: string): string {
  return text.replaceAll(
    /([\w.:-]+)(\s*=\s*)(?:"([^"]*)"|'([^']*)')/g,
    (
      whole: string,
      name: string,
      _equals: string,
      double: string | undefined,
      single: string | undefined,
    ) => {
      const value = double ?? single ?? '';
      if (name.startsWith('xmlns')) return '';
      if (shownAttributes.has(name)) return whole;
      if (name === 'Id' || name === 'ChangeKey' || name === 'RecurringMasterId')
        return `${name}="…${value.slice(-6)}"`;
      return `${name}="…"`;
    },
  );
}

/** Headers without logins and cookies. */
export function redactedHeaders(
  headers: Iterable<readonly [string, string]>,
): Readonly<Record<string, string>> {
  const shown = new Set([
    'content-type',
    'content-encoding',
    'content-length',
    'date',
    'server',
    'retry-after',
    'connection',
    'request-id',
    'client-request-id',
    'x-diaginfo',
    'x-feserver',
    'x-beserver',
    'x-calculatedbetarget',
    'x-preferserveraffinity',
    'user-agent',
  ]);
  const result: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    // The names of the ways in, without their tokens.
    if (lower === 'www-authenticate')
      result[lower] = value.replaceAll(/(NTLM|Negotiate|Bearer)\s+[^\s,]+/gi, '$1 …');
    else result[lower] = shown.has(lower) ? value : '…';
  }
  return result;
}
