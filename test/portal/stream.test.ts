import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { createHub } from '../../src/portal/stream.ts';
import type { Services } from '../../src/service/context.ts';
import { createPerson } from '../../src/service/people/people.ts';
import { openSession } from '../../src/service/people/sessions.ts';
import { type Office, office } from '../service/office.ts';

describe('pages that listen', () => {
  let at: Office;
  before(async () => {
    at = await office();
  });
  after(() => at.close());

  it('are looked at a few in a turn, so that hundreds of them do not hold up others', async () => {
    let looks = 0;
    const storage: Services['storage'] = Object.create(at.services.storage, {
      directoryVersion: {
        value: () => {
          looks += 1;
          return at.services.storage.directoryVersion();
        },
      },
    });
    const hub = createHub({ ...at.services, storage });
    const people = 100;
    for (let number = 0; number < people; number++) {
      const name = `listener${number}`;
      const person = await createPerson(at.services, at.system, { name, displayName: name });
      hub.listen(await openSession(at.services, person, { program: 'page', address: '127.0.0.1' }));
    }
    await createPerson(at.services, at.system, { name: 'newcomer' });
    const perTurn: number[] = [];
    const told = (): number => perTurn.reduce((sum, count) => sum + count, 0);
    while (told() < people) {
      const before = looks;
      await setImmediate();
      perTurn.push(looks - before);
    }
    hub.stop();
    // Two portions at most, with a look at the sockets between them: one behind the timer, one behind that look.
    const most = Math.max(...perTurn);
    assert.ok(most <= 40, `${most} in one turn`);
  });
});
