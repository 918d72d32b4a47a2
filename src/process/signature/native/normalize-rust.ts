// A Rust function as it stands in a signature.
import { withoutBuildParts } from './build-names.ts';
import { collapseRustTypes, dropParentheses, fixSpaces } from './collapse.ts';
import { dropPrefixAndReturnType } from './drop-prefix.ts';
import type { NormalizeOptions } from './normalize-cpp.ts';

/** Names a Rust function: without types, arguments and the hash that makes its symbol unique. */
export function normalizeRustFunction(name: string, { mode, line, lineNumbers }: NormalizeOptions): string {
  const known = mode === 'default' ? withoutBuildParts(name) : name;
  let text = dropParentheses(collapseRustTypes(dropPrefixAndReturnType(known)));
  if (lineNumbers(text) !== null) text = `${text}:${line ?? ''}`;
  return fixSpaces(text).replace(/::h[0-9a-fA-F]+$/, '');
}

/** True for a demangled Rust name: by its file, its hash, its closures, or a path that begins with a type. */
export function isRustFunction(name: string, file: string | null | undefined): boolean {
  return (
    file?.endsWith('.rs') === true ||
    /::h[0-9a-f]{16}(?:$|\.)|\{\{?closure|\{closure_env|\{impl#|::\{\{/.test(name) ||
    // `<name omitted>` and `<lambda_1>` are of C++.
    /^<(?!lambda|name omitted|unknown).{1,2000}>::/.test(name)
  );
}
