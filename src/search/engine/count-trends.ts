// Installations of each bug by day and by week, for trends.
import { BUG_KEY, FIELDS } from '../fields.ts';
import { TREND_DAYS } from '../statistics/trend.ts';
import type { Weeks } from '../statistics/trend.ts';
import { numbersOf } from './cells.ts';
import type { Chunk } from './chunk.ts';
import type { Selection } from './select-rows.ts';
import { Units } from './units.ts';

const WEEK = 7;

export interface BugDays extends Weeks {
  readonly bugId: number;
  /** The days that end with the last one, oldest first. */
  readonly days: readonly number[];
}

/** Counts the days that end with `today` (days since 1970), today among them. */
export function countTrends(chunks: readonly Chunk[], today: number): readonly BugDays[] {
  const first = today - TREND_DAYS + 1;
  const units = new Units();
  const bugs = new Map<number, number>();
  /** Bug, day and installation of each crash in one number: below 2^53 for 2^17 bugs, 29 days and 2^31 installations. */
  const triples: number[] = [];
  for (const chunk of chunks) {
    const dayOf = numbersOf(chunk, FIELDS.happened.key);
    const bugOf = numbersOf(chunk, BUG_KEY);
    if (dayOf === null || bugOf === null) continue;
    const recent = recentRows(chunk, dayOf, first, today);
    if (recent.length === 0) continue;
    const unitOf = units.of(chunk, recent);
    for (const row of recent) {
      const unit = unitOf[row] ?? -1;
      const bugId = bugOf[row] ?? NaN;
      if (unit < 0 || Number.isNaN(bugId)) continue;
      let bug = bugs.get(bugId);
      if (bug === undefined) bugs.set(bugId, (bug = bugs.size));
      triples.push((bug * TREND_DAYS + (dayOf[row] ?? 0) - first) * 2 ** 31 + unit);
    }
  }
  const counts = [...bugs.keys()].map((bugId) => ({
    bugId,
    days: Array.from({ length: TREND_DAYS }, () => 0),
    recent: 0,
    before: 0,
  }));
  eachOnce(triples, (slot) => {
    const days = counts[Math.floor(slot / TREND_DAYS)]?.days;
    if (days !== undefined) days[slot % TREND_DAYS] = (days[slot % TREND_DAYS] ?? 0) + 1;
  });
  eachOnce(triples.map(byWeek), (slot) => {
    const bug = counts[Math.floor(slot / TREND_DAYS)];
    const week = slot % TREND_DAYS;
    if (bug === undefined) return;
    if (week === 0) bug.recent += 1;
    else if (week <= 3) bug.before += 1;
  });
  return counts;
}

/** The living rows of these days. */
function recentRows(chunk: Chunk, days: Float64Array, first: number, last: number): Selection {
  const rows = new Uint16Array(chunk.rows);
  let count = 0;
  for (let row = 0; row < chunk.rows; row += 1) {
    const day = days[row] ?? NaN;
    if (!(day >= first && day <= last) || chunk.dead.has(row)) continue;
    rows[count] = row;
    count += 1;
  }
  return rows.subarray(0, count);
}

/** The same with the number of the week, counted back from the last day, in place of the day. */
function byWeek(triple: number): number {
  const slot = Math.floor(triple / 2 ** 31);
  const day = slot % TREND_DAYS;
  const week = Math.floor((TREND_DAYS - 1 - day) / WEEK);
  return triple + (week - day) * 2 ** 31;
}

function eachOnce(triples: readonly number[], use: (slot: number) => void): void {
  const sorted = Float64Array.from(triples).sort();
  for (let at = 0; at < sorted.length; at += 1) {
    const triple = sorted[at] ?? 0;
    if (at === 0 || triple !== sorted[at - 1]) use(Math.floor(triple / 2 ** 31));
  }
}
