// The kind of a crash as it is compared: the type of the exception without numbers of the compiler. Some run-times have one type for
// every end and tell them apart by the message; those messages come from the run-time itself, so they are kinds.
import { firstLine, foldedMessage } from './message-values.ts';
import type { GroupingException } from './stacked-crash.ts';

/** What Rust's libraries panic with. */
const RUST_PANIC =
  /^(?:index out of bounds|range (?:start|end) index|slice index starts at|attempt to (?:add|subtract|multiply|divide|negate|shift|calculate)|called `\w+::\w+\(\)` on an? `\w+` value|already (?:mutably )?borrowed|assertion (?:`[^`]{0,60}` )?failed|not (?:yet )?implemented|internal error: entered unreachable code|explicit panic|capacity overflow|byte index|cannot (?:recursively|access a Thread Local))/;

/** What Go's run-time panics with; some programs that recover and print a panic leave its first words out. */
const GO_RUNTIME_ERROR =
  /^(?:runtime error: (.*)|(?:index out of range|slice bounds out of range|integer divide by zero|invalid memory address|makeslice: |hash of unhashable type|growslice: |negative shift amount|comparing uncomparable type|close of (?:nil|closed) channel|send on closed channel|all goroutines are asleep|assignment to entry in nil map).*)$/;

const MAX_GO_MESSAGE = 300;
/** What a type's name may have that is no part of it. */
const MADE_UP = /[$@\s]/;

/** The kind for keys and titles. */
export function crashKind(family: string, { kind, message }: GroupingException): string {
  if (family === 'go') return goKind(kind, message);
  if (family === 'rust' && kind.startsWith('panic')) {
    const said = RUST_PANIC.exec(message)?.[0];
    return said === undefined ? kind : `${kind}: ${foldedMessage(said).text}`;
  }
  if (!MADE_UP.test(kind)) return kind;
  return (
    kind
      .replace(/^Uncaught (?:\(in promise\) )?/, '')
      // Anonymous classes of Java are numbered, those of PHP have their place in their name.
      .replace(/\$\d+(?=\$|$)/g, '$')
      .replace(/\$+$/, '')
      .replace(/@anonymous[^]*$/, '@anonymous')
      .trim()
  );
}

/** `runtime error: index out of range`, `fatal error: concurrent map writes`; a panic of the program's own is a `panic`. */
function goKind(kind: string, message: string): string {
  if (kind === 'fatal error')
    return `fatal error: ${foldedMessage(message).text.replace(/^(?:fatal error|runtime): /, '')}`;
  const found = GO_RUNTIME_ERROR.exec(firstLine(message).slice(0, MAX_GO_MESSAGE));
  const runtime = found === null ? undefined : (found[1] ?? found[0]);
  if (runtime !== undefined) {
    // What was wrong, without by how much: `index out of range [5] with length 3`.
    const plain = runtime.replace(/ ?(?:\[[^\]]*\]|with (?:length|capacity) \S+)/g, '').trim();
    return `runtime error: ${foldedMessage(plain).text}`;
  }
  return kind;
}
