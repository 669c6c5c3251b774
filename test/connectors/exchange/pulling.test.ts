import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { pull } from '../../../src/connectors/exchange/notifications/pulling.ts';
import {
  type Asked,
  answer,
  type Bench,
  bench,
  failing,
  type ScriptedServer,
  scriptedServer,
  send,
  settingsFor,
} from './scripted.ts';

/** What the server does with the nth question for events; `undefined`: it tells of one. */
type Trouble = (response: ServerResponse) => void;

describe('asking for notifications in intervals', () => {
  let server: ScriptedServer | undefined;
  let used: Bench | undefined;
  afterEach(async () => {
    await used?.pool.close();
    await server?.close();
  });

  /** Asks until there were so many hints; answers the operations in their order. */
  async function pulled(
    hintCount: number,
    ...troubles: readonly (Trouble | undefined)[]
  ): Promise<readonly string[]> {
    let count = 0;
    let subscriptions = 0;
    server = await scriptedServer(({ operation }: Asked, response) => {
      if (operation === 'Subscribe') {
        subscriptions += 1;
        send(
          response,
          answer(
            'Subscribe',
            `<m:SubscriptionId>S${subscriptions}</m:SubscriptionId><m:Watermark>w</m:Watermark>`,
          ),
        );
      } else if (operation === 'GetEvents') {
        const trouble = troubles[count++];
        if (trouble) trouble(response);
        else send(response, answer('GetEvents', changed));
      } else send(response, answer('Unsubscribe', ''));
    });
    used = bench(settingsFor(server));
    const stop = new AbortController();
    let hints = 0;
    const member = {
      client: used.client,
      folders: ['F'],
      onHint(): void {
        hints += 1;
        if (hints === hintCount) stop.abort();
      },
    };
    await pull(member, { random: () => 0.5, everyMs: 1 }, stop.signal);
    return server.asked.map(({ operation }) => operation);
  }

  const changed =
    '<m:Notification><t:SubscriptionId>S</t:SubscriptionId><t:MoreEvents>false</t:MoreEvents><t:ModifiedEvent><t:Watermark>w1</t:Watermark><t:ItemId Id="i"/><t:ParentFolderId Id="F"/></t:ModifiedEvent></m:Notification>';
  const lost: Trouble = (response) =>
    send(response, answer('GetEvents', { code: 'ErrorSubscriptionNotFound' }));

  it('subscribes anew when the server has forgotten the subscription, and hints at what may have happened', async () => {
    assert.deepEqual(await pulled(3, undefined, lost), [
      'Subscribe',
      'GetEvents',
      'GetEvents',
      'Subscribe',
      'Unsubscribe',
    ]);
  });

  it('goes on after a pause with the same subscription when the server is in trouble', async () => {
    const down: Trouble = (response) => send(response, answer('GetItem', ''));
    const operations = await pulled(2, down);
    assert.equal(operations.filter((operation) => operation === 'Subscribe').length, 1);
    assert.equal(operations.at(-1), 'Unsubscribe', 'and leaves nothing behind');
  });

  it('gives up where a pause does not help', async () => {
    const refused: Trouble = (response) => send(response, answer('GetEvents', { code: 'ErrorAccessDenied' }));
    await assert.rejects(pulled(2, refused), failing('permission'));
    await used?.pool.close();
    await server?.close();
    const unknown: Trouble = (response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    await assert.rejects(pulled(2, unknown), failing('auth-global'));
  });
});
