// A C++ function as it stands in a signature.
import type { FramePattern } from '../lists.ts';
import type { SignatureMode } from '../mode.ts';
import { strip } from '../signature-text.ts';
import { withoutBuildParts } from './build-names.ts';
import { collapseArguments, collapseTypes, fixSpaces } from './collapse.ts';
import { dropPrefixAndReturnType, lastToken, topLevelTokens } from './drop-prefix.ts';
import { replaceSlices } from './slices.ts';

/** What the name may depend on beside itself. */
export interface NormalizeOptions {
  readonly mode: SignatureMode;
  readonly line: number | string | null | undefined;
  /** Names that carry their line. */
  readonly lineNumbers: FramePattern;
}

const REFERENCE_QUALIFIERS = ['const', 'const&', 'const &', '&&', '&'];
// A qualifier follows the arguments or another qualifier; `fooconst` and `operator&&` have none.
const QUALIFIER = /(?<=[)\s])(?:const|volatile|noexcept|override|final|&&?)$/;
/** Versions of standard libraries. */
const LIBRARY_VERSION = /\bstd::(?:__1|__ndk1|__cxx11|__Cr|__fs|_V2|__2)::/g;

/** Names a C++ function: without return type, arguments, template arguments and what compilers append. */
export function normalizeCppFunction(name: string, { mode, line, lineNumbers }: NormalizeOptions): string {
  let text =
    mode === 'socorro' ? withoutReferenceQualifiers(name) : withoutQualifiers(withoutBuildParts(strip(name)));
  if (mode === 'default') text = withoutPrefix(text);
  else if (!text.includes('::operator')) text = dropPrefixAndReturnType(text);
  text = text.replaceAll("`anonymous namespace'", '(anonymous namespace)').replace(/::\$_\d+::/g, '::$::');
  text = collapseArguments(collapseTypes(text));
  if (mode === 'default') {
    // `[clone .isra.0]`, `[abi:cxx11]` and `.cold` are the compiler's: they change with its version and options.
    text = strip(replaceSlices(text, '[', ']', (slice) => (/^\[(?:clone |abi:)/.test(slice) ? '' : slice)));
    text = withoutBuildParts(text).replace(LIBRARY_VERSION, 'std::');
  } else if (text.includes('clone .cold')) {
    text = replaceSlices(text, '[', ']', () => '');
  }
  if (lineNumbers(text) !== null) text = `${text}:${line ?? ''}`;
  return fixSpaces(text);
}

/** Socorro tries each qualifier once, in this order. */
function withoutReferenceQualifiers(name: string): string {
  let text = name;
  for (const qualifier of REFERENCE_QUALIFIERS) {
    if (text.endsWith(qualifier)) text = strip(text.slice(0, -qualifier.length));
  }
  return text;
}

function withoutQualifiers(name: string): string {
  let text = strip(name);
  for (let match = QUALIFIER.exec(text); match !== null; match = QUALIFIER.exec(text)) {
    const rest = strip(text.slice(0, match.index));
    if (!rest.includes(')') || rest.endsWith('operator')) break;
    text = rest;
  }
  return text;
}

/** Everything before the name goes; an operator's name may hold blanks (`operator new`, `operator char const*`). */
function withoutPrefix(text: string): string {
  const tokens = topLevelTokens(text);
  const operator = tokens.findIndex((token) => /(?:^|[:>])operator(?:$|[^A-Za-z0-9_])/.test(token));
  if (operator >= 0) return tokens.slice(operator).join(' ');
  return lastToken(
    tokens,
    (token) =>
      (token.startsWith('(') && !token.startsWith('(anonymous namespace)')) ||
      token.startsWith('[clone') ||
      token.startsWith('[abi:') ||
      token === '',
  );
}
