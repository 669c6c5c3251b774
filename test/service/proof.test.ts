import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrincipalId } from '../../src/core/ids.ts';
import type { Principal } from '../../src/core/principal.ts';
import { calendarInHome } from '../../src/service/access.ts';
import { createServices, type Services } from '../../src/service/context.ts';
import { createPerson } from '../../src/service/people/people.ts';
import { holds, type Proof, witness } from '../../src/service/proof.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
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

  it('ends with what another process has committed, from the next turn on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcal-proof-'));
    const open = (processNumber: number): Services => {
      const storage = openSqlite({ file: join(folder, 'a.sqlite'), clock: at.clock, processNumber });
      const { clock, limits, log, secret, random } = at.services;
      return createServices({ storage, clock, ids: storage.newId, limits, log, secret, random });
    };
    const [here, there] = [open(1), open(2)];
    const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
    const isCurrent = async (proof: Proof | undefined): Promise<boolean> => {
      await turn();
      return proof !== undefined && (await holds(proof, await here.memory.current(here.storage), here));
    };
    const prove = async (owner: Principal): Promise<Proof | undefined> => {
      await turn();
      const { services, proof } = witness(here, await here.memory.current(here.storage));
      await services.storage.calendarsOf(owner.id);
      return proof();
    };
    try {
      const owner = await createPerson(there, at.system, { name: 'owner' });
      const first = await prove(owner);
      assert.equal(await isCurrent(first), true);
      const who = await actor({ ...at, services: there }, owner);
      const calendar = await calendarInHome(there, who, owner, 'personal');
      assert.ok(calendar);
      await put({ ...at, services: there }, who, calendar, 'a.ics');
      assert.equal(await isCurrent(first), false);
      const second = await prove(owner);
      assert.equal(await isCurrent(second), true);
      await createPerson(there, at.system, { name: 'another' });
      assert.equal(await isCurrent(second), false);
    } finally {
      await Promise.all([here.storage.close(), there.storage.close()]);
      rmSync(folder, { recursive: true });
    }
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
