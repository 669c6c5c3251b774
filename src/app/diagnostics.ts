/** The state of the installation, for its administrator: each row says what was found and what to do where something is wrong (portal.md 3.10). */
import { statfs } from 'node:fs/promises';
import type { Settings } from '../config.ts';
import type { Diagnostic, DiagnosticFound } from '../portal/api.ts';
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
  return [
    tlsRow(publicUrl),
    publicAddressRow(settings.publicUrl, publicUrl),
    {
      ...green('well-known', 'well-known', {
        from: `${new URL(publicUrl).origin}/.well-known/caldav`,
        to: `${publicUrl}/dav/`,
      }),
      command: `npx portcal doctor ${publicUrl}`,
    },
    clockRow(clock.now()),
    green('mail', 'no-mail'),
    await diskRow(settings.data),
    await backupRow(settings, clock.now()),
    await databaseRow(storage),
    green('versions', 'versions', {
      portcal: version,
      node: process.version,
      schema: String(migrations.length),
    }),
  ];
}

/** A row with nothing to mend; rows that need attention are made from it. */
function green(
  name: Diagnostic['name'],
  found: DiagnosticFound,
  values: Readonly<Record<string, string>> = {},
): Diagnostic {
  return { name, state: 'green', found, values, fix: null, command: null };
}

const setAddress = 'npm start -- --public-url https://cal.example.com';

function tlsRow(address: string): Diagnostic {
  if (address.startsWith('https:')) return green('tls', 'encrypted', { address });
  const row = green('tls', 'not-encrypted', { address });
  return { ...row, state: 'amber', fix: 'encrypt', command: setAddress };
}

function publicAddressRow(setting: string, address: string): Diagnostic {
  if (setting !== '') return green('public-address', 'address-set', { address: setting });
  const row = green('public-address', 'address-unset', { address });
  return { ...row, state: 'amber', fix: 'set-address', command: setAddress };
}

/** A clock that shows a time before this program was written was never set. */
function clockRow(now: number): Diagnostic {
  const row = green('clock', 'clock', { time: new Date(now).toISOString() });
  if (now > Date.UTC(2025, 0, 1)) return row;
  return { ...row, state: 'red', fix: 'set-clock', command: 'timedatectl' };
}

async function diskRow(folder: string): Promise<Diagnostic> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const row = green('disk', 'disk-free', { bytes: String(free) });
  if (free > 2 * gibi) return row;
  const state = free > gibi / 2 ? 'amber' : 'red';
  return { ...row, state, fix: 'make-room', command: `du -sh ${folder}` };
}

async function backupRow({ backupFolder, backupHours }: Settings, now: number): Promise<Diagnostic> {
  if (backupFolder === '') {
    const command = 'npm start -- --backup-folder /var/backups/portcal';
    return { ...green('backup', 'backups-off'), state: 'amber', fix: 'make-backups', command };
  }
  const newest = await newestBackupMs(backupFolder).catch(() => undefined); // The folder is made with the first backup.
  if (newest === undefined)
    return { ...green('backup', 'backups-none', { folder: backupFolder }), state: 'amber' };
  const hours = Math.max(0, (now - newest) / hourMs);
  const row = green('backup', 'backups-age', { n: hours.toFixed(0) });
  if (hours < 2 * backupHours) return row;
  return { ...row, state: 'red', fix: 'read-log', command: `ls -l ${backupFolder}` };
}

async function databaseRow(storage: Services['storage']): Promise<Diagnostic> {
  try {
    await storage.probe();
    return green('database', 'database-well');
  } catch (error) {
    // The error's code if it has one: the sentence around it is in the reader's language.
    const { code, message }: { readonly code?: unknown; readonly message?: string } =
      error instanceof Error ? error : {};
    const problem = typeof code === 'string' ? code : (message ?? String(error));
    const row = green('database', 'database-broken', { problem });
    return { ...row, state: 'red', fix: 'check-data', command: 'npx portcal check' };
  }
}
