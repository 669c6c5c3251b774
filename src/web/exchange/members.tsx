/** Who is on a distribution list that is invited: shown, never written (exchange.md §11.2). */
import type { VNode } from 'preact';
import { call } from '../client.ts';
import { useLoaded } from '../ui/loading.ts';
import { useWords } from './part.ts';
import { te } from './words.ts';

export function ListMembers(query: { readonly uid: string; readonly address: string }): VNode {
  const isSpoken = useWords();
  const { value, problem } = useLoaded(() => call('GET /exchange/members', { query }), query.address);
  const members = value?.members;
  return (
    <div role="status">
      {problem !== '' && <p class="problem">{problem}</p>}
      {isSpoken && members === null && <p class="hint">{te('noList')}</p>}
      {isSpoken && members?.length === 0 && <p class="hint">{te('noMembers')}</p>}
      <ul class="plain-list">
        {members?.map(({ name, address }, index) => (
          <li key={index}>
            {name || address} {name !== '' && name !== address && <small>{address}</small>}
          </li>
        ))}
      </ul>
    </div>
  );
}
