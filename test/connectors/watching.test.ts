import assert from 'node:assert/strict';
import type { RemoteMailbox, Watch } from '../../src/connectors/remote.ts';
import { createWatching, type Watching } from '../../src/connectors/schedule/watching.ts';
import type { ConnectorLink } from '../../src/core/connector.ts';
import type { ConnectorAccountId, ConnectorLinkId } from '../../src/core/ids.ts';
import { minuteMs, secondMs } from '../../src/icalendar/time.ts';
import { calendarsOf } from '../../src/service/access.ts';
import { actor } from '../service/office.ts';
import { FakeTimers } from './fake-timers.ts';
import { Linked } from './linked.ts';
import { MemoryCalendar, memoryMailbox } from './memory-calendar.ts';

describe('listening for hints', () => {
  let linked: Linked;
  let timers: FakeTimers;
  let watching: Watching;
  /** Mailboxes of each beginning; `open` counts those that listen now. */
  let begun: number[];
  let open: number;
  let fail: ((cause: Error) => void) | undefined;
  let hinted: ConnectorLinkId[];
  let watch: Watch;

  beforeEach(async () => {
    linked = await Linked.make({ link: { initialised: true } });
    timers = new FakeTimers(linked.office.clock);
    [begun, open, fail, hinted] = [[], 0, undefined, []];
    watch = (mailboxes, _, signal) => {
      begun.push(mailboxes.length);
      open++;
      return new Promise<void>((resolve, reject) => {
        fail = reject;
        signal.addEventListener('abort', () => resolve());
      }).finally(() => open--);
    };
    watching = createWatching({
      services: linked.services,
      provider: 'exchange',
      timers,
      open: () => Promise.resolve(mailbox()),
      watch: () => Promise.resolve(watch),
      onHint: (link) => hinted.push(link),
      report: () => undefined,
    });
  });

  afterEach(async () => {
    await watching.stop();
    assert.equal(open, 0, 'nobody listens any more');
    await linked.office.close();
  });

  async function refreshed(): Promise<void> {
    await watching.refresh();
    await timers.settled();
  }

  const mailbox = (): RemoteMailbox => memoryMailbox(new MemoryCalendar({ now: () => 0 }));

  /** Bob is linked as well. */
  async function bobJoins(): Promise<ConnectorLink> {
    const { services, bob } = linked.office;
    const [calendar] = await calendarsOf(services, await actor(linked.office, bob), bob);
    assert.ok(calendar);
    const account = {
      ...linked.account,
      id: services.ids<ConnectorAccountId>(),
      principal: bob.id,
      mailbox: 'bob@example.com',
    };
    const link = {
      ...(await linked.link()),
      id: services.ids<ConnectorLinkId>(),
      account: account.id,
      principal: bob.id,
      calendar: calendar.calendar.id,
    };
    await linked.commit([
      { do: 'add-connector-account', account },
      { do: 'add-connector-link', link },
    ]);
    return link;
  }

  it('begins once for what does not change', async () => {
    await refreshed();
    await refreshed();
    assert.deepEqual([begun, hinted], [[1], [linked.id]]);
  });

  it('begins once when it is asked twice at the same moment', async () => {
    await Promise.all([watching.refresh(), watching.refresh()]);
    await timers.settled();
    assert.deepEqual([begun, open, hinted], [[1], 1, [linked.id]]);
  });

  it('takes new links in beside the others, which go on', async () => {
    await refreshed();
    const link = await bobJoins();
    await refreshed();
    assert.deepEqual([begun, open, hinted], [[1, 1], 2, [linked.id, link.id]]);
  });

  it('lets go of what is not linked any more', async () => {
    await bobJoins();
    await refreshed();
    assert.deepEqual(begun, [2]);
    await linked.commit([{ do: 'patch-connector-link', id: linked.id, patch: { stopped: 'administrator' } }]);
    await refreshed();
    assert.deepEqual([begun, open], [[2, 1], 1]);
  });

  it('is not held up by one that does not stop when it is told to', async () => {
    let release = (): void => undefined;
    const before = watch;
    watch = () => new Promise((resolve) => (release = resolve));
    await refreshed();
    watch = before;
    const again = watching.refresh();
    await timers.settled();
    assert.deepEqual(begun, []);
    await timers.pass(5 * secondMs);
    await again;
    assert.deepEqual(begun, [1]);
    release();
  });

  it('begins anew with another provider', async () => {
    await refreshed();
    const before = watch;
    watch = (...given) => before(...given);
    await refreshed();
    assert.deepEqual([begun, open], [[1, 1], 1]);
  });

  it('tries again with growing pauses, and looks at what was missed each time', async () => {
    await refreshed();
    for (let at = 0; at < 4; at++) {
      fail?.(new Error('the line broke'));
      await timers.pass(minuteMs);
    }
    assert.equal(begun.length, 5);
    fail?.(new Error('the line broke'));
    await timers.pass(minuteMs);
    assert.equal(begun.length, 5, 'the fifth pause is longer than a minute');
    await timers.pass(30 * secondMs);
    assert.equal(begun.length, 6);
    assert.equal(hinted.length, 6);
  });
});
