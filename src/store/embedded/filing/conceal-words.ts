// What a bug without some of its reports knows of them beside its own words: keys and contexts that no stored report has become hashes, which
// still lead such crashes to it; titles go out of lines of history, of what a merge could give back, and of messages that nobody was sent yet.
import { concealedKey } from '../../shared/filing.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';

interface Key {
  readonly productId: number;
  readonly key: string;
  readonly caseKey: string;
}

const lostKeys = query<[{ bugId: number }], Key>(`
  SELECT product_id AS productId, key, case_key AS caseKey FROM bug_keys
  WHERE bug_id = @bugId AND NOT EXISTS (
    SELECT 1 FROM cases JOIN report_crashes ON report_crashes.case_id = cases.id
    WHERE cases.bug_id = @bugId AND report_crashes.key = bug_keys.key)`);
const concealKey = query<[{ to: string; productId: number; key: string; caseKey: string }]>(`
  UPDATE OR REPLACE bug_keys SET key = @to
  WHERE product_id = @productId AND key = @key AND case_key = @caseKey`);
const concealCallers = query<[to: string, productId: number, key: string]>(`
  UPDATE OR REPLACE key_callers SET key = ? WHERE product_id = ? AND key = ?`);
const callersOf = query<[productId: number, key: string], string>(`
  SELECT caller FROM key_callers WHERE product_id = ? AND key = ?`);
const concealCaller = query<[to: string, productId: number, key: string, caller: string]>(`
  UPDATE OR REPLACE key_callers SET caller = ? WHERE product_id = ? AND key = ? AND caller = ?`);

const ownKey = query<[{ bugId: number }], string>(`
  SELECT key FROM bugs WHERE id = @bugId AND NOT EXISTS (
    SELECT 1 FROM cases JOIN report_crashes ON report_crashes.case_id = cases.id
    WHERE cases.bug_id = @bugId AND report_crashes.key = bugs.key)`);
const setKey = query<[key: string, bugId: number]>(`UPDATE bugs SET key = ? WHERE id = ?`);

const clearContexts = query<[bugId: number]>(`
  UPDATE cases SET context = NULL
  WHERE bug_id = ? AND NOT EXISTS (SELECT 1 FROM report_crashes WHERE case_id = cases.id)`);

const mergesOf = query<[{ bugId: number }], { fromBug: number; keys: string; seen: string }>(`
  SELECT from_bug AS fromBug, keys, opened(seen, 'merges.seen') AS seen FROM merges WHERE from_bug = @bugId OR into_bug = @bugId`);
const setMerge = query<[keys: string, seen: string, fromBug: number]>(`
  UPDATE merges SET keys = ?, seen = sealed(?, 'merges.seen') WHERE from_bug = ?`);
const isLed = query<[key: string, caseKey: string], number>(`
  SELECT 1 FROM bug_keys WHERE key = ? AND case_key = ? LIMIT 1`);

const EVENTS = `'renamed', 'merged', 'unmerged', 'split', 'moved'`;
const events = query<[{ bugId: number }], { id: number; detail: string }>(`
  SELECT id, opened(detail, 'bug_events.detail') AS detail FROM bug_events
  WHERE what IN (${EVENTS}) AND (bug_id = @bugId OR instr(opened(bug_events.detail, 'bug_events.detail'), '#' || @bugId || ' ') > 0) AND opened(bug_events.detail, 'bug_events.detail') <> ''`);
const setDetail = query<[detail: string, id: number]>(
  `UPDATE bug_events SET detail = sealed(?, 'bug_events.detail') WHERE id = ?`,
);
const clearMessages = query<[bugId: number]>(`
  UPDATE ticket_messages SET detail = '' WHERE bug_id = ? AND what IN (${EVENTS})`);
const forgetDue = query<[bugId: number]>(`DELETE FROM deliveries WHERE bug_id = ? AND ended_at IS NULL`);

const fewPackages = query<[bugId: number]>(`
  DELETE FROM product_packages
  WHERE product_id = (SELECT product_id FROM bugs WHERE id = ?) AND package <> '' AND learned_at IS NULL AND count = 1`);
const noLongerStale = query<[bugId: number]>(`DELETE FROM stale_bugs WHERE bug_id = ?`);

export function concealWords(connection: Connection, bugId: number): void {
  const lost = lostKeys(connection).all({ bugId });
  for (const { productId, key, caseKey } of lost) {
    const to = concealedKey(key);
    if (to !== key) {
      concealKey(connection).run({ to, productId, key, caseKey });
      concealCallers(connection).run(to, productId, key);
    }
    for (const caller of callersOf(connection).pluck().all(productId, to)) {
      const toCaller = concealedKey(caller);
      if (toCaller !== caller) concealCaller(connection).run(toCaller, productId, to, caller);
    }
  }
  const own = ownKey(connection).pluck().get({ bugId });
  if (own !== undefined) setKey(connection).run(concealedKey(own), bugId);
  clearContexts(connection).run(bugId);
  concealMerges(connection, bugId);
  for (const { id, detail } of events(connection).all({ bugId }))
    setDetail(connection).run(withoutTitles(detail), id);
  clearMessages(connection).run(bugId);
  forgetDue(connection).run(bugId);
  fewPackages(connection).run(bugId);
  noLongerStale(connection).run(bugId);
}

/** Keys of a merge are kept as they lead now, so that it can still be undone; what the bug had seen before does not come back. */
function concealMerges(connection: Connection, bugId: number): void {
  for (const { fromBug, keys, seen } of mergesOf(connection).all({ bugId })) {
    const moved = (JSON.parse(keys) as [string, string][]).map(([key, caseKey]) =>
      isLed(connection).get(key, caseKey) === undefined ? [concealedKey(key), caseKey] : [key, caseKey],
    );
    const before = JSON.parse(seen) as object;
    setMerge(connection).run(
      JSON.stringify(moved),
      JSON.stringify({ ...before, message: '', path: null, roles: '[]' }),
      fromBug,
    );
  }
}

/** Numbers of bugs, reports and counts stay: `#12 Title into this` becomes `#12 into this`. */
function withoutTitles(detail: string): string {
  const parts = /^(.*?#\d+)(?: .*?)?( into this| out of this.*|, with \d.*)?$/s.exec(detail);
  if (parts !== null) return `${parts[1]}${parts[2] ?? ''}`;
  return '';
}
