// /symbols/missing: which symbols would improve most reports, with the ids and the command that would bring them.
import { html } from 'hono/html';
import { isMissedMapping } from '../../../process/symbols/source-maps/mapping-formats.ts';
import { wantedText } from '../../../process/symbols/symbol-parts.ts';
import { allows } from '../../auth/person.ts';
import { ownerChoices } from '../../symbols/upload-owner.ts';
import type { MissingSymbol, WantedFile } from '../../../store/symbols.ts';
import { excerpt } from '../../view/excerpt.ts';
import { codeBlock } from '../components/code.ts';
import { symbolUploadForm } from '../components/symbol-upload-form.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, cut, nothing, time } from '../components/value-table.ts';
import { uploadCommand } from '../components/upload-command.ts';
import type { MemberPage } from '../page.ts';

const ROWS = 50;
/** Of everything that is missing, source maps too, so much is looked through. */
const LOOKED_THROUGH = 1000;
/** Bytes of a name and of a path on this page. */
const NAME_BUDGET = 200;

export const missingSymbolsPage: MemberPage = {
  path: '/symbols/missing',
  access: 'read',
  nav: 'symbols',
  async view({ context, seen, person, csrf, now }) {
    const { symbols } = seen;
    const all = await symbols.listMissing(LOOKED_THROUGH);
    const missing = all.filter((one) => !isMissedMapping(one)).slice(0, ROWS);
    const builds = await symbols.countBuilds(missing.map(({ debugFile }) => debugFile));
    const wanting = new Map<string, readonly WantedFile[]>();
    for (const { debugId } of missing) {
      if (!wanting.has(debugId)) wanting.set(debugId, await context.symbols.intake.wanting(debugId, symbols));
    }
    return {
      kind: 'html',
      title: 'Missing symbols',
      body: html`<p class="quiet"><a href="/symbols">Symbols</a></p>
        <h1>Missing symbols</h1>
        <p class="lead">
          Modules in the stacks of stored reports whose symbols are not here, or only in part, those first that would improve most
          reports. When they arrive, these reports are processed again.
        </p>
        ${
          missing.length === 0
            ? html`<p class="empty">Nothing is missing: every stack that could be named has been.</p>`
            : html`${table({ caption: 'Missing symbols', columns: columns(now), rows: missing })}
                <h2>Upload</h2>
                ${allows('triage', person) ? symbolUploadForm(csrf, null, await ownerChoices(context, person)) : null}
                <p>
                  Out of the folder of a build (programs, libraries, debug files, <code>.sym</code>, archives), this uploads what is
                  missing, and nothing else. The token needs the role write; it is made on the
                  <a href="/account">account page</a>.
                </p>
                ${codeBlock({
                  id: 'upload-missing',
                  label: 'Command that uploads all missing symbols',
                  text: `${uploadCommand(context.reportsUrl)} --missing`,
                })}`
        }
        ${
          missing.length === ROWS
            ? html`<p class="quiet">These are the first ${count(ROWS)}; more in <a href="/api">the API</a>.</p>`
            : null
        }`,
    };

    function columns(at: number): readonly Column<MissingSymbol>[] {
      return [
        { label: 'Debug file', cell: ({ debugFile }) => cut(debugFile) },
        {
          label: 'Reports',
          number: true,
          unit: ({ reports }) => (reports === 1 ? 'report' : 'reports'),
          cell: ({ reports }) => count(reports),
        },
        {
          label: 'Lacks',
          wideOnly: true,
          cell: ({ debugId }) => {
            const wants = wanting.get(debugId) ?? [];
            return wants.length === 0
              ? 'everything'
              : html`${wants.map((want) => html`${cut(wantedText(want))}<br />`)}`;
          },
        },
        {
          label: 'Other builds here',
          number: true,
          wideOnly: true,
          cell: ({ debugFile }) => {
            const here = builds.get(debugFile) ?? 0;
            const query = new URLSearchParams({ text: debugFile, order: 'name' });
            return here === 0 ? nothing : html`<a href="/symbols?${query.toString()}">${count(here)}</a>`;
          },
        },
        { label: 'Last seen', wideOnly: true, cell: ({ lastSeenAt }) => time(lastSeenAt, at) },
        {
          label: 'Ids and command',
          cell: ({ debugFile, debugId, codeFile, codeId }) =>
            html`<details>
              <summary><code>${debugId}</code></summary>
              <dl class="facts">
                <div><dt>Debug file</dt><dd>${excerpt(debugFile, NAME_BUDGET).text}</dd></div>
                <div><dt>Code file</dt><dd>${codeFile === null ? nothing : excerpt(codeFile, NAME_BUDGET).text}</dd></div>
                <div><dt>Code id</dt><dd>${codeId === null ? nothing : html`<code>${excerpt(codeId, NAME_BUDGET).text}</code>`}</dd></div>
              </dl>
              <pre class="small">${uploadCommand(context.reportsUrl, debugId)}</pre>
            </details>`,
        },
      ];
    }
  },
};
