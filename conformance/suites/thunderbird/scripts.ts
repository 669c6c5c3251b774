/**
 * The scripts that run inside Thunderbird. They use its calendar's own interfaces, the ones its windows use.
 *
 * Each is the inside of an async function of one argument `a` and returns something that JSON can carry.
 */

const prelude = `
  const { cal } = ChromeUtils.importESModule('resource:///modules/calendar/calUtils.sys.mjs');
  const calendar = () => cal.manager.getCalendars().find((one) => one.id == a.id);
  const pause = (ms) => new Promise((resolve) => {
    const timer = Cc['@mozilla.org/timer;1'].createInstance(Ci.nsITimer);
    globalThis.keptTimers = [...(globalThis.keptTimers ?? []), timer];
    timer.initWithCallback({ notify: resolve }, ms, 0);
  });
  const synchronise = async (which) => {
    let ended;
    const end = new Promise((resolve) => { ended = resolve; });
    const observer = {
      QueryInterface: ChromeUtils.generateQI(['calIObserver']),
      onStartBatch() {}, onEndBatch() {}, onAddItem() {}, onModifyItem() {}, onDeleteItem() {},
      onPropertyChanged() {}, onPropertyDeleting() {},
      onLoad() { ended('load'); },
      onError(_, number, message) { ended('error ' + number + ' ' + message); },
    };
    which.addObserver(observer);
    which.refresh();
    const result = await Promise.race([end, pause(25000).then(() => 'no end after 25 s')]);
    await pause(700);
    which.removeObserver(observer);
    return result;
  };
  const items = (which, from, to, occurrences) => {
    const F = Ci.calICalendar;
    const filter = F.ITEM_FILTER_TYPE_ALL | F.ITEM_FILTER_COMPLETED_ALL | (occurrences ? F.ITEM_FILTER_CLASS_OCCURRENCES : 0);
    return which.getItemsAsArray(filter, 0, from ? cal.createDateTime(from) : null, to ? cal.createDateTime(to) : null);
  };
`;

const script = (body: string): string => `${prelude}${body}`;

export const version = 'return Services.appinfo.version;';

/** What the dialog for a new calendar finds, by the providers that are not skipped: a = { user, password, url, save, skip }. */
export interface FoundCalendar {
  readonly provider: string;
  readonly name: string;
  readonly url: string;
  readonly readOnly: boolean;
  readonly takesEvents: boolean | null;
  readonly takesTasks: boolean | null;
}
export const detect: string = script(`
  const found = await cal.provider.detection.detect(a.user, a.password, a.url, a.save, [() => a.skip], {});
  return [...found.entries()].flatMap(([provider, list]) => list.map((one) => ({
    provider: provider.type,
    name: one.name,
    url: one.uri.spec,
    readOnly: one.readOnly,
    takesEvents: one.getProperty('capabilities.events.supported'),
    takesTasks: one.getProperty('capabilities.tasks.supported'),
  })));`);

/** a = { origin } → the realms for which a password is saved. */
export const savedRealms: string = script(`
  const logins = await Services.logins.searchLoginsAsync({ origin: a.origin });
  return logins.map((login) => login.httpRealm);`);

/** What a person does who is asked for the password: a = { user, password, origin, realm }. */
export const savePassword: string = script(`
  await cal.auth.passwordManagerSave(a.user, a.password, a.origin, a.realm);`);

/** Adds a calendar to the list: a = { provider, url, name, user, readOnly } → its id. */
export const subscribe: string = script(`
  const have = cal.manager.getCalendars().find((one) => one.uri?.spec == a.url);
  if (have) return have.id;
  const made = cal.manager.createCalendar(a.provider, Services.io.newURI(a.url));
  made.name = a.name;
  if (a.readOnly) made.readOnly = true;
  made.setProperty('username', a.user);
  made.setProperty('cache.enabled', true);
  made.setProperty('refreshInterval', '0');
  cal.manager.registerCalendar(made);
  await pause(3000);
  return made.id;`);

/** a = { id } */
export interface Synchronised {
  readonly result: string;
  readonly readOnly: boolean;
  readonly disabled: boolean | null;
  readonly count: number;
}
export const synchroniseCalendar: string = script(`
  const which = calendar();
  if (!which) return { result: 'the calendar is gone', readOnly: false, disabled: true, count: 0 };
  const result = await synchronise(which);
  return {
    result,
    readOnly: which.readOnly,
    disabled: which.getProperty('disabled'),
    count: (await items(which)).length,
  };`);

/** Synchronises and looks for one item: a = { id, uid } → { result, title }. */
export interface SeenItem {
  readonly result: string;
  readonly title: string | null;
}
export const synchroniseAndFind: string = script(`
  const which = calendar();
  if (!which) return { result: 'the calendar is gone', title: null };
  const result = await synchronise(which);
  return { result, title: (await which.getItem(a.uid))?.title ?? null };`);

/** Synchronises and counts the items of a range: a = { id, from, to } → { result, count }. */
export const synchroniseAndCount: string = script(`
  const which = calendar();
  const result = await synchronise(which);
  return { result, count: (await items(which, a.from, a.to)).length };`);

/** a = { id, event }, the text of one VEVENT. */
export const addEvent: string = script(`
  const { CalEvent } = ChromeUtils.importESModule('resource:///modules/CalEvent.sys.mjs');
  return (await calendar().addItem(new CalEvent(a.event))).id;`);

/** a = { id, uid, title } */
export const addTask: string = script(`
  const { CalTodo } = ChromeUtils.importESModule('resource:///modules/CalTodo.sys.mjs');
  const task = new CalTodo();
  task.id = a.uid;
  task.title = a.title;
  task.dueDate = cal.createDateTime('20310401T120000Z');
  return (await calendar().addItem(task)).id;`);

/** a = { id, uid, title } */
export const rename: string = script(`
  const old = await calendar().getItem(a.uid);
  const changed = old.clone();
  changed.title = a.title;
  return (await calendar().modifyItem(changed, old)).id;`);

/** a = { id, uid } */
export const completeTask: string = script(`
  const old = await calendar().getItem(a.uid);
  const changed = old.clone();
  changed.isCompleted = true;
  return (await calendar().modifyItem(changed, old)).id;`);

/** Moves the second instance of a series to 15:00 and renames it: a = { id, uid, title }. */
export const moveSecondInstance: string = script(`
  const old = await calendar().getItem(a.uid);
  const range = [cal.createDateTime('20310301T000000Z'), cal.createDateTime('20310501T000000Z')];
  const instance = old.recurrenceInfo.getOccurrences(...range, 0)[1].clone();
  instance.title = a.title;
  const start = instance.startDate.clone();
  start.hour = 15;
  instance.startDate = start;
  const end = instance.endDate.clone();
  end.hour = 16;
  instance.endDate = end;
  const changed = old.clone();
  changed.recurrenceInfo.modifyException(instance, true);
  return (await calendar().modifyItem(changed, old)).id;`);

/** The starts of all instances of one item: a = { id, uid, from, to }. */
export const instanceStarts: string = script(`
  const all = await items(calendar(), a.from, a.to, true);
  return all.filter((one) => one.id == a.uid).map((one) => one.startDate.icalString);`);

/** a = { id, uid } */
export const deleteItem: string = script(`
  await calendar().deleteItem(await calendar().getItem(a.uid));`);

/** Asks for another person's busy times: a = { who } → { count, kinds }. */
export const freeBusy: string = script(`
  const range = [cal.createDateTime('20310301T000000Z'), cal.createDateTime('20310401T000000Z')];
  const all = Ci.calIFreeBusyInterval.BUSY_ALL;
  return await new Promise((resolve) => {
    cal.freeBusyService.getFreeBusyIntervals(a.who, ...range, all, {
      onResult(_, list) {
        resolve(list === null ? { count: -1, kinds: [] } : { count: list.length, kinds: list.map((one) => one.freeBusyType) });
      },
    });
  });`);
