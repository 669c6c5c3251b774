import assert from 'node:assert/strict';
import { type Decision, decide, type Locked, type Rules, type Sides } from '../../src/connectors/decide.ts';
import type { EventContent, EventTime, NeutralEvent } from '../../src/connectors/event.ts';
import type { Conflict } from '../../src/connectors/judge.ts';
import { changedInstance, daily, neutral } from './events.ts';

const zone = 'Europe/Stockholm';
const at = (clock: string, day = '2026-03-23'): EventTime => ({ local: `${day}T${clock}:00`, zone });
const times = (start: string, end: string): Partial<EventContent> => ({ start: at(start), end: at(end) });

const day2 = '2026-03-24T09:00:00Z';
const day3 = '2026-03-25T09:00:00Z';

function sides(more: Partial<Sides>): Sides {
  const base = neutral();
  const all = {
    agreed: { local: base, remote: base },
    local: base,
    remote: base,
    role: 'owner',
    ...more,
  } as const;
  return { localThere: all.local, ...all };
}

const rules: Rules = {
  policy: 'newest',
  direction: 'both',
  newer: 'remote',
  editedSincePull: true,
  locked: () => [],
};

function merged(more: Partial<Sides>, by: Partial<Rules> = {}): Extract<Decision, { do: 'merge' }> {
  const decision = decide(sides(more), { ...rules, ...by });
  assert.equal(decision.do, 'merge');
  return decision;
}

/** One row: what is said here and there, and what both say in the end, or each. */
interface Row {
  readonly it: string;
  readonly here?: Partial<EventContent>;
  readonly there?: Partial<EventContent>;
  readonly by?: Partial<Rules>;
  readonly role?: Sides['role'];
  readonly both?: Partial<EventContent>;
  readonly each?: { readonly here: Partial<EventContent>; readonly there: Partial<EventContent> };
  /** Fields of the conflicts, with what was kept. */
  readonly conflicts?: readonly string[];
}

const meeting: Partial<EventContent> = {
  organizer: { address: 'dora@example.com', name: '' },
  answer: 'needs-action',
};

const table: readonly Row[] = [
  { it: 'leaves alone what nobody changed', both: {} },
  { it: 'sends what was changed here', here: { title: 'A' }, both: { title: 'A' } },
  { it: 'takes what was changed there', there: { title: 'B' }, both: { title: 'B' } },
  {
    it: 'finds no conflict where both said the same',
    here: { title: 'A' },
    there: { title: 'A' },
    both: { title: 'A' },
  },
  {
    it: 'keeps different parts of both',
    here: { title: 'A', reminder: 5 },
    there: { location: 'B', categories: ['C'] },
    both: { title: 'A', reminder: 5, location: 'B', categories: ['C'] },
  },
  {
    it: 'keeps the newer of two values, here',
    here: { title: 'A' },
    there: { title: 'B' },
    by: { newer: 'local' },
    both: { title: 'A' },
    conflicts: ['title ours'],
  },
  {
    it: 'keeps the newer of two values, there, as with a tie',
    here: { title: 'A' },
    there: { title: 'B' },
    both: { title: 'B' },
    conflicts: ['title theirs'],
  },
  {
    it: 'keeps ours where the policy is portal',
    here: { title: 'A' },
    there: { title: 'B' },
    by: { policy: 'portal' },
    both: { title: 'A' },
    conflicts: ['title ours'],
  },
  {
    it: 'keeps theirs where the policy is exchange',
    here: { title: 'A' },
    there: { title: 'B' },
    by: { policy: 'exchange', newer: 'local' },
    both: { title: 'B' },
    conflicts: ['title theirs'],
  },
  {
    it: 'takes start and end for one part',
    here: times('10:00', '12:00'),
    there: times('09:00', '11:00'),
    both: times('09:00', '11:00'),
    conflicts: ['when theirs'],
  },
  {
    it: 'takes text and HTML for one part',
    here: { description: 'A', html: '<p>A</p>' },
    there: { description: 'B' },
    both: { description: 'B', html: null },
    conflicts: ['description theirs'],
  },
  {
    it: 'sends nothing on a link that only leads here',
    here: { title: 'A', location: 'A' },
    there: { location: 'B' },
    by: { direction: 'from-remote', newer: 'local' },
    each: { here: { title: 'A', location: 'B' }, there: { location: 'B' } },
    conflicts: ['location theirs'],
  },
  {
    it: 'takes nothing on a link that only leads there',
    here: { location: 'A' },
    there: { title: 'B', location: 'B' },
    by: { direction: 'to-remote' },
    each: { here: { location: 'A' }, there: { title: 'B', location: 'A' } },
    conflicts: ['location ours'],
  },
  {
    it: 'sends of a meeting of somebody else only what is one’s own, and puts back the rest',
    here: {
      ...meeting,
      title: 'A',
      busy: 'free',
      reminder: 5,
      categories: ['C'],
      privacy: 'private',
      answer: 'accepted',
    },
    there: meeting,
    role: 'guest',
    both: {
      ...meeting,
      busy: 'free',
      reminder: 5,
      categories: ['C'],
      privacy: 'private',
      answer: 'accepted',
    },
    conflicts: ['title theirs'],
  },
];

describe('decide', () => {
  for (const {
    it: sentence,
    here = {},
    there = {},
    by = {},
    role = 'owner',
    both,
    each,
    conflicts = [],
  } of table) {
    it(sentence, () => {
      const base = role === 'guest' ? neutral(meeting) : neutral();
      const agreed = { local: base, remote: base };
      const found = merged({ agreed, local: neutral(here), remote: neutral(there), role }, by);
      assert.deepEqual(found.local, neutral(each?.here ?? both));
      assert.deepEqual(found.remote, neutral(each?.there ?? both));
      assert.deepEqual(
        found.conflicts.map(({ field, kept }) => `${field} ${kept}`),
        conflicts,
      );
    });
  }

  it('lets nothing that a server calls people, or that they have answered, be in the way of who is invited here', () => {
    const bob = { address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' } as const;
    const carol = { ...bob, address: 'carol@example.com' };
    const organizer = { address: 'alice@example.com', name: '' };
    const base = neutral({ organizer, attendees: [bob] });
    const told = {
      organizer: { ...organizer, name: 'Alice' },
      attendees: [{ ...bob, name: 'Bob', answer: 'accepted' } as const],
    };
    const found = merged({
      agreed: { local: base, remote: base },
      local: neutral({ organizer, attendees: [bob, carol] }),
      remote: neutral(told),
    });
    assert.deepEqual(found.remote, neutral({ organizer, attendees: [bob, carol] }));
    assert.deepEqual([found.local, found.conflicts], [found.remote, []]);
    const unchanged = merged({ agreed: { local: base, remote: base }, local: base, remote: neutral(told) });
    assert.deepEqual(unchanged.local, neutral(told));
    const other = merged({
      agreed: { local: base, remote: base },
      local: neutral({ organizer, attendees: [bob, carol] }),
      remote: neutral({ ...told, attendees: [] }),
    });
    assert.deepEqual([other.local.content.attendees, other.conflicts.length], [[], 1]);
  });

  it('does not take for an edit what the provider has cut', () => {
    const [whole, cut] = [neutral({ title: 'A long title' }), neutral({ title: 'A long' })];
    const found = merged({
      agreed: { local: whole, remote: cut },
      local: whole,
      localThere: cut,
      remote: neutral({ title: 'A long', location: 'B' }),
    });
    assert.deepEqual(found.local, neutral({ title: 'A long title', location: 'B' }));
    assert.deepEqual(found.conflicts, []);
  });

  it('finds no conflict in an event that was only just found on both sides and says the same there', () => {
    const [whole, cut] = [neutral({ title: 'A long title' }), neutral({ title: 'A long' })];
    const found = merged({ agreed: null, local: whole, localThere: cut, remote: cut });
    assert.deepEqual([found.local, found.remote, found.conflicts], [whole, cut, []]);
  });

  it('keeps the newer value of what was only just found and differs', () => {
    const found = merged({ agreed: null, local: neutral({ title: 'A' }), remote: neutral({ title: 'B' }) });
    assert.equal(found.local.content.title, 'B');
    assert.deepEqual(
      found.conflicts.map(({ ours, theirs }) => [ours, theirs]),
      [['A', 'B']],
    );
  });

  it('keeps other names for zones that are defined otherwise', () => {
    const defined = (offset: string): NeutralEvent => {
      const lines = `BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:${offset}\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`;
      const time = (clock: string): EventTime => ({ local: `2026-03-23T${clock}:00`, zone: 'Ours' });
      return neutral({ start: time('10:00'), end: time('11:00') }, { zones: { Ours: lines } });
    };
    const [one, other] = [defined('+0530'), defined('+0545')];
    const moved = { ...other, content: { ...other.content, title: 'B' } };
    const found = merged({ agreed: { local: one, remote: neutral() }, local: one, remote: moved });
    assert.deepEqual(found.local.content.start, { local: '2026-03-23T10:00:00', zone: 'Ours (2)' });
    assert.match(found.local.zones['Ours (2)'] ?? '', /TZID:Ours \(2\)\r\n[^]*\+0545/);
  });

  describe('of instances', () => {
    const series = daily();
    const agreed = { local: series, remote: series };
    const keysOf = ({ excluded, overrides }: NeutralEvent): string[] => [
      ...excluded,
      ...Object.keys(overrides),
    ];

    it('keeps changes of different instances', () => {
      const found = merged({
        agreed,
        local: { ...series, excluded: [day2] },
        remote: changedInstance(series, day3, { title: 'B' }),
      });
      assert.deepEqual(found.local, changedInstance({ ...series, excluded: [day2] }, day3, { title: 'B' }));
      assert.deepEqual(found.remote, found.local);
      assert.deepEqual(found.conflicts, []);
    });

    it('keeps different parts of one instance', () => {
      const found = merged({
        agreed,
        local: changedInstance(series, day2, { title: 'A' }),
        remote: changedInstance(series, day2, {
          start: at('12:00', '2026-03-24'),
          end: at('13:00', '2026-03-24'),
        }),
      });
      const both = changedInstance(series, day2, {
        title: 'A',
        start: at('12:00', '2026-03-24'),
        end: at('13:00', '2026-03-24'),
      });
      assert.deepEqual([found.local, found.remote, found.conflicts], [both, both, []]);
    });

    it('decides between an instance that is changed here and gone there', () => {
      const both = {
        agreed,
        local: changedInstance(series, day2, { title: 'A' }),
        remote: { ...series, excluded: [day2] },
      };
      assert.deepEqual(keysOf(merged(both).local), [day2]);
      const ours = merged(both, { newer: 'local' });
      assert.equal(ours.remote.overrides[day2]?.title, 'A');
      assert.deepEqual(
        ours.conflicts.map(({ field }) => field),
        [`${day2} instance`],
      );
    });

    it('lets a changed pattern take its own set along', () => {
      const old = { ...series, excluded: [day2] };
      const moved = daily(times('12:00', '13:00'));
      const found = merged({ agreed: { local: old, remote: old }, local: old, remote: moved });
      assert.deepEqual(found.local, moved);
    });

    it('keeps what was changed on the other side of instances that the new pattern still has', () => {
      const longer = daily({}, { recurrence: { rules: ['FREQ=DAILY;COUNT=3'], dates: [] } });
      const found = merged({
        agreed,
        local: changedInstance(changedInstance(series, day2, { title: 'A' }), '2026-03-30T08:00:00Z', {
          title: 'Lost',
        }),
        remote: longer,
      });
      assert.deepEqual(found.local.recurrence?.rules, ['FREQ=DAILY;COUNT=3']);
      assert.deepEqual(keysOf(found.local), [day2]);
      assert.equal(found.remote.overrides[day2]?.title, 'A');
    });

    it('does not send an answer to a single instance, nor takes it back', () => {
      const theirs = daily(meeting);
      const local = changedInstance(theirs, day2, { answer: 'declined' });
      const found = merged({
        agreed: { local: theirs, remote: theirs },
        local,
        remote: theirs,
        role: 'guest',
      });
      assert.deepEqual([found.local, found.remote], [local, theirs]);
    });
  });

  describe('of deletions', () => {
    const edited = neutral({ title: 'A' });
    const rows: readonly [string, Partial<Sides>, Partial<Rules>, Decision['do']][] = [
      ['deletes here what is gone there', { remote: null }, {}, 'delete-local'],
      ['makes anew there what was edited here since', { remote: null, local: edited }, {}, 'create-remote'],
      [
        'deletes what was edited here before',
        { remote: null, local: edited },
        { editedSincePull: false },
        'delete-local',
      ],
      [
        'deletes what was edited here, by policy',
        { remote: null, local: edited },
        { policy: 'exchange' },
        'delete-local',
      ],
      [
        'keeps what was edited here, by policy',
        { remote: null, local: edited },
        { policy: 'portal', editedSincePull: false },
        'create-remote',
      ],
      [
        'never makes a meeting of somebody else anew',
        { remote: null, local: edited, role: 'guest' },
        {},
        'delete-local',
      ],
      ['deletes there what is gone here', { local: null }, {}, 'delete-remote'],
      ['brings back what was edited there', { local: null, remote: edited }, {}, 'create-local'],
      [
        'deletes what was edited there, by policy',
        { local: null, remote: edited },
        { policy: 'portal' },
        'delete-remote',
      ],
      ['forgets what is gone on both sides', { local: null, remote: null }, {}, 'forget'],
      [
        'leaves alone what is gone there, where the link only leads there',
        { remote: null },
        { direction: 'to-remote' },
        'leave',
      ],
      [
        'leaves alone what is gone here, where the link only leads here',
        { local: null },
        { direction: 'from-remote' },
        'leave',
      ],
    ];
    for (const [sentence, more, by, wanted] of rows) {
      it(sentence, () => assert.equal(decide(sides(more), { ...rules, ...by }).do, wanted));
    }

    it('is not stopped by an answer of an attendee', () => {
      const attendee = {
        address: 'bob@example.com',
        name: '',
        role: 'required',
        answer: 'needs-action',
      } as const;
      const base = neutral({ attendees: [attendee] });
      const answered = neutral({ attendees: [{ ...attendee, answer: 'accepted' }] });
      const all = sides({ agreed: { local: base, remote: base }, local: null, remote: answered });
      assert.equal(decide(all, rules).do, 'delete-remote');
    });
  });

  describe('of what may not be changed there', () => {
    const locking = (...fields: readonly Locked['field'][]): Partial<Rules> => ({
      locked: () => fields.map((field) => ({ field, reason: 'in-progress' })),
    });
    const moved = { ...times('12:00', '14:00'), title: 'B' };

    it('is put back there, and all else is taken', () => {
      const found = merged({ remote: neutral(moved) }, locking('when'));
      assert.deepEqual(found.local, neutral({ title: 'B' }));
      assert.deepEqual(found.remote, found.local);
      assert.deepEqual(
        found.reverted.map(({ field }) => field),
        ['when'],
      );
      assert.deepEqual(found.conflicts, []);
    });

    it('keeps a start, and takes the end', () => {
      const found = merged({ remote: neutral(moved) }, locking('start'));
      assert.deepEqual(found.local, neutral({ ...times('10:00', '14:00'), title: 'B' }));
      assert.deepEqual(found.remote, found.local);
    });

    it('keeps both where half of it would end before it starts', () => {
      const found = merged({ remote: neutral(times('12:00', '14:00')) }, locking('end'));
      assert.deepEqual([found.local, found.remote], [neutral(), neutral()]);
    });

    it('keeps the whole time of a series', () => {
      const [series, other] = [daily(), daily(times('12:00', '13:00'))];
      const found = merged(
        { agreed: { local: series, remote: series }, local: series, remote: other },
        locking('start'),
      );
      assert.deepEqual([found.local, found.remote], [series, series]);
    });

    it('is asked about only when something would change here', () => {
      const asked: Conflict[] = [];
      merged({ local: neutral({ title: 'A' }) }, { locked: () => (asked.push(), []) });
      assert.deepEqual(asked, []);
    });
  });
});
