import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { EwsClient } from '../../../src/connectors/exchange/connection/client.ts';
import type { Quirks } from '../../../src/connectors/exchange/connection/memory.ts';
import type { Listened } from '../../../src/connectors/exchange/notifications/listened.ts';
import { watchedOf } from '../../../src/connectors/exchange/notifications/streaming.ts';
import { watchAll } from '../../../src/connectors/exchange/notifications/watch.ts';
import { getFolder } from '../../../src/connectors/exchange/operations/folders.ts';
import type { RemoteFailure } from '../../../src/connectors/failure.ts';
import {
  type Asked,
  answer,
  type Bench,
  bench,
  failing,
  fault,
  type ScriptedServer,
  scriptedServer,
  send,
  settingsFor,
} from './scripted.ts';

let server: ScriptedServer | undefined;
let used: Bench | undefined;
afterEach(async () => {
  await used?.pool.close();
  await server?.close();
});

const event = (folder: string): string =>
  `<m:Notifications><m:Notification><t:SubscriptionId>SUB</t:SubscriptionId><t:ModifiedEvent><t:TimeStamp>2026-11-23T10:00:00Z</t:TimeStamp><t:ItemId Id="i"/><t:ParentFolderId Id="${folder}"/></t:ModifiedEvent></m:Notification></m:Notifications>`;
const keepAlive = `<m:Notifications><m:Notification><t:SubscriptionId>SUB</t:SubscriptionId><t:StatusEvent/></m:Notification></m:Notifications>`;
const streamed = (subscription: string, inside: string): string =>
  answer('GetStreamingEvents', inside).replaceAll('SUB', subscription);

describe('what is listened to', () => {
  const watched = (quirks: Quirks, mode: 'impersonation' | 'delegate' = 'impersonation'): unknown =>
    watchedOf({
      client: { quirks: () => quirks, access: { mode } },
      folders: ['F'],
    });

  it('is the folder, or all of a mailbox whose server is not trusted with single ones', () => {
    assert.deepEqual(watched({}), ['F']);
    assert.equal(watched({ wholeMailboxNotifications: true }), 'all');
    assert.equal(watched({ silentRestart: true }), 'all');
    assert.deepEqual(watched({ silentRestart: true, wholeMailboxNotifications: false }), ['F']);
  });

  it('is the folder alone in a mailbox that is only shared', () => {
    assert.deepEqual(watched({ wholeMailboxNotifications: true }, 'delegate'), ['F']);
  });
});

describe('a stream of notifications', () => {
  it('subscribes, hints at all folders, and then at those in which something happens', async () => {
    const stop = new AbortController();
    const { listen, asked, hints } = await open((response) => {
      response.write(streamed('anna', '<m:ConnectionStatus>OK</m:ConnectionStatus>'));
      const bytes = Buffer.from(
        streamed('anna', keepAlive) + streamed('anna', event('F')) + streamed('anna', event('other')),
      );
      response.write(bytes.subarray(0, 700));
      response.write(bytes.subarray(700));
    });
    await listen(['anna'], stop, 2);
    assert.deepEqual(hints, ['anna F', 'anna F']);
    assert.deepEqual(operations(asked).slice(0, 3), ['Subscribe', 'GetStreamingEvents', 'Unsubscribe']);
    assert.match(asked[0]?.body ?? '', /<t:FolderIds><t:FolderId Id="F"\/><\/t:FolderIds>/);
    assert.match(asked[1]?.body ?? '', /<m:ConnectionTimeout>29</);
    assert.equal(asked[1]?.request.headers['accept-encoding'], undefined);
  });

  it('keeps a group on the machine of its first mailbox', async () => {
    const stop = new AbortController();
    const { listen, asked, hints } = await open((response) => {
      response.write(streamed('bob', event('F')));
    });
    await listen(['carl', 'anna', 'bob'], stop, 4);
    assert.deepEqual(hints, ['anna F', 'bob F', 'carl F', 'bob F']);
    const subscribing = asked.filter(({ operation }) => operation === 'Subscribe');
    assert.deepEqual(
      subscribing.map(({ body }) => /SmtpAddress>(\w+)@/.exec(body)?.[1]),
      ['anna', 'bob', 'carl'],
    );
    for (const { request, operation } of asked.slice(0, 4)) {
      assert.equal(request.headers['x-anchormailbox'], 'anna@lab.test', operation);
      assert.equal(request.headers['x-preferserveraffinity'], 'true');
    }
    for (const { request } of asked.slice(1, 4))
      assert.match(request.headers.cookie ?? '', /X-BackEndOverrideCookie=be1/);
  });

  it('goes on with the same subscriptions when the time of the connection is over', async () => {
    const stop = new AbortController();
    let count = 0;
    const { listen, asked } = await open((response) => {
      count += 1;
      if (count === 1) response.end(streamed('anna', '<m:ConnectionStatus>Closed</m:ConnectionStatus>'));
      else response.write(streamed('anna', keepAlive));
    });
    await listen(['anna'], stop, 2);
    assert.deepEqual(operations(asked).slice(0, 3), [
      'Subscribe',
      'GetStreamingEvents',
      'GetStreamingEvents',
    ]);
  });

  it('opens the next connection before the last one ends, and is not disturbed by its end', async () => {
    const stop = new AbortController();
    const standing: ServerResponse[] = [];
    const { listen, asked, hints } = await open((response) => {
      standing.push(response);
      if (standing.length !== 2) return;
      // As Exchange tells the connection that has been replaced.
      standing[0]?.end(answer('GetStreamingEvents', { code: 'ErrorNewEventStreamConnectionOpened' }));
      response.write(streamed('anna', event('F')));
    });
    await listen(['anna'], stop, 3, undefined, 20);
    assert.deepEqual(hints, ['anna F', 'anna F', 'anna F']);
    assert.deepEqual(operations(asked).slice(0, 3), [
      'Subscribe',
      'GetStreamingEvents',
      'GetStreamingEvents',
    ]);
  });

  it('lets the last connection end where it takes the subscriptions with it', async () => {
    const stop = new AbortController();
    const { listen, asked } = await open((response) => {
      response.write(streamed('anna', keepAlive));
      setTimeout(() => response.end(streamed('anna', '<m:ConnectionStatus>Closed</m:ConnectionStatus>')), 60);
    }, 0.001);
    await listen(['anna'], stop, 2, undefined, 20, 60_000, { silentRestart: true });
    assert.deepEqual(
      operations(asked).filter((operation) => operation !== 'Unsubscribe'),
      ['Subscribe', 'GetStreamingEvents', 'Subscribe', 'GetStreamingEvents'],
    );
  });

  it('subscribes anew when the server tells of a lost subscription in passing', async () => {
    const stop = new AbortController();
    let count = 0;
    const { listen, asked } = await open((response) => {
      count += 1;
      const lost =
        '<m:ErrorSubscriptionIds><m:SubscriptionId>anna</m:SubscriptionId></m:ErrorSubscriptionIds><m:ConnectionStatus>OK</m:ConnectionStatus>';
      response.write(streamed('anna', count === 1 ? lost : keepAlive));
    }, 0.001);
    await listen(['anna'], stop, 2);
    assert.equal(operations(asked).filter((operation) => operation === 'Subscribe').length, 2);
  });

  it('subscribes anew when the server has forgotten it, whatever the state of the connection', async () => {
    const stop = new AbortController();
    let count = 0;
    const { listen, asked } = await open((response) => {
      count += 1;
      const lost = answer('GetStreamingEvents', {
        code: 'ErrorSubscriptionNotFound',
        xml: '<m:ErrorSubscriptionIds><t:SubscriptionId>anna</t:SubscriptionId></m:ErrorSubscriptionIds><m:ConnectionStatus>OK</m:ConnectionStatus>',
      });
      response.write(count === 1 ? lost : streamed('anna', keepAlive));
    }, 0.001);
    await listen(['anna'], stop, 2);
    assert.equal(operations(asked).filter((operation) => operation === 'Subscribe').length, 2);
  });

  it('goes on when a stream is refused by somebody in between, ends without a word, or is none', async () => {
    const stop = new AbortController();
    const answers = [
      (response: ServerResponse) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>'),
      (response: ServerResponse) => response.writeHead(403).end('x'.repeat(100_000)),
      (response: ServerResponse) => send(response, fault('ErrorInternalServerTransientError'), 500),
      (response: ServerResponse) => send(response, answer('GetItem', '')),
      (response: ServerResponse) => response.writeHead(200).end(),
    ];
    const { listen, asked, hints } = await open(
      (response) => response.write(streamed('anna', event('F'))),
      0.5,
      ({ operation }, response, otherwise) => {
        const given = operation === 'GetStreamingEvents' ? answers.shift() : undefined;
        if (given) given(response);
        else otherwise();
      },
    );
    await listen(['anna'], stop, 4);
    assert.deepEqual(hints, ['anna F', 'anna F', 'anna F', 'anna F']);
    assert.equal(operations(asked).filter((operation) => operation === 'GetStreamingEvents').length, 6);
  });

  it('leaves the server alone when the stream says for how long', async () => {
    const stop = new AbortController();
    const xml =
      '<m:MessageXml><t:Value Name="BackOffMilliseconds">3600000</t:Value></m:MessageXml><m:ConnectionStatus>OK</m:ConnectionStatus>';
    const { listen, asked } = await open((response) => {
      response.once('close', () => stop.abort());
      response.write(answer('GetStreamingEvents', { code: 'ErrorServerBusy', xml }));
    });
    await listen(['anna'], stop, 99);
    assert.ok(used);
    await assert.rejects(
      used.client.call(getFolder({ distinguished: 'calendar' }), new AbortController().signal),
      failing('throttle', 'paused-by-server'),
    );
    assert.equal(operations(asked).filter((operation) => operation === 'Subscribe').length, 1);
  });

  it('does not try a refused right again and again', async () => {
    const lost: RemoteFailure[] = [];
    const stop = new AbortController();
    const { listen } = await open(undefined, 1, ({ operation }, response) => {
      if (operation === 'Subscribe') send(response, fault('ErrorAccessDenied'), 500);
    });
    await listen(['anna'], stop, 99, (_mailbox, failure) => {
      lost.push(failure);
      stop.abort();
    });
    assert.deepEqual(
      lost.map(({ code }) => code),
      ['ErrorAccessDenied'],
    );
  });

  it('notices a connection that has died without a word', async () => {
    const stop = new AbortController();
    const { listen, asked } = await open((response) => {
      response.write(streamed('anna', keepAlive));
    });
    await listen(['anna'], stop, 2, undefined, 60_000, 50);
    assert.equal(operations(asked).filter((operation) => operation === 'GetStreamingEvents').length, 2);
  });

  it('goes on without a mailbox that may not be listened to', async () => {
    const lost: string[] = [];
    const stop = new AbortController();
    const { listen, hints } = await open(
      (response) => {
        response.write(streamed('carl', event('F')));
      },
      1,
      ({ operation, body }, response, otherwise) => {
        if (operation === 'Subscribe' && body.includes('bob@'))
          send(response, fault('ErrorAccessDenied'), 500);
        else otherwise();
      },
    );
    await listen(['anna', 'bob', 'carl'], stop, 3, (mailbox) => void lost.push(mailbox));
    assert.deepEqual(hints, ['anna F', 'carl F', 'carl F']);
    assert.deepEqual(lost, ['bob@lab.test']);
  });

  it('asks in intervals where the server cannot stream', async () => {
    const stop = new AbortController();
    const { listen, asked, hints } = await open(undefined, 1, ({ operation, body }, response) => {
      if (body.includes('StreamingSubscriptionRequest')) send(response, fault('ErrorInvalidOperation'), 500);
      else if (operation === 'Subscribe')
        send(
          response,
          answer('Subscribe', '<m:SubscriptionId>P</m:SubscriptionId><m:Watermark>w0</m:Watermark>'),
        );
      else if (operation === 'GetEvents') {
        const mark = /<m:Watermark>(\w+)</.exec(body)?.[1] ?? '';
        const more = `<t:MoreEvents>${mark === 'w0'}</t:MoreEvents>`;
        const events = `<t:ModifiedEvent><t:Watermark>${mark}1</t:Watermark><t:ItemId Id="i"/><t:ParentFolderId Id="F"/></t:ModifiedEvent>`;
        send(
          response,
          answer(
            'GetEvents',
            `<m:Notification><t:SubscriptionId>P</t:SubscriptionId>${more}${events}</m:Notification>`,
          ),
        );
      } else send(response, answer('Unsubscribe', ''));
    });
    await listen(['anna'], stop, 3);
    assert.deepEqual(hints, ['anna F', 'anna F', 'anna F']);
    const marks = asked.flatMap(({ body }) => /<m:Watermark>(\w+)</.exec(body)?.[1] ?? []);
    assert.deepEqual(marks, ['w0', 'w01']);
  });
});

interface Opened {
  readonly asked: readonly Asked[];
  readonly hints: string[];
  /** Listens until there were so many hints. */
  readonly listen: (
    names: readonly string[],
    stop: AbortController,
    hintCount: number,
    onLost?: (mailbox: string, failure: RemoteFailure) => void,
    renewMs?: number,
    quietMs?: number,
    quirks?: Quirks,
  ) => Promise<void>;
}

/** `random`: small values make pauses short. */
async function open(
  onStream: ((response: ServerResponse) => void) | undefined,
  random = 0.5,
  script?: (asked: Asked, response: ServerResponse, otherwise: () => void) => void,
): Promise<Opened> {
  const opened = await scriptedServer((asked, response) => {
    const usual = (): void => {
      const name = /SmtpAddress>(\w+)@/.exec(asked.body)?.[1] ?? '';
      if (asked.operation === 'Subscribe') {
        if (asked.request.headers.cookie === undefined)
          response.setHeader('set-cookie', 'X-BackEndOverrideCookie=be1; path=/');
        send(response, answer('Subscribe', `<m:SubscriptionId>${name}</m:SubscriptionId>`));
      } else if (asked.operation === 'Unsubscribe') send(response, answer('Unsubscribe', ''));
      else {
        response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' });
        response.flushHeaders();
        onStream?.(response);
      }
    };
    if (script === undefined) usual();
    else script(asked, response, usual);
  });
  server = opened;
  const made = bench(settingsFor(opened));
  used = made;
  const hints: string[] = [];
  return {
    asked: opened.asked,
    hints,
    async listen(names, stop, hintCount, onLost, renewMs = 60_000, quietMs = 60_000, quirks = {}) {
      const members = names.map(
        (name): Listened => ({
          client: knowing(made.clientFor({ mailbox: `${name}@lab.test` }), quirks),
          folders: ['F'],
          onHint(folder) {
            hints.push(`${name} ${folder}`);
            if (hints.length === hintCount) stop.abort();
          },
        }),
      );
      const options = {
        pool: made.pool,
        userAgent: 'portcal-test',
        now: Date.now,
        random: () => random,
        pauseMs: 1,
        renewMs,
        quietMs,
      };
      await watchAll(
        members,
        { ...options, kind: 'streaming', pullEveryMs: 1, ...(onLost && { onLost }) },
        stop.signal,
      );
    },
  };
}

function knowing(client: EwsClient, quirks: Quirks): EwsClient {
  client.noteQuirks(quirks);
  return client;
}

function operations(asked: readonly Asked[]): readonly string[] {
  return asked.map(({ operation }) => operation);
}
