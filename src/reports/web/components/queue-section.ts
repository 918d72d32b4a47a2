// The queue on the status page: what waits, what failed, and the controls.
import { html } from 'hono/html';
import type { QueueCounts } from '../../../store/queue.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { count } from './value-table.ts';

/** The section with the forms that a person may use. */
export function queueSection(
  counts: QueueCounts,
  options: { readonly csrf: string; readonly mayPause: boolean; readonly mayChange: boolean },
): Html {
  const { csrf, mayPause, mayChange } = options;
  return html`<section aria-labelledby="queue">
    <h2 id="queue">Queue</h2>
    ${counts.paused ? html`<p class="fault">Processing is paused. Reports are taken and wait.</p>` : null}
    <div class="figures">
      ${figure(counts.queued, 'waiting', '/reports?state=queued')} ${figure(counts.leased, 'being processed', null)}
      ${figure(counts.failed, 'failed', '/reports?state=failed')} ${figure(counts.deferred, 'deferred', '/reports?state=deferred')}
    </div>
    ${counts.oldestMs === null ? html`<p class="quiet">Nothing is due.</p>` : html`<p>The oldest report that is due waits for ${waiting(counts.oldestMs)}.</p>`}
    <div class="actions">
      ${mayPause ? (counts.paused ? control(csrf, 'resume', 'Resume processing') : control(csrf, 'pause', 'Pause processing')) : null}
      ${requeueForms(counts, { csrf, mayChange })}
    </div>
  </section>`;
}

/** What puts reports back into the queue. */
export function requeueForms(
  { deferred, failed }: { readonly deferred: number; readonly failed: number },
  { csrf, mayChange }: { readonly csrf: string; readonly mayChange: boolean },
): Html | null {
  if (!mayChange) return null;
  return html`${deferred > 0 ? control(csrf, 'process-deferred', 'Process deferred reports') : null}
  ${failed > 0 ? control(csrf, 'process-failed', 'Process failed reports again') : null}`;
}

function control(csrf: string, action: string, label: string): Html {
  return form({ to: '/status', action, csrf, className: 'inline' }, html`<button>${label}</button>`);
}

function figure(value: number, label: string, href: string | null): Html {
  const body = html`<strong>${count(value)}</strong> <span>${label}</span>`;
  return href === null
    ? html`<p class="figure">${body}</p>`
    : html`<a class="figure" href="${href}">${body}</a>`;
}

function waiting(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${count(Math.round(minutes / 60))} h`;
}
