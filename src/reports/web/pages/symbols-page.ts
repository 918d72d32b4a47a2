// /symbols: which symbols are there, for what, how large and since when.
import { html } from 'hono/html';
import type { SymbolFile, SymbolFilter } from '../../../store/symbols.ts';
import type { RenewalProgress } from '../../../process/symbols/index-renewal.ts';
import { allows } from '../../auth/person.ts';
import { symbolPagePath } from '../../symbols/symbol-address.ts';
import { uploadCommand } from '../components/upload-command.ts';
import { codeBlock } from '../components/code.ts';
import { faultBox, field, form, select } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { ownerChoices } from '../../symbols/upload-owner.ts';
import { symbolUploadForm } from '../components/symbol-upload-form.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, cut, nothing, shortId, size, sizeText, time } from '../components/value-table.ts';
import type { Html, MemberPage, MemberRequest, PageAnswer } from '../page.ts';

const ROWS = 50;
const DAY_MS = 86_400_000;
const ORDERS = [
  { value: 'newest', label: 'newest first' },
  { value: 'largest', label: 'largest first' },
  { value: 'name', label: 'by name' },
] as const;

export const symbolsPage: MemberPage = {
  path: '/symbols',
  access: 'read',
  nav: 'symbols',
  view: (request) => show(request, null),
  actions: {
    'delete-old': {
      access: 'admin',
      async run(request, posted) {
        const product = posted.text('product').trim();
        const days = posted.text('days').trim();
        if (days !== '' && !/^\d{1,5}$/.test(days)) return show(request, 'Days are a whole number.');
        if (product === '' && days === '')
          return show(request, 'Name a product, or a number of days, or both.');
        await request.seen.symbols.deleteMatching({
          ...(product !== '' && { product }),
          ...(days !== '' && { olderThan: request.now - Number(days) * DAY_MS }),
        });
        return { kind: 'redirect', to: '/symbols', done: 'symbols-deleted' };
      },
    },
  },
};

async function show(request: MemberRequest, fault: string | null): Promise<PageAnswer> {
  const { context, person, csrf, url, now } = request;
  const given = (name: string): string => (url.searchParams.get(name) ?? '').slice(0, 300);
  const [text, product, cursor] = [given('text').trim(), given('product'), given('cursor')];
  const order = ORDERS.find(({ value }) => value === given('order'))?.value ?? 'newest';
  const filter: SymbolFilter = {
    holds: 'symbols',
    ...(text !== '' && { text }),
    ...(product !== '' && { product }),
    order,
  };
  const { symbols } = request.seen;
  const [page, totals] = await Promise.all([
    symbols.listSymbols(filter, { limit: ROWS, ...(cursor !== '' && { cursor }) }),
    symbols.totals(),
  ]);
  const link = (next: string): string => {
    const query = new URLSearchParams(
      Object.entries({ text, product, order, cursor: next }).filter(([, value]) => value !== ''),
    );
    return `/symbols?${query.toString()}`;
  };
  return {
    kind: 'html',
    title: 'Symbols',
    status: fault === null ? 200 : 400,
    body: html`<h1>Symbols</h1>
      <p class="lead">
        ${count(totals.files)} ${totals.files === 1 ? 'file' : 'files'}, ${sizeText(totals.bytes)}.
        ${
          context.keepSymbolsDays === 0
            ? 'They are kept until somebody deletes them (KEEP_SYMBOLS_DAYS).'
            : `What was neither uploaded nor used for ${count(context.keepSymbolsDays)} days is deleted (KEEP_SYMBOLS_DAYS).`
        }
        <a href="/symbols/missing">Missing symbols</a> · <a href="/symbols/maps">Source maps</a>
      </p>
      ${allows('triage', person) ? symbolUploadForm(csrf, null, await ownerChoices(context, person)) : null}
      ${renewal(context.symbols.renewing)}
      <form method="get" action="/symbols" class="filters" aria-label="Filter the symbols">
        ${field({ name: 'text', label: 'Name or id', type: 'search', value: text, search: true, maxLength: 300 })}
        ${field({ name: 'product', label: 'Product', value: product, maxLength: 300 })}
        ${select({ name: 'order', label: 'Order', value: order, choices: ORDERS })}
        <button>Filter</button>
      </form>
      ${
        page.rows.length > 0
          ? table({ caption: 'Symbol files', columns: columns(now), rows: page.rows })
          : empty(totals.files > 0, context.reportsUrl)
      }
      ${pager({ newest: cursor === '' ? null : link(''), older: page.next === null ? null : link(page.next) })}
      ${allows('admin', person) && totals.files > 0 ? deletion(csrf, product, fault) : null}`,
  };
}

/** Told while indexes of another version are made anew. */
function renewal({ running, old, renewed, failed }: RenewalProgress): Html | null {
  if (!running) return null;
  return html`<p class="quiet">
    Another version of Mayday wrote ${count(old)} of the indexes; ${count(renewed + failed)} of them have been made anew from what is stored.
    Symbols are found meanwhile.
  </p>`;
}

function empty(narrowed: boolean, reportsUrl: string): Html {
  if (narrowed) return html`<p class="empty">No symbols match. <a href="/symbols">Show all</a></p>`;
  return html`<p class="empty">
      No symbols yet. Without them native stacks show modules and offsets; when they arrive, the reports that lack them are
      processed again. This uploads everything that a build made (programs, libraries, debug files; also Breakpad’s .sym), out of its folder:
    </p>
    ${codeBlock({ id: 'upload', label: 'Command that uploads symbols', text: uploadCommand(reportsUrl) })}`;
}

function deletion(csrf: string, product: string, fault: string | null): Html {
  return html`<section aria-labelledby="delete">
    <h2 id="delete">Delete by product and age</h2>
    ${faultBox(fault)}
    ${form(
      { to: '/symbols', action: 'delete-old', csrf, className: 'row-form' },
      html`${field({ name: 'product', id: 'upload-product', label: 'Product of the upload', value: product, maxLength: 300 })}
        ${field({
          name: 'days',
          label: 'Neither uploaded nor used for days',
          type: 'number',
          min: 0,
          max: 36_500,
        })}
        <button class="danger">Delete symbols</button>`,
    )}
    <p class="quiet">Reports keep the names that they have. The same files can be uploaded again.</p>
  </section>`;
}

function columns(now: number): readonly Column<SymbolFile>[] {
  return [
    {
      label: 'Debug file',
      cell: (row) => html`<a class="row" href="${symbolPagePath(row)}">${cut(row.debugFile)}</a>`,
    },
    { label: 'Debug id', cell: ({ debugId }) => shortId(debugId) },
    {
      label: 'Product',
      cell: ({ product }) =>
        product === null
          ? nothing
          : html`<a href="/symbols?${new URLSearchParams({ product }).toString()}">${cut(product)}</a>`,
    },
    { label: 'For', wideOnly: true, cell: ({ os, cpu }) => cut(`${os} ${cpu}`.trim()) },
    { label: 'Gives', wideOnly: true, cell: ({ gives }) => cut(gives.replaceAll(',', ', ')) },
    {
      label: 'On disk',
      number: true,
      cell: ({ storedBytes, indexBytes }) => size(storedBytes + indexBytes),
    },
    { label: 'Uploaded', cell: ({ uploadedAt }) => time(uploadedAt, now) },
    { label: 'Last used', wideOnly: true, cell: ({ lastUsedAt }) => time(lastUsedAt, now) },
    {
      label: 'From',
      wideOnly: true,
      cell: ({ source, uploadedBy }) => cut(source === 'upload' ? uploadedBy : source),
    },
  ];
}
