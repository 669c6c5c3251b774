import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FakeExchange } from '../exchange/exchange.ts';
import { folderId } from '../exchange/ids.ts';
import type { Suite } from '../suite.ts';
import { startEwsLab } from './ews.ts';
import { runPython } from './python.ts';

/** GNOME's Exchange connector in a desktop session of its own, with two source files in place of its windows. */
export const ewsEvolution: Suite = {
  name: 'ews-evolution',
  about: 'evolution-ews against the fake Exchange server: listing, creating, changing, removing',
  limitSeconds: 120,
  programs: [
    { name: 'dbus-run-session', packages: ['dbus'] },
    {
      name: '/usr/lib/evolution-data-server/calendar-backends/libecalbackendews.so',
      packages: ['evolution-ews'],
    },
    {
      name: 'python:gi.repository.ECal',
      packages: ['python3-gi', 'gir1.2-ecal-2.0', 'gir1.2-edataserver-1.2', 'gir1.2-ical-3.0'],
    },
  ],

  async run(context) {
    const { outFolder, checks, signal } = context;
    const { exchange, checkAnswers } = await startEwsLab(signal);
    try {
      const alice = exchange.outlook('alice@lab.test');
      alice.create({ subject: 'Made in Outlook', start: '2026-12-01T10:00', end: '2026-12-01T11:00' });
      const series = alice.create({
        subject: 'Series of Outlook',
        start: '2026-12-01T10:00',
        end: '2026-12-01T11:00',
        recurrence: { pattern: { kind: 'daily', interval: 1 }, start: 20_788, count: 4 },
      });
      alice.editInstance(series, '2026-12-02', { subject: 'Another day' });
      const env = await desktop(outFolder, exchange);
      const session = '(/usr/libexec/evolution-source-registry > registry.log 2>&1 &); sleep 2; exec "$@"';
      await runPython(context, {
        file: 'ews-evolution.py',
        env,
        wrapper: ['dbus-run-session', '--', 'bash', '-c', session, 'session'],
      });
      const made = alice.find('From Evolution');
      checks.check(
        'what it made is in the mailbox at its time',
        made?.start === '2026-12-03T09:00:00Z',
        made?.start,
      );
      const daily = alice.find('Daily, renamed');
      checks.check(
        'its rule has become a pattern',
        daily?.recurrence?.count === 3,
        JSON.stringify(daily?.recurrence),
      );
      checks.check('what it removed is gone', alice.find('Made in Outlook') === undefined);
      await checkAnswers(checks);
    } finally {
      await exchange.close();
    }
  },
};

/** The home folder of a desktop that has an Exchange account. */
async function desktop(folder: string, exchange: FakeExchange): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    HOME: folder,
    GSETTINGS_BACKEND: 'memory',
    GIO_USE_VFS: 'local',
    GIO_USE_PROXY_RESOLVER: 'dummy',
    SOURCE: 'ewscal',
  };
  for (const kind of ['CONFIG_HOME', 'DATA_HOME', 'CACHE_HOME', 'RUNTIME_DIR']) {
    const path = join(folder, kind.toLowerCase());
    await mkdir(path, { mode: 0o700 });
    env[`XDG_${kind}`] = path;
  }
  const sources = join(folder, 'config_home/evolution/sources');
  await mkdir(sources, { recursive: true });
  const calendar = exchange.outlook('alice@lab.test').folder();
  await writeFile(join(sources, 'ewscoll.source'), collection(exchange));
  await writeFile(join(sources, 'ewscal.source'), calendarSource(folderId(calendar)));
  return env;
}

function collection({ url, port }: FakeExchange): string {
  return `[Data Source]
DisplayName=Exchange
Enabled=true

[Authentication]
Host=127.0.0.1
Method=PLAIN
Port=${port}
User=alice@lab.test
RememberPassword=false
ProxyUid=system-proxy

[Collection]
BackendName=ews
CalendarEnabled=true
ContactsEnabled=false
MailEnabled=false
Identity=alice@lab.test

[Ews Backend]
Hosturl=${url}
Email=alice@lab.test
AuthMechanism=PLAIN
ListenNotifications=false
ConcurrentConnections=1

[Security]
Method=none
`;
}

function calendarSource(id: string): string {
  return `[Data Source]
DisplayName=Calendar
Enabled=true
Parent=ewscoll

[Calendar]
BackendName=ews
Selected=true

[Exchange Web Services Folder]
Id=${id}
Name=Calendar
`;
}
