// Crashes for want of memory.
import { crashingThread, intOrNull, threadAt } from '../crash-data.ts';
import type { SignatureRule } from '../signature-rule.ts';

const FRAGMENTS = [
  'NS_ABORT_OOM',
  'mozalloc_handle_oom',
  'CrashAtUnhandlableOOM',
  'AutoEnterOOMUnsafeRegion',
  'alloc::oom::oom',
];
const LAST_ERRORS = new Set(['ERROR_COMMITMENT_LIMIT', 'ERROR_NOT_ENOUGH_MEMORY']);
const REASONS = new Set(['STATUS_FATAL_MEMORY_EXHAUSTION', 'STATUS_NO_MEMORY']);
/** Up to this size the place says nothing: the machine was out of memory altogether. */
const SMALL_BYTES = 262_144;

/** `OOM | small`, or `OOM | large` and `OOM | unknown` before the signature. */
export const outOfMemory: SignatureRule = {
  name: 'OOMSignature',
  applies: (crashData, signature) => {
    if (crashData.oom_allocation_size) return true;
    if (signature === '') return false;
    if (FRAGMENTS.some((fragment) => signature.includes(fragment))) return true;
    const lastError = threadAt(crashData, crashingThread(crashData))?.last_error_value;
    if (typeof lastError === 'string' && LAST_ERRORS.has(lastError)) return true;
    if (typeof crashData.reason === 'string' && REASONS.has(crashData.reason)) return true;
    return crashData.js_large_allocation_failure === 'Reporting';
  },
  act: (crashData, signature) => {
    if (crashData.js_large_allocation_failure === 'Reporting')
      return { signature: `OOM | large | ${signature}` };
    const size = intOrNull(crashData.oom_allocation_size);
    if (size === null) return { signature: `OOM | unknown | ${signature}` };
    return { signature: size <= SMALL_BYTES ? 'OOM | small' : `OOM | large | ${signature}` };
  },
};
