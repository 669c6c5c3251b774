import assert from 'node:assert/strict';
import {
  allOf,
  attributeOf,
  calendar,
  fetching,
  invalidIn,
  itemIdXml,
  type Lab,
  openLab,
  textOf,
} from './lab.ts';

const names = (entry: string): string =>
  `<m:ResolveNames ReturnFullContactData="false" SearchScope="ActiveDirectory"><m:UnresolvedEntry>${entry}</m:UnresolvedEntry></m:ResolveNames>`;

describe('the fake Exchange server: directory, folders and conversions', () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
    lab.exchange.store.lists.set('team@lab.test', ['alice@lab.test', 'guest@elsewhere.test']);
  });
  after(() => lab.close());

  it('resolves addresses, also those of the directory itself', async () => {
    assert.equal(textOf(await lab.good(names('smtp:bob@lab.test')), 'EmailAddress'), 'bob@lab.test');
    const legacy = '/o=Lab/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=boblabtest';
    assert.equal(textOf(await lab.good(names(legacy)), 'EmailAddress'), 'bob@lab.test');
    assert.equal(await lab.code(names('nobody@lab.test')), 'ErrorNameResolutionNoResults');
  });

  it('expands distribution lists', async () => {
    const list =
      '<m:ExpandDL><m:Mailbox><t:EmailAddress>team@lab.test</t:EmailAddress></m:Mailbox></m:ExpandDL>';
    const members = allOf(await lab.good(list), 'EmailAddress').map(({ text }) => text);
    assert.deepEqual(members, ['alice@lab.test', 'guest@elsewhere.test']);
  });

  it('lists calendars by a prefix of their class, search folders left out of none', async () => {
    const alice = lab.exchange.outlook('alice@lab.test');
    alice.addCalendar('Private');
    const find = `<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:FolderClass"/><t:FieldURI FieldURI="folder:EffectiveRights"/></t:AdditionalProperties></m:FolderShape><m:IndexedPageFolderView MaxEntriesReturned="200" Offset="0" BasePoint="Beginning"/><m:Restriction><t:Contains ContainmentMode="Prefixed" ContainmentComparison="IgnoreCase"><t:FieldURI FieldURI="folder:FolderClass"/><t:Constant Value="IPF.Appointment"/></t:Contains></m:Restriction><m:ParentFolderIds><t:DistinguishedFolderId Id="msgfolderroot"/></m:ParentFolderIds></m:FindFolder>`;
    const found = allOf(await lab.good(find), 'DisplayName').map(({ text }) => text);
    assert.deepEqual(found, ['Calendar', 'Private']);
  });

  it('tells its time zones whole', async () => {
    const zones = await lab.good(
      '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>W. Europe Standard Time</t:Id></m:Ids></m:GetServerTimeZones>',
    );
    const [first] = allOf(zones, 'RecurringDayTransition');
    assert.ok(first);
    assert.deepEqual(
      ['Month', 'DayOfWeek', 'Occurrence', 'TimeOffset'].map((name) => textOf(first, name)),
      ['3', 'Sunday', '-1', 'PT2H'],
    );
    await lab.good('<m:GetServerTimeZones ReturnFullTimeZoneData="true"/>');
  });

  it('tells whose id it is, whatever mailbox the question names', async () => {
    const id = lab.exchange.outlook('bob@lab.test').create({ subject: 'x' });
    const converted = await lab.good(
      `<m:ConvertId DestinationFormat="EwsId"><m:SourceIds><t:AlternateId Format="EwsId" Id="${id}" Mailbox="blah@blah.test"/></m:SourceIds></m:ConvertId>`,
    );
    assert.equal(attributeOf(converted, 'AlternateId', 'Mailbox'), 'bob@lab.test');
  });

  it('gives an item as an iCalendar object with its zone', async () => {
    const id = lab.exchange
      .outlook('alice@lab.test')
      .create({ subject: 'Ümlaut', start: '2026-07-06T10:00', end: '2026-07-06T11:00' });
    const read = await lab.good(fetching([itemIdXml(id)], ['item:MimeContent']));
    const mime = Buffer.from(textOf(read, 'MimeContent'), 'base64').toString('utf8');
    assert.match(
      mime,
      /BEGIN:VTIMEZONE[\s\S]*DTSTART;TZID=W. Europe Standard Time:20260706T100000[\s\S]*SUMMARY:Ümlaut/,
    );
  });

  it('keeps options of the page and automatic replies for those who ask', async () => {
    const options = `<m:GetUserConfiguration><m:UserConfigurationName Name="OWA.UserOptions"><t:DistinguishedFolderId Id="root"/></m:UserConfigurationName><m:UserConfigurationProperties>All</m:UserConfigurationProperties></m:GetUserConfiguration>`;
    assert.match(textOf(await lab.good(options), 'DictionaryValue'), /^$/);
    const hierarchy = `<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape></m:SyncFolderHierarchy>`;
    assert.ok(allOf(await lab.good(hierarchy), 'CalendarFolder').length > 0);
    const folder = `<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:FolderIds>${calendar}<t:DistinguishedFolderId Id="inbox"/><t:DistinguishedFolderId Id="tasks"/></m:FolderIds></m:GetFolder>`;
    await lab.good(folder);
  });

  it('says all of this by the schema of Microsoft', async function () {
    assert.deepEqual(await invalidIn(lab.transcripts, () => this.skip()), []);
  });
});
