// The signature of a managed crash: the kind of the exception and the place that names it.
import { readFileSync } from 'node:fs';
import type { Trace, TraceException, TraceFormat, TraceFrame } from '../../../formats/trace/trace.ts';
import { compileLists, type FramePattern } from '../../signature/lists.ts';
import { collapseSpace, firstCharacters, strip } from '../../signature/signature-text.ts';
import { MAX_SIGNATURE_LENGTH } from '../../signature/rules/truncate.ts';
import { frameName } from './frame-name.ts';

/** A signature of a trace and how it was obtained. */
export interface TraceSignature {
  readonly signature: string;
  /** The frame that names the crash; null where the trace has none. */
  readonly frame: TraceFrame | null;
  readonly explanation: readonly string[];
}

/** What a product may add. */
export interface TraceSignatureOptions {
  /** Frames that do not name a bug, beside those of the language's own list. */
  readonly irrelevant?: FramePattern;
}

const LIST_NAMES: Readonly<Partial<Record<TraceFormat, string>>> = {
  go: 'go',
  java: 'java',
  javascript: 'javascript',
  python: 'python',
  php: 'php',
  ruby: 'ruby',
  dotnet: 'dotnet',
  // What the list of native signatures was: that one goes on changing.
  rust: 'native',
  'c++': 'native',
};

const LANGUAGE_LISTS: ReadonlyMap<string, FramePattern> = new Map(
  Object.entries(LIST_NAMES).map(([format, name]) => {
    const text = readFileSync(new URL(`lists/${name}.txt`, import.meta.url), 'utf8');
    return [format, compileLists([{ irrelevant: text }]).irrelevant];
  }),
);

interface Candidate {
  readonly exception: TraceException;
  readonly frame: TraceFrame;
  readonly name: string;
}

/**
 * Looks at the exceptions root cause first, and at the frames of each innermost first: the first frame of the
 * application itself names the crash; else the first that is neither the run-time's nor on a list; else the very
 * first. The exception that it belongs to gives the kind, so that wrapping an error does not make a new bug of it.
 */
export function traceSignature(trace: Trace, { irrelevant }: TraceSignatureOptions = {}): TraceSignature {
  const languageList = LANGUAGE_LISTS.get(trace.format);
  const isListed = (name: string): boolean => (irrelevant?.(name) ?? languageList?.(name) ?? null) !== null;
  let unlisted: Candidate | null = null;
  let first: Candidate | null = null;
  // Names and lists cost the most: frames that cannot decide any more are not asked for theirs.
  for (const exception of trace.exceptions) {
    for (const frame of exception.frames) {
      const { inApp } = frame;
      if (first !== null && (inApp === false || (inApp === null && unlisted !== null))) continue;
      const name = frameName(trace.format, frame);
      if (name === '') continue;
      const candidate: Candidate = { exception, frame, name };
      first ??= candidate;
      if (inApp === false || isListed(name)) continue;
      if (inApp === true) return made(candidate, 'it is the first frame of the application');
      unlisted ??= candidate;
    }
  }
  if (unlisted !== null)
    return made(unlisted, 'it is the first frame that is neither the run-time nor on a list');
  if (first !== null) return made(first, 'every frame is of the run-time or on a list, and it is the first');
  const last = trace.exceptions.at(-1);
  const signature = finished(
    last === undefined ? '' : [last.kind, firstLine(last.message)].filter(Boolean).join(': '),
  );
  return {
    signature: signature === '' ? `EMPTY: no ${trace.format} exception in the text` : signature,
    frame: null,
    explanation: ['the trace has no frames, so kind and message stand alone'],
  };
}

function made({ exception, frame, name }: Candidate, because: string): TraceSignature {
  const kind = exception.kind === '' ? 'unknown' : exception.kind;
  return {
    signature: finished(`${kind}: ${name}`),
    frame,
    explanation: [
      `"${name}" names the crash: ${because}`,
      `its exception is ${kind}`,
      `read from: ${frame.raw}`,
    ],
  };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? '';
}

/** Control characters go, white space is collapsed, and there is an end. Other alphabets stay: class names use them. */
function finished(text: string): string {
  const clean = strip(collapseSpace(text.replace(/[\u0000-\u0008\u000e-\u001f\u007f]/g, '')));
  if (clean.length <= MAX_SIGNATURE_LENGTH) return clean;
  return `${firstCharacters(clean, MAX_SIGNATURE_LENGTH - 3)}...`;
}
