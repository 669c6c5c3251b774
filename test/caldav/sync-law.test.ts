import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { dav } from '../../src/xml/name.ts';
import { event } from '../service/office.ts';
import { type Client, client, multistatus, property, propfind, syncBody } from './client.ts';

const home = '/dav/calendars/alice/';
const calendar = `${home}personal/`;
const other = `${home}other/`;

type Step =
  | { readonly do: 'put'; readonly name: number; readonly revision: number }
  | { readonly do: 'delete' | 'away' | 'back'; readonly name: number }
  | { readonly do: 'sync'; readonly limit: number | undefined };

const name = fc.nat(5);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name, revision: fc.nat(3) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('delete', 'away', 'back'), name }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('sync' as const),
        limit: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      }),
    },
  ),
  { maxLength: 25 },
);

/** What a client knows of a calendar: hrefs with their ETags, and its token. */
class Device {
  readonly known = new Map<string, string>();
  token = '';

  async sync(at: Client, limit?: number): Promise<void> {
    const more = limit === undefined ? '' : `<D:limit><D:nresults>${limit}</D:nresults></D:limit>`;
    const answer = await at.send('REPORT', calendar, { body: syncBody(this.token, '1', more) });
    const { responses, token } = multistatus(answer);
    for (const { href, status, properties } of responses) {
      if (status === 404) this.known.delete(href);
      else if (status === undefined) this.known.set(href, properties.get(dav('getetag'))?.element.text ?? '');
    }
    this.token = token ?? '';
  }
}

describe('a client that syncs at any moments', () => {
  let at: Client;
  before(async () => {
    at = await client();
    await at.send('MKCALENDAR', other);
  });
  after(() => at.close());

  const act = async (step: Exclude<Step, { do: 'sync' }>): Promise<void> => {
    const file = `${step.name}.ics`;
    const [from, to] = step.do === 'back' ? [other, calendar] : [calendar, other];
    if (step.do === 'put') {
      await at.send('PUT', calendar + file, {
        body: event({ uid: file, summary: `Revision ${step.revision}` }),
      });
    } else if (step.do === 'delete') await at.send('DELETE', calendar + file);
    else await at.send('MOVE', from + file, { headers: { Destination: to + file } });
  };

  it('RFC 6578 §3: ends with the objects of the server', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const device = new Device();
        for (const step of sequence) {
          if (step.do === 'sync') await device.sync(at, step.limit);
          else await act(step);
        }
        // As a client does that polls: until the calendar's token is its own.
        const now = (await property(at, calendar, dav('sync-token'))).text;
        for (let round = 0; device.token !== now; round++) {
          assert.ok(round < 20, 'no end of it');
          await device.sync(at, 2);
        }
        const listed = await propfind(at, calendar, [dav('getetag')], { depth: '1' });
        const there = listed.responses.filter(({ href }) => href !== calendar);
        const expected = there.map(({ href, properties }) => {
          return [href, properties.get(dav('getetag'))?.element.text ?? ''] as const;
        });
        assert.deepEqual(device.known, new Map(expected));
      }),
      { numRuns: 60 },
    );
    assert.deepEqual(at.errors, []);
  });
});
