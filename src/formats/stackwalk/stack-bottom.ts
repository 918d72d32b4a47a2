// Functions at which every stack ends. Unwinders of all kinds add garbage frames behind them when nothing in the
// symbols says that the stack ends there (seen in rust-minidump, Breakpad and symbolic alike).

/** Names that are unambiguous anywhere. */
const ANYWHERE: ReadonlySet<string> = new Set([
  '_start',
  'RtlUserThreadStart',
  '_RtlUserThreadStart',
  '_RtlUserThreadStart@8',
  '__clone3',
  'thread_start',
]);

/** Names that end a stack only where they are in the system's own module. */
const IN_MODULE: ReadonlyMap<string, RegExp> = new Map([
  ['start', /(^|\/)dyld$/],
  ['clone', /(^|\/)libc[.-]/],
  ['__clone', /(^|\/)libc[.-]/],
  ['clone3', /(^|\/)libc[.-]/],
]);

/** True where nothing can have called the function. */
export function isBottomFunction(name: string, moduleName: string): boolean {
  return ANYWHERE.has(name) || (IN_MODULE.get(name)?.test(moduleName) ?? false);
}
