/** A table that scrolls in its place, also by keys. */
import type { ComponentChildren } from 'preact';

interface TableProps {
  readonly label: string;
  readonly columns: readonly string[];
  /** Rows. */
  readonly children: ComponentChildren;
  readonly before?: ComponentChildren;
  readonly after?: ComponentChildren;
}

export function Table({ label, columns, children, before, after }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="scroll" tabIndex={0} aria-label={label}>
      {before}
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {after}
    </section>
  );
}
