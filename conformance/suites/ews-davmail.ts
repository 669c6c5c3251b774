import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demand } from '../checks.ts';
import { freePort, pause } from '../portcal.ts';
import { killGroup, run } from '../process.ts';
import type { Suite } from '../suite.ts';
import { startEwsLab } from './ews.ts';

/** DavMail is a client of EWS with a CalDAV server on top: it is used by curl. */
export const ewsDavmail: Suite = {
  name: 'ews-davmail',
  about: 'DavMail against the fake Exchange server: its CalDAV side by curl',
  limitSeconds: 120,
  programs: [
    { name: 'davmail', packages: ['davmail'] },
    { name: 'curl', packages: ['curl'] },
  ],

  async run({ checks, outFolder, signal }) {
    const { exchange, checkAnswers } = await startEwsLab(signal);
    const port = await freePort();
    const settings = join(outFolder, 'davmail.properties');
    await writeFile(settings, properties(exchange.url, port, join(outFolder, 'davmail.log')));
    const gateway = spawn('nice', ['davmail', settings], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: outFolder, JAVA_TOOL_OPTIONS: '-Xmx256m' },
    });
    const log = createWriteStream(join(outFolder, 'out.txt'));
    gateway.stdout.pipe(log);
    gateway.stderr.pipe(log);
    signal.addEventListener('abort', () => killGroup(gateway), { once: true });
    const calendar = `http://127.0.0.1:${port}/users/alice@lab.test/calendar/`;
    const curl = async (...args: readonly string[]): Promise<{ status: string; text: string }> => {
      const common = ['-s', '-m', '30', '-u', 'alice@lab.test:secret', '-w', '\n%{http_code}'];
      const { stdout } = await run('curl', [...common, ...args], { signal });
      const [, text = '', status = ''] = /^([\s\S]*)\n(\d+)$/.exec(stdout) ?? [];
      return { status, text };
    };
    try {
      for (let i = 0; i < 100 && (await curl(calendar)).status === '000'; i++) await pause(200);
      const alice = exchange.outlook('alice@lab.test');
      alice.create({ subject: 'Made in Outlook', start: '2026-12-01T10:00', end: '2026-12-01T11:00' });
      await checks.attempt('the calendar is listed', async () => {
        const listed = await curl(
          '-X',
          'PROPFIND',
          '-H',
          'Depth: 1',
          '-H',
          'Content-Type: text/xml',
          '--data',
          propfind,
          calendar,
        );
        demand(listed.status === '207' && /\.EML/i.test(listed.text), `${listed.status} ${listed.text}`);
      });
      await checks.attempt('an event made in Outlook is told with its zone', async () => {
        const found = await curl(
          '-X',
          'REPORT',
          '-H',
          'Depth: 1',
          '-H',
          'Content-Type: text/xml',
          '--data',
          query,
          calendar,
        );
        demand(/DTSTART;TZID="?Europe\/Berlin"?:20261201T100000/.test(found.text), found.text);
      });
      const file = join(outFolder, 'event.ics');
      await writeFile(file, event);
      await checks.attempt('a series put by CalDAV is in the mailbox', async () => {
        const put = await curl(
          '-X',
          'PUT',
          '-H',
          'Content-Type: text/calendar; charset=utf-8',
          '--data-binary',
          `@${file}`,
          `${calendar}davmail-1.ics`,
        );
        demand(put.status === '201', `${put.status} ${put.text}`);
        const seen = alice.find('From DavMail');
        demand(seen?.start === '2026-12-03T09:00:00Z' && seen.recurrence?.count === 3, JSON.stringify(seen));
      });
      await checks.attempt('and is read back', async () => {
        const read = await curl(`${calendar}davmail-1.ics`);
        demand(
          /RRULE:FREQ=WEEKLY/.test(read.text) && /UID:davmail-1/.test(read.text),
          `${read.status} ${read.text}`,
        );
      });
      await checks.attempt('and deleted', async () => {
        const gone = await curl('-X', 'DELETE', `${calendar}davmail-1.ics`);
        demand(gone.status === '200' && alice.find('From DavMail') === undefined, gone.status);
      });
      checks.check(
        'it asked what only it asks',
        exchange.counters.of('ConvertId') > 0 && exchange.counters.of('GetUserConfiguration') > 0,
      );
      await checkAnswers(checks);
    } finally {
      killGroup(gateway);
      await exchange.close();
    }
  },
};

const propfind = '<D:propfind xmlns:D="DAV:"><D:prop><D:displayname/><D:getetag/></D:prop></D:propfind>';

const query =
  '<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>';

const event = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//test//test//EN',
  'BEGIN:VEVENT',
  'UID:davmail-1',
  'DTSTAMP:20261120T000000Z',
  'DTSTART:20261203T090000Z',
  'DTEND:20261203T100000Z',
  'SUMMARY:From DavMail',
  'RRULE:FREQ=WEEKLY;COUNT=3',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

function properties(url: string, port: number, logFile: string): string {
  return `davmail.server=true
davmail.mode=EWS
davmail.enableEws=true
davmail.url=${url}
davmail.caldavPort=${port}
davmail.imapPort=
davmail.popPort=
davmail.smtpPort=
davmail.ldapPort=
davmail.allowRemote=false
davmail.bindAddress=127.0.0.1
davmail.logFilePath=${logFile}
davmail.disableUpdateCheck=true
log4j.logger.davmail=DEBUG
`;
}
