// Swift and Objective-C functions as they stand in signatures. Socorro knows neither.
import { strip } from '../signature-text.ts';
import { replaceSlices } from './slices.ts';

const SWIFT_WORDS =
  /^(?:@objc|@nonobjc|static|class|specialized|merged|partial apply for|partial apply forwarder for|outlined|protocol witness for|dispatch thunk of|vtable thunk for|(?:generic |function signature )?specialization <[^>]*> of) /;
const CLOSURE = /^(?:implicit )?(closure #\d+) /;

/** What the compiler puts between two functions, or takes out of them: which types it is for says nothing about the crash. */
const GLUE =
  /^(?:(?:reabstraction )?thunk (?:helper )?(?:for|from) |(outlined (?:copy|consume|retain|release|destroy|init with copy|init with take|assign with copy|assign with take|variable|read-only object|enum \w+)) (?:of )?|(value witness(?: table)?|lazy protocol witness table \w+|type metadata \w+) )/;

/** True for a demangled Swift name. */
export function isSwiftFunction(name: string, file: string | null | undefined): boolean {
  if (file?.endsWith('.swift') === true || GLUE.test(name)) return true;
  return /^closure #\d+ /.test(name) || (topLevelArrow(name) >= 0 && /^[^:]*\w\.[\w(]/.test(name));
}

/** `static App.Cart.add(item: App.Item) throws -> Swift.Int` becomes `App.Cart.add`. */
export function normalizeSwiftFunction(name: string): string {
  let text = strip(name);
  const glue = GLUE.exec(text);
  if (glue !== null) return glue[1] ?? glue[2] ?? 'thunk';
  const closures: string[] = [];
  for (let step = 0; step < 20; step += 1) {
    const word = SWIFT_WORDS.exec(text);
    if (word !== null) {
      text = text.slice(word[0].length);
      continue;
    }
    const closure = CLOSURE.exec(text);
    const within = closure === null ? -1 : topLevelIndexOf(text, ' in ');
    if (closure === null || within < 0) break;
    closures.push(closure[1] ?? '');
    text = text.slice(within + 4);
  }
  const conformance = text.indexOf(' in conformance ');
  if (conformance >= 0) text = text.slice(0, conformance);
  const arrow = topLevelArrow(text);
  if (arrow >= 0) text = text.slice(0, arrow);
  text = text.replace(/(?: async| throws| rethrows)+$/, '');
  text = replaceSlices(text, '<', '>', (slice, before) =>
    before.endsWith('.') || before === '' ? slice : '',
  );
  // `(helper in _1F00)` is a private name with a discriminator that changes with the file.
  text = text.replace(/\((\w+) in _[0-9A-F]+\)/g, '$1');
  text = strip(replaceSlices(text, '(', ')', (slice, before) => (before === '' ? slice : '')));
  return closures.length === 0 ? text : `${closures.join(' in ')} in ${text}`;
}

/** Position of the arrow before the return type, or -1. */
function topLevelArrow(text: string): number {
  return topLevelIndexOf(text, ' -> ');
}

/** Position of a text outside of brackets, or -1. The `>` of an arrow closes nothing. */
function topLevelIndexOf(text: string, searched: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (depth <= 0 && char === ' ' && text.startsWith(searched, index)) return index;
    if (char === '(' || char === '[' || char === '<') depth += 1;
    else if (char === ')' || char === ']' || (char === '>' && text.charAt(index - 1) !== '-')) depth -= 1;
  }
  return -1;
}

/** `__45-[Foo bar:]_block_invoke.23` becomes `-[Foo bar:]_block_invoke`; null where it is no Objective-C method. */
export function normalizeObjectiveC(name: string): string | null {
  const match = /^(?:__\d+)?([-+]\[[^\]]{1,500}\])(_block_invoke)?(?:_\d+)?(?:\.\d+)?$/.exec(name);
  return match === null ? null : `${match[1] ?? ''}${match[2] ?? ''}`;
}
