// Links to the newer and the older report of a bug. The keys `p` and `n` follow them (assets/keys.js finds `rel`).
import { html } from 'hono/html';
import type { ReportSteps } from '../../query/report-steps.ts';
import type { Html } from '../page.ts';

/** `to` makes the address of a report's page. */
export function reportStepLinks(steps: ReportSteps | null, to: (crashId: string) => string): Html {
  const step = (crashId: string | null | undefined, words: string, rel: 'prev' | 'next'): Html | null =>
    crashId === null || crashId === undefined
      ? null
      : html`<a href="${to(crashId)}" rel="${rel}">${words}</a>`;
  return html`${step(steps?.newer, '‹ newer report', 'prev')} ${step(steps?.older, 'older report ›', 'next')}`;
}
