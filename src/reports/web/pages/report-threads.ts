// /reports/{crash id}/threads: every thread of a crash by name, with its topmost frame and a link to its stack.
import { html } from 'hono/html';
import { namedCrash, readPosition } from '../../query/processed-crash.ts';
import { excerpt } from '../../view/excerpt.ts';
import { frameName } from '../../view/frame-text.ts';
import { stackLink } from '../components/crash.ts';
import { table } from '../components/table.ts';
import { count } from '../components/value-table.ts';
import { namedReport } from '../named-report.ts';
import type { MemberPage } from '../page.ts';
import { noSuchStack } from './report-stack.ts';

const ROWS = 100;

export const reportThreadsPage: MemberPage = {
  path: '/reports/:crash_id/threads',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const { seen, url } = request;
    const report = await namedReport(request);
    const found = await namedCrash(seen, report.crashId, url.searchParams);
    if (found === null) throw noSuchStack();
    const { crash, position } = found;
    const from = readPosition(url.searchParams, 'from');
    const rows = crash.threads.slice(from, from + ROWS).map((thread, at) => ({ thread, at: from + at }));
    const next = new URLSearchParams(url.searchParams);
    next.set('from', String(from + ROWS));
    return {
      kind: 'html',
      title: `Threads of ${report.product} crash ${report.crashId.slice(0, 8)}`,
      body: html`<h1>${count(crash.threads.length)} threads</h1>
        <p>of <a href="/reports/${report.crashId}">report ${report.crashId.slice(0, 8)}</a></p>
        ${table({
          caption: 'Threads',
          rows,
          columns: [
            {
              label: 'Thread',
              cell: ({ thread, at }) =>
                html`<a class="row" href="${stackLink(report.crashId, position, { thread: at })}"
                  >${excerpt(thread.name, 80).text}</a
                >`,
            },
            {
              label: 'State',
              cell: ({ thread }) =>
                thread.crashed
                  ? html`<span class="broken">crashed</span>`
                  : excerpt(thread.state ?? '', 60).text,
            },
            {
              label: 'Topmost frame',
              cell: ({ thread: { frames } }) =>
                html`<code>${frames[0] === undefined ? null : excerpt(frameName(frames[0]), 120).text}</code>`,
            },
            {
              label: 'Frames',
              number: true,
              unit: ({ thread }) => (thread.frames.length === 1 ? 'frame' : 'frames'),
              cell: ({ thread }) => count(thread.frames.length + thread.omittedFrames),
            },
          ],
        })}
        ${from + ROWS < crash.threads.length ? html`<p><a href="?${next.toString()}" rel="next">Further threads</a></p>` : null}`,
    };
  },
};
