// The cases of a bug: distinct full stacks, severities or contexts. Any of them can become a bug of its own.
import { html } from 'hono/html';
import type { Bug, BugCase } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { table } from './table.ts';
import { count, nothing, time } from './value-table.ts';

const SHOWN = 12;

/** The section; nothing where the bug has one case only. */
export function bugCases(
  bug: Bug,
  cases: readonly BugCase[],
  options: {
    readonly now: number;
    readonly csrf: string;
    readonly mayChange: boolean;
    /** How a case differs from the first one, by its number. */
    readonly differences: ReadonlyMap<number, string>;
  },
): Html | null {
  if (cases.length < 2) return null;
  const { now, csrf, mayChange, differences } = options;
  const usual = cases[0]?.sample ?? null;
  return html`<section aria-labelledby="cases">
    <h2 id="cases">Cases <span class="quiet">${count(cases.length)}</span></h2>
    ${table({
      caption: 'Cases by number of crashes',
      rows: cases.slice(0, SHOWN),
      columns: [
        {
          label: 'Sample',
          cell: (one) =>
            one.sample === null
              ? html`<span class="quiet">not stored</span>`
              : html`<a class="row" href="/reports/${one.sample}"><code>${one.sample.slice(0, 8)}</code></a>`,
        },
        {
          label: 'How it differs',
          cell: (one) =>
            one === cases[0]
              ? html`<span class="quiet">the most frequent</span>`
              : html`${differences.get(one.id) ?? nothing}${one.sample === null || usual === null ? null : html` <a href="/bugs/${bug.id}/reports/compare?one=${usual}&amp;other=${one.sample}">side by side</a>`}`,
        },
        {
          label: 'Context',
          cell: (one) =>
            html`${one.severity === 'major' ? html`<span class="broken">major</span> ` : null}${one.context === null ? (one.severity === 'major' ? null : nothing) : excerpt(one.context, 120).text}`,
        },
        {
          label: 'Crashes',
          number: true,
          unit: (one) => (one.count === 1 ? 'crash' : 'crashes'),
          cell: (one) => count(one.count),
        },
        { label: 'First seen', wideOnly: true, cell: (one) => time(one.firstSeenAt, now) },
        { label: 'Last seen', cell: (one) => time(one.lastSeenAt, now) },
        ...(mayChange
          ? [
              {
                label: 'Split',
                cell: (one: BugCase) =>
                  form(
                    { to: `/bugs/${bug.id}`, action: 'split', csrf, className: 'inline' },
                    html`<input type="hidden" name="case" value="${one.id}" /><button class="plain">Make a bug of it</button>`,
                  ),
              },
            ]
          : []),
      ],
    })}
    ${cases.length > SHOWN ? html`<p class="quiet">and ${count(cases.length - SHOWN)} more in <a href="/api">the API</a>.</p>` : null}
  </section>`;
}
