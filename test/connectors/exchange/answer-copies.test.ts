/** Meetings that are answered in another calendar than the default one: they stay there, and nobody has them twice (exchange.md 11.4, 19.4). */
import assert from 'node:assert/strict';
import type { Outlook } from '../../../conformance/exchange/outlook.ts';
import { withContent } from '../linked.ts';
import { InStep, type InStepOptions } from './in-step.ts';

const lunch = {
  subject: 'Lunch',
  start: '2026-03-25T12:00',
  end: '2026-03-25T13:00',
  required: ['alice@example.com'],
};

describe('a meeting that is answered in another calendar', () => {
  let both: InStep;
  let bob: Outlook;

  afterEach(() => both.close());

  /** Bob has invited Alice, who keeps it among those of her team. */
  async function invited(options: InStepOptions): Promise<void> {
    both = await InStep.open({ ...options, calendar: 'Team' });
    both.fake.addMailbox('bob@example.com');
    bob = both.fake.outlook('bob@example.com');
    bob.invite(bob.create(lunch));
    both.outlook.move(both.outlook.find('Lunch')?.id ?? '', 'Team');
    await both.linked.synced();
    both.fake.mails.length = 0;
  }
  async function accept(): Promise<void> {
    const [event] = await both.linked.events();
    await both.linked.edit(event?.uid ?? '', withContent({ answer: 'accepted' }));
    await both.quiet();
  }
  const mails = (): readonly string[] =>
    both.fake.mails.map(({ kind, to, response }) => `${kind} ${response ?? ''} ${to.join()}`);
  const subjects = (folder?: string): readonly string[] =>
    both.outlook.all(folder).map(({ subject, response }) => `${subject} ${response}`);

  for (const profile of ['exchange2016', 'gromox'] as const)
    it(`is there once at ${profile}`, async () => {
      await invited({ profile });
      await accept();
      assert.deepEqual([subjects(), subjects('Team')], [[], ['Lunch Accept']]);
      assert.deepEqual(mails(), ['response Accept bob@example.com']);
      assert.equal(bob.find('Lunch')?.attendees[0]?.response, 'Accept');
    });

  it('stays in both where somebody has put it there before', async () => {
    await invited({ profile: 'gromox' });
    both.outlook.copy(both.outlook.find('Lunch', 'Team')?.id ?? '');
    await accept();
    assert.deepEqual([subjects().length, subjects('Team')], [1, ['Lunch Accept']]);
  });

  it('is left where the server has moved it', async () => {
    await invited({ profile: 'gromox', quirks: { movesAccepted: true } });
    await accept();
    assert.deepEqual([subjects(), subjects('Team')], [['Lunch Accept'], []]);
  });

  it('is answered where the server knows no search by UID', async () => {
    await invited({ profile: 'gromox', quirks: { searchesIds: false } });
    await accept();
    assert.deepEqual(mails(), ['response Accept bob@example.com']);
  });
});
