/** `firstAsNote`: a series is a note here, and nothing done to the note ends the series before somebody has agreed to it (exchange.md 10.6). */
import assert from 'node:assert/strict';
import { dayFrom } from '../../../conformance/exchange/recurrence.ts';
import type { PairId } from '../../../src/core/ids.ts';
import { issueShapes } from '../../../src/portal/exchange/shape.ts';
import { retryPair } from '../../../src/service/connectors/links.ts';
import { answerNote } from '../../../src/service/connectors/notes.ts';
import { refuses } from '../../service/office.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

describe('a series that is a note here', () => {
  let at: InStep;
  let uid: string;

  beforeEach(async () => {
    at = await InStep.open({ settings: { recurrencePolicy: 'firstAsNote' } });
    at.outlook.create({
      subject: 'Stand-up',
      start: '2026-03-24T10:00',
      end: '2026-03-24T10:30',
      recurrence: { pattern: { kind: 'daily', interval: 1 }, start: dayFrom('2026-03-24'), count: 5 },
    });
    await at.linked.synced();
    const [note] = await at.linked.events();
    assert.deepEqual(note?.content.start, { date: '2026-03-24' });
    uid = note.uid;
  });

  afterEach(() => at.close());

  const there = (): readonly [string | undefined, boolean] | undefined => {
    const [item] = at.outlook.all();
    return item && [item.subject, item.recurrence !== undefined];
  };

  async function question(): Promise<{ readonly id: PairId; readonly code: string | null } | undefined> {
    const { connectors } = at.linked.services.storage;
    for await (const page of connectors.pairs(at.linked.id, { quarantined: true }))
      for (const { id, quarantine } of page) return { id, code: quarantine };
    return undefined;
  }

  /** As the page shows it. */
  async function asked(): Promise<readonly (string | null)[]> {
    const [issue] = await issueShapes(at.linked.services, at.linked.who);
    return issue ? [issue.code, issue.title, issue.start] : [];
  }

  async function answer(proceed: boolean): Promise<void> {
    const { id } = (await question()) ?? {};
    assert.ok(id !== undefined);
    await answerNote(at.linked.services, at.linked.who, id, proceed);
    at.linked.office.clock.advance(60_000);
    await at.linked.synced();
  }

  it('keeps its repetition when the title is changed here, until somebody agrees', async () => {
    await at.linked.edit(uid, titled('Daily'));
    await at.linked.run();
    assert.deepEqual(there(), ['Stand-up', true]);
    assert.deepEqual(await asked(), ['note-changed', 'Daily', '2026-03-24']);
    at.linked.office.clock.advance(25 * 3_600_000);
    await at.linked.run();
    assert.deepEqual(there(), ['Stand-up', true]);
    assert.equal((await at.linked.event(uid)).content.title, 'Daily');
    await answer(true);
    assert.deepEqual(there(), ['Daily', false]);
    await at.quiet();
    const event = await at.linked.event(uid);
    assert.deepEqual(
      [event.content.title, event.content.start],
      ['Daily', { local: '2026-03-24T10:00:00', zone: 'Europe/Stockholm' }],
    );
    assert.equal(await question(), undefined);
    await at.assertInStep();
  });

  it('is what it was again when somebody does not agree', async () => {
    await at.linked.edit(uid, titled('Daily'));
    await at.linked.run();
    await answer(false);
    assert.deepEqual(there(), ['Stand-up', true]);
    assert.equal((await at.linked.event(uid)).content.title, 'Stand-up');
    assert.equal(await question(), undefined);
    await at.quiet();
  });

  it('is not deleted there with its note, until somebody agrees', async () => {
    await at.linked.delete(uid);
    await at.linked.run();
    assert.deepEqual(there(), ['Stand-up', true]);
    assert.deepEqual(await asked(), ['note-deleted', 'Stand-up', '2026-03-24']);
    at.linked.office.clock.advance(25 * 3_600_000);
    await at.linked.run();
    assert.deepEqual(there(), ['Stand-up', true]);
    await answer(true);
    assert.equal(there(), undefined);
    assert.equal(await question(), undefined);
    await at.quiet();
  });

  it('asks on when somebody only tries again, and does not forget an answer over that', async () => {
    await at.linked.delete(uid);
    await at.linked.run();
    const { id } = (await question()) ?? {};
    assert.ok(id !== undefined);
    await retryPair(at.linked.services, at.linked.who, id);
    assert.deepEqual(await asked(), ['note-deleted', 'Stand-up', '2026-03-24']);
    await answerNote(at.linked.services, at.linked.who, id, true);
    await retryPair(at.linked.services, at.linked.who, id);
    await at.linked.synced();
    assert.equal(there(), undefined);
    assert.equal(await question(), undefined);
  });

  it('has its note again when somebody does not agree to the deletion', async () => {
    await at.linked.delete(uid);
    await at.linked.run();
    await answer(false);
    assert.deepEqual(there(), ['Stand-up', true]);
    assert.equal((await at.linked.event(uid)).content.title, 'Stand-up');
    await at.quiet();
  });

  it('tells what is changed there meanwhile, and asks no longer once the note says what it says', async () => {
    await at.linked.edit(uid, titled('Daily'));
    await at.linked.run();
    const [item] = at.outlook.all();
    at.outlook.edit(item?.id ?? '', { subject: 'Daily' });
    at.linked.office.clock.advance(60_000);
    await at.linked.synced();
    assert.equal(await question(), undefined);
    assert.deepEqual(there(), ['Daily', true]);
  });

  it('takes a reminder and the like without a question', async () => {
    await at.linked.edit(uid, withContent({ categories: ['Blue'] }));
    await at.linked.synced();
    assert.deepEqual(there(), ['Stand-up', true]);
    assert.equal(await question(), undefined);
  });

  it('asks its owner and nobody else, and once', async () => {
    await at.linked.edit(uid, titled('Daily'));
    await at.linked.run();
    const { id } = (await question()) ?? {};
    assert.ok(id !== undefined);
    await answerNote(at.linked.services, at.linked.who, id, false);
    await refuses(answerNote(at.linked.services, at.linked.who, id, true), 'not-found');
  });
});
