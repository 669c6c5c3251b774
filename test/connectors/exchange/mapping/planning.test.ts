/** What is sent for a change, and in which order (exchange.md 8.4, 9.4, 10.2 to 10.5, 11.3, 11.4). */
import assert from 'node:assert/strict';
import type { EventContent, NeutralEvent } from '../../../../src/connectors/event.ts';
import { normalizeEvent } from '../../../../src/connectors/exchange/mapping/normalize.ts';
import type { Plan, PlanStep, Rewriting } from '../../../../src/connectors/exchange/mapping/plan.ts';
import {
  createPlan,
  restoreSteps,
  updatePlan,
} from '../../../../src/connectors/exchange/mapping/planning.ts';
import { sendOnRemove } from '../../../../src/connectors/exchange/mapping/send.ts';
import { instant } from '../../../../src/icalendar/time.ts';
import { allDay, content, event, mapping, planned, series, stepAt, window, xmlOf } from './fixture.ts';

const weeklyMonday = 'FREQ=WEEKLY;BYDAY=MO';
const dec7 = '2026-12-07T09:00:00Z';
const nov30 = '2026-11-30T09:00:00Z';

function told(subject: NeutralEvent): NeutralEvent {
  const found = normalizeEvent(subject, window, mapping);
  if ('refused' in found) assert.fail(found.refused);
  return found;
}

function update(before: NeutralEvent, after: NeutralEvent, more: Partial<Rewriting> = {}): Plan {
  const whole: Rewriting = {
    id: 'main',
    version: 'v',
    marker: 'm',
    before,
    after,
    parts: [],
    role: 'owner',
    notify: 'all',
    ...more,
  };
  return planned(updatePlan(whole, window, mapping));
}

const part = (recurrenceId: string, id = `part ${recurrenceId}`) => ({ recurrenceId, id, version: 'p' });

/** A plan in a few words. */
function outline({ steps }: Pick<Plan, 'steps'>): readonly string[] {
  return steps.map((step) => `${step.do} ${targetOf(step)}`.trim());
}

function targetOf(step: PlanStep): string {
  if (step.do === 'restore') return '';
  if (step.do === 'create') return step.part ?? 'main';
  const { on } = step;
  if (on.item === 'main') return 'main';
  return on.item === 'part' ? `part ${on.recurrenceId}` : `#${on.occurrence.index} ${on.occurrence.key}`;
}

const uris = (step: Extract<PlanStep, { do: 'update' }>): readonly string[] =>
  step.changes.map(
    (change) =>
      `${/^<(\w+?)ItemField/.exec(xmlOf(change))?.[1]} ${/FieldURI="([^"]+)"/.exec(xmlOf(change))?.[1]}`,
  );

const times = [
  'calendar:Start',
  'calendar:End',
  'calendar:IsAllDayEvent',
  'calendar:StartTimeZone',
  'calendar:EndTimeZone',
].map((uri) => `Set ${uri}`);

const at = (local: string, end: string): Partial<EventContent> => ({
  start: { local, zone: 'Europe/Berlin' },
  end: { local: end, zone: 'Europe/Berlin' },
});

describe('exchange mapping: changes of an item', () => {
  it('only what changed is sent', () => {
    const plan = update(event({ location: 'Room 4' }), event({ title: 'New title' }));
    assert.deepEqual(uris(stepAt(plan, 0, 'update')), ['Set item:Subject', 'Delete calendar:Location']);
  });

  it('start, end and zones go together, whichever changed', () => {
    const plan = update(event(), event(at('2026-11-23T10:00:00', '2026-11-23T11:30:00')));
    assert.deepEqual(uris(stepAt(plan, 0, 'update')), times);
    const sameInstants = event({
      start: { local: '2026-11-23T09:00:00', zone: 'Europe/London' },
      end: { local: '2026-11-23T10:00:00', zone: 'Europe/London' },
    });
    assert.deepEqual(uris(stepAt(update(event(), sameInstants), 0, 'update')), times);
  });

  it('a zone by another name is no change', () => {
    const vienna = event({
      start: { local: '2026-11-23T10:00:00', zone: 'Europe/Vienna' },
      end: { local: '2026-11-23T11:00:00', zone: 'Europe/Vienna' },
    });
    assert.deepEqual(update(event(), vienna).steps, []);
  });

  it('minutes of a reminder that is switched off stay', () => {
    assert.deepEqual(uris(stepAt(update(event({ reminder: 15 }), event()), 0, 'update')), [
      'Set item:ReminderIsSet',
    ]);
    assert.deepEqual(uris(stepAt(update(event({ reminder: 15 }), event({ reminder: 30 })), 0, 'update')), [
      'Set item:ReminderMinutesBeforeStart',
    ]);
  });

  it('a series that ends to recur loses its recurrence', () => {
    const plan = update(series(weeklyMonday), event());
    assert.deepEqual(uris(stepAt(plan, 0, 'update')), [...times, 'Delete calendar:Recurrence']);
    assert.deepEqual(outline(plan), ['update main']);
  });

  it('whole days become times and back', () => {
    assert.deepEqual(
      uris(stepAt(update(event(), event(allDay('2026-11-23', '2026-11-24'))), 0, 'update')),
      times,
    );
  });

  it('a guest changes only what is their own, and nobody hears of it', () => {
    const before = event({ answer: 'accepted' });
    const after = event({
      answer: 'accepted',
      title: 'Mine',
      reminder: 5,
      busy: 'free',
      categories: ['Red'],
      privacy: 'private',
      location: 'Here',
    });
    const plan = update(before, after, { role: 'guest' });
    const step = stepAt(plan, 0, 'update');
    assert.equal(step.send, 'none');
    assert.deepEqual(uris(step), [
      'Set item:Sensitivity',
      'Set item:Categories',
      'Set item:ReminderIsSet',
      'Set item:ReminderMinutesBeforeStart',
      'Set calendar:LegacyFreeBusyStatus',
    ]);
  });
});

describe('exchange mapping: who is mailed', () => {
  const people: Partial<EventContent> = {
    organizer: { address: 'a.berg@corp.example', name: '' },
    attendees: [{ address: 'bob@corp.example', name: '', role: 'required', answer: 'needs-action' }],
  };
  const sends: readonly (readonly [what: string, after: Partial<EventContent>, send: string])[] = [
    ['the time', at('2026-11-23T12:00:00', '2026-11-23T13:00:00'), 'changed'],
    ['the place', { location: 'Room 4' }, 'changed'],
    ['the attendees', { attendees: [] }, 'changed'],
    ['the title', { title: 'New' }, 'none'],
    ['the reminder', { reminder: 5 }, 'none'],
    [
      'an answer',
      { attendees: [{ address: 'bob@corp.example', name: '', role: 'required', answer: 'accepted' }] },
      'none',
    ],
  ];
  for (const [what, after, send] of sends) {
    it(`when ${what} changed: ${send}`, () => {
      assert.equal(stepAt(update(event(people), event({ ...people, ...after })), 0, 'update').send, send);
    });
  }

  it('nobody, where nobody is to hear of it or nobody was invited', () => {
    const moved = at('2026-11-23T12:00:00', '2026-11-23T13:00:00');
    assert.equal(
      stepAt(update(event(people), event({ ...people, ...moved }), { notify: 'none' }), 0, 'update').send,
      'none',
    );
    assert.equal(stepAt(update(event(), event(moved)), 0, 'update').send, 'none');
  });

  it('nobody of a new meeting: its guests are invited once it is there', () => {
    const plan = planned(createPlan({ marker: 'm', event: event(people) }, window, mapping));
    assert.equal(stepAt(plan, 0, 'create').send, 'none');
  });

  it('of a meeting that is called off its guests, but not of a copy that is thrown away', () => {
    assert.equal(sendOnRemove({ notify: 'all', role: 'owner' }), 'all');
    assert.equal(sendOnRemove({ notify: 'all', role: 'guest' }), 'none');
    assert.equal(sendOnRemove({ notify: 'none', role: 'owner' }), 'none');
  });
});

describe('exchange mapping: occurrences', () => {
  const moved = content(at('2026-12-08T10:00:00', '2026-12-08T11:00:00'));

  it('are changed first and deleted then, by numbers that count deleted ones', () => {
    const plan = update(
      series(weeklyMonday),
      series(weeklyMonday, {}, { overrides: { [dec7]: moved }, excluded: [nov30] }),
    );
    assert.deepEqual(outline(plan), [`update #3 ${dec7}`, `delete #2 ${nov30}`]);
    assert.deepEqual(uris(stepAt(plan, 0, 'update')), times);
    const more = update(
      series(weeklyMonday, {}, { excluded: [nov30] }),
      series(weeklyMonday, {}, { excluded: [nov30, dec7] }),
    );
    assert.deepEqual(outline(more), [`delete #3 ${dec7}`]);
  });

  it('say where and when they are, for servers that count otherwise', () => {
    const plan = update(
      series(weeklyMonday),
      series(weeklyMonday, {}, { excluded: ['2027-03-29T08:00:00Z'] }),
    );
    const { on } = stepAt(plan, 0, 'delete');
    assert.ok(on.item === 'occurrence');
    const { originalStart, day } = on.occurrence;
    assert.deepEqual(
      [originalStart, day.start, day.end].map((ms) => new Date(ms).toISOString()),
      ['2027-03-29T08:00:00.000Z', '2027-03-28T22:00:00.000Z', '2027-03-29T22:00:00.000Z'],
    );
  });

  it('of whole days are found wherever their creator is', () => {
    const days = (more: Partial<NeutralEvent>): NeutralEvent =>
      series(weeklyMonday, allDay('2026-11-23', '2026-11-24'), more);
    const { on } = stepAt(update(days({}), days({ excluded: ['2026-12-07'] })), 0, 'delete');
    assert.ok(on.item === 'occurrence');
    const { originalStart, day, index } = on.occurrence;
    assert.deepEqual([index, new Date(originalStart).toISOString()], [3, '2026-12-06T23:00:00.000Z']);
    for (const midnight of ['2026-12-06T11:00:00Z', '2026-12-07T11:00:00Z']) {
      assert.ok(Date.parse(midnight) >= day.start && Date.parse(midnight) < day.end);
    }
  });

  it('that are changed no more say again what their series says', () => {
    const plan = update(
      series(weeklyMonday, {}, { overrides: { [dec7]: { ...moved, title: 'Other' } } }),
      series(weeklyMonday),
    );
    const step = stepAt(plan, 0, 'update');
    assert.deepEqual(uris(step), ['Set item:Subject', ...times]);
    assert.match(xmlOf(step.changes[0] ?? assert.fail()), /<Subject>Weekly review</);
  });

  it('keep a title of their own when that of their series changes', () => {
    const own = { ...moved, title: 'A' };
    const before = series(weeklyMonday, { title: 'A' }, { overrides: { [dec7]: own } });
    const renamed = update(before, series(weeklyMonday, { title: 'B' }, { overrides: { [dec7]: own } }));
    assert.deepEqual(outline(renamed), ['update main', `update #3 ${dec7}`]);
    assert.deepEqual(uris(stepAt(renamed, 1, 'update')), ['Set item:Subject']);
    const following = update(
      before,
      series(weeklyMonday, { title: 'B' }, { overrides: { [dec7]: { ...own, title: 'B' } } }),
    );
    assert.deepEqual(outline(following), ['update main']);
  });

  it('are restored after the pattern was written, as far as the server has forgotten them', () => {
    const before = series(weeklyMonday, {}, { overrides: { [dec7]: moved }, excluded: [nov30] });
    const later = at('2026-11-23T14:00:00', '2026-11-23T15:00:00');
    const [newDec7, newNov30] = ['2026-12-07T13:00:00Z', '2026-11-30T13:00:00Z'];
    const after = series(weeklyMonday, later, { overrides: { [newDec7]: moved }, excluded: [newNov30] });
    const plan = update(before, after);
    assert.deepEqual(outline(plan), ['update main', 'restore']);
    assert.deepEqual(uris(stepAt(plan, 0, 'update')), [...times, 'Set calendar:Recurrence']);
    const rest = (readBack: NeutralEvent) =>
      outline({ steps: restoreSteps(after, readBack, plan, window, 'none', mapping) });
    assert.deepEqual(rest(series(weeklyMonday, later)), [`update #3 ${newDec7}`, `delete #2 ${newNov30}`]);
    assert.deepEqual(rest(series(weeklyMonday, later, { excluded: [newNov30] })), [`update #3 ${newDec7}`]);
    assert.deepEqual(rest(after), []);
    const kept = '2026-12-14T13:00:00Z';
    const excluded = [newNov30, kept];
    assert.deepEqual(rest({ ...after, excluded }), [`create ${kept}`], 'a deletion that the server has kept');
  });
});

describe('exchange mapping: occurrences that Exchange does not let move', () => {
  const jan4 = '2027-01-04T09:00:00Z';
  const past = content(at('2026-12-15T10:00:00', '2026-12-15T11:00:00'));

  it('are deleted, and a single item takes their place', () => {
    const subject = series(weeklyMonday, {}, { overrides: { [dec7]: past } });
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.deepEqual(outline(plan), ['create main', `delete #3 ${dec7}`, `create ${dec7}`]);
    assert.equal(stepAt(plan, 2, 'create').marker, `override:5f3c@portal.example:${dec7}`);
    assert.deepEqual(plan.notes, ['override-moved-past-neighbour']);
    assert.deepEqual(told(subject), subject, 'together they say the same');
  });

  it('may be moved onto a day whose occurrence was deleted', () => {
    const subject = series(
      weeklyMonday,
      {},
      { overrides: { [dec7]: past }, excluded: ['2026-12-14T09:00:00Z'] },
    );
    const plan = planned(createPlan({ marker: 'm', event: subject }, window, mapping));
    assert.deepEqual(plan.parts, []);
  });

  it('are tried first where only the server knows better, with the same way out', () => {
    const near = content(at('2026-12-09T10:00:00', '2026-12-09T11:00:00'));
    const plan = update(series(weeklyMonday), series(weeklyMonday, {}, { overrides: { [dec7]: near } }));
    const { onCrossing } = stepAt(plan, 0, 'update');
    assert.deepEqual(outline({ steps: onCrossing }), [`delete #3 ${dec7}`, `create ${dec7}`]);
  });

  it('stay single items afterwards, and only what changed is sent', () => {
    const before = series(weeklyMonday, {}, { overrides: { [dec7]: past } });
    const parts = [part(dec7)];
    assert.deepEqual(update(before, before, { parts }).steps, []);
    const renamed = update(
      before,
      series(weeklyMonday, {}, { overrides: { [dec7]: { ...past, title: 'New' } } }),
      { parts },
    );
    assert.deepEqual(outline(renamed), [`update part ${dec7}`]);
    assert.deepEqual(uris(stepAt(renamed, 0, 'update')), ['Set item:Subject']);
    const back = content(at('2026-12-08T10:00:00', '2026-12-08T11:00:00'));
    const near = update(before, series(weeklyMonday, {}, { overrides: { [dec7]: back } }), { parts });
    assert.deepEqual(outline(near), [`update part ${dec7}`], 'a deleted occurrence cannot be brought back');
  });

  it('are gone when the instance is', () => {
    const before = series(weeklyMonday, {}, { overrides: { [dec7]: past } });
    const plan = update(before, series(weeklyMonday, {}, { excluded: [dec7] }), { parts: [part(dec7)] });
    assert.deepEqual(outline(plan), [`delete part ${dec7}`]);
    assert.deepEqual(plan.parts, []);
  });

  it('an instance that comes back is a single item, as the server has deleted its occurrence', () => {
    const plan = update(series(weeklyMonday, {}, { excluded: [jan4] }), series(weeklyMonday));
    assert.deepEqual(outline(plan), [`create ${jan4}`]);
    assert.match(xmlOf(stepAt(plan, 0, 'create').element), /<Start>2027-01-04T10:00:00\+01:00</);
  });
});

describe('exchange mapping: series of single items', () => {
  const rule = 'FREQ=MONTHLY;BYMONTHDAY=31';
  const first = at('2026-10-31T10:00:00', '2026-10-31T11:00:00');
  const keys = planned(createPlan({ marker: 'm', event: series(rule, first) }, window, mapping)).parts;
  const parts = keys.map((key) => part(key));
  const [oct31 = '', dec31 = ''] = keys;
  const single = { id: parts[0]?.id ?? '', parts };

  it('need nothing as long as nothing changes', () => {
    assert.deepEqual(update(series(rule, first), series(rule, first), single).steps, []);
  });

  it('are all renamed, and those that lack are made', () => {
    const plan = update(series(rule, first), series(rule, { ...first, title: 'New' }), {
      ...single,
      parts: parts.slice(0, 2),
    });
    assert.deepEqual(outline(plan), [
      `update part ${oct31}`,
      `update part ${dec31}`,
      ...keys.slice(2).map((key) => `create ${key}`),
    ]);
  });

  it('lose the item of an instance that does not take place', () => {
    const plan = update(series(rule, first), series(rule, first, { excluded: [dec31] }), single);
    assert.deepEqual(outline(plan), [`delete part ${dec31}`]);
  });

  it('keep the items of days that the window has left, and get those of days that have come in', () => {
    const later = { start: instant(Date.UTC(2027, 5, 1)), end: instant(Date.UTC(2028, 0, 1)) };
    const subject = series(rule, first);
    const whole: Rewriting = {
      ...single,
      version: 'v',
      marker: 'm',
      before: subject,
      after: subject,
      role: 'owner',
      notify: 'none',
    };
    const plan = planned(updatePlan(whole, later, mapping));
    assert.deepEqual(outline(plan), ['create 2027-12-31T09:00:00Z']);
    assert.deepEqual(plan.parts, [...keys, '2027-12-31T09:00:00Z']);
    const never = planned(updatePlan(whole, { start: later.end, end: later.end }, mapping));
    assert.deepEqual(never.steps, []);
  });

  it('that have no instance in the window are not made', () => {
    const nothing = { start: instant(Date.UTC(2027, 1, 1)), end: instant(Date.UTC(2027, 1, 2)) };
    const plan = createPlan({ marker: 'm', event: series(rule, first) }, nothing, mapping);
    assert.deepEqual(plan, { refused: 'no-instances' });
  });

  it('become one series when their rule gets a pattern', () => {
    const plan = update(series(rule, first), series('FREQ=MONTHLY;BYDAY=-1SA', first), single);
    assert.deepEqual(outline(plan), ['create main', ...keys.map((key) => `delete part ${key}`)]);
    assert.deepEqual([plan.main, plan.parts], [true, []]);
  });

  it('take the place of a series whose rule has lost its pattern', () => {
    const plan = update(series('FREQ=MONTHLY;BYDAY=-1SA', first), series(rule, first));
    // First what takes its place: where that breaks off, nobody sees an event that was deleted.
    assert.deepEqual(outline(plan), [...keys.map((key) => `create ${key}`), 'delete main']);
    assert.deepEqual([plan.main, plan.parts], [false, keys]);
  });
});
