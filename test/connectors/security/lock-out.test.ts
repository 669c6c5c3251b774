/** A directory locks an account after some wrong passwords: a stale one of ours is not sent so often. */
import assert from 'node:assert/strict';
import { type FakeExchange, startLab } from '../../../conformance/exchange/exchange.ts';
import { createExchange, type Exchange } from '../../../src/connectors/exchange/index.ts';
import type { RemoteMailbox } from '../../../src/connectors/remote.ts';
import { hourMs, minuteMs } from '../../../src/icalendar/time.ts';
import { credentials, never, settingsFor } from '../exchange/scripted.ts';

/** Refusals of one password before nobody sends it any more. */
const mostRefusals = 3;

describe('a password that has become stale', () => {
  let fake: FakeExchange;
  let exchange: Exchange;
  let lost = (): void => undefined;
  let now = Date.UTC(2026, 10, 23, 8);

  async function open(method: 'ntlm' | 'basic', accessMode: 'impersonation' | 'perUser'): Promise<void> {
    fake = await startLab({ now: () => now, methods: ['ntlm', 'basic'], lockAfter: mostRefusals + 1 });
    const server = {
      port: fake.port,
      url: new URL(fake.origin),
      connectionCount: () => 0,
      close: fake.close,
    };
    exchange = createExchange(
      settingsFor(server, { authMethods: [method], accessMode, autodiscover: 'auto' }),
      {
        userAgent: 'test',
        now: () => now,
        random: () => 0.5,
        streamPauseMs: 5,
        onLost: () => lost(),
      },
    );
  }
  afterEach(async () => {
    await exchange.close();
    await fake.close();
  });

  const mailbox = (address: string, login: string, isService: boolean) =>
    exchange.mailbox({
      mailbox: address,
      credentials: credentials(login, 'secret'),
      isService,
      memory: '',
      zone: 'Europe/Stockholm',
      territory: null,
      aliases: [],
    });

  /** Listens, has the password changed and every stream cut, and waits until the listener gives up. */
  async function listenUntilLost(own: RemoteMailbox, folder: string, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      lost = () => resolve();
      let isOn = false;
      const hear = (): void => {
        if (isOn) return;
        isOn = true;
        fake.account('alice@lab.test').password = 'changed';
        fake.logins.counters.refused = 0;
        fake.restart();
      };
      exchange.watch([{ mailbox: own, calendars: [folder] }], hear, signal).catch(() => resolve());
    });
  }

  for (const method of ['ntlm', 'basic'] as const) {
    it(`is sent ${mostRefusals} times in two days of trying, by ${method}`, async () => {
      await open(method, 'perUser');
      fake.account('alice@lab.test').password = 'changed';
      for (const end = now + 48 * hourMs; now < end; now += 10 * minuteMs) {
        const own = mailbox('alice@lab.test', 'alice@lab.test', false);
        await assert.rejects(own.calendars(never));
      }
      assert.equal(fake.logins.counters.refused, mostRefusals);
      // Not locked: with the new password the person still gets in.
      assert.equal(fake.account('alice@lab.test').failures, mostRefusals);
    });

    it(`is sent as rarely for many mailboxes of one service account, by ${method}`, async () => {
      await open(method, 'impersonation');
      fake.account('svc@lab.test').password = 'changed';
      for (let i = 0; i < 40; i++) {
        const address = i % 2 === 0 ? 'alice@lab.test' : 'bob@lab.test';
        await assert.rejects(mailbox(address, 'svc@lab.test', true).calendars(never));
        now += minuteMs / 2;
      }
      assert.equal(fake.logins.counters.refused, 1);
      for (const end = now + 24 * hourMs; now < end; now += hourMs / 4)
        await assert.rejects(mailbox('bob@lab.test', 'svc@lab.test', true).calendars(never));
      assert.equal(fake.logins.counters.refused, mostRefusals);
    });

    it(`is sent once at most by those who listen to notifications, by ${method}`, async () => {
      await open(method, 'perUser');
      const own = mailbox('alice@lab.test', 'alice@lab.test', false);
      const [info] = await own.calendars(never);
      const over = new AbortController();
      await listenUntilLost(own, info?.id ?? '', over.signal);
      assert.ok(fake.logins.counters.refused <= 1, String(fake.logins.counters.refused));
      over.abort();
    });
  }
});
