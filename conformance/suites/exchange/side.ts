import { demand, sentenceOf } from '../../checks.ts';
import { send } from '../../dav.ts';
import { unfold } from '../../objects.ts';
import { type Portcal, pause } from '../../portcal.ts';
import { PageSession } from '../page-api.ts';
import type { PythonOutlook } from './outlook.ts';

/** Of the people of the demo company. */
export const password = 'demo people may enter';

/** One person with three ways to one calendar. */
export class Side {
  readonly name: string;
  readonly mailbox: string;
  readonly calendar: string;
  readonly page: PageSession;
  /** Of the calendar, for CalDAV. */
  readonly url: string;
  readonly #outlook: PythonOutlook;

  private constructor(
    name: string,
    calendar: string,
    url: string,
    page: PageSession,
    outlook: PythonOutlook,
  ) {
    this.name = name;
    this.mailbox = `${name}@example.com`;
    this.calendar = calendar;
    this.page = page;
    this.url = url;
    this.#outlook = outlook;
  }

  static async open(portcal: Portcal, outlook: PythonOutlook, name: string): Promise<Side> {
    const page = await PageSession.signIn(portcal.origin, name, password);
    const { calendars } = await page.ask<{ calendars: { id: string; section: string; davUrl?: string }[] }>(
      'GET',
      '/calendars',
    );
    const own = calendars.find(({ section }) => section === 'mine');
    demand(own !== undefined, `${name} has no calendar: ${JSON.stringify(calendars).slice(0, 300)}`);
    return new Side(name, own.id, `${portcal.origin}/dav/calendars/${name}/personal/`, page, outlook);
  }

  outlook(command: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#outlook.ask({ who: this.mailbox, ...command });
  }

  async inExchange(): Promise<readonly Listed[]> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script's `listing` writes
    return (await this.outlook({ do: 'listing' })) as Listed[];
  }

  /** Titles of occurrences in the page, in the next weeks. */
  async inPage(): Promise<readonly string[]> {
    const query = `from=${day(-40)}&to=${day(120)}&calendars=${this.calendar}`;
    const { occurrences } = await this.page.ask<{ occurrences: { title: string }[] }>(
      'GET',
      `/events?${query}`,
    );
    return occurrences.map(({ title }) => title);
  }

  /** The calendar as a CalDAV client reads it: all objects, unfolded. */
  async byCaldav(): Promise<string> {
    const answer = await send({
      method: 'REPORT',
      url: this.url,
      headers: { Depth: '1', 'Content-Type': 'application/xml' },
      body: '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>',
      as: { name: this.name, password },
    });
    demand(answer.status === 207, `REPORT: ${answer.status} ${answer.text.slice(0, 200)}`);
    return unfold(answer.text.replaceAll('&#13;', ''));
  }

  async put(name: string, object: string): Promise<void> {
    const answer = await send({
      method: 'PUT',
      url: `${this.url}${name}.ics`,
      headers: { 'Content-Type': 'text/calendar' },
      body: object,
      as: { name: this.name, password },
    });
    demand(answer.status < 300, `PUT: ${answer.status} ${answer.text}`);
  }

  async synchronize(): Promise<void> {
    await this.page.ask('POST', '/exchange/sync');
  }

  /** Presses Synchronize until all three sides tell `title`, or none of them does where `present` is false. */
  async meets(title: string, present = true): Promise<void> {
    await until(async () => {
      const seen = {
        exchange: (await this.inExchange()).some(({ subject }) => subject === title),
        page: (await this.inPage()).includes(title),
        caldav: (await this.byCaldav()).includes(`SUMMARY:${title}`),
      };
      if (Object.values(seen).every((one) => one === present)) return undefined;
      await this.synchronize();
      return `${title}: ${JSON.stringify(seen)}`;
    });
  }
}

export interface Listed {
  readonly subject: string;
  readonly start: string;
  readonly type: string;
  readonly response: string;
  readonly attendees: readonly (readonly [address: string, response: string])[];
}

/** A day around today, as `YYYY-MM-DD`. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}

/** Asks again and again until `missing` answers undefined; rejects with its last sentence when the time is over. */
export async function until(missing: () => Promise<string | undefined>, limitMs = 40_000): Promise<void> {
  const started = Date.now();
  for (;;) {
    const last = await missing().catch(sentenceOf);
    if (last === undefined) return;
    demand(Date.now() - started < limitMs, last);
    await pause(250);
  }
}
