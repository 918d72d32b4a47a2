// What compilers and linkers make of the name of a function: parts that they cut off it, copies, and code in between that leads to it. All of
// them are the function itself, whose name must not depend on options and versions of a tool chain.
import { replaceSlices } from './slices.ts';

/**
 * Parts and copies of a function: GCC's and LLVM's splitting (`.cold`, `.part.0`, `.__part.1`), specialised copies (`.isra.0`,
 * `.constprop.0`, `.specialized.1`), what makes names unique (`.llvm.123`, `.lto_priv.0`, `.__uniq.123`), jump tables of control flow
 * integrity (`.cfi_jt`), parts of coroutines, bodies of OpenMP regions (`._omp_fn.0`, `.omp_outlined`).
 */
const PARTS =
  /(?:\.(?:cold|warm|part|__part|isra|constprop|clone|llvm|lto_priv|thinlto|localalias|specialized|merged|cfi|cfi_jt|kcfi|__uniq|resume|destroy|cleanup|actor|_omp_fn|omp_outlined(?:_debug__)?)(?:\.\d{1,20})*)+\.?$/;
/** The same in the notation of LLVM's demangler, behind the arguments. */
const PART_IN_BRACKETS = / \(\.[\w.]{1,60}\)$/;
/** `memcpy@plt`, `pthread_create@@GLIBC_2.34` */
const LINKAGE = /@plt$|@@?[A-Z][A-Z0-9]{0,20}(?:_[A-Z]{1,20})?_\d[\d.]{0,20}$/;
/** MSVC's way from one base class to another. */
const ADJUSTOR = /`(?:adjustor|vtordispex|vtordisp)\{[^}]{0,60}\}'(?:\s*\(void\))?$/;
/** MSVC's call through a table of functions; which entry, the number tells. */
const VIRTUAL_CALL = /^(?:.* )?((?:[^ ]*::)?)`vcall'\{.*$/;
/** Words of the demanglers of C++ and of MSVC before the function that a thunk leads to. */
const THUNK =
  /^(?:(?:non-virtual thunk|virtual thunk|covariant return thunk|invocation function for block) (?:to |in )|\[thunk\]: ?)/;
/** lld's code for jumps that are too far for one instruction, and binutils'. */
const LONG_JUMP = /^__(?:[A-Za-z0-9]{1,40}Thunk_(\w+)|(\w+?)_(?:veneer|from_arm|from_thumb))$/;
/** Entries of the table of a program of MSVC that is linked incrementally. */
const INCREMENTAL = /^@?ILT\+\d{1,10}\((.{1,4000})\)$/;
/** A static function that calls a lambda (GCC, Clang). */
const LAMBDA_CALLER = /(\{lambda[^}]*\}|\$_\d+|'lambda\d*'(?:\(.*\))?)::(?:_FUN|__invoke)(?=\(|$)/;
/** Lambdas of MSVC are called after a hash of the file, or a number. */
const LAMBDA = /^<lambda/;

/** The function behind the name that a tool chain gave to a part of it, or to the way there. */
export function withoutBuildParts(name: string): string {
  let text = INCREMENTAL.exec(name)?.[1] ?? name;
  const jump = LONG_JUMP.exec(text);
  text = jump?.[1] ?? jump?.[2] ?? text;
  text = text
    .replace(THUNK, '')
    .replace(ADJUSTOR, '')
    .replace(VIRTUAL_CALL, "$1`vcall'")
    .replace(LINKAGE, '')
    .replace(PART_IN_BRACKETS, '')
    .replace(PARTS, '')
    // Their number depends on what else a file holds.
    .replace(/^OUTLINED_FUNCTION_\d+$/, 'OUTLINED_FUNCTION')
    .replace(LAMBDA_CALLER, '$1::operator()');
  if (text.includes('<lambda'))
    text = replaceSlices(text, '<', '>', (slice) => (LAMBDA.test(slice) ? '{lambda}' : slice));
  return text === '' ? name : text;
}
