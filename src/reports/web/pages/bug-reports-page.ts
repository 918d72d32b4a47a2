// /bugs/{number}/reports: every stored report of a bug, newest first.
import { html } from 'hono/html';
import { bugTitle } from '../components/bug-links.ts';
import { pager } from '../components/pager.ts';
import { bugReportTable } from '../components/report-table.ts';
import { namedBug } from '../named-bug.ts';
import type { MemberPage } from '../page.ts';

const ROWS = 40;

export const bugReportsPage: MemberPage = {
  path: '/bugs/:bug/reports',
  access: 'read',
  nav: 'bugs',
  async view(request) {
    const { seen, url, now } = request;
    const bug = await namedBug(request);
    const cursor = (url.searchParams.get('cursor') ?? '').slice(0, 500);
    const page = await seen.reportsOf(bug.id, {
      limit: ROWS,
      ...(cursor !== '' && { cursor }),
    });
    const here = `/bugs/${bug.id}/reports`;
    return {
      kind: 'html',
      title: `Reports of bug ${bug.id}`,
      body: html`<h1>Reports of <a href="/bugs/${bug.id}">${bugTitle(bug.title)}</a></h1>
        ${page.rows.length === 0 ? html`<p class="empty">No report of this bug is stored any longer.</p>` : bugReportTable(page.rows, now)}
        ${pager({
          newest: cursor === '' ? null : here,
          older: page.next === null ? null : `${here}?cursor=${encodeURIComponent(page.next)}`,
        })}`,
    };
  },
};
