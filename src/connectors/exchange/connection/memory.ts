/** What is remembered of the server behind one mailbox (`ConnectorAccount.memory`): JSON, read with suspicion. */
import type { ContentField } from '../../event.ts';
import type { KeptField } from '../mapping/kept.ts';
import type { SchemaVersion } from '../wire/schema-version.ts';
import { isSchemaVersion } from './versions.ts';

/** Undefined: not known yet. */
export interface Memory {
  /** The settings under which all of this was found out. */
  readonly base?: string | undefined;
  /** From autodiscover. */
  readonly url?: string | undefined;
  /** When that was found, epoch milliseconds. */
  readonly urlFound?: number | undefined;
  /** `GroupingInformation`: mailboxes that may share a streaming connection. */
  readonly group?: string | undefined;
  /** The address of the mailbox is not the one by which the server calls it. */
  readonly isAlias?: boolean | undefined;
  readonly version?: SchemaVersion | undefined;
  /** `15.1.2507.27` */
  readonly build?: string | undefined;
  readonly quirks?: Quirks | undefined;
}

/** A part of an event that is changed by itself. */
export type ChangedPart = ContentField | 'instances';

/** Parts of which the server takes a change and says afterwards what it said before; false: it was seen to keep one. */
type IgnoredParts = { readonly [Part in ChangedPart as `ignores:${Part}`]?: boolean | undefined };

/** Where servers were seen to differ from what is documented (exchange.md 14.4). Undefined: not seen yet. */
export interface Quirks extends IgnoredParts {
  /** A write with an old change key is accepted. */
  readonly weakChangeKey?: boolean | undefined;
  /** A sync state that the server does not know starts the listing anew without a word. */
  readonly silentRestart?: boolean | undefined;
  /** CalendarView lists series, not their occurrences. */
  readonly flatCalendarView?: boolean | undefined;
  /** A change of an occurrence does not show in SyncFolderItems. */
  readonly silentOccurrences?: boolean | undefined;
  /** Subscriptions to single folders deliver nothing. */
  readonly wholeMailboxNotifications?: boolean | undefined;
  /** No search by the marker property. */
  readonly noMarkerSearch?: boolean | undefined;
  /** No search by the id under which a UID is kept. */
  readonly noUidSearch?: boolean | undefined;
  readonly noStreaming?: boolean | undefined;
  /** It has no list of time zones: the names of zones may mean nothing to it. */
  readonly noServerTimeZones?: boolean | undefined;
  /** Autodiscover in SOAP is not understood. */
  readonly noSoapAutodiscover?: boolean | undefined;
  /** Faults come as HTTP 200. */
  readonly faultsAsSuccess?: boolean | undefined;
  /** The type of its answers does not say their charset. */
  readonly noCharset?: boolean | undefined;
  /** Fields of events that it takes and does not keep (`keptFields`). */
  readonly noBody?: boolean | undefined;
  readonly noLocation?: boolean | undefined;
  readonly noImportance?: boolean | undefined;
  readonly noCategories?: boolean | undefined;
  readonly noSensitivity?: boolean | undefined;
  readonly noBusyStatus?: boolean | undefined;
  readonly noReminder?: boolean | undefined;
}

/** What tells of each field whether it is kept. */
export const keptFields: Readonly<Record<KeptField, keyof Quirks>> = {
  description: 'noBody',
  location: 'noLocation',
  importance: 'noImportance',
  categories: 'noCategories',
  privacy: 'noSensitivity',
  busy: 'noBusyStatus',
  reminder: 'noReminder',
};

/** What tells of each part whether a change of it is ignored. */
export const ignoredParts: Readonly<Record<ChangedPart, keyof IgnoredParts>> = {
  when: 'ignores:when',
  title: 'ignores:title',
  description: 'ignores:description',
  location: 'ignores:location',
  busy: 'ignores:busy',
  privacy: 'ignores:privacy',
  importance: 'ignores:importance',
  categories: 'ignores:categories',
  reminder: 'ignores:reminder',
  cancelled: 'ignores:cancelled',
  people: 'ignores:people',
  answer: 'ignores:answer',
  url: 'ignores:url',
  instances: 'ignores:instances',
};

/** The fields that are not. */
export function unkeptOf(quirks: Quirks): readonly KeptField[] {
  const names: readonly KeptField[] = [
    'description',
    'location',
    'importance',
    'categories',
    'privacy',
    'busy',
    'reminder',
  ];
  return names.filter((name) => quirks[keptFields[name]] === true);
}

/**
 * Whether the server departs from what is documented where every server of Microsoft's keeps to it. To such a one things are
 * told so that they hold whatever it overlooks.
 */
export function isPeculiar({ silentRestart, noServerTimeZones }: Quirks): boolean {
  return silentRestart === true || noServerTimeZones === true;
}

/**
 * Whether a write with an old version would be accepted. Only the connection test tries that; a server that takes states which
 * it has never given is not trusted with versions either, until it was tried.
 */
export function takesStaleVersions({ weakChangeKey, silentRestart }: Quirks): boolean {
  return weakChangeKey ?? silentRestart ?? false;
}

/**
 * Whether to listen to all of a mailbox for one of its folders. As long as nobody has tried, a peculiar server is not trusted
 * to tell of single ones; what is heard of others is passed by.
 */
export function listensToAll(quirks: Quirks): boolean {
  return quirks.wholeMailboxNotifications ?? isPeculiar(quirks);
}

/** The eight that a connection test tells of, found or not, in the words of exchange.md 14.4. */
const probed: readonly (readonly [words: string, quirk: keyof Quirks, isSo: boolean])[] = [
  ['accepts stale change keys', 'weakChangeKey', true],
  ['reports invalid sync states', 'silentRestart', false],
  ['expands CalendarView', 'flatCalendarView', false],
  ['notifies per folder', 'wholeMailboxNotifications', false],
  ['faults with HTTP 200', 'faultsAsSuccess', true],
  ['GetServerTimeZones', 'noServerTimeZones', false],
  ['SOAP autodiscover', 'noSoapAutodiscover', false],
  ['charset in Content-Type', 'noCharset', false],
];

/** As a line for administrators; what was not tried is told as unknown. */
export function capabilitiesText(quirks: Quirks): string {
  const known = probed.map(([words, quirk, isSo]) => {
    const found = quirks[quirk];
    return `${words}: ${found === undefined ? 'unknown' : found === isSo ? 'yes' : 'no'}`;
  });
  const names = new Set<string>(probed.map(([, quirk]) => quirk));
  const others = Object.entries(quirks).flatMap(([name, isSo]) =>
    isSo === true && !names.has(name) ? [name] : [],
  );
  return [...known, ...others].join(', ');
}

const quirkNames = [
  'weakChangeKey',
  'silentRestart',
  'flatCalendarView',
  'silentOccurrences',
  'wholeMailboxNotifications',
  'noMarkerSearch',
  'noUidSearch',
  'noStreaming',
  'noServerTimeZones',
  'noSoapAutodiscover',
  'faultsAsSuccess',
  'noCharset',
  ...Object.values(keptFields),
  ...Object.values(ignoredParts),
] as const;

/** Empty for what was found out under other settings: it may be true of another server. */
export function readMemory(json: string, base: string): Memory {
  const value = parsed(json);
  const text = (key: string): string | undefined => {
    const found = value[key];
    return typeof found === 'string' && found !== '' ? found : undefined;
  };
  if (text('base') !== base) return { base };
  const version = text('version');
  const url = text('url');
  const found = value['urlFound'];
  return {
    base: text('base'),
    url: url !== undefined && URL.canParse(url) ? url : undefined,
    urlFound: typeof found === 'number' ? found : undefined,
    group: text('group'),
    ...(value['isAlias'] === true && { isAlias: true }),
    version: version !== undefined && isSchemaVersion(version) ? version : undefined,
    build: text('build'),
    quirks: quirksFrom(value['quirks']),
  };
}

export function writeMemory(memory: Memory): string {
  return JSON.stringify(memory);
}

function quirksFrom(value: unknown): Quirks {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    quirkNames.flatMap((name) => (typeof value[name] === 'boolean' ? [[name, value[name]]] : [])),
  );
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    return isRecord(value) ? value : {};
  } catch {
    // Memory is a convenience: what cannot be read is found out again.
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
