// The upper part of a report's page: what the processor made of it. Its bug, stacks, native details, notes; or why it
// could not be processed.
import { html } from 'hono/html';
import type { ProcessedCrash, ProcessedReport } from '../../../report/processed-report.ts';
import type { FrameLinker } from '../../../report/source/source-address.ts';
import type { SeenReport } from '../../gate/seen-report.ts';
import type { Bug } from '../../../store/bugs.ts';
import { excerpt } from '../../view/excerpt.ts';
import { readNativeDump } from '../../view/native-dump.ts';
import { withOtherBuilds } from '../../view/other-builds.ts';
import type { NativeDump } from '../../view/native-dump.ts';
import type { Html } from '../page.ts';
import { bugLink } from './bug-links.ts';
import { coverStack, otherThreads } from './crash.ts';
import { crashpadAnnotations, moduleSummary, nativeFacts, registers } from './native-crash.ts';
import type { NativeOptions } from './native-crash.ts';
import { form, field } from './form-controls.ts';
import { pairList } from './pair-list.ts';
import { symbolUploadForm } from './symbol-upload-form.ts';
import { facts } from './table.ts';
import { count, exactTime } from './value-table.ts';

/** Bytes of HTML for all stacks of the page. */
const STACK_BUDGET = 13_000;
const MAX_CRASHES = 5;
const SHOWN_NOTES = 12;

export interface ProcessedOptions {
  readonly report: SeenReport;
  readonly processed: ProcessedReport;
  /** The bug of each crash; null where it is gone. */
  readonly bugs: readonly (Bug | null)[];
  readonly why: readonly string[];
  /** Symbol files by debug file, of the modules that lack symbols. */
  readonly builds: ReadonlyMap<string, number>;
  /** The addresses of the frames' lines. */
  readonly source: FrameLinker | null;
  readonly seesProtected: boolean;
  readonly mayChange: boolean;
  readonly csrf: string;
}

/** The name of the dump that a native crash is about: the crashed process first. */
export function mainDump(processed: ProcessedReport): string | null {
  const names = Object.keys(processed.minidumps);
  return names.find((name) => name === 'upload_file_minidump') ?? names[0] ?? null;
}

/** The native crash of a report with what its links need; null: it has none. */
export function nativeOf(
  report: SeenReport,
  processed: ProcessedReport,
  options: { readonly builds: ReadonlyMap<string, number>; readonly seesProtected: boolean },
): { readonly native: NativeDump; readonly nativeOptions: NativeOptions } | null {
  const dump = mainDump(processed);
  if (dump === null) return null;
  return {
    native: withOtherBuilds(readNativeDump(processed.minidumps[dump]), options.builds),
    nativeOptions: { crashId: report.crashId, dump, seesProtected: options.seesProtected },
  };
}

/** Stacks and what else was derived from the report; the headline says the rest. */
export function processedSections(options: ProcessedOptions): Html {
  const { processed, report } = options;
  const found = nativeOf(report, processed, options);
  const native = found?.native ?? null;
  const nativeOptions = found?.nativeOptions ?? { crashId: report.crashId, dump: '', seesProtected: false };
  const shown = processed.crashes.slice(0, MAX_CRASHES);
  const budget = { left: STACK_BUDGET };
  return html`${
    processed.status === 'unprocessable'
      ? html`<p class="fault">
          This report could not be understood: ${excerpt(processed.problem ?? 'no reason is known', 500).text}. What it holds
          is kept below; it is processed again when the processor improves.
        </p>`
      : null
  }
  ${shown.map((crash, position) => crashSection(crash, position, { ...options, budget, native, nativeOptions }))}
  ${processed.crashes.length > shown.length ? html`<p class="quiet">and ${count(processed.crashes.length - shown.length)} more crashes in the <a href="/reports/${report.crashId}/processed">processed JSON</a>.</p>` : null}
  ${native === null ? null : html`${moduleSummary(native, nativeOptions, options.mayChange ? symbolUploadForm(options.csrf, report.crashId) : null)} ${crashpadAnnotations(native, nativeOptions)}`}`;
}

interface CrashSectionOptions extends ProcessedOptions {
  readonly budget: { left: number };
  readonly native: NativeDump | null;
  readonly nativeOptions: NativeOptions;
}

function crashSection(crash: ProcessedCrash, position: number, options: CrashSectionOptions): Html {
  const { report, processed, native, nativeOptions, seesProtected, budget } = options;
  const { crashId } = report;
  const several = processed.crashes.length > 1;
  const id = position === 0 ? 'crash' : `crash-${position}`;
  const text = `/reports/${crashId}/stack.txt${position === 0 ? '' : `?crash=${position}`}`;
  // The title names the kind, or the sentence below it does.
  const isHeadlined = crash.kind === 'native' || crash.signature.includes(crash.exceptions[0]?.kind ?? ' ');
  const stackOptions = {
    crashId,
    position,
    seesProtected,
    budget,
    product: report,
    source: options.source,
    said: position === 0 && isHeadlined,
  };
  const isNative = crash.kind === 'native' && native !== null && position === 0;
  return html`<section aria-labelledby="${id}">
    <div class="heading">
      <h2 id="${id}">${several ? `Crash ${position + 1} of ${count(processed.crashes.length)}` : 'Stack'}</h2>
      <p>
        <a href="${text}">as text</a> <button type="button" class="copy" data-copy-from="${text}" hidden>Copy</button>
      </p>
    </div>
    ${position === 0 ? null : bugLine(options.bugs[position] ?? null, crash)}
    ${position === 0 || crash.exceptions.length > 0 ? null : html`<p class="message value">${excerpt(crash.message, 1500).text}</p>`}
    ${facts([
      ['Role', crash.role === null ? null : excerpt(crash.role, 100).text],
      ['Context', crash.context === null ? null : excerpt(crash.context, 200).text],
      ['Severity', crash.severity === 'normal' ? null : html`<span class="broken">${crash.severity}</span>`],
      ['Stands for', crash.count === 1 ? null : `${count(crash.count)} crashes`],
    ])}
    ${coverStack(crash, stackOptions)}
    ${isNative ? html`${nativeFacts(native, nativeOptions)} ${registers(native, nativeOptions)}` : null}
    ${otherThreads(crash, stackOptions)} ${sections(crash, options)}
  </section>`;
}

function bugLine(bug: Bug | null, crash: ProcessedCrash): Html {
  if (bug === null) return html`<p>${excerpt(crash.signature, 300).text}</p>`;
  return html`<p>
    Bug ${bug.id}: ${bugLink(bug)} <span class="quiet">${bug.state}, ${count(bug.count)} ${bug.count === 1 ? 'crash' : 'crashes'}</span>
  </p>`;
}

/** Bytes of HTML for the values of all sections of a page. */
const SECTIONS_BUDGET = 5000;
const MAX_SECTIONS = 12;

/** Named values of the crash; the annotations are a section of the page already. */
function sections(crash: ProcessedCrash, { seesProtected }: ProcessedOptions): Html | null {
  const seen = crash.sections.filter(
    (section) =>
      (seesProtected || !section.protected) && section.name !== 'annotations' && section.values.length > 0,
  );
  if (seen.length === 0) return null;
  const budget = { left: SECTIONS_BUDGET };
  return html`${seen.slice(0, MAX_SECTIONS).map(
    (section) =>
      html`<details class="${section.protected ? 'protected' : ''}">
        <summary>${excerpt(section.name, 80).text} <span class="quiet">${count(section.values.length)}</span></summary>
        ${pairList(section.values, budget, 'the processed JSON')}
      </details>`,
  )}`;
}

function whyNot({ id }: Bug): Html {
  return html`<form method="get" action="/bugs/${id}/compare" class="row-form">
    <div class="field">
      <label for="field-with">And why not in another bug? Its number</label>
      <input id="field-with" name="with" required maxlength="20" />
    </div>
    <button>Compare</button>
  </form>`;
}

/** How it was read, why it is where it is, and how to move it. */
export function processingSection({ report, processed, bugs, why, mayChange, csrf }: ProcessedOptions): Html {
  const notes = processed.notes.slice(0, SHOWN_NOTES);
  return html`<section aria-labelledby="processing">
    <h2 id="processing">Processing</h2>
    ${
      why.length === 0
        ? null
        : html`<details>
            <summary>Why is this report here?</summary>
            <ul>
              ${why.slice(0, 20).map((sentence) => html`<li class="value">${excerpt(sentence, 500).text}</li>`)}
            </ul>
            ${bugs[0] == null ? null : whyNot(bugs[0])}
            ${processed.crashes[0] === undefined ? null : html`<p>The title came about like this:</p><ol>${processed.crashes[0].signatureSteps.slice(0, 12).map((step) => html`<li class="value">${excerpt(step, 300).text}</li>`)}</ol>`}
          </details>`
    }
    ${
      notes.length === 0
        ? null
        : html`<details>
            <summary>${count(processed.notes.length)} processor ${processed.notes.length === 1 ? 'note' : 'notes'}</summary>
            <ul>
              ${notes.map((note) => html`<li class="value">${excerpt(note, 300).text}</li>`)}
            </ul>
            ${processed.notes.length > notes.length ? html`<p class="quiet">and ${count(processed.notes.length - notes.length)} more in the processed JSON.</p>` : null}
          </details>`
    }
    ${
      mayChange
        ? html`<details>
            <summary>Move to another bug…</summary>
            ${form(
              { to: `/reports/${report.crashId}`, action: 'move', csrf, className: 'row-form' },
              html`${field({ name: 'bug', label: 'Number of the bug', required: true })} <button>Move report</button>`,
            )}
          </details>`
        : null
    }
    <p class="quiet">
      Processed ${exactTime(processed.processedAt)} by ${excerpt(processed.processor, 40).text} ·
      <a href="/reports/${report.crashId}/processed">processed JSON</a>
    </p>
  </section>`;
}
