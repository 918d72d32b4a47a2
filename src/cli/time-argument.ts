// Times on the command line: a day, a moment, or how long ago.
import { UsageError } from './arguments.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** Whether a text says how long ago something was, so that it means another time later. */
export function isRelativeTime(text: string): boolean {
  return /^\d{1,6}[mhdw]$/.test(text);
}

/** Milliseconds since 1970 of a day or a time (UTC unless it says otherwise), or how long ago. */
export function readTime(option: string, text: string, now: number): number {
  const ago = /^(\d{1,6})([mhdw])$/.exec(text);
  if (ago !== null) return now - Number.parseInt(ago[1] ?? '', 10) * (UNITS[ago[2] ?? ''] ?? 0);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(isDay ? `${text}T00:00:00Z` : text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(
    `${option} takes a day, a time or how long ago (2026-05-01, 2026-05-01T12:00Z, 7d), not "${text}"`,
  );
}
