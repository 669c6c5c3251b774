import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';
import { runScript } from './python.ts';

/** The editor's own WebDAV and iCalendar, on which org-caldav is built. */
export const emacs: Suite = {
  name: 'emacs',
  about: 'url-dav and icalendar of Emacs: objects with their ETags, the diary, files',
  limitSeconds: 90,
  programs: [{ name: 'emacs', packages: ['emacs-nox'] }],

  async run(context) {
    const { target, outFolder } = context;
    const { name, password } = target.account;
    const { host, protocol } = new URL(target.url);
    const login = `machine ${host} port ${protocol.replace(':', '')} login ${name} password "${password}"\n`;
    await writeFile(join(outFolder, '.authinfo'), login, { mode: 0o600 });
    const calendar = await makeCalendar(target, `emacs-${Date.now().toString(36)}`);
    try {
      const env = { HOME: outFolder, TZ: 'UTC', CALENDAR_URL: calendar, FILES_URL: target.filesUrl };
      await runScript(context, '--load', { file: 'emacs.el', env, wrapper: ['emacs', '-Q', '--batch'] });
    } finally {
      await remove(target, calendar);
    }
  },
};
