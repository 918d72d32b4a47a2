// When it crashed, how long it had run, how long it was installed: from what the client's clock said.
import { type ProcessingRule, type Values } from '../rule.ts';
import { intOrNull } from '../signature/crash-data.ts';

const ANNOTATIONS = ['CrashTime', 'StartupTime', 'InstallTime', 'SecondsSinceLastCrash'];
/** Seconds from the epoch have ten digits until the year 2286. */
const CRASH_TIME_DIGITS = 10;

/** The start of a text annotation, or the fallback with a note that says why. */
export function truncateOrWarn(
  annotations: Values,
  key: string,
  fallback: unknown,
  maxLength: number,
): { readonly value: unknown; readonly notes: readonly string[] } {
  if (!Object.hasOwn(annotations, key))
    return { value: fallback, notes: [`WARNING: raw_crash missing ${key}`] };
  const value = annotations[key];
  if (typeof value === 'string') return { value: value.slice(0, maxLength), notes: [] };
  return {
    value: fallback,
    notes: [`WARNING: raw_crash[${key}] contains unexpected value: ${String(value)}; it is not a text`],
  };
}

/**
 * Sets `submitted_timestamp`, `date_processed`, `crash_time`, `client_crash_date`, `install_age`, `uptime` and
 * `last_crash`. For reports whose client speaks of times at all, and that carry the time of arrival.
 */
export const datesAndTimesRule: ProcessingRule = {
  name: 'DatesAndTimesRule',
  applies: ({ annotations }) =>
    typeof annotations['submitted_timestamp'] === 'string' &&
    ANNOTATIONS.some((name) => Object.hasOwn(annotations, name)),
  act: ({ annotations, found }) => {
    const submitted = String(annotations['submitted_timestamp']);
    const arrived = Math.floor(Date.parse(submitted) / 1000);
    if (Number.isNaN(arrived)) return { notes: ['DatesAndTimesRule: submitted_timestamp is not a time'] };

    const { value: crashText, notes: crashNotes } = truncateOrWarn(
      annotations,
      'CrashTime',
      arrived,
      CRASH_TIME_DIGITS,
    );
    const notes = [...crashNotes];
    const integer = (value: unknown, name: string): number => {
      const number = intOrNull(value);
      if (number === null) notes.push(`non-integer value of "${name}"`);
      return number ?? 0;
    };
    const crashTime = integer(crashText, 'CrashTime');
    if (crashTime === arrived) notes.push('client_crash_date is unknown');
    const startupTime = integer(found['startup_time'] ?? crashTime, 'StartupTime');
    const installTime = integer(annotations['InstallTime'] ?? startupTime, 'InstallTime');
    const sinceLast = annotations['SecondsSinceLastCrash'];
    const lastCrash = intOrNull(sinceLast);
    if (sinceLast !== undefined && lastCrash === null)
      notes.push('non-integer value of "SecondsSinceLastCrash"');
    return {
      found: {
        submitted_timestamp: submitted,
        date_processed: submitted,
        crash_time: crashTime,
        client_crash_date: isoSeconds(crashTime),
        install_age: crashTime - installTime,
        uptime: Math.max(0, crashTime - startupTime),
        last_crash: lastCrash,
      },
      notes,
    };
  },
};

/** `2012-05-08T23:25:54+00:00`; null for a time beyond all calendars. */
function isoSeconds(seconds: number): string | null {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString().replace(/\.\d{3}Z$/, '+00:00');
}
