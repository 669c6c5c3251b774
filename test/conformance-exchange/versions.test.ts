import assert from 'node:assert/strict';
import type { ProfileName } from '../../conformance/exchange/profile.ts';
import { schemaMissing } from '../../conformance/exchange/validate.ts';
import {
  attributeOf,
  calendar,
  changing,
  creation,
  envelopeOf,
  fetching,
  invalidIn,
  itemIdXml,
  type Lab,
  openLab,
  post,
  setting,
  syncing,
  textOf,
} from './lab.ts';

const folder = `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>${calendar}</m:FolderIds></m:GetFolder>`;

describe('the fake Exchange server: versions and products', () => {
  let lab: Lab;
  const open = async (profile: ProfileName): Promise<void> => {
    lab = await openLab({ profile });
  };
  afterEach(async function () {
    await lab.close();
    // Gromox is known to deviate; requests that are meant to be wrong are no fault of the server.
    const answers = lab.transcripts.map((one) => ({ ...one, request: one.response }));
    if (schemaMissing() === undefined && !this.currentTest?.title.includes('Gromox'))
      assert.deepEqual(await invalidIn(answers, () => assert.fail()), []);
  });

  it('tells its build and refuses newer protocols', async () => {
    await open('exchange2010');
    const answer = await post(lab.exchange, envelopeOf(folder, { version: 'Exchange2010_SP2' }));
    assert.match(answer.text, /MajorVersion="14" MinorVersion="3"/);
    assert.equal(await lab.code(folder, { version: 'Exchange2013' }), 'ErrorInvalidServerVersion');
  });

  it('refuses elements and properties that are newer than the request', async () => {
    await open('exchange2016');
    const id = lab.exchange.outlook('alice@lab.test').create({ subject: 'x' });
    const asked = (field: string, version: string): Promise<string> =>
      lab.code(fetching([itemIdXml(id)], [field]), { version });
    assert.equal(await asked('item:TextBody', 'Exchange2010_SP2'), 'ErrorSchemaValidation');
    assert.equal(await asked('item:TextBody', 'Exchange2013'), 'NoError');
    assert.equal(await asked('calendar:StartTimeZone', 'Exchange2007_SP1'), 'ErrorSchemaValidation');
    assert.equal(
      await lab.code(syncing(undefined), { version: 'Exchange2007_SP1' }),
      'ErrorSchemaValidation',
    );
    const elsewhere = creation('<t:LegacyFreeBusyStatus>WorkingElsewhere</t:LegacyFreeBusyStatus>');
    assert.equal(await lab.code(elsewhere, { version: 'Exchange2010_SP2' }), 'ErrorSchemaValidation');
    assert.equal(await lab.code(elsewhere, { version: 'Exchange2013' }), 'NoError');
  });

  it('refuses the children of an item in any other order than that of the schema', async () => {
    await open('exchange2016');
    const wrong = creation('<t:Start>2026-11-23T10:00:00Z</t:Start><t:Subject>Late</t:Subject>');
    assert.equal(await lab.code(wrong), 'ErrorSchemaValidation');
    const answer = await post(lab.exchange, envelopeOf(wrong));
    assert.equal(answer.status, 500);
  });

  it('takes MeetingTimeZone from clients of 2007', async () => {
    await open('exchange2010');
    const children =
      '<t:Subject>Old</t:Subject><t:Start>2026-07-06T08:00:00Z</t:Start><t:End>2026-07-06T09:00:00Z</t:End><t:MeetingTimeZone TimeZoneName="W. Europe Standard Time"/>';
    assert.equal(await lab.code(creation(children), { version: 'Exchange2007_SP1' }), 'NoError');
    assert.equal(lab.exchange.outlook('alice@lab.test').find('Old')?.zone, 'W. Europe Standard Time');
  });

  it('deviates as Gromox does', async () => {
    await open('gromox');
    const alice = lab.exchange.outlook('alice@lab.test');
    const id = alice.create({
      subject: 'Series',
      start: '2026-11-23T10:00',
      end: '2026-11-23T11:00',
      recurrence: { pattern: { kind: 'daily', interval: 1 }, start: 20_780, count: 3 },
    });
    const state = textOf(await lab.good(syncing(undefined)), 'SyncState');
    alice.editInstance(id, '2026-11-24', { location: 'Room 2' });
    const next = await lab.good(syncing(state));
    assert.equal(attributeOf(next, 'ItemId', 'Id'), '', 'edits of occurrences appear nowhere');
    const restarted = await lab.good(syncing('broken'));
    assert.equal(attributeOf(restarted, 'ItemId', 'Id'), id, 'a broken state starts silently anew');
    const stale = changing(
      itemIdXml(id, 'DwAAABYAAAAAAAAAAAAAAAAAAAA='),
      setting('item:Subject', '<t:Subject>y</t:Subject>'),
      { resolution: 'NeverOverwrite' },
    );
    assert.equal(await lab.code(stale), 'NoError', 'stale change keys are accepted');
    const read = await lab.good(
      fetching([itemIdXml(id)], ['calendar:ModifiedOccurrences', 'calendar:Recurrence']),
    );
    assert.equal(
      textOf(read, 'OriginalStart'),
      '2026-11-23T23:00:00.000000Z',
      'the original start is midnight',
    );
    assert.equal(textOf(read, 'StartDate'), '2026-11-23T00:00:00.000000Z');
    const denied = await post(lab.exchange, envelopeOf(folder, { impersonate: 'bob@lab.test' }));
    assert.deepEqual(
      [denied.status, denied.text.includes('E-3243: '), denied.text.includes('Error')],
      [500, true, false],
    );
    const zones = '<m:GetServerTimeZones ReturnFullTimeZoneData="false"/>';
    assert.equal(await lab.code(zones), 'Server');
  });
});
