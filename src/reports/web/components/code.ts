// A block of text to be copied: a command, a configuration, a stack.
import { html } from 'hono/html';
import type { Html } from '../page.ts';

/** `id` must be unique on its page. The button appears where scripts run. */
export function codeBlock(options: {
  readonly id: string;
  readonly text: string;
  readonly label: string;
}): Html {
  return html`<div class="code">
    <pre id="${options.id}" tabindex="0" aria-label="${options.label}"><code>${options.text}</code></pre>
    <button type="button" class="copy" data-copy="${options.id}" hidden>Copy</button>
  </div>`;
}
