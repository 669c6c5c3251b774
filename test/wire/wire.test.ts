/**
 * Requests and the exact answers to them, as files beside this one: `*.http`, in each any number of exchanges that happen
 * one after the other on a fresh office. Also the place for the transcript of a bug report.
 *
 * Lines that begin with `#` are comments. `> ` begins a line of a request, `< ` one of the answer; as in HTTP an empty one
 * stands between headers and body. The headers that an answer lists must be there, others may be; its body is compared
 * to the letter, line ends apart, unless it lists none. `{{…}}` in an answer fits any text without `<`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createCaldav } from '../../src/caldav/index.ts';
import { asked } from '../dav/wire.ts';
import { actor, office } from '../service/office.ts';

const folder = new URL('../../../test/wire/', import.meta.url);

interface Message {
  readonly start: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Exchange {
  readonly line: number;
  readonly request: Message;
  readonly answer: Message;
}

describe('on the wire', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.http'))) {
    it(file.replace(/\.http$/, '').replaceAll('-', ' '), async () => {
      const at = await office();
      const errors: unknown[] = [];
      const site = { basePath: '/', origins: ['https://calendar.example.com'] };
      const handle = createCaldav(at.services, { site, logError: (error) => errors.push(error) });
      const alice = await actor(at, at.alice);
      for (const { line, request, answer } of exchangesIn(readFileSync(new URL(file, folder), 'utf8'))) {
        const [method = '', target = ''] = request.start.split(' ');
        const { headers, body } = request;
        const got = await asked({ handle }, method, target, {
          headers: lowerCased(headers),
          body,
          actor: alice,
        });
        const where = `${file}, line ${line}`;
        assert.equal(`${got.status}`, answer.start, `${where}: ${got.text}`);
        for (const [name, value] of Object.entries(answer.headers))
          fits(got.headers[name] ?? '', value, `${where}: ${name}`);
        if (answer.body !== '') fits(got.text.replaceAll('\r\n', '\n').trim(), answer.body, where);
      }
      assert.deepEqual(errors, []);
      await at.close();
    });
  }
});

function exchangesIn(text: string): readonly Exchange[] {
  const exchanges: Exchange[] = [];
  let request: string[] = [];
  let answer: string[] = [];
  let line = 0;
  const finish = (): void => {
    if (request.length > 0)
      exchanges.push({ line: line - answer.length, request: message(request), answer: message(answer) });
    request = [];
    answer = [];
  };
  for (const each of text.split('\n')) {
    line += 1;
    if (each.startsWith('>')) {
      if (answer.length > 0) finish();
      request.push(each.replace(/^> ?/, ''));
    } else if (each.startsWith('<')) answer.push(each.replace(/^< ?/, ''));
  }
  finish();
  return exchanges;
}

function message(lines: readonly string[]): Message {
  const gap = lines.indexOf('');
  const head = gap === -1 ? lines : lines.slice(0, gap);
  const headers: Record<string, string> = {};
  for (const each of head.slice(1)) {
    const colon = each.indexOf(':');
    headers[each.slice(0, colon)] = each.slice(colon + 1).trim();
  }
  return {
    start: head[0] ?? '',
    headers,
    body:
      gap === -1
        ? ''
        : lines
            .slice(gap + 1)
            .join('\n')
            .trim(),
  };
}

function lowerCased(headers: Message['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** `{{…}}` stands for any text within one element. */
function fits(got: string, wanted: string, where: string): void {
  const pattern = wanted.split(/\{\{.*?\}\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (new RegExp(`^${pattern.join('[^<]*')}$`).test(got)) return;
  assert.equal(got, wanted, where);
}
