// The name of a native function as debuggers and sanitizers print it: without its arguments, however many brackets and
// operators it has.

const MAX_NAME = 1000;
const TAIL =
  /(?: const| volatile| &&?| \[clone [^\]]{1,80}\]| \(\.[\w.]{1,80}\)| \[inlined\]| \[inline\]| requires .{1,200})+$/;
/** What Swift writes behind the arguments. */
const SWIFT_RESULT = /(?<=\))(?: async)?(?: throws)?(?: -> (?:[^\s()]{1,300}|\([^()]{0,300}\)))?$/;

/** `shop::Cart::total` for `shop::Cart::total(int) const [clone .isra.0]`; null where there is no name. */
export function nativeFunctionName(written: string): string | null {
  let text = written.slice(0, MAX_NAME).trim();
  const tail = TAIL.exec(text);
  if (tail !== null) text = text.slice(0, tail.index);
  if (text.includes(' -> ') || text.endsWith(' throws')) text = text.replace(SWIFT_RESULT, '');
  // A name that was cut has brackets without an end: what stands before the first of them is all that is sure.
  const open = text.endsWith(')') ? openingOf(text) : unclosedOf(text);
  if (open > 0) {
    const name = text.slice(0, open).trimEnd();
    // `operator()` has brackets of its own, which are no arguments.
    if (!/\boperator$/.test(name) && !/\(anonymous$|\{lambda$|'lambda\d*'$/.test(name)) text = name;
  }
  return text === '' || UNKNOWN.test(text) ? null : text;
}

const UNKNOWN =
  /^(?:n\/a|\?\?|\?\?\?|<unknown(?: [\w ]{1,40})?>|\(unknown\)|<null>|\(null\)|<unavailable>|unknown|\[unknown\]|_?<redacted>|<symbols missing>|___lldb_unnamed_symbol\S*)$/;

/** Where the bracket that the last character closes was opened. */
function openingOf(text: string): number {
  let depth = 0;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    const code = text.charCodeAt(index);
    if (code === 41) depth += 1;
    else if (code === 40) {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

/** The first round bracket that is never closed, outside of what stands in pointed ones. */
function unclosedOf(text: string): number {
  const stack: number[] = [];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === 40) stack.push(index);
    else if (code === 41) stack.pop();
  }
  return stack[0] ?? -1;
}
