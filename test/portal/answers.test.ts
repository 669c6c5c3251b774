/** Answers to invitations: one's own line of the meeting, and nothing else of it. */
import assert from 'node:assert/strict';
import type { EventDetail } from '../../src/portal/api.ts';
import { type Browser, event, invitation, ownCalendar, useWorld } from './world.ts';

describe('answers to invitations', () => {
  const world = useWorld();
  let anna: Browser;
  let id: string;

  before(async () => {
    anna = await world.now.signedIn('anna');
    ({ id } = await ownCalendar(anna));
  });

  const file = (uid: string): string => `/dav/calendars/anna/personal/${uid}.ics`;
  const get = async (uid: string): Promise<string> => (await world.now.dav('anna', 'GET', file(uid))).text;
  const put = async (uid: string, lines: readonly string[] = []): Promise<void> => {
    const headers = { 'Content-Type': 'text/calendar' };
    const body = invitation(uid, lines);
    assert.equal((await world.now.dav('anna', 'PUT', file(uid), { headers, body })).status, 201);
  };
  const detail = async (uid: string, recurrenceId?: string): Promise<EventDetail> =>
    await anna.ok('GET /calendars/{id}/events/{uid}', {
      path: { id, uid },
      query: recurrenceId === undefined ? {} : { recurrenceId },
    });
  const answer = async (
    uid: string,
    given: 'accepted' | 'tentative' | 'declined',
    recurrenceId?: string,
  ): Promise<string> => {
    const { etag } = await detail(uid);
    const { undo } = await anna.ok('PUT /calendars/{id}/events/{uid}/answer', {
      path: { id, uid },
      query: recurrenceId === undefined ? {} : { recurrenceId },
      body: { answer: given },
      ifMatch: etag,
    });
    return undo;
  };
  const withoutStamps = (text: string): readonly string[] =>
    text.split('\r\n').filter((line) => !/^(DTSTAMP|LAST-MODIFIED):/.test(line));

  it('are written into the own line only; SEQUENCE is the organizer’s', async () => {
    await put('one');
    const before = await get('one');
    assert.equal((await detail('one')).ownAnswer, 'needs-action');
    const undo = await answer('one', 'tentative');
    const after = await get('one');
    assert.deepEqual(
      withoutStamps(after).filter((line) => !withoutStamps(before).includes(line)),
      ['ATTENDEE;CN="Anna, A";X-KEEP=yes;PARTSTAT=TENTATIVE:mailto:Anna@example.com'],
    );
    assert.equal(withoutStamps(after).length, withoutStamps(before).length);
    const { ownAnswer, attendees } = await detail('one');
    assert.deepEqual(
      [ownAnswer, ...attendees.map(({ status }) => status)],
      ['tentative', 'tentative', 'needs-action'],
    );
    await anna.ok('POST /undo/{undo}', { path: { undo } });
    assert.equal(await get('one'), before);
  });

  it('are given for one instance of a series, or for all', async () => {
    await put('series', ['RRULE:FREQ=WEEKLY;COUNT=3']);
    const second = '20261110T090000Z';
    await answer('series', 'declined', second);
    assert.equal((await detail('series', second)).ownAnswer, 'declined');
    assert.equal((await detail('series', '20261103T090000Z')).ownAnswer, 'needs-action');
    assert.match(await get('series'), /RECURRENCE-ID;TZID=Europe\/Berlin:20261110T100000/);
    await answer('series', 'accepted');
    assert.equal((await get('series')).match(/PARTSTAT=ACCEPTED/g)?.length, 2);
    assert.equal((await detail('series', second)).ownAnswer, 'accepted');
  });

  it('are asked of guests only: not of the organizer, not of readers, and not in another’s calendar', async () => {
    const own = await anna.ok('POST /calendars/{id}/events', {
      path: { id },
      body: event({ attendees: [{ address: 'boris@example.com' }] }),
    });
    assert.equal((await detail(own.uid)).ownAnswer, null);
    const refused = await anna.refused('PUT /calendars/{id}/events/{uid}/answer', {
      path: { id, uid: own.uid },
      body: { answer: 'accepted' },
      ifMatch: own.etag ?? '',
    });
    assert.equal(refused.status, 400);
    await anna.ok('POST /calendars/{id}/shares', {
      path: { id },
      body: { who: String(world.now.boris.id), level: 'edit' },
    });
    const boris = await world.now.signedIn('boris');
    const path = { id, uid: 'one' };
    const seen = await boris.ok('GET /calendars/{id}/events/{uid}', { path });
    assert.equal(seen.ownAnswer, null);
    const parts = { path, body: { answer: 'declined' as const }, ifMatch: seen.etag };
    assert.equal((await boris.refused('PUT /calendars/{id}/events/{uid}/answer', parts)).status, 400);
    const root = await world.now.signedIn('root');
    assert.equal((await root.refused('PUT /calendars/{id}/events/{uid}/answer', parts)).status, 404);
  });

  it('to what has changed meanwhile are refused', async () => {
    const refused = await anna.refused('PUT /calendars/{id}/events/{uid}/answer', {
      path: { id, uid: 'one' },
      body: { answer: 'accepted' },
      ifMatch: '"other"',
    });
    assert.deepEqual([refused.status, refused.error], [412, 'E07']);
  });
});
