/** What follows there from a meeting that its organizer moves here, and from a calendar that somebody moves there. */
import assert from 'node:assert/strict';
import { profileNames } from '../../../conformance/exchange/profile.ts';
import { neutral } from '../events.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';
import { never } from './scripted.ts';

const rules = { invitations: 'exchange' } as const;

describe('a meeting that is moved here', () => {
  let both: InStep;

  afterEach(() => both.close());

  for (const profile of profileNames)
    it(`shows the answers that ${profile} has forgotten by it as soon as it is moved`, async () => {
      both = await InStep.open({ profile, linked: { rules } });
      const bob = both.fake.addMailbox('bob@example.com');
      await both.linked.synced();
      await both.linked.put(
        neutral(
          {
            title: 'Ours',
            organizer: { address: 'alice@example.com', name: '' },
            attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
          },
          { uid: 'one' },
        ),
      );
      await both.quiet();
      bob.respond(bob.all()[0]?.id ?? '', 'Accept');
      await both.quiet();
      const here = async (): Promise<readonly string[]> =>
        (await both.linked.event('one')).content.attendees.map(({ answer }) => answer);
      const there = async (): Promise<readonly string[]> =>
        (await both.there()).flatMap(({ event }) => event.content.attendees.map(({ answer }) => answer));
      assert.deepEqual(await here(), await there());
      await both.linked.edit(
        'one',
        withContent({
          start: { local: '2026-04-07T15:00:00', zone: 'Europe/Stockholm' },
          end: { local: '2026-04-07T16:00:00', zone: 'Europe/Stockholm' },
        }),
      );
      await both.linked.run();
      assert.deepEqual(await here(), await there());
      const { length } = both.fake.mails;
      await both.quiet();
      assert.deepEqual(await here(), await there());
      assert.equal(both.fake.mails.length, length);
    });
});

describe('a calendar that is moved under another folder there', () => {
  let both: InStep;

  afterEach(() => both.close());

  const subjects = (): readonly string[] => both.outlook.all('Team').map(({ subject }) => subject);
  const titles = async (): Promise<readonly string[]> =>
    (await both.linked.events()).map(({ content }) => content.title).sort();

  async function open(profile: (typeof profileNames)[number]): Promise<void> {
    both = await InStep.open({ profile, calendar: 'Team', linked: { rules } });
    both.outlook.addCalendar('Projects');
    await both.linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
    both.outlook.create(
      { subject: 'Theirs', start: '2026-04-02T10:00', end: '2026-04-02T11:00' },
      { folder: 'Team' },
    );
    await both.quiet();
    assert.deepEqual(
      [subjects(), await titles()],
      [
        ['Ours', 'Theirs'],
        ['Ours', 'Theirs'],
      ],
    );
  }

  for (const profile of profileNames)
    for (const [to, meant] of Object.entries({
      Projects: 'another calendar',
      inbox: 'a folder for mail',
      deleteditems: 'the deleted items',
    }))
      it(`goes on as it was at ${profile}, and nothing is lost or there twice (${meant})`, async () => {
        await open(profile);
        both.outlook.moveFolder('Team', to);
        await both.quiet();
        await both.linked.edit('ours', titled('Ours, edited'));
        const theirs = both.outlook.find('Theirs', 'Team');
        both.outlook.edit(theirs?.id ?? '', { subject: 'Theirs, edited' });
        await both.quiet();
        const all = ['Ours, edited', 'Theirs, edited'];
        assert.deepEqual([subjects(), await titles()], [all, all]);
        assert.deepEqual([both.outlook.all(), both.fake.mails], [[], []]);
        assert.equal((await both.linked.link()).stopped, null);
        both.outlook.moveFolder('Team', 'msgfolderroot');
        await both.quiet();
        assert.deepEqual([subjects(), await titles()], [all, all]);
      });

  it('is offered for linking wherever it lies, but not among the deleted items', async () => {
    await open('exchange2016');
    const offered = async (): Promise<boolean> => {
      const calendars = await both.mailbox.calendars(never);
      return calendars.some(({ title }) => title === 'Team');
    };
    both.outlook.moveFolder('Team', 'Projects');
    assert.ok(await offered());
    both.outlook.moveFolder('Team', 'deleteditems');
    assert.ok(!(await offered()));
  });

  it('waits for a person where it has another id behind the move, and everything stays on both sides', async () => {
    await open('exchange2016');
    both.outlook.takeAway('Team')('anew');
    both.outlook.moveFolder('Team', 'Projects');
    await both.linked.run();
    assert.equal((await both.linked.link()).stopped, 'folder');
    const all = ['Ours', 'Theirs'];
    assert.deepEqual([subjects(), await titles()], [all, all]);
  });

  it('waits for a person where it is deleted for good there, and everything stays here', async () => {
    await open('exchange2016');
    both.outlook.moveFolder('Team', 'deleteditems');
    await both.quiet();
    both.outlook.takeAway('Team');
    await both.linked.run();
    assert.equal((await both.linked.link()).stopped, 'folder');
    assert.deepEqual(await titles(), ['Ours', 'Theirs']);
  });
});
