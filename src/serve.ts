import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { State } from './app/service-manager.ts';
import { boundYoungGeneration } from './app/young-generation.ts';
import { reasonOf } from './config/reason.ts';
import { type Loaded, loadSettings, SettingError, settingsHelp } from './config.ts';
import { createLog, type Log } from './observability/log.ts';

const usage = `Usage: npm start -- [settings]
       portcal serve [settings]`;

const helpExample = `Example:
  npm start -- --port 8081 --data /var/lib/portcal --public-url https://cal.example.com`;

/** Reads the settings, starts the server, stops it gently on a signal. Exit codes: 0 stopped in order, 1 failed, 2 wrong settings. */
export async function serve(argv: readonly string[]): Promise<number> {
  let loaded: Loaded;
  try {
    loaded = await loadSettings({ argv, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
    const [surplus] = loaded.rest;
    if (surplus !== undefined) throw new SettingError(`unknown argument ${surplus}`);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    console.error(`portcal: ${error.message}\nnpm start -- --help lists the settings`);
    return 2;
  }
  if (loaded.helpWanted) {
    console.log(`${usage}\n\n${settingsHelp()}\n\n${helpExample}`);
    return 0;
  }
  return await run(loaded);
}

async function run({ settings }: Loaded): Promise<number> {
  // The log goes to standard error, so that what is for people stays alone on standard output.
  const format =
    settings.logFormat !== 'auto' ? settings.logFormat : process.stderr.isTTY ? 'pretty' : 'json';
  const log = createLog({ level: settings.logLevel, format, to: 2 });
  // A bug that escaped everything: the state of the process is unknown, so it ends; the log says where it was.
  process.once('uncaughtException', (error) => {
    log.failure('crashed', error);
    void log.close().then(() => process.exit(1));
  });
  const stopped = signalled(['SIGTERM', 'SIGINT']);
  try {
    boundYoungGeneration();
    // Loaded here: help and mistakes in the settings need no server.
    const { startApp } = await import('./app.ts');
    const app = await startApp(settings, log);
    // How much garbage may gather beside what is in use: by default V8 lets a small heap grow fourfold before it collects.
    // Collecting sooner took 30 MB off a busy server and nothing off its speed. Not sooner still: V8 starts when as much room is
    // left as new objects have, and with 70 instead of 100 every eighth first look at a month waited 20 ms. The flag is read at
    // each collection, so it is set only now: the start makes little garbage, and collecting it would only take time.
    setFlagsFromString('--heap-growing-percent=100');
    console.log(app.notice.join('\n'));
    log.event('info', 'started', { port: app.port });
    await announce('READY=1', log);
    const reload = (): void => reloadTls(app.reload, log);
    process.on('SIGHUP', reload);
    await stopped;
    // A second signal ends at once.
    process.once('SIGTERM', () => process.exit(1)).once('SIGINT', () => process.exit(1));
    log.event('info', 'stopping');
    await Promise.all([announce('STOPPING=1', log), app.stop()]);
    process.off('SIGHUP', reload);
    await log.close();
    return 0;
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) log.failure('cannot start', error);
    else log.event('error', 'cannot start', { reason });
    console.error(
      `portcal cannot start: ${reason ?? (error instanceof Error ? error.message : String(error))}`,
    );
    await log.close();
    // It may listen already, or hold timers: none of that may keep half a server alive.
    return process.exit(1);
  }
}

/** Loaded for systemd alone: nobody else's start waits for it. */
async function announce(state: State, log: Log): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  const { tellServiceManager } = await import('./app/service-manager.ts');
  await tellServiceManager(state, process.env).catch((error: unknown) =>
    log.failure('systemd could not be told', error),
  );
}

function reloadTls(reload: () => Promise<void>, log: Log): void {
  reload().then(
    () => log.event('info', 'certificate read again'),
    (error: unknown) => log.failure('the new certificate cannot be used; the old one stays', error),
  );
}

function signalled(signals: readonly NodeJS.Signals[]): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
}
