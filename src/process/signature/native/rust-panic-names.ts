// Rust 1.34 wrote the panic functions of its libraries without their module, so that no list could know them. The
// file tells the module.
import { parseSourceFile } from './source-file.ts';

/** `<file> <bare function>` to the full path. */
const FULL_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ['src/liballoc/raw_vec.rs', 'alloc::raw_vec', 'capacity_overflow'],
    ['src/libcore/option.rs', 'core::option', 'expect_failed'],
    ['src/libcore/panicking.rs', 'core::panicking', 'panic'],
    ['src/libcore/panicking.rs', 'core::panicking', 'panic_bounds_check'],
    ['src/libcore/panicking.rs', 'core::panicking', 'panic_fmt'],
    ['src/libcore/slice/mod.rs', 'core::slice', 'slice_index_order_fail'],
    ['src/libstd/panicking.rs', 'std::panicking', 'begin_panic_fmt'],
    ['src/libstd/panicking.rs', 'std::panicking', 'continue_panic_fmt'],
    ['src/libstd/panicking.rs', 'std::panicking', 'rust_panic_with_hook'],
  ].map(([file = '', module = '', name = '']) => [`${file} ${name}`, `${module}::${name}`]),
);

/** The function's full name where it is one of those, else the function as it is. */
export function withRustModule(
  name: string | null | undefined,
  file: string | null | undefined,
): string | null | undefined {
  if (name === null || name === undefined || name === '') return name;
  return FULL_NAMES.get(`${parseSourceFile(file) ?? ''} ${name}`) ?? name;
}
