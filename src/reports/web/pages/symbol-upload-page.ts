// /symbols/upload: symbols out of a browser. What became of each file, and where names appear now.
import { setTimeout as pause } from 'node:timers/promises';
import { html } from 'hono/html';
import type { TakenSymbols } from '../../../process/symbols/symbol-intake.ts';
import { wantedText } from '../../../process/symbols/symbol-parts.ts';
import { symbolPagePath } from '../../symbols/symbol-address.ts';
import { takeAll } from '../../symbols/upload-answer.ts';
import { ownerChoices, ownersOf } from '../../symbols/upload-owner.ts';
import { readCrashId } from '../../view/crash-id-text.ts';
import { nameOf } from '../../view/bug-change.ts';
import { excerpt } from '../../view/excerpt.ts';
import { CAME_FROM, symbolUploadForm, WHOSE } from '../components/symbol-upload-form.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, nothing } from '../components/value-table.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';
import { PageError } from '../page.ts';

const NAME_BUDGET = 200;
const MAX_ROWS = 100;
/** How long an upload waits for the report that somebody came from. */
const MAX_WAIT_MS = 5000;
const WAIT_MS = 100;

export const symbolUploadPage: MemberPage = {
  path: '/symbols/upload',
  access: 'triage',
  nav: 'symbols',
  async view({ csrf, context, person }) {
    return {
      kind: 'html',
      title: 'Upload symbols',
      body: html`<p class="quiet"><a href="/symbols">Symbols</a></p>
        <h1>Upload symbols</h1>
        ${symbolUploadForm(csrf, null, await ownerChoices(context, person))}`,
    };
  },
  upload: {
    access: 'triage',
    async run(request, { files, fields }) {
      const sent = files.filter(({ bytes }) => bytes > 0);
      if (sent.length === 0) {
        throw new PageError(400, 'No file was chosen, or it is empty.', 'Go back and choose one.');
      }
      const crashId = readCrashId(fields.get(CAME_FROM) ?? '');
      const report = crashId === null ? null : await request.seen.getReport(crashId);
      const account = report?.account ?? (fields.get(WHOSE) ?? '').trim();
      const terms = {
        endpoint: 'page',
        ...(await ownersOf(request.context, request.person, { product: '', account })),
        by: nameOf(request.person),
        claims: {},
      } as const;
      const taken = await takeAll(request.context, sent, terms);
      // Whoever came from a report wants to see its names, and needs no table of files unless something is wrong with one.
      if (crashId !== null && taken.every(isHere) && (await processedSoon(request, crashId))) {
        return { kind: 'redirect', to: `/reports/${crashId}`, done: 'symbols-uploaded' };
      }
      return result(request, taken, crashId);
    },
  },
};

function isHere({ outcome }: TakenSymbols): boolean {
  return outcome === 'stored' || outcome === 'duplicate';
}

/** Waits a moment until the report has been processed with what has just arrived; false: it was not, or it is gone. */
async function processedSoon({ seen, now }: MemberRequest, crashId: string): Promise<boolean> {
  for (let waited = 0; waited <= MAX_WAIT_MS; waited += WAIT_MS) {
    const found = await seen.getProcessed(crashId);
    if (found === null) return false;
    if (found.processed.processedAt >= now) return true;
    await pause(WAIT_MS);
  }
  return false;
}

async function result(
  request: MemberRequest,
  taken: readonly TakenSymbols[],
  crashId: string | null,
): Promise<PageAnswer> {
  const stored = taken.filter(({ outcome }) => outcome === 'stored').length;
  const anyHere = taken.some(isHere);
  const lacking = taken.reduce((sum, file) => sum + ('lacking' in file ? file.lacking : 0), 0);
  return {
    kind: 'html',
    title: anyHere ? 'Symbols uploaded' : 'No symbols uploaded',
    status: anyHere ? 200 : 400,
    body: html`<p class="quiet"><a href="/symbols">Symbols</a></p>
      <h1>${anyHere ? 'Symbols uploaded' : 'No symbols uploaded'}</h1>
      <p>
        ${count(stored)} new ${stored === 1 ? 'file' : 'files'}.
        ${lacking === 0 ? 'No stored report waited for them.' : `${count(lacking)} ${lacking === 1 ? 'report that lacked them is' : 'reports that lacked them are'} processed again now.`}
        ${crashId === null ? null : html`<a href="/reports/${crashId}">Back to report ${crashId.slice(0, 8)}</a> ·`}
        <a href="/symbols/missing">What is still missing</a>
      </p>
      ${table({ caption: 'Uploaded files', columns: COLUMNS, rows: taken.slice(0, MAX_ROWS) })}
      ${taken.length > MAX_ROWS ? html`<p class="quiet">and ${count(taken.length - MAX_ROWS)} more files.</p>` : null}
      <h2>Upload more</h2>
      ${symbolUploadForm(request.csrf, crashId, crashId === null ? await ownerChoices(request.context, request.person) : [])}`,
  };
}

const OUTCOMES = {
  stored: 'uploaded',
  duplicate: 'was here already',
  refused: 'refused',
  skipped: 'passed over: no symbols',
} as const satisfies Readonly<Record<TakenSymbols['outcome'], string>>;

const COLUMNS: readonly Column<TakenSymbols>[] = [
  { label: 'File', cell: ({ name }) => excerpt(name, NAME_BUDGET).text },
  {
    label: 'What became of it',
    cell: (file) =>
      file.outcome === 'refused'
        ? html`<span class="broken">${OUTCOMES.refused}</span>: ${excerpt(file.detail, NAME_BUDGET).text}`
        : OUTCOMES[file.outcome],
  },
  { label: 'Symbols of', cell: (file) => ('symbols' in file ? moduleLink(file.symbols) : nothing) },
  {
    label: 'Still lacks',
    wideOnly: true,
    cell: (file) =>
      'wanting' in file && file.wanting.length > 0
        ? html`${file.wanting.map((want) => html`${excerpt(wantedText(want), NAME_BUDGET).text}<br />`)}`
        : nothing,
  },
];

function moduleLink(symbols: { readonly debugFile: string; readonly debugId: string }): Html {
  return html`<a href="${symbolPagePath(symbols)}">${excerpt(symbols.debugFile, NAME_BUDGET).text}</a>
    <code>${excerpt(symbols.debugId, NAME_BUDGET).text}</code>`;
}
