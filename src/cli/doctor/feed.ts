/** Reads a feed back with a reader that is not ours, as a subscriber would (clients.md W44 to W48). */
import { unreachable } from './causes.ts';
import type { Client } from './client.ts';
import type { Step } from './step.ts';

export async function readFeed(client: Client, url: URL): Promise<readonly Step[]> {
  const steps: Step[] = [];
  const note = (what: string, ok: boolean, seen: string): void => {
    steps.push({ as: 'subscriber', what, ok, seen, fact: '' });
  };
  const fetched = 'the feed can be fetched without sign-in';
  const answer = await client
    .ask({ method: 'GET', url, anonymous: true })
    .catch((error: unknown) => unreachable(error));
  if (typeof answer === 'string' || answer.status !== 200) {
    const seen =
      typeof answer === 'string' ? answer : `${answer.status}: ${answer.text.trim().slice(0, 200)}`;
    note(fetched, false, seen);
    return steps;
  }
  note(fetched, true, `${answer.text.length} characters in ${answer.ms.toFixed(0)} ms`);
  const {
    'content-type': type = '',
    etag = '',
    'content-encoding': coding = '',
    'set-cookie': cookie,
  } = answer.headers;
  note(
    'it says that it is a calendar',
    /^text\/calendar;\s*charset=utf-8$/i.test(type),
    type || '(no Content-Type)',
  );
  note(
    'it comes as it is, without cookies',
    coding === '' && cookie === undefined,
    coding || (cookie ?? 'plain'),
  );
  note(
    'the address ends in .ics',
    url.pathname.endsWith('.ics'),
    url.pathname.replace(/\/feed\/[^/]+/, '/feed/…'),
  );
  const again = await client.ask({ method: 'GET', url, anonymous: true, headers: { 'if-none-match': etag } });
  note(
    'an unchanged feed costs nothing',
    etag !== '' && again.status === 304,
    `second request: ${again.status}`,
  );
  const long = answer.text.split('\r\n').find((line) => Buffer.byteLength(line) > 75);
  note(
    'lines are folded',
    long === undefined && answer.text.includes('\r\n'),
    long?.slice(0, 60) ?? 'at most 75 octets',
  );
  steps.push(await readBack(answer.text));
  return steps;
}

/** node-ical rejects a whole file for one bad line, which makes it a strict judge. */
async function readBack(text: string): Promise<Step> {
  const what = 'an independent reader understands it';
  const wanted = (text.match(/^BEGIN:VEVENT\r?$/gm) ?? []).length;
  try {
    const { default: nodeIcal } = await import('node-ical');
    const events = Object.values(nodeIcal.sync.parseICS(text)).filter((one) => one?.type === 'VEVENT');
    const overrides = (text.match(/^RECURRENCE-ID[;:]/gm) ?? []).length;
    const ok = events.length > 0 || wanted === 0;
    return {
      as: 'subscriber',
      what,
      ok,
      seen: `${events.length} events and ${overrides} changed instances of ${wanted} components`,
      fact: '',
    };
  } catch (error) {
    return {
      as: 'subscriber',
      what,
      ok: false,
      seen: error instanceof Error ? error.message : String(error),
      fact: '',
    };
  }
}
