/** Items over which a server stumbles each time: whatever else there is goes on, and they are told of (exchange.md 17.3). */
import assert from 'node:assert/strict';
import { readApart } from '../../../src/connectors/exchange/ailing.ts';
import type { Outcome } from '../../../src/connectors/exchange/operations/batch.ts';
import { RemoteFailure } from '../../../src/connectors/failure.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { neutral } from '../events.ts';
import { InStep } from './in-step.ts';

const inside = (): RemoteFailure => new RemoteFailure('transient', 'fault-without-code', 'no');

describe('items over which a server stumbles', () => {
  const read = async (
    keys: string,
    how: { readonly isWell?: boolean; readonly whole?: boolean; readonly isSick?: boolean } = {},
  ): Promise<{ readonly told: readonly string[]; readonly asked: readonly string[] }> => {
    const asked: string[] = [];
    const ask = (part: readonly string[]): Promise<readonly Outcome<string>[]> => {
      asked.push(part.join(''));
      const isIll = (key: string): boolean => key === 'x' || how.isSick === true;
      if (how.whole === true && part.some(isIll)) return Promise.reject(inside());
      return Promise.resolve(part.map((value) => (isIll(value) ? { failure: inside() } : { value })));
    };
    const isWell = (): Promise<boolean> => Promise.resolve(how.isWell ?? true);
    const answers = await readApart(keys.split(''), { ask, isWell });
    const told = answers.map((each) =>
      'value' in each ? each.value : `${each.failure.class} ${each.failure.code}`,
    );
    return { told, asked };
  };
  const own = 'poison fault-without-code';

  it('are told from the others of an answer', async () => {
    const { told, asked } = await read('abxd');
    assert.deepEqual(
      [told, asked],
      [
        ['a', 'b', own, 'd'],
        ['abxd', 'x'],
      ],
    );
  });

  it('are found where they take all others with them', async () => {
    const { told, asked } = await read('abxd', { whole: true });
    assert.deepEqual(told, ['a', 'b', own, 'd']);
    assert.deepEqual(asked, ['abxd', 'ab', 'xd', 'x', 'd']);
  });

  it('are what is wrong where the server answers everything else', async () => {
    for (const whole of [false, true]) assert.deepEqual((await read('x', { whole })).told, [own]);
  });

  it('are none where the server answers nothing', async () => {
    for (const whole of [false, true]) {
      await assert.rejects(read('x', { whole, isWell: false }), inside());
      await assert.rejects(read('abxd', { whole, isSick: true, isWell: false }), inside());
      await assert.rejects(read('abxd', { whole, isSick: true }), inside());
    }
  });
});

describe('an item that nobody can tell', () => {
  let both: InStep;

  afterEach(() => both.close());

  for (const profile of ['exchange2016', 'gromox'] as const)
    it(`keeps nothing else at ${profile} from coming, and is listed`, async () => {
      both = await InStep.open({ profile });
      const { linked, outlook } = both;
      const entry = { start: '2026-04-02T10:00', end: '2026-04-02T11:00' };
      const ids = ['One', 'Two', 'Three'].map((subject) => outlook.create({ ...entry, subject }));
      outlook.break(ids[1] ?? '', 'ErrorInternalServerError');
      const titles = async (): Promise<readonly string[]> =>
        (await linked.events()).map(({ content }) => content.title).sort();
      for (let run = 0; run < 4; run++) {
        assert.equal((await linked.run()).run.outcome, 'partial', `run ${run}`);
        linked.office.clock.advance(hourMs);
      }
      assert.deepEqual(await titles(), ['One', 'Three']);
      const told: unknown[] = [];
      for await (const page of linked.services.storage.connectors.pairs(linked.id, { quarantined: true }))
        told.push(...page.map(({ quarantine }) => quarantine));
      assert.deepEqual(told, ['ErrorInternalServerError']);
      // By itself, as a change of it alone comes.
      outlook.edit(ids[0] ?? '', { subject: 'Changed' });
      outlook.break(ids[0] ?? '', 'ErrorInternalServerError');
      await linked.run();
      outlook.create({ ...entry, subject: 'Four' });
      await linked.run();
      assert.deepEqual(await titles(), ['Four', 'One', 'Three']);
      for (const id of ids) outlook.break(id, undefined);
      for (const id of ids) outlook.edit(id, { location: 'Room 1' });
      await both.quiet();
      assert.deepEqual(await titles(), ['Changed', 'Four', 'Three', 'Two']);
    });
});

describe('a guest whose address the server does not take', () => {
  it('is a matter of one event, and not of the mailbox', async () => {
    const both = await InStep.open();
    await both.linked.synced();
    for (const code of ['ErrorInvalidSmtpAddress', 'ErrorMissingEmailAddress']) {
      await both.linked.put(neutral({ title: code }, { uid: code }));
      both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'code', code, where: 'message' } });
      assert.equal((await both.linked.run()).run.outcome, 'partial');
      assert.equal((await both.linked.link()).stopped, null);
      both.linked.office.clock.advance(hourMs);
    }
    await both.quiet();
    assert.equal(both.outlook.all().length, 2);
    await both.close();
  });
});
