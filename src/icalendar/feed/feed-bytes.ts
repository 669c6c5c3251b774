/**
 * The parts of a feed straight from stored bytes, without a parse: an export of ten thousand events is mostly this.
 *
 * Lines that `feedPart` would not change are copied in runs; single lines that need mending go through the parser;
 * an event whose form is not a usual one goes there as a whole. A part says what `feedPart` would say, in the order and
 * with the folds in which it is stored. What is found are cuts (feed-cuts.ts), which storage keeps for the next time. The
 * class is long because the state of one event is one thing.
 */

import { latin1 } from '../charset.ts';
import { parseFragment } from '../component.ts';
import { isAlarmStateName } from '../editing/alarm-state.ts';
import { busyTypeOfWords } from '../query/freebusy.ts';
import { BrokenLine, LineScanner, type Property } from '../scan.ts';
import { completed, type Steps, stepBytes } from '../steps.ts';
import { dayMs, localTime } from '../time.ts';
import { contentLine } from '../value.ts';
import { isUtc, namedZone, type Zone } from '../zones/timezone.ts';
import type { FeedOptions } from './feed.ts';
import { dates, type Entry, entries, entryAt } from './feed-actions.ts';
import {
  cleanRuleEnd,
  cleanValueAt,
  isCleanDuration,
  isCleanLink,
  isCleanList,
  isCleanText,
  isCleanTrigger,
  readStamp,
  type StampForm,
} from './feed-checks.ts';
import { CutList, cutsText, type FeedCuts, shownNumber } from './feed-cuts.ts';
import { alarmTitle, feedAlarm, feedLine, people } from './feed-lines.ts';
import { isOutlookRule } from './feed-singles.ts';
import { byteString } from './merge.ts';

interface KnownZone {
  readonly zone: Zone;
  readonly alone: readonly string[];
}

/** A date of the event. */
interface Stamp {
  readonly form: StampForm;
  readonly known: KnownZone | undefined;
  /** As `LocalTime` counts; of UTC, the instant. */
  readonly time: number;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

interface Alarm extends Span {
  /** It can stay as it is. */
  readonly clean: boolean;
}

const maxLineOctets = 75;
const space = 0x20;
const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
const semicolon = 0x3b;

const beginCalendar = 'BEGIN:VCALENDAR\r\n';
const endCalendar = 'END:VCALENDAR\r\n';
const beginZone = 'BEGIN:VTIMEZONE\r\n';
const endZone = 'END:VTIMEZONE\r\n';
const beginEvent = 'BEGIN:VEVENT\r\n';
const endEvent = 'END:VEVENT\r\n';

/** Control characters, and CRs without LF; bytes that are `plain` (core/calendar.ts) have none of it but DEL. */
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unusual = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)/;

/** Zone names that are remembered; they come from clients. */
const maxZones = 1_000;
const noZones: readonly string[] = [];

/** The bytes of some objects, one behind the other. */
export class BytePage {
  readonly bytes: Uint8Array;
  private decoded: string | undefined;
  private nextDelete = -1;
  private nextSlash = -1;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** One character for each byte. Made when first asked for: most pages are copied without a look at their text. */
  get text(): string {
    return (this.decoded ??= latin1(this.bytes));
  }

  // Places are asked in order, so that a page is searched once.

  /** Whether there is a DEL, the one control character that `plain` bytes may have. */
  hasDelete(from: number, to: number): boolean {
    if (this.nextDelete < from) this.nextDelete = this.next('\x7f', from);
    return this.nextDelete < to;
  }

  hasSlash(from: number, to: number): boolean {
    if (this.nextSlash < from) this.nextSlash = this.next('/', from);
    return this.nextSlash < to;
  }

  private next(character: string, from: number): number {
    const at = this.text.indexOf(character, from);
    return at < 0 ? Number.POSITIVE_INFINITY : at;
  }
}

/** Where in a page an object lies. */
export interface Place {
  readonly from: number;
  readonly to: number;
  /** As storage knows it (core/calendar.ts). */
  readonly plain: boolean;
}

/** Reads the events of one feed, one after the other. */
export class FeedBytes {
  private readonly options: Pick<FeedOptions, 'alarms' | 'attendees'>;
  private readonly zones = new Map<string, KnownZone | undefined>();

  private page: BytePage = new BytePage(Buffer.alloc(0));
  private text = '';
  /** Behind the last byte of the object. */
  private last = 0;
  /** A line that ends behind this is for the next step. */
  private stepEnd = 0;
  private uidSuffix: string | undefined;
  /** Where the object begins. */
  private base = 0;
  /** The present logical line with its line end. */
  private from = 0;
  private to = 0;
  private folded = false;

  // of the object
  private uidLine = '';
  private anchor: Stamp | undefined;
  /** The instances that overrides replace, and the clock that they are told on. */
  private readonly replaced = new Set<number>();
  private replacedOn: Stamp | undefined;
  private used: readonly string[] = noZones;
  private forOutlook = true;

  // of the present event
  private own = new CutList(0, 0);
  /** Without people; absent where that is the same. */
  private others: CutList | undefined;
  private seen = 0;
  private start: Stamp | undefined;
  private end: Stamp | undefined;
  private instance: Stamp | undefined;
  private exceptions: Stamp | undefined;
  private ruleEnd: string | undefined;
  private hasDuration = false;
  private sequence = 0;
  private summary: Span | undefined;
  private status = '';
  private transparency = '';
  private shown = '';
  private alarms: Alarm[] = [];

  /** With `alarms` and `attendees` for all feeds, else for those that leave them out. */
  constructor(options: Pick<FeedOptions, 'alarms' | 'attendees'>) {
    this.options = options;
  }

  /** The cuts of a stored VEVENT object; `undefined` when it takes the parser to tell. */
  cuts(page: BytePage, place: Place, uidSuffix?: string): FeedCuts | undefined {
    return completed(this.steps(page, place, uidSuffix));
  }

  /** The same in steps; to be finished before the next object. With `uidSuffix` they are good for that suffix alone. */
  *steps(page: BytePage, { from, to, plain }: Place, uidSuffix?: string): Steps<FeedCuts | undefined> {
    if (plain ? page.hasDelete(from, to) : unusual.test(page.text.slice(from, to))) return undefined;
    this.page = page;
    this.text = page.text;
    this.base = from;
    this.from = from;
    this.last = to;
    this.uidSuffix = uidSuffix;
    this.uidLine = '';
    this.anchor = undefined;
    this.replaced.clear();
    this.replacedOn = undefined;
    this.used = noZones;
    this.forOutlook = true;
    this.stepEnd = from + stepBytes;
    const events = yield* this.events();
    return events && cutsText(this.forOutlook, this.used, events);
  }

  /** All events, from one component of the calendar to the next. */
  private *events(): Steps<(number | string)[] | undefined> {
    const { text } = this;
    if (!text.startsWith(beginCalendar, this.from)) return undefined;
    const cuts: (number | string)[] = [];
    let at = text.indexOf('BEGIN:', this.from + beginCalendar.length);
    if (at < 0 || text.charCodeAt(at - 1) !== lineFeed) return undefined;
    for (;;) {
      if (text.startsWith(beginEvent, at)) {
        this.to = at + beginEvent.length;
        if (!(yield* this.event(cuts))) return undefined;
        at = this.to;
      } else if (text.startsWith(beginZone, at)) {
        // Zones with a name are told from their name.
        const last = text.indexOf(endZone, at);
        if (last < 0 || last > this.last || text.charCodeAt(last - 1) !== lineFeed) return undefined;
        at = last + endZone.length;
      } else if (text.startsWith(endCalendar, at) && at + endCalendar.length === this.last) {
        return cuts.length === 0 || cuts.length > maxEntries ? undefined : cuts;
      } else return undefined;
    }
  }

  /** One event, from behind its BEGIN; false where it is for the parser. */
  private *event(cuts: (number | string)[]): Steps<boolean> {
    this.reset();
    while (this.advance()) {
      if (this.to > this.stepEnd) {
        yield;
        this.stepEnd = this.to + stepBytes;
      }
      const nameEnd = this.nameEnd();
      // No colon, or a name with a fold in it.
      if (this.text.charCodeAt(nameEnd) === carriageReturn) return false;
      const entry = entryAt(this.text, this.from, nameEnd);
      if (entry === undefined) {
        if (!this.other(nameEnd)) return false;
        continue;
      }
      const { name, action, bit } = entry;
      if ((this.seen & bit) !== 0) {
        if (dates.has(name)) return false;
        this.drop();
      } else {
        this.seen |= bit;
        if (action === 'finish') {
          this.drop();
          if (!this.text.startsWith(endEvent, this.from) || !this.finished(cuts)) return false;
          const alarms = this.alarms.length > 0 ? yield* this.alarmCuts() : noAlarms;
          addAll(cuts, alarms);
          return true;
        }
        if (!this.take(entry, nameEnd)) return false;
      }
    }
    return false;
  }

  private reset(): void {
    this.own = new CutList(this.base, this.to);
    this.others = undefined;
    this.seen = 0;
    this.start = undefined;
    this.end = undefined;
    this.instance = undefined;
    this.exceptions = undefined;
    this.ruleEnd = undefined;
    this.hasDuration = false;
    this.sequence = 0;
    this.summary = undefined;
    this.status = '';
    this.transparency = '';
    this.shown = '';
    if (this.alarms.length > 0) this.alarms = [];
  }

  /** The next logical line; false where lines are not in the form in which they are sent. */
  private advance(): boolean {
    const { text } = this;
    let at = this.to;
    this.from = at;
    this.folded = false;
    for (;;) {
      const lf = text.indexOf('\n', at);
      if (lf <= at + 1 || lf - at > maxLineOctets + 1 || lf >= this.last) return false;
      if (text.charCodeAt(lf - 1) !== carriageReturn) return false;
      at = lf + 1;
      const next = text.charCodeAt(at);
      if (next !== space && next !== tab) break;
      this.folded = true;
      // A fold inside a character (RFC 5545 §3.1) would have been taken out; it must not be sent.
      if ((text.charCodeAt(at + 1) & 0xc0) === 0x80) return false;
    }
    this.to = at;
    return true;
  }

  private nameEnd(): number {
    const { text } = this;
    for (let at = this.from; ; at++) {
      const code = text.charCodeAt(at);
      if (code === colon || code === semicolon || code === carriageReturn) return at;
    }
  }

  /** The present line, unfolded, without its line end. */
  private line(): string {
    const line = this.text.slice(this.from, this.to - 2);
    return this.folded ? line.replaceAll(/\r\n[ \t]/g, '') : line;
  }

  /** Leaves the present line out. */
  private drop(): true {
    this.own.skip(this.from, this.to);
    this.others?.skip(this.from, this.to);
    return true;
  }

  private replace(line: string): true {
    this.drop();
    this.own.text(line);
    this.others?.text(line);
    return true;
  }

  private property(from: number, to: number): Property | undefined {
    const line = new LineScanner(this.page.bytes.subarray(from, to)).next();
    return line instanceof BrokenLine ? undefined : line;
  }

  /** Writes the present line as feed-lines.ts has it; not a very long one, which takes steps. */
  private mend(): boolean {
    const line = this.mended();
    return line !== undefined && this.replace(line);
  }

  private mended(): string | undefined {
    if (this.to - this.from > stepBytes) return undefined;
    const property = this.property(this.from, this.to);
    return property && byteString(feedLine(property, withPeople));
  }

  /** A line about people: left out for some, and for others taken over as it is or as feed-lines.ts has it. */
  private person(isClean: boolean): boolean {
    if (!this.options.attendees) return this.drop();
    const line = isClean ? undefined : this.mended();
    if (!isClean && line === undefined) return false;
    this.others ??= this.own.copy();
    this.others.skip(this.from, this.to);
    if (line === undefined) return true;
    this.own.skip(this.from, this.to);
    this.own.text(line);
    return true;
  }

  /** Takes the present line over; false where the event is for the parser. */
  private take({ name, action }: Entry, nameEnd: number): boolean {
    const { text } = this;
    switch (action) {
      case 'drop':
        return this.drop();
      case 'uid':
        return this.uid();
      case 'sequence':
        return this.sequenceNumber();
      case 'start':
        return (this.start = this.stamp(nameEnd)) !== undefined;
      case 'end':
        return (this.end = this.stamp(nameEnd)) !== undefined;
      case 'instance':
        return (this.instance = this.stamp(nameEnd)) !== undefined;
      case 'exceptions':
        return this.exceptionDates();
      case 'rule':
        return this.rule(this.line());
      case 'duration':
        return (this.hasDuration = isCleanDuration(this.line()));
      case 'text':
        if (name === 'SUMMARY') this.summary = { from: this.from, to: this.to };
        return (
          (text.charCodeAt(nameEnd) === colon && isCleanText(text, nameEnd + 1, this.to - 2)) || this.mend()
        );
      case 'list':
        return isCleanList(this.line()) || this.mend();
      case 'word':
        return this.word(name, nameEnd);
      case 'time':
        return this.isUtcStamp(nameEnd) || this.mend();
      case 'person':
        return this.person(this.options.attendees && this.isClean());
      case 'link':
        return isCleanLink(this.line(), nameEnd - this.from) || this.mend();
      case 'mend':
        return people.has(name) ? this.person(false) : this.mend();
      case 'begin':
        return this.alarm();
      case 'refuse':
      case 'finish':
      default:
        return false;
    }
  }

  /** A property that this server knows nothing about. */
  private other(nameEnd: number): boolean {
    const name = this.text.slice(this.from, nameEnd);
    // Known names may be written in lower case.
    if (!/^[A-Z0-9-]+$/.test(name)) return false;
    if (isAlarmStateName(name)) return this.drop();
    return this.isClean() || this.mend();
  }

  /** The present line has parameters in a plain form, if any, and is no link with a user in it. */
  private isClean(): boolean {
    const { page, text, from, to } = this;
    const valueAt = cleanValueAt(text, from, to);
    if (valueAt >= 0 && !page.hasSlash(valueAt, to)) return true;
    const line = this.line();
    if (valueAt < 0 && (!this.folded || cleanValueAt(line, 0, line.length) < 0)) return false;
    return !(line.includes('@') && line.includes('://'));
  }

  private rule(line: string): boolean {
    this.ruleEnd = cleanRuleEnd(line);
    if (this.ruleEnd === undefined) return false;
    this.forOutlook &&= isOutlookRule(line.slice('RRULE:'.length));
    return true;
  }

  private uid(): boolean {
    const line = this.line();
    // Components of other UIDs do not belong to the object.
    if (!line.startsWith('UID:') || line.length === 4 || (this.uidLine !== '' && line !== this.uidLine)) {
      return false;
    }
    this.uidLine = line;
    const { uidSuffix } = this;
    if (uidSuffix === undefined) return true;
    const uid = Buffer.from(line.slice(4), 'latin1').toString('utf8');
    return this.replace(byteString(contentLine('UID', `${uid}${uidSuffix}`)));
  }

  private sequenceNumber(): boolean {
    const number = /^SEQUENCE:(\d{1,9})$/.exec(this.line())?.[1];
    if (number === undefined) return false;
    this.sequence = Number(number);
    return this.drop();
  }

  private word(name: string, nameEnd: number): boolean {
    const { text } = this;
    const word = text.slice(nameEnd + 1, this.to - 2);
    const isKnown = text.charCodeAt(nameEnd) === colon && words.get(name)?.has(word) === true;
    switch (name) {
      case 'STATUS':
        this.status = word;
        return isKnown;
      case 'TRANSP':
        this.transparency = word;
        return isKnown;
      case 'X-MICROSOFT-CDO-BUSYSTATUS':
        this.shown = word;
        return isKnown && this.drop();
      default:
        return isKnown || this.mend();
    }
  }

  private isUtcStamp(nameEnd: number): boolean {
    const { text, to } = this;
    if (text.charCodeAt(nameEnd) !== colon || to - nameEnd !== 'YYYYMMDDTHHMMSSZ'.length + 3) return false;
    return text.charCodeAt(to - 3) === letterZ && !Number.isNaN(readStamp(text, nameEnd + 1, 'utc'));
  }

  /** The date of the present line, in one of the three forms that stay: a day, UTC, a time in a zone with a name. */
  private stamp(nameEnd: number): Stamp | undefined {
    const { text, to } = this;
    if (text.charCodeAt(nameEnd) === colon) {
      if (!this.isUtcStamp(nameEnd)) return undefined;
      return { form: 'utc', known: undefined, time: readStamp(text, nameEnd + 1, 'utc') };
    }
    if (text.startsWith(';VALUE=DATE:', nameEnd)) {
      const valueAt = nameEnd + ';VALUE=DATE:'.length;
      if (to - valueAt !== 'YYYYMMDD'.length + 2) return undefined;
      const time = readStamp(text, valueAt, 'date');
      return Number.isNaN(time) ? undefined : { form: 'date', known: undefined, time };
    }
    const valueAt = to - 'YYYYMMDDTHHMMSS'.length - 2;
    if (!text.startsWith(';TZID=', nameEnd) || text.charCodeAt(valueAt - 1) !== colon) return undefined;
    const tzid = text.slice(nameEnd + ';TZID='.length, valueAt - 1);
    const known = this.zone(tzid);
    const time = readStamp(text, valueAt, 'local');
    if (!known || Number.isNaN(time)) return undefined;
    if (known.zone.id !== tzid) {
      const name = text.slice(this.from, nameEnd);
      this.replace(contentLine(name, text.slice(valueAt, to - 2), { TZID: known.zone.id }));
    }
    return { form: 'local', known, time };
  }

  /** A zone that is known by its name; its definition in the object says nothing then (timezone.ts). */
  private zone(tzid: string): KnownZone | undefined {
    let known = this.zones.get(tzid);
    if (known === undefined && !this.zones.has(tzid)) {
      // A piece of a string keeps the whole of it alive; this is a copy.
      const name = Buffer.from(tzid, 'latin1').toString('latin1');
      known = this.readZone(/^"[^"]*"$/.test(name) ? name.slice(1, -1) : name);
      if (this.zones.size >= maxZones) this.zones.clear();
      this.zones.set(name, known);
    }
    if (known && this.used !== known.alone && !this.used.includes(known.zone.id)) {
      this.used = this.used.length === 0 ? known.alone : [...this.used, known.zone.id];
    }
    return known;
  }

  private readZone(tzid: string): KnownZone | undefined {
    const zone = /^[\x20-\x7e]+$/.test(tzid) && !/[";^]/.test(tzid) ? namedZone(tzid) : undefined;
    if (!zone || zone.custom || isUtc(zone)) return undefined;
    return { zone, alone: [zone.id] };
  }

  /** Dates that all have one form; it has to be that of DTSTART. */
  private exceptionDates(): boolean {
    const line = this.line();
    const colonAt = line.lastIndexOf(':');
    const params = line.slice('EXDATE'.length, colonAt);
    const form: StampForm = params === '' ? 'utc' : params === ';VALUE=DATE' ? 'date' : 'local';
    const known = form === 'local' ? this.zone(params.slice(';TZID='.length)) : undefined;
    if (form === 'local' && (!params.startsWith(';TZID=') || known?.zone.id !== params.slice(6)))
      return false;
    const length = stampLengths[form];
    for (let at = colonAt + 1; ; at += length + 1) {
      const time = readStamp(line, at, form);
      if (Number.isNaN(time) || (form === 'utc' && line.charCodeAt(at + length - 1) !== letterZ))
        return false;
      const stamp = { form, known, time };
      if (!existsOnClock(stamp) || (this.exceptions && !isAlike(stamp, this.exceptions))) return false;
      this.exceptions = stamp;
      if (at + length === line.length) return true;
      if (line.charCodeAt(at + length) !== comma) return false;
    }
  }

  /** From behind BEGIN:VALARM to its end. */
  private alarm(): boolean {
    const { text, from, options } = this;
    if (!text.startsWith('BEGIN:VALARM\r\n', from)) return false;
    this.drop();
    let action = '';
    let triggers = 0;
    let descriptions = 0;
    let clean = true;
    while (this.advance()) {
      const at = this.from;
      if (text.startsWith('BEGIN:', at)) return false;
      if (text.startsWith('END:', at)) {
        this.own.run = this.to;
        if (this.others) this.others.run = this.to;
        if (!text.startsWith('END:VALARM\r\n', at)) return false;
        clean &&= triggers === 1 && (action === 'DISPLAY') === (descriptions === 1) && action !== '';
        if (options.alarms) this.alarms.push({ from, to: this.to, clean });
        return true;
      }
      if (!options.alarms || !clean) continue;
      if (text.startsWith('ACTION:', at)) {
        clean = action === '';
        action = text.slice(at + 'ACTION:'.length, this.to - 2);
        clean &&= action === 'DISPLAY' || action === 'AUDIO';
      } else if (text.startsWith('TRIGGER', at)) {
        triggers++;
        clean = isCleanTrigger(this.line());
      } else if (text.startsWith('DESCRIPTION:', at)) {
        descriptions++;
        clean = this.to - at > 'DESCRIPTION:\r\n'.length && isCleanText(text, at + 12, this.to - 2);
      } else clean = false;
    }
    return false;
  }

  /** Adds the cuts of the event but for its alarms, when all of it is known to fit together. */
  private finished(cuts: (number | string)[]): boolean {
    const { start, instance, own, others } = this;
    if (!start || this.uidLine === '' || (this.seen & uidBit) === 0) return false;
    if (!this.endFits(start) || !this.seriesFits(start)) return false;
    if (instance) {
      const clock = (this.replacedOn ??= this.anchor ?? instance);
      if (!isAlike(instance, clock) || (this.anchor && !existsOnClock(instance))) return false;
      // Of two overrides of one instance one counts.
      if (this.replaced.has(instance.time)) return false;
      this.replaced.add(instance.time);
    } else if (this.anchor || this.replacedOn) return false;
    else this.anchor = start;
    const busy = busyTypeOfWords(this.status, this.transparency, this.shown);
    cuts.push(this.sequence, shownNumber(busy, start.form === 'date'));
    addAll(cuts, own.items);
    if (others) addAll(cuts, others.items);
    else cuts.push(-1);
    return true;
  }

  private endFits(start: Stamp): boolean {
    const { end } = this;
    if (!end) return start.form !== 'date';
    if (this.hasDuration || !isAlike(start, end)) return false;
    if (start.form === 'date') return end.time > start.time;
    // A start that the clock skips may lie behind an end that it shows.
    return end.time >= start.time && existsOnClock(start);
  }

  private seriesFits(start: Stamp): boolean {
    const { ruleEnd, exceptions } = this;
    if (this.instance) return ruleEnd === undefined && exceptions === undefined;
    if (exceptions && !isAlike(start, exceptions)) return false;
    if (ruleEnd === undefined || ruleEnd === '') return true;
    const form = start.form === 'date' ? 'date' : 'utc';
    // What ends before it begins, or may in some zone, is for the parser.
    const least = start.form === 'local' ? start.time + dayMs : start.time;
    return ruleEnd.length === stampLengths[form] && readStamp(ruleEnd, 0, form) >= least;
  }

  private *alarmCuts(): Steps<readonly (number | string)[]> {
    const cuts: (number | string)[] = [];
    let title: string | undefined;
    let passedBytes = 0;
    for (const { from, to, clean } of this.alarms) {
      passedBytes += to - from;
      if (passedBytes > stepBytes) {
        yield;
        passedBytes = 0;
      }
      if (clean) {
        cuts.push(from - this.base, to - this.base);
        continue;
      }
      title ??= alarmTitle(this.summary && this.property(this.summary.from, this.summary.to));
      const [alarm] = parseFragment(this.page.bytes.subarray(from, to), 1).components;
      const lines = alarm ? byteString(yield* feedAlarm(alarm, title)) : '';
      if (lines !== '') cuts.push(lines);
    }
    return cuts;
  }
}

/** Of all events of an object: more would take too long to be written in one go, as cuts are. */
const maxEntries = 100_000;

const noAlarms: readonly (number | string)[] = [];
const withPeople = { attendees: true };

/** A list behind the count of its entries. There may be very many. */
function addAll(cuts: (number | string)[], list: readonly (number | string)[]): void {
  cuts.push(list.length);
  for (const item of list) cuts.push(item);
}

const letterZ = 0x5a;
const comma = 0x2c;
const uidBit = entries.find(({ action }) => action === 'uid')?.bit ?? 0;

const stampLengths: Readonly<Record<StampForm, number>> = { date: 8, local: 15, utc: 16 };

function isAlike(one: Stamp, other: Stamp): boolean {
  return one.form === other.form && one.known?.zone === other.known?.zone;
}

/** A local time that the clock skips becomes another one when it is read. */
function existsOnClock({ known, time }: Stamp): boolean {
  return known === undefined || known.zone.toLocal(known.zone.toInstant(localTime(time))) === time;
}

/** Values that stay as they are. */
const words: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['STATUS', new Set(['CONFIRMED', 'TENTATIVE', 'CANCELLED'])],
  ['TRANSP', new Set(['OPAQUE', 'TRANSPARENT'])],
  ['CLASS', new Set(['PUBLIC', 'PRIVATE', 'CONFIDENTIAL'])],
  ['PRIORITY', new Set('0123456789')],
  ['X-MICROSOFT-CDO-BUSYSTATUS', new Set(['BUSY', 'FREE', 'OOF', 'TENTATIVE', 'WORKINGELSEWHERE'])],
]);
