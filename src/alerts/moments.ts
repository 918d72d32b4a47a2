// When a rule looks: at whole minutes, seldom for long windows, so that what a rule costs does not grow with its window.
import type { AlertCondition } from '../store/alerts.ts';

export const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
export const DAY_MINUTES = 24 * HOUR_MINUTES;

/** Minutes between two looks: one up to a window of an hour, five up to a day, an hour above. */
export function stepMinutes(condition: AlertCondition): number {
  switch (condition.kind) {
    case 'bugs':
      return 1;
    case 'crash_free':
      return 5;
    default:
      if (condition.minutes <= HOUR_MINUTES) return 1;
      return condition.minutes <= DAY_MINUTES ? 5 : HOUR_MINUTES;
  }
}

/** Moments (minutes since 1970) behind `from` up to `to`, both in milliseconds. */
export function momentsBetween(condition: AlertCondition, from: number, to: number): readonly number[] {
  const step = condition.kind === 'crash_free' ? DAY_MINUTES : stepMinutes(condition);
  const first = (Math.floor(from / MINUTE_MS / step) + 1) * step;
  const last = Math.floor(to / MINUTE_MS);
  const moments: number[] = [];
  for (let moment = first; moment <= last; moment += step) moments.push(moment);
  return moments;
}

/** The newest moment that is not after a time, in milliseconds. */
export function latestMoment(condition: AlertCondition, at: number): number {
  const step = stepMinutes(condition) * MINUTE_MS;
  return Math.floor(at / step) * step;
}
