// What a system puts on a stack between the code that a signal or an exception interrupted and the handler that it calls.

/** What libc and the vDSO of Linux call the code that a signal handler returns to. */
export const LINUX_TRAMPOLINES = [
  '__restore_rt',
  '__restore',
  '__kernel_rt_sigreturn',
  '__kernel_sigreturn',
  '__kernel_sigtramp_rt64',
  '__default_sa_restorer',
  '__default_rt_sa_restorer',
];

/** What `ntdll` calls the function that looks for a handler of an exception; the last is its decorated name on 32-bit x86. */
export const WINDOWS_DISPATCHERS = [
  'KiUserExceptionDispatcher',
  'KiUserExceptionDispatch',
  '_KiUserExceptionDispatcher@8',
];

/** Names of frames with the handler above them and what it was called for below; the last is how gdb prints such a frame. */
export const HANDLER_FRAMES: ReadonlySet<string> = new Set([
  ...LINUX_TRAMPOLINES,
  ...WINDOWS_DISPATCHERS,
  '_sigtramp',
  '<signal handler called>',
]);
