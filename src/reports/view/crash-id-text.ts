// Crash ids as people paste them.
import { isCrashId } from '../../report/crash-id.ts';

/** The crash id in a text, in lower case and without Socorro's `bp-`; null where it is none. */
export function readCrashId(text: string): string | null {
  const id = text.trim().toLowerCase().replace(/^bp-/, '');
  return isCrashId(id) ? id : null;
}
