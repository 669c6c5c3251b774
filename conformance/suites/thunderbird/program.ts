import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../portcal.ts';
import { killGroup } from '../../process.ts';
import { Marionette } from './marionette.ts';

/** Settings of the profile: no first-run pages, no alarms, no network use of its own, times in UTC. */
const preferences: Readonly<Record<string, string | number | boolean>> = {
  'mail.provider.suppress_dialog_on_startup': true,
  'mail.spotlight.firstRunDone': true,
  'mail.rights.version': 1,
  'mail.shell.checkDefaultClient': false,
  'mailnews.start_page.enabled': false,
  'mailnews.start_page_override.mstone': 'ignore',
  'app.donation.eoy.version.viewed': 999,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.bypassNotification': true,
  'datareporting.healthreport.uploadEnabled': false,
  'toolkit.telemetry.enabled': false,
  'app.update.auto': false,
  'app.update.enabled': false,
  'extensions.update.enabled': false,
  'network.proxy.type': 0,
  'signon.rememberSignons': true,
  'calendar.timezone.local': 'UTC',
  'calendar.timezone.useSystemTimezone': false,
  'calendar.debug.log': true,
  'calendar.debug.log.verbose': true,
  'calendar.notifications.times': '',
  'calendar.alarms.show': false,
  'calendar.alarms.showmissed': false,
  'devtools.console.stdout.content': true,
  'devtools.console.stdout.chrome': true,
  'mail.inappnotifications.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

/** A headless Thunderbird with a profile of its own, which survives a restart of the program. */
export class Thunderbird {
  readonly #profile: string;
  readonly #port: number;
  readonly #logFile: string;
  #process: ChildProcess | undefined;
  #marionette: Marionette | undefined;

  private constructor(profile: string, port: number, logFile: string) {
    this.#profile = profile;
    this.#port = port;
    this.#logFile = logFile;
  }

  static async start(logFile: string): Promise<Thunderbird> {
    const profile = await mkdtemp(join(tmpdir(), 'thunderbird-profile-'));
    const port = await freePort();
    const lines = Object.entries({ ...preferences, 'marionette.port': port }).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(join(profile, 'user.js'), lines.join(''));
    const thunderbird = new Thunderbird(profile, port, logFile);
    await thunderbird.#launch();
    return thunderbird;
  }

  script<T>(body: string, argument: Readonly<Record<string, unknown>> = {}): Promise<T> {
    if (this.#marionette === undefined) throw new Error('Thunderbird is not running');
    return this.#marionette.script<T>(body, argument);
  }

  /** Quits and starts again with the same profile, as people do every morning. */
  async restart(): Promise<void> {
    await this.#quit();
    await this.#launch();
  }

  async stop(): Promise<void> {
    if (this.#process) killGroup(this.#process);
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #launch(): Promise<void> {
    const options = ['--headless', '--no-remote', '--marionette', '--remote-allow-system-access'];
    const child = spawn('nice', ['thunderbird', ...options, '--profile', this.#profile], {
      env: { ...process.env, MOZ_HEADLESS: '1', MOZ_DISABLE_CONTENT_SANDBOX: '1', HOME: this.#profile },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const log = createWriteStream(this.#logFile, { flags: 'a' });
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    this.#process = child;
    this.#marionette = await Marionette.open(this.#port);
  }

  async #quit(): Promise<void> {
    const child = this.#process;
    const gone = new Promise<void>((resolve) => {
      child?.once('exit', () => resolve());
      setTimeout(resolve, 15_000).unref();
    });
    await this.#marionette?.command('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => {
      // The connection may end before the answer.
    });
    await gone;
    if (child) killGroup(child);
  }
}
