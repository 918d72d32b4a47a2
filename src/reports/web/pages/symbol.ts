// /symbols/<debug file>/<debug id>: one symbol file, what it holds, where it came from.
import { html } from 'hono/html';
import { symbolKey } from '../../../process/symbols/symbol-lookup-key.ts';
import { isMapping } from '../../../process/symbols/source-maps/mapping-formats.ts';
import { wantedText } from '../../../process/symbols/symbol-parts.ts';
import type { SymbolFile } from '../../../store/symbols.ts';
import { allows } from '../../auth/person.ts';
import { originalAddress, symbolAddress, symbolPagePath } from '../../symbols/symbol-address.ts';
import { excerpt } from '../../view/excerpt.ts';
import { form } from '../components/form-controls.ts';
import { facts } from '../components/table.ts';
import { count, size, time } from '../components/value-table.ts';
import type { Html, MemberPage, MemberRequest } from '../page.ts';
import { PageError } from '../page.ts';

const TEXT_BUDGET = 400;

export const symbolPage: MemberPage = {
  path: '/symbols/:debugFile/:debugId',
  access: 'read',
  nav: 'symbols',
  async view(request) {
    const found = await named(request);
    const { person, csrf, now } = request;
    const { symbols } = request.context;
    const build = (await request.seen.symbols.findByDebugId(found.debugId)).filter(
      ({ debugFile }) => debugFile !== found.debugFile,
    );
    const wanting = await symbols.intake.wanting(found.debugId, request.seen.symbols);
    const text = (value: string | null) =>
      value === null || value === '' ? null : excerpt(value, TEXT_BUDGET).text;
    return {
      kind: 'html',
      title: `Symbols of ${excerpt(found.debugFile, 100).text}`,
      body: html`<p class="quiet"><a href="/symbols">Symbols</a></p>
        <h1>${excerpt(found.debugFile, TEXT_BUDGET).text}</h1>
        ${facts([
          ['Debug id', html`<code>${found.debugId}</code>`],
          ['Code file', text(found.codeFile)],
          ['Code id', found.codeId === null ? null : html`<code>${text(found.codeId)}</code>`],
          ['For', text(`${found.os} ${found.cpu}`.trim())],
          ['Product', text(found.product)],
          ['Made by', text(found.generator)],
          ['Kind', found.format === 'sym' ? 'text of a symbol file' : found.format],
          ['Gives', text(found.gives.replaceAll(',', ', '))],
          [
            'Other files of this build',
            build.length === 0
              ? null
              : html`${build.map(
                  (other) => html`<a href="${symbolPagePath(other)}">${text(other.debugFile)}</a>
                    (${text(other.gives.replaceAll(',', ', ')) ?? 'nothing'})<br />`,
                )}`,
          ],
          [
            'Still missing',
            wanting.length === 0
              ? null
              : html`${wanting.map((want) => html`${text(wantedText(want))}<br />`)}`,
          ],
          ['Content', size(found.textBytes)],
          ['On disk', html`${size(found.storedBytes)}, and ${size(found.indexBytes)} for its index`],
          ['Unwind information', found.hasCfi ? 'yes' : 'no: stacks through this module are guesses'],
          [
            'Damaged lines',
            found.damagedLines === 0
              ? 'none'
              : html`<span class="broken">${count(found.damagedLines)}, which were left out</span>`,
          ],
          ['SHA-256', html`<code>${found.sha256}</code>`],
          [
            'Uploaded',
            html`${time(found.uploadedAt, now)}${found.uploadedBy === '' ? null : html` by ${text(found.uploadedBy)}`}`,
          ],
          ['From', found.source === 'upload' ? null : text(found.source)],
          ['Last used', time(found.lastUsedAt, now)],
        ])}
        ${isMapping(found) ? null : downloads(found)}
        ${
          allows('triage', person)
            ? form(
                { to: symbolPagePath(found), action: 'delete', csrf },
                html`<button class="danger">Delete these symbols</button>
                  <p class="hint">Reports keep the names that they have. The file can be uploaded again.</p>`,
              )
            : null
        }`,
    };
  },
  actions: {
    delete: {
      access: 'triage',
      async run(request) {
        await request.seen.symbols.deleteSymbols(await named(request));
        return { kind: 'redirect', to: '/symbols', done: 'symbols-deleted' };
      },
    },
  },
};

function downloads(found: SymbolFile): Html {
  return html`<p>
      <a href="${symbolAddress(found)}" download>${found.format === 'sym' ? 'Download' : 'Download as text (.sym)'}</a>
    </p>
    ${
      found.format === 'sym'
        ? null
        : html`<p><a href="${originalAddress(found)}" download>Download the file as it was uploaded</a></p>`
    }`;
}

async function named(request: MemberRequest): Promise<SymbolFile> {
  const key = symbolKey(request.param('debugFile'), request.param('debugId'));
  const found = key === null ? null : await request.seen.symbols.getSymbols(key);
  if (found === null) {
    throw new PageError(
      404,
      'There are no symbols with this debug file and id.',
      'Look for them in the list of symbols.',
    );
  }
  return found;
}
