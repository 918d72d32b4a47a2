// Tables: fixed headers with scope, numbers to the right, the first cell holds the link of its row.
import { html } from 'hono/html';
import type { Html } from '../page.ts';

export interface Column<T> {
  readonly label: string;
  readonly cell: (row: T) => Html | string | null;
  /** Numbers stand at the right. */
  readonly number?: boolean;
  /** Left out at a phone's width. */
  readonly wideOnly?: boolean;
}

/** A table of rows; `caption` tells screen readers what it lists. */
export function table<T>(options: {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly className?: string;
}): Html {
  const { caption, columns, rows } = options;
  const className = (column: Column<T>) =>
    [column.number === true ? 'number' : '', column.wideOnly === true ? 'wide' : '']
      .filter(Boolean)
      .join(' ');
  return html`<div class="table" role="region" aria-label="${caption}" tabindex="-1">
    <table class="${options.className ?? 'list'}">
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" class="${className(column)}">${column.label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr data-row>
              ${columns.map((column) => html`<td class="${className(column)}">${column.cell(row)}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Names and values, one under the other. Rows with null are left out. */
export function facts(rows: readonly (readonly [string, Html | string | null])[]): Html {
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== null)
      .map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div> `,
      )}
  </dl>`;
}
