// Asks the reader of logs, which the server has too, what was recorded: a line that looks like the first one of a crash is none
// where nothing of a crash follows it.
import { readLog } from '../../formats/logs/read-log.ts';
import type { CrashKind } from './crash-patterns.ts';

/** Of so few lines even those that nobody understands are the last words of a process that failed. */
const LAST_WORDS = 20;

/** What became of the process: it failed, it ended well, or it lives on. */
export type Outcome = 'failed' | 'succeeded' | 'lives';

/** Whether a recorded text is kept as a crash. */
export function isCrash(text: string, kind: CrashKind, outcome: Outcome): boolean {
  if (kind === 'asked' || kind === 'thread') return true;
  if (outcome !== 'failed' && kind === 'maybe') return false;
  const { crash } = readLog(text);
  if (outcome === 'failed') return crash !== null || text.trimEnd().split('\n').length <= LAST_WORDS;
  // A program of which one process has died can live on, or end well: a shell, a server with workers. That has a stack.
  return (
    crash !== null && crash.fate === 'ended' && crash.trace.exceptions.some(({ frames }) => frames.length > 0)
  );
}
