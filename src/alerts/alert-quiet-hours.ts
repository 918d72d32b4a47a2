// Quiet hours of an alert rule: hours of the day as clocks show them in a time zone, summer time included.
import type { AlertQuietHours } from '../store/alerts.ts';

const clocks = new Map<string, Intl.DateTimeFormat>();
/** Zones have some hundred names, and several of them one clock. */
const MAX_CLOCKS = 600;

/** Whether an IANA name is one that this Node knows. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Whether a moment (milliseconds since 1970) lies in the quiet hours. 22 to 6 goes over midnight. */
export function isQuiet(quiet: AlertQuietHours | null, at: number): boolean {
  if (quiet === null || quiet.from === quiet.to) return false;
  const hour = hourIn(quiet.zone, at);
  return quiet.from < quiet.to
    ? hour >= quiet.from && hour < quiet.to
    : hour >= quiet.from || hour < quiet.to;
}

function hourIn(zone: string, at: number): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' });
    if (clocks.size < MAX_CLOCKS) clocks.set(zone, clock);
  }
  return Number(clock.format(at));
}
