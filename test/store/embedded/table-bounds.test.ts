// Whatever anybody can make the store keep has a ceiling: each table names its own, and a new table without one fails here.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { keptInstallations } from '../../../src/store/embedded/write/installations.ts';
import { withStore } from './open-store.ts';

/** What bounds a table that grows by what anybody may send: a name, and the file that holds it. */
type Bound = readonly [name: string, file: string];

const STORE = 'src/store/embedded';
const LIMIT: Bound = ['removeReport(', `${STORE}/write/prune-reports.ts`];
/** Rows of a bug or a case: bugs without reports are forgotten beyond a number, and each has a number of its own below. */
const FORGOTTEN: Bound = ['forgetBugs', `${STORE}/thread/housekeeping.ts`];

const GROWS: Readonly<Record<string, Bound>> = {
  alert_log: ['MAX_LOG_OF_RULE', `${STORE}/notifications/alert-rows.ts`],
  audit: ['keptAuditLines', `${STORE}/audit/audit-rows.ts`],
  arrivals: ['forgetArrivals', `${STORE}/write/recount.ts`],
  blobs: ['oldestBlobs', `${STORE}/write/prune-reports.ts`],
  bug_days: ['MAX_DAYS_LATE', 'src/report/occurrence-day.ts'],
  bug_events: FORGOTTEN,
  bug_frames: FORGOTTEN,
  bug_stacks: FORGOTTEN,
  bug_installations: ['MAX_OF_BUG', 'src/store/filing/affected.ts'],
  bug_keys: ['MAX_ALIASES', 'src/store/shared/filing.ts'],
  bug_series: ['MAX_LABELS', 'src/store/filing/labels.ts'],
  bugs: FORGOTTEN,
  case_installations: ['MAX_OF_BUG', 'src/store/filing/affected.ts'],
  case_series: ['MAX_LABELS', 'src/store/filing/labels.ts'],
  case_values: ['MAX_OF_BUG', 'src/store/filing/case-values.ts'],
  cases: ['MAX_CASES', 'src/store/filing/cases.ts'],
  client_counts: ['MAX_ROWS_OF_DAY', `${STORE}/clients/client-counts.ts`],
  deliveries: ['MAX_LOG', `${STORE}/notifications/outbox.ts`],
  departures: FORGOTTEN,
  erased: ['MAX_JOURNAL_LINES', `${STORE}/journal/journal-rows.ts`],
  fact_keys: ['forgetFactKeys', `${STORE}/thread/housekeeping.ts`],
  facts_dead: LIMIT,
  facts_moved: LIMIT,
  facts_tail: LIMIT,
  facts_thin: ['expiredFacts', `${STORE}/search/expired-facts.ts`],
  feedback: ['MAX_FEEDBACK_OF_PRODUCT', `${STORE}/clients/feedback-rows.ts`],
  inbox: ['deleteBeyond', `${STORE}/write/write-inbox.ts`],
  installations: ['deleteBeyond', `${STORE}/write/installations.ts`],
  joined_attachments: ['MAX_OF_PRODUCT', `${STORE}/joined/join-attachments.ts`],
  key_callers: ['MAX_WRITTEN', 'src/store/filing/callers.ts'],
  kinds: ['forgetKinds', `${STORE}/write/recount.ts`],
  labels: ['foldLabels', `${STORE}/thread/housekeeping.ts`],
  missing_symbols: ['MAX_MISSING', 'src/store/shared/filing.ts'],
  packs: ['emptiestPack(', `${STORE}/write/room.ts`],
  processed_reports: LIMIT,
  product_installations: ['forgetInstallations', `${STORE}/thread/housekeeping.ts`],
  product_series: ['MAX_LABELS', 'src/store/filing/labels.ts'],
  product_packages: ['MAX_PACKAGES', 'src/store/filing/product-home.ts'],
  products: ['removeIdleProducts', `${STORE}/thread/housekeeping.ts`],
  removals: LIMIT,
  report_crashes: ['MAX_CRASHES', 'src/store/shared/filing.ts'],
  report_data: LIMIT,
  report_packs: LIMIT,
  report_missing: ['MAX_MISSING', 'src/store/shared/filing.ts'],
  report_words: ['MAX_REPORT_TEXT', `${STORE}/write/index-words.ts`],
  reports: LIMIT,
  releases: ['MAX_RELEASES', `${STORE}/releases/write-releases.ts`],
  release_commits: ['MAX_COMMITS', `${STORE}/releases/write-releases.ts`],
  release_deploys: ['MAX_DEPLOYS', `${STORE}/releases/write-releases.ts`],
  release_users: ['MAX_USERS_OF_VERSION', `${STORE}/sessions/release-users.ts`],
  search_pending: LIMIT,
  segment_columns: ['MAX_SHARE', `${STORE}/search/expired-facts.ts`],
  segments: ['MAX_SHARE', `${STORE}/search/expired-facts.ts`],
  session_counts: ['MAX_PLACES_OF_DAY', `${STORE}/sessions/write-sessions.ts`],
  session_users: ['MAX_USERS_OF_DAY', `${STORE}/sessions/write-sessions.ts`],
  client_sessions: ['MAX_SESSIONS_OF_DAY', `${STORE}/sessions/write-sessions.ts`],
  stale_bugs: FORGOTTEN,
  stale_installations: ['forgetStale', `${STORE}/filing/erase-filed.ts`],
  ticket_messages: ['MAX_LOG', `${STORE}/tickets/ticket-messages.ts`],
  untold: FORGOTTEN,
  words_left: FORGOTTEN,
};

/** Tables that people fill who are signed in, or that have a fixed number of rows. */
const NOT_BY_ANYBODY: readonly string[] = [
  'account_names',
  'grants',
  'members',
  'symbol_accounts',
  'team_members',
  'teams',
  'accounts',
  'alert_rules',
  'audit_start',
  'erasures',
  'erasure_reports',
  'bulk_acts',
  'bulk_changes',
  'case_changes',
  'data_keys',
  'identities',
  'merges',
  'migrations',
  'one_time_secrets',
  'product_keys',
  'product_rules',
  'saved_searches',
  'recovery_codes',
  'second_factors',
  'sessions',
  'settings',
  'subscriptions',
  'ticket_claims',
  'tickets',
  'symbols',
  'tokens',
  'totals',
  'trackers',
  'users',
  'webhooks',
];

test('every table that grows by what anybody may send names what bounds it', () => {
  const schema = readFileSync('src/store/embedded/schema.sql', 'utf8');
  const tables = [...schema.matchAll(/^CREATE (?:VIRTUAL )?TABLE (\w+)/gm)].map(([, name = '']) => name);
  assert.ok(tables.length > 30, `only ${tables.length} tables`);
  const named = new Set([...Object.keys(GROWS), ...NOT_BY_ANYBODY]);
  assert.deepEqual(
    tables.filter((table) => !named.has(table)),
    [],
    'tables without a bound',
  );
  for (const [table, [name, file]] of Object.entries(GROWS)) {
    assert.ok(readFileSync(file, 'utf8').includes(name), `${table}: ${file} has no ${name}`);
  }
});

test('installations that are only asked for take a part of the limit; the newest stay', async () => {
  const maxBytes = 1_700_000;
  const kept = keptInstallations(maxBytes);
  assert.equal(kept, 1062);
  await withStore({ maxBytes: 64 * 1024 * 1024 }, async (store) => {
    const first = await store.intake.newInstallation('default', 'Piano');
    assert.equal(await store.intake.installationKnown('default', 'Piano', first.id, first.cookie), true);
  });
  await withStore({ maxBytes }, async (store) => {
    const made = await Promise.all(
      Array.from({ length: kept + 50 }, () => store.intake.newInstallation('default', 'Piano')),
    );
    const known = async (index: number): Promise<boolean> => {
      const { id, cookie } = made[index] ?? { id: '', cookie: '' };
      return store.intake.installationKnown('default', 'Piano', id, cookie);
    };
    assert.equal(await known(0), false);
    assert.equal(await known(kept + 49), true);
  });
});
