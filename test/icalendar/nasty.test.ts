/** Awkward files: what a PUT and an import make of each (test/data/nasty). */
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import type { Finding } from '../../src/icalendar/component.ts';
import { openImport } from '../../src/icalendar/import/import.ts';
import { acceptObject } from '../../src/icalendar/repair.ts';
import type { Precondition } from '../../src/icalendar/validate.ts';
import { nasty, nastyNames, rules } from './fixtures.ts';

/** Kept: bytes as sent. Mended: stored otherwise, so no ETag. Else the precondition and the line that is named. */
type Put =
  | 'kept'
  | { readonly mended: readonly Finding['code'][] }
  | { readonly refused: Precondition; readonly line?: number };

interface Row {
  readonly put: Put;
  /** Objects that an import finds; 1 unless told. */
  readonly objects?: number;
  /** Lines of the file that the import reports. */
  readonly notices?: readonly number[];
}

const kept: Row = { put: 'kept' };
const mended = (...codes: readonly Finding['code'][]): Put => ({ mended: codes });
const refused = (precondition: Precondition, line?: number): Put => ({
  refused: precondition,
  ...(line !== undefined && { line }),
});

const rows: Readonly<Record<string, Row>> = {
  // framing and encoding
  'bare-lf': kept,
  'mixed-crlf-lf': kept,
  'bom-utf8': { put: mended('byte-order-mark'), notices: [1] },
  'utf16le-bom': { put: refused('valid-calendar-data', 1), notices: [1] },
  'cp1251-bytes': { put: refused('valid-calendar-data', 9), notices: [9] },
  'fold-inside-utf8-sequence': { put: mended('split-character'), notices: [1] },
  'fold-missing-space': { put: refused('valid-calendar-data', 11), notices: [11] },
  'line-5000-octets': kept,
  'garbage-after-end': { put: refused('valid-calendar-data', 12), notices: [12] },
  'html-error-page': { put: refused('valid-calendar-data', 1), objects: 0, notices: [1] },
  'whitespace-only': { put: refused('valid-calendar-data', 1), objects: 0 },
  'no-final-newline': kept,
  'truncated-mid-line': { put: refused('valid-calendar-data', 7), objects: 0, notices: [4, 7, 7] },
  'nul-bytes': { put: mended('nul'), notices: [12] },
  'emoji-astral-rtl': kept,
  'lowercase-keywords': kept,
  'line-without-colon': { put: refused('valid-calendar-data', 10), notices: [10] },
  'empty-values': kept,
  'quoted-params': kept,
  'rfc6868-carets': kept,
  'newline-inside-param': { put: refused('valid-calendar-data', 10), notices: [10, 11] },
  'odd-property-names': kept,
  'missing-version-prodid': { put: mended('version-missing', 'prodid-missing') },
  'version-1-vcal': { put: refused('supported-calendar-data', 2), objects: 0, notices: [2] },

  // structure
  'two-vcalendars': { put: refused('valid-calendar-object-resource', 12), objects: 2 },
  'two-uids-one-resource': { put: refused('valid-calendar-object-resource', 12), objects: 2 },
  'only-vtimezone': { put: refused('valid-calendar-object-resource', 1), objects: 0 },
  'empty-vcalendar': { put: refused('valid-calendar-object-resource', 1), objects: 0 },
  'method-request': { put: mended('method') },
  'nested-vevent': { put: refused('valid-calendar-data', 10), notices: [10] },
  'unknown-component': { put: 'kept', notices: [4] },
  'deep-nesting': { put: refused('valid-calendar-data', 24), notices: [24] },

  // identity
  'missing-uid': { put: refused('valid-calendar-object-resource', 4) },
  'empty-uid': { put: refused('valid-calendar-object-resource', 4) },
  'uid-proto': kept,
  'uid-constructor-pair': kept,
  'uid-outlook-globalid': kept,
  'dup-uid-a': kept,
  'uid-case-a': kept,
  'uid-case-b': kept,
  'uid-nfc-nfd': { put: refused('valid-calendar-object-resource', 12), objects: 2 },
  'sequence-odd': kept,

  // zones
  'tzid-iana-no-vtimezone': kept,
  'tzid-windows-no-vtimezone': kept,
  'tzid-trailing-space': kept,
  'tzid-tzone-microsoft': { put: 'kept', notices: [7] },
  'tzid-unknown': { put: 'kept', notices: [7] },
  'tzid-other-case': kept,
  'tzid-display-name-unquoted': kept,
  'tzid-display-name': kept,
  'tzid-on-utc-value': kept,
  'tzid-on-date': kept,
  'vtimezone-empty': { put: 'kept', notices: [10] },
  'vtimezone-rule-bomb': kept,
  'dst-gap': kept,
  'dst-overlap': kept,
  'p1d-versus-pt24h': kept,
  floating: kept,

  // dates
  'allday-multi': kept,
  'allday-end-equals-start': kept,
  'date-start-datetime-end': kept,
  'value-date-missing': kept,
  'duration-and-dtend': kept,
  'duration-odd-forms': kept,
  'duration-fraction': { put: refused('valid-calendar-data', 8), notices: [8] },
  'date-blanks-small-letters': kept,
  'no-end-datetime': kept,
  'no-dtstart': { put: refused('valid-calendar-data', 4), objects: 0, notices: [4] },
  'old-dates': kept,
  'date-1601': kept,
  'impossible-dates': { put: refused('valid-calendar-data', 7), objects: 0, notices: [4, 7] },
  'leap-second': kept,
  'utc-offset-in-value': { put: refused('valid-calendar-data', 7), notices: [7] },

  // recurrence
  'leap-day-yearly': kept,
  'until-date-with-datetime-start': kept,
  'until-local-no-z': kept,
  'until-before-start': kept,
  'count-and-until': kept,
  'interval-zero': kept,
  'count-billion': { put: refused('max-instances', 4) },
  'minutely-byhour': kept,
  'dense-cross-product': kept,
  'conflicting-by-parts': kept,
  'last-workday': kept,
  'byweekno-wkst-sunday': kept,
  'byyearday-negative': kept,
  'german-weekday-token': { put: refused('valid-calendar-data', 10), notices: [10] },
  'lowercase-rrule': kept,
  'rrule-part-twice': kept,
  'rrule-blanks-and-signs': { put: refused('valid-calendar-data', 9), notices: [9] },
  'two-rrules': kept,
  'exrule-excludes-all': kept,
  'exdate-type-mismatch': kept,
  'exdate-datetime-on-allday': kept,
  'rdate-period': kept,
  'rdate-only': kept,
  'override-only': kept,
  'override-only-two': kept,
  'override-zone-differs': kept,
  'override-with-rrule': kept,
  'override-not-in-set': kept,
  'override-first-in-file': kept,
  'this-and-future': kept,
  'range-thisandprior': kept,
  'two-masters': { put: refused('valid-calendar-object-resource', 11), notices: [11] },

  // people, privacy, links
  'attendee-duplicates': kept,
  'schedule-agent-client': kept,
  'class-private-confidential': kept,
  'transp-status-matrix': kept,
  'public-series-private-override': kept,
  'conference-links': kept,
  'url-credentials': kept,

  // attachments, alarms, text
  'attach-inline-broken-base64': kept,
  'attach-hostile-uris': kept,
  'geo-color-image': kept,
  'geo-broken': kept,
  'alarm-invalid': kept,
  'alarm-email-foreign': kept,
  'summary-markup': kept,
  'crlf-injection-escaped': kept,
  'line-separators-u2028': kept,
  'dtstamp-in-future': kept,
  'x-lic-error': kept,
  'refresh-interval-malformed': kept,

  // other components
  'vtodo-plain': kept,
  'vtodo-due-before-start': kept,
  'vtodo-recurring-no-start': kept,
  'vtodo-dtstart-duration': kept,
  'vfreebusy-stored': kept,
  vavailability: { put: refused('supported-calendar-component', 1) },

  // samples of programs
  'outlook-invite': { put: mended('method') },
  'google-style': { put: mended('method') },
  'thunderbird-edit': kept,
  'yandex-ics-name-with-at': { put: mended('method') },
  'lotus-notes': kept,
};

describe('awkward files', () => {
  it('have a row each, and each row has its file', () => {
    assert.deepEqual(Object.keys(rows).sort(), nastyNames.toSorted());
  });

  for (const [name, row] of Object.entries(rows)) {
    it(`PUT of ${name}: ${typeof row.put === 'string' ? row.put : 'refused' in row.put ? row.put.refused : 'mended'}`, () => {
      const sent = nasty(name);
      const result = acceptObject(sent, rules);
      assert.deepEqual(outcome(result), row.put);
      if (!result.ok) return;
      if (row.put === 'kept') assert.equal(result.bytes, sent);
      else
        assert.equal(
          acceptObject(result.bytes, rules).ok && outcome(acceptObject(result.bytes, rules)),
          'kept',
        );
      assert(isUtf8(result.bytes));
    });

    it(`import of ${name}: ${row.objects ?? 1} objects that a PUT would keep`, () => {
      const file = openImport(nasty(name));
      const objects = [...file.objects];
      assert.equal(objects.length, row.objects ?? 1);
      const lines = file.findings.map((finding) => finding.line ?? 1).sort((a, b) => a - b);
      assert.deepEqual(lines, row.notices ?? []);
      const all = {
        ...rules,
        components: new Set([...rules.components, 'VAVAILABILITY']),
        maxInstances: 1e12,
      };
      for (const object of objects) {
        const result = acceptObject(object.bytes, all);
        assert.equal(outcome(result), 'kept');
        assert.equal(result.ok && result.object.uid, object.uid);
      }
    });
  }
});

function outcome(result: ReturnType<typeof acceptObject>): Put {
  if (!result.ok) return refused(result.refused.precondition, result.refused.line);
  return result.repaired ? mended(...result.findings.map((finding) => finding.code)) : 'kept';
}
