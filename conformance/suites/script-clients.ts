import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { installPackages } from '../install.ts';
import { run } from '../process.ts';
import type { Suite } from '../suite.ts';
import { makeCalendar, remove, type Target } from '../target.ts';
import { runPython, runScript } from './python.ts';

const phpPackages = ['php-cli', 'php-curl', 'php-mbstring', 'php-sabre-dav', 'php-sabre-vobject', 'php-xml'];
const perlPackages = ['libcal-dav-perl', 'libhttp-dav-perl', 'libical-parser-perl'];

/** What portals in PHP speak to calendar servers with. */
export const phpClients: Suite = {
  name: 'php-clients',
  about: "the client and the VObject library of sabre/dav, and DAViCal's CalDAV client, in PHP",
  limitSeconds: 120,
  programs: [{ name: 'php', packages: phpPackages }],

  async run(context) {
    const { target, outFolder } = context;
    const trouble = await lacking(
      'php',
      ['-r', "require 'Sabre/autoload.php'; curl_version();"],
      phpPackages,
    );
    if (trouble !== undefined) return context.checks.skip('the libraries are there', trouble);
    const davical = join(outFolder, 'davical');
    const env = { DAVICAL: (await unpacked(davical)) ? davical : '' };
    await withCalendar(target, 'php', (calendar) => {
      const paths = {
        SERVER_URL: new URL(target.url).origin,
        HOME_PATH: new URL(target.homeUrl).pathname,
        CALENDAR_PATH: new URL(calendar).pathname,
      };
      const script = { file: 'php-clients.php', env: { ...accountOf(target), ...paths, ...env } };
      return runScript(context, 'php', script);
    });
  },
};

/** Scripts in Perl: one calendar file at a time, and files with locks. */
export const perlClients: Suite = {
  name: 'perl-clients',
  about: 'Cal::DAV, HTTP::DAV with locks and iCal::Parser, in Perl',
  limitSeconds: 120,
  programs: [{ name: 'perl', packages: ['perl', ...perlPackages] }],

  async run(context) {
    const { target } = context;
    const trouble = await lacking('/usr/bin/perl', ['-MCal::DAV', '-MiCal::Parser', '-e', '1'], perlPackages);
    if (trouble !== undefined) return context.checks.skip('the libraries are there', trouble);
    await withCalendar(target, 'perl', (calendar) => {
      const env = { ...accountOf(target), CALENDAR_URL: calendar, FILES_URL: target.filesUrl };
      return runScript(context, '/usr/bin/perl', { file: 'perl-clients.pl', env });
    });
  },
};

/** Scripts in Python that keep files. */
export const pythonWebdav: Suite = {
  name: 'python-webdav',
  about: 'webdavclient3 and easywebdav: files by scripts in Python',
  limitSeconds: 60,
  programs: [
    { name: 'python:webdav3.client', packages: ['python3-webdavclient'] },
    { name: 'python:easywebdav', packages: ['python3-easywebdav'] },
  ],

  async run(context) {
    const env = { ...accountOf(context.target), FILES_URL: context.target.filesUrl };
    await runPython(context, { file: 'python-webdav.py', env });
  },
};

function accountOf({ account }: Target): Readonly<Record<string, string>> {
  return { ACCOUNT_NAME: account.name, ACCOUNT_PASSWORD: account.password };
}

async function withCalendar(
  target: Target,
  prefix: string,
  work: (url: string) => Promise<void>,
): Promise<void> {
  const url = await makeCalendar(target, `${prefix}-${Date.now().toString(36)}`);
  try {
    await work(url);
  } finally {
    await remove(target, url);
  }
}

/** Installs packages unless a program runs with these arguments; answers why it still does not. */
export async function lacking(
  program: string,
  args: readonly string[],
  packages: readonly string[],
): Promise<string | undefined> {
  const works = async (): Promise<boolean> => (await run(program, args).catch(() => undefined))?.code === 0;
  if (await works()) return undefined;
  const trouble = await installPackages(packages);
  return (await works()) ? undefined : trouble || `${program} does not find its libraries`;
}

/** The files of DAViCal's package, without installing what the server itself would need. */
async function unpacked(folder: string): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  const script = 'apt-get download davical libawl-php && for one in *.deb; do dpkg -x "$one" .; done';
  const { code } = await run('sh', ['-c', script], { cwd: folder, limitSeconds: 60 });
  return code === 0;
}
