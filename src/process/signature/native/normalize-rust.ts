// A Rust function as it stands in a signature.
import { collapseRustTypes, dropParentheses, fixSpaces } from './collapse.ts';
import { dropPrefixAndReturnType } from './drop-prefix.ts';
import type { NormalizeOptions } from './normalize-cpp.ts';

/** Names a Rust function: without types, arguments and the hash that makes its symbol unique. */
export function normalizeRustFunction(name: string, { line, lineNumbers }: NormalizeOptions): string {
  let text = dropParentheses(collapseRustTypes(dropPrefixAndReturnType(name)));
  if (lineNumbers(text) !== null) text = `${text}:${line ?? ''}`;
  return fixSpaces(text).replace(/::h[0-9a-fA-F]+$/, '');
}
