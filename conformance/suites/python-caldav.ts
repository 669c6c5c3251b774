import type { Suite } from '../suite.ts';
import { runPython } from './python.ts';

/** The CalDAV library that most scripts are written with, in the version Debian ships. */
export const pythonCaldav: Suite = {
  name: 'python-caldav',
  about: 'the Python library caldav: discovery, calendars, events, tasks, search, expand, sync, free/busy',
  limitSeconds: 120,
  programs: [{ name: 'python:caldav', packages: ['python3-caldav'] }],

  async run(context) {
    const { url, account } = context.target;
    const env = { SERVER_URL: url, ACCOUNT_NAME: account.name, ACCOUNT_PASSWORD: account.password };
    await runPython(context, { file: 'python-caldav.py', env });
  },
};
