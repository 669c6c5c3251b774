import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';
import { runPython } from './python.ts';

/** KDE's store of calendars, without windows, in a desktop session of its own. */
export const akonadi: Suite = {
  name: 'akonadi',
  about:
    "Akonadi's DAV resource, the client of KOrganizer, Kontact and Merkuro: discovery, editing both ways",
  limitSeconds: 240,
  programs: [
    { name: 'dbus-run-session', packages: ['dbus'] },
    { name: 'akonadictl', packages: ['akonadi-server', 'akonadi-backend-sqlite'] },
    { name: 'akonadi_davgroupware_resource', packages: ['kdepim-runtime'] },
    { name: 'konsolekalendar', packages: ['konsolekalendar'] },
    { name: 'python:dbus', packages: ['python3-dbus'] },
    { name: 'python:gi', packages: ['python3-gi'] },
  ],

  async run(context) {
    const { target, outFolder } = context;
    const env: Record<string, string> = { HOME: outFolder, LC_ALL: 'C.UTF-8', QT_QPA_PLATFORM: 'offscreen' };
    for (const kind of ['CONFIG_HOME', 'DATA_HOME', 'CACHE_HOME', 'RUNTIME_DIR']) {
      const folder = join(outFolder, kind.toLowerCase());
      await mkdir(folder, { mode: 0o700 });
      env[`XDG_${kind}`] = folder;
    }
    const label = `akonadi-${randomUUID().slice(0, 8)}`;
    const url = await makeCalendar(target, label, { components: ['VEVENT'] });
    try {
      await runPython(context, {
        file: 'akonadi.py',
        env: {
          ...env,
          SERVER_URL: target.url,
          CALENDAR_URL: url,
          CALENDAR_LABEL: label,
          ACCOUNT_NAME: target.account.name,
          ACCOUNT_PASSWORD: target.account.password,
        },
        wrapper: ['dbus-run-session', '--'],
      });
    } finally {
      await remove(target, url);
    }
  },
};
