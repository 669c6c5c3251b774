/** `portcal exchange ...`: the Exchange connector at the terminal (exchange.md §16). */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { addKey, connectorVault } from '../app/connector-key.ts';
import type { ExchangeWork } from '../app/exchange.ts';
import { type ExchangeHealth, healthOf } from '../app/exchange-health.ts';
import { packageVersion } from '../app/version.ts';
import type { Settings } from '../config.ts';
import { exchangeEn } from '../i18n/messages/exchange-en.ts';
import { createLog } from '../observability/log.ts';
import { portablePlace } from '../service/connectors/secrets.ts';
import {
  changeSettings,
  loadSettings,
  noteTest,
  resealSecrets,
  servesPeople,
} from '../service/connectors/setting-store.ts';
import { readSettingsFile } from '../service/connectors/settings-file.ts';
import { type Cli, example } from './commands.ts';
import { synchronize } from './exchange-sync.ts';
import { CommandError, type ExitCode, table } from './io.ts';
import { promptSecret, readSecret } from './secret-input.ts';
import type { Session } from './session.ts';

const patienceMs = 300_000;

export function exchangeCommands(program: Command, cli: Cli, settings: () => Promise<Settings>): void {
  const { io, run, runBare } = cli;
  const exchange = program.command('exchange').description('synchronization with Exchange');

  exchange
    .command('check')
    .description('try the connection step by step, as the administration page does')
    .option('--mailbox <address>', 'try access to this mailbox and its calendar')
    .option('--probe', 'also write, read and delete a hidden entry in it')
    .addHelpText('after', example('portcal exchange check --mailbox anna@corp.example'))
    .action(({ mailbox = '', probe = false }: { readonly mailbox?: string; readonly probe?: boolean }) =>
      run(async (session) => {
        const work = await workOf(session);
        const steps = await work.check({ mailbox, probe }, AbortSignal.timeout(patienceMs));
        await work.close();
        const isWell = steps.every(({ ok }) => ok !== false);
        await noteTest(session.services, servesPeople(steps));
        const lines = steps.flatMap(({ step, ok, found, advice }) => {
          const mark = ok === null ? '  -' : ok ? ' ok' : 'BAD';
          const line = `${mark}  ${words(`step_${step}`, step)}${found === '' ? '' : `: ${found}`}`;
          return advice === null ? [line] : [line, `     ${words(`advice_${advice}`, advice)}`];
        });
        return { json: { ok: isWell, steps }, lines, exitCode: isWell ? 0 : 1 };
      }),
    );

  exchange
    .command('sync')
    .description('synchronize now, and wait for the end')
    .option('--mailbox <address>', 'only this mailbox')
    .addHelpText('after', example('portcal exchange sync --mailbox anna@corp.example'))
    .action(({ mailbox }: { readonly mailbox?: string }) =>
      run(async (session) => await synchronize(session, await workOf(session), mailbox)),
    );

  exchange
    .command('status')
    .description('active, degraded or failed; the exit code is 0, 1 or 2')
    .addHelpText('after', example('portcal exchange status'))
    .action(() =>
      run(async ({ services }) => {
        const { values } = await loadSettings(services);
        if (!values.enabled) return { json: { state: 'off' }, lines: ['off: switched off in the settings'] };
        const health = await healthOf(services, undefined);
        return { json: health, lines: statusLines(health), exitCode: exitCodes[health.state] };
      }),
    );

  exchange
    .command('hash-pass')
    .description(
      'encrypt a password for a settings file: prints enc:v1:..., which only this installation can open',
    )
    .option('--password-file <file>', 'file whose first line is the password, - for standard input')
    .addHelpText('after', example('portcal exchange hash-pass --password-file -'))
    .action(({ passwordFile }: { readonly passwordFile?: string }) =>
      runBare(async () => {
        const password =
          passwordFile !== undefined || !io.stdin.isTTY
            ? await readSecret(io, passwordFile ?? '-')
            : await promptSecret(io, 'Password');
        const sealed = await connectorVault(await settings()).seal(portablePlace, password);
        return { json: { password: sealed }, lines: [sealed] };
      }),
    );

  exchange
    .command('import-config')
    .argument('<file>', 'JSON, in which comments are tolerated; - for standard input')
    .description('take settings from a file, instead of those that are set')
    .addHelpText('after', example('portcal exchange import-config exchange.json'))
    .action((file: string) =>
      run(async ({ services, actor, settings: known }) => {
        const { patch, notices } = readSettingsFile(await textOf(io.stdin, file));
        await changeSettings({ services, vault: connectorVault(known) }, actor, patch);
        for (const notice of notices) io.stderr.write(`portcal: ${notice}\n`);
        const taken = [
          ...Object.keys(patch.settings ?? {}),
          ...(patch.serviceAccounts ? [`serviceAccounts (${patch.serviceAccounts.length})`] : []),
        ];
        return { json: { taken, notices }, lines: [`taken: ${taken.join(', ')}`] };
      }),
    );

  exchange
    .command('rotate-key')
    .description('encrypt all stored passwords under a new key')
    .addHelpText('after', example('portcal exchange rotate-key'))
    .action(() =>
      run(async ({ services, actor, settings: known }) => {
        await addKey(known);
        const count = await resealSecrets({ services, vault: connectorVault(known) }, actor);
        const source = known.connectorKey === '' ? 'a new key' : 'the first key of the setting connectorKey';
        return {
          json: { count },
          lines: [`${count} ${count === 1 ? 'password is' : 'passwords are'} encrypted under ${source} now`],
        };
      }),
    );
}

/** Loaded here: other commands do without it. */
async function workOf({ services, settings }: Session): Promise<ExchangeWork> {
  const { createExchangeWork } = await import('../app/exchange.ts');
  return createExchangeWork({
    services,
    vault: connectorVault(settings),
    log: createLog({ level: 'error', format: 'pretty', to: 2 }),
    version: await packageVersion(),
  });
}

const exitCodes: Readonly<Record<ExchangeHealth['state'], ExitCode>> = { active: 0, degraded: 1, failed: 2 };

function statusLines({ state, reasons, links }: ExchangeHealth): readonly string[] {
  const { total, stopped, failing, oldestSyncSeconds } = links;
  return [
    reasons.length === 0 ? state : `${state}: ${reasons.join(', ')}`,
    ...table([
      ['LINKS', 'STOPPED', 'FAILING', 'LONGEST AGO IN STEP'],
      [
        String(total),
        String(stopped),
        String(failing),
        oldestSyncSeconds === null ? '-' : `${oldestSyncSeconds} s`,
      ],
    ]),
  ];
}

/** The page's own words, in English as all of the command line. */
function words(key: string, code: string): string {
  const found: unknown = Object.hasOwn(exchangeEn, key) ? Reflect.get(exchangeEn, key) : undefined;
  return typeof found === 'string' ? found : code;
}

const maxFileBytes = 1024 * 1024;

async function textOf(stdin: NodeJS.ReadableStream, file: string): Promise<string> {
  if (file !== '-') return await readFile(file, 'utf8');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxFileBytes) throw new CommandError('the file is larger than 1 MiB', 2);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}
