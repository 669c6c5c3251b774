import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { shareWith } from '../sharing.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';
import { runPython } from './python.ts';

/** The data server of GNOME in a desktop session of its own: D-Bus, keyring and all. */
export const evolution: Suite = {
  name: 'evolution',
  about: "GNOME's evolution-data-server: discovery, editing both ways, a calendar to contribute to",
  limitSeconds: 180,
  programs: [
    { name: 'dbus-run-session', packages: ['dbus'] },
    { name: 'gnome-keyring-daemon', packages: ['gnome-keyring'] },
    { name: '/usr/libexec/evolution-calendar-factory', packages: ['evolution-data-server'] },
    {
      name: 'python:gi.repository.ECal',
      packages: ['python3-gi', 'gir1.2-ecal-2.0', 'gir1.2-edataserver-1.2', 'gir1.2-ical-3.0'],
    },
  ],

  async run(context) {
    const { target, outFolder } = context;
    const env: Record<string, string> = { HOME: outFolder, GIO_USE_PROXY_RESOLVER: 'dummy' };
    for (const kind of ['CONFIG_HOME', 'DATA_HOME', 'CACHE_HOME', 'RUNTIME_DIR']) {
      const folder = join(outFolder, kind.toLowerCase());
      await mkdir(folder, { mode: 0o700 });
      env[`XDG_${kind}`] = folder;
    }
    const url = await makeCalendar(target, `evolution-${randomUUID().slice(0, 8)}`);
    const shared = target.portcal && (await shareWith(target, ['read', 'bind']));
    const session =
      'printf x | gnome-keyring-daemon --unlock --components=secrets > keyring.log 2>&1; exec "$@"';
    try {
      await runPython(context, {
        file: 'evolution.py',
        env: {
          ...env,
          CALENDAR_URL: url,
          ACCOUNT_NAME: target.account.name,
          ACCOUNT_PASSWORD: target.account.password,
          ...(shared && {
            CONTRIBUTED_URL: shared.calendarUrl,
            OTHERS_UID: `shared-0-${shared.owner.name}`,
          }),
        },
        wrapper: ['dbus-run-session', '--', 'bash', '-c', session, 'session'],
      });
    } finally {
      await remove(target, url);
    }
  },
};
