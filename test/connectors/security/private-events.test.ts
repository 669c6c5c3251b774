/** What is private in a mailbox and was read by a service account: in the portal, its exports and its database (exchange.md 18.9). */
import assert from 'node:assert/strict';
import type { FakeExchange } from '../../../conformance/exchange/exchange.ts';
import { dayFrom } from '../../../conformance/exchange/recurrence.ts';
import { neutral } from '../events.ts';
import { InStep } from '../exchange/in-step.ts';

const secret = 'Appointment with Dr. Faust';
const place = 'Auerbachs Keller';
const words = 'The contract is to be signed';

async function trashed({ linked }: InStep): Promise<string> {
  const texts: string[] = [];
  for await (const page of linked.services.storage.trash(linked.where.calendar.owner))
    for (const { id } of page)
      texts.push(Buffer.from((await linked.services.storage.trashBytes(id)) ?? []).toString());
  return texts.join('');
}

/** Everything that is stored about Alice, as text. */
async function stored({ linked }: InStep): Promise<string> {
  const { storage } = linked.services;
  const texts: string[] = (await linked.events()).map((event) => JSON.stringify(event));
  for await (const page of storage.connectors.pairs(linked.id)) texts.push(JSON.stringify(page));
  for await (const page of storage.connectors.items({ link: linked.id })) texts.push(JSON.stringify(page));
  for await (const page of storage.connectors.outbox(linked.id)) texts.push(JSON.stringify(page));
  texts.push(JSON.stringify(await storage.connectors.runs(linked.id, 100)));
  const query = { calendar: linked.where.calendar.id, select: { by: 'all' } } as const;
  for await (const page of storage.objects(query))
    for (const { bytes } of page) texts.push(Buffer.from(bytes).toString());
  return texts.join('\n');
}

function fill(fake: FakeExchange): void {
  const outlook = fake.outlook('alice@example.com');
  const times = { start: '2026-03-24T10:00', end: '2026-03-24T11:00' };
  for (const sensitivity of ['Private', 'Personal', 'Confidential'] as const)
    outlook.create({
      ...times,
      subject: `${secret} ${sensitivity}`,
      location: place,
      body: words,
      categories: [`Only ${secret}`],
      sensitivity,
      required: ['mephisto@example.com'],
    });
  outlook.create({
    ...times,
    subject: `${secret} Series`,
    sensitivity: 'Private',
    recurrence: { pattern: { kind: 'daily', interval: 1 }, start: dayFrom('2026-03-24'), count: 3 },
  });
  outlook.create({ ...times, subject: 'Open to all' });
}

describe('private events in Exchange', () => {
  let at: InStep;

  afterEach(() => at.close());

  it('are there as busy time only, where the settings say so', async () => {
    at = await InStep.open({ settings: { privateEvents: 'busyOnly' } });
    fill(at.fake);
    await at.linked.synced();
    const text = await stored(at);
    for (const word of [secret, place, words, 'mephisto']) assert.ok(!text.includes(word), word);
    assert.ok(text.includes('Open to all'));
    const privates = (await at.linked.events()).filter(({ content }) => content.privacy !== 'public');
    assert.ok(privates.length >= 3, String(privates.length));
    assert.ok(privates.every(({ content }) => content.busy === 'busy'));
  });

  it('stay as they are in Exchange, although the portal has less of them', async () => {
    at = await InStep.open({ settings: { privateEvents: 'busyOnly' } });
    fill(at.fake);
    const before = JSON.stringify(at.outlook.all());
    await at.linked.synced();
    at.linked.office.clock.advance(3_600_000);
    await at.linked.synced();
    assert.equal(JSON.stringify(at.outlook.all()), before);
  });

  it('are not there at all, where the settings say so', async () => {
    at = await InStep.open({ settings: { privateEvents: 'skip' } });
    fill(at.fake);
    await at.linked.synced();
    const text = await stored(at);
    for (const word of [secret, place, words, 'mephisto']) assert.ok(!text.includes(word), word);
    assert.deepEqual(
      (await at.linked.events()).map(({ content }) => content.title),
      ['Open to all'],
    );
  });

  it('are hidden as soon as they become private', async () => {
    at = await InStep.open({ settings: { privateEvents: 'busyOnly' } });
    const id = at.outlook.create({
      subject: secret,
      location: place,
      start: '2026-03-24T10:00',
      end: '2026-03-24T11:00',
    });
    await at.linked.synced();
    assert.ok((await stored(at)).includes(secret));
    at.outlook.edit(id, { sensitivity: 'Private' });
    at.linked.office.clock.advance(60_000);
    await at.linked.synced();
    const text = await stored(at);
    for (const word of [secret, place]) assert.ok(!text.includes(word), word);
    assert.equal(at.outlook.all()[0]?.subject, secret);
  });

  it('tell nothing new once they have become private', async () => {
    at = await InStep.open({ settings: { privateEvents: 'skip' } });
    const times = { start: '2026-03-24T10:00', end: '2026-03-24T11:00' };
    const id = at.outlook.create({ ...times, subject: 'Planning' });
    await at.linked.synced();
    at.outlook.edit(id, { sensitivity: 'Private', subject: secret, location: place, body: words });
    at.linked.office.clock.advance(60_000);
    await at.linked.run();
    const text = await stored(at);
    for (const word of [secret, place, words]) assert.ok(!text.includes(word), word);
    assert.deepEqual([at.outlook.all().length, at.outlook.all()[0]?.subject], [1, secret]);
  });

  it('are not here any more once they have become private, and nobody is asked about that', async () => {
    at = await InStep.open({
      settings: { privateEvents: 'skip' },
      linked: { rules: { massDeleteGuard: { count: 0, percent: 0 } } },
    });
    const times = { start: '2026-03-24T10:00', end: '2026-03-24T11:00' };
    const ids = ['One', 'Two', 'Three'].map((subject) => at.outlook.create({ ...times, subject }));
    await at.linked.synced();
    for (const id of ids) at.outlook.edit(id, { sensitivity: 'Private' });
    at.linked.office.clock.advance(60_000);
    const run = await at.linked.synced();
    assert.deepEqual(await at.linked.events(), []);
    assert.deepEqual([run.counters.deleted, at.outlook.all().length], [0, 3]);
  });

  for (const privateEvents of ['skip', 'busyOnly'] as const) {
    it(`are in no older copy in the trash, where they came back there as private: ${privateEvents}`, async () => {
      at = await InStep.open({ settings: { privateEvents } });
      const times = { start: '2026-03-24T10:00', end: '2026-03-24T11:00' };
      const id = at.outlook.create({ ...times, subject: secret, location: place });
      at.outlook.create({ ...times, subject: 'Another' });
      await at.linked.synced();
      const away = at.outlook.move(id, 'deleteditems');
      at.linked.office.clock.advance(60_000);
      await at.linked.synced();
      assert.match(await trashed(at), new RegExp(secret));
      at.outlook.edit(at.outlook.move(away, 'calendar'), { sensitivity: 'Private' });
      at.linked.office.clock.advance(60_000);
      await at.linked.synced();
      const text = (await stored(at)) + (await trashed(at));
      for (const word of [secret, place]) assert.ok(!text.includes(word), word);
      assert.match(await trashed(at), /DTSTART/);
    });
  }

  it('made here are private there as well, and stay here', async () => {
    at = await InStep.open({ settings: { privateEvents: 'skip' } });
    await at.linked.put(neutral({ title: 'Mine', privacy: 'private' }, { uid: 'mine' }));
    await at.linked.synced();
    const [item] = at.outlook.all();
    assert.equal(item?.sensitivity, 'Private');
    at.outlook.edit(item.id, { subject: 'Mine, edited there' });
    at.linked.office.clock.advance(60_000);
    await at.linked.synced();
    assert.equal((await at.linked.event('mine')).content.title, 'Mine, edited there');
  });

  it('are there whole, where the settings say so', async () => {
    at = await InStep.open({ settings: { privateEvents: 'full' } });
    fill(at.fake);
    await at.linked.synced();
    assert.ok((await stored(at)).includes(secret));
  });
});
