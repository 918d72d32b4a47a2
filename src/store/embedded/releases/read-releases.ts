// The releases of a product: the list, and one of them.
import type {
  Release,
  ReleaseCommit,
  ReleaseDay,
  ReleaseDeploy,
  ReleaseList,
  WholeRelease,
} from '../../releases.ts';
import { NOTHING_ASKED, leastCounted } from '../../../search/engine/counted.ts';
import type { Counted } from '../../../search/engine/counted.ts';
import { dayText } from '../../shared/days.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { askProduct, isAnyOf } from './ask-product.ts';
import { knownVersions, productNumber } from './known-versions.ts';
import type { KnownVersion } from './known-versions.ts';

const MAX_PAGE = 200;
const MAX_DAYS = 400;

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

/** Newest first. */
export function listReleases(
  connection: Connection,
  named: ProductNamed,
  { offset, limit }: { readonly offset: number; readonly limit: number },
  now: number,
): ReleaseList {
  const product = productNumber(connection, named);
  const known = product === null ? [] : knownVersions(connection, product);
  const start = Math.max(Math.floor(offset), 0);
  const shown = known.slice(start, start + Math.min(Math.max(Math.floor(limit), 1), MAX_PAGE));
  const { counts, ...counted } = crashedInstallations(connection, named, shown, now);
  return {
    releases: shown.map((one) => releaseOf(one, counts.get(one.version) ?? 0)),
    total: known.length,
    ...counted,
  };
}

function crashedInstallations(
  connection: Connection,
  named: ProductNamed,
  versions: readonly KnownVersion[],
  now: number,
): Counted & { readonly counts: ReadonlyMap<string, number> } {
  const names = versions.filter(({ crashes }) => crashes > 0).map(({ version }) => version);
  if (names.length === 0) return { counts: new Map(), ...NOTHING_ASKED };
  const facet = { key: 'version', top: names.length, distinct: 'installation', days: false };
  const { facets, complete, counted, existing } = askProduct(
    connection,
    named,
    isAnyOf('version', names),
    { facets: [facet] },
    now,
  );
  return {
    counts: new Map(facets[0]?.values.map(({ value, distinct }) => [String(value), distinct])),
    complete,
    counted,
    existing,
  };
}

function releaseOf(
  { version, crashes, firstDay, lastDay, sessions, made }: KnownVersion,
  installations: number,
): Release {
  return {
    version,
    crashes,
    installations,
    firstDay: firstDay === null ? null : dayText(firstDay),
    lastDay: lastDay === null ? null : dayText(lastDay),
    sessions,
    made: made === null ? null : withoutId(made),
  };
}

function withoutId({ id: _id, ...made }: NonNullable<KnownVersion['made']>): Release['made'] {
  return made;
}

const selectCommits = query<[releaseId: number], Omit<ReleaseCommit, 'paths'> & { readonly paths: string }>(`
  SELECT commit_id AS id, repository, author, message, at, paths, paths_left AS pathsLeft
  FROM release_commits WHERE release_id = ? ORDER BY position`);
const selectDeploys = query<[releaseId: number], ReleaseDeploy>(`
  SELECT environment, name, url, started_at AS startedAt, finished_at AS finishedAt
  FROM release_deploys WHERE release_id = ? ORDER BY id DESC`);

const refOf = query<[account: string, product: string, version: string], string | null>(`
  SELECT ifnull(ref, (
    SELECT commit_id FROM release_commits WHERE release_id = releases.id ORDER BY ifnull(at, 0) DESC, position LIMIT 1))
  FROM releases JOIN products ON products.id = releases.product_id JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND releases.version = ?`);

/** What a release was built from; null: no tool said. */
export function builtFrom(
  connection: Connection,
  { account, product }: ProductNamed,
  version: string,
): string | null {
  return refOf(connection).pluck().get(account, product, version) ?? null;
}

const releaseId = query<[account: string, product: string, version: string], number>(`
  SELECT releases.id FROM releases JOIN products ON products.id = releases.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND products.name = ? AND releases.version = ?`);

/** Null: no tool made the release. */
export function commitsOf(
  connection: Connection,
  { account, product }: ProductNamed,
  version: string,
): readonly ReleaseCommit[] | null {
  const id = releaseId(connection).pluck().get(account, product, version);
  return id === undefined ? null : readCommits(connection, id);
}

function readCommits(connection: Connection, release: number): readonly ReleaseCommit[] {
  return selectCommits(connection)
    .all(release)
    .map((commit) => Object.assign(commit, { paths: JSON.parse(commit.paths) as string[] }));
}

const productsWith = query<[account: string, version: string], string>(`
  SELECT products.name FROM releases JOIN products ON products.id = releases.product_id
  JOIN accounts ON accounts.id = products.account_id
  WHERE accounts.name = ? AND releases.version = ? ORDER BY products.name LIMIT 1000`);

/** Names of an account's products that a tool made a release for. */
export function productsOfRelease(
  connection: Connection,
  account: string,
  version: string,
): readonly string[] {
  return productsWith(connection).pluck().all(account, version);
}

/** Null: nothing named the version. */
export function getRelease(
  connection: Connection,
  named: ProductNamed,
  version: string,
  now: number,
): WholeRelease | null {
  const product = productNumber(connection, named);
  const known = product === null ? [] : knownVersions(connection, product);
  const at = known.findIndex((one) => one.version === version);
  const found = known[at];
  if (product === null || found === undefined) return null;
  const { counts, ...counted } = crashedInstallations(connection, named, [found], now);
  const byDay = daysOf(connection, { named, product, found }, now);
  return {
    ...releaseOf(found, counts.get(version) ?? 0),
    previous: known[at + 1]?.version ?? null,
    next: known[at - 1]?.version ?? null,
    days: byDay.days,
    ...leastCounted([counted, byDay.counted]),
    commits: found.made === null ? [] : readCommits(connection, found.made.id),
    deploys: found.made === null ? [] : selectDeploys(connection).all(found.made.id),
  };
}

const sessionDays = query<
  [productId: number, release: string],
  { day: number; sessions: number; users: number }
>(`
  SELECT day, sum(sessions) AS sessions, sum(users) AS users FROM session_counts
  WHERE product_id = ? AND release = ? GROUP BY day`);
const crashDays = query<[productId: number, version: string], { day: number; crashes: number }>(`
  SELECT day, sum(count) AS crashes
  FROM labels JOIN product_series ON product_series.product_id = labels.product_id AND version_id = labels.id
  WHERE labels.product_id = ? AND what = 'version' AND name = ? GROUP BY day`);

function daysOf(
  connection: Connection,
  {
    named,
    product,
    found,
  }: { readonly named: ProductNamed; readonly product: number; readonly found: KnownVersion },
  now: number,
): { readonly days: readonly ReleaseDay[]; readonly counted: Counted } {
  const days = new Map<number, Omit<ReleaseDay, 'day'>>();
  const add = (day: number, more: Partial<Omit<ReleaseDay, 'day'>>): void => {
    const known = days.get(day) ?? { crashes: 0, crashedInstallations: 0, sessions: 0, users: 0 };
    days.set(day, {
      crashes: known.crashes + (more.crashes ?? 0),
      crashedInstallations: known.crashedInstallations + (more.crashedInstallations ?? 0),
      sessions: known.sessions + (more.sessions ?? 0),
      users: known.users + (more.users ?? 0),
    });
  };
  for (const { day, crashes } of crashDays(connection).all(product, found.version)) {
    if (crashes > 0) add(day, { crashes });
  }
  for (const release of found.releases) {
    for (const { day, sessions, users } of sessionDays(connection).all(product, release)) {
      add(day, { sessions, users });
    }
  }
  const facet = { key: 'happened', top: MAX_DAYS, distinct: 'installation', days: false };
  const asked = isAnyOf('version', [found.version]);
  const answer = askProduct(connection, named, asked, { facets: [facet] }, now);
  for (const { value, distinct } of answer.facets[0]?.values ?? []) {
    add(Number(value), { crashedInstallations: distinct });
  }
  return {
    days: [...days]
      .toSorted(([a], [b]) => a - b)
      .slice(-MAX_DAYS)
      .map(([day, counts]) => Object.assign({ day: dayText(day) }, counts)),
    counted: answer,
  };
}
