import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Credentials } from '../../conformance/dav.ts';
import { launchPeer, type PeerName, peerNames } from '../../conformance/peers.ts';
import { freePort, Portcal, pause } from '../../conformance/portcal.ts';
import { killGroup } from '../../conformance/process.ts';
import { turnArguments } from './longest-turn.ts';
import { type DirectStore, radicaleStore, xandikosStore } from './stores.ts';

/** A running server as the harness sees it. */
export interface BenchTarget {
  readonly label: string;
  readonly origin: string;
  /** Absent for a server that leaves authentication to a proxy. */
  readonly account?: Credentials | undefined;
  /** The path under which a calendar may be made; ends in a slash. */
  readonly home: string;
  /** Whether GET of a calendar gives it as one file. */
  readonly exports: boolean;
  /** Its processes; none if unknown, then memory and CPU time are not measured. */
  readonly pids: readonly number[];
  readonly dataFolder?: string;
  /** Fills a calendar past a slow PUT. */
  readonly store?: DirectStore;
  /** Whether `longestTurn` may be asked of its process. */
  readonly tellsTurns?: boolean;
}

export interface RunningTarget {
  /** Read anew after a relaunch: process ids change. */
  readonly target: BenchTarget;
  readonly stop: () => Promise<void>;
  /** Ends the process and starts it again on the same data, where the harness can do that. */
  readonly end?: () => Promise<void>;
  readonly relaunch?: () => Promise<void>;
}

const account = { name: 'bench', password: 'benchpass' };

export const targetNames: readonly string[] = ['portcal', 'ceiling', 'ceiling-full', ...peerNames];

/** Starts a server with a fresh data folder and one person, `bench`; ours can tell of their turns. */
export async function startTarget(name: string, tellsTurns = false): Promise<RunningTarget> {
  const peer = peerNames.find((one) => one === name);
  if (peer !== undefined) return startPeerTarget(peer);
  if (name === 'portcal') return startPortcal(tellsTurns);
  if (name === 'ceiling' || name === 'ceiling-full') return startCeiling(name, tellsTurns);
  throw new Error(`no target is called ${name}; the targets are: ${targetNames.join(' ')}`);
}

async function startPortcal(tellsTurns: boolean): Promise<RunningTarget> {
  const portcal = await Portcal.start({
    logName: 'portcal-bench',
    settings: ['--log-level', 'warn'],
    nodeArguments: tellsTurns ? turnArguments : [],
  });
  await portcal.addPerson(account.name, account.password);
  return {
    get target(): BenchTarget {
      return {
        label: 'portcal',
        origin: portcal.origin,
        account,
        home: '/dav/calendars/bench/',
        exports: true,
        pids: [portcal.pid],
        dataFolder: portcal.dataFolder,
        tellsTurns,
      };
    },
    stop: () => portcal.stop(),
    end: () => portcal.kill(),
    relaunch: () => Promise.resolve(portcal.begin()),
  };
}

/** The least that a server of our kind can do: see ceiling/server.ts. */
async function startCeiling(label: 'ceiling' | 'ceiling-full', tellsTurns: boolean): Promise<RunningTarget> {
  const dataFolder = await mkdtemp(join(tmpdir(), `${label}-`));
  const port = await freePort();
  const script = fileURLToPath(new URL('ceiling/server.js', import.meta.url));
  const durability = label === 'ceiling' ? 'NORMAL' : 'FULL';
  const args = [
    ...(tellsTurns ? turnArguments : []),
    script,
    String(port),
    join(dataFolder, 'ceiling.db'),
    durability,
  ];
  let child: ChildProcess;
  const launch = (): Promise<void> => {
    child = spawn(process.execPath, args, { stdio: 'ignore', detached: true });
    return Promise.resolve();
  };
  const end = async (): Promise<void> => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    killGroup(child);
    await gone;
  };
  await launch();
  await pause(500);
  return {
    get target(): BenchTarget {
      const pids = child.pid === undefined ? [] : [child.pid];
      return {
        label,
        origin: `http://127.0.0.1:${port}`,
        account,
        home: '/h/',
        exports: true,
        pids,
        dataFolder,
        tellsTurns,
      };
    },
    stop: async () => {
      await end();
      await rm(dataFolder, { recursive: true, force: true });
    },
    end,
    relaunch: launch,
  };
}

async function startPeerTarget(name: PeerName): Promise<RunningTarget> {
  const peer = await launchPeer(name);
  const { origin, home, pids, dataFolder } = peer;
  return {
    target: {
      label: name,
      origin,
      account: name === 'xandikos' ? undefined : account,
      home,
      exports: name !== 'xandikos',
      pids,
      dataFolder,
      ...(name === 'radicale' && { store: radicaleStore(dataFolder) }),
      ...(name === 'xandikos' && { store: xandikosStore(dataFolder) }),
    },
    stop: peer.stop,
  };
}
