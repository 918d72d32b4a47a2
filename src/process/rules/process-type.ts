// Which of a program's processes crashed.
import type { ProcessingRule } from '../rule.ts';

/** The first of these annotations counts: Socorro's, Electron's, Chromium's. */
const ANNOTATIONS = ['ProcessType', 'process_type', 'ptype'];

/** Sets `process_type`; without an annotation it was the main process, `parent`. */
export const processTypeRule: ProcessingRule = {
  name: 'ProcessTypeRule',
  act: ({ annotations }) => {
    const name = ANNOTATIONS.find(
      (candidate) => typeof annotations[candidate] === 'string' && annotations[candidate] !== '',
    );
    return { found: { process_type: name === undefined ? 'parent' : annotations[name] } };
  },
};
