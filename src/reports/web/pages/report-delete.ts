// /reports/{crash id}/delete: asks before a report is gone for good.
import { html } from 'hono/html';
import { excerpt } from '../../view/excerpt.ts';
import { form } from '../components/form-controls.ts';
import { count, sizeText } from '../components/value-table.ts';
import { namedReport, noSuchReport } from '../named-report.ts';
import type { MemberPage } from '../page.ts';

export const reportDeletePage: MemberPage = {
  path: '/reports/:crash_id/delete',
  access: 'triage',
  nav: 'reports',
  async view(request) {
    const report = await namedReport(request);
    const bytes = report.attachments.reduce((sum, { size }) => sum + size, 0);
    return {
      kind: 'html',
      title: 'Delete report',
      body: html`<div class="narrow">
        <h1>Delete this report?</h1>
        <p>
          ${[report.product, excerpt(report.version ?? '', 200).text].join(' ').trim()},
          <code>${report.crashId}</code>, with ${count(report.attachments.length)}
          ${report.attachments.length === 1 ? 'attachment' : 'attachments'} (${sizeText(bytes)}). This cannot
          be undone.
        </p>
        ${form(
          {
            to: `/reports/${report.crashId}/delete`,
            action: 'delete',
            csrf: request.csrf,
            className: 'actions',
          },
          html`<button class="danger">Delete report</button>
            <a class="button" href="/reports/${report.crashId}">Keep it</a>`,
        )}
      </div>`,
    };
  },
  actions: {
    delete: {
      access: 'triage',
      async run(request) {
        const { context, person } = request;
        const { crashId } = await namedReport(request);
        if (!(await context.store.reports.deleteReport(crashId))) throw noSuchReport();
        context.log.info({ crashId, by: person.user?.id }, 'report deleted');
        return { kind: 'redirect', to: '/reports', done: 'deleted' };
      },
    },
  },
};
