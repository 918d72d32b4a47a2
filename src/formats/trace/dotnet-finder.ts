// .NET, Mono and Unity exceptions in logs: where one begins and ends.
import { isDotnetLine, parseDotnetTrace } from './dotnet-trace.ts';
import { linesOf, traceExtent, type TraceShape } from './trace-extent.ts';
import type { FoundTrace, TraceLanguage, TraceText } from './trace-language.ts';

const FRAME = /^\s+(?:at|bei|à|en|in|w|в|em|på|konum:|場所|위치:|在) \S/u;
const INSIDE =
  /^\s*-{2,4}>? ?(?:End of |\(Inner Exception #)|^\s*-{20,}\s*$|^\s*Repeat \d{1,9} times:\s*$|^\s*--- .{1,120} ---\s*$|^\s*Rethrow as |<---$|^\(wrapper [\w-]{1,40}\) /;
const CHAINED = /^\s*---> \S/;
const UNHANDLED =
  /(?:Unhandled [Ee]xception(?:[.:]| occurred)|An unhandled exception|FATAL UNHANDLED EXCEPTION|Process terminated\.)/;
const LOGGED = /An unhandled exception (?:was|has)\b/;
const SURE =
  /(?:^|[\s:([>])((?:[A-Za-z_][\w`+]{0,120}\.){0,20}[A-Z][\w`+]{0,120}(?:Exception|Error))(?: \(0x[0-9A-Fa-f]{1,16}\)| \(\d{1,6}\))?(?=:\s|\s*$|: | ---> )/;
const POSSIBLE = /^(?:[A-Za-z_][\w`+]{0,120}\.){1,20}[A-Z][\w`+]{0,120}: /;

/** What the run-time itself says when it cannot go on; the stack follows at once. */
const FATAL = /^(?:Stack overflow\.\s*$|Process terminated\.|Fatal error\. \S)/;

/** .NET, .NET Framework, Mono, Unity. */
export const dotnetLanguage: TraceLanguage = {
  format: 'dotnet',
  recognises: (line) =>
    isDotnetLine(line) ||
    /^(?:Unhandled [Ee]xception[.:]|Unhandled Exception: )/.test(line) ||
    FATAL.test(line),
  find: findDotnet,
};

const SHAPE: TraceShape = {
  // The line that says what was thrown is the language's own, too, and no frame.
  isFrame: (line) => FRAME.test(line) || (isDotnetLine(line) && !UNHANDLED.test(line)),
  isInside: (line) => INSIDE.test(line),
  isChained: (line) => CHAINED.test(line),
  header: (line) => {
    if (FATAL.test(line)) return { at: 0, sure: true };
    const unhandled = UNHANDLED.exec(line);
    // A sentence of a framework's log is no head: what was thrown stands on the next line.
    if (unhandled !== null && unhandled.index < 60 && !LOGGED.test(line))
      return { at: unhandled.index, sure: true };
    if (/Exception|Error/.test(line)) {
      const match = SURE.exec(line.slice(0, 1000));
      if (match !== null) return { at: match.index + (/^[\s:([>]/.test(match[0]) ? 1 : 0), sure: true };
    }
    return POSSIBLE.test(line) ? { at: 0, sure: false } : null;
  },
};

function findDotnet(text: TraceText, at: number, from: number): FoundTrace | number | null {
  const extent = traceExtent(text, at, from, SHAPE);
  const trace = parseDotnetTrace(linesOf(text.lines, extent));
  const [first] = trace.exceptions;
  // Frames without a head are other things' too: only what has a place of .NET's stands alone.
  if (first === undefined || (!extent.headed && first.frames.length < 2)) return extent.last;
  const isFatal = FATAL.test(text.lines[extent.first] ?? '');
  if (isFatal && first.frames.length === 0) return null;
  const isUnhandled = isFatal || UNHANDLED.test(text.lines[extent.first] ?? '');
  return {
    trace,
    first: extent.first,
    last: extent.last,
    fate: isUnhandled ? 'ended' : 'logged',
    understood: extent.understood,
  };
}
