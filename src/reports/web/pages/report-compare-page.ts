// /bugs/{number}/reports/compare?one={crash id}&other={crash id}: two reports of a bug side by side: facts, annotations, values, stacks and
// modules, with what differs marked. Both come from the gate, so that neither side tells more than its own page.
import { html } from 'hono/html';
import type { ProcessedCrash, ProcessedReport } from '../../../report/processed-report.ts';
import type { Bug } from '../../../store/bugs.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import {
  besideByName,
  factsBeside,
  framesBeside,
  modulesBeside,
  stackOf,
  valuesOf,
} from '../../view/compare-reports.ts';
import type { Beside, FrameBeside } from '../../view/compare-reports.ts';
import { excerpt } from '../../view/excerpt.ts';
import { bugTitle } from '../components/bug-links.ts';
import { field } from '../components/form-controls.ts';
import { count, nothing, time } from '../components/value-table.ts';
import { namedBug } from '../named-bug.ts';
import { PageError } from '../page.ts';
import type { Html, MemberPage, MemberRequest } from '../page.ts';

const CELL_BUDGET = 400;
/** Rows of a table that are shown at once; those that are the same are folded. */
const SHOWN = 150;
const SHOWN_FRAMES = 120;

interface Side {
  readonly report: SeenReport;
  readonly processed: ProcessedReport;
  readonly crash: ProcessedCrash;
  readonly neighbours: { readonly newer: string | null; readonly older: string | null };
}

export const reportComparePage: MemberPage = {
  path: '/bugs/:bug/reports/compare',
  access: 'read',
  nav: 'bugs',
  async view(request) {
    const { url, person } = request;
    const bug = await namedBug(request);
    const named = (name: string): string => (url.searchParams.get(name) ?? '').trim().slice(0, 100);
    const first = named('one') === '' ? bug.newestReport : named('one');
    const one = first === null ? null : await sideOf(request, bug, first);
    if (one === null) throw missing();
    const second = named('other') === '' ? (one.neighbours.older ?? one.neighbours.newer) : named('other');
    const other = second === null ? null : await sideOf(request, bug, second);
    if (second !== null && other === null) throw missing();
    return {
      kind: 'html',
      title: `Two reports of bug ${bug.id}`,
      secret: person.seesProtected,
      body: html`<h1>Two reports of <a href="/bugs/${bug.id}">${bugTitle(bug.title)}</a></h1>
        ${
          other === null
            ? html`<p class="empty">The bug has no second report that is stored.</p>`
            : html`${heads(bug, [one, other], request.now)} ${comparison(one, other)}`
        }
        <form method="get" action="/bugs/${bug.id}/reports/compare" class="row-form">
          ${field({ name: 'one', label: 'Crash id', value: one.report.crashId, required: true, maxLength: 100 })}
          ${field({ name: 'other', label: 'Crash id of the other', value: other?.report.crashId ?? '', required: true, maxLength: 100 })}
          <button>Compare</button>
        </form>`,
    };
  },
};

function missing(): PageError {
  return new PageError(
    404,
    'The bug has no processed report with this crash id; it may have been pruned.',
    'Choose two reports from the list of the bug.',
  );
}

/** Null: there is no such report, it is not processed, or it is not of the bug. */
async function sideOf({ seen }: MemberRequest, bug: Bug, crashId: string): Promise<Side | null> {
  const [report, found, neighbours] = await Promise.all([
    seen.getReport(crashId),
    seen.getProcessed(crashId),
    seen.reportNeighbours(bug.id, crashId),
  ]);
  const at = found?.bugIds.indexOf(bug.id) ?? -1;
  const crash = found?.processed.crashes[at];
  if (report === null || found === null || crash === undefined) return null;
  return { report, processed: found.processed, crash, neighbours };
}

/** Which two they are, with a step to the next of either. */
function heads(bug: Bug, sides: readonly [Side, Side], now: number): Html {
  const link = (one: string, other: string, words: string): Html =>
    html`<a href="/bugs/${bug.id}/reports/compare?one=${one}&amp;other=${other}">${words}</a>`;
  return html`<div class="pair">
    ${sides.map(({ report, neighbours }, at) => {
      const beside = sides[1 - at]?.report.crashId ?? '';
      const step = (to: string | null, words: string): Html | null =>
        to === null || to === beside ? null : at === 0 ? link(to, beside, words) : link(beside, to, words);
      return html`<p>
        <a href="/reports/${report.crashId}"><code>${report.crashId.slice(0, 8)}</code></a>
        <span class="quiet">${excerpt(report.version ?? 'no version', 60).text}, ${time(report.receivedAt, now)}</span>
        ${step(neighbours.newer, '‹ newer')} ${step(neighbours.older, 'older ›')}
      </p>`;
    })}
  </div>`;
}

function comparison(one: Side, other: Side): Html {
  const annotations = besideByName(one.report.annotations, other.report.annotations);
  const hidden = one.report.hidden + other.report.hidden;
  const ids: readonly [string, string] = [one.report.crashId.slice(0, 8), other.report.crashId.slice(0, 8)];
  const frames = framesBeside(stackOf(one.crash), stackOf(other.crash));
  return html`${section('facts', 'The crash', factsBeside(one.processed, other.processed, [one.crash, other.crash]), ids)}
    ${stacks(frames, ids)} ${section('annotations', 'Annotations', annotations, ids)}
    ${hidden === 0 ? null : html`<p class="quiet">${count(hidden)} protected annotations are not shown: your account does not have the right to see protected data.</p>`}
    ${section('values', 'Values', besideByName(valuesOf(one.crash), valuesOf(other.crash)), ids)}
    ${section('modules', 'Modules', modulesBeside(one.processed, other.processed), ids)}`;
}

/** What differs is open, what is the same folded, and protected rows are folded by themselves. */
function section(
  id: string,
  title: string,
  rows: readonly Beside[],
  ids: readonly [string, string],
): Html | null {
  if (rows.length === 0) return null;
  const differing = rows.filter((row) => row.differs);
  const open = differing.filter((row) => !row.protected);
  const guarded = differing.filter((row) => row.protected);
  const same = rows.filter((row) => !row.differs && !row.protected);
  const sameGuarded = rows.length - differing.length - same.length;
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title} <span class="quiet">${differing.length === 0 ? 'all the same' : `${count(differing.length)} of ${count(rows.length)} differ`}</span></h2>
    ${open.length === 0 ? null : table(title, open, ids)}
    ${
      guarded.length === 0
        ? null
        : html`<details class="protected">
            <summary>${count(guarded.length)} protected that differ</summary>
            ${table(`${title}, protected`, guarded, ids)}
          </details>`
    }
    ${
      same.length === 0
        ? null
        : html`<details>
            <summary class="quiet">${count(same.length)} the same</summary>
            ${table(`${title} that are the same`, same, ids)}
          </details>`
    }
    ${sameGuarded === 0 ? null : html`<p class="quiet">${count(sameGuarded)} protected ${sameGuarded === 1 ? 'one is' : 'ones are'} the same.</p>`}
  </section>`;
}

function table(caption: string, rows: readonly Beside[], ids: readonly [string, string]): Html {
  return html`<div class="table">
      <table class="compare three">
        <caption class="unseen">${caption}</caption>
        <thead>
          <tr>
            <th scope="col"><span class="unseen">Name</span></th>
            ${ids.map((id) => html`<th scope="col"><code>${id}</code></th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, SHOWN).map(
            (row) =>
              html`<tr>
                <th scope="row">${excerpt(row.name, 120).text}</th>
                ${cell(row.one, row.differs)} ${cell(row.other, row.differs)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${rows.length > SHOWN ? html`<p class="quiet">and ${count(rows.length - SHOWN)} more.</p>` : null}`;
}

/** What differs is bold: the mark does not hang on a colour. */
function cell(value: string | null, differs: boolean): Html {
  if (value === null) return html`<td class="value">${nothing}</td>`;
  const { text, complete } = excerpt(value, CELL_BUDGET);
  const shown = `${text}${complete ? '' : '…'}`;
  return differs
    ? html`<td class="value"><strong>${shown}</strong></td>`
    : html`<td class="value">${shown}</td>`;
}

function stacks(frames: readonly FrameBeside[], ids: readonly [string, string]): Html | null {
  if (frames.length === 0) return null;
  const differing = frames.filter(({ differs }) => differs !== 'no').length;
  return html`<section aria-labelledby="stacks">
    <h2 id="stacks">Stacks <span class="quiet">${differing === 0 ? 'the same' : `${count(differing)} of ${count(frames.length)} frames differ`}</span></h2>
    <div class="table">
      <table class="compare">
        <caption class="unseen">
          Stacks side by side, innermost first
        </caption>
        <thead>
          <tr>
            ${ids.map((id) => html`<th scope="col"><code>${id}</code></th>`)}
          </tr>
        </thead>
        <tbody>
          ${frames.slice(0, SHOWN_FRAMES).map(
            ({ one, other, differs }) =>
              html`<tr>
                ${cell(one, differs !== 'no')} ${cell(other, differs !== 'no')}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${frames.length > SHOWN_FRAMES ? html`<p class="quiet">and ${count(frames.length - SHOWN_FRAMES)} more rows.</p>` : null}
  </section>`;
}
