import { type Checks, demand } from '../checks.ts';
import { basic, calendarType, send } from '../dav.ts';
import { moduleUrl } from '../install.ts';
import { calendarObject, event } from '../objects.ts';
import type { Portcal } from '../portcal.ts';
import type { Suite } from '../suite.ts';
import { describe, makeCalendar, remove, type Target } from '../target.ts';

/** The parts of the two packages that are used here; their own types are looser. */
interface NodeIcal {
  readonly async: {
    readonly fromURL: (
      url: string,
      options: { headers: Readonly<Record<string, string>> },
    ) => Promise<Record<string, NodeIcalItem>>;
  };
}
interface NodeIcalItem {
  readonly type: string;
  readonly summary?: string;
  readonly start?: Date;
}

interface IcalJs {
  readonly parse: (text: string) => unknown;
  readonly Component: new (jcal: unknown) => IcalComponent;
  readonly Event: new (
    component: IcalComponent,
  ) => { iterator: () => { next: () => object | null | undefined } };
}
interface IcalComponent {
  readonly getAllSubcomponents: (name: string) => IcalComponent[];
  readonly getFirstPropertyValue: (name: string) => unknown;
}

const zone = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'END:VTIMEZONE',
].join('\r\n');

/** The two iCalendar readers of the JavaScript world on a calendar fetched as one file, and on its feed. */
export const feedReaders: Suite = {
  name: 'feed-readers',
  about:
    'node-ical and ical.js read the calendar as one file: by login, and by feed address where there is one',
  limitSeconds: 60,
  modules: ['node-ical', 'ical.js'],

  async run({ target, checks }) {
    const { default: nodeIcal }: { default: NodeIcal } = await import(moduleUrl('node-ical'));
    const { default: icalJs }: { default: IcalJs } = await import(moduleUrl('ical.js'));
    for (const source of ['login', 'feed'] as const) {
      if (source === 'feed' && target.portcal === undefined) {
        checks.skip('the calendar by its feed address', 'needs a server that we may administer');
        continue;
      }
      const { url, headers, tidy } = await fill(target, source);
      const by = source === 'login' ? 'fetched with a login' : 'fetched by feed address';
      await checks.attempt(`node-ical reads the calendar ${by}`, async () => {
        const all = await nodeIcal.async.fromURL(url, { headers });
        const events = Object.values(all).filter(({ type }) => type === 'VEVENT');
        const summaries = events.map(({ summary }) => summary ?? '').sort();
        demand(summaries.join() === 'In Berlin,Second höhö,Weekly', summaries.join());
        const start =
          events.find(({ summary }) => summary === 'In Berlin')?.start?.toISOString() ?? 'missing';
        demand(start === '2030-07-01T08:00:00.000Z', `the event of 10:00 in Berlin starts at ${start}`);
      });
      await checks.attempt(`ical.js reads the calendar ${by}`, async () => {
        const { text } = await send({ method: 'GET', url, headers });
        const calendar = new icalJs.Component(icalJs.parse(text));
        const zones = calendar.getAllSubcomponents('vtimezone').length;
        demand(zones === 1, `${zones} time zones instead of one`);
        const weekly = calendar
          .getAllSubcomponents('vevent')
          .find((one) => one.getFirstPropertyValue('summary') === 'Weekly');
        demand(weekly !== undefined, 'the series is missing');
        const instances = new icalJs.Event(weekly).iterator();
        let count = 0;
        while (count < 10 && instances.next()) count++;
        demand(count === 5, `${count} instances instead of 5`);
      });
      await checks.attempt(`a second fetch with the ETag of the first is 304, ${by}`, async () => {
        const first = await send({ method: 'GET', url, headers });
        const etag = first.headers['etag'] ?? '';
        demand(etag.startsWith('"'), `the ETag is ${etag || 'missing'}`);
        const second = await send({ method: 'GET', url, headers: { ...headers, 'If-None-Match': etag } });
        demand(second.status === 304, `status ${second.status}`);
      });
      await tidy();
    }
    if (target.portcal !== undefined) await feedSwitch(target, target.portcal, checks);
  },
};

/** A calendar whose export is switched off is refused at once, with a sentence and without asking for a password. */
async function feedSwitch(target: Target, portcal: Portcal, checks: Checks): Promise<void> {
  const name = `switch-${Date.now().toString(36)}`;
  const calendar = `${target.account.name}/${name}`;
  const url = await makeCalendar(target, name, { components: ['VEVENT'] });
  const feed = await portcal.addLink(calendar, 'switch');
  const statusNow = async (address = feed): Promise<number> =>
    (await send({ method: 'GET', url: address })).status;
  const allow = (value: 'on' | 'off'): Promise<string> =>
    portcal.command(['calendar', 'set', calendar, '--allow-export', value]);
  await checks.attempt('a feed address works', async () => equal(await statusNow(), 200));
  await checks.attempt('a feed is 403 as soon as its calendar may not be exported', async () => {
    await allow('off');
    const { status, headers, text } = await send({ method: 'GET', url: feed });
    equal(status, 403);
    demand(!('www-authenticate' in headers), 'it asks for a password');
    demand(text.trim().length > 20, `the sentence is: ${text}`);
  });
  await checks.attempt('a feed works again when export is allowed again', async () => {
    await allow('on');
    equal(await statusNow(), 200);
  });
  await checks.attempt('a feed address that was never given is 404', async () =>
    equal(
      await statusNow(feed.replace(/[A-Za-z0-9_-]{16,}/, (token) => token.split('').reverse().join(''))),
      404,
    ),
  );
  await remove(target, url);
}

function equal(seen: number, wanted: number): void {
  demand(seen === wanted, `status ${seen} instead of ${wanted}`);
}

interface Filled {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tidy: () => Promise<void>;
}

/** A calendar of three events, two of them in one time zone, and how to fetch it. */
async function fill(target: Target, source: 'login' | 'feed'): Promise<Filled> {
  const name = `reader-${source}-${Date.now().toString(36)}`;
  const url = await makeCalendar(target, name, { components: ['VEVENT'] });
  const zoned = calendarObject([
    {
      kind: 'VEVENT',
      uid: 'berlin',
      lines: ['DTSTART;TZID=Europe/Berlin:20300701T100000', 'DURATION:PT1H', 'SUMMARY:In Berlin'],
    },
  ]).replace('BEGIN:VEVENT', `${zone}\r\nBEGIN:VEVENT`);
  const weekly = zoned
    .replace('UID:berlin', 'UID:weekly')
    .replace('SUMMARY:In Berlin', 'RRULE:FREQ=WEEKLY;COUNT=5\r\nSUMMARY:Weekly');
  for (const [uid, body] of Object.entries({
    berlin: zoned,
    weekly,
    second: event('second', 'Second höhö'),
  })) {
    const answer = await send({
      method: 'PUT',
      url: `${url}${uid}.ics`,
      headers: calendarType,
      body,
      as: target.account,
    });
    if (answer.status !== 201) throw new Error(`PUT ${uid}: ${describe(answer)}`);
  }
  const tidy = (): Promise<void> => remove(target, url);
  if (source === 'login') return { url, headers: { Authorization: basic(target.account) }, tidy };
  const feed = await target.portcal?.addLink(`${target.account.name}/${name}`, 'reader');
  return { url: feed ?? url, headers: {}, tidy };
}
