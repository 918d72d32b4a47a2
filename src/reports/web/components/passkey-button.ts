// A button that asks the browser for a passkey and sends its form with the answer. It is hidden where no script runs or the browser knows none.
import { html } from 'hono/html';
import type { Html } from '../page.ts';

/** Inside a form: `options` is what `askForPasskey` gives. */
export function passkeyButton(options: {
  readonly act: 'get' | 'create';
  readonly name: string;
  readonly options: string;
  readonly label: string;
}): Html {
  return html`<input type="hidden" name="${options.name}" value="" />
    <button type="button" hidden data-passkey="${options.act}" data-passkey-field="${options.name}" data-passkey-options="${options.options}">${options.label}</button>
    <p class="fault" role="alert" hidden data-passkey-fault></p>`;
}
