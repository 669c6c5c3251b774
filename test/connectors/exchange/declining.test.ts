/** Meetings of others that are deleted here: their organizers hear of it, once, and only then (exchange.md 11.4). */
import assert from 'node:assert/strict';
import type { Outlook } from '../../../conformance/exchange/outlook.ts';
import { readAgreed } from '../../../src/connectors/agreed.ts';
import { withContent } from '../linked.ts';
import { InStep, type InStepOptions } from './in-step.ts';

const lunch = {
  subject: 'Lunch',
  start: '2026-03-25T12:00',
  end: '2026-03-25T13:00',
  required: ['alice@example.com'],
};

describe('somebody else’s meeting that is deleted here', () => {
  let both: InStep;
  let bob: Outlook;

  afterEach(() => both.close());

  /** Bob has invited Alice, who has accepted. The mails until then do not count. */
  async function invited(options: InStepOptions = {}, entry: object = {}): Promise<void> {
    both = await InStep.open(options);
    both.fake.addMailbox('bob@example.com');
    bob = both.fake.outlook('bob@example.com');
    bob.invite(bob.create({ ...lunch, ...entry }));
    await both.linked.synced();
    await edit('accepted');
    both.fake.mails.length = 0;
  }
  async function edit(answer: 'accepted' | 'declined'): Promise<void> {
    await both.linked.edit(await uid(), withContent({ answer }));
    await both.linked.synced();
  }
  const uid = async (): Promise<string> => (await both.linked.events())[0]?.uid ?? '';
  const remove = async (): Promise<void> => both.linked.delete(await uid());
  const tracked = (): string | undefined => bob.find('Lunch')?.attendees[0]?.response;
  const mails = (): string[] =>
    both.fake.mails.map(({ kind, to, response }) => `${kind} ${response ?? ''} ${to.join()}`);
  const declined = ['response Decline bob@example.com'];
  const assertGone = async (): Promise<void> => {
    assert.deepEqual([both.outlook.find('Lunch'), (await both.linked.events()).length], [undefined, 0]);
  };

  for (const profile of ['exchange2010', 'exchange2016', 'gromox'] as const) {
    it(`is declined at ${profile}, with one mail`, async () => {
      await invited({ profile });
      assert.equal(tracked(), 'Accept');
      await remove();
      await both.quiet();
      assert.deepEqual(mails(), declined);
      assert.equal(tracked(), 'Decline');
      await assertGone();
    });
  }

  it('is agreed on with its people after an answer', async () => {
    await invited();
    const { connectors } = both.linked.services.storage;
    const [pair] = await connectors.pairsBy(both.linked.id, 'uid', [await uid()], 'live');
    const { remote } = readAgreed(pair?.agreed ?? '');
    assert.deepEqual(
      [remote.content.answer, remote.content.organizer?.address],
      ['accepted', 'bob@example.com'],
    );
    assert.deepEqual(
      remote.content.attendees.map(({ address }) => address),
      ['alice@example.com'],
    );
  });

  it('is declined once when the line breaks behind the answer, or behind the removal', async () => {
    for (const on of ['CreateItem', 'DeleteItem']) {
      await invited();
      await remove();
      both.fake.faults.add({ on, fault: { kind: 'reset-after' } });
      await both.linked.run();
      await both.quiet();
      assert.deepEqual(mails(), declined, on);
      await assertGone();
      if (on === 'CreateItem') await both.close();
    }
  });

  it('is declined later when the server is busy, and stays until then', async () => {
    await invited();
    await remove();
    both.fake.faults.add({
      on: 'CreateItem',
      fault: { kind: 'busy', backOffMs: 60_000, where: 'response-message' },
    });
    await both.linked.run();
    assert.deepEqual(mails(), []);
    assert.ok(both.outlook.find('Lunch'));
    await both.quiet();
    assert.deepEqual(mails(), declined);
    await assertGone();
  });

  it('goes without a word where the administrator wants no mails', async () => {
    await invited({ linked: { rules: { invitations: 'none' } } });
    await remove();
    await both.quiet();
    assert.deepEqual(mails(), []);
    assert.equal(tracked(), 'Accept');
    await assertGone();
  });

  it('goes without a word when it is over', async () => {
    await invited();
    both.linked.office.clock.advance(6 * 86_400_000);
    await both.linked.synced();
    await remove();
    await both.quiet();
    assert.deepEqual(mails(), []);
  });

  it('goes without a word when it was called off', async () => {
    await invited();
    bob.cancel(bob.find('Lunch')?.id ?? '');
    await both.linked.synced();
    both.fake.mails.length = 0;
    await remove();
    await both.quiet();
    assert.deepEqual(mails(), []);
  });

  it('goes without a word when the link is made anew', async () => {
    await invited();
    await both.linked.commit([{ do: 'patch-connector-link', id: both.linked.id, patch: { localCursor: 0 } }]);
    await remove();
    await both.linked.synced();
    assert.deepEqual(mails(), []);
  });

  it('is not declined again when it was declined here before', async () => {
    await invited();
    await edit('declined');
    assert.deepEqual(mails(), declined);
    if ((await both.linked.events()).length > 0) await remove();
    await both.quiet();
    assert.deepEqual(mails(), declined);
  });
});
