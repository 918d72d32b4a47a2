// What can be done to a bug: the forms beside it. Each works without scripts; the rare ones are folded.
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import type { Html } from '../page.ts';
import { field, form } from './form-controls.ts';
import { select } from './form-controls.ts';

export interface ControlOptions {
  readonly csrf: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** Versions offered for "closed in". */
  readonly versions: readonly string[];
}

/** All controls of a bug that is not merged away. */
export function bugControls(bug: Bug, { csrf, choices, versions }: ControlOptions): Html {
  const to = `/bugs/${bug.id}`;
  const part = (action: string, body: Html, className = 'control') =>
    form({ to, action, csrf, className }, body);
  return html`<div class="controls">
    ${
      bug.state === 'closed'
        ? null
        : part(
            'close',
            html`${field({ name: 'in_version', label: 'Fixed in version (optional)', maxLength: 200, offers: versions.slice(0, 20) })}
              <button class="primary">Close bug</button>`,
          )
    }
    ${bug.state === 'open' ? null : part('reopen', html`<button class="primary">Reopen bug</button>`)}
    ${part(
      'assign',
      html`${select({ name: 'assignee', label: 'Assignee', value: bug.assignee ?? '', choices: [{ value: '', label: 'nobody' }, ...choices] })}
        <button>Assign</button>`,
    )}
    ${part(
      'ticket',
      html`${field({ name: 'ticket', label: 'Ticket: number, key or address', value: bug.ticket ?? '', maxLength: 500 })}
        <button>Set ticket</button>`,
    )}
    ${
      bug.state === 'ignored'
        ? null
        : html`<details>
            <summary>Ignore…</summary>
            ${part(
              'ignore',
              html`${field({ name: 'until', label: 'Until the day (UTC; empty: no day)', type: 'date' })}
                ${field({ name: 'until_count', label: 'Or until it has crashed this often', type: 'number', min: 1, hint: `It has crashed ${bug.count} times by now.` })}
                <button>Ignore bug</button>`,
              'control tall',
            )}
          </details>`
    }
    <details>
      <summary>Merge into another bug…</summary>
      ${part(
        'merge',
        html`${field({ name: 'into', label: 'Number of the other bug', required: true, hint: 'Everything of this bug moves there; the bug itself is gone.' })}
          <button class="danger">Merge</button>`,
        'control tall',
      )}
    </details>
  </div>`;
}

/** The form below the history. */
export function commentForm(bug: Bug, csrf: string): Html {
  return form(
    { to: `/bugs/${bug.id}`, action: 'comment', csrf, className: 'stack' },
    html`<div class="field">
        <label for="field-comment">Comment</label>
        <textarea id="field-comment" class="prose" name="comment" rows="3" required maxlength="20000"></textarea>
      </div>
      <button>Comment</button>`,
  );
}
