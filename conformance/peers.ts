import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages } from './install.ts';
import { projectFolder } from './paths.ts';
import { freePort } from './portcal.ts';
import { isInstalled, run } from './process.ts';
import { discoverTarget, type Target } from './target.ts';

export type PeerName = 'radicale' | 'xandikos' | 'cyrus';

interface Peer {
  /** What its start script calls. */
  readonly programs: readonly string[];
  readonly packages: readonly string[];
  /** The path of the person's home. */
  readonly home: string;
  /** What a person types; the root unless discovery begins elsewhere. */
  readonly entrance?: string;
}

/** Servers that the drivers are proved on before portcal is judged by them. */
const peers: Readonly<Record<PeerName, Peer>> = {
  radicale: {
    programs: ['radicale', 'gunicorn', 'htpasswd'],
    packages: ['radicale', 'gunicorn', 'apache2-utils', 'python3-passlib', 'python3-bcrypt', 'curl'],
    home: '/bench/',
  },
  xandikos: { programs: ['xandikos'], packages: ['xandikos', 'curl'], home: '/bench/calendars/' },
  cyrus: {
    programs: ['/usr/lib/cyrus/bin/master', 'saslpasswd2'],
    packages: ['cyrus-caldav', 'cyrus-imapd', 'sasl2-bin', 'curl'],
    home: '/dav/calendars/user/bench/',
    entrance: '/dav/calendars/user/bench/',
  },
};

export const peerNames: readonly PeerName[] = ['radicale', 'xandikos', 'cyrus'];

/** The account that every start script in test/bench/peers makes. */
const account = { name: 'bench', password: 'benchpass', email: 'bench@example.com' };

export interface RunningPeer {
  readonly origin: string;
  /** The path of the person's home. */
  readonly home: string;
  readonly dataFolder: string;
  readonly pids: readonly number[];
  readonly stop: () => Promise<void>;
}

/** Starts a peer by its script with a data folder of its own. */
export async function launchPeer(name: PeerName): Promise<RunningPeer> {
  const peer = peers[name];
  const found = await Promise.all(peer.programs.map(isInstalled));
  if (found.includes(false)) {
    const trouble = await installPackages(peer.packages);
    if (trouble) throw new Error(trouble);
  }
  const dataFolder = await mkdtemp(join(tmpdir(), `${name}-conformance-`));
  await chmod(dataFolder, 0o755); // Cyrus runs as a user of its own.
  const port = await freePort();
  const env = { DATA: dataFolder, PORT: String(port) };
  const script = (file: string, ...args: string[]): ReturnType<typeof run> =>
    run('bash', [join(projectFolder, 'test/bench/peers', file), ...args], {
      env,
      limitSeconds: 60,
      isMeasured: true,
    });
  const stop = async (): Promise<void> => {
    await script('stop.sh', name);
    await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 });
  };
  const started = await script(`${name}.sh`);
  if (started.code !== 0) {
    await stop(); // Part of it may run.
    throw new Error(`${name} does not start: ${started.stderr}`);
  }
  const pids = started.stdout.trim().split(/\s+/).map(Number);
  return { origin: `http://127.0.0.1:${port}`, home: peer.home, dataFolder, pids, stop };
}

/** Starts a peer as a target of the suites. */
export async function startPeer(name: PeerName): Promise<{ target: Target; stop: () => Promise<void> }> {
  const { origin, home, stop } = await launchPeer(name);
  try {
    const url = origin + (peers[name].entrance ?? '/');
    return { target: await discoverTarget({ label: name, url, account, homeUrl: origin + home }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
