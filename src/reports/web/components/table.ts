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
  /** At a phone's width a row is a line of text without headers: the words that such a cell needs. */
  readonly unit?: (row: T) => string;
}

/** A table of rows; `caption` tells screen readers what it lists. */
export function table<T>(options: {
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly className?: string;
}): Html {
  const { caption, columns, rows } = options;
  return html`<div class="table">
    <table class="${options.className ?? 'list'}">
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${attributes(column, null)}>${column.label}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr data-row>
              ${columns.map((column) => html`<td${attributes(column, row)}>${column.cell(row)}</td>`)}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function attributes<T>({ number, wideOnly, unit }: Column<T>, row: T | null): Html {
  const className = [number === true ? 'number' : '', wideOnly === true ? 'wide' : '']
    .filter(Boolean)
    .join(' ');
  return html`${className === '' ? null : html` class="${className}"`}${
    unit === undefined || row === null ? null : html` data-unit="${unit(row)}"`
  }`;
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
