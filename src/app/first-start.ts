/** What an empty database gets: somebody who may administrate it, and the demo company with its people if it is wanted. */
import { randomBytes } from 'node:crypto';
import { encodeSegment } from '../core/name.ts';
import { Refusal } from '../core/refusal.ts';
import { operator } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import { company, createPerson, findPrincipal } from '../service/people/people.ts';

export interface FirstStartSettings {
  readonly adminName: string;
  /** Empty: a random one is made. */
  readonly adminPassword: string;
  readonly demo: boolean;
  readonly demoPassword: string;
  /** The ways to sign in that are switched on. */
  readonly signIn: readonly string[];
}

export interface Beginning {
  /** For whoever started the server; passwords that were made here stand in them this once. */
  readonly lines: readonly string[];
  /** The person whose addresses are shown as examples. */
  readonly person: string;
  /** Path of one of that person's feeds, if one was made. */
  readonly feed?: string;
}

/** Fills an empty database; changes nothing in another. */
export async function firstStart(services: Services, settings: FirstStartSettings): Promise<Beginning> {
  const { adminName, demo } = settings;
  if (await anybody(services)) {
    const lines = demo ? ['There are people already: nothing was added for --demo.', ''] : [];
    return { lines, person: adminName };
  }
  const password = settings.adminPassword === '' ? randomPassword() : settings.adminPassword;
  try {
    // Only for the demo: elsewhere the company's first calendar is made when somebody wants one, under a name of their choice.
    if (demo) await company(services, operator());
    await createPerson(services, operator(), {
      name: adminName,
      displayName: 'Administrator',
      password,
      isAdmin: true,
    });
  } catch (error) {
    // Two servers started at once on an empty folder, and the other one was faster.
    if (error instanceof Refusal && error.code === 'already-exists') return { lines: [], person: adminName };
    throw error;
  }
  const lines = [account(`Administrator ${adminName}`, password, settings.adminPassword)];
  let person = adminName;
  if (demo) {
    const { fillDemo } = await import('../demo.ts');
    const shared = settings.demoPassword === '' ? randomPassword() : settings.demoPassword;
    const { people } = await fillDemo(services, shared);
    lines.push(account(`Demo people ${people.join(', ')}`, shared, settings.demoPassword));
    person = people[0] ?? adminName;
  }
  if (!settings.signIn.includes('password')) lines.push(opensNothing);
  return { lines: [...lines, ''], person, feed: await firstFeed(services, person) };
}

async function anybody({ storage }: Services): Promise<boolean> {
  for await (const page of storage.principals({ kinds: ['user'], includeDisabled: true }))
    if (page.length > 0) return true;
  return false;
}

const opensNothing =
  'A password of portcal opens nothing yet: "password" is not among the ways of --sign-in.';

function account(who: string, password: string, given: string): string {
  return given === '' ? `${who}, password ${password} (shown this once)` : who;
}

/** Path of a feed of the person's first calendar. */
async function firstFeed(services: Services, name: string): Promise<string> {
  const person = await findPrincipal(services, operator(), name);
  const [calendar] = person ? await services.storage.calendarsOf(person.id) : [];
  if (!person || !calendar) throw new Error(`${name} has no calendar`);
  const { createLink } = await import('../service/calendars/links.ts');
  const { token } = await createLink(services, operator(), person, {
    target: calendar.id,
    label: 'first start',
  });
  return `/feed/${token}/${encodeSegment(calendar.name)}.ics`;
}

/** 96 bits in 16 letters that every keyboard has. */
function randomPassword(): string {
  return randomBytes(12).toString('base64url');
}
