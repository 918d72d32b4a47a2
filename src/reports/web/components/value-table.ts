// How values look: times, numbers, sizes, ids. Exact values stand in titles.
import { html } from 'hono/html';
import { excerpt } from '../../view/excerpt.ts';
import { typedValue } from '../../view/typed-value.ts';
import type { Html } from '../page.ts';
import { relativeTime } from './relative-time.ts';

/** A relative time with the exact UTC time in `datetime` and on hover. */
export function time(at: number | null, now: number): Html {
  if (at === null) return html`<span class="quiet">never</span>`;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" title="${exactTime(at)}">${relativeTime(at, now)}</time>`;
}

/** The exact time as people read it: `2026-11-20 14:03:22 UTC`. */
export function exactTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Thin separators between thousands (U+2009 breaks lines, U+202F does not). */
export function count(value: number): string {
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f');
}

const KB = 1024;
const MB = KB * KB;

/** MB with one decimal; what would be 0.0 MB in KB or bytes. */
export function sizeText(bytes: number): string {
  if (bytes < KB) return `${bytes}\u00a0B`;
  if (bytes < MB / 10) return `${Math.round(bytes / KB)}\u00a0KB`;
  const [whole = '0', decimal = '0'] = (bytes / MB).toFixed(1).split('.');
  return `${count(Number(whole))}.${decimal}\u00a0MB`;
}

/** A size with the bytes on hover. */
export function size(bytes: number): Html {
  return html`<span title="${count(bytes)} bytes">${sizeText(bytes)}</span>`;
}

/** A hash or id cut for a table, the whole on hover (of anything longer than a hash, the beginning). */
export function shortId(id: string, length = 10): Html {
  return id.length <= length + 4
    ? html`<code>${id}</code>`
    : html`<code title="${excerpt(id, TITLE_BUDGET).text}">${id.slice(0, length)}…</code>`;
}

/** Bytes of HTML for a text in a table, for its title, and characters that surely fit into its column. */
const CUT_BUDGET = 80;
const TITLE_BUDGET = 120;
const SURELY_FITS = 18;

/** Text that a table cuts at the width of its column; more of it on hover, the whole on the detail page. */
export function cut(text: string): Html {
  if (text.length <= SURELY_FITS) return html`${text}`;
  return html`<span class="cut" title="${excerpt(text, TITLE_BUDGET).text}"
    >${excerpt(text, CUT_BUDGET).text}</span
  >`;
}

/** For a value that is not there. */
export const nothing = html`<span class="quiet none">–</span>`;

/** A value with what it is in words where its name tells: a time, memory, a duration; the digits stay beside it. */
export function typed(name: string, value: string, shown: string): Html {
  const words = typedValue(name, value);
  return words === null
    ? html`<span class="value">${shown}</span>`
    : html`<span class="value">${words}</span> <span class="quiet">${shown}</span>`;
}
