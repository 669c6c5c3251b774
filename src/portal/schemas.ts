/**
 * Every request and answer of the API as a schema, typed by `api.ts`: a difference between the two does not compile.
 *
 * As long as the API: one entry for each thing that is said.
 */
import { spokenLanguages } from '../i18n/languages.ts';
import type * as Api from './api.ts';
import { either, flag, list, nullable, number, object, oneOf, record, type Schema, text } from './json.ts';

const id: Schema<string> = text({ min: 1, max: 20, pattern: /^\d+$/ });
const word: Schema<string> = text({ max: 1_000 });
const longText: Schema<string> = text({ max: 200_000 });
const time: Schema<string> = text({ pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/, max: 30 });
const day: Schema<string> = text({ pattern: /^\d{4}-\d\d-\d\d$/, max: 10 });
const local: Schema<string> = text({ pattern: /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?$/, max: 19 });
const localDateTime: Schema<string> = text({ pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, max: 19 });
const zone: Schema<string> = text({ min: 1, max: 200 });
const color: Schema<string> = text({ pattern: /^#[0-9a-fA-F]{6}$/, max: 7 });
const etag: Schema<string> = text({ max: 60, pattern: /^"[^"]+"$/ });
const address: Schema<string> = text({ min: 3, max: 254, pattern: /^[^@\s<>"]+@[^@\s<>"]+$/ });
const webAddress: Schema<string> = text({ max: 2_000, pattern: /^https?:\/\/\S+$/i });
const secret: Schema<string> = text({ min: 1, max: 1_000 });
/** A new password: long enough not to be guessed, whatever it is made of. */
const newPassword: Schema<string> = text({ min: 8, max: 1_000 });
const language: Schema<Api.Language> = oneOf(spokenLanguages);
const level: Schema<Api.Level> = oneOf(['busy', 'titles', 'read', 'contribute', 'revise', 'edit', 'manage']);
const detail: Schema<Api.Detail> = oneOf(['full', 'titles', 'busy']);
const reason: Schema<Api.Reason> = oneOf([
  'not-owner',
  'read-only',
  'export-off',
  'export-forbidden',
  'may-not-share',
  'last-calendar',
]);
const count: Schema<number> = number({ min: 0 });
const logo: Schema<string> = text({
  max: 90_000,
  pattern: /^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/,
});

const errorCode: Schema<Api.ErrorCode> = oneOf([
  'E01',
  'E02',
  'E03',
  'E04',
  'E05',
  'E06',
  'E07',
  'E08',
  'E10',
  'E11',
  'E12',
  'E13',
  'E14',
  'E15',
  'E18',
  'E20',
]);

export const apiError: Schema<Api.ApiError> = object<Api.ApiError>(
  {
    error: errorCode,
    message: word,
    id: word,
    reason: word,
  },
  { detail: word, retryAfterSeconds: count, changedAt: time, etag },
);

// ---- around sign-in

export const portal: Schema<Api.Portal> = object<Api.Portal>({
  name: word,
  color: nullable(color),
  logo: nullable(logo),
  defaultLanguage: language,
  signIn: object<Api.Portal['signIn']>({
    password: flag,
    oidc: nullable(object<{ readonly label: string }>({ label: word })),
    proxy: nullable(object<NonNullable<Api.Portal['signIn']['proxy']>>({ name: word, known: flag })),
  }),
  setupOpen: flag,
  publicUrl: word,
});

export const signIn: Schema<Api.SignIn> = object<Api.SignIn>({
  name: text({ max: 1_000 }),
  password: text({ max: 1_000 }),
});

export const setUpQuery: Schema<{ readonly token: string }> = object<{ readonly token: string }>({
  token: text({ max: 100 }),
});

export const setUpState: Schema<Api.SetUpState> = object<Api.SetUpState>({
  open: flag,
  name: word,
  publicUrl: word,
  language,
});

export const setUp: Schema<Api.SetUp> = object<Api.SetUp>({
  token: text({ max: 100 }),
  name: text({ min: 1, max: 200 }),
  displayName: word,
  email: either(address, oneOf([''])),
  password: newPassword,
  publicUrl: either(webAddress, oneOf([''])),
  language,
  timeZone: zone,
  demoCalendar: flag,
});

const view: Schema<Api.View> = oneOf(['month', 'week', 'day', 'list']);
const theme: Schema<Api.Preferences['theme']> = oneOf(['auto', 'light', 'dark']);
const firstDay: Schema<number | null> = nullable(number({ min: 1, max: 7 }));
const minutes: Schema<number> = number({ min: 0, max: 60 * 24 * 366 });

export const person: Schema<Api.Person> = object<Api.Person>({
  id,
  kind: oneOf(['user', 'group', 'room', 'resource', 'company']),
  name: word,
  displayName: word,
  addresses: list(word),
});

const preferences: Schema<Api.Preferences> = object<Api.Preferences>({
  language,
  chosenLanguage: nullable(language),
  timeZone: zone,
  firstDay,
  weekNumbers: flag,
  hour12: nullable(flag),
  view,
  chosenView: nullable(view),
  defaultReminder: nullable(minutes),
  shortcuts: flag,
  bannerCollapsed: flag,
  theme,
  defaultCalendar: nullable(id),
});

export const me: Schema<Api.Me> = object<Api.Me>({
  etag,
  person,
  isAdmin: flag,
  hasPassword: flag,
  preferences,
  features: object<Api.Features>({
    caldav: flag,
    outlook: flag,
    exchange: flag,
    google: flag,
    requireAppPasswords: flag,
    secure: flag,
  }),
  sessions: list(
    object<Api.Session>({ id, current: flag, created: time, lastUsed: time, program: word, address: word }),
  ),
});

export const whoIsThere: Schema<{ readonly me: Api.Me | null }> = object<{
  readonly me: Api.Me | null;
}>({ me: nullable(me) });

export const mePatch: Schema<Api.MePatch> = object<Api.MePatch>(
  {},
  {
    displayName: text({ min: 1, max: 200 }),
    preferences: object<Api.PreferencesPatch>(
      {},
      {
        chosenLanguage: nullable(language),
        timeZone: zone,
        firstDay,
        weekNumbers: flag,
        hour12: nullable(flag),
        chosenView: nullable(view),
        defaultReminder: nullable(minutes),
        shortcuts: flag,
        bannerCollapsed: flag,
        theme,
        defaultCalendar: nullable(id),
      },
    ),
  },
);

export const passwordChange: Schema<Api.PasswordChange> = object<Api.PasswordChange>({
  current: text({ max: 1_000 }),
  password: newPassword,
  revokeAppPasswords: flag,
});

// ---- calendars

export const calendar: Schema<Api.Calendar> = object<Api.Calendar>({
  id,
  etag,
  name: word,
  ownerName: word,
  description: longText,
  color,
  order: nullable(number()),
  timeZone: nullable(zone),
  owner: person,
  section: oneOf(['mine', 'favourite', 'shared', 'group', 'company']),
  kind: oneOf(['events', 'tasks', 'mixed']),
  level,
  visible: flag,
  favourite: flag,
  isDefault: flag,
  canEdit: flag,
  canManage: flag,
  canChangeProperties: flag,
  canDelete: flag,
  deleteReason: nullable(reason),
  canShare: flag,
  canExport: flag,
  exportReason: nullable(reason),
  linkReason: nullable(reason),
  exportAllowed: flag,
  exportDetail: detail,
  exportForbidden: flag,
  exportForced: flag,
  everyone: nullable(level),
});

export const calendars: Schema<Api.Calendars> = object<Api.Calendars>({ calendars: list(calendar) });

const calendarName: Schema<string> = text({ min: 1, max: 200 });

export const newCalendar: Schema<Api.NewCalendar> = object<Api.NewCalendar>(
  { name: calendarName },
  {
    description: longText,
    color,
    timeZone: nullable(zone),
    exportAllowed: flag,
    exportDetail: detail,
    everyone: nullable(level),
    isDefault: flag,
    kind: oneOf(['events', 'tasks']),
    owner: either(id, oneOf(['company'])),
  },
);

export const calendarPatch: Schema<Api.CalendarPatch> = object<Api.CalendarPatch>(
  {},
  {
    name: calendarName,
    description: longText,
    color,
    order: nullable(number()),
    timeZone: nullable(zone),
    exportAllowed: flag,
    exportDetail: detail,
    everyone: nullable(level),
    isDefault: flag,
  },
);

export const deletedCalendar: Schema<{ readonly trash: Api.Id | null }> = object<{
  readonly trash: Api.Id | null;
}>({
  trash: nullable(id),
});

export const calendarOrder: Schema<{ readonly calendars: readonly Api.Id[] }> = object<{
  readonly calendars: readonly Api.Id[];
}>({ calendars: list(id, 2_000) });

export const visibility: Schema<{ readonly visible: boolean }> = object<{ readonly visible: boolean }>({
  visible: flag,
});

export const textQuery: Schema<{ readonly text?: string }> = object<{ readonly text?: string }>(
  {},
  { text: text({ max: 200 }) },
);

export const peopleQuery: Schema<{ readonly text: string }> = object<{ readonly text: string }>({
  text: text({ max: 200 }),
});

export const favouriteChoices: Schema<Api.FavouriteChoices> = object<Api.FavouriteChoices>({
  calendars: list(
    object<Api.FavouriteChoices['calendars'][number]>({
      id,
      name: word,
      owner: person,
      favourite: flag,
      exportAllowed: flag,
    }),
  ),
  truncated: flag,
});

// ---- events

const status: Schema<Api.Occurrence['status']> = oneOf(['confirmed', 'tentative', 'cancelled']);
const privacy: Schema<Api.Occurrence['privacy']> = oneOf(['public', 'private', 'confidential']);
const uid: Schema<string> = text({ max: 1_024 });
const recurrenceId: Schema<string> = text({ pattern: /^\d{8}(?:T\d{6}Z?)?$/, max: 16 });

export const eventsQuery: Schema<Api.EventsQuery> = object<Api.EventsQuery>(
  { from: text({ max: 30 }), to: text({ max: 30 }) },
  { calendars: text({ max: 20_000, pattern: /^(?:\d+(?:,\d+)*)?$/ }), zone, text: text({ max: 200 }) },
);

export const eventsAnswer: Schema<Api.EventsAnswer> = object<Api.EventsAnswer>({
  zone,
  occurrences: list(
    object<Api.Occurrence>(
      {
        id: text({ max: 2_000 }),
        cal: id,
        uid,
        recurrenceId: nullable(recurrenceId),
        title: longText,
        start: local,
        end: local,
        allDay: flag,
        tz: nullable(zone),
        repeats: flag,
        readOnly: flag,
        etag,
        location: longText,
        busy: flag,
        status,
        privacy,
        detail,
        hasReminder: flag,
        hasAttendees: flag,
      },
      { minutes, canDelete: flag },
    ),
    100_000,
  ),
  truncated: flag,
});

const eventTime: Schema<Api.EventTime> = either(
  object<{ readonly date: Api.Day }>({ date: day }),
  object<{ readonly dateTime: string; readonly zone: string | null }>({
    dateTime: localDateTime,
    zone: nullable(zone),
  }),
);

const weekday: Schema<Api.Weekday> = oneOf(['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']);

const ends: Schema<Api.Repeat['ends']> = either(
  object<{ readonly is: 'never' }>({ is: oneOf(['never']) }),
  either(
    object<{ readonly is: 'on'; readonly date: Api.Day }>({ is: oneOf(['on']), date: day }),
    object<{ readonly is: 'after'; readonly count: number }>({
      is: oneOf(['after']),
      count: number({ min: 1, max: 10_000 }),
    }),
  ),
);

const repeat: Schema<Api.Repeat> = object<Api.Repeat>(
  {
    frequency: oneOf(['daily', 'weekly', 'monthly', 'yearly']),
    interval: number({ min: 1, max: 1_000 }),
    ends,
  },
  {
    weekdays: list(weekday, 7),
    monthly: either(
      oneOf(['day']),
      object<{ readonly nth: number; readonly weekday: Api.Weekday }>({
        nth: number({ min: -5, max: 5 }),
        weekday,
      }),
    ),
  },
);

const anyRepeat: Schema<Api.Repeat | Api.CustomRepeat | null> = nullable(
  either(repeat, object<Api.CustomRepeat>({ rule: text({ min: 1, max: 2_000 }) })),
);

const link: Schema<Api.EventLink> = object<Api.EventLink>({ url: webAddress, label: text({ max: 500 }) });

const attendeeStatus = oneOf(['needs-action', 'accepted', 'declined', 'tentative', 'delegated']);

export const eventDetail: Schema<Api.EventDetail> = object<Api.EventDetail>({
  cal: id,
  uid,
  etag,
  recurrenceId: nullable(recurrenceId),
  title: longText,
  start: eventTime,
  end: eventTime,
  location: longText,
  description: text({ max: 10_000_000 }),
  repeat: anyRepeat,
  repeats: flag,
  reminders: list(count),
  otherReminders: count,
  busy: flag,
  status,
  privacy,
  categories: list(longText),
  organizer: nullable(
    object<{ readonly address: string; readonly name: string }>({ address: longText, name: longText }),
  ),
  attendees: list(
    object<Api.Attendee>({
      address: longText,
      name: longText,
      status: attendeeStatus,
      role: oneOf(['chair', 'required', 'optional', 'none']),
    }),
  ),
  links: list(object<Api.EventLink>({ url: longText, label: longText })),
  readOnly: flag,
  canDelete: flag,
  ownAnswer: nullable(attendeeStatus),
  isGuest: flag,
  detail,
  modified: time,
  local: object<Api.EventDetail['local']>({ start: local, end: local, zone }),
});

const eventMembers = {
  location: text({ max: 10_000 }),
  description: longText,
  repeat: anyRepeat,
  reminders: list(minutes, 50),
  busy: flag,
  status,
  privacy,
  categories: list(text({ min: 1, max: 200 }), 100),
  attendees: list(
    object<{ readonly address: string; readonly name?: string }>({ address }, { name: text({ max: 200 }) }),
    5_000,
  ),
  links: list(link, 100),
};

const title: Schema<string> = text({ max: 10_000 });

export const eventInput: Schema<Api.EventInput> = object<Api.EventInput>(
  { title, start: eventTime, end: eventTime },
  eventMembers,
);

export const eventPatch: Schema<Api.EventPatch> = object<Api.EventPatch>(
  {},
  { title, start: eventTime, end: eventTime, cal: id, ...eventMembers },
);

export const answerInput: Schema<Api.AnswerInput> = object<Api.AnswerInput>({
  answer: oneOf(['accepted', 'tentative', 'declined']),
});

export const instanceQuery: Schema<Api.InstanceQuery> = object<Api.InstanceQuery>({}, { recurrenceId, uid });

export const scopeQuery: Schema<Api.ScopeQuery> = object<Api.ScopeQuery>(
  {},
  { scope: oneOf(['one', 'following', 'all']), recurrenceId, uid },
);

export const eventChange: Schema<Api.EventChange> = object<Api.EventChange>({
  cal: id,
  uid,
  etag: nullable(etag),
  recurrenceId: nullable(recurrenceId),
  undo: word,
});

// ---- links, devices

const linkShape: Schema<Api.Link> = object<Api.Link>({
  id,
  etag,
  calendar: nullable(id),
  calendarName: word,
  label: word,
  detail,
  language: nullable(language),
  expires: nullable(time),
  created: time,
  lastUsed: nullable(time),
  lastProgram: nullable(word),
  useCount: count,
  addresses: nullable(
    object<Api.LinkAddresses>({
      https: longText,
      webcal: longText,
      google: longText,
      outlookWork: longText,
      outlookPrivate: longText,
    }),
  ),
  suspended: nullable(reason),
});

export { linkShape as link };

export const links: Schema<Api.Links> = object<Api.Links>({ links: list(linkShape) });

export const favouriteLinks: Schema<Api.FavouriteLinks> = object<Api.FavouriteLinks>({
  links: list(linkShape),
  included: list(object<Api.FavouriteLinks['included'][number]>({ id, name: word })),
  left: list(object<Api.FavouriteLinks['left'][number]>({ id, name: word, reason })),
});

const linkMembers = { label: text({ max: 200 }), detail, expires: nullable(time) };
export const newLink: Schema<Api.NewLink> = object<Api.NewLink>({}, linkMembers);
export const linkPatch: Schema<Api.LinkPatch> = object<Api.LinkPatch>(
  {},
  { ...linkMembers, language: nullable(language) },
);

export const connectInfo: Schema<Api.ConnectInfo> = object<Api.ConnectInfo>({
  calendar: nullable(id),
  calendarName: word,
  server: word,
  host: word,
  port: count,
  secure: flag,
  userName: word,
  davUrl: longText,
  wellKnownUrl: longText,
  principalUrl: longText,
  homeUrl: longText,
  calendarUrl: longText,
  authentication: oneOf(['Basic']),
  caldavAllowed: flag,
  requireAppPasswords: flag,
  stssync: nullable(longText),
  exportReason: nullable(reason),
  davx5: longText,
});

const appPassword: Schema<Api.AppPassword> = object<Api.AppPassword>({
  id,
  label: word,
  scope: oneOf(['read', 'write']),
  calendars: nullable(list(id)),
  created: time,
  lastUsed: nullable(time),
  lastProgram: nullable(word),
  lastAddress: nullable(word),
});

export const appPasswords: Schema<Api.AppPasswords> = object<Api.AppPasswords>({
  appPasswords: list(appPassword),
});

export const newAppPassword: Schema<Api.NewAppPassword> = object<Api.NewAppPassword>(
  { label: text({ min: 1, max: 200 }) },
  { scope: oneOf(['read', 'write']), calendars: list(id) },
);

export const issuedAppPassword: Schema<Api.IssuedAppPassword> = object<Api.IssuedAppPassword>({
  appPassword,
  secret,
});

const device: Schema<Api.DeviceKind> = oneOf(['apple', 'android']);
export const newConnectCode: Schema<Api.NewConnectCode> = object<Api.NewConnectCode>({ device });
export const connectCode: Schema<Api.ConnectCode> = object<Api.ConnectCode>({
  code: word,
  url: word,
  profileUrl: word,
  davx5: longText,
  expires: time,
});
export const codeState: Schema<Api.CodeState> = object<Api.CodeState>({
  valid: flag,
  device: nullable(device),
  displayName: word,
  userName: word,
  davUrl: word,
  davx5: longText,
  profileUrl: nullable(word),
  language,
});

export const testConnection: Schema<Api.TestConnection> = object<Api.TestConnection>(
  {},
  { secret: text({ max: 100 }) },
);
export const testAnswer: Schema<Api.TestAnswer> = object<Api.TestAnswer>({
  ok: flag,
  steps: list(
    object<Api.TestStep>({
      name: oneOf([
        'public-address',
        'tls',
        'well-known',
        'challenge',
        'options',
        'principal',
        'home',
        'calendars',
      ]),
      ok: flag,
      found: longText,
    }),
  ),
});

// ---- sharing, people, jobs, trash

export const shares: Schema<Api.Shares> = object<Api.Shares>({
  shares: list(
    object<Api.Share>({
      who: either(person, oneOf(['everyone'])),
      level,
      how: oneOf(['owner', 'share', 'everyone']),
      group: nullable(word),
      removable: flag,
      mayShareFurther: flag,
    }),
  ),
  linkCount: count,
});
export const newShare: Schema<Api.NewShare> = object<Api.NewShare>(
  { who: text({ min: 1, max: 20 }), level },
  { mayShareFurther: flag },
);
export const people: Schema<Api.PeopleAnswer> = object<Api.PeopleAnswer>({ people: list(person) });

export const importReport: Schema<Api.ImportReport> = object<Api.ImportReport>({
  added: count,
  updated: count,
  unchanged: count,
  failed: count,
  notices: list(
    object<Api.ImportNotice>({
      line: nullable(count),
      uid: nullable(longText),
      title: nullable(longText),
      code: word,
      message: longText,
    }),
  ),
});

export const refusedObjects: Schema<Api.RefusedObjects> = object<Api.RefusedObjects>({
  refused: list(
    object<Api.RefusedObject>({
      id,
      calendar: nullable(id),
      calendarName: word,
      name: longText,
      uid: nullable(longText),
      line: nullable(count),
      reason: word,
      detail: longText,
      at: time,
      program: word,
      sizeBytes: nullable(count),
    }),
  ),
});

export const job: Schema<Api.Job> = object<Api.Job>({
  id: word,
  kind: oneOf(['import']),
  calendar: id,
  state: oneOf(['running', 'done', 'failed', 'interrupted']),
  done: count,
  total: count,
  report: nullable(importReport),
  error: nullable(errorCode),
  message: nullable(word),
});

export const trash: Schema<Api.Trash> = object<Api.Trash>({
  items: list(
    object<Api.TrashItem>({
      id,
      what: oneOf(['event', 'calendar']),
      title: longText,
      calendar: id,
      calendarName: word,
      deleted: time,
      deletedBy: nullable(word),
    }),
  ),
  truncated: flag,
  days: count,
});

// ---- administration

export const overview: Schema<Api.Overview> = object<Api.Overview>({
  diagnostics: list(
    object<Api.Diagnostic>({
      name: oneOf([
        'tls',
        'public-address',
        'well-known',
        'clock',
        'mail',
        'disk',
        'backup',
        'database',
        'versions',
      ]),
      state: oneOf(['green', 'amber', 'red']),
      found: oneOf([
        'encrypted',
        'not-encrypted',
        'address-set',
        'address-unset',
        'well-known',
        'clock',
        'no-mail',
        'disk-free',
        'backups-off',
        'backups-none',
        'backups-age',
        'database-well',
        'database-broken',
        'versions',
      ]),
      values: record(longText),
      fix: nullable(
        oneOf(['encrypt', 'set-address', 'set-clock', 'make-room', 'make-backups', 'read-log', 'check-data']),
      ),
      command: nullable(longText),
    }),
  ),
  people: count,
  calendars: count,
  objects: count,
  sizeBytes: count,
  version: word,
  uptimeSeconds: count,
});

export const adminPerson: Schema<Api.AdminPerson> = object<Api.AdminPerson>({
  id,
  kind: oneOf(['user', 'group', 'room', 'resource', 'company']),
  name: word,
  displayName: word,
  addresses: list(word),
  etag,
  language: word,
  timeZone: zone,
  isAdmin: flag,
  disabled: flag,
  hasPassword: flag,
  source: oneOf(['local', 'ldap', 'oidc']),
  usedBytes: count,
  maxBytes: count,
  appPasswords: count,
  lastUsed: nullable(time),
});
export const adminPeople: Schema<Api.AdminPeople> = object<Api.AdminPeople>({
  people: list(adminPerson),
  truncated: flag,
});
export const newAdminPerson: Schema<Api.NewAdminPerson> = object<Api.NewAdminPerson>(
  { name: text({ min: 1, max: 200 }) },
  {
    displayName: text({ max: 200 }),
    email: address,
    language,
    timeZone: zone,
    isAdmin: flag,
    password: newPassword,
  },
);
export const issuedPerson: Schema<Api.IssuedPerson> = object<Api.IssuedPerson>({
  person: adminPerson,
  password: nullable(word),
});
export const adminPersonPatch: Schema<Api.AdminPersonPatch> = object<Api.AdminPersonPatch>(
  {},
  {
    displayName: text({ min: 1, max: 200 }),
    addresses: list(address, 50),
    isAdmin: flag,
    disabled: flag,
    language,
    timeZone: zone,
  },
);
export const peopleImport: Schema<Api.PeopleImportReport> = object<Api.PeopleImportReport>({
  added: list(object<Api.PeopleImportReport['added'][number]>({ name: word, password: word })),
  failed: list(object<Api.PeopleImportReport['failed'][number]>({ line: count, message: longText })),
});

export const adminGroup: Schema<Api.AdminGroup> = object<Api.AdminGroup>({
  id,
  kind: oneOf(['user', 'group', 'room', 'resource', 'company']),
  name: word,
  displayName: word,
  addresses: list(word),
  etag,
  members: list(person),
});
export const adminGroups: Schema<Api.AdminGroups> = object<Api.AdminGroups>({ groups: list(adminGroup) });
export const newGroup: Schema<Api.NewGroup> = object<Api.NewGroup>(
  {
    kind: oneOf(['group', 'room', 'resource']),
    name: text({ min: 1, max: 200 }),
    displayName: text({ min: 1, max: 200 }),
  },
  { email: address },
);
export const groupPatch: Schema<Api.GroupPatch> = object<Api.GroupPatch>(
  {},
  { displayName: text({ min: 1, max: 200 }), addresses: list(address, 50) },
);

export const adminCalendar: Schema<Api.AdminCalendar> = object<Api.AdminCalendar>({
  id,
  name: word,
  owner: person,
  objects: count,
  sizeBytes: count,
  exportAllowed: flag,
  exportForbidden: flag,
  exportForced: flag,
  links: count,
  modified: time,
});
export const adminCalendars: Schema<Api.AdminCalendars> = object<Api.AdminCalendars>({
  calendars: list(adminCalendar),
  truncated: flag,
});
export const adminCalendarPatch: Schema<Api.AdminCalendarPatch> = object<Api.AdminCalendarPatch>(
  {},
  { owner: id, exportAllowed: flag },
);

const rule: Schema<Api.ExportRule> = oneOf(['allowed', 'owner', 'forbidden']);
const linkDays: Schema<number | null> = nullable(number({ min: 1, max: 3_650 }));
export const policies: Schema<Api.Policies> = object<Api.Policies>({
  etag,
  export: object<Api.Policies['export']>({
    user: rule,
    group: rule,
    company: rule,
    room: rule,
    resource: rule,
  }),
  linkDetail: detail,
  linkDays,
  linksShownOnce: flag,
  requireAppPasswords: flag,
  requireAppPasswordsFixed: flag,
  profilePassword: flag,
});
export const policiesPatch: Schema<Api.PoliciesPatch> = object<Api.PoliciesPatch>(
  {},
  {
    export: object<Partial<Api.Policies['export']>>(
      {},
      { user: rule, group: rule, company: rule, room: rule, resource: rule },
    ),
    linkDetail: detail,
    linkDays,
    linksShownOnce: flag,
    requireAppPasswords: flag,
    profilePassword: flag,
  },
);

export const signInSettings: Schema<Api.SignInSettings> = object<Api.SignInSettings>({
  methods: list(
    object<Api.SignInSettings['methods'][number]>({
      name: oneOf(['password', 'app-password', 'ldap', 'proxy', 'oidc']),
      on: flag,
      where: nullable(word),
      setting: word,
    }),
  ),
  maxFailuresPerAccount: count,
  failureWindowSeconds: count,
  oidcRedirectUrl: word,
});
export const signInTest: Schema<Api.SignInTest> = object<Api.SignInTest>({ method: oneOf(['ldap', 'oidc']) });
export const testResult: Schema<{ readonly ok: boolean; readonly found: string }> = object<{
  readonly ok: boolean;
  readonly found: string;
}>({ ok: flag, found: longText });

export const appearance: Schema<Api.Appearance> = object<Api.Appearance>({
  etag,
  name: word,
  color: nullable(color),
  logo: nullable(logo),
  defaultLanguage: language,
});
export const appearancePatch: Schema<Api.AppearancePatch> = object<Api.AppearancePatch>(
  {},
  {
    name: text({ min: 1, max: 100 }),
    color: nullable(color),
    logo: nullable(logo),
    defaultLanguage: language,
  },
);

export const auditQuery: Schema<Api.AuditQuery> = object<Api.AuditQuery>(
  {},
  {
    who: text({ max: 200 }),
    action: text({ max: 100 }),
    from: text({ max: 30 }),
    to: text({ max: 30 }),
    before: id,
  },
);
export const auditAnswer: Schema<Api.AuditAnswer> = object<Api.AuditAnswer>({
  entries: list(
    object<Api.AuditEntry>({
      id,
      at: time,
      who: nullable(word),
      via: word,
      action: word,
      subject: longText,
      about: list(
        object<Api.AuditPart>({
          is: oneOf([
            ...(['calendar', 'person', 'group', 'room', 'resource', 'company', 'link'] as const),
            ...([
              'app-password',
              'account',
              'exchange-link',
              'rule',
              'setting',
              'program',
              'word',
              'text',
            ] as const),
          ]),
          text: longText,
        }),
      ),
      address: word,
    }),
  ),
  next: nullable(id),
});
