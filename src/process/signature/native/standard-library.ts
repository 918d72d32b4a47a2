// Code of the standard libraries of C++ and Rust that a compiler put into the program: by the path of its source, where its name has lost the
// namespace (DWARF's inlined calls, as other tools write them) or is that of a template.

/** libstdc++, libc++, Microsoft's, and Rust's, as installed and as they were built. */
const SOURCES =
  /(?:[\\/]include[\\/]c\+\+[\\/]|[\\/](?:libstdc\+\+-v3|libcxx|libcxxabi)[\\/]|[\\/]VC[\\/](?:Tools[\\/]MSVC[\\/][\d.]+[\\/])?(?:include|crt|redist)[\\/]|[\\/]vctools[\\/]|[\\/]minkernel[\\/]crts[\\/]|^\/?rustc\/[0-9a-f]{6,40}\/|[\\/]rustlib[\\/]src[\\/]|[\\/]toolchains[\\/][^\\/]+[\\/]lib[\\/]rustlib[\\/])/i;

/** Longer paths are cut in front. */
const MAX_PATH = 500;

/** True for the path of a source that is the library's and not the program's. */
function isStandardLibrarySource(file: string | null | undefined): boolean {
  return file !== null && file !== undefined && SOURCES.test(file.slice(-MAX_PATH));
}

/** The name with its namespace, where the path says which it is and the name does not. */
export function withStandardScope(name: string, file: string | null | undefined): string {
  if (name.includes('::') || file?.endsWith('.rs') === true) return name;
  return isStandardLibrarySource(file) && /^\w/.test(name) ? `std::${name}` : name;
}
