// Acts on many bugs in words.
import type { BulkAct, BulkChange } from '../../store/bulk-acts.ts';
import { excerpt } from './excerpt.ts';

const NAME_BUDGET = 80;

/** `closed 12 bugs as fixed in 2.1`. `names`: of people by e-mail address. */
export function actWords(act: BulkAct, names: ReadonlyMap<string, string>): string {
  const { change, changed } = act;
  return `${doneTo(change)} ${bugsWord(changed)}${further(change, names)}`;
}

/** `1 bug`, `12 bugs`, with thin separators. */
export function bugsWord(number: number): string {
  return `${String(number).replaceAll(/\B(?=(\d{3})+$)/g, '\u202f')} ${number === 1 ? 'bug' : 'bugs'}`;
}

function doneTo({ do: what }: BulkChange): string {
  return { close: 'closed', reopen: 'reopened', ignore: 'ignored', assign: 'assigned', merge: 'merged' }[
    what
  ];
}

function further(change: BulkChange, names: ReadonlyMap<string, string>): string {
  switch (change.do) {
    case 'close':
      return change.inVersion === null ? '' : ` as fixed in ${excerpt(change.inVersion, NAME_BUDGET).text}`;
    case 'assign': {
      const { assignee } = change;
      return ` to ${assignee === null ? 'nobody' : excerpt(names.get(assignee) ?? assignee, NAME_BUDGET).text}`;
    }
    case 'merge':
      return ` into bug ${change.into}`;
    default:
      return '';
  }
}
