/**
 * Objects as large and as awkward as the limits let through, for `doors.ts`. Each is one object that a PUT may store, some a
 * little more, so that it is refused and nothing else comes of it.
 */

export interface Hostile {
  readonly name: string;
  readonly bytes: () => Uint8Array;
}

/** UID of every object: a walk stores one of them at a time. */
export const hostileUid = 'hostile';

const mebi = 1024 * 1024;
const day = (n: number): string =>
  new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10).replaceAll('-', '');
const minute = (n: number): string =>
  new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString().replaceAll(/[-:]|\.000/g, '');
const many = (count: number, line: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => line(n)).join('');

const calendar = (body: string): Uint8Array =>
  Buffer.from(`BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x\r\n${body}END:VCALENDAR\r\n`);
const component = (kind: string, lines: string, inner = ''): string =>
  `BEGIN:${kind}\r\nUID:${hostileUid}\r\nDTSTAMP:20260101T000000Z\r\n${lines}${inner}END:${kind}\r\n`;
const start = 'DTSTART:20260310T090000Z\r\nDTEND:20260310T100000Z\r\nSUMMARY:Hostile\r\n';
const zoned =
  'DTSTART;TZID=Europe/Berlin:20260310T090000\r\nDTEND;TZID=Europe/Berlin:20260310T100000\r\nSUMMARY:Hostile\r\n';
const daily = 'RRULE:FREQ=DAILY;COUNT=20\r\n';
const event = (lines: string, inner = ''): Uint8Array => calendar(component('VEVENT', start + lines, inner));
const alarm = (extra = ''): string =>
  `BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT10M\r\n${extra}END:VALARM\r\n`;
const zone = (tzid: string, rules: number, offset = 1): string =>
  `BEGIN:VTIMEZONE\r\nTZID:${tzid}\r\n${many(
    rules,
    (n) =>
      `BEGIN:${n % 2 ? 'DAYLIGHT' : 'STANDARD'}\r\nDTSTART:${1970 + (Math.floor(n / 2) % 60)}${n % 2 ? '0329' : '1025'}T020000\r\n` +
      `TZOFFSETFROM:+0${offset + (n % 2)}00\r\nTZOFFSETTO:+0${offset + 1 - (n % 2)}00\r\nEND:${n % 2 ? 'DAYLIGHT' : 'STANDARD'}\r\n`,
  )}END:VTIMEZONE\r\n`;
const override = (n: number, tzid = '', lines = ''): string =>
  component(
    'VEVENT',
    `RECURRENCE-ID${tzid && `;TZID=${tzid}`}:${day(n)}T090000${tzid ? '' : 'Z'}\r\nDTSTART${tzid && `;TZID=${tzid}`}:${day(n)}T100000${tzid ? '' : 'Z'}\r\nDURATION:PT1H\r\nSUMMARY:Changed ${n}\r\n${lines}`,
  );
const series = (lines = ''): string =>
  component(
    'VEVENT',
    `DTSTART:20260101T090000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Series\r\n${lines}`,
  );
const folded = (name: string, text: string): string =>
  `${name}:${text}`.replaceAll(/(.{74})/g, '$1\r\n ').concat('\r\n');

const shapes: Readonly<Record<string, () => Uint8Array>> = {
  'attach 60k': () => event(many(60_000, (n) => `ATTACH:http://x.example/${n}\r\n`)),
  'attach 60k series': () => event(daily + many(60_000, (n) => `ATTACH:http://x.example/${n}\r\n`)),
  'related 100k': () => event(many(100_000, (n) => `RELATED-TO:${n}\r\n`)),
  'related 100k series': () => event(daily + many(100_000, (n) => `RELATED-TO:${n}\r\n`)),
  'conference 80k': () => event(many(80_000, (n) => `CONFERENCE;VALUE=URI:tel:${n}\r\n`)),
  'conference 80k series': () => event(daily + many(80_000, (n) => `CONFERENCE;VALUE=URI:tel:${n}\r\n`)),
  'request-status 100k': () => event(many(100_000, () => 'REQUEST-STATUS:2.0;Success\r\n')),
  'request-status 100k series': () => event(daily + many(100_000, () => 'REQUEST-STATUS:2.0;Success\r\n')),
  'alarms 15k': () =>
    event(
      '',
      many(15_000, () => alarm()),
    ),
  'alarms 15k series': () =>
    event(
      daily,
      many(15_000, () => alarm()),
    ),
  'alarms 15k private': () =>
    event(
      'CLASS:PRIVATE\r\n',
      many(15_000, () => alarm()),
    ),
  'alarms in overrides': () =>
    calendar(
      series() +
        many(900, (n) => override(n, '', '').replace('END:VEVENT', `${many(15, () => alarm())}END:VEVENT`)),
    ),
  'x lines 119k': () => event(many(119_900, (n) => `X-A:${n}\r\n`)),
  'x lines 119k in calendar': () =>
    calendar(many(119_900, (n) => `X-A:${n}\r\n`) + component('VEVENT', start)),
  'comments 119k series': () => event(daily + many(119_900, () => 'COMMENT:a\r\n')),
  'descriptions 119k': () => event(many(119_900, () => 'DESCRIPTION:a\r\n')),
  'organizers 100k': () => event(many(100_000, () => 'ORGANIZER:mailto:a@x\r\n')),
  'categories 100k lines': () => event(many(100_000, (n) => `CATEGORIES:${n}\r\n`)),
  'exdates 100k lines': () =>
    event(daily + many(9_900, (n) => `EXDATE:${day(n)}T090000Z\r\n`) + many(100_000, () => 'EXDATE:\r\n')),
  'empty rdates 100k': () => event(daily + many(100_000, () => 'RDATE:\r\n')),
  'dtends 100k': () => event(many(100_000, () => 'DTEND:20260310T100000Z\r\n')),
  'tzid dates 100k': () => event(many(100_000, () => 'X-D;TZID=Europe/Berlin:20260310T100000\r\n')),
  'tzid dates 100k series': () =>
    calendar(
      component('VEVENT', zoned + daily + many(60_000, () => 'X-D;TZID=Europe/Berlin:20260310T100000\r\n')),
    ),
  'tzid unknown 60k': () => event(many(60_000, (n) => `X-D;TZID=Nowhere/N${n}:20260310T100000\r\n`)),
  'folded 400k': () => event(`DESCRIPTION:${many(400_000, () => 'ab\r\n ')}\r\n`),
  'folded 400k series': () => event(`${daily}DESCRIPTION:${many(400_000, () => 'ab\r\n ')}\r\n`),
  'bare lf': () =>
    Buffer.from(
      Buffer.from(event(daily + many(100_000, (n) => `X-A:${n}\r\n`)))
        .toString()
        .replaceAll('\r\n', '\n'),
    ),
  'bare cr': () =>
    Buffer.from(
      Buffer.from(event(daily + many(50_000, (n) => `X-A:${n}\r\n`)))
        .toString()
        .replaceAll('\r\n', '\r'),
    ),
  'long lines 60k': () => event(daily + many(50_000, () => `X-A:${'b'.repeat(90)}\r\n`)),
  'long lines beyond ascii': () => event(daily + many(25_000, () => `X-A:${'ж'.repeat(90)}\r\n`)),
  'one line 5 MB': () => event(`DESCRIPTION:${'a'.repeat(5 * mebi - 400)}\r\n`),
  'one line 5 MB series': () => event(`${daily}DESCRIPTION:${'a'.repeat(5 * mebi - 400)}\r\n`),
  'one line 5 MB summary': () => event(`${daily}SUMMARY:${'ж'.repeat(2 * mebi)}\r\n`).subarray(0),
  'one line 5 MB location': () => event(`${daily}LOCATION:${'\\,'.repeat(2.4 * mebi)}\r\n`),
  'place of 4 MB every hour': () =>
    event(`RRULE:FREQ=HOURLY\r\nX-A:1\r\n`.concat(`LOCATION:${'a'.repeat(4 * mebi)}\r\n`)),
  'zone name of 400 KB': () => {
    const name = 'Z'.repeat(400 * 1024);
    return calendar(
      zone(name, 2) + component('VEVENT', `${zoned.replaceAll('Europe/Berlin', name)}RRULE:FREQ=HOURLY\r\n`),
    );
  },
  'markup 5 MB': () => event(`DESCRIPTION:${'<&>'.repeat(1.6 * mebi)}\r\n`),
  'url 5 MB': () => event(`${daily}URL:http://x/${'%41'.repeat(1.6 * mebi)}\r\n`),
  'links 5 MB': () =>
    event(
      folded(
        'DESCRIPTION',
        many(100_000, (n) => `https://x.example/${n} `),
      ),
    ),
  'folded 5 MB series': () => event(daily + folded('DESCRIPTION', 'Слово за слово, '.repeat(150_000))),
  'attendees 5000': () =>
    event(
      `ORGANIZER:mailto:o@x\r\n${many(5_000, (n) => `ATTENDEE;CN=P${n};PARTSTAT=ACCEPTED:mailto:p${n}@x.example\r\n`)}`,
    ),
  'attendees 5000 series': () =>
    event(
      `${daily}ORGANIZER:mailto:o@x\r\n${many(5_000, (n) => `ATTENDEE;CN=P${n};PARTSTAT=ACCEPTED:mailto:p${n}@x.example\r\n`)}`,
    ),
  'attendees in overrides': () =>
    calendar(
      series('ORGANIZER:mailto:o@x\r\n') +
        many(90, (k) =>
          override(
            k,
            '',
            many(1_000, (n) => `ATTENDEE:mailto:p${n}@x.example\r\n`),
          ),
        ),
    ),
  'overrides 4900': () => calendar(series() + many(4_900, (n) => override(n))),
  'overrides 4900 reversed': () => calendar(many(4_900, (n) => override(4_899 - n)) + series()),
  'overrides alone 4900': () => calendar(many(4_900, (n) => override(n))),
  'overrides 4900 zoned': () => calendar(series() + many(4_900, (n) => override(n, 'Europe/Berlin'))),
  'overrides 3000 zones': () =>
    calendar(many(3_000, (n) => zone(`Z${n}`, 2)) + series() + many(3_000, (n) => override(n, `Z${n}`))),
  'overrides 400 zones of 20': () =>
    calendar(many(400, (n) => zone(`Z${n}`, 20)) + series() + many(4_000, (n) => override(n, `Z${n % 400}`))),
  'overrides this and future': () =>
    calendar(
      series() +
        many(2_000, (n) => override(n).replace('RECURRENCE-ID:', 'RECURRENCE-ID;RANGE=THISANDFUTURE:')),
    ),
  'overrides all today': () =>
    calendar(
      series() + many(4_900, (n) => override(n).replace(/DTSTART:\d{8}T100000Z/, 'DTSTART:20260315T100000Z')),
    ),
  'overrides long': () =>
    calendar(series() + many(4_900, (n) => override(n).replace('DURATION:PT1H', 'DURATION:P3650D'))),
  'zone 12000 rules': () =>
    calendar(zone('Own', 12_000) + component('VEVENT', zoned.replaceAll('Europe/Berlin', 'Own') + daily)),
  'zones unused 8000': () => calendar(many(8_000, (n) => zone(`U${n}`, 2)) + component('VEVENT', start)),
  'zone of 110k lines': () =>
    calendar(
      zone('Own', 2).replace('END:VTIMEZONE', `${many(110_000, () => 'X-A:1\r\n')}END:VTIMEZONE`) +
        component('VEVENT', zoned.replaceAll('Europe/Berlin', 'Own') + daily),
    ),
  'rdates 9999': () => event(`RDATE:${Array.from({ length: 9_999 }, (_, n) => minute(n)).join()}\r\n`),
  'rdates periods 9999': () =>
    event(
      `RDATE;VALUE=PERIOD:${Array.from({ length: 9_999 }, (_, n) => `${minute(n * 60)}/PT5H`).join()}\r\n`,
    ),
  'every second': () => event('RRULE:FREQ=SECONDLY\r\n'),
  'every second long': () => event('RRULE:FREQ=SECONDLY\r\n').subarray(0),
  'every minute with text': () =>
    event(`RRULE:FREQ=MINUTELY\r\n${folded('DESCRIPTION', 'word '.repeat(1_000))}`),
  'every minute of a year, years long': () =>
    calendar(component('VEVENT', 'DTSTART:20260101T000000Z\r\nDURATION:P400D\r\nRRULE:FREQ=MINUTELY\r\n')),
  never: () => event('RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n'),
  'almost never': () => event('RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU;BYHOUR=3;BYSETPOS=366\r\n'),
  'fifty rules': () =>
    event(many(50, (n) => `RRULE:FREQ=SECONDLY;INTERVAL=${n + 7};BYMONTH=2;BYMONTHDAY=30\r\n`)),
  'rules excluded': () => event('RRULE:FREQ=MINUTELY\r\nEXRULE:FREQ=MINUTELY\r\n'),
  'interval large': () => event('RRULE:FREQ=SECONDLY;INTERVAL=999999999\r\n'),
  'alarms repeat': () =>
    event(
      'RRULE:FREQ=MINUTELY\r\n',
      many(300, () => alarm('REPEAT:999999999\r\nDURATION:PT1S\r\n')),
    ),
  'todo series': () =>
    calendar(
      component(
        'VTODO',
        `DTSTART:20260101T090000Z\r\nDUE:20260101T100000Z\r\nRRULE:FREQ=HOURLY\r\n${many(60_000, (n) => `RELATED-TO:${n}\r\n`)}`,
      ),
    ),
  'todo plain 100k': () =>
    calendar(component('VTODO', `SUMMARY:t\r\n${many(100_000, (n) => `RELATED-TO:${n}\r\n`)}`)),
  journal: () =>
    calendar(
      component(
        'VJOURNAL',
        `DTSTART:20260101T090000Z\r\nRRULE:FREQ=DAILY\r\n${many(100_000, () => 'DESCRIPTION:a\r\n')}`,
      ),
    ),
  'freebusy 150k': () =>
    calendar(
      component(
        'VFREEBUSY',
        `DTSTART:20260101T000000Z\r\nDTEND:20270101T000000Z\r\n${many(100, (k) => `FREEBUSY:${Array.from({ length: 1_500 }, (_, n) => `${minute(k * 1_500 + n)}/PT1M`).join()}\r\n`)}`,
      ),
    ),
  'freebusy 100k lines': () =>
    calendar(
      component(
        'VFREEBUSY',
        `DTSTART:20260101T000000Z\r\nDTEND:20270101T000000Z\r\n${many(100_000, (n) => `FREEBUSY:${minute(n)}/PT1M\r\n`)}`,
      ),
    ),
  availability: () =>
    calendar(
      component(
        'VAVAILABILITY',
        'DTSTART:20260101T000000Z\r\n',
        many(
          4_000,
          (n) =>
            `BEGIN:AVAILABLE\r\nUID:a${n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T0${n % 10}0000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEND:AVAILABLE\r\n`,
        ),
      ),
    ),
  'subcomponents 40k': () =>
    event(
      daily,
      many(39_000, () => 'BEGIN:PARTICIPANT\r\nUID:p\r\nEND:PARTICIPANT\r\n'),
    ),
  'subcomponents empty 59k': () =>
    event(
      daily,
      many(59_000, () => 'BEGIN:X-C\r\nEND:X-C\r\n'),
    ),
  'calendar components 39k': () =>
    calendar(
      component('VEVENT', start + daily) + many(39_000, (n) => `BEGIN:X-C\r\nUID:${n}\r\nEND:X-C\r\n`),
    ),
  deep: () =>
    event(
      daily,
      many(4_000, () => 'BEGIN:A\r\n'.repeat(12) + 'END:A\r\n'.repeat(12)),
    ),
  parameters: () =>
    event(daily + many(500, () => `X-A${many(2_000, (n) => `;P${n}=1`)}:1\r\n`.slice(0, 9_000))),
  'parameters quoted': () => event(daily + many(60, () => `X-A;P=${'"a,b",'.repeat(9_000)}"c":1\r\n`)),
  'names long': () => event(many(40, (n) => `X-${'A'.repeat(100_000)}${n}:1\r\n`)),
  'names distinct 110k': () => event(daily + many(110_000, (n) => `X-${n.toString(36)}:1\r\n`)),
  binary: () => event(`${daily}ATTACH;ENCODING=BASE64;VALUE=BINARY:${'QUJD'.repeat(1.2 * mebi)}\r\n`),
  'geo and colours': () => event(many(80_000, () => 'GEO:1.0;2.0\r\n')),
  'uid lines': () => event(many(100_000, () => `UID:${hostileUid}\r\n`)),
  classes: () => event(many(100_000, () => 'CLASS:PRIVATE\r\n')),
  'private 5 MB': () =>
    event(`CLASS:CONFIDENTIAL\r\n${daily}${folded('DESCRIPTION', 'word '.repeat(900_000))}`),
  'private overrides': () =>
    calendar(series('CLASS:PRIVATE\r\n') + many(4_900, (n) => override(n, '', 'CLASS:CONFIDENTIAL\r\n'))),
  latin1: () =>
    Buffer.from(
      Buffer.from(event(`${daily}DESCRIPTION:${'\xe9'.repeat(2 * mebi)}\r\n`)).toString('utf8'),
      'latin1',
    ),
  'quoted-printable': () => event(`DESCRIPTION;ENCODING=QUOTED-PRINTABLE:${'=41=\r\n'.repeat(150_000)}B\r\n`),
};

export const hostile: readonly Hostile[] = Object.entries(shapes).map(([name, bytes]) => ({ name, bytes }));
