import assert from 'node:assert/strict';
import type { FakeExchange } from '../../conformance/exchange/exchange.ts';
import type { Chunking } from '../../conformance/exchange/streaming.ts';
import { allOf, calendar, envelopeOf, invalidIn, type Lab, monday, openLab, post, textOf } from './lab.ts';

const types = ['Created', 'Deleted', 'Modified', 'Moved']
  .map((one) => `<t:EventType>${one}Event</t:EventType>`)
  .join('');
const streaming = `<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>${calendar}</t:FolderIds><t:EventTypes>${types}</t:EventTypes></m:StreamingSubscriptionRequest></m:Subscribe>`;
const pull = streaming
  .replaceAll('StreamingSubscriptionRequest', 'PullSubscriptionRequest')
  .replace('</t:EventTypes>', '</t:EventTypes><t:Timeout>10</t:Timeout>');
const events = (id: string): string =>
  `<m:GetStreamingEvents><m:SubscriptionIds><t:SubscriptionId>${id}</t:SubscriptionId></m:SubscriptionIds><m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>`;
const pulled = (id: string, watermark: string): string =>
  `<m:GetEvents><m:SubscriptionId>${id}</m:SubscriptionId><m:Watermark>${watermark}</m:Watermark></m:GetEvents>`;

describe('the fake Exchange server: notifications', () => {
  let lab: Lab;
  let now = monday;
  const open = async (
    chunking: Chunking = 'whole',
    more: { readonly anchors?: boolean; readonly keepAliveMs?: number } = {},
  ): Promise<void> => {
    now = monday;
    lab = await openLab({ chunking, now: () => now, ...more });
  };
  afterEach(() => lab.close());

  const subscribe = async (body: string): Promise<{ id: string; watermark: string }> => {
    const message = await lab.good(body);
    return { id: textOf(message, 'SubscriptionId'), watermark: textOf(message, 'Watermark') };
  };

  for (const chunking of ['whole', 'awkward', 'joined'] as const)
    it(`streams envelopes with ${chunking} chunks`, async () => {
      await open(chunking);
      const { id } = await subscribe(streaming);
      const stream = await listen(lab.exchange, id);
      const made = lab.exchange.outlook('alice@lab.test').create({ subject: 'Ereignis über uns' });
      await stream.until((text) => text.includes(made));
      lab.exchange.outlook('alice@lab.test').delete(made);
      const text = await stream.until((all) => all.includes('MovedEvent'));
      assert.ok((text.match(/<\/s:Envelope>/g)?.length ?? 0) >= 3);
      for (const one of lab.exchange.streams) one.close();
      assert.match(await stream.end(), /<m:ConnectionStatus>Closed/);
    });

  it('keeps a stream alive, falls silent, and cuts it', async () => {
    await open('whole', { keepAliveMs: 5 });
    const { id } = await subscribe(streaming);
    const stream = await listen(lab.exchange, id);
    await stream.until((text) => (text.match(/ConnectionStatus>OK/g)?.length ?? 0) >= 3);
    const [open1] = lab.exchange.streams;
    open1?.silence();
    lab.exchange.outlook('alice@lab.test').create({ subject: 'unheard' });
    open1?.cut();
    assert.doesNotMatch(await stream.end(), /CreatedEvent/);
    assert.equal(lab.exchange.streams.size, 0);
  });

  it('tells what happened between the subscription and the stream', async () => {
    await open();
    const { id } = await subscribe(streaming);
    lab.exchange.outlook('alice@lab.test').create({ subject: 'early' });
    const stream = await listen(lab.exchange, id);
    assert.match(await stream.until((text) => text.includes('Event>')), /CreatedEvent/);
  });

  it('names the subscriptions that are gone and closes', async () => {
    await open();
    const { id } = await subscribe(streaming);
    lab.exchange.restart();
    const stream = await listen(lab.exchange, id);
    const text = await stream.end();
    assert.match(text, /ErrorSubscriptionNotFound[\s\S]*ErrorSubscriptionIds[\s\S]*Closed/);
  });

  it('pulls by watermarks, again from an old one if asked, until the time is over', async () => {
    await open();
    const { id, watermark } = await subscribe(pull);
    assert.equal(allOf(await lab.good(pulled(id, watermark)), 'StatusEvent').length, 1);
    lab.exchange.outlook('alice@lab.test').create({ subject: 'x' });
    for (let i = 0; i < 2; i++)
      assert.equal(allOf(await lab.good(pulled(id, watermark)), 'CreatedEvent').length, 1);
    assert.equal(await lab.code(pulled(id, 'nonsense')), 'ErrorInvalidWatermark');
    now += 11 * 60_000;
    assert.equal(await lab.code(pulled(id, watermark)), 'ErrorExpiredSubscription');
  });

  it('finds a subscription of a farm only with anchor, affinity and cookie', async () => {
    await open('whole', { anchors: true });
    const subscribed = await post(lab.exchange, envelopeOf(streaming));
    const [, id = ''] = /SubscriptionId>([^<]+)</.exec(subscribed.text) ?? [];
    const [cookie = ''] = (subscribed.headers.get('set-cookie') ?? '').split(';');
    assert.match(cookie, /^X-BackEndOverrideCookie=./);
    for (const headers of [{}, { cookie }, { 'x-preferserveraffinity': 'true' }]) {
      const lost = await listen(lab.exchange, id, headers);
      assert.match(await lost.end(), /ErrorProxiedSubscriptionCallFailure/);
    }
    const right = await listen(lab.exchange, id, { cookie, 'x-preferserveraffinity': 'true' });
    assert.match(await right.until((text) => text.includes('</s:Envelope>')), /ConnectionStatus>OK/);
    for (const one of lab.exchange.streams) one.close();
    await right.end();
  });

  it('speaks by the schema of Microsoft', async function () {
    await open();
    const { id, watermark } = await subscribe(pull);
    lab.exchange.outlook('alice@lab.test').create({ subject: 'x' });
    await lab.good(pulled(id, watermark));
    await lab.good(`<m:Unsubscribe><m:SubscriptionId>${id}</m:SubscriptionId></m:Unsubscribe>`);
    const { id: second } = await subscribe(streaming);
    const stream = await listen(lab.exchange, second);
    lab.exchange.outlook('alice@lab.test').create({ subject: 'y' });
    await stream.until((text) => text.includes('CreatedEvent'));
    for (const one of lab.exchange.streams) one.close();
    const [first] = lab.transcripts;
    assert.ok(first);
    const envelopes = (await stream.end())
      .split(/(?=<\?xml)/)
      .map((response) => ({ ...first, operation: 'stream', response }));
    assert.ok(envelopes.length >= 3);
    assert.deepEqual(await invalidIn([...lab.transcripts, ...envelopes], () => this.skip()), []);
  });
});

interface Listening {
  /** Waits until the text so far satisfies the question, and answers it. */
  readonly until: (enough: (text: string) => boolean) => Promise<string>;
  /** All of the text, once the server has ended it or cut the connection. */
  readonly end: () => Promise<string>;
}

async function listen(
  exchange: FakeExchange,
  id: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Listening> {
  const answer = await fetch(exchange.url, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      authorization: `Basic ${Buffer.from('alice@lab.test:secret').toString('base64')}`,
      ...headers,
    },
    body: envelopeOf(events(id)),
  });
  assert.equal(answer.status, 200);
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let text = '';
  const more = async (): Promise<boolean> => {
    try {
      const { done, value = '' } = await reader.read();
      text += value;
      return !done;
    } catch {
      return false; // The connection was cut.
    }
  };
  return {
    async until(enough) {
      while (!enough(text)) assert.ok(await more(), `the stream ended: ${text}`);
      return text;
    },
    async end() {
      while (await more());
      return text;
    },
  };
}
