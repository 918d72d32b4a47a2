// /reports/{crash id}/stack: one stack in full, in pages of frames; and /stack.txt: a crash as plain text.
import { html } from 'hono/html';
import { namedCrash, namedStack, readPosition } from '../../query/processed-crash.ts';
import { excerpt } from '../../view/excerpt.ts';
import { crashText } from '../../view/frame-text.ts';
import { stack } from '../components/stack.ts';
import { count } from '../components/value-table.ts';
import { namedReport } from '../named-report.ts';
import { PageError } from '../page.ts';
import type { MemberPage, MemberRequest } from '../page.ts';

const FRAMES = 100;
const BUDGET = 45_000;

export function noSuchStack(): PageError {
  return new PageError(
    404,
    'The report has no such stack.',
    'It may not be processed yet, or was processed again since. Open the report.',
  );
}

async function crashOf(request: MemberRequest, crashId: string) {
  const found = await namedCrash(request.seen, crashId, request.url.searchParams);
  if (found === null) throw noSuchStack();
  return found;
}

export const reportStackPage: MemberPage = {
  path: '/reports/:crash_id/stack',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const { person, url } = request;
    const report = await namedReport(request);
    const { crash } = await crashOf(request, report.crashId);
    const found = namedStack(crash, url.searchParams);
    if (found === null) throw noSuchStack();
    const from = readPosition(url.searchParams, 'from');
    const frames = found.frames.slice(from, from + FRAMES);
    const next = new URLSearchParams(url.searchParams);
    next.set('from', String(from + FRAMES));
    return {
      kind: 'html',
      title: `${excerpt(found.name, 80).text} of ${report.product} crash ${report.crashId.slice(0, 8)}`,
      secret: person.seesProtected,
      body: html`<h1>${excerpt(found.name, 200).text}</h1>
        <p>
          ${count(found.frames.length)} frames, in
          <a href="/reports/${report.crashId}">report ${report.crashId.slice(0, 8)}</a>
        </p>
        ${stack(frames, from + FRAMES >= found.frames.length ? found.omitted : 0, {
          seesProtected: person.seesProtected,
          budget: { left: BUDGET },
          product: report,
          source: await request.seen.frameLinker(report),
          moreLink: null,
          from,
        })}
        ${from + FRAMES < found.frames.length ? html`<p><a href="?${next.toString()}" rel="next">Further frames</a></p>` : null}`,
    };
  },
};

export const reportStackTextPage: MemberPage = {
  path: '/reports/:crash_id/stack.txt',
  access: 'read',
  nav: 'reports',
  async view(request) {
    const report = await namedReport(request);
    const { crash } = await crashOf(request, report.crashId);
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'private, no-store' };
    return { kind: 'response', response: new Response(crashText(crash), { headers }) };
  },
};
