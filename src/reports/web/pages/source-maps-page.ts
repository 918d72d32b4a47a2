// /symbols/maps: source maps and mappings of Java classes that are here, and those that stored reports lack.
import { html } from 'hono/html';
import { ALIAS, isMissedMapping, MISSED_MAP } from '../../../process/symbols/source-maps/mapping-formats.ts';
import type { MissingSymbol, SymbolFile } from '../../../store/symbols.ts';
import { symbolPagePath } from '../../symbols/symbol-address.ts';
import { excerpt } from '../../view/excerpt.ts';
import { codeBlock } from '../components/code.ts';
import { field } from '../components/form-controls.ts';
import { pager } from '../components/pager.ts';
import { table } from '../components/table.ts';
import type { Column } from '../components/table.ts';
import { count, cut, nothing, shortId, size, time } from '../components/value-table.ts';
import type { Html, MemberPage } from '../page.ts';

const ROWS = 50;
/** Of everything that is missing so much is looked through. */
const LOOKED_THROUGH = 1000;
const URL_BUDGET = 200;

export const sourceMapsPage: MemberPage = {
  path: '/symbols/maps',
  access: 'read',
  nav: 'symbols',
  async view({ context, seen, url, now }) {
    const given = (name: string): string => (url.searchParams.get(name) ?? '').slice(0, 300);
    const [text, cursor] = [given('text').trim(), given('cursor')];
    const { symbols } = seen;
    const [page, all] = await Promise.all([
      symbols.listSymbols(
        { holds: 'mappings', ...(text !== '' && { text }) },
        { limit: ROWS, ...(cursor !== '' && { cursor }) },
      ),
      symbols.listMissing(LOOKED_THROUGH),
    ]);
    const missing = all.filter((one) => isMissedMapping(one)).slice(0, ROWS);
    const link = (next: string): string => {
      const query = new URLSearchParams(
        Object.entries({ text, cursor: next }).filter(([, value]) => value !== ''),
      );
      return `/symbols/maps?${query.toString()}`;
    };
    return {
      kind: 'html',
      title: 'Source maps',
      body: html`<p class="quiet"><a href="/symbols">Symbols</a></p>
        <h1>Source maps</h1>
        <p class="lead">
          Source maps of scripts, and mappings of obfuscated Java classes. When one arrives that stored reports lack, these are
          processed again.
        </p>
        <form method="get" action="/symbols/maps" class="filters" aria-label="Filter the source maps">
          ${field({ name: 'text', label: 'File, URL or id', type: 'search', value: text, search: true, maxLength: 300 })}
          <button>Filter</button>
        </form>
        ${
          page.rows.length > 0
            ? table({ caption: 'Source maps', columns: columns(now), rows: page.rows })
            : text !== ''
              ? html`<p class="empty">No source maps match. <a href="/symbols/maps">Show all</a></p>`
              : html`<p class="empty">No source maps yet: stacks of minified scripts stay as they are.</p>`
        }
        ${pager({ newest: cursor === '' ? null : link(''), older: page.next === null ? null : link(page.next) })}
        <h2>Missing</h2>
        ${
          missing.length === 0
            ? html`<p class="empty">Nothing is missing: every script in a stored report has its map, or asks for none.</p>`
            : table({ caption: 'Missing source maps', columns: missingColumns(now), rows: missing })
        }
        <h2>Upload</h2>
        ${uploading(context.reportsUrl)}`,
    };
  },
};

function uploading(reportsUrl: string): Html {
  return html`<p>
      <code>sentry-cli</code> and the plugins for Vite, webpack, Rollup and esbuild upload to this server. The token needs the scope
      symbols, or the role write; it is made on the <a href="/account">account page</a>. The organization is the account, the project the
      product.
    </p>
    ${codeBlock({
      id: 'upload-maps',
      label: 'Commands that upload source maps',
      text: `export SENTRY_URL=${reportsUrl} SENTRY_AUTH_TOKEN="$MAYDAY_TOKEN"
sentry-cli sourcemaps inject dist
sentry-cli sourcemaps upload --org default --project PRODUCT --release PRODUCT@VERSION dist`,
    })}`;
}

function columns(now: number): readonly Column<SymbolFile>[] {
  return [
    {
      label: 'File',
      cell: (row) => html`<a class="row" href="${symbolPagePath(row)}">${cut(row.debugFile)}</a>`,
    },
    { label: 'URL', wideOnly: true, cell: ({ codeFile }) => cut(codeFile ?? '') },
    {
      label: 'Id',
      cell: ({ gives, codeId, debugId }) =>
        gives === ALIAS ? html`by release, as ${shortId(codeId ?? '')}` : shortId(debugId),
    },
    { label: 'Release', cell: ({ generator }) => (generator === null ? nothing : cut(generator)) },
    { label: 'Product', cell: ({ product }) => (product === null ? nothing : cut(product)) },
    { label: 'Gives', wideOnly: true, cell: ({ gives }) => cut(gives.replaceAll(',', ', ')) },
    { label: 'On disk', number: true, cell: ({ storedBytes, indexBytes }) => size(storedBytes + indexBytes) },
    { label: 'Uploaded', cell: ({ uploadedAt }) => time(uploadedAt, now) },
    { label: 'Last used', wideOnly: true, cell: ({ lastUsedAt }) => time(lastUsedAt, now) },
  ];
}

function missingColumns(now: number): readonly Column<MissingSymbol>[] {
  return [
    { label: 'File', cell: ({ debugFile }) => cut(debugFile) },
    {
      label: 'Reports',
      number: true,
      unit: ({ reports }) => (reports === 1 ? 'report' : 'reports'),
      cell: ({ reports }) => count(reports),
    },
    {
      label: 'URL',
      cell: ({ codeFile }) => (codeFile === null ? nothing : excerpt(codeFile, URL_BUDGET).text),
    },
    {
      label: 'Release',
      cell: ({ codeId }) => {
        const release = codeId?.startsWith(MISSED_MAP) === true ? codeId.slice(MISSED_MAP.length) : '';
        return release === '' ? nothing : cut(release);
      },
    },
    { label: 'Last seen', wideOnly: true, cell: ({ lastSeenAt }) => time(lastSeenAt, now) },
  ];
}
