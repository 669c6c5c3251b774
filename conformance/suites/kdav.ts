import { join } from 'node:path';
import { installPackages } from '../install.ts';
import { projectFolder } from '../paths.ts';
import { run } from '../process.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { makeCalendar, remove } from '../target.ts';

const packages = [
  'cmake',
  'g++',
  'make',
  'extra-cmake-modules',
  'qtbase5-dev',
  'libkf5dav-dev',
  'libkf5kio-dev',
  'kio',
];

/** KDAV, by which Akonadi and so KOrganizer and Merkuro speak CalDAV: a small program around it, compiled here. */
export const kdav: Suite = {
  name: 'kdav',
  about:
    'the CalDAV library of KDE (KOrganizer, Merkuro): discovery, listing, writing, conflicts, properties',
  limitSeconds: 900,

  async run(context) {
    const { target, checks, outFolder, signal } = context;
    const trouble =
      (await compile(context)) && (await installPackages(packages)) + ((await compile(context)) ?? '');
    if (trouble) {
      checks.skip('the program around the library is compiled', trouble);
      return;
    }
    const calendar = await makeCalendar(target, `kdav-${Date.now().toString(36)}`);
    const { name, password } = target.account;
    const { origin } = new URL(target.url);
    const { code, stdout, stderr } = await run(
      join(outFolder, 'build/kdav'),
      [`${origin}/`, name, password, new URL(calendar).pathname],
      {
        // Without a session bus KDE's programs start none of their services, which would outlive this one.
        env: { HOME: outFolder, QT_QPA_PLATFORM: 'offscreen', DBUS_SESSION_BUS_ADDRESS: 'disabled:' },
        logFile: join(outFolder, 'log.txt'),
        limitSeconds: 60,
        signal,
      },
    );
    for (const line of stdout.split('\n')) {
      const [holds = '', claim, seen = ''] = line.split('\t');
      if (claim !== undefined) checks.check(claim, holds === 'ok', seen);
    }
    checks.check('the program runs to its end', code === 0, stderr.slice(-300));
    await remove(target, calendar);
  },
};

/** Answers what went wrong, or undefined. */
async function compile({ outFolder, signal }: SuiteContext): Promise<string | undefined> {
  const build = join(outFolder, 'build');
  const steps = [
    ['-S', join(projectFolder, 'conformance/suites/kdav'), '-B', build],
    ['--build', build],
  ];
  for (const step of steps) {
    try {
      const { code, stderr } = await run('cmake', step, { limitSeconds: 300, signal });
      if (code !== 0) return stderr.trim().split('\n')[0] ?? `cmake ended with ${code}`;
    } catch {
      return 'there is no cmake';
    }
  }
  return undefined;
}
