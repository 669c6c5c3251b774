/** What had been changed on both sides: which word stands, and which was overruled. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeConflict } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatDay, formatStamp } from '../dates.ts';
import { t } from '../text.ts';
import { useLoaded } from '../ui/loading.ts';
import { te, teCode } from './words.ts';

export function Conflicts(): VNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="log" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{te('conflicts')}</summary>
      {isOpen && <List />}
    </details>
  );
}

function List(): VNode {
  const { value, problem } = useLoaded(() => call('GET /exchange/conflicts'), '');
  return (
    <>
      <p class="hint">{te('conflictsHint')}</p>
      {problem !== '' && <p class="problem">{problem}</p>}
      {value?.conflicts.length === 0 && <p class="hint">{te('noIssues')}</p>}
      <ul class="rows">
        {value?.conflicts.map((conflict) => (
          <li key={conflict.id}>
            <div>
              <strong>{headOf(conflict)}</strong>
              <small>{lineOf(conflict)}</small>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function headOf({ title, instance, field }: ExchangeConflict): string {
  return [
    title || t('noTitle'),
    instance === null ? '' : formatDay(instance),
    teCode('field', field, 'field_event'),
  ]
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
