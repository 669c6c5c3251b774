/** A portlet: heading, a status sentence, its actions. */
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import { attempt } from './fields.tsx';

export function Card(props: {
  readonly title: string;
  readonly status?: string | undefined;
  readonly children: ComponentChildren;
}): VNode {
  const id = useId();
  return (
    <section class="card" aria-labelledby={id}>
      <div class="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.status !== undefined && <span class="card-status">{props.status}</span>}
      </div>
      {props.children}
    </section>
  );
}

/** One line of a card's list: what it is, what is known of it, and one thing to do. */
export function CardRow(props: {
  readonly title: string;
  /** What is absent is left out. */
  readonly details: readonly (string | null | undefined)[];
  readonly action?: { readonly label: string; readonly run: () => Promise<void> } | undefined;
  /** Instead of the action. */
  readonly badge?: string | undefined;
  readonly children?: ComponentChildren;
}): VNode {
  const { title, action, badge } = props;
  return (
    <li>
      <div>
        <strong>{title}</strong>
        <small>{props.details.filter(Boolean).join(' · ')}</small>
      </div>
      {badge !== undefined && <span class="badge">{badge}</span>}
      {action && (
        <button
          type="button"
          class="button button-small"
          aria-label={`${action.label}: ${title}`}
          onClick={() => attempt(action.run)}
        >
          {action.label}
        </button>
      )}
      {props.children && <div class="wide">{props.children}</div>}
    </li>
  );
}
