// The form that uploads symbols from a browser, wherever they are missed.
import { html } from 'hono/html';
import { CSRF_FIELD } from '../../auth/csrf.ts';
import type { Html } from '../page.ts';
import { select } from './form-controls.ts';

/** Where the form goes: a page of its own, as it alone takes files. */
export const SYMBOL_UPLOAD = '/symbols/upload';
/** The field that says which report somebody came from, to lead back to it. */
export const CAME_FROM = 'report';

/** The field that says whose they are. */
export const WHOSE = 'account';

/**
 * `crashId`: the report that lacks them, whose account has them then; null: the form stands somewhere else. `accounts`: those that may
 * be meant, where it is not clear.
 */
export function symbolUploadForm(
  csrf: string,
  crashId: string | null,
  accounts: readonly string[] = [],
): Html {
  // What is no file stands before the files, so that it is read first.
  return html`<form method="post" action="${SYMBOL_UPLOAD}" enctype="multipart/form-data" class="row-form symbol-upload">
    <input type="hidden" name="${CSRF_FIELD}" value="${csrf}" />
    ${crashId === null ? null : html`<input type="hidden" name="${CAME_FROM}" value="${crashId}" />`}
    ${
      accounts.length === 0
        ? null
        : select({
            label: 'They belong to the account',
            name: WHOSE,
            value: '',
            // Nothing is chosen beforehand: what stands first would be taken for what is meant.
            choices: ['', ...accounts].map((value) => ({
              value,
              label: value === '' ? 'choose one' : value,
            })),
          })
    }
    <div class="field">
      <label for="symbol-files">Symbol files: programs, libraries, debug files (.pdb, .debug, .dSYM), .sym, or a zip of them</label>
      <input id="symbol-files" name="symbol_file" type="file" multiple required />
    </div>
    <button>Upload symbols</button>
  </form>`;
}
