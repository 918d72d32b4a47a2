// Keys below that of the bug: which occurrences are one case, and which differ only in their number.
import { hash } from 'node:crypto';
import type { CrashKitException } from '../../report/crashkit/occurrence.ts';

/** Cases of a bug differ by full stack, severity or context. Messages, source and locals do not count. */
export function caseKey(
  language: string,
  exceptions: readonly CrashKitException[],
  severity: string,
  context: string,
): string {
  const stack = exceptions.map(({ name, locations }) => [
    name,
    locations.map(({ package: container, file, className, method, line, claimed }) => [
      container,
      file,
      className,
      method,
      line,
      claimed,
    ]),
  ]);
  return hashed('C', [severity, context, language, stack]);
}

/** Occurrences with equal keys are counted together. */
export function occurrenceKey(parts: {
  readonly caseKey: string;
  readonly messages: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly data: Readonly<Record<string, string>>;
  readonly date: string | null;
  readonly role: string;
}): string {
  const sorted = (values: Readonly<Record<string, string>>): unknown =>
    Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return hashed('O', [
    parts.caseKey,
    parts.messages,
    sorted(parts.env),
    sorted(parts.data),
    parts.date,
    parts.role,
  ]);
}

function hashed(prefix: string, value: unknown): string {
  return `${prefix}${hash('sha1', JSON.stringify(value), 'hex')}`;
}
