// What signatures are made of: the crash as the processor understood it, in the field names that Socorro's generator
// and the stack walker's JSON use.

/** A function that the compiler inlined into a frame. */
export interface InlineFrame {
  readonly function?: string | null;
  readonly file?: string | null;
  readonly line?: number | string | null;
}

/** A frame of a native stack. */
export interface CrashFrame extends InlineFrame {
  /** How it was found; `scan` is a guess. */
  readonly trust?: string | null;
  readonly module?: string | null;
  /** Hexadecimal offset in the module: the same on every run. */
  readonly module_offset?: string | null;
  /** Hexadecimal address. */
  readonly offset?: string | null;
  readonly inlines?: readonly InlineFrame[] | null;
  readonly unloaded_modules?: readonly { readonly module?: string | null }[] | null;
}

/** A native thread. */
export interface CrashThread {
  readonly frames?: readonly CrashFrame[] | null;
  readonly last_error_value?: string | null;
}

/** Everything that the rules look at; all of it optional, none of it trusted. */
export interface CrashData {
  readonly os?: string | null;
  /** The crash reason: `SIGSEGV / SEGV_MAPERR`. */
  readonly reason?: string | null;
  readonly crashing_thread?: unknown;
  readonly threads?: readonly CrashThread[] | null;
  readonly java_stack_trace?: unknown;
  readonly java_exception?: unknown;
  readonly oom_allocation_size?: unknown;
  readonly js_large_allocation_failure?: string | null;
  readonly abort_message?: string | null;
  readonly hang?: unknown;
  readonly async_shutdown_timeout?: string | null;
  readonly ipc_channel_error?: string | null;
  readonly ipc_message_name?: string | null;
  readonly additional_minidumps?: readonly string[] | null;
  readonly mdsw_status_string?: string | null;
}

/** A whole number from what a client may have sent, or null: `"5"` is 5, `""` and `"x"` are none. */
export function intOrNull(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string' || !/^\s*[+-]?\d{1,15}\s*$/.test(value)) return null;
  return Number.parseInt(value, 10);
}

/** The number of the crashing thread; a missing or unreadable one is the first thread. */
export function crashingThread(crashData: CrashData): number {
  return intOrNull(crashData.crashing_thread) ?? 0;
}

/** The crashing thread itself, or null. */
export function threadAt(crashData: CrashData, index: number): CrashThread | null {
  const thread: unknown = Array.isArray(crashData.threads) ? crashData.threads[index] : null;
  return typeof thread === 'object' ? thread : null;
}
