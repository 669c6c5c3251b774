import type { Dress } from './dress.ts';
import type { Content } from './store.ts';

/** Protocol versions in their order; a request names one of them in its header (MS-OXWSCDATA 2.2.5.10). */
export const versions = [
  'Exchange2007',
  'Exchange2007_SP1',
  'Exchange2010',
  'Exchange2010_SP1',
  'Exchange2010_SP2',
  'Exchange2013',
  'Exchange2013_SP1',
  'Exchange2015',
  'Exchange2016',
] as const;

export type Version = (typeof versions)[number];

export function atLeast(version: Version, wanted: Version): boolean {
  return versions.indexOf(version) >= versions.indexOf(wanted);
}

export const profileNames = ['exchange2010', 'exchange2013', 'exchange2016', 'exchangeSE', 'gromox'] as const;

export type ProfileName = (typeof profileNames)[number];

/** What one server product does differently from the others. */
export interface Profile {
  readonly name: ProfileName;
  /** The newest protocol it speaks. */
  readonly newest: Version;
  /** The attributes of its ServerVersionInfo header. */
  readonly build: Readonly<Record<string, string>>;
  /** `false` reproduces what was seen on Gromox 3.10 (exchange.md 19.4). */
  readonly expandsCalendarView: boolean;
  readonly occurrencesChangeMaster: boolean;
  readonly checksChangeKeys: boolean;
  readonly tellsChangeKeys: boolean;
  /** An answer to another version of a meeting than it has is refused; documents say it of changes and of what is sent alone. */
  readonly checksAnswers: boolean;
  readonly refusesBadSyncState: boolean;
  readonly tellsOriginalStartExactly: boolean;
  readonly writesPlainDates: boolean;
  readonly notifiesFolders: boolean;
  readonly hasServerTimeZones: boolean;
  readonly hasSoapAutodiscover: boolean;
  readonly faultStatus: 200 | 500;
  /**
   * Faults have no detail: their code stands in `faultcode`. What fails before an operation is looked at (whom the request is for) and
   * operations that are not known have none, and come as HTTP 500.
   */
  readonly bareFaults: boolean;
  readonly contentType: string;
  readonly hanging: number;
  /** Times end in `.000000Z`. */
  readonly writesFractions: boolean;
  /** A mailbox is called by its first address alone, but for SmtpAddress of a ConnectingSID. */
  readonly wantsPrimary: boolean;
  /** Elements of items stand where the schema has them, each once. */
  readonly tidyItems: boolean;
  /**
   * Without a word, an update leaves the busy state and the reminder as they are, deletes neither body nor guests, and forgets
   * all lists of guests when one is written.
   */
  readonly overlooksUpdates: boolean;
  /** Series are kept and told with the shortcomings of `lax-series.ts`. */
  readonly laxSeries: boolean;
  /** The zone of an item stands in a named property of its own, not in StartTimeZone and EndTimeZone. */
  readonly overlooksZones: boolean;
  /**
   * A stream serves the subscriptions of the mailbox it is asked for alone, and takes them with it when it ends or is replaced;
   * what follows its first envelope declares no namespaces.
   */
  readonly laxStreams: boolean;
  /** What an OccurrenceItemId is, it does not know: the whole request is refused. */
  readonly noOccurrences: boolean;
  /** Meetings are told of and mailed with the shortcomings of `lax-meetings.ts`. */
  readonly laxMeetings: boolean;
  /** A folder without folders in it is told of without a list of them. */
  readonly omitsEmptyLists: boolean;
  /** Who asks for the best form of a text gets the item as a mail with it. */
  readonly mailsBestForm: boolean;
  /** An answer to a meeting is kept where the request says, and if it says nothing, in the outbox. */
  readonly keepsAnswers: boolean;
  /** A plain text is told as the HTML that the server has made of it, and does not take the place of HTML. */
  readonly prefersHtml: boolean;
  /** Of the SOAP namespace in answers. */
  readonly soapPrefix: string;
  /** A UID that another program has made ends in 00 where it is kept as a binary id. */
  readonly endsUids: boolean;
  /** Restrictions may name binary properties; and named ones. */
  readonly searchesIds: boolean;
  readonly searchesNames: boolean;
  /** An update of one of these, such as `calendar:Location`, is refused with all that it comes with. */
  readonly refusesUpdates: readonly string[];
  /** PidTagSearchKey, by which copies are told from what was made by itself. */
  readonly tellsSearchKeys: boolean;
  /** Whether a meeting was sent (MeetingRequestWasSent). */
  readonly tellsInvitations: boolean;
  /** Without a word, updates leave these as they are. */
  readonly ignoresUpdates: readonly (keyof Content)[];
  /** Without a word, updates leave the pattern of a series as it is, and a single event single. */
  readonly ignoresPatterns: boolean;
  /** Nobody is mailed by an update. */
  readonly mailsNoUpdates: boolean;
  /** A stream comes as it is, without chunks, until the connection ends. */
  readonly plainStreams: boolean;
  /** A meeting that is accepted in another calendar goes into the default one. */
  readonly movesAccepted: boolean;
  /** So many items are told in one answer; for others the server is too busy. */
  readonly itemsAtOnce: number;
  /** How answers look from outside, whatever they say: `dress.ts`. */
  readonly dress: Dress;
}

const microsoft: Omit<Profile, 'name' | 'newest' | 'build'> = {
  expandsCalendarView: true,
  occurrencesChangeMaster: true,
  checksChangeKeys: true,
  tellsChangeKeys: true,
  checksAnswers: false,
  refusesBadSyncState: true,
  tellsOriginalStartExactly: true,
  writesPlainDates: true,
  notifiesFolders: true,
  hasServerTimeZones: true,
  hasSoapAutodiscover: true,
  faultStatus: 500,
  bareFaults: false,
  wantsPrimary: true,
  // One widespread client ignores a body whose type is written in any other way.
  contentType: 'text/xml; charset=utf-8',
  hanging: 10,
  writesFractions: false,
  tidyItems: true,
  overlooksUpdates: false,
  laxSeries: false,
  overlooksZones: false,
  laxStreams: false,
  noOccurrences: false,
  laxMeetings: false,
  omitsEmptyLists: false,
  mailsBestForm: false,
  keepsAnswers: false,
  prefersHtml: false,
  soapPrefix: 's',
  endsUids: true,
  searchesIds: true,
  searchesNames: true,
  refusesUpdates: [],
  tellsSearchKeys: true,
  tellsInvitations: true,
  ignoresUpdates: [],
  ignoresPatterns: false,
  mailsNoUpdates: false,
  movesAccepted: false,
  plainStreams: false,
  itemsAtOnce: Number.POSITIVE_INFINITY,
  dress: 'plain',
};

/** What Gromox of 2024 lacks of the profile `gromox`: read in its sources. */
export const gromoxOf2024: Partial<Profile> = {
  noOccurrences: true,
  ignoresUpdates: ['required', 'optional', 'resources'],
  ignoresPatterns: true,
  mailsNoUpdates: true,
  plainStreams: true,
};

function build(version: string, schema: string): Readonly<Record<string, string>> {
  const [major = '', minor = '', majorBuild = '', minorBuild = ''] = version.split('.');
  return {
    MajorVersion: major,
    MinorVersion: minor,
    MajorBuildNumber: majorBuild,
    MinorBuildNumber: minorBuild,
    Version: schema,
  };
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  exchange2010: {
    ...microsoft,
    name: 'exchange2010',
    newest: 'Exchange2010_SP2',
    build: build('14.3.513.0', 'Exchange2010_SP2'),
    hanging: 3,
  },
  exchange2013: {
    ...microsoft,
    name: 'exchange2013',
    newest: 'Exchange2013_SP1',
    build: build('15.0.1497.48', 'V2_23'),
    hanging: 3,
  },
  exchange2016: {
    ...microsoft,
    name: 'exchange2016',
    newest: 'Exchange2016',
    build: build('15.1.2507.61', 'V2017_07_11'),
  },
  exchangeSE: {
    ...microsoft,
    name: 'exchangeSE',
    newest: 'Exchange2016',
    build: build('15.2.2562.17', 'V2017_07_11'),
  },
  gromox: {
    ...microsoft,
    name: 'gromox',
    newest: 'Exchange2016',
    build: build('15.0.847.4040', 'V2017_07_11'),
    expandsCalendarView: false,
    occurrencesChangeMaster: false,
    checksChangeKeys: false,
    refusesBadSyncState: false,
    tellsOriginalStartExactly: false,
    writesPlainDates: false,
    notifiesFolders: false,
    hasServerTimeZones: false,
    hasSoapAutodiscover: false,
    faultStatus: 200,
    bareFaults: true,
    wantsPrimary: false,
    overlooksUpdates: true,
    laxSeries: true,
    overlooksZones: true,
    laxStreams: true,
    laxMeetings: true,
    omitsEmptyLists: true,
    mailsBestForm: true,
    keepsAnswers: true,
    prefersHtml: true,
    contentType: 'text/xml',
    writesFractions: true,
    tidyItems: false,
    soapPrefix: 'SOAP',
    endsUids: false,
    tellsInvitations: false,
  },
};
