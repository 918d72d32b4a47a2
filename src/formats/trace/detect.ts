// Finds out which language's trace a text is, and reads it.
import { isCppLine, parseCppWords } from './cpp-words.ts';
import { isDotnetLine, parseDotnetTrace } from './dotnet-trace.ts';
import { isGoLine, parseGoPanic } from './go-panic.ts';
import { isJavaLine, parseJavaTrace } from './java-trace.ts';
import { isJavaScriptLine, parseJavaScriptStack } from './javascript-stack.ts';
import { isPhpLine, parsePhpTrace } from './php-trace.ts';
import { isPythonLine, parsePythonTrace } from './python-trace.ts';
import { isRubyLine, parseRubyTrace } from './ruby-trace.ts';
import { isRustLine, parseRustTrace } from './rust-trace.ts';
import { traceLines } from './trace-lines.ts';
import type { Trace, TraceFormat } from './trace.ts';

/** Lines that are looked at; a trace within a longer log is found by its own parser once its language is known. */
const MAX_LINES = 5000;

interface FormatEntry {
  readonly format: TraceFormat;
  /** True for a line that this language alone writes. */
  readonly recognises: (line: string) => boolean;
  readonly parse: (text: string) => Trace;
}

/** Every format, in the order in which a line is offered: the first that recognises it has it. */
const FORMATS: readonly FormatEntry[] = [
  { format: 'go', recognises: isGoLine, parse: parseGoPanic },
  { format: 'java', recognises: isJavaLine, parse: parseJavaTrace },
  { format: 'python', recognises: isPythonLine, parse: parsePythonTrace },
  { format: 'php', recognises: isPhpLine, parse: parsePhpTrace },
  { format: 'ruby', recognises: isRubyLine, parse: parseRubyTrace },
  // Before JavaScript, whose frames say "at" a place too.
  { format: 'rust', recognises: isRustLine, parse: parseRustTrace },
  { format: 'javascript', recognises: isJavaScriptLine, parse: parseJavaScriptStack },
  { format: 'dotnet', recognises: isDotnetLine, parse: parseDotnetTrace },
  { format: 'c++', recognises: isCppLine, parse: parseCppWords },
];

/** The language whose lines are most frequent in the text, or null where no line is any language's. */
export function detectTraceFormat(text: string): TraceFormat | null {
  const counts = new Map<TraceFormat, number>();
  for (const line of traceLines(text).lines.slice(0, MAX_LINES)) {
    const entry = FORMATS.find(({ recognises }) => recognises(line));
    if (entry !== undefined) counts.set(entry.format, (counts.get(entry.format) ?? 0) + 1);
  }
  let best: TraceFormat | null = null;
  for (const { format } of FORMATS) {
    if ((counts.get(format) ?? 0) > (best === null ? 0 : (counts.get(best) ?? 0))) best = format;
  }
  return best;
}

/** Reads a trace of a known language, or of the one that the text looks like; null where it looks like none. */
export function parseTrace(text: string, format: TraceFormat | null = detectTraceFormat(text)): Trace | null {
  return FORMATS.find((entry) => entry.format === format)?.parse(text) ?? null;
}
