/** How the installation is, for its administrator: each row with what was found, and a fix where one is due (portal.md 3.10). */
import { statfs } from 'node:fs/promises';
import type { Settings } from '../config.ts';
import type { Diagnostic } from '../portal/api.ts';
import type { Services } from '../service/context.ts';
import { migrations } from '../storage/migrations/index.ts';
import { newestBackupMs } from './backups.ts';

const gibi = 1024 ** 3;
const hourMs = 3_600_000;

export async function diagnose(
  { storage, clock }: Services,
  settings: Settings,
  publicUrl: string,
  version: string,
): Promise<readonly Diagnostic[]> {
  const secure = publicUrl.startsWith('https:');
  return [
    secure
      ? green('tls', `${publicUrl} is encrypted`)
      : {
          ...amber('tls', `${publicUrl} is not encrypted; iPhone and Mac will not sign in`),
          fix: 'put a proxy with a certificate in front, or set tlsCert and tlsKey',
          command: 'npm start -- --public-url https://cal.example.com',
        },
    settings.publicUrl === ''
      ? {
          ...amber('public-address', `generated addresses begin with ${publicUrl}, which nobody has set`),
          fix: 'set the address under which people reach the server',
          command: 'npm start -- --public-url https://cal.example.com',
        }
      : green('public-address', settings.publicUrl),
    {
      ...green('well-known', `${new URL(publicUrl).origin}/.well-known/caldav leads to ${publicUrl}/dav/`),
      command: `npx portcal doctor ${publicUrl}`,
    },
    clockRow(clock.now()),
    green('mail', 'this server sends no mail'),
    await diskRow(settings.data),
    await backupRow(settings, clock.now()),
    await databaseRow(storage),
    green('versions', `portcal ${version}, Node ${process.version}, schema ${migrations.length}`),
  ];
}

function green(name: Diagnostic['name'], found: string): Diagnostic {
  return { name, state: 'green', found, fix: null, command: null };
}

function amber(name: Diagnostic['name'], found: string): Diagnostic {
  return { ...green(name, found), state: 'amber' };
}

/** A clock that was never set stands before this program was written. */
function clockRow(now: number): Diagnostic {
  const found = new Date(now).toISOString();
  if (now > Date.UTC(2025, 0, 1)) return green('clock', found);
  return {
    ...green('clock', found),
    state: 'red',
    fix: 'set the clock of the machine',
    command: 'timedatectl',
  };
}

async function diskRow(folder: string): Promise<Diagnostic> {
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / gibi;
  const found = `${free.toFixed(1)} GiB free`;
  if (free > 2) return green('disk', found);
  return {
    ...green('disk', found),
    state: free > 0.5 ? 'amber' : 'red',
    fix: 'make room where the data lie',
    command: `du -sh ${folder}`,
  };
}

async function backupRow({ backupFolder, backupHours }: Settings, now: number): Promise<Diagnostic> {
  if (backupFolder === '') {
    const fix = 'let the server make backups by itself';
    return {
      ...amber('backup', 'no backups are made'),
      fix,
      command: 'npm start -- --backup-folder /var/backups/portcal',
    };
  }
  const newest = await newestBackupMs(backupFolder).catch(() => undefined); // The folder is made with the first backup.
  if (newest === undefined) return amber('backup', `there is none yet in ${backupFolder}`);
  const hours = Math.max(0, (now - newest) / hourMs);
  const found = `the newest is ${hours.toFixed(0)} hours old`;
  if (hours < 2 * backupHours) return green('backup', found);
  return {
    ...green('backup', found),
    state: 'red',
    fix: 'read the log: backups fail',
    command: `ls -l ${backupFolder}`,
  };
}

async function databaseRow(storage: Services['storage']): Promise<Diagnostic> {
  try {
    await storage.probe();
    return green('database', 'reads and writes');
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { ...green('database', found), state: 'red', fix: 'check the data', command: 'npx portcal check' };
  }
}
