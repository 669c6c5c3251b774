import assert from 'node:assert/strict';
import type { PrincipalId } from '../../src/core/ids.ts';
import type { Services } from '../../src/service/context.ts';
import { holds, type Proof, witness } from '../../src/service/proof.ts';
import { actor, event, type Office, office, put, seen } from './office.ts';

describe('a proof', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  const proofOf = async (read: (services: Services) => Promise<unknown>): Promise<Proof | undefined> => {
    const { memory, storage } = at.services;
    const { services, proof } = witness(at.services, await memory.current(storage));
    await read(services);
    return proof();
  };
  const stillHolds = async (proof: Proof | undefined): Promise<boolean> => {
    const { memory, storage } = at.services;
    return proof !== undefined && (await holds(proof, await memory.current(storage), at.services));
  };

  it('is there for what the directory covers, and ends with its version', async () => {
    const proof = await proofOf(({ storage }) => storage.principalByName('alice'));
    assert.equal(await stillHolds(proof), true);
    await at.services.storage.commit({
      actor: null,
      changes: [{ do: 'set-policy', key: 'export.user', value: 'allowed' }],
    });
    assert.equal(await stillHolds(proof), false);
  });

  it('ends with the counter of each calendar that was read, in whatever way', async () => {
    const alice = await actor(at, at.alice);
    const calendar = await seen(at);
    const { id } = calendar.calendar;
    const reads: readonly ((services: Services) => Promise<unknown>)[] = [
      ({ storage }) => storage.calendar(id),
      ({ storage }) => storage.calendarByName(at.alice.id, 'personal'),
      ({ storage }) => storage.calendarsOf(at.alice.id),
    ];
    const proofs = await Promise.all(reads.map(proofOf));
    const ofBob = await proofOf(({ storage }) => storage.calendarsOf(at.bob.id));
    for (const proof of [...proofs, ofBob]) assert.equal(await stillHolds(proof), true);
    await put(at, alice, calendar, 'a.ics', event());
    for (const proof of proofs) assert.equal(await stillHolds(proof), false);
    assert.equal(await stillHolds(ofBob), true);
  });

  it('is never there for what was read twice with a change in between', async () => {
    const alice = await actor(at, at.alice);
    const calendar = await seen(at);
    const read = async ({ storage }: Services, home: PrincipalId): Promise<void> => {
      await storage.usedBytes(home);
      await storage.calendarsOf(home);
    };
    const proof = await proofOf(async (services) => {
      await read(services, at.alice.id);
      await put(at, alice, calendar, 'a.ics', event());
      await read(services, at.alice.id);
    });
    assert.equal(await stillHolds(proof), false);
  });

  it('is not there where something is read that no counter proves', async () => {
    const { id } = (await seen(at)).calendar;
    assert.equal(await proofOf(({ storage }) => storage.head(id, 'a.ics', at.alice.id)), undefined);
    assert.equal(await proofOf(({ storage }) => storage.appPasswords(at.alice.id)), undefined);
    assert.equal(await proofOf(async ({ storage }) => storage.connectors), undefined);
  });

  it('lasts a minute where the clock was asked', async () => {
    const proof = await proofOf(async ({ clock }) => clock.now());
    at.clock.advance(59_999);
    assert.equal(await stillHolds(proof), true);
    at.clock.advance(1);
    assert.equal(await stillHolds(proof), false);
  });
});
