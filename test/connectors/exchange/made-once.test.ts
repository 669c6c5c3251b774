/**
 * A creation whose answer is lost, at servers that keep ids in different ways, search by little, and list changes late: what it
 * has made is found, and guests are mailed once (exchange.md 8.5, 17.2, 19.6).
 */
import assert from 'node:assert/strict';
import { type Profile, profileNames } from '../../../conformance/exchange/profile.ts';
import type { NeutralEvent } from '../../../src/connectors/event.ts';
import { globalObjectIds } from '../../../src/connectors/exchange/operations/global-object-id.ts';
import { changedInstance, daily, neutral } from '../events.ts';
import { InStep } from './in-step.ts';

const guests = {
  organizer: { address: 'alice@example.com', name: '' },
  attendees: [{ address: 'bob@example.com', name: '', role: 'required', answer: 'needs-action' }],
} as const;

describe('a UID', () => {
  it('is kept wrapped, with or without an end (MS-OXOCAL 2.2.1.27)', () => {
    const [ended = '', open = '', ...others] = globalObjectIds('{81412D3C-2A24-4E9D-B20E-11F7BBE92799}');
    // As published (MS-ASEMAIL 4.3).
    const published =
      'BAAAAIIA4AB0xbcQGoLgCAAAAAAAAAAAAAAAAAAAAAAAAAAAMwAAAHZDYWwtVWlkAQAAAHs4MTQxMkQzQy0yQTI0LTRFOUQtQjIwRS0xMUY3QkJFOTI3OTl9AA==';
    assert.deepEqual([ended, others], [published, []]);
    const bytes = Buffer.from(open, 'base64');
    assert.deepEqual([bytes[36], bytes.at(-1)], [0x32, '}'.charCodeAt(0)]);
  });

  it('that Exchange has made is its own id, without the day of an instance', () => {
    const head = '040000008200E00074C5B7101A82E008';
    const tail = 'E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3';
    const wanted = [Buffer.from(`${head}00000000${tail}`, 'hex').toString('base64')];
    assert.deepEqual(globalObjectIds(`${head}00000000${tail}`), wanted);
    assert.deepEqual(globalObjectIds(`${head}07D40910${tail}`.toLowerCase()), wanted);
  });
});

const servers: Readonly<Record<string, Partial<Profile>>> = {
  'that searches by everything': {},
  'that searches by no names': { searchesNames: false },
  'that ends no UID, and searches by no names': { searchesNames: false, endsUids: false },
  'that searches by nothing': { searchesNames: false, searchesIds: false },
};

describe('what was made, with the answer lost', () => {
  let both: InStep;

  afterEach(() => both.close());

  async function open(profile: Profile['name'], quirks: Partial<Profile>): Promise<void> {
    both = await InStep.open({ profile, quirks, linked: { rules: { invitations: 'exchange' } } });
    both.fake.addMailbox('bob@example.com');
    await both.linked.synced();
  }

  const requests = (): number => both.fake.mails.filter(({ kind }) => kind === 'request').length;

  for (const [server, quirks] of Object.entries(servers)) {
    for (const profile of profileNames) {
      it(`is found at ${profile} ${server}, and mailed once, though changes are listed late`, async () => {
        await open(profile, quirks);
        await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
        both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
        both.fake.late.changes = 50;
        await both.linked.run();
        assert.deepEqual([both.outlook.all().length, requests()], [1, 0], 'a creation mails nobody');
        both.linked.office.clock.advance(3_600_000);
        await both.linked.run();
        assert.deepEqual([both.outlook.all().length, requests()], [1, 1]);
        both.fake.late.changes = 0;
        await both.quiet();
        assert.deepEqual([both.outlook.all().length, requests()], [1, 1]);
        assert.equal((await both.linked.events()).length, 1);
      });

      it(`is made at ${profile} ${server} where it was not, and then guests are mailed`, async () => {
        await open(profile, quirks);
        await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
        both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-before' } });
        await both.linked.run();
        both.linked.office.clock.advance(3_600_000);
        await both.linked.run();
        assert.deepEqual([both.outlook.all().length, requests()], [1, 1]);
        await both.quiet();
        assert.deepEqual([both.outlook.all().length, requests()], [1, 1]);
      });
    }
  }

  it('is not mailed once more by us where somebody there has sent it meanwhile', async () => {
    await open('exchange2016', {});
    await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
    both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-after' } });
    await both.linked.run();
    both.linked.office.clock.advance(3_600_000);
    const [item] = both.outlook.all();
    both.outlook.invite(item?.id ?? '');
    await both.quiet();
    assert.equal(requests(), 1);
  });

  for (const kind of ['reset-before', 'reset-after'] as const) {
    it(`is mailed once where the answer to the invitation is lost too (${kind})`, async () => {
      await open('exchange2016', {});
      await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
      both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'reset-before' } });
      await both.linked.run();
      both.linked.office.clock.advance(3_600_000);
      both.fake.faults.add({ on: 'UpdateItem', fault: { kind } });
      await both.linked.run();
      await both.quiet();
      assert.equal(requests(), 1);
    });
  }

  for (const [server, quirks] of Object.entries(servers)) {
    it(`is there once and mailed once at a server ${server.replace('that ', 'that carries the request out after several runs, ')}`, async () => {
      await open('exchange2016', quirks);
      await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
      both.fake.faults.add({ on: 'CreateItem', fault: { kind: 'late' } });
      await both.linked.run();
      await both.quiet();
      assert.deepEqual([both.outlook.all().length, requests()], [1, 1]);
      await both.linked.edit('one', (event) => ({ ...event, content: { ...event.content, title: 'Later' } }));
      await both.quiet();
      assert.equal(both.fake.carryOutLate(), 1);
      assert.equal(both.outlook.all().length, 2);
      await both.quiet();
      assert.deepEqual(
        both.outlook.all().map(({ subject }) => subject),
        ['Later'],
      );
      assert.deepEqual([both.fake.mails.length, requests()], [1, 1]);
      assert.equal((await both.linked.event('one')).content.title, 'Later');
    });
  }

  it('is mailed once where its invitation is carried out after several runs', async () => {
    await open('exchange2016', {});
    await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
    both.fake.faults.add({ on: 'UpdateItem', fault: { kind: 'late' } });
    await both.linked.run();
    await both.quiet();
    assert.equal(requests(), 1);
    assert.equal(both.fake.carryOutLate(), 1);
    await both.quiet();
    assert.deepEqual([both.outlook.all().length, both.fake.mails.length], [1, 1]);
  });

  for (const first of ['reset-before', 'reset-after'] as const) {
    for (const second of ['reset-before', 'reset-after'] as const) {
      it(`is mailed once where the server does not tell of it, and both answers are lost (${first}, ${second})`, async () => {
        await open('exchange2016', { tellsInvitations: false });
        await both.linked.put(neutral({ ...guests, title: 'Ours' }, { uid: 'one' }));
        both.fake.faults.add({ on: 'CreateItem', fault: { kind: first } });
        both.fake.faults.add({ on: 'UpdateItem', fault: { kind: second } });
        for (let at = 0; at < 3; at++) {
          await both.linked.run();
          both.linked.office.clock.advance(3_600_000);
        }
        await both.quiet();
        assert.deepEqual([both.outlook.all().length, requests()], [1, 1]);
      });
    }
  }

  const series = changedInstance(daily({ title: 'Series' }, { uid: 'series' }), '2026-03-26T09:00:00Z', {
    title: 'Other',
  });
  const faults = [
    { on: 'UpdateItem', fault: { kind: 'reset-before' } },
    { on: 'UpdateItem', fault: { kind: 'reset-after' } },
    { on: 'UpdateItem', fault: { kind: 'code', code: 'ErrorItemSave', where: 'message' } },
    { on: 'UpdateItem', fault: { kind: 'code', code: 'ErrorIrresolvableConflict', where: 'message' } },
    { on: 'DeleteItem', fault: { kind: 'reset-before' } },
    { on: 'DeleteItem', fault: { kind: 'code', code: 'ErrorItemSave', where: 'message' } },
  ] as const;
  for (const fault of faults) {
    const how = 'code' in fault.fault ? fault.fault.code : fault.fault.kind;
    it(`is one series with all of its instances where ${fault.on} ends with ${how} on the way`, async () => {
      await open('exchange2016', {});
      await both.linked.put({ ...series, excluded: ['2026-03-25T09:00:00Z'] });
      both.fake.faults.add(fault);
      both.fake.late.changes = 50;
      await both.linked.run();
      both.linked.office.clock.advance(3_600_000);
      await both.linked.run();
      both.fake.late.changes = 0;
      await both.quiet();
      assert.equal(both.outlook.all().length, 1);
      const { excluded, overrides } = await both.linked.event('series');
      assert.deepEqual(
        [excluded, Object.keys(overrides)],
        [['2026-03-25T09:00:00Z'], ['2026-03-26T09:00:00Z']],
      );
      await both.assertInStep();
    });
  }

  // Past its neighbour: a single item stands for it.
  const withPart = changedInstance(daily({ title: 'Series' }, { uid: 'series' }), '2026-03-26T09:00:00Z', {
    start: { local: '2026-03-28T15:00:00', zone: 'Europe/Stockholm' },
    end: { local: '2026-03-28T16:00:00', zone: 'Europe/Stockholm' },
  });
  it('is not undone, and nobody is mailed again, where the change of an instance is carried out after later ones', async () => {
    await open('exchange2016', {});
    const there = (location: string): ((event: NeutralEvent) => NeutralEvent) => {
      const key = '2026-03-26T09:00:00Z';
      return (event) => changedInstance(event, key, { ...event.overrides[key], location });
    };
    await both.linked.put(daily({ ...guests, title: 'Series' }, { uid: 'series' }));
    await both.quiet();
    const sent = both.fake.mails.length;
    await both.linked.edit('series', there('First'));
    both.fake.faults.add({ on: 'UpdateItem', fault: { kind: 'late' } });
    await both.linked.run();
    await both.quiet();
    await both.linked.edit('series', there('Second'));
    await both.quiet();
    assert.equal(both.fake.carryOutLate(), 1);
    await both.quiet();
    const { overrides } = await both.linked.event('series');
    assert.deepEqual(
      Object.values(overrides).map(({ location }) => location),
      ['Second'],
    );
    assert.equal(both.fake.mails.length - sent, 2);
  });

  for (const kind of ['reset-before', 'reset-after'] as const) {
    it(`has the single item of a series where its deletion and its creation are lost in runs of their own (${kind})`, async () => {
      await open('exchange2016', {});
      await both.linked.put(withPart);
      both.fake.faults.add({ on: 'DeleteItem', fault: { kind } });
      both.fake.faults.add({ on: 'CreateItem', after: 1, fault: { kind: 'reset-before' } });
      for (let at = 0; at < 3; at++) {
        await both.linked.run();
        both.linked.office.clock.advance(3_600_000);
      }
      await both.quiet();
      assert.equal(both.outlook.all().length, 2);
      await both.assertInStep();
      const { excluded, overrides } = await both.linked.event('series');
      assert.deepEqual([excluded, Object.keys(overrides)], [[], ['2026-03-26T09:00:00Z']]);
    });
  }

  for (const after of [0, 1]) {
    for (const kind of ['reset-before', 'reset-after'] as const) {
      it(`has each single item of a series once where request ${after + 1} ends with ${kind}`, async () => {
        await open('exchange2016', {});
        await both.linked.put(withPart);
        both.fake.faults.add({ on: 'CreateItem', after, fault: { kind } });
        both.fake.late.changes = 50;
        await both.linked.run();
        both.linked.office.clock.advance(3_600_000);
        await both.linked.run();
        both.fake.late.changes = 0;
        await both.quiet();
        assert.equal(both.outlook.all().length, 2);
        await both.assertInStep();
        assert.deepEqual(Object.keys((await both.linked.event('series')).overrides), [
          '2026-03-26T09:00:00Z',
        ]);
      });
    }
  }
});
