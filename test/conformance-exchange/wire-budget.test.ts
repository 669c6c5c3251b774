/** What a run of the connector costs on the wire, as the fake Exchange server counts it (exchange.md 19.5.8, 19.6). */
import assert from 'node:assert/strict';
import { type FakeExchange, startExchange } from '../../conformance/exchange/exchange.ts';
import type { Outlook } from '../../conformance/exchange/outlook.ts';
import { profileNames } from '../../conformance/exchange/profile.ts';
import { createExchange, type Exchange } from '../../src/connectors/exchange/index.ts';
import { neutral } from '../connectors/events.ts';
import { aliceByService, never, settingsFor } from '../connectors/exchange/scripted.ts';
import { Linked, titled } from '../connectors/linked.ts';
import { noon } from '../service/office.ts';

for (const profile of profileNames)
  describe(`what a run costs on ${profile}`, () => {
    let fake: FakeExchange;
    let outlook: Outlook;
    let exchange: Exchange;
    let linked: Linked;

    beforeEach(async () => {
      let now = (): number => noon;
      fake = await startExchange({ profile, now: () => now(), methods: ['basic'] });
      outlook = fake.addMailbox('alice@example.com');
      fake.addService('svc');
      const server = {
        port: fake.port,
        url: new URL(fake.origin),
        connectionCount: () => 0,
        close: fake.close,
      };
      const settings = settingsFor(server, { authMethods: ['basic'], autodiscover: 'off' });
      exchange = createExchange(settings, { userAgent: 'test', now: () => now(), random: () => 0.5 });
      const mailbox = exchange.mailbox(aliceByService);
      const [info] = await mailbox.calendars(never);
      linked = await Linked.make({ mailbox, link: { remoteCalendar: info?.id ?? '' } });
      now = () => linked.office.clock.now();
    });
    afterEach(async () => {
      await linked.office.close();
      await exchange.close();
      await fake.close();
    });

    /** The requests of the next run by kind, sign-ins of new connections left out. */
    const costs = async (): Promise<Readonly<Record<string, number>>> => {
      fake.counters.reset();
      await linked.synced();
      const { '401': _, ...requests } = Object.fromEntries(fake.counters.byOperation);
      return requests;
    };
    const make = (subject: string): string =>
      outlook.create({ subject, start: '2026-03-24T10:00', end: '2026-03-24T11:00' });

    it('one request for an unchanged calendar, again and again', async () => {
      for (let i = 0; i < 30; i++) make(`Event ${i}`);
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      await linked.synced();
      await linked.synced();
      for (let i = 0; i < 5; i++) assert.deepEqual(await costs(), { SyncFolderItems: 1 });
    });

    it('two for one event that was changed there', async () => {
      const id = make('Theirs');
      await linked.synced();
      await linked.synced();
      outlook.edit(id, { subject: 'Renamed' });
      assert.deepEqual(await costs(), { SyncFolderItems: 1, GetItem: 1 });
      assert.deepEqual(await costs(), { SyncFolderItems: 1 });
      assert.equal((await linked.events())[0]?.content.title, 'Renamed');
    });

    it('one besides the listing for a new event here, and nothing for its echo', async () => {
      await linked.synced();
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      assert.deepEqual(await costs(), { SyncFolderItems: 1, CreateItem: 1 });
      assert.deepEqual(await costs(), { SyncFolderItems: 1 });
      assert.equal(outlook.all()[0]?.subject, 'Ours');
    });

    it('two besides the listing for some new meetings here, and at most one look for their echoes', async () => {
      await linked.synced();
      const guest = {
        address: 'bob@example.com',
        name: '',
        role: 'required',
        answer: 'needs-action',
      } as const;
      for (const uid of ['one', 'two', 'three'])
        await linked.put(neutral({ title: uid, attendees: [guest] }, { uid }));
      const { GetItem = 0, ...rest } = await costs();
      if (profile !== 'gromox')
        assert.deepEqual([GetItem, rest], [0, { SyncFolderItems: 1, CreateItem: 1, UpdateItem: 1 }]);
      assert.equal(fake.mails.length, 3);
      const { GetItem: looks = 0, ...echoes } = await costs();
      assert.ok(looks <= 1, `${looks} GetItem`);
      assert.deepEqual(echoes, { SyncFolderItems: 1 });
      assert.deepEqual(await costs(), { SyncFolderItems: 1 });
    });

    it('one besides the listing for a title that was changed here, where versions are honoured', async () => {
      await linked.put(neutral({ title: 'Ours' }, { uid: 'ours' }));
      await linked.synced();
      await linked.edit('ours', titled('Renamed once'));
      // The first change of a field is read back, as a server may not keep it.
      assert.equal((await costs())['GetItem'], profile === 'gromox' ? 2 : 1);
      await linked.synced();
      await linked.edit('ours', titled('Renamed'));
      const { GetItem = 0, ...rest } = await costs();
      assert.deepEqual(rest, { SyncFolderItems: 1, UpdateItem: 1 });
      // A server that takes stale versions is asked for the newest before each write.
      assert.ok(GetItem <= (profile === 'gromox' ? 1 : 0), `${GetItem} GetItem`);
      assert.equal(outlook.all()[0]?.subject, 'Renamed');
    });
  });
