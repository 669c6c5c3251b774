import { calendarType, send, xmlType } from './dav.ts';
import { event } from './objects.ts';
import { type Account, describe, type Target } from './target.ts';

/** A second person's calendar of which the first has some rights, and its feed address. */
export interface SharedSetting {
  readonly owner: Account;
  readonly calendarUrl: string;
  readonly feedUrl: string;
  readonly eventCount: number;
}

let persons = 0;

/** Makes a second person with a calendar of three events, gives `target.account` rights on it (RFC 3744 §8.1) and links a feed. */
export async function shareWith(
  target: Target,
  privileges: readonly string[] = ['read'],
): Promise<SharedSetting> {
  const { portcal } = target;
  if (portcal === undefined) throw new Error('sharing needs a server that we may administer');
  const owner = await portcal.addPerson(`bob${++persons}`, 'battery staple');
  const calendar = `${owner.name}/team`;
  await portcal.command(['calendar', 'add', calendar, '--name', 'Team']);
  const calendarUrl = `${portcal.origin}/dav/calendars/${calendar}/`;
  const eventCount = 3;
  for (let i = 0; i < eventCount; i++) {
    const uid = `shared-${i}-${owner.name}`;
    const body = event(uid, `Shared ${i}`, `2031031${i}T100000Z`);
    const stored = await send({
      method: 'PUT',
      url: `${calendarUrl}${uid}.ics`,
      headers: calendarType,
      body,
      as: owner,
    });
    if (stored.status !== 201) throw new Error(`PUT by the owner: ${describe(stored)}`);
  }
  const granted = privileges.map((one) => `<d:privilege><d:${one}/></d:privilege>`).join('');
  const acl = `<d:acl xmlns:d="DAV:"><d:ace><d:principal><d:href>${new URL(target.principalUrl).pathname}</d:href></d:principal><d:grant>${granted}</d:grant></d:ace></d:acl>`;
  const answer = await send({ method: 'ACL', url: calendarUrl, headers: xmlType, body: acl, as: owner });
  if (answer.status >= 300) throw new Error(`ACL by the owner: ${describe(answer)}`);
  return { owner, calendarUrl, feedUrl: await portcal.addLink(calendar, 'conformance'), eventCount };
}
