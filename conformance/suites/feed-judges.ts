import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calendarType, send } from '../dav.ts';
import { projectFolder } from '../paths.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';
import { runPython, runScript } from './python.ts';
import { lacking } from './script-clients.ts';

const awkwardFiles = join(projectFolder, 'test/data/nasty');

/** In other languages than Python; each is asked where it can be had. */
const otherJudges = [
  {
    program: 'ruby',
    args: ['-e', 'require "icalendar"'],
    packages: ['ruby', 'ruby-icalendar'],
    file: 'feed-judges.rb',
  },
  {
    program: 'php',
    args: ['-r', "require 'Sabre/autoload.php'; mb_strlen('');"],
    packages: ['php-cli', 'php-mbstring', 'php-sabre-vobject', 'php-sabre-dav'],
    file: 'feed-judges.php',
  },
] as const;

/** Each awkward file that the server takes, stored alone and fetched as the file of its calendar: what strict readers say. */
export const feedJudges: Suite = {
  name: 'feed-judges',
  about:
    "libical's rules, vobject, Python's and Ruby's icalendar, sabre's VObject on the file of a calendar, for each awkward object",
  limitSeconds: 180,
  programs: [
    { name: 'python:gi.repository.ICalGLib', packages: ['python3-gi', 'gir1.2-ical-3.0'] },
    { name: 'python:vobject', packages: ['python3-vobject'] },
    { name: 'python:icalendar', packages: ['python3-icalendar'] },
  ],

  async run(context) {
    const { target, outFolder } = context;
    const given = join(outFolder, 'given');
    await mkdir(given);
    const name = `judged-${Date.now().toString(36)}`;
    await makeCalendar(target, name);
    const url = new URL(`${name}/`, target.homeUrl).href;
    const as = target.account;
    for (const file of (await readdir(awkwardFiles)).filter((one) => one.endsWith('.ics'))) {
      const object = `${url}${file}`;
      const body = await readFile(join(awkwardFiles, file));
      const put = await send({ method: 'PUT', url: object, headers: calendarType, body, as });
      if (put.status >= 300) continue;
      const { text } = await send({ method: 'GET', url, as });
      await writeFile(join(given, file), text);
      await send({ method: 'DELETE', url: object, as });
    }
    await remove(target, url);
    await runPython(context, { file: 'feed-judges.py', env: { GIVEN: given } });
    for (const { program, args, packages, file } of otherJudges) {
      const trouble = await lacking(program, args, packages);
      if (trouble !== undefined) context.checks.skip(`${program} judges them`, trouble);
      else await runScript(context, program, { file, env: { GIVEN: given } });
    }
  },
};
