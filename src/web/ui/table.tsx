/** A table that scrolls by itself where it is too wide, also by keyboard. */
import type { ComponentChildren, VNode } from 'preact';

export function Table(props: {
  readonly heads: readonly string[];
  /** The last column holds buttons; this says so to those who hear the page. */
  readonly actions?: string;
  /** Rows. */
  readonly children: ComponentChildren;
}): VNode {
  return (
    <div class="table-scroll" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {props.heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
            {props.actions !== undefined && (
              <th scope="col">
                <span class="visually-hidden">{props.actions}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
