/** Meetings whose guests were never invited, and that go: nobody hears of their end, and whoever was invited does (exchange.md 11.4). */
import assert from 'node:assert/strict';
import type { ProfileName } from '../../../conformance/exchange/profile.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { neutral } from '../events.ts';
import { withContent } from '../linked.ts';
import { InStep, type InStepOptions } from './in-step.ts';

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;
const meeting = neutral({ ...guests, title: 'Ours' }, { uid: 'ours' });
/** Nobody has a pattern for it. */
const days: NeutralEvent = {
  ...neutral({ ...guests, title: 'Ours' }, { uid: 'ours' }),
  recurrence: { rules: ['FREQ=DAILY;BYHOUR=10,14;COUNT=2'], dates: [] },
};
const draft = {
  subject: 'Theirs',
  start: '2026-03-25T12:00',
  end: '2026-03-25T13:00',
  required: ['bob@example.com'],
};

describe('a meeting that was never sent, and is deleted here', () => {
  let both: InStep;

  afterEach(() => both.close());

  async function open(options: InStepOptions): Promise<void> {
    both = await InStep.open({ ...options, linked: { rules: { invitations: 'exchange' } } });
  }
  const mails = (): readonly string[] => both.fake.mails.map(({ kind, to }) => `${kind} ${to.join()}`);
  const invitation = 'request bob@example.com';
  const calledOff = 'cancellation bob@example.com';

  /** A first run mails nobody. */
  async function silently(event: NeutralEvent): Promise<void> {
    await both.linked.put(event);
    await both.quiet();
    assert.ok(both.outlook.all().length > 0);
    assert.deepEqual(mails(), []);
  }
  async function deleted(uid = 'ours'): Promise<void> {
    both.fake.mails.length = 0;
    await both.linked.delete(uid);
    await both.quiet();
    assert.deepEqual(both.outlook.all(), []);
  }
  async function drafted(send = false): Promise<void> {
    await both.linked.synced();
    both.outlook.create(draft, { send });
    await both.quiet();
  }
  const uid = async (): Promise<string> => (await both.linked.events())[0]?.uid ?? '';

  const profiles: readonly ProfileName[] = ['exchange2010', 'exchange2016', 'gromox'];
  for (const profile of profiles) {
    it(`goes without a word at ${profile}, made by a first run`, async () => {
      await open({ profile });
      await silently(meeting);
      await deleted();
      assert.deepEqual(mails(), []);
    });

    it(`goes without a word at ${profile}, as single entries of a series`, async () => {
      await open({ profile });
      await silently(days);
      await deleted();
      assert.deepEqual(mails(), []);
    });

    it(`goes without a word at ${profile}, begun in Outlook and not sent`, async () => {
      await open({ profile });
      await drafted();
      await deleted(await uid());
      assert.deepEqual(mails(), []);
    });

    it(`is called off at ${profile} once Outlook has sent it`, async () => {
      await open({ profile });
      await silently(meeting);
      both.outlook.invite(both.outlook.all()[0]?.id ?? '');
      await both.quiet();
      await deleted();
      assert.deepEqual(mails(), [calledOff]);
    });

    it(`is called off at ${profile} where Outlook has made and sent it`, async () => {
      await open({ profile });
      await drafted(true);
      await deleted(await uid());
      assert.deepEqual(mails(), [calledOff]);
    });

    it(`is called off at ${profile} once a change of it has invited its guests`, async () => {
      await open({ profile });
      await silently(meeting);
      await both.linked.edit('ours', withContent({ location: 'Elsewhere' }));
      await both.quiet();
      assert.deepEqual(mails(), [invitation]);
      await deleted();
      assert.deepEqual(mails(), [calledOff]);
    });

    it(`is called off at ${profile} where it was sent from here`, async () => {
      await open({ profile });
      await both.linked.synced();
      await both.linked.put(meeting);
      await both.quiet();
      assert.deepEqual(mails(), [invitation]);
      await deleted();
      assert.deepEqual(mails(), [calledOff]);
    });
  }

  it('is called off where only pieces of a change are taken, and one of them has invited its guests', async () => {
    await open({ profile: 'gromox', quirks: { refusesUpdates: ['item:Importance'] } });
    await silently(meeting);
    await both.linked.edit('ours', withContent({ location: 'Elsewhere', importance: 'high' }));
    for (let run = 0; run < 2; run++) await both.linked.run();
    assert.deepEqual(mails(), [invitation]);
    both.fake.mails.length = 0;
    await both.linked.delete('ours');
    for (let run = 0; run < 2; run++) await both.linked.run();
    assert.deepEqual([both.outlook.all(), mails()], [[], [calledOff]]);
  });

  it('stays for the next run while nobody can tell', async () => {
    await open({ profile: 'gromox' });
    await silently(meeting);
    await both.linked.delete('ours');
    const cut = { kind: 'code', code: 'ErrorConnectionFailed', where: 'message' } as const;
    both.fake.faults.add({ on: 'GetItem', fault: cut });
    await both.linked.run();
    assert.equal(both.outlook.all().length, 1);
    await both.quiet();
    assert.deepEqual([both.outlook.all(), mails()], [[], []]);
  });
});
