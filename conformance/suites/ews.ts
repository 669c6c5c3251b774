/** What the suites that run other people's EWS clients against the fake Exchange server have in common. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Checks } from '../checks.ts';
import { type ExchangeOptions, type FakeExchange, startLab } from '../exchange/exchange.ts';
import type { Transcript } from '../exchange/server.ts';
import { schemaErrors, schemaMissing } from '../exchange/validate.ts';
import { projectFolder } from '../paths.ts';

export interface EwsLab {
  readonly exchange: FakeExchange;
  /** Claims that every answer so far is as Microsoft's schema wants it. */
  readonly checkAnswers: (checks: Checks) => Promise<void>;
}

/** Starts a fake with alice, bob and svc; it ends with the suite. */
export async function startEwsLab(signal: AbortSignal, options: ExchangeOptions = {}): Promise<EwsLab> {
  const transcripts: Transcript[] = [];
  const exchange = await startLab({ ...options, onTranscript: (transcript) => transcripts.push(transcript) });
  signal.addEventListener('abort', () => void exchange.close(), { once: true });
  return {
    exchange,
    async checkAnswers(checks) {
      const claim = "every answer of the fake is valid by Microsoft's schema";
      const missing = schemaMissing();
      if (missing !== undefined) return checks.skip(claim, missing);
      const answers = transcripts.map(({ operation, response }, index) => ({
        name: `${index}-${operation}`,
        text: response,
      }));
      const errors = await schemaErrors(answers);
      checks.check(
        `${claim} (${answers.length} of them)`,
        errors.length === 0,
        errors.slice(0, 3).join(' / '),
      );
    },
  };
}

/** A certificate that no authority has signed. */
export async function selfSigned(): Promise<{ readonly key: string; readonly cert: string }> {
  const read = (name: string): Promise<string> =>
    readFile(join(projectFolder, 'test/data/tls', name), 'utf8');
  return { key: await read('first.key.pem'), cert: await read('first.cert.pem') };
}
