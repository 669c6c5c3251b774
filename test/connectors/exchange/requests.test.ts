import assert from 'node:assert/strict';
import { markerProperties } from '../../../src/connectors/exchange/mapping/marker.ts';
import {
  expandList,
  resolveNames,
  serverTimeZones,
} from '../../../src/connectors/exchange/operations/directory.ts';
import { field, idOnly } from '../../../src/connectors/exchange/operations/fields.ts';
import {
  calendarView,
  findByMarker,
  listItems,
} from '../../../src/connectors/exchange/operations/find-item.ts';
import { findCalendars, getFolder } from '../../../src/connectors/exchange/operations/folders.ts';
import { getItems } from '../../../src/connectors/exchange/operations/get-item.ts';
import type { Operation } from '../../../src/connectors/exchange/operations/operation.ts';
import {
  getEvents,
  getStreamingEvents,
  subscribe,
  unsubscribe,
} from '../../../src/connectors/exchange/operations/subscriptions.ts';
import { syncFolderItems } from '../../../src/connectors/exchange/operations/sync-items.ts';
import {
  answerMeeting,
  createItems,
  deleteItems,
  invitations,
  updateItems,
} from '../../../src/connectors/exchange/operations/write-items.ts';
import { make, makeText } from '../../../src/connectors/exchange/wire/elements.ts';
import {
  knows,
  type SchemaVersion,
  schemaVersions,
} from '../../../src/connectors/exchange/wire/schema-version.ts';
import { envelope, requestHeaders } from '../../../src/connectors/exchange/wire/soap.ts';
import { schemaErrors, schemaIsThere } from './mapping/schema.ts';

const item = make('CalendarItem', [
  makeText('Subject', 'Weekly <review> & more'),
  ...markerProperties('9b1d7c'),
  makeText('Start', '2026-11-23T10:00:00'),
  makeText('End', '2026-11-23T11:00:00'),
]);
const update = make('SetItemField', [
  field('item:Subject'),
  make('CalendarItem', [makeText('Subject', 'New')]),
]);
const subscription = { id: 'JwBi', watermark: 'AQAA' };

const operations: Readonly<Record<string, Operation<unknown>>> = {
  getFolder: getFolder({ distinguished: 'calendar' }),
  getFolderOfOther: getFolder({ distinguished: 'calendar', mailbox: 'anna@corp.example' }),
  findFolder: findCalendars({ distinguished: 'msgfolderroot' }, 200),
  syncFirst: syncFolderItems('AAMk=', null),
  syncNext: syncFolderItems('AAMk=', 'H4sI'),
  getItem: getItems([{ id: 'AAMk=', version: 'DwAA' }, { id: 'AAMl=' }]),
  getOccurrence: getItems([{ master: 'AAMk=', index: 3 }, { masterOf: 'AAMm=' }], idOnly),
  findByMarker: findByMarker('AAMk=', ['9b1d7c'], 0),
  findByMarkers: findByMarker('AAMk=', ['9b1d7c', 'a', 'b'], 100),
  listItems: listItems('AAMk=', ['calendar:Start'], 0),
  calendarView: calendarView('AAMk=', Date.UTC(2026, 10, 1), Date.UTC(2026, 11, 1), [
    'calendar:Start',
    'calendar:UID',
  ]),
  createItem: createItems('AAMk=', [item, item]),
  invite: invitations([{ id: 'AAMk=', version: 'DwAA', title: 'Review' }]),
  updateItem: updateItems(
    [{ item: { id: 'AAMk=', version: 'DwAA' }, changes: [update] }],
    'changed',
    'NeverOverwrite',
  ),
  updateOccurrence: updateItems(
    [{ item: { master: 'AAMk=', index: 2 }, changes: [update] }],
    'none',
    'AutoResolve',
  ),
  deleteItem: deleteItems(
    [
      { id: 'AAMk=', version: 'DwAA' },
      { master: 'AAMl=', index: 3 },
    ],
    'none',
  ),
  deleteMeeting: deleteItems([{ id: 'AAMk=' }], 'all', 'HardDelete'),
  accept: answerMeeting({ id: 'AAMk=', version: 'DwAA' }, 'accepted', false),
  tentative: answerMeeting({ id: 'AAMk=', version: '' }, 'tentative', true),
  decline: answerMeeting({ id: 'AAMk=', version: 'DwAA' }, 'declined', false),
  resolveNames: resolveNames('smtp:bob@corp.example'),
  expandList: expandList('team@corp.example'),
  zones: serverTimeZones(['W. Europe Standard Time']),
  allZones: serverTimeZones([]),
  streaming: subscribe('streaming', ['AAMk=', 'AAMl=']),
  streamingAll: subscribe('streaming', 'all'),
  pull: subscribe('pull', ['AAMk=']),
  pullAll: subscribe('pull', 'all'),
  unsubscribe: unsubscribe('JwBi'),
  getEvents: getEvents(subscription),
};

describe('EWS requests', () => {
  it('are valid against the schema, for every version', async function () {
    if (!schemaIsThere) this.skip();
    const documents: Record<string, string> = {};
    for (const version of schemaVersions) {
      for (const [name, { since = 'Exchange2007_SP1', body }] of Object.entries(operations)) {
        if (knows(version, since)) documents[`${name}-${version}.xml`] = inEnvelope(body(version));
      }
    }
    documents['stream.xml'] = inEnvelope(getStreamingEvents(['JwBi', 'JwBj'], 29));
    assert.deepEqual(await schemaErrors(documents), []);
  });

  it('ask an old server for nothing that it does not know', () => {
    const asked = (version: SchemaVersion): string =>
      envelope({ version, impersonated: undefined }, getItems([{ id: 'a' }]).body(version));
    assert.ok(!asked('Exchange2010_SP2').includes('StartTimeZoneId'));
    assert.ok(!asked('Exchange2007_SP1').includes('StartTimeZone'));
    assert.ok(asked('Exchange2013').includes('StartTimeZoneId'));
    // Best is the default; a server that is asked for it by name makes a mail of every item.
    assert.ok(!asked('Exchange2016').includes('BodyType'));
    const listed = (version: SchemaVersion): string =>
      envelope({ version, impersonated: undefined }, syncFolderItems('a', null).body(version));
    assert.ok(!listed('Exchange2007_SP1').includes('SyncScope'));
    assert.ok(listed('Exchange2010').includes('NormalItems'));
  });

  it('name the mailbox that is meant, and nothing else in the header', () => {
    const text = envelope(
      { version: 'Exchange2016', impersonated: { address: 'anna@corp.example' } },
      unsubscribe('x').body('Exchange2016'),
    );
    assert.match(text, /<t:RequestServerVersion Version="Exchange2016"\/>/);
    assert.match(
      text,
      /<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>anna@corp.example<\/t:PrimarySmtpAddress>/,
    );
    assert.ok(!text.includes('TimeZoneContext'));
  });

  it('never write a first page as a later one, nor a change list without its items', () => {
    const text = envelope(
      { version: 'Exchange2016', impersonated: undefined },
      syncFolderItems('f', null).body('Exchange2016'),
    );
    assert.ok(!text.includes('<m:SyncState'));
    assert.match(text, /<m:MaxChangesReturned>512</);
  });
});

describe('headers of requests', () => {
  it('are those that servers and administrators look at', () => {
    const headers = requestHeaders({
      userAgent: 'portcal',
      requestId: 'r1',
      anchor: 'anna@x',
      compressed: true,
      affinity: true,
    });
    assert.equal(headers['content-type'], 'text/xml; charset=utf-8');
    assert.equal(headers['accept'], 'text/xml');
    assert.equal(headers['accept-encoding'], 'gzip');
    assert.equal(headers['client-request-id'], 'r1');
    assert.equal(headers['x-anchormailbox'], 'anna@x');
    assert.equal(headers['x-preferserveraffinity'], 'true');
  });

  it('cannot be lengthened by an address', () => {
    const headers = requestHeaders({
      userAgent: 'p',
      requestId: 'r',
      anchor: 'a@x\r\nEvil: 1',
      compressed: false,
    });
    assert.equal(headers['x-anchormailbox'], 'a@xEvil:1');
    assert.equal(headers['accept-encoding'], undefined);
  });
});

/** The schema at hand is that of 2013 SP1 and takes no other name in the header. */
function inEnvelope(body: ReturnType<Operation<unknown>['body']>): string {
  return envelope({ version: 'Exchange2013_SP1', impersonated: { address: 'anna@corp.example' } }, body);
}
