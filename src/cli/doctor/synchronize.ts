/** What programs do with each calendar that they have found: a first synchronization, and a look at some of what it named. */
import { caldav, dav } from '../../xml/name.ts';
import { childOf, childrenOf, type XmlElement } from '../../xml/reader.ts';
import { escapeText } from '../../xml/writer.ts';
import { causeOf } from './causes.ts';
import { type Answered, type Client, xmlOf } from './client.ts';
import { membersOf } from './multistatus.ts';
import type { Note } from './step.ts';

/** Asked for at a time, as OneCalendar does: whoever walks its own server must not keep it busy with reading one answer. */
const pageSize = 1000;
const maxPages = 1000;
const maxFetched = 10;

/** As Thunderbird and Evolution do: RFC 6578 from the start, then one multiget. */
export async function synchronize(client: Client, url: URL, name: string, note: Note): Promise<void> {
  const { hrefs, count, ms, problem } = await firstSynchronization(client, url);
  const seen = problem ?? `${count} objects in ${ms.toFixed(0)} ms`;
  note('calendars', 'Thunderbird', `${name}: first synchronization`, problem === undefined, seen);
  if (hrefs.length === 0) return;
  const asked = hrefs.map((href) => `<D:href>${escapeText(href)}</D:href>`).join('');
  const body = `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop>${asked}</C:calendar-multiget>`;
  const got = await client.ask({ method: 'REPORT', url, headers: { depth: '1' }, body });
  const data =
    got.status === 207
      ? membersOf(xmlOf(got)).filter(({ properties }) => properties.has(caldav('calendar-data')))
      : [];
  const all = data.length === hrefs.length;
  note('calendars', 'Evolution', `${name}: objects can be fetched`, all, `${data.length} of ${hrefs.length}`);
}

interface Synchronized {
  /** The first of them. */
  readonly hrefs: readonly string[];
  readonly count: number;
  readonly ms: number;
  readonly problem?: string;
}

/** Page after page, until the server says no more that there are others (507 for the collection, RFC 6578 §3.6). */
async function firstSynchronization(client: Client, url: URL): Promise<Synchronized> {
  let [token, count, ms] = ['', 0, 0];
  const hrefs: string[] = [];
  for (let page = 0; page < maxPages; page++) {
    const answer = await sync(client, url, token, page === 0);
    ms += answer.ms;
    if (answer.status !== 207) return { hrefs, count, ms, problem: causeOf(answer) };
    const root = xmlOf(answer);
    const members = membersOf(root).filter(({ properties }) => properties.size > 0);
    hrefs.push(...members.slice(0, maxFetched - hrefs.length).map(({ href }) => href));
    count += members.length;
    const next = childrenOf(root, dav('sync-token'))[0]?.text.trim() ?? '';
    if (!/[:/]/.test(next))
      return { hrefs, count, ms, problem: `its sync token is no URI: ${next || '(none)'}` };
    if (!isTruncated(root) || next === token) return { hrefs, count, ms };
    token = next;
  }
  return { hrefs, count, ms, problem: `no end after ${maxPages} answers` };
}

function isTruncated(root: XmlElement): boolean {
  return childrenOf(root, dav('response')).some((response) =>
    / 507\b/.test(childOf(response, dav('status'))?.text ?? ''),
  );
}

/** Servers that cannot give a part refuse the limit with 507 or 403 (RFC 6578 §3.7): they are asked for all. */
async function sync(client: Client, url: URL, token: string, isFirst: boolean): Promise<Answered> {
  const ask = (limit: string): Promise<Answered> => {
    const body = `<D:sync-collection xmlns:D="DAV:"><D:sync-token>${escapeText(token)}</D:sync-token><D:sync-level>1</D:sync-level>${limit}<D:prop><D:getetag/></D:prop></D:sync-collection>`;
    return client.ask({ method: 'REPORT', url, headers: { depth: '1' }, body });
  };
  const answer = await ask(`<D:limit><D:nresults>${pageSize}</D:nresults></D:limit>`);
  return isFirst && (answer.status === 507 || answer.status === 403) ? await ask('') : answer;
}
