/**
 * A phone and an Outlook that edit one linked calendar, and what each of them was promised.
 *
 * Every event belongs to the side that made it: that side alone changes its title and deletes it, the other one alone changes
 * its location. So no two edits ever compete, and each of them must be on both sides in the end. Events whose number
 * divides by three are left alone by the other side; those may be deleted.
 */
import { demand } from '../../checks.ts';
import { basic, calendarType, send } from '../../dav.ts';
import type { Outlook, Seen } from '../../exchange/outlook.ts';
import { event, unfold } from '../../objects.ts';
import { pause } from '../../portcal.ts';
import type { Random } from '../../random.ts';
import type { Account } from '../../target.ts';
import { day } from './side.ts';

/** What an event must look like: one of these values, the last one if nothing was cut off. */
export interface Promised {
  title: readonly string[];
  location: readonly string[];
  /** `perhaps`: it was being made or deleted when the server died. */
  there: 'yes' | 'no' | 'perhaps';
}

/** By `c3` for the third event of the phone and `o3` for the third of Outlook. */
export type Promises = Map<string, Promised>;

export interface Listed {
  readonly key: string;
  readonly title: string;
  readonly location: string;
  readonly start: string;
}

const isShared = (key: string): boolean => Number(key.slice(1)) % 3 !== 0;
/** `o3` of the title `o3 r7`. */
export const keyOf = (title: string): string => title.split(' ', 1)[0] ?? '';

/** A CalDAV client that sends one request at a time and never writes over what it has not read. */
export class Phone {
  acknowledged = 0;
  cutOff = 0;
  readonly faults: string[] = [];
  readonly #url: string;
  readonly #account: Account;
  readonly #random: Random;
  readonly #promises: Promises;
  #count = 0;
  #revision = 0;

  constructor(url: string, account: Account, random: Random, promises: Promises) {
    this.#url = url;
    this.#account = account;
    this.#random = random;
    this.#promises = promises;
  }

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.#act();
      } catch {
        this.cutOff++;
        return; // Killed under way: the promise says that both outcomes are right.
      }
      await pause(this.#random.int(5, 60));
    }
  }

  /** All events as this client reads them. */
  async list(): Promise<readonly Listed[]> {
    return (await this.#read()).map(({ listed }) => listed);
  }

  async #act(): Promise<void> {
    const own = [...this.#promises].filter(([key, { there }]) => key.startsWith('c') && there === 'yes');
    const [key, promised] = own[this.#random.int(0, own.length - 1)] ?? [];
    const choice = this.#random.next();
    if (key === undefined || promised === undefined || choice < 0.4) await this.#create();
    else if (choice < 0.7) await this.#rename(key, promised);
    else if (choice < 0.9) await this.#locate();
    else if (!isShared(key)) await this.#delete(key, promised);
  }

  async #create(): Promise<void> {
    const key = `c${++this.#count}`;
    const title = `${key} r${++this.#revision}`;
    const promised: Promised = { title: [title], location: [''], there: 'perhaps' };
    this.#promises.set(key, promised);
    const start = `${day(2 + (this.#count % 60)).replaceAll('-', '')}T${String(6 + (this.#count % 12)).padStart(2, '0')}0000Z`;
    // A guest whom nobody may mail: the connector is told to send no invitations.
    const guests = [
      `ORGANIZER:mailto:${this.#account.email}`,
      'ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:guest@elsewhere.example',
    ];
    const text = event(`${this.#account.name}-${key}`, title, start, this.#count % 4 === 1 ? guests : []);
    const { status } = await this.#send('PUT', key, { ...calendarType, 'If-None-Match': '*' }, text);
    demand(status < 300, `PUT: ${status}`);
    promised.there = 'yes';
    this.acknowledged++;
  }

  async #rename(key: string, promised: Promised): Promise<void> {
    const found = await this.#get(key);
    if (found === undefined) {
      this.faults.push(`${key} was acknowledged and is gone`);
      promised.there = 'no';
      return;
    }
    const before = line(found.text, 'SUMMARY');
    if (!promised.title.includes(before))
      this.faults.push(`${key} is called ${before} instead of ${promised.title.join(' or ')}`);
    const title = `${key} r${++this.#revision}`;
    promised.title = [before, title];
    const text = found.text.replace(/^SUMMARY[^\r\n]*/m, `SUMMARY:${title}`);
    const status = await this.#put(key, found.etag, text);
    promised.title = [status < 300 ? title : before];
  }

  async #delete(key: string, promised: Promised): Promise<void> {
    const found = await this.#get(key);
    if (found === undefined) return;
    promised.there = 'perhaps';
    const { status } = await this.#send('DELETE', key, { 'If-Match': found.etag });
    promised.there = status < 300 ? 'no' : 'yes';
    if (status < 300) this.acknowledged++;
  }

  /** Says where an event of Outlook takes place. */
  async #locate(): Promise<void> {
    const theirs = (await this.#read()).filter(({ listed: { key } }) => key.startsWith('o') && isShared(key));
    const { listed, href } = theirs[this.#random.int(0, theirs.length - 1)] ?? {};
    const promised = listed && this.#promises.get(listed.key);
    if (href === undefined || promised === undefined) return;
    const found = await this.#get(href);
    if (found === undefined) return;
    const before = line(found.text, 'LOCATION');
    const location = `Room ${++this.#revision}`;
    const bare = found.text.replace(/^LOCATION[^\r\n]*\r\n/m, '');
    promised.location = [before, location];
    const text = bare.replace(/^SUMMARY/m, `LOCATION:${location}\r\nSUMMARY`);
    const status = await this.#put(href, found.etag, text);
    promised.location = [status < 300 ? location : before];
  }

  async #put(key: string, etag: string, text: string): Promise<number> {
    const { status } = await this.#send('PUT', key, { ...calendarType, 'If-Match': etag }, text);
    demand(status < 300 || status === 412, `PUT: ${status}`);
    if (status < 300) this.acknowledged++;
    return status;
  }

  async #get(key: string): Promise<{ readonly text: string; readonly etag: string } | undefined> {
    const { status, text, headers } = await this.#send('GET', key, {});
    demand(status === 200 || status === 404, `GET: ${status}`);
    return status === 200 ? { text: unfold(text), etag: headers['etag'] ?? '' } : undefined;
  }

  async #read(): Promise<readonly { readonly listed: Listed; readonly href: string }[]> {
    const query =
      '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop>' +
      '<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>';
    const { status, text } = await send({
      method: 'REPORT',
      url: this.#url,
      headers: { Depth: '1', 'Content-Type': 'application/xml', Authorization: basic(this.#account) },
      body: query,
    });
    demand(status === 207, `REPORT: ${status}`);
    const responses = text.match(/<(?:\w+:)?response>[\s\S]*?<\/(?:\w+:)?response>/g) ?? [];
    return responses
      .map((one) => ({ one, object: unfold(one.replaceAll('&#13;', '')) }))
      .filter(({ object }) => object.includes('BEGIN:VEVENT'))
      .map(({ one, object }) => {
        const title = line(object, 'SUMMARY');
        const start = new Date(stamp(line(object, 'DTSTART'))).toISOString();
        const href = /<(?:\w+:)?href>([^<]*)</.exec(one)?.[1] ?? '';
        return { listed: { key: keyOf(title), title, location: line(object, 'LOCATION'), start }, href };
      });
  }

  /** `key`: a name of ours, or the path of any object. */
  async #send(
    method: string,
    key: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): ReturnType<typeof send> {
    const url = key.startsWith('/') ? new URL(key, this.#url).href : `${this.#url}${key}.ics`;
    return send({ method, url, headers, ...(body !== undefined && { body }), as: this.#account });
  }
}

/** The person at the other side, who goes on while the server is down. */
export class Desk {
  edits = 0;
  readonly #outlook: Outlook;
  readonly #random: Random;
  readonly #promises: Promises;
  #count = 0;
  #revision = 0;

  constructor(outlook: Outlook, random: Random, promises: Promises) {
    this.#outlook = outlook;
    this.#random = random;
    this.#promises = promises;
  }

  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.#act();
      this.edits++;
      await pause(this.#random.int(20, 150));
    }
  }

  list(): readonly Listed[] {
    return this.#outlook.all().map(({ subject, location, start }) => ({
      key: keyOf(subject),
      title: subject,
      location,
      start: new Date(start).toISOString(),
    }));
  }

  /** What our marker says of each item that carries one. */
  markers(): readonly string[] {
    return this.#outlook.all().flatMap(({ extended }) => extended['PortalEventId'] ?? []);
  }

  #act(): void {
    const all = this.#outlook.all();
    const own = this.#pick(all, (key) => key.startsWith('o'));
    const choice = this.#random.next();
    if (own === undefined || choice < 0.35) this.#create();
    else if (choice < 0.65) {
      const title = `${keyOf(own.subject)} r${++this.#revision}`;
      this.#outlook.edit(own.id, { subject: title });
      this.#promise(own, { title: [title] });
    } else if (choice < 0.9) {
      const theirs = this.#pick(all, (key) => key.startsWith('c') && isShared(key));
      const location = `Hall ${++this.#revision}`;
      if (theirs) {
        this.#outlook.edit(theirs.id, { location });
        this.#promise(theirs, { location: [location] });
      }
    } else if (!isShared(keyOf(own.subject))) {
      this.#outlook.delete(own.id);
      this.#promise(own, { there: 'no' });
    }
  }

  #create(): void {
    const key = `o${++this.#count}`;
    const date = day(2 + (this.#count % 60));
    const hour = String(6 + (this.#count % 12)).padStart(2, '0');
    const title = `${key} r${++this.#revision}`;
    this.#promises.set(key, { title: [title], location: [''], there: 'yes' });
    this.#outlook.create({ subject: title, start: `${date}T${hour}:30`, end: `${date}T${hour}:50` });
  }

  #pick(all: readonly Seen[], isWanted: (key: string) => boolean): Seen | undefined {
    const some = all.filter(({ subject }) => isWanted(keyOf(subject)));
    return some[this.#random.int(0, some.length - 1)];
  }

  #promise({ subject }: Seen, change: Partial<Promised>): void {
    const promised = this.#promises.get(keyOf(subject));
    if (promised) Object.assign(promised, change);
  }
}

function line(object: string, name: string): string {
  return (
    new RegExp(`^${name}[^:\\r\\n]*:([^\\r\\n]*)`, 'm').exec(
      object.slice(object.indexOf('BEGIN:VEVENT')),
    )?.[1] ?? ''
  );
}

/** A time in UTC, as both of them write here. */
function stamp(value: string): string {
  return value.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?$/, '$1-$2-$3T$4:$5:$6Z');
}
