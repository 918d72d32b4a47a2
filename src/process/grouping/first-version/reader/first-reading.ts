// How version 1 found out which language's trace a text is: every line was offered to each language, and the one with the most lines had
// the whole text. This folder is that reader, as it was: bugs of its time are found by the keys that it gave, so nothing in it changes.
import { parseGoPanic } from '../../../../formats/trace/go-panic.ts';
import { parsePythonTrace } from '../../../../formats/trace/python-trace.ts';
import { traceLines } from '../../../../formats/trace/trace-lines.ts';
import type { Trace, TraceFormat } from '../../../../formats/trace/trace.ts';
import { firstCppWords, isCppLine } from './first-cpp-words.ts';
import { firstDotnetTrace, isDotnetLine } from './first-dotnet-trace.ts';
import { firstJavaTrace, isJavaLine } from './first-java-trace.ts';
import { firstJavaScriptStack, isJavaScriptLine } from './first-javascript-stack.ts';
import { firstPhpTrace, isPhpLine } from './first-php-trace.ts';
import { firstRubyTrace, isRubyLine } from './first-ruby-trace.ts';
import { firstRustTrace, isRustLine } from './first-rust-trace.ts';

/** Lines that were looked at. */
const MAX_LINES = 5000;

const GO_LINE =
  /^goroutine (\d{1,20})(?: gp=\S+)?(?: m=\S+)?(?: mp=\S+)? \[([^\]]*)\]:?|^\t\S.*\.(?:go|s):\d{1,9}(?: \+0x[0-9a-f]{1,16}.*)?$|^created by (.+?)(?: in goroutine \d{1,20})?$/;
const PYTHON_FRAME = /^\s*File "([^"]*)", line (\d{1,9})(?:, in (.*))?$/;
const PYTHON_JOINED =
  /The above exception was the direct cause of the following exception:|During handling of the above exception, another exception occurred:/;

interface FirstFormat {
  readonly format: TraceFormat;
  readonly recognises: (line: string) => boolean;
  readonly parse: (text: string) => Trace;
}

/** In the order in which a line was offered: the first that recognised it had it. */
const FORMATS: readonly FirstFormat[] = [
  { format: 'go', recognises: (line) => GO_LINE.test(line), parse: parseGoPanic },
  { format: 'java', recognises: isJavaLine, parse: firstJavaTrace },
  { format: 'python', recognises: isPythonLine, parse: parsePythonTrace },
  { format: 'php', recognises: isPhpLine, parse: firstPhpTrace },
  { format: 'ruby', recognises: isRubyLine, parse: firstRubyTrace },
  // Before JavaScript, whose frames say "at" a place too.
  { format: 'rust', recognises: isRustLine, parse: firstRustTrace },
  { format: 'javascript', recognises: isJavaScriptLine, parse: firstJavaScriptStack },
  { format: 'dotnet', recognises: isDotnetLine, parse: firstDotnetTrace },
  { format: 'c++', recognises: isCppLine, parse: firstCppWords },
];

function isPythonLine(line: string): boolean {
  return (
    (line.includes('File "') && PYTHON_FRAME.test(line.replace(/^[\s|]+/, ' '))) || PYTHON_JOINED.test(line)
  );
}

/** The trace of a text; null where version 1 found none. `format`: the language that the way in tried before any other. */
export function firstReading(text: string, format?: TraceFormat): Trace | null {
  return (format === undefined ? null : read(text, format)) ?? read(text, detected(text));
}

function read(text: string, format: TraceFormat | null): Trace | null {
  const trace = FORMATS.find((entry) => entry.format === format)?.parse(text);
  return trace === undefined || trace.exceptions.length === 0 ? null : trace;
}

/** The language whose lines are most frequent in the text; null where no line is any language's. */
function detected(text: string): TraceFormat | null {
  const counts = new Map<TraceFormat, number>();
  for (const line of traceLines(text).lines.slice(0, MAX_LINES)) {
    const found = FORMATS.find(({ recognises }) => recognises(line))?.format;
    if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  let best: TraceFormat | null = null;
  for (const { format } of FORMATS) {
    if ((counts.get(format) ?? 0) > (best === null ? 0 : (counts.get(best) ?? 0))) best = format;
  }
  return best;
}
