// Annotations of a report: public ones open, protected ones marked and collapsed, and absent without the right.
import { html } from 'hono/html';
import { excerpt } from '../../view/excerpt.ts';
import type { SeenAnnotation, SeenReport } from '../../gate/seen-report.ts';
import type { Html } from '../page.ts';
import { count, typed } from './value-table.ts';

/** Bytes of HTML that all rows of a page may take together, one value, one name, and the markup of a row. */
const PAGE_BUDGET = 17_500;
const VALUE_BUDGET = 3000;
const NAME_BUDGET = 200;
const ROW_COST = 180;

/** The section. `full` is the whole of everything, for which the page may grow. */
export function annotationSection(
  seen: Pick<SeenReport, 'annotations' | 'hidden'>,
  options: { readonly full: boolean; readonly fullLink: string },
): Html {
  const budget = { left: options.full ? Number.POSITIVE_INFINITY : PAGE_BUDGET };
  const open = seen.annotations.filter((annotation) => !annotation.protected);
  const closed = seen.annotations.filter((annotation) => annotation.protected);
  const publicTable = rows(open, { ...options, budget });
  const protectedTable = rows(closed, { ...options, budget });
  return html`<section aria-labelledby="annotations">
    <h2 id="annotations">
      Annotations <span class="quiet">${count(seen.annotations.length + seen.hidden)}</span>
    </h2>
    ${open.length === 0 && closed.length === 0 && seen.hidden === 0 ? html`<p class="quiet">The report has none.</p>` : null}
    ${publicTable}
    ${
      closed.length === 0
        ? null
        : html`<details class="protected" ${options.full ? html` open` : null}>
            <summary>
              ${count(closed.length)} protected ${closed.length === 1 ? 'annotation' : 'annotations'}
            </summary>
            ${protectedTable}
          </details>`
    }
    ${
      seen.hidden === 0
        ? null
        : html`<p class="quiet">
            ${count(seen.hidden)} protected ${seen.hidden === 1 ? 'annotation is' : 'annotations are'} not
            shown: your account does not have the right to see protected data.
          </p>`
    }
  </section>`;
}

interface RowOptions {
  readonly full: boolean;
  readonly fullLink: string;
  readonly budget: { left: number };
}

function rows(annotations: readonly SeenAnnotation[], options: RowOptions): Html | null {
  if (annotations.length === 0) return null;
  const shown: Html[] = [];
  for (const annotation of annotations) {
    if (options.budget.left < ROW_COST + NAME_BUDGET) break;
    shown.push(row(annotation, options));
  }
  const left = annotations.length - shown.length;
  return html`<table class="pairs">
      <thead class="unseen">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        ${shown}
      </tbody>
    </table>
    ${left === 0 ? null : html`<p><a href="${options.fullLink}">Show ${count(left)} more</a></p>`}`;
}

function row({ key, value }: SeenAnnotation, { full, fullLink, budget }: RowOptions): Html {
  const name = full ? key : excerpt(key, NAME_BUDGET).text;
  const part = full
    ? { text: value, complete: true, cost: 0 }
    : excerpt(value, Math.min(VALUE_BUDGET, budget.left - ROW_COST - NAME_BUDGET));
  budget.left -= ROW_COST + excerpt(name, NAME_BUDGET).cost + part.cost;
  return html`<tr>
    <th scope="row">${name}</th>
    <td>
      ${typed(key, value, part.text)}${
        part.complete ? null : html`… <a href="${fullLink}">all ${count(value.length)} characters</a>`
      }
    </td>
  </tr>`;
}
