// Stack traces of any language in annotations or attached texts: reports of programs that use the form upload for their own.
import { detectTraceFormat, parseTrace } from '../../formats/trace/detect.ts';
import { parseGoPanic } from '../../formats/trace/go-panic.ts';
import type { CrashDraft } from '../crash-draft.ts';
import { readFingerprint } from '../grouping/client-fingerprint.ts';
import { goCrash } from './go-panic-evidence.ts';
import { traceCrash } from './trace-crash.ts';
import { partText, type EvidenceSource, type EvidenceInput } from './evidence-source.ts';

/** Names under which programs send traces; they are asked first. */
const LIKELY_NAME = /stack|trace|exception|panic|crash|error|log/i;
const MAX_CANDIDATES = 20;
const MAX_TEXT = 1024 * 1024;
/** One line can be a trace only where it is a stack of JavaScript or a message; those are not worth a bug. */
const MIN_TEXT = 20;

/** A trace found by looking at texts. */
export const textTraceEvidence: EvidenceSource = {
  name: 'trace',
  understand: (input) => {
    if (input.report.protocol !== 'crashpad' && input.report.protocol !== 'socorro') return null;
    for (const { name, text } of candidates(input)) {
      const crash = crashIn(text, input);
      if (crash === null) continue;
      const notes = [...crash.notes, `The stack trace was found in "${name}".`];
      return { crashes: [crash.draft], problem: null, facts: {}, notes };
    }
    return null;
  },
};

interface Candidate {
  readonly name: string;
  readonly text: string;
}

function candidates(input: EvidenceInput): readonly Candidate[] {
  const all: Candidate[] = [];
  for (const [name, value] of Object.entries(input.annotations)) {
    if (typeof value === 'string' && value.length >= MIN_TEXT && value.includes('\n'))
      all.push({ name, text: value.slice(0, MAX_TEXT) });
  }
  for (const { name, kind } of input.report.attachments) {
    const text = kind === 'minidump' ? null : partText(input, name);
    if (text !== null && !text.slice(0, 4096).includes('\0'))
      all.push({ name, text: text.slice(0, MAX_TEXT) });
  }
  return [
    ...all.filter(({ name }) => LIKELY_NAME.test(name)),
    ...all.filter(({ name }) => !LIKELY_NAME.test(name)),
  ].slice(0, MAX_CANDIDATES);
}

function crashIn(
  text: string,
  input: EvidenceInput,
): { readonly draft: CrashDraft; readonly notes: readonly string[] } | null {
  const format = detectTraceFormat(text);
  if (format === null) return null;
  if (format === 'go') {
    const trace = parseGoPanic(text);
    const draft = goCrash(trace, input);
    return draft === null ? null : { draft, notes: trace.notes };
  }
  const trace = parseTrace(text, format);
  if (trace === null || trace.exceptions.length === 0) return null;
  const fingerprint = readFingerprint(input.annotations['fingerprint']);
  const draft = traceCrash(trace, { product: input.product, fingerprint });
  return { draft, notes: trace.notes };
}
