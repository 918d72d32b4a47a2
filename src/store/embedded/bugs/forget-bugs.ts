// Bugs outlive their reports, but not without end: anyone can send crashes that nobody has seen before. Beyond a number of bugs
// without a stored report, those seen longest ago are forgotten, unless a person has ever done something with them. The counts of
// their product stay.
import { query } from '../database/query.ts';
import type { WriteContext } from '../transaction/write-context.ts';

/** What a bug without reports takes with its rows and indexes, about; such bugs get a small part of the store's limit. */
const BUG_BYTES = 2560;
const PART_OF_STORE = 16;
const MAX_OF_STEP = 200;

/** How many bugs without reports a store with this limit keeps. */
export function bugsToKeep(maxBytes: number): number {
  return Math.floor(maxBytes / PART_OF_STORE / BUG_BYTES);
}

const countReportless = query<[], number>(`
  SELECT count(*) FROM bugs WHERE newest_report_id IS NULL AND duplicate_of IS NULL`);

const forgettable = query<[limit: number], number>(`
  SELECT id FROM bugs
  WHERE newest_report_id IS NULL AND duplicate_of IS NULL
    AND NOT EXISTS (SELECT 1 FROM bug_events WHERE bug_id = bugs.id AND by IS NOT NULL)
  ORDER BY last_seen_at LIMIT ?`);

const STEPS = [
  ...['case_series', 'case_installations', 'case_values'].map((table) =>
    query<[id: number]>(`DELETE FROM ${table} WHERE case_id IN (SELECT id FROM cases WHERE bug_id = ?)`),
  ),
  ...['cases', 'bug_series', 'bug_days', 'bug_installations', 'bug_keys', 'bug_events', 'untold'].map(
    (table) => query<[id: number]>(`DELETE FROM ${table} WHERE bug_id = ?`),
  ),
  query<[id: number]>(`
    DELETE FROM bug_events WHERE bug_id IN (SELECT id FROM bugs WHERE duplicate_of = ?)`),
  query<[id: number]>(`DELETE FROM bugs WHERE duplicate_of = ?`),
  query<[id: number]>(`DELETE FROM departures WHERE from_bug = ?`),
  query<[id: number]>(`DELETE FROM departures WHERE to_bug = ?`),
  query<[id: number]>(`UPDATE bugs SET made_for = NULL WHERE made_for = ?`),
  query<[id: number]>(`DELETE FROM bugs WHERE id = ?`),
];

/** Forgets some of those beyond `keep`; gives how many. */
export function forgetBugs({ connection }: WriteContext, keep: number): number {
  const excess = (countReportless(connection).pluck().get() ?? 0) - keep;
  if (excess <= 0) return 0;
  const ids = forgettable(connection).pluck().all(Math.min(excess, MAX_OF_STEP));
  for (const id of ids) for (const step of STEPS) step(connection).run(id);
  return ids.length;
}
