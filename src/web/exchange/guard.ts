/** The guard's question: many events are gone on one side; shall they go on the other too? */
import { call } from '../client.ts';
import { ask } from '../state/questions.ts';
import { take } from './status.ts';
import { te } from './words.ts';

export async function askGuard(): Promise<void> {
  const answer = await ask(
    te('guardTitle'),
    [te('guardText')],
    [
      { value: 'keep', label: te('guardKeep'), kind: 'primary' },
      { value: 'proceed', label: te('guardProceed'), kind: 'danger' },
    ],
  );
  if (answer === undefined) return;
  take(await call('POST /exchange/guard', { body: { proceed: answer === 'proceed' } }));
}
