import assert from 'node:assert/strict';
import {
  allOf,
  attributeOf,
  calendar,
  changing,
  creation,
  fetching,
  invalidIn,
  itemIdXml,
  type Lab,
  messageOf,
  openLab,
  setting,
  textOf,
} from './lab.ts';

const weekly =
  '<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek><t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-11-23</t:StartDate><t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>';
const berlin = '<t:StartTimeZone Id="W. Europe Standard Time"/><t:EndTimeZone Id="W. Europe Standard Time"/>';

describe('the fake Exchange server: calendar items', () => {
  let lab: Lab;
  before(async () => {
    lab = await openLab();
  });
  after(() => lab.close());

  const create = async (children: string): Promise<{ id: string; key: string }> => {
    const message = await lab.good(creation(children));
    return { id: attributeOf(message, 'ItemId', 'Id'), key: attributeOf(message, 'ItemId', 'ChangeKey') };
  };
  const series = (subject: string): Promise<{ id: string; key: string }> =>
    create(
      `<t:Subject>${subject}</t:Subject><t:Start>2026-11-23T10:00:00</t:Start><t:End>2026-11-23T11:00:00</t:End>${weekly}${berlin}`,
    );
  const occurrence = (id: string, index: number): string =>
    `<t:OccurrenceItemId RecurringMasterId="${id}" InstanceIndex="${index}"/>`;

  it('reads times without offset in the zone beside them and tells them in UTC', async () => {
    const { id } = await create(
      `<t:Subject>Review</t:Subject><t:Start>2026-11-23T10:00:00</t:Start><t:End>2026-11-23T11:00:00</t:End>${berlin}`,
    );
    const message = await lab.good(
      fetching([itemIdXml(id)], ['calendar:Start', 'calendar:StartTimeZone', 'item:Subject']),
    );
    assert.equal(textOf(message, 'Start'), '2026-11-23T09:00:00Z');
    assert.equal(attributeOf(message, 'StartTimeZone', 'Id'), 'W. Europe Standard Time');
    const there = await lab.good(fetching([itemIdXml(id)], ['calendar:Start']), {
      zone: 'Eastern Standard Time',
    });
    assert.equal(textOf(there, 'Start'), '2026-11-23T04:00:00-05:00');
  });

  it('widens all-day events to midnights of their zone', async () => {
    const { id } = await create(
      '<t:Start>2026-12-24T00:00:00+13:00</t:Start><t:End>2026-12-24T12:00:00+13:00</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent><t:StartTimeZone Id="Tonga Standard Time"/><t:EndTimeZone Id="Tonga Standard Time"/>',
    );
    const message = await lab.good(fetching([itemIdXml(id)], ['calendar:Start', 'calendar:End']));
    assert.deepEqual(
      [textOf(message, 'Start'), textOf(message, 'End')],
      ['2026-12-23T11:00:00Z', '2026-12-24T11:00:00Z'],
    );
  });

  it('counts deleted occurrences and gives the master another change key', async () => {
    const { id, key } = await series('Counting');
    await lab.good(
      `<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToNone"><m:ItemIds>${occurrence(id, 2)}</m:ItemIds></m:DeleteItem>`,
    );
    await lab.good(
      changing(occurrence(id, 3), setting('calendar:Location', '<t:Location>Room 9</t:Location>')),
    );
    const message = await lab.good(
      fetching(
        [itemIdXml(id)],
        ['calendar:ModifiedOccurrences', 'calendar:DeletedOccurrences', 'calendar:Recurrence'],
      ),
    );
    assert.notEqual(attributeOf(message, 'ItemId', 'ChangeKey'), key);
    const [modified] = allOf(message, 'Occurrence');
    const [deleted] = allOf(message, 'DeletedOccurrence');
    assert.ok(modified && deleted);
    assert.equal(textOf(modified, 'OriginalStart'), '2026-12-07T09:00:00Z');
    assert.equal(textOf(deleted, 'Start'), '2026-11-30T09:00:00Z');
    const exception = await lab.good(
      fetching(
        [itemIdXml(attributeOf(modified, 'ItemId', 'Id'))],
        ['calendar:Location', 'calendar:CalendarItemType'],
      ),
    );
    assert.deepEqual(
      [textOf(exception, 'Location'), textOf(exception, 'CalendarItemType')],
      ['Room 9', 'Exception'],
    );
    const again = `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>${occurrence(id, 2)}</m:ItemIds></m:DeleteItem>`;
    assert.equal(await lab.code(again), 'ErrorCalendarOccurrenceIsDeletedFromRecurrence');
    assert.equal(
      await lab.code(fetching([occurrence(id, 6)], [])),
      'ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange',
    );
    const master = await lab.good(
      fetching([`<t:RecurringMasterItemId OccurrenceId="${attributeOf(modified, 'ItemId', 'Id')}"/>`], []),
    );
    assert.equal(attributeOf(master, 'ItemId', 'Id'), id);
  });

  it('refuses to move an occurrence onto or past a neighbour', async () => {
    const { id } = await series('Neighbours');
    const move = (index: number, date: string): string =>
      changing(
        occurrence(id, index),
        setting('calendar:Start', `<t:Start>${date}T10:00:00Z</t:Start>`) +
          setting('calendar:End', `<t:End>${date}T11:00:00Z</t:End>`),
      );
    assert.equal(await lab.code(move(2, '2026-12-07')), 'ErrorOccurrenceCrossingBoundary');
    assert.equal(await lab.code(move(2, '2026-12-09')), 'ErrorOccurrenceCrossingBoundary');
    assert.equal(await lab.code(move(2, '2026-12-01')), 'NoError');
    // Its neighbour may now come closer, but not onto the same day.
    assert.equal(await lab.code(move(3, '2026-12-01')), 'ErrorOccurrenceCrossingBoundary');
    assert.equal(await lab.code(move(3, '2026-12-02')), 'NoError');
  });

  it('drops the overrides of a series whose pattern or time of day changes, and no others', async () => {
    const { id } = await series('Overrides');
    const overrides = async (): Promise<number> =>
      allOf(await lab.good(fetching([itemIdXml(id)], ['calendar:ModifiedOccurrences'])), 'Occurrence').length;
    await lab.good(changing(occurrence(id, 3), setting('item:Subject', '<t:Subject>Other</t:Subject>')));
    await lab.good(changing(itemIdXml(id), setting('item:Subject', '<t:Subject>Renamed</t:Subject>')));
    await lab.good(changing(itemIdXml(id), setting('calendar:Recurrence', weekly)));
    assert.equal(await overrides(), 1);
    await lab.good(changing(itemIdXml(id), setting('calendar:Recurrence', weekly.replace('>5<', '>6<'))));
    assert.equal(await overrides(), 0);
  });

  it('refuses stale change keys under NeverOverwrite and demands one', async () => {
    const { id, key } = await create('<t:Subject>Stale</t:Subject>');
    const update = (idXml: string): string =>
      changing(idXml, setting('item:Subject', '<t:Subject>New</t:Subject>'), {
        resolution: 'NeverOverwrite',
      });
    assert.equal(await lab.code(update(itemIdXml(id))), 'ErrorChangeKeyRequiredForWriteOperations');
    assert.equal(await lab.code(update(itemIdXml(id, key))), 'NoError');
    assert.equal(await lab.code(update(itemIdXml(id, key))), 'ErrorIrresolvableConflict');
  });

  it('answers each part of a batch on its own', async () => {
    const { id } = await create('<t:Subject>Batch</t:Subject>');
    const wrong = id.replace(/^AAMkAD/, 'AAMkAX');
    const answer = await lab.ask(fetching([itemIdXml(wrong), itemIdXml(id)], ['item:Subject']));
    assert.equal(textOf(messageOf(answer, 0), 'ResponseCode'), 'ErrorInvalidIdMalformed');
    assert.equal(textOf(messageOf(answer, 1), 'Subject'), 'Batch');
  });

  it('has neighbouring ids that differ in case only', async () => {
    const first = await create('<t:Subject>One</t:Subject>');
    const ids = [
      first.id,
      (await create('<t:Subject>Two</t:Subject>')).id,
      (await create('<t:Subject>Three</t:Subject>')).id,
    ];
    assert.equal(new Set(ids).size, 3);
    assert.equal(new Set(ids.map((id) => id.toLowerCase())).size, 2);
  });

  it('expands a CalendarView and bounds it to two years and a thousand entries', async () => {
    await series('View');
    const view = (from: string, until: string): string =>
      `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/><t:FieldURI FieldURI="calendar:Start"/></t:AdditionalProperties></m:ItemShape><m:CalendarView StartDate="${from}" EndDate="${until}"/><m:ParentFolderIds>${calendar}</m:ParentFolderIds></m:FindItem>`;
    const message = await lab.good(view('2026-11-23T00:00:00Z', '2026-12-08T00:00:00Z'));
    const starts = allOf(message, 'CalendarItem')
      .filter((one) => textOf(one, 'Subject') === 'View')
      .map((one) => textOf(one, 'Start'));
    assert.deepEqual(starts, ['2026-11-23T09:00:00Z', '2026-11-30T09:00:00Z', '2026-12-07T09:00:00Z']);
    assert.equal(
      await lab.code(view('2026-01-01T00:00:00Z', '2029-01-01T00:00:00Z')),
      'ErrorCalendarViewRangeTooBig',
    );
  });

  it('finds items by a named property and always tells whether the listing is complete', async () => {
    const path =
      'PropertySetId="8f6c1f0e-3c1a-4c43-9d2f-5f0a6f0d7b11" PropertyName="PortalEventId" PropertyType="String"';
    const { id } = await create(
      `<t:Subject>Marked</t:Subject><t:ExtendedProperty><t:ExtendedFieldURI ${path}/><t:Value>9b1d7c</t:Value></t:ExtendedProperty>`,
    );
    const find = (value: string): string =>
      `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:IndexedPageItemView MaxEntriesReturned="100" Offset="0" BasePoint="Beginning"/><m:Restriction><t:IsEqualTo><t:ExtendedFieldURI ${path}/><t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction><m:ParentFolderIds>${calendar}</m:ParentFolderIds></m:FindItem>`;
    assert.equal(attributeOf(await lab.good(find('9b1d7c')), 'ItemId', 'Id'), id);
    const none = await lab.good(find('nobody'));
    assert.equal(attributeOf(none, 'RootFolder', 'IncludesLastItemInRange'), 'true');
    assert.equal(attributeOf(none, 'RootFolder', 'TotalItemsInView'), '0');
  });

  it('moves deleted items, which gives them another id', async () => {
    const { id } = await create('<t:Subject>Deleted</t:Subject>');
    await lab.good(
      `<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToNone"><m:ItemIds>${itemIdXml(id)}</m:ItemIds></m:DeleteItem>`,
    );
    assert.equal(await lab.code(fetching([itemIdXml(id)], [])), 'ErrorItemNotFound');
    assert.equal(lab.exchange.outlook('alice@lab.test').find('Deleted', 'deleteditems')?.subject, 'Deleted');
  });

  it('refuses what no calendar can hold', async () => {
    const times = (start: string, end: string): string =>
      creation(`<t:Start>${start}</t:Start><t:End>${end}</t:End>`);
    assert.equal(
      await lab.code(times('2026-11-23T10:00:00Z', '2026-11-23T09:00:00Z')),
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    );
    assert.equal(
      await lab.code(times('2026-11-23T10:00:00Z', '2032-11-23T09:00:00Z')),
      'ErrorCalendarDurationIsTooLong',
    );
    assert.equal(
      await lab.code(creation('<t:Subject>x</t:Subject>').replace('Id="calendar"', 'Id="inbox"')),
      'ErrorCannotCreateCalendarItemInNonCalendarFolder',
    );
  });

  it('breaks items on demand', async () => {
    const alice = lab.exchange.outlook('alice@lab.test');
    const good = itemIdXml(alice.create({ subject: 'whole', attachments: true }));
    const bad = alice.create({ subject: 'broken' });
    alice.break(bad, 'ErrorItemCorrupt');
    const answer = await lab.ask(fetching([itemIdXml(bad), good], ['item:HasAttachments']));
    assert.equal(textOf(messageOf(answer, 0), 'ResponseCode'), 'ErrorItemCorrupt');
    assert.equal(textOf(messageOf(answer, 1), 'HasAttachments'), 'true');
    alice.delete(bad, { hard: true });
  });

  it('keeps a zone that is given by its rules', async () => {
    const definition =
      '<t:Periods><t:Period Bias="-PT1H" Name="Standard" Id="std"/><t:Period Bias="-PT2H" Name="Daylight" Id="dlt"/></t:Periods><t:TransitionsGroups><t:TransitionsGroup Id="0"><t:RecurringDayTransition><t:To Kind="Period">dlt</t:To><t:TimeOffset>PT2H</t:TimeOffset><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition><t:RecurringDayTransition><t:To Kind="Period">std</t:To><t:TimeOffset>PT3H</t:TimeOffset><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek><t:Occurrence>-1</t:Occurrence></t:RecurringDayTransition></t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions>';
    const { id } = await create(
      `<t:Subject>Custom</t:Subject><t:Start>2026-07-06T10:00:00</t:Start><t:End>2026-07-06T11:00:00</t:End><t:StartTimeZone Id="Customized Time Zone" Name="Ours">${definition}</t:StartTimeZone>`,
    );
    const message = await lab.good(fetching([itemIdXml(id)], ['calendar:Start', 'calendar:StartTimeZone']));
    assert.equal(textOf(message, 'Start'), '2026-07-06T08:00:00Z');
    assert.equal(allOf(message, 'RecurringDayTransition').length, 2);
  });

  it('tells everything by the schema of Microsoft', async function () {
    await lab.good(fetching([itemIdXml((await series('All')).id)], [], 'AllProperties'));
    assert.deepEqual(await invalidIn(lab.transcripts, () => this.skip()), []);
  });
});
