/** One component of a calendar object as the suites make them. */
export interface ComponentLines {
  readonly kind: 'VEVENT' | 'VTODO' | 'VJOURNAL';
  readonly uid: string;
  /** Unfolded content lines without UID and DTSTAMP. */
  readonly lines: readonly string[];
}

/** A calendar object with the components given, CRLF at line ends; lines are not folded. */
export function calendarObject(components: readonly ComponentLines[]): string {
  const inner = components.flatMap(({ kind, uid, lines }) => [
    `BEGIN:${kind}`,
    `UID:${uid}`,
    'DTSTAMP:20300101T000000Z',
    ...lines,
    `END:${kind}`,
  ]);
  const all = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//portcal//conformance//EN',
    ...inner,
    'END:VCALENDAR',
    '',
  ];
  return all.join('\r\n');
}

/** An event of one hour with a summary, and whatever further lines it needs. */
export function event(
  uid: string,
  summary: string,
  start = '20310310T100000Z',
  further: readonly string[] = [],
): string {
  const lines = [`DTSTART:${start}`, 'DURATION:PT1H', `SUMMARY:${summary}`, ...further];
  return calendarObject([{ kind: 'VEVENT', uid, lines }]);
}

/** The text with folded lines joined (RFC 5545 §3.1). */
export function unfold(text: string): string {
  return text.replace(/\r?\n[ \t]/g, '');
}
