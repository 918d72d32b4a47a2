// A preview of an alert rule in words and as a list of moments.
import { html } from 'hono/html';
import { findingWords } from '../../../alerts/alert-words.ts';
import { PREVIEW_DAYS } from '../../../alerts/preview-rule.ts';
import type { AlertPreview } from '../../../alerts/preview-rule.ts';
import type { AlertCondition } from '../../../store/alerts.ts';
import { excerpt } from '../../view/excerpt.ts';
import type { Html } from '../page.ts';
import { table } from './table.ts';
import { exactTime } from './value-table.ts';

/** The form stands below. */
const MAX_ROWS = 30;

export function alertPreview(condition: AlertCondition, preview: AlertPreview): Html {
  const { fired, messages, complete } = preview;
  const firings = preview.firings.slice(0, MAX_ROWS);
  const times = fired === 0 ? 'not have fired' : `have fired ${fired === 1 ? 'once' : `${fired} times`}`;
  const told =
    fired === 0 || messages === fired
      ? ''
      : `, in ${messages} ${messages === 1 ? 'message' : 'messages'} to each target`;
  return html`<section class="preview" aria-labelledby="preview" role="status">
    <h2 id="preview">Preview</h2>
    <p><strong>It would ${times} in ${PREVIEW_DAYS} days${told}.</strong></p>
    ${complete ? null : html`<p class="quiet">Not all crashes could be counted in time: the newest are.</p>`}
    ${condition.kind === 'crash_free' ? html`<p class="quiet">Sessions are kept by day: the preview looks at the end of each day. The rule itself looks every five minutes, and can fire earlier.</p>` : null}
    ${firings.length === 0 ? null : firingTable(condition, firings)}
    ${firings.length < fired ? html`<p class="quiet">These are the newest ${firings.length}.</p>` : null}
  </section>`;
}

function firingTable(condition: AlertCondition, firings: AlertPreview['firings']): Html {
  return table({
    caption: 'Moments at which it would have fired, newest first',
    rows: firings,
    columns: [
      { label: 'When', cell: ({ finding }) => exactTime(finding.at).replace(/:00 UTC$/, ' UTC') },
      { label: 'Why', cell: ({ finding }) => excerpt(findingWords(condition, finding), 400).text },
      {
        label: 'Told',
        cell: ({ outcome }) =>
          outcome === 'told' ? 'at once' : outcome === 'held' ? 'later' : 'only logged',
      },
    ],
  });
}
