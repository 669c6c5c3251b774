/** The last runs: what changed, what was skipped and why; and the same as text for support. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeRun, ExchangeStatus } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { CopyRow } from '../ui/copy.tsx';
import { useLoaded } from '../ui/loading.ts';
import { TechnicalDetail } from '../ui/technical-detail.tsx';
import { noteText, reasonText, te, teCode } from './words.ts';

/** Opened by somebody it stays open, and says what a run has added that ends meanwhile. */
export function SyncLog({ lastSync }: Pick<ExchangeStatus, 'lastSync'>): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{te('syncLog')}</summary>
      {isOpen && <Runs lastSync={lastSync} />}
    </details>
  );
}

function Runs({ lastSync }: Pick<ExchangeStatus, 'lastSync'>): VNode {
  const { value, problem } = useLoaded(() => call('GET /exchange/runs'), `${lastSync}`);
  return (
    <>
      {problem !== '' && <p class="problem">{problem}</p>}
      <ul class="rows">
        {value?.runs.map((run) => (
          <li key={run.id}>
            <div>
              <strong>
                {formatStamp(run.started)} · {teCode('outcome', run.outcome, 'outcome_failed')}
              </strong>
              <small>{lineOf(run)}</small>
              {run.notes.map((note) => (
                <small key={note.code}>{noteText(note)}</small>
              ))}
              {run.code !== null && <TechnicalDetail text={run.code} />}
            </div>
          </li>
        ))}
      </ul>
      {value && <CopyRow label={te('copyForSupport')} value={value.text} />}
    </>
  );
}

function lineOf(run: ExchangeRun): string {
  const { read, created, updated, deleted, skipped, failed } = run.counters;
  return [
    teCode('cause', run.cause, 'cause_schedule'),
    te('runLine', { read, created, updated, deleted, skipped, failed }),
    run.reason === null ? '' : reasonText(run.reason, run.code),
  ]
    .filter(Boolean)
    .join(' · ');
}
