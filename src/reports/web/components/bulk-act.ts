// What was done to many bugs, above the list: how many, by whom, and the way back or on.
import { html } from 'hono/html';
import { isUnderWay, UNDO_MS } from '../../../store/bulk-acts.ts';
import type { BulkAct } from '../../../store/bulk-acts.ts';
import { actWords, bugsWord } from '../../view/bulk-words.ts';
import type { Html } from '../page.ts';
import { form } from './form-controls.ts';
import { time } from './value-table.ts';

export interface ActOptions {
  readonly now: number;
  readonly csrf: string;
  readonly names: ReadonlyMap<string, string>;
  readonly mayChange: boolean;
  /** The list that a button leads back to, as a path. */
  readonly back: string;
}

/** A line with buttons. */
export function bulkActLine(act: BulkAct, options: ActOptions): Html {
  return html`<div class="done act" role="status">
    <span><strong>${act.by}</strong> ${actWords(act, options.names)} <span class="quiet">${time(act.at, options.now)}</span>${outcome(act)}</span>
    ${bulkActButtons(act, options)}
  </div>`;
}

/** What became of it, in words. */
export function outcome(act: BulkAct): Html | null {
  const { undoneBy, bugs, done, changed, restored, kept } = act;
  if (undoneBy === null) {
    return isUnderWay(act)
      ? html`; ${bugsWord(done)} of ${bugs} had their turn so far.`
      : changed < bugs
        ? html`; ${bugsWord(bugs - changed)} ${bugs - changed === 1 ? 'was' : 'were'} so already, or gone.`
        : null;
  }
  const stays =
    kept === 0
      ? ''
      : ` ${bugsWord(kept)} ${kept === 1 ? 'was' : 'were'} changed since and stay${kept === 1 ? 's' : ''} so.`;
  return isUnderWay(act)
    ? html`; undone by ${undoneBy}: ${bugsWord(restored)} of ${changed} so far.${stays}`
    : html`; undone by ${undoneBy}: ${bugsWord(restored)} ${restored === 1 ? 'is' : 'are'} what ${restored === 1 ? 'it was' : 'they were'}, in the history, too.${stays}`;
}

/** Undo and go on, as far as there is something to. */
export function bulkActButtons(act: BulkAct, { csrf, mayChange, back, now }: ActOptions): Html | null {
  if (!mayChange) return null;
  const button = (action: string, label: string): Html =>
    form(
      { to: '/bugs/acts', action, csrf, className: 'inline' },
      html`<input type="hidden" name="act" value="${act.id}" /><input type="hidden" name="back" value="${back}" /><button>${label}</button>`,
    );
  const canBeUndone =
    act.undoneAt === null && (act.changed > 0 || isUnderWay(act)) && now - act.at <= UNDO_MS;
  return html`${isUnderWay(act) ? button('go-on', act.undoneAt === null ? 'Go on' : 'Go on undoing') : null}${
    canBeUndone ? button('undo', `Undo for ${bugsWord(act.changed)}`) : null
  }`;
}
