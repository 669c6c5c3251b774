/** The profile that sets up an iPhone or a Mac, read by two property-list readers that are not ours (portal.md §5). */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checks, demand } from '../checks.ts';
import { propfind, send } from '../dav.ts';
import { systemPython } from '../install.ts';
import { Portcal } from '../portcal.ts';
import { run } from '../process.ts';
import type { Suite, SuiteContext } from '../suite.ts';

const publicUrl = 'https://cal.example.com';
/** Letters that XML would escape and that are not ASCII: they must arrive as they were typed. */
const person = { name: 'profile', password: 'pass & <word> höhö' };

export const appleProfile: Suite = {
  name: 'apple-profile',
  about: 'the profile for iPhone and Mac, read by libplist and by plistlib of Python',
  limitSeconds: 60,
  programs: [
    { name: 'plistutil', packages: ['libplist-utils'] },
    { name: 'python:plistlib', packages: ['python3'] },
  ],

  async run(context) {
    // One of its own: profiles need an https address, which a proxy in front of the server would have.
    const portcal = await Portcal.start({ settings: ['--public-url', publicUrl], logName: 'apple-profile' });
    try {
      await portcal.addPerson(person.name, person.password);
      await checkProfile(context, portcal);
    } finally {
      await portcal.stop();
    }
  },
};

async function checkProfile({ checks, outFolder }: SuiteContext, portcal: Portcal): Promise<void> {
  const file = join(outFolder, 'portal.mobileconfig');
  const { status, headers, text } = await fetchProfile(portcal);
  demand(status === 200, `status ${status}: ${text}`);
  await writeFile(file, text);
  await checks.attempt('it is served as a profile', async () =>
    demand(headers['content-type'] === 'application/x-apple-aspen-config', String(headers['content-type'])),
  );

  let list: unknown;
  await checks.attempt('plistlib reads it', async () => {
    list = await dump(file);
  });
  // libplist of Debian 12 writes no form but the two of Apple: what it has read shows in the one that it writes.
  await checks.attempt('libplist reads the same', async () => {
    const binary = join(outFolder, 'portal.bplist');
    const { code, stdout, stderr } = await run('plistutil', ['-i', file, '-o', binary]);
    demand(code === 0, stderr || stdout);
    const [one, other] = [await dump(binary), list].map((read) => JSON.stringify(sorted(read)));
    demand(one === other, `${one} and ${other}`);
  });
  await checkKeys(checks, portcal, list);
}

async function dump(file: string): Promise<unknown> {
  const program = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
  const { code, stdout, stderr } = await run(systemPython, ['-c', program, file]);
  demand(code === 0, stderr);
  return JSON.parse(stdout);
}

async function checkKeys(checks: Checks, portcal: Portcal, list: unknown): Promise<void> {
  const outer = isDictionary(list) ? list : {};
  const payloads = outer['PayloadContent'];
  const payload: unknown = Array.isArray(payloads) ? payloads[0] : undefined;
  const account = isDictionary(payload) ? payload : {};
  const wanted: readonly (readonly [string, Readonly<Record<string, unknown>>, string, unknown])[] = [
    ['the outer payload is a configuration', outer, 'PayloadType', 'Configuration'],
    ['the person can remove it', outer, 'PayloadRemovalDisallowed', false],
    ['the payload is a CalDAV account', account, 'PayloadType', 'com.apple.caldav.account'],
    ['the host is that of the public address', account, 'CalDAVHostName', 'cal.example.com'],
    ['the port is a number', account, 'CalDAVPort', 443],
    ['TLS is on', account, 'CalDAVUseSSL', true],
    ['the principal is a path', account, 'CalDAVPrincipalURL', `/dav/principals/${person.name}/`],
    ['the user is the login name', account, 'CalDAVUsername', person.name],
  ];
  for (const [claim, dictionary, key, value] of wanted)
    await checks.attempt(claim, async () => demand(dictionary[key] === value, String(dictionary[key])));
  for (const [claim, dictionary] of [
    ['the outer payload has a UUID', outer],
    ['the account has a UUID', account],
  ] as const)
    await checks.attempt(claim, async () => {
      const uuid = String(dictionary['PayloadUUID']);
      demand(/^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(uuid), uuid);
    });
  await checks.attempt('the app password in it opens the account', async () => {
    const password = String(account['CalDAVPassword']);
    const answer = await send(
      propfind(`${portcal.origin}/dav/principals/${person.name}/`, 0, '<d:resourcetype/>', {
        name: person.name,
        password,
      }),
    );
    demand(answer.status === 207, `status ${answer.status}`);
  });
  await checks.attempt('the same person gets the same UUID again', async () => {
    const { text } = await fetchProfile(portcal);
    demand(text.includes(String(outer['PayloadUUID'])), 'another one');
  });
}

/** As the page does it: sign in, make a code, follow it. */
async function fetchProfile(portcal: Portcal): Promise<Awaited<ReturnType<typeof send>>> {
  const api = `${portcal.origin}/api/v1`;
  const headers = { 'Content-Type': 'application/json', 'X-Requested-With': 'portal' };
  const session = await send({
    method: 'POST',
    url: `${api}/session`,
    headers,
    body: JSON.stringify({ name: person.name, password: person.password }),
  });
  const cookie = (session.headers['set-cookie'] ?? '').split(';', 1)[0] ?? '';
  const made = await send({
    method: 'POST',
    url: `${api}/connect/codes`,
    headers: { ...headers, Cookie: cookie },
    body: JSON.stringify({ device: 'apple' }),
  });
  const answer: unknown = JSON.parse(made.text);
  const code = isDictionary(answer) ? answer['code'] : undefined;
  demand(typeof code === 'string', `no code: ${made.status} ${made.text}`);
  return await send({ method: 'GET', url: `${portcal.origin}/connect/${code}/portal.mobileconfig` });
}

function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The readers keep no common order of keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isDictionary(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
