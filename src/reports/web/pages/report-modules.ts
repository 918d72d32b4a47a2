// /reports/{crash id}/modules: every module of a minidump with the state of its symbols, in pages, searchable by name.
import { html } from 'hono/html';
import { readPosition } from '../../query/processed-crash.ts';
import { readNativeDump } from '../../view/native-dump.ts';
import { countOtherBuilds, withOtherBuilds } from '../../view/other-builds.ts';
import { mainDump } from '../components/report-processed.ts';
import { moduleTable } from '../components/native-crash.ts';
import { field } from '../components/form-controls.ts';
import { count } from '../components/value-table.ts';
import { namedReport } from '../named-report.ts';
import { PageError } from '../page.ts';
import type { MemberPage } from '../page.ts';

const ROWS = 100;

export const reportModulesPage: MemberPage = {
  path: '/reports/:crash_id/modules',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const { person, url } = request;
    const { crashId } = await namedReport(request);
    const found = await request.seen.getProcessed(crashId);
    const dump = url.searchParams.get('dump') ?? (found === null ? null : mainDump(found.processed));
    if (found === null || dump === null || !Object.hasOwn(found.processed.minidumps, dump)) {
      throw new PageError(404, 'The report has no processed minidump of this name.', 'Open the report.');
    }
    const builds = await countOtherBuilds(request.seen.symbols, found.processed);
    const { modules } = withOtherBuilds(readNativeDump(found.processed.minidumps[dump]), builds);
    const text = (url.searchParams.get('text') ?? '').slice(0, 200);
    const word = text.toLowerCase();
    const matching = modules.filter(({ name, debugId, symbols }) =>
      `${name}\n${debugId ?? ''}\n${symbols}`.toLowerCase().includes(word),
    );
    const from = readPosition(url.searchParams, 'from');
    const next = new URLSearchParams(url.searchParams);
    next.set('from', String(from + ROWS));
    return {
      kind: 'html',
      title: `Modules of crash ${crashId.slice(0, 8)}`,
      secret: person.seesProtected,
      body: html`<h1>${count(modules.length)} modules</h1>
        <p>of <a href="/reports/${crashId}">report ${crashId.slice(0, 8)}</a>, <code>${dump}</code></p>
        <form method="get" action="/reports/${crashId}/modules" class="filters" role="search" aria-label="Filter modules">
          <input type="hidden" name="dump" value="${dump}" />
          ${field({ name: 'text', label: 'Name, debug id or state', type: 'search', value: text, search: true, maxLength: 200 })}
          <button>Filter</button>
        </form>
        ${
          matching.length === 0
            ? html`<p class="empty">No module matches.</p>`
            : moduleTable(
                matching.slice(from, from + ROWS),
                { crashId, dump, seesProtected: person.seesProtected },
                'Modules by address',
              )
        }
        ${from + ROWS < matching.length ? html`<p><a href="?${next.toString()}" rel="next">Further modules</a></p>` : null}`,
    };
  },
};
