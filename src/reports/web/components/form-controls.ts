// Forms and their fields. Every posted form carries the token against forged posts and the name of its action.
import { html } from 'hono/html';
import { CSRF_FIELD } from '../../auth/csrf.ts';
import type { Html } from '../page.ts';

/** The hidden field that names the action of a page. */
export const ACTION_FIELD = 'action';

/** A form that posts one action to a page. */
export function form(
  options: {
    readonly to: string;
    readonly action: string;
    readonly csrf: string;
    readonly className?: string;
  },
  body: Html,
): Html {
  return html`<form method="post" action="${options.to}" class="${options.className ?? 'stack'}">
    <input type="hidden" name="${CSRF_FIELD}" value="${options.csrf}" />
    <input type="hidden" name="${ACTION_FIELD}" value="${options.action}" />
    ${body}
  </form>`;
}

export interface FieldOptions {
  readonly name: string;
  /** Where a page has several fields of one name; default: `name`. */
  readonly id?: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password' | 'number' | 'date' | 'search';
  readonly value?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly min?: number;
  readonly max?: number;
  readonly maxLength?: number;
  /** Values offered while typing. */
  readonly offers?: readonly string[];
  /** `/` puts the cursor here. */
  readonly search?: boolean;
  readonly placeholder?: string;
}

/** A labelled input. */
export function field(options: FieldOptions): Html {
  const id = `field-${options.id ?? options.name}`;
  const { hint, offers, placeholder } = options;
  return html`<div class="field">
    <label for="${id}">${options.label}</label>
    <input
      id="${id}"
      name="${options.name}"
      type="${options.type ?? 'text'}"
      value="${options.value ?? ''}"
      ${options.required === true ? html` required` : null}
      ${options.autocomplete === undefined ? null : html` autocomplete="${options.autocomplete}"`}
      ${options.min === undefined ? null : html` min="${options.min}"`}
      ${options.max === undefined ? null : html` max="${options.max}"`}
      ${options.maxLength === undefined ? null : html` maxlength="${options.maxLength}"`}
      ${placeholder === undefined ? null : html` placeholder="${placeholder}"`}
      ${hint === undefined ? null : html` aria-describedby="${id}-hint"`}
      ${offers === undefined ? null : html` list="${id}-offers"`}
      ${options.search === true ? html` data-search` : null}
    />
    ${offers === undefined ? null : html`<datalist id="${id}-offers">${offers.map((offer) => html`<option value="${offer}"></option>`)}</datalist>`}
    ${hint === undefined ? null : html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/** A labelled select. The value is kept even where it is not among the options (it came from a link). */
export function select(options: {
  readonly name: string;
  /** Of the element, after `field-`; default: the name. */
  readonly id?: string;
  readonly label: string;
  readonly value: string;
  readonly choices: readonly { readonly value: string; readonly label: string }[];
}): Html {
  const { name, label, value, choices } = options;
  const id = `field-${options.id ?? name}`;
  const known = choices.some((choice) => choice.value === value);
  const all = known ? choices : [...choices, { value, label: value }];
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}">
      ${all.map((choice) => html`<option value="${choice.value}" ${choice.value === value ? html` selected` : null}>${choice.label}</option>`)}
    </select>
  </div>`;
}

/** A labelled checkbox. */
export function checkbox(options: {
  readonly name: string;
  /** Where a page has several boxes of one name; default: `name`. */
  readonly id?: string;
  readonly label: string;
  readonly checked?: boolean;
  readonly hint?: string;
}): Html {
  const { name, label, hint } = options;
  const id = `field-${options.id ?? name}`;
  return html`<div class="check">
    <input
      id="${id}"
      name="${name}"
      type="checkbox"
      value="yes"
      ${options.checked === true ? html` checked` : null}
      ${hint === undefined ? null : html` aria-describedby="${id}-hint"`}
    />
    <label for="${id}">${label}</label>
    ${hint === undefined ? null : html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/** What was wrong with a form, above it. */
export function faultBox(fault: string | null): Html | null {
  return fault === null ? null : html`<p class="fault" role="alert">${fault}</p>`;
}
