import { join } from 'node:path';
import { moduleUrl } from '../install.ts';
import { projectFolder } from '../paths.ts';
import { run } from '../process.ts';
import type { Suite } from '../suite.ts';
import { startEwsLab } from './ews.ts';

/** Microsoft's own object model in JavaScript; in a process of its own, because loading it costs a hundred megabytes. */
export const ewsJavascriptApi: Suite = {
  name: 'ews-javascript-api',
  about: "Microsoft's managed API in JavaScript against the fake Exchange server",
  limitSeconds: 90,
  modules: ['ews-javascript-api'],

  async run({ checks, outFolder, signal }) {
    const { exchange, checkAnswers } = await startEwsLab(signal);
    try {
      const script = join(projectFolder, 'conformance/suites/ews-javascript-api.mjs');
      const { code, stdout, stderr } = await run(
        process.execPath,
        [script, moduleUrl('ews-javascript-api'), exchange.url],
        {
          limitSeconds: 80,
          signal,
          logFile: join(outFolder, 'log.txt'),
        },
      );
      for (const line of stdout.split('\n')) {
        if (!line.startsWith('{"claim"')) continue;
        const { claim, holds, detail }: { claim: string; holds: boolean; detail?: unknown } =
          JSON.parse(line);
        checks.check(claim, holds, JSON.stringify(detail ?? ''));
      }
      if (code !== 0) checks.check('the script runs to its end', false, stderr.slice(-400));
      const seen = exchange.outlook('alice@lab.test').find('From the managed API');
      checks.check('what it saved is in the mailbox', seen?.start === '2026-11-27T10:00:00Z', seen?.start);
      await checkAnswers(checks);
    } finally {
      await exchange.close();
    }
  },
};
