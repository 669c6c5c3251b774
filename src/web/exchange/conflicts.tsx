/** What had been changed on both sides: which word stands, and which was overruled. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeConflict, ExchangeStatus } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatDay, formatStamp } from '../dates.ts';
import { changeEvent, type Target } from '../event/write.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { useWords } from './part.ts';
import { te, teCode } from './words.ts';

export function Conflicts({ lastSync }: Pick<ExchangeStatus, 'lastSync'>): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{te('conflicts')}</summary>
      {isOpen && <List lastSync={lastSync} />}
    </details>
  );
}

interface HistoryProps {
  readonly event: Target & { readonly readOnly: boolean; readonly title: string };
  readonly onTaken: () => void;
}

/** In the history of one event; nothing where both sides have always agreed. What lost can be taken after all. */
export function EventConflicts({ event, onTaken }: HistoryProps): VNode | null {
  const { uid } = event;
  const isSpoken = useWords();
  const { value } = useLoaded(() => call('GET /exchange/conflicts', { query: { uid } }), uid);
  if (!isSpoken || !value || value.conflicts.length === 0) return null;
  const take = async ({ take: patch, recurrenceId }: ExchangeConflict): Promise<void> => {
    if (patch === null) return;
    const scope = recurrenceId === null ? 'all' : 'one';
    const said = t('eventSaved', { title: event.title || t('noTitle') });
    if ((await changeEvent({ ...event, recurrenceId }, patch, said, scope)) !== 'cancelled') onTaken();
  };
  return (
    <details>
      <summary>{te('conflicts')}</summary>
      <Rows
        conflicts={value.conflicts}
        headOf={(conflict) => headOf({ ...conflict, title: '' })}
        {...(!event.readOnly && { onTake: (conflict) => attempt(() => take(conflict)) })}
      />
    </details>
  );
}

function List({ lastSync }: Pick<ExchangeStatus, 'lastSync'>): VNode {
  const { value, problem } = useLoaded(() => call('GET /exchange/conflicts'), `${lastSync}`);
  return (
    <>
      <p class="hint">{te('conflictsHint')}</p>
      {problem !== '' && <p class="problem">{problem}</p>}
      {value?.conflicts.length === 0 && <p class="hint">{te('noIssues')}</p>}
      <Rows
        conflicts={value?.conflicts ?? []}
        headOf={(conflict) => headOf({ ...conflict, title: conflict.title || t('noTitle') })}
      />
    </>
  );
}

function Rows(props: {
  readonly conflicts: readonly ExchangeConflict[];
  readonly headOf: (conflict: ExchangeConflict) => string;
  readonly onTake?: (conflict: ExchangeConflict) => void;
}): VNode {
  const { onTake } = props;
  return (
    <ul class="rows">
      {props.conflicts.map((conflict) => (
        <li key={conflict.id}>
          <div>
            <strong>{props.headOf(conflict)}</strong>
            <small>{lineOf(conflict)}</small>
          </div>
          {onTake && conflict.take !== null && (
            <button
              type="button"
              class="button button-small"
              aria-label={`${te('takeIt')}: ${props.headOf(conflict)}`}
              onClick={() => onTake(conflict)}
            >
              {te('takeIt')}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

function headOf({ title, instance, field }: ExchangeConflict): string {
  return [title, instance === null ? '' : formatDay(instance), teCode('field', field, 'field_event')]
    .filter(Boolean)
    .join(' · ');
}

function lineOf({ at, here, there, kept }: ExchangeConflict): string {
  const isHere = kept === 'here';
  const values = { kept: wordOf(isHere ? here : there), lost: wordOf(isHere ? there : here) };
  return `${formatStamp(at)} · ${te(isHere ? 'keptHere' : 'keptThere', values)}`;
}

function wordOf(value: string | null): string {
  return value === null ? te('wasDeleted') : value === '' ? '–' : value;
}
