// What the words around a trace say of the program's end, beyond what its language says itself.
import type { FoundTrace, TraceFate } from '../trace/trace-language.ts';
import type { LogLine } from './log-lines.ts';

const LINES_BEFORE = 4;
/** Words of run-times, frameworks and people for an error that nobody caught. */
const ENDS =
  /FATAL EXCEPTION|^\s*\**\s*(?:FATAL|CRASH)\b|\b(?:[Uu]n(?:caught|handled)|crashed|terminating|will (?:now )?exit|exiting|shutting down|giving up)\b|Exception in thread "|Node\.js v\d/;
const SURVIVES = /\bNon-fatal\b|\b(?:caught|ignored|ignoring|retry(?:ing)?|recovered)\b/i;
const LEVEL_LOW =
  /(?:^|[\s[(|:/,])(?:WARN(?:ING)?|INFO|DEBUG|TRACE|NOTICE|VERBOSE|warn(?:ing)?|info|debug|trace|[WIDV](?=[/ ]))(?:[\s\]):|,/]|$)/;
const LEVEL_FATAL =
  /(?:^|[\s[(|])(?:FATAL|CRITICAL|CRIT|EMERG(?:ENCY)?|ALERT|PANIC|fatal|critical|F(?=\/))(?:[\s\]):|,/]|$)/;

/** The fate of a trace: its language's word first, then the words and the level in front of it. */
export function fateOf(found: FoundTrace, lines: readonly LogLine[], from: number): TraceFate {
  if (found.fate === 'ended') return 'ended';
  const first = lines[found.first];
  const before = lines.slice(Math.max(from, found.first - LINES_BEFORE), found.first + 1);
  const said = before.map(({ text }) => text.slice(0, 300));
  if (said.some((text) => ENDS.test(text) && !SURVIVES.test(text))) return 'ended';
  const prefix = (first?.prefix ?? '') || (before.findLast(({ begins }) => begins)?.prefix ?? '');
  if (LEVEL_FATAL.test(prefix)) return 'ended';
  if (found.fate === 'logged' && (LEVEL_LOW.test(prefix) || said.some((text) => /\bNon-fatal\b/i.test(text))))
    return 'handled';
  return found.fate;
}
