import assert from 'node:assert/strict';
import type { Outlook } from '../../conformance/exchange/outlook.ts';
import {
  changing,
  creation,
  fetching,
  invalidIn,
  itemIdXml,
  type Lab,
  openLab,
  setting,
  textOf,
} from './lab.ts';

const times = '<t:Start>2026-12-10T09:00:00Z</t:Start><t:End>2026-12-10T10:00:00Z</t:End>';
const attendees = (...addresses: readonly string[]): string =>
  `<t:RequiredAttendees>${addresses.map((one) => `<t:Attendee><t:Mailbox><t:EmailAddress>${one}</t:EmailAddress></t:Mailbox></t:Attendee>`).join('')}</t:RequiredAttendees>`;

describe('the fake Exchange server: meetings', () => {
  let lab: Lab;
  let alice: Outlook;
  let bob: Outlook;
  beforeEach(async () => {
    lab = await openLab();
    alice = lab.exchange.outlook('alice@lab.test');
    bob = lab.exchange.outlook('bob@lab.test');
  });
  afterEach(() => lab.close());

  const meet = async (invitations = 'SendToAllAndSaveCopy'): Promise<string> => {
    const subject = `<t:Subject>Flow</t:Subject>${times}${attendees('bob@lab.test', 'guest@elsewhere.test')}`;
    await lab.good(creation(subject, { invitations }));
    return alice.find('Flow')?.id ?? '';
  };
  const kinds = (): readonly string[] => lab.exchange.mails.map(({ kind, to }) => `${kind} to ${to.join()}`);

  it('mails nobody unless it is asked to', async () => {
    await meet('SendToNone');
    assert.deepEqual(lab.exchange.mails, []);
    assert.deepEqual(bob.all(), []);
  });

  it('gives the item another change key after the answer, when invitations have gone out', async () => {
    const message = await lab.good(
      creation(`<t:Subject>Key</t:Subject>${times}${attendees('bob@lab.test')}`, {
        invitations: 'SendToAllAndSaveCopy',
      }),
    );
    const [, told = ''] = /ChangeKey="([^"]+)"/.exec(lab.transcripts.at(-1)?.response ?? '') ?? [];
    assert.ok(told !== '' && message);
    assert.notEqual(alice.find('Key')?.changeKey, told);
  });

  it('delivers a request and puts the meeting into the calendar tentatively', async () => {
    await meet();
    assert.deepEqual(kinds(), ['request to bob@lab.test,guest@elsewhere.test']);
    const copy = bob.find('Flow');
    assert.deepEqual(
      [copy?.busy, copy?.response, copy?.organizer],
      ['Tentative', 'NoResponseReceived', 'alice@lab.test'],
    );
    assert.equal(bob.all('inbox')[0]?.itemClass, 'IPM.Schedule.Meeting.Request');
  });

  it('tracks an answer at the organizer, whose item changes by it', async () => {
    const id = await meet();
    const before = alice.find('Flow')?.changeKey;
    bob.respond(bob.find('Flow')?.id ?? '', 'TentativelyAccept');
    const after = alice.find('Flow');
    assert.notEqual(after?.changeKey, before);
    assert.deepEqual(after?.attendees[0], { address: 'bob@lab.test', response: 'Tentative' });
    const read = await lab.good(
      fetching([itemIdXml(id)], ['calendar:RequiredAttendees', 'calendar:MyResponseType']),
    );
    assert.equal(textOf(read, 'LastResponseTime'), '2026-11-23T08:00:00Z');
  });

  it('puts a declined meeting away', async () => {
    await meet();
    bob.respond(bob.find('Flow')?.id ?? '', 'Decline');
    assert.equal(bob.find('Flow'), undefined);
    assert.equal(bob.find('Flow', 'deleteditems')?.response, 'Decline');
  });

  it('asks again after a change of time, with the next sequence number', async () => {
    const id = await meet();
    bob.respond(bob.find('Flow')?.id ?? '', 'Accept');
    const later = '<t:Start>2026-12-10T12:00:00Z</t:Start>';
    const end = '<t:End>2026-12-10T13:00:00Z</t:End>';
    await lab.good(
      changing(itemIdXml(id), setting('calendar:Start', later) + setting('calendar:End', end), {
        invitations: 'SendToChangedAndSaveCopy',
      }),
    );
    assert.equal(bob.find('Flow')?.start, '2026-12-10T12:00:00Z');
    assert.equal(bob.find('Flow')?.response, 'NoResponseReceived');
    assert.equal(alice.find('Flow')?.attendees[0]?.response, 'Unknown');
    const read = await lab.good(fetching([itemIdXml(id)], ['calendar:AppointmentSequenceNumber']));
    assert.equal(textOf(read, 'AppointmentSequenceNumber'), '1');
  });

  it('tells only those who come and go when nothing else has changed', async () => {
    const id = await meet();
    lab.exchange.mails.length = 0;
    const people = setting(
      'calendar:RequiredAttendees',
      attendees('guest@elsewhere.test', 'new@elsewhere.test'),
    );
    await lab.good(changing(itemIdXml(id), people, { invitations: 'SendToChangedAndSaveCopy' }));
    assert.deepEqual(kinds(), ['cancellation to bob@lab.test', 'request to new@elsewhere.test']);
  });

  it('marks a cancelled meeting instead of removing it', async () => {
    const id = await meet();
    await lab.good(
      `<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="SendToAllAndSaveCopy"><m:ItemIds>${itemIdXml(id)}</m:ItemIds></m:DeleteItem>`,
    );
    const copy = bob.find('Canceled: Flow');
    assert.equal(copy?.cancelled, true);
    const read = await lab.good(
      fetching(
        [itemIdXml(copy?.id ?? '')],
        ['calendar:IsCancelled', 'calendar:AppointmentState', 'calendar:LegacyFreeBusyStatus'],
      ),
      { as: 'bob@lab.test' },
    );
    assert.deepEqual(
      [textOf(read, 'IsCancelled'), textOf(read, 'AppointmentState'), textOf(read, 'LegacyFreeBusyStatus')],
      ['true', '7', 'Free'],
    );
  });

  it('mails everyone when an attendee writes the meeting as if it were his own', async () => {
    await meet();
    lab.exchange.mails.length = 0;
    const copy = bob.find('Flow')?.id ?? '';
    const busy = setting(
      'calendar:LegacyFreeBusyStatus',
      '<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus>',
    );
    await lab.good(changing(itemIdXml(copy), busy, { invitations: 'SendToAllAndSaveCopy' }), {
      as: 'bob@lab.test',
    });
    assert.equal(lab.exchange.mails[0]?.from, 'bob@lab.test');
  });

  it('takes answers by AcceptItem, refuses those of the organizer, and speaks by the schema of Microsoft', async function () {
    const id = await meet();
    const answer = (reference: string): string =>
      `<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:AcceptItem><t:ReferenceItemId Id="${reference}"/></t:AcceptItem></m:Items></m:CreateItem>`;
    assert.equal(await lab.code(answer(id)), 'ErrorCalendarIsOrganizerForAccept');
    const request = bob.all('inbox')[0]?.id ?? '';
    await lab.good(fetching([itemIdXml(request)], [], 'AllProperties'), { as: 'bob@lab.test' });
    assert.equal(await lab.code(answer(request), { as: 'bob@lab.test' }), 'NoError');
    await lab.good(fetching([itemIdXml(alice.all('inbox')[0]?.id ?? '')], [], 'AllProperties'));
    await lab.good(fetching([itemIdXml(id)], [], 'AllProperties'));
    alice.cancel(id);
    const cancellation = bob.all('inbox').find(({ itemClass }) => itemClass.endsWith('Canceled'));
    await lab.good(fetching([itemIdXml(cancellation?.id ?? '')], [], 'AllProperties'), {
      as: 'bob@lab.test',
    });
    assert.deepEqual(await invalidIn(lab.transcripts, () => this.skip()), []);
  });
});
