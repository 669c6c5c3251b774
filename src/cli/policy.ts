/** `portcal policy ...`: the administrator's rules for the whole portal. */
import { Argument, type Command } from 'commander';
import type { Calendar } from '../core/calendar.ts';
import {
  type ExportPolicy,
  exportPolicies,
  ownerKinds,
  setExportPolicy,
} from '../service/people/policies.ts';
import { type Cli, example } from './commands.ts';
import { table } from './io.ts';

export function policyCommands(program: Command, { run }: Cli): void {
  const policy = program.command('policy').description('rules for the whole portal');

  policy
    .command('list')
    .description('the rules in force')
    .addHelpText('after', example('portcal policy list'))
    .action(() =>
      run(async ({ services }) => {
        const found = await exportPolicies(services);
        const rows = [...found].map(([kind, rule]) => [kind, rule === 'owner' ? 'owners decide' : rule]);
        return {
          json: { export: Object.fromEntries(found) },
          lines: table([['CALENDARS OF A', 'EXPORT'], ...rows]),
        };
      }),
    );

  policy
    .command('export')
    .addArgument(new Argument('<kind>', 'whose calendars').choices(ownerKinds))
    .addArgument(new Argument('<rule>', 'who decides').choices(['owner', 'allowed', 'forbidden']))
    .description('let owners of one kind decide about export, or allow or forbid it')
    .addHelpText('after', example('portcal policy export user forbidden'))
    .action((kind: Calendar['ownerKind'], rule: ExportPolicy) =>
      run(async ({ services, actor }) => {
        await setExportPolicy(services, actor, kind, rule);
        const line = rule === 'owner' ? 'their owners decide about export' : `their export is ${rule}`;
        return { json: { export: { [kind]: rule } }, lines: [`calendars of a ${kind}: ${line}`] };
      }),
    );
}
