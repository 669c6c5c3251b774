/** Plays the wire files of this folder. `WIRE_RECORD=1` writes the answers of this build into them, to be read before they are committed. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Answer, type Client, client } from '../caldav/client.ts';
import {
  type Exchange,
  type Message,
  parseExchanges,
  readable,
  withoutChance,
  writeExchange,
} from './exchange.ts';

/** Compiled tests lie one folder deeper than their sources. */
const folder = new URL('../../../test/wire/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.http'));
const isRecording = process.env['WIRE_RECORD'] === '1';

/** Of the headers of an answer those that mean something to a client. */
const told = [
  'Location',
  'Content-Type',
  'DAV',
  'Allow',
  'ETag',
  'Vary',
  'Preference-Applied',
  'Content-Location',
];

describe('wire', () => {
  assert.ok(files.length > 0);
  for (const file of files) {
    describe(file, () => {
      let at: Client;
      before(async () => {
        at = await client();
      });
      after(() => at.close());

      const exchanges = parseExchanges(readFileSync(new URL(file, folder), 'utf8'));
      const recorded: string[] = [];
      for (const exchange of exchanges) {
        it(exchange.title, async () => {
          const answer = asMessage(await play(at, exchange), at);
          if (isRecording) recorded.push(writeExchange(exchange, answer));
          else compare(answer, exchange);
        });
      }
      if (isRecording) after(() => writeFileSync(new URL(file, folder), recorded.join('')));
    });
  }
});

async function play(at: Client, { method, path, headers, body }: Exchange): Promise<Answer> {
  const { As: who, ...others } = Object.fromEntries(headers);
  const sent = body.startsWith('BEGIN:') ? `${body.replaceAll('\n', '\r\n')}\r\n` : body;
  return await at.send(method, filled(path, at), {
    as: who === 'bob' ? at.bob : at.alice,
    ...(who === 'nobody' && { anonymous: true }),
    headers: others,
    body: filled(sent, at),
  });
}

function asMessage({ status, headers, text }: Answer, at: Client): Message {
  const kept = told.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]] as const]));
  return {
    status,
    headers: new Map(kept),
    body: withoutChance(readable(text), at.services.storage.epoch),
  };
}

function filled(text: string, at: Client): string {
  return text.replaceAll('{{epoch}}', at.services.storage.epoch);
}

function compare(actual: Message, { title, answer }: Exchange): void {
  assert.ok(answer, `${title} has no answer yet`);
  assert.equal(actual.status, answer.status, actual.body);
  for (const [name, value] of answer.headers) assert.equal(actual.headers.get(name), value, name);
  assert.equal(actual.body, answer.body);
}
