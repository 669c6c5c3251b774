/** A portlet: heading, a status sentence, its actions. */
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';

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
