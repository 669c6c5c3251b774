import assert from 'node:assert/strict';
import type { ExchangeConflictField } from '../../../src/portal/exchange/api.ts';
import { patchOf } from '../../../src/portal/exchange/take.ts';

const start = { local: '2026-11-24T09:00:00', zone: 'Europe/Berlin' };
const end = { local: '2026-11-24T09:30:00', zone: 'Europe/Berlin' };
const told = {
  start: { dateTime: start.local, zone: start.zone },
  end: { dateTime: end.local, zone: end.zone },
};

describe('the word that lost', () => {
  const rows: readonly (readonly [ExchangeConflictField, unknown, object | null])[] = [
    ['title', 'Mine', { title: 'Mine' }],
    ['description', { text: 'a', html: null }, { description: 'a' }],
    ['busy', 'free', { busy: false }],
    ['busy', 'out-of-office', { busy: true }],
    ['privacy', 'private', { privacy: 'private' }],
    ['categories', ['a', 'b'], { categories: ['a', 'b'] }],
    ['reminder', 15, { reminders: [15] }],
    ['reminder', null, { reminders: [] }],
    ['cancelled', true, { status: 'cancelled' }],
    ['when', { start, end, recurrence: null }, { ...told, repeat: null }],
    [
      'when',
      { start, end, recurrence: { rules: ['FREQ=DAILY'], dates: [] } },
      { ...told, repeat: { rule: 'FREQ=DAILY' } },
    ],
    [
      'when',
      { start: { date: '2026-11-24' }, end: { date: '2026-11-25' } },
      { start: { date: '2026-11-24' }, end: { date: '2026-11-25' } },
    ],
    // What no form says.
    ['when', { start, end, recurrence: { rules: ['FREQ=DAILY'], dates: [start] } }, null],
    ['when', { start: { local: start.local, zone: 'Custom 1' }, end, recurrence: null }, null],
    ['people', { organizer: null, attendees: [] }, null],
    ['answer', 'accepted', null],
    ['event', null, null],
    ['instance', 'excluded', null],
    ['title', 7, null],
  ];
  for (const [field, value, patch] of rows)
    it(`${field} ${JSON.stringify(value)} is taken by ${JSON.stringify(patch)}`, () =>
      assert.deepEqual(patchOf(field, value), patch));

  it('is a whole event where the other side had deleted it', () => {
    const content = {
      start,
      end,
      title: 'Mine',
      description: 'a',
      location: '',
      busy: 'busy',
      reminder: null,
    };
    assert.deepEqual(patchOf('event', { content, recurrence: null }), {
      ...told,
      repeat: null,
      title: 'Mine',
      description: 'a',
      location: '',
      busy: true,
      reminders: [],
    });
  });
});
