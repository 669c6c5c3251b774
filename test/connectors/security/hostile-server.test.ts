/** Answers that are meant to do harm: the run ends as failed, soon and with little memory, and the next one is well. */
import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { type FakeExchange, startExchange } from '../../../conformance/exchange/exchange.ts';
import { createExchange, type Exchange } from '../../../src/connectors/exchange/index.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { startServer, type TestServer } from '../../outbound/server.ts';
import { noon } from '../../service/office.ts';
import { aliceByService, envelope, never, settingsFor } from '../exchange/scripted.ts';
import { Linked } from '../linked.ts';

type Harm = (response: ServerResponse) => void;

const mib = 1024 * 1024;

/** Between connector and fake Exchange; the next answer to one operation may be another one. */
class Between {
  harm: { readonly operation: string; readonly with: Harm } | undefined;
  /** Bytes that a harmful answer could get rid of. */
  taken = 0;
  readonly server: TestServer;

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async open(fake: FakeExchange): Promise<Between> {
    const server = await startServer(
      (request, response, body) => void between.#serve(fake, request, response, body),
    );
    const between = new Between(server);
    return between;
  }

  async #serve(
    fake: FakeExchange,
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): Promise<void> {
    const { harm } = this;
    if (harm && body.includes(`<m:${harm.operation}`)) {
      this.harm = undefined;
      harm.with(response);
      return;
    }
    const { authorization } = request.headers;
    const answer = await fetch(fake.url, {
      method: 'POST',
      headers: {
        'content-type': 'text/xml; charset=utf-8',
        ...(authorization !== undefined && { authorization }),
      },
      body,
    });
    const headers = Object.fromEntries(
      ['www-authenticate', 'content-type'].flatMap((name) => {
        const value = answer.headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
    response.writeHead(answer.status, headers).end(Buffer.from(await answer.arrayBuffer()));
  }

  /** This piece again and again, for as long as somebody reads; after `bytes` the connection is only kept open. */
  endless(response: ServerResponse, piece: Buffer, bytes = Number.POSITIVE_INFINITY): void {
    const more = (): void => {
      while (!response.destroyed && this.taken < bytes) {
        this.taken += piece.length;
        if (!response.write(piece)) return void response.once('drain', more);
      }
    };
    more();
  }
}

const xml = { 'content-type': 'text/xml; charset=utf-8' };
const text =
  (body: string, headers: Readonly<Record<string, string>> = {}): Harm =>
  (response) => {
    response.writeHead(200, { ...xml, ...headers }).end(body);
  };
const declaration = '<?xml version="1.0" encoding="utf-8"?>';
const body = envelope('').replace(declaration, '');

describe('a hostile Exchange', function () {
  this.timeout(60_000);
  let fake: FakeExchange;
  let between: Between;
  let exchange: Exchange;
  let linked: Linked;
  let now = (): number => noon;

  before(async () => {
    fake = await startExchange({ now: () => now(), methods: ['basic'] });
    fake.addMailbox('alice@example.com');
    fake.addService('svc');
    between = await Between.open(fake);
    exchange = createExchange(settingsFor(between.server), {
      userAgent: 'test',
      now: () => now(),
      random: () => 0.5,
      streamPauseMs: 20,
    });
    const mailbox = exchange.mailbox(aliceByService);
    const [info] = await mailbox.calendars(never);
    linked = await Linked.make({ mailbox, link: { remoteCalendar: info?.id ?? '' } });
    now = () => linked.office.clock.now();
    await linked.synced();
  });
  after(async () => {
    await linked.office.close();
    await exchange.close();
    await between.server.close();
    await fake.close();
  });

  let made = 0;
  const entities = Array.from({ length: 20 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join(
    '',
  );
  const pulls: readonly (readonly [string, Harm])[] = [
    [
      'entities of entities',
      text(
        `${declaration}<!DOCTYPE x [<!ENTITY e0 "ha">${entities}]>${body.replace('<s:Body>', '<s:Body>&e20;')}`,
      ),
    ],
    [
      'a document type',
      text(`${declaration}<!DOCTYPE s:Envelope SYSTEM "http://evil.example/x.dtd">${body}`),
    ],
    ['a file as an entity', text(`<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>`)],
    ['an entity that nobody has defined', text(body.replace('<s:Body>', '<s:Body>&unknown;'))],
    ['100,000 elements deep', text(body.replace('<s:Body>', `<s:Body>${'<m:a>'.repeat(100_000)}`))],
    ['two million elements and more', text(body.replace('<s:Body>', `<s:Body>${'<a/>'.repeat(2_100_000)}`))],
    ['a million attributes', text(body.replace('<s:Body>', `<s:Body><a ${'x=""'.repeat(1_000_000)}/>`))],
    [
      '60 MiB',
      (response) => {
        response.writeHead(200, xml);
        between.endless(response, Buffer.alloc(mib, 'x'), 60 * mib);
      },
    ],
    [
      '60 MiB with its length',
      (response) => {
        response.writeHead(200, { ...xml, 'content-length': 60 * mib });
        between.endless(response, Buffer.alloc(mib, 'x'), 60 * mib);
      },
    ],
    [
      '200 MiB in a small gzip',
      (response) => {
        response.writeHead(200, { ...xml, 'content-encoding': 'gzip' }).end(bomb);
      },
    ],
    [
      'an element that has no end',
      (response) => {
        response.writeHead(200, xml);
        response.write('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>');
        between.endless(response, Buffer.alloc(mib, 'y'));
      },
    ],
    [
      'headers without end',
      (response) => {
        response.socket?.write('HTTP/1.1 200 OK\r\n');
        for (let i = 0; i < 10_000; i++) response.socket?.write(`x-${i}: ${'z'.repeat(100)}\r\n`);
        response.socket?.end();
      },
    ],
  ];
  let bomb: Buffer;
  before(() => {
    bomb = gzipSync(Buffer.alloc(200 * mib), { level: 1 });
  });

  for (const [what, harm] of pulls) {
    it(`ends the run, and no more than that: ${what}`, async () => {
      const subject = `Behind it ${++made}`;
      fake.outlook('alice@example.com').create({
        subject,
        start: '2026-03-24T10:00',
        end: '2026-03-24T11:00',
      });
      between.harm = { operation: 'SyncFolderItems', with: harm };
      between.taken = 0;
      const before = process.memoryUsage.rss();
      const { run } = await linked.run();
      assert.equal(run.outcome, 'failed');
      assert.ok(between.taken < 64 * mib, `${between.taken} bytes were read`);
      const grown = (process.memoryUsage.rss() - before) / mib;
      assert.ok(grown < 400, `the process grew by ${grown.toFixed(0)} MiB`);
      // The server is left alone for a while first.
      linked.office.clock.advance(hourMs);
      await linked.synced();
      const titles = (await linked.events()).map(({ content }) => content.title);
      assert.ok(titles.includes(subject));
    });
  }

  it('cannot fill the memory by a notification that does not end', async () => {
    const mailbox = exchange.mailbox(aliceByService);
    const [info] = await mailbox.calendars(never);
    const over = new AbortController();
    let broken = 0;
    between.taken = 0;
    const ended = new Promise<void>((resolve) => {
      between.harm = {
        operation: 'GetStreamingEvents',
        with: (response) => {
          response.writeHead(200, xml).write(body.slice(0, -'</s:Envelope>'.length));
          response.once('close', () => {
            broken += 1;
            resolve();
          });
          between.endless(response, Buffer.alloc(64 * 1024, 'y'));
        },
      };
    });
    const watching = exchange.watch([{ mailbox, calendars: [info?.id ?? ''] }], () => undefined, over.signal);
    await ended;
    over.abort();
    await watching.catch(() => undefined);
    assert.equal(broken, 1);
    assert.ok(between.taken < 32 * mib, `${between.taken} bytes were read`);
  });
});
