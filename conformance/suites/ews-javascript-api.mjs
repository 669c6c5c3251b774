/** Drives npm's ews-javascript-api: node ews-javascript-api.mjs MODULE-URL EWS-URL; one JSON line for each claim. */
const [moduleUrl, url] = process.argv.slice(2);
const ews = await import(moduleUrl);
const {
  Appointment,
  AppointmentSchema,
  CalendarFolder,
  CalendarView,
  ConflictResolutionMode,
  DateTime,
  DayOfTheWeek,
  DeleteMode,
  ExchangeService,
  ExchangeVersion,
  FolderId,
  Item,
  ItemId,
  PropertySet,
  Recurrence,
  SendCancellationsMode,
  SendInvitationsMode,
  SendInvitationsOrCancellationsMode,
  SyncFolderItemsScope,
  Uri,
  WebCredentials,
  WellKnownFolderName,
} = ews;

function say(claim, holds, detail = '') {
  console.log(JSON.stringify({ claim, holds: Boolean(holds), detail }));
}

async function attempt(claim, action) {
  try {
    const result = await action();
    say(claim, result === undefined || result === true, result);
  } catch (error) {
    say(claim, false, `${error?.constructor?.name}: ${error?.message}`);
  }
}

const service = new ExchangeService(ExchangeVersion.Exchange2013_SP1);
service.Credentials = new WebCredentials('alice@lab.test', 'secret');
service.Url = new Uri(url);
const calendar = new FolderId(WellKnownFolderName.Calendar);
let state = null;
const sync = async () => {
  const changes = await service.SyncFolderItems(
    calendar,
    PropertySet.IdOnly,
    null,
    100,
    SyncFolderItemsScope.NormalItems,
    state,
  );
  state = changes.SyncState;
  return changes.Count;
};

let id = '';
await attempt('an appointment is saved', async () => {
  const appointment = new Appointment(service);
  appointment.Subject = 'From the managed API';
  appointment.Location = 'Room 7';
  appointment.Start = new DateTime('2026-11-27T10:00:00Z');
  appointment.End = new DateTime('2026-11-27T11:00:00Z');
  await appointment.Save(SendInvitationsMode.SendToNone);
  id = appointment.Id.UniqueId;
});
await attempt('and read back with all of its properties', async () => {
  const read = await Appointment.Bind(service, new ItemId(id));
  return read.Subject === 'From the managed API' && read.Location === 'Room 7';
});
await attempt('it is synchronised once', async () => (await sync()) === 1 && (await sync()) === 0);
await attempt('a change is sent by fields and synchronised', async () => {
  const read = await Appointment.Bind(service, new ItemId(id), new PropertySet([AppointmentSchema.Location]));
  read.Location = 'Room 8';
  await read.Update(ConflictResolutionMode.AutoResolve, SendInvitationsOrCancellationsMode.SendToNone);
  return (await sync()) === 1;
});
await attempt('a weekly series is saved and expanded in a view', async () => {
  const series = new Appointment(service);
  series.Subject = 'Series';
  series.Start = new DateTime('2026-12-07T10:00:00Z');
  series.End = new DateTime('2026-12-07T11:00:00Z');
  series.Recurrence = new Recurrence.WeeklyPattern(series.Start, 1, [
    DayOfTheWeek.Monday,
    DayOfTheWeek.Wednesday,
  ]);
  series.Recurrence.StartDate = series.Start.Date ?? series.Start;
  series.Recurrence.NumberOfOccurrences = 4;
  await series.Save(SendInvitationsMode.SendToNone);
  const folder = await CalendarFolder.Bind(service, WellKnownFolderName.Calendar);
  const view = new CalendarView(new DateTime('2026-12-01T00:00:00Z'), new DateTime('2027-01-01T00:00:00Z'));
  const found = await folder.FindAppointments(view);
  return (
    found.Items.filter((one) => one.Subject === 'Series').length === 4 || `${found.Items.length} appointments`
  );
});
await attempt('an item that does not exist is an error of its own', async () => {
  try {
    await Item.Bind(service, new ItemId(id.replace(/AA(?=[A]{20})/, 'BB')));
    return 'no error';
  } catch (error) {
    return /not found|malformed|ErrorItemNotFound|ErrorInvalidId/i.test(
      `${error.message} ${error.ErrorCode}`,
    );
  }
});
await attempt('names are resolved', async () => {
  const names = await service.ResolveName('bob@lab.test');
  return names.Count === 1;
});
await attempt('time zones of the server are read', async () => {
  const zones = await service.GetServerTimeZones();
  return zones.some((one) => one.Id === 'W. Europe Standard Time') || `${zones.length} zones`;
});
await attempt('a second appointment is deleted', async () => {
  const appointment = new Appointment(service);
  appointment.Subject = 'To be deleted';
  appointment.Start = new DateTime('2026-11-28T10:00:00Z');
  appointment.End = new DateTime('2026-11-28T11:00:00Z');
  await appointment.Save(SendInvitationsMode.SendToNone);
  await appointment.Delete(DeleteMode.HardDelete, SendCancellationsMode.SendToNone);
});
process.exit(0);
