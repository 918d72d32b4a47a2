// The versions of a product that anything named: crashes, sessions, tools.
import { releaseParts } from '../../../report/sentry/event-summary.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { OTHERS } from '../sessions/release-users.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import type { MadeRelease, ReleaseSessions } from '../../releases.ts';

/** What is known of a version without looking at single crashes. Days since 1970. */
export interface KnownVersion {
  readonly version: string;
  readonly crashes: number;
  readonly firstDay: number | null;
  readonly lastDay: number | null;
  readonly sessions: ReleaseSessions | null;
  readonly made: (MadeRelease & { readonly id: number }) | null;
  /** As sessions name it, `app@1.2+3`, each once. */
  readonly releases: readonly string[];
}

const productId = query<[account: string, product: string], number>(`
  SELECT products.id FROM products JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ?`);
/**
 * Before it first arrived nobody can have run a version for long, but a clock may say so: one that is wrong must not move the first days
 * that releases are compared in. Reports that waited for the network come within days; where all are older, they say when it was.
 */
const MAX_DAYS_BEFORE_ARRIVAL = 7;
const crashesOf = query<
  [{ productId: number; most: number }],
  { version: string; crashes: number; firstDay: number | null; lastDay: number | null }
>(`
  SELECT
    labels.name AS version, ifnull(sum(count), 0) AS crashes,
    ifnull(
      min(CASE WHEN count > 0 AND day >= first_seen_at / 86400000 - @most THEN day END),
      min(CASE WHEN count > 0 THEN day END)
    ) AS firstDay,
    max(CASE WHEN count > 0 THEN day END) AS lastDay
  FROM labels LEFT JOIN product_series ON product_series.version_id = labels.id AND product_series.product_id = labels.product_id
  WHERE labels.product_id = @productId AND what = 'version' GROUP BY labels.id`);
const sessionsOf = query<
  [productId: number],
  { release: string; sessions: number; crashed: number; firstDay: number; lastDay: number }
>(`
  SELECT release, sum(sessions) AS sessions, sum(crashed) AS crashed, min(day) AS firstDay, max(day) AS lastDay
  FROM session_counts WHERE product_id = ? GROUP BY release`);
const usersOf = query<[productId: number], { version: string; users: number; crashedUsers: number }>(`
  SELECT version, count(*) AS users, count(crashed_day) AS crashedUsers
  FROM release_users WHERE product_id = ? GROUP BY version`);
const madeOf = query<[productId: number], MadeRelease & { id: number; version: string }>(`
  SELECT
    id, version, created_at AS createdAt, released_at AS releasedAt, url, ref,
    (SELECT count(*) FROM release_commits WHERE release_id = releases.id) AS commits,
    (SELECT count(*) FROM release_deploys WHERE release_id = releases.id) AS deploys
  FROM releases WHERE product_id = ?`);

/** The number of a product; null: there is none. */
export function productNumber(
  connection: Connection,
  { account, product }: { readonly account: string; readonly product: string },
): number | null {
  return productId(connection).pluck().get(account, product) ?? null;
}

/** Newest first, in the product's order. */
export function knownVersions(connection: Connection, product: number): readonly KnownVersion[] {
  const found = new Map<string, KnownVersion>();
  const change = (version: string, next: (known: KnownVersion) => KnownVersion): void => {
    const known = found.get(version) ?? {
      version,
      crashes: 0,
      firstDay: null,
      lastDay: null,
      sessions: null,
      made: null,
      releases: [],
    };
    found.set(version, next(known));
  };
  const asked = { productId: product, most: MAX_DAYS_BEFORE_ARRIVAL };
  for (const { version, crashes, firstDay, lastDay } of crashesOf(connection).all(asked)) {
    // A version whose crashes were all taken back is none.
    if (crashes > 0) change(version, (known) => ({ ...known, crashes, ...span(known, firstDay, lastDay) }));
  }
  for (const { release, sessions, crashed, firstDay, lastDay } of sessionsOf(connection).all(product)) {
    const { version } = releaseParts(release === '' ? null : release, null);
    // Beyond the bound of a day the sessions of all others stand together: that is no version.
    if (version === null || version === OTHERS) continue;
    change(version, (known) => ({
      ...known,
      ...span(known, firstDay, lastDay),
      releases: [...known.releases, release],
      sessions: {
        sessions: (known.sessions?.sessions ?? 0) + sessions,
        crashed: (known.sessions?.crashed ?? 0) + crashed,
        users: 0,
        crashedUsers: 0,
      },
    }));
  }
  for (const { version, users, crashedUsers } of usersOf(connection).all(product)) {
    const known = found.get(version);
    if (known?.sessions !== undefined && known.sessions !== null) {
      found.set(version, { ...known, sessions: { ...known.sessions, users, crashedUsers } });
    }
  }
  for (const { version, ...made } of madeOf(connection).all(product)) {
    change(version, (known) => ({ ...known, made }));
  }
  const order = productVersionOrder(connection, product);
  return [...found.values()].sort((a, b) => order(b.version, a.version) || (a.version < b.version ? 1 : -1));
}

function span(
  known: KnownVersion,
  first: number | null,
  last: number | null,
): Pick<KnownVersion, 'firstDay' | 'lastDay'> {
  const days = [known.firstDay, known.lastDay, first, last].filter((day) => day !== null);
  return days.length === 0
    ? { firstDay: null, lastDay: null }
    : { firstDay: Math.min(...days), lastDay: Math.max(...days) };
}
