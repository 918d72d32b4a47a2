// Stack traces of any language in annotations or attached texts: reports of programs that use the form upload for their own.
import { readLog } from '../../formats/logs/read-log.ts';
import { notUnderstood, type Understood } from '../crash-draft.ts';
import { partText, type EvidenceSource, type EvidenceInput } from './evidence-source.ts';
import { type LogSource, understoodLog } from './log-crash.ts';

/** Names under which programs send traces; they are asked first. */
const LIKELY_NAME = /stack|trace|exception|panic|crash|error|log/i;
const MAX_CANDIDATES = 20;
const MAX_TEXT = 1024 * 1024;
/** One line can be a trace only where it is a stack of JavaScript or a message; those are not worth a bug. */
const MIN_TEXT = 20;
/** Also as a logger writes them into one line. */
const SEVERAL_LINES = /\n|\\n|#012/;

/** A trace found by looking at texts. */
export const textTraceEvidence: EvidenceSource = {
  name: 'trace',
  understand: (input) => {
    if (input.report.protocol !== 'crashpad' && input.report.protocol !== 'socorro') return null;
    let problem: Understood | null = null;
    for (const { name, source, text } of candidates(input)) {
      const reading = readLog(text);
      const understood = understoodLog(reading, { source, name, text }, input);
      if (understood !== null) {
        const told = (found: Understood): Understood => ({
          ...found,
          notes: [...found.notes, `The stack trace was found in "${name}".`],
        });
        return understood instanceof Promise ? understood.then(told) : told(understood);
      }
      // Only a text that is called so promises a trace; any other has the right to hold none.
      if (LIKELY_NAME.test(name)) problem ??= notUnderstood(reading.problem ?? '', '', reading.notes);
    }
    return problem;
  },
};

type Candidate = LogSource;

function candidates(input: EvidenceInput): readonly Candidate[] {
  const all: Candidate[] = [];
  for (const [name, value] of Object.entries(input.annotations)) {
    if (typeof value === 'string' && value.length >= MIN_TEXT && SEVERAL_LINES.test(value))
      all.push({ name, source: 'annotation', text: value.slice(0, MAX_TEXT) });
  }
  for (const { name, kind } of input.report.attachments) {
    const text = kind === 'minidump' ? null : partText(input, name);
    if (text !== null && !looksBinary(text))
      all.push({ name, source: 'attachment', text: text.slice(0, MAX_TEXT) });
  }
  return [
    ...all.filter(({ name }) => LIKELY_NAME.test(name)),
    ...all.filter(({ name }) => !LIKELY_NAME.test(name)),
  ].slice(0, MAX_CANDIDATES);
}

/** PHP has a NUL in the names of anonymous classes, so that one alone is no sign of a file that is no text. */
function looksBinary(text: string): boolean {
  const head = text.slice(0, 4096);
  return (head.split('\0').length - 1) * 100 > head.length;
}
