/** *Test connection*: every step with its result, and one sentence on what to do where one failed. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeTestAnswer } from '../../portal/api.ts';
import { call } from '../client.ts';
import { t } from '../text.ts';
import { CheckField, Form, TextField } from '../ui/fields.tsx';
import { TechnicalDetail } from '../ui/technical-detail.tsx';
import { te, teCode } from './words.ts';

export function ConnectionTest(): VNode {
  const [mailbox, setMailbox] = useState('');
  const [probe, setProbe] = useState(false);
  const [answer, setAnswer] = useState<ExchangeTestAnswer | 'running'>();
  const run = async (): Promise<void> => {
    setAnswer('running');
    try {
      setAnswer(await call('POST /admin/exchange/test', { body: { mailbox: mailbox.trim(), probe } }));
    } catch (error) {
      setAnswer(undefined);
      throw error;
    }
  };
  return (
    <Form class="card-form" onSubmit={run} submitLabel={te('test')}>
      <TextField label={te('testMailbox')} type="email" value={mailbox} onValue={setMailbox} />
      <CheckField label={te('testProbe')} checked={probe} onChecked={setProbe} />
      <div role="status">
        {answer === 'running' && <p>{te('testing')}</p>}
        {answer !== undefined && answer !== 'running' && (
          <ul class="rows">
            {answer.steps.map(({ step, ok, found, advice }) => (
              <li key={step}>
                <span class={`light light-${ok === null ? 'off' : ok ? 'green' : 'red'}`} />
                <div>
                  <strong>
                    {teCode('step', step, 'step_http')}:{' '}
                    {ok === null ? te('notTried') : t(ok ? 'passed' : 'failed')}
                  </strong>
                  {advice !== null && <small>{teCode('advice', advice, 'advice_other')}</small>}
                  {found !== '' && <TechnicalDetail text={found} />}
                </div>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Form>
  );
}
