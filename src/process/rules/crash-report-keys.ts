// The names of everything that came with a report.
import type { ProcessingRule } from '../rule.ts';

const MAX_KEY_LENGTH = 100;

/** A name cut to its limit, or null where it holds anything but ASCII letters, digits, `_` and `-`. */
export function sanitizeKey(key: string): string | null {
  return /^[a-zA-Z0-9_-]+$/.test(key) ? key.slice(0, MAX_KEY_LENGTH) : null;
}

/** Lists the valid names in `crash_report_keys`, sorted, and notes that there were others. */
export const crashReportKeysRule: ProcessingRule = {
  name: 'CrashReportKeysRule',
  act: ({ annotations, dumps }) => {
    const all = [...new Set([...Object.keys(annotations), ...dumps])];
    const valid = [...new Set(all.flatMap((key) => sanitizeKey(key) ?? []))];
    const sorted = valid.toSorted((a, b) => (a < b ? -1 : 1));
    const odd = all.some((key) => !valid.includes(key));
    return {
      found: { crash_report_keys: sorted },
      notes: odd ? ['invalidkeys: Crash report contains invalid keys'] : [],
    };
  },
};
