// Selected crashes minute by minute, by their time of arrival: what windows of any length are counted from.
import { BUG_KEY, FIELDS } from '../fields.ts';
import type { BoundQuery } from '../query/bind-query.ts';
import { numbersOf, weightsOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import { selectRows } from './select-rows.ts';
import { Units } from './units.ts';

export const MINUTE_MS = 60_000;
/** An installation's number is below this in `Timeline.installations`. */
export const INSTALLATIONS = 2 ** 31;

export interface Timeline {
  /** Minutes since 1970 with a crash, ascending, and how many crashes each had. */
  readonly minutes: Float64Array;
  readonly crashes: Float64Array;
  /** Each installation of each minute once: `minute * INSTALLATIONS + installation`, ascending. Null: not asked for. */
  readonly installations: Float64Array | null;
  /** False: the time was up, or there were too many installations; the newest crashes are counted. */
  readonly complete: boolean;
}

/** `query` says which times are meant. `max`: pairs of a minute and an installation that are kept. */
export function countTimeline(
  chunks: readonly Chunk[],
  query: BoundQuery,
  {
    installations,
    max,
    out,
  }: { readonly installations: boolean; readonly max: number; readonly out: () => boolean },
): Timeline {
  const counts = new Map<number, number>();
  const units = new Units();
  let pairs: number[] = [];
  let complete = true;
  for (const chunk of chunks) {
    if (out()) complete = false;
    if (!complete) break;
    const selection = selectRows(chunk, query);
    const times = selection.length === 0 ? null : numbersOf(chunk, FIELDS.received.key);
    if (times === null) continue;
    const weights = weightsOf(chunk);
    const unitOf = installations ? units.of(chunk, selection) : null;
    for (const row of selection) {
      const minute = Math.floor((times[row] ?? 0) / MINUTE_MS);
      counts.set(minute, (counts.get(minute) ?? 0) + (weights?.[row] ?? 1));
      const unit = unitOf?.[row] ?? -1;
      if (unit >= 0) pairs.push(minute * INSTALLATIONS + unit);
    }
    if (pairs.length > max) pairs = [...onceEach(pairs)];
    if (pairs.length > max) complete = false;
  }
  const minutes = Float64Array.from(counts.keys()).sort();
  return {
    minutes,
    crashes: minutes.map((minute) => counts.get(minute) ?? 0),
    installations: installations ? onceEach(pairs) : null,
    complete,
  };
}

function onceEach(pairs: readonly number[]): Float64Array {
  const sorted = Float64Array.from(pairs).sort();
  let kept = 0;
  for (const pair of sorted) {
    if (kept > 0 && sorted[kept - 1] === pair) continue;
    sorted[kept] = pair;
    kept += 1;
  }
  return sorted.slice(0, kept);
}

/** Asks when the first selected crash of a bug arrived in a time (milliseconds, both ends inside). */
export interface FirstMatchAsked {
  readonly bugId: number;
  readonly from: number;
  readonly to: number;
}

/** For each that is asked the time of its first crash; null: there is none. */
export function firstMatches(
  chunks: readonly Chunk[],
  query: BoundQuery,
  asked: readonly FirstMatchAsked[],
): readonly (number | null)[] {
  const ofBug = Map.groupBy(asked.keys(), (at) => asked[at]?.bugId ?? 0);
  const found: (number | null)[] = asked.map(() => null);
  for (const chunk of chunks) {
    const selection = selectRows(chunk, query);
    if (selection.length === 0) continue;
    const [times, bugs] = [numbersOf(chunk, FIELDS.received.key), numbersOf(chunk, BUG_KEY)];
    if (times === null || bugs === null) continue;
    for (const row of selection) {
      const time = times[row] ?? NaN;
      for (const at of ofBug.get(bugs[row] ?? 0) ?? []) {
        const { from = Infinity, to = -Infinity } = asked[at] ?? {};
        const before = found[at] ?? Infinity;
        if (time >= from && time <= to && time < before) found[at] = time;
      }
    }
  }
  return found;
}
