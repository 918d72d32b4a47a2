// Whether a frame is the application's own: the client's word, except for what can never be own, whatever a client says.
import type { EventFrame } from './event-model.ts';

/** Functions and modules of Sentry's own clients, which stand on top of every stack that they make themselves. */
const SDK =
  /^(?:sentry(?:_\w{1,30})?(?:::|\.|$)|sentry_sdk\b|io\.sentry\.|@sentry\/|@sentry-internal\/|\\?Sentry\\|Sentry::|github\.com\/getsentry\/|sentry_value_new_|sentry__)/;
const SDK_FILE =
  /\/(?:@sentry(?:-internal)?|sentry_sdk|sentry-ruby[\w.-]{0,40}|sentry-php|sentry-(?:core|panic|backtrace|anyhow)[\w.-]{0,20})\//;

/** Crates of Rust whose frames are panic machinery or glue of errors, also where a client takes them for own. */
const RUST_MACHINERY: ReadonlySet<string> = new Set([
  ...['std', 'core', 'alloc', 'panic_unwind', 'backtrace', 'anyhow', 'eyre', 'color_eyre', 'stable_eyre'],
  ...['gimli', 'addr2line', 'rustc_demangle', 'test', '__rustc'],
]);
/** Start-up and thread code of C libraries, and of what stands below `main`. */
const C_RUNTIME =
  /^(?:_start|start_thread|clone3?|__clone3?|__libc_start_(?:main|call_main)(?:_impl)?|_dl_\w{1,60}|__rust_(?:begin|end)_short_backtrace.*|rust_begin_unwind|rust_panic\w{0,40}|__rust_\w{1,60}|main|BaseThreadInitThunk|RtlUserThreadStart)$/;
const SYSTEM_PATH =
  /^(?:\/usr\/lib|\/lib|\/lib64|\/usr\/lib64|\/system\/|\/apex\/|\/vendor\/|\/System\/Library|\/usr\/libexec|[A-Za-z]:\\Windows\\)|(?:^|\/)(?:libc|libpthread|ld-linux[\w-]{0,20}|libstdc\+\+|libgcc_s|libm|linux-vdso)(?:[.-][\w.]{0,30})?\.so/i;
const FOREIGN_FILE =
  /^(?:<anonymous>|<native code>|\[native code\]|native|node:.*|internal\/.*|webpack\/(?:bootstrap|runtime).*)$|(?:^|[\\/])node_modules[\\/]|^(?:chrome|moz|safari(?:-web)?)-extension:\/\//;

/** False: never own. Null: nothing is known. */
export function isOwn(frame: EventFrame): boolean | null {
  const { function: called, module, package: binary, file, path } = frame;
  if (file !== null && FOREIGN_FILE.test(file)) return false;
  if ((module !== null && SDK.test(module)) || (called !== null && SDK.test(called))) return false;
  if ((path !== null && SDK_FILE.test(path)) || (file !== null && SDK_FILE.test(file))) return false;
  if (frame.language === 'rust') {
    if (called !== null && (RUST_MACHINERY.has(crateOf(called)) || C_RUNTIME.test(called))) return false;
    if (path?.startsWith('/rustc/') === true) return false;
  }
  if (frame.language === 'c++' || frame.language === 'rust') {
    if (binary !== null && SYSTEM_PATH.test(binary)) return false;
    if (frame.language === 'c++' && called !== null && C_RUNTIME.test(called) && called !== 'main')
      return false;
    if (path !== null && SYSTEM_PATH.test(path) && frame.language === 'rust') return false;
  }
  return frame.inApp;
}

/** The crate of a Rust path; of `<T as Trait>::f` the type's, or where that is a parameter the trait's. */
function crateOf(path: string): string {
  if (!path.startsWith('<')) return /^[&*]?(?:mut )?(?:dyn )?(\w{1,100})/.exec(path)?.[1] ?? '';
  const match = /^<[&*]?(?:mut )?(?:dyn )?([\w$]{1,100})(::)?[^]{0,2000}? as (?:dyn )?(\w{1,100})/.exec(path);
  if (match === null) return /^<[&*]?(?:mut )?(?:dyn )?(\w{1,100})/.exec(path)?.[1] ?? '';
  return match[2] === undefined ? (match[3] ?? '') : (match[1] ?? '');
}
