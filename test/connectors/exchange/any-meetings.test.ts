/**
 * Whatever two people do with their meetings, one of whom organises them and the other is invited, both with a calendar linked to
 * Exchange: in the end each has on both sides the same, nobody has a meeting twice, and neither invitations nor answers are
 * mailed more often than there was reason to (exchange.md 11, 19.5).
 */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Fault } from '../../../conformance/exchange/faults.ts';
import { profileNames } from '../../../conformance/exchange/profile.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { dayMs, hourMs } from '../../../src/icalendar/time.ts';
import { neutral } from '../events.ts';
import { withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const acts = [
  'make',
  'rename',
  'move',
  'place',
  'uninvite',
  'invite',
  'cancel',
  'delete',
  'move-there',
  'call-off-there',
  'delete-there',
] as const;
const answers = ['accepted', 'tentative', 'declined'] as const;
const actsOfGuest = ['answer', 'answer-there', 'remind', 'delete', 'delete-there'] as const;
const people = ['alice', 'bob'] as const;
const faults = {
  'reset-before': { kind: 'reset-before' },
  'reset-after': { kind: 'reset-after' },
  busy: { kind: 'busy', where: 'response-message' },
} as const satisfies Record<string, Fault>;

interface Act {
  readonly meeting: number;
  readonly value: number;
  /** Whose link runs right behind it, one after the other. */
  readonly behind: readonly (typeof people)[number][];
}

type Step =
  | ({ readonly organizer: (typeof acts)[number] } & Act)
  | ({ readonly guest: (typeof actsOfGuest)[number] } & Act)
  | { readonly runs: (typeof people)[number]; readonly fails?: keyof typeof faults; readonly after: number }
  | { readonly dies: (typeof people)[number]; readonly at: number };

const meeting = fc.nat({ max: 2 });
const value = fc.nat({ max: 5 });
const who = fc.constantFrom(...people);
const behind = fc.constantFrom<readonly (typeof people)[number][]>([], ['alice'], ['bob'], people, people);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ organizer: fc.constantFrom(...acts), meeting, value, behind }) },
  { weight: 5, arbitrary: fc.record({ guest: fc.constantFrom(...actsOfGuest), meeting, value, behind }) },
  { weight: 7, arbitrary: fc.record({ runs: who, after: fc.constant(0) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      runs: who,
      fails: fc.constantFrom('reset-before', 'reset-after', 'busy'),
      after: fc.nat({ max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ dies: who, at: fc.integer({ min: 1, max: 30 }) }) },
);

const zone = 'Europe/Stockholm';
const organizer = { address: 'alice@example.com', name: '' };
const guest = (name: string) =>
  ({ address: `${name}@example.com`, name: '', role: 'required', answer: 'needs-action' }) as const;
const at = (count: number, hour: number): NeutralEvent['content']['start'] => ({
  local: `2026-04-0${1 + count}T${hour}:00:00`,
  zone,
});

class Meetings {
  readonly alice: InStep;
  readonly bob: InStep;
  /** How often guests may have heard of a meeting, and its organizer of an answer, by the meeting's mark. */
  private readonly news: Map<string, number> = new Map();
  private readonly answered: Map<string, number> = new Map();

  constructor(alice: InStep, bob: InStep) {
    this.alice = alice;
    this.bob = bob;
  }

  async take(count: number, one: Step): Promise<void> {
    this.alice.linked.office.clock.advance(1000);
    if ('organizer' in one || 'guest' in one) {
      if ('organizer' in one) await this.organize(count, one);
      else await this.attend(one);
      for (const name of one.behind) await this[name].linked.run();
      return;
    }
    if ('dies' in one) return void (await this[one.dies].dies(one.at));
    const { linked, fake } = this[one.runs];
    if (one.fails) fake.faults.add({ after: one.after, fault: faults[one.fails] });
    await linked.run();
    fake.faults.clear();
    if (one.fails) linked.office.clock.advance(hourMs);
  }

  private async organize(
    count: number,
    { organizer: what, meeting: number, value: chosen }: Extract<Step, { organizer: unknown }>,
  ): Promise<void> {
    const { linked, outlook } = this.alice;
    const mark = `meeting-${number}`;
    const found = (await linked.events()).find(({ content }) => content.categories.includes(mark));
    const there = outlook.all().find(({ categories }) => categories.includes(mark));
    more(this.news, mark);
    if (what === 'move-there')
      return (
        there && outlook.edit(there.id, { start: `2026-04-0${1 + number}T1${chosen}:15` }, { send: true })
      );
    if (what === 'call-off-there') return there && outlook.cancel(there.id);
    if (what === 'delete-there') return there && outlook.delete(there.id);
    if (!found) {
      const content = {
        title: `made ${count}`,
        categories: [mark],
        organizer,
        attendees: [guest('bob'), guest('carol')],
        start: at(number, 10),
        end: at(number, 20),
      };
      const recurrence = number === 1 ? { rules: ['FREQ=DAILY;COUNT=4'], dates: [] } : null;
      if (what !== 'delete') await linked.put(neutral(content, { uid: `${mark}-${count}`, recurrence }));
      return;
    }
    const changes = {
      rename: { title: `title ${count}` },
      place: { location: `room ${count}` },
      move: { start: at(number, 10 + chosen) },
      uninvite: { attendees: [guest('carol')] },
      invite: { attendees: [guest('bob'), guest('carol')] },
      cancel: { cancelled: true },
    } as const;
    if (what === 'delete') await linked.delete(found.uid);
    else if (what !== 'make') await linked.edit(found.uid, withContent(changes[what]));
  }

  private async attend({
    guest: what,
    meeting: number,
    value: chosen,
  }: Extract<Step, { guest: unknown }>): Promise<void> {
    const { linked, outlook } = this.bob;
    const day = `2026-04-0${1 + number}`;
    const isMeant = ({ start }: NeutralEvent['content']): boolean =>
      'local' in start && start.local.startsWith(day);
    const found = (await linked.events()).find(({ content }) => isMeant(content));
    const there = outlook.all().find(({ start, cancelled }) => start.startsWith(day) && !cancelled);
    const answer = answers[chosen % answers.length] ?? 'accepted';
    more(this.answered, `meeting-${number}`);
    if (what === 'delete-there') return there && outlook.delete(there.id);
    if (what === 'answer-there') {
      const given = ({ accepted: 'Accept', tentative: 'TentativelyAccept', declined: 'Decline' } as const)[
        answer
      ];
      return there && outlook.respond(there.id, given);
    }
    if (!found) return;
    if (what === 'delete') return await linked.delete(found.uid);
    if (what === 'remind') return await linked.edit(found.uid, withContent({ reminder: chosen * 5 }));
    if (found.content.answer !== null && !found.content.cancelled)
      await linked.edit(found.uid, withContent({ answer }));
  }

  async settled(): Promise<void> {
    for (let round = 0; round < 6; round++)
      for (const { linked } of [this.alice, this.bob]) {
        linked.office.clock.advance(round < 3 ? hourMs : 13 * hourMs);
        await linked.run();
      }
    for (const one of [this.alice, this.bob, this.alice, this.bob]) await one.quiet();
  }

  async assertSame(): Promise<void> {
    for (const { linked, outlook } of [this.alice, this.bob]) {
      const here = (await linked.events()).map(({ content, excluded }) => {
        const { start } = content;
        assert.ok('local' in start);
        return `${start.local} ${content.title} ${content.location} ${excluded.length}`;
      });
      const there = outlook.all().map(({ start, subject, location, deleted }) => {
        const local = new Date(Date.parse(start) + 2 * hourMs).toISOString().slice(0, 19);
        return `${local} ${subject.replace(/^Canceled: /, '')} ${location} ${deleted.length}`;
      });
      assert.deepEqual(here.sort(), there.sort());
      const uids = outlook.all().map(({ uid }) => uid);
      assert.equal(new Set(uids).size, uids.length, 'a meeting is there twice');
    }
    const { mails } = this.alice.fake;
    const assertFew = (kind: string, name: string, allowed: ReadonlyMap<string, number>): void => {
      for (const mark of marks) {
        const of = mails.filter((mail) => mail.kind === kind && mail.uid.startsWith(mark));
        const { length } = of.filter(({ to }) => to.includes(`${name}@example.com`));
        assert.ok(length <= (allowed.get(mark) ?? 0), `${length} times ${kind} of ${mark} to ${name}`);
      }
    };
    for (const name of ['bob', 'carol']) {
      assertFew('request', name, this.news);
      assertFew('cancellation', name, this.news);
    }
    assertFew('response', 'alice', this.answered);
    await this.assertSameAnswers();
  }

  /** Those of the guest; what a server forgets of them in the organizer's own copy, the next reading tells. */
  private async assertSameAnswers(): Promise<void> {
    const copies = this.bob.outlook.all();
    for (const { uid, content } of await this.bob.linked.events()) {
      const item = copies.find((one) => one.uid === uid);
      // Of what was called off no answer is sent.
      if (content.answer !== null && !content.cancelled)
        assert.equal(content.answer, item && answersThere[item.response], uid);
    }
  }
}

const marks = [0, 1, 2].map((number) => `meeting-${number}`);

const answersThere: Readonly<Record<string, string>> = {
  Accept: 'accepted',
  Tentative: 'tentative',
  Decline: 'declined',
  Unknown: 'needs-action',
  NoResponseReceived: 'needs-action',
  Organizer: 'needs-action',
};

function more(counts: Map<string, number>, mark: string): void {
  counts.set(mark, (counts.get(mark) ?? 0) + 1);
}

describe('anything that two people do with their meetings in Exchange', () => {
  it('leaves nothing to be seen to of an answer to what was called off meanwhile', async () => {
    const rules = { forwardMonths: 4, invitations: 'exchange' } as const;
    const alice = await InStep.open({ linked: { rules } });
    try {
      const bob = await alice.joined({ rules });
      const meetings = new Meetings(alice, bob);
      for (const one of [alice, bob]) await one.quiet();
      await meetings.take(0, { organizer: 'make', meeting: 0, value: 0, behind: people });
      await meetings.take(1, { organizer: 'delete', meeting: 0, value: 0, behind: ['alice'] });
      await meetings.take(2, { guest: 'answer', meeting: 0, value: 0, behind: ['bob'] });
      await meetings.settled();
      await meetings.assertSame();
      assert.equal(alice.fake.mails.filter(({ kind }) => kind === 'response').length, 0);
    } finally {
      await alice.close();
    }
  });

  it('is in step for both in the end, there once, and mailed once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 40 }),
        fc.constantFrom(...profileNames),
        async (steps, profile) => {
          const rules = { forwardMonths: 4, invitations: 'exchange' } as const;
          const alice = await InStep.open({ profile, linked: { rules } });
          try {
            const bob = await alice.joined({ rules });
            const meetings = new Meetings(alice, bob);
            for (const one of [alice, bob]) await one.quiet();
            for (const [count, one] of steps.entries()) await meetings.take(count, one);
            alice.linked.office.clock.advance(dayMs / 24);
            await meetings.settled();
            await meetings.assertSame();
          } finally {
            await alice.close();
          }
        },
      ),
      { numRuns: Number(process.env['FC_RUNS'] ?? 3) },
    );
  });
});
