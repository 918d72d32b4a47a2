// What can be done to a bug: menus in its headline, and the form of comments.
import { html } from 'hono/html';
import type { Bug } from '../../../store/bugs.ts';
import type { Html } from '../page.ts';
import { excerpt } from '../../view/excerpt.ts';
import { field, form, select } from './form-controls.ts';

export interface ControlOptions {
  readonly csrf: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
  /** Versions offered for "closed in". */
  readonly versions: readonly string[];
}

/** All that can be done to a bug that is not merged away, as menus in its headline: each form works without scripts. */
export function bugControls(bug: Bug, { csrf, choices, versions }: ControlOptions): Html {
  const to = `/bugs/${bug.id}`;
  const part = (action: string, body: Html): Html => form({ to, action, csrf, className: 'stack' }, body);
  const menu = (summary: string, body: Html, className = 'menu'): Html =>
    html`<details class="${className}">
      <summary class="button">${summary}</summary>
      <div class="menu-body">${body}</div>
    </details>`;
  const assigned = choices.find(({ value }) => value === bug.assignee)?.label ?? bug.assignee;
  return html`<div class="acts" role="group" aria-label="What can be done">
    ${
      bug.state === 'closed'
        ? null
        : menu(
            'Close',
            part(
              'close',
              html`${field({ name: 'in_version', label: 'Fixed in version (optional)', maxLength: 200, offers: versions.slice(0, 20) })}
                <button class="primary">Close bug</button>`,
            ),
            'menu primary',
          )
    }
    ${bug.state === 'open' ? null : form({ to, action: 'reopen', csrf, className: 'inline' }, html`<button class="primary">Reopen bug</button>`)}
    ${menu(
      assigned === null ? 'Assign' : `Assigned to ${excerpt(assigned, 40).text}`,
      part(
        'assign',
        html`${select({ name: 'assignee', label: 'Assignee', value: bug.assignee ?? '', choices: [{ value: '', label: 'nobody' }, ...choices] })}
          <button>Assign</button>`,
      ),
    )}
    ${
      bug.state === 'ignored'
        ? null
        : menu(
            'Ignore',
            part(
              'ignore',
              html`${field({ name: 'until', label: 'Until the day (UTC; empty: no day)', type: 'date' })}
                ${field({ name: 'until_count', label: 'Or until it has crashed this often', type: 'number', min: 1, hint: `It has crashed ${bug.count} times by now.` })}
                <button>Ignore bug</button>`,
            ),
          )
    }
    ${menu(
      'More',
      html`${part(
        'ticket',
        html`${field({ name: 'ticket', label: 'Ticket: number, key or address', value: bug.ticket ?? '', maxLength: 500 })}
            <button>Set ticket</button>`,
      )}
        ${part(
          'merge',
          html`${field({ name: 'into', label: 'Merge into the bug with this number', required: true, hint: 'Everything of this bug moves there. It can be undone there.' })}
            <button class="danger">Merge</button>`,
        )}`,
    )}
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
