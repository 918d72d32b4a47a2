// Two releases side by side, at the same age: the first days of each, installations by bug, and what the statistics say of them.
import { leastCounted } from '../../../search/engine/counted.ts';
import type { Counted } from '../../../search/engine/counted.ts';
import { compareBugs } from '../../../search/statistics/compare-bugs.ts';
import type { Verdict } from '../../../search/statistics/compare-bugs.ts';
import type { ComparedBug, ComparedRelease, ReleaseComparison } from '../../releases.ts';
import { dayOf, dayText } from '../../shared/days.ts';
import { query } from '../database/query.ts';
import type { Connection } from '../database/query.ts';
import { productVersionOrder } from '../database/version-rules.ts';
import { all, askProduct, happenedIn, isAnyOf } from './ask-product.ts';
import { knownVersions, productNumber } from './known-versions.ts';
import type { KnownVersion } from './known-versions.ts';

const MAX_DAYS = 90;
const MAX_LISTED = 200;
/** More bugs than a store has. */
const ALL = 1_000_000;
const ORDER: readonly Verdict[] = ['new', 'worse', 'gone', 'better', 'same', 'too_few'];

interface ProductNamed {
  readonly account: string;
  readonly product: string;
}

interface Counts {
  readonly installations: number;
  readonly crashes: number;
}

/** A release in its first days. */
interface Side {
  readonly release: ComparedRelease;
  readonly bugs: ReadonlyMap<number, Counts>;
  readonly counted: Counted;
}

/** Null: one of the two is no release. */
export function compareReleases(
  connection: Connection,
  named: ProductNamed,
  asked: {
    readonly base: string;
    readonly new: string;
    readonly days: number;
    readonly bugId: number | null;
  },
  now: number,
): ReleaseComparison | null {
  const product = productNumber(connection, named);
  const known = product === null ? [] : knownVersions(connection, product);
  const [base, fresh] = [asked.base, asked.new].map((version) =>
    known.find((one) => one.version === version),
  );
  if (product === null || base === undefined || fresh === undefined) return null;
  const today = dayOf(now);
  const [baseStart, newStart] = [startOf(base) ?? today, startOf(fresh) ?? today];
  const age = today - Math.max(baseStart, newStart) + 1;
  const days = Math.max(1, Math.min(age, Math.max(1, Math.floor(asked.days)), MAX_DAYS));
  const sides = {
    base: sideOf(connection, { named, product, known: base, first: baseStart, days }, now),
    new: sideOf(connection, { named, product, known: fresh, first: newStart, days }, now),
  };
  const usersOf = (side: Side): number => side.release.sessions?.users ?? 0;
  const basis = usersOf(sides.base) > 0 && usersOf(sides.new) > 0 ? 'active' : 'crashed';
  const exposed = (side: Side): ComparedRelease => ({
    ...side.release,
    exposure: basis === 'active' ? usersOf(side) : side.release.crashedInstallations,
  });
  const [baseRelease, newRelease] = [exposed(sides.base), exposed(sides.new)];
  const ids = [...new Set([...sides.base.bugs.keys(), ...sides.new.bugs.keys()])];
  const isKnown = olderBugs(connection, product, fresh.version);
  const counts = ids.map((bugId) => ({
    bugId,
    base: sides.base.bugs.get(bugId) ?? { installations: 0, crashes: 0 },
    new: sides.new.bugs.get(bugId) ?? { installations: 0, crashes: 0 },
  }));
  const verdicts = compareBugs(
    counts.map((bug) => ({
      base: bug.base.installations,
      new: bug.new.installations,
      known: bug.base.crashes > 0 || (bug.new.crashes > 0 && isKnown(bug.bugId)),
    })),
    { base: baseRelease.exposure, new: newRelease.exposure },
  );
  const bugs = counts.map((bug, at): ComparedBug => Object.assign({}, bug, verdicts[at]));
  const byVerdict = Map.groupBy(bugs, ({ verdict }) => verdict);
  return {
    basis,
    days,
    base: baseRelease,
    new: newRelease,
    bugs:
      asked.bugId === null
        ? ORDER.flatMap((verdict) => (byVerdict.get(verdict) ?? []).toSorted(mostFirst).slice(0, MAX_LISTED))
        : bugs.filter(({ bugId }) => bugId === asked.bugId),
    counts: {
      new: byVerdict.get('new')?.length ?? 0,
      gone: byVerdict.get('gone')?.length ?? 0,
      worse: byVerdict.get('worse')?.length ?? 0,
      better: byVerdict.get('better')?.length ?? 0,
      same: byVerdict.get('same')?.length ?? 0,
      too_few: byVerdict.get('too_few')?.length ?? 0,
    },
    ...leastCounted([sides.base.counted, sides.new.counted]),
  };
}

function mostFirst(a: ComparedBug, b: ComparedBug): number {
  const most = (bug: ComparedBug): number => Math.max(bug.base.installations, bug.new.installations);
  return most(b) - most(a) || b.new.crashes - a.new.crashes || a.bugId - b.bugId;
}

/** When people got it: what a tool said, else the first day that crashed or ran. */
function startOf({ made, firstDay }: KnownVersion): number | null {
  const released = made?.releasedAt ?? null;
  return released === null ? firstDay : dayOf(released);
}

const usersWithin = query<
  [last: number, productId: number, version: string, last: number],
  { users: number; crashedUsers: number }
>(`
  SELECT count(*) AS users, count(CASE WHEN crashed_day <= ? THEN 1 END) AS crashedUsers
  FROM release_users WHERE product_id = ? AND version = ? AND first_day <= ?`);
const sessionsWithin = query<
  [productId: number, release: string, first: number, last: number],
  { sessions: number; crashed: number }
>(`
  SELECT ifnull(sum(sessions), 0) AS sessions, ifnull(sum(crashed), 0) AS crashed
  FROM session_counts WHERE product_id = ? AND release = ? AND day BETWEEN ? AND ?`);

function sideOf(
  connection: Connection,
  asked: {
    readonly named: ProductNamed;
    readonly product: number;
    readonly known: KnownVersion;
    readonly first: number;
    readonly days: number;
  },
  now: number,
): Side {
  const { named, product, known, first, days } = asked;
  const last = first + days - 1;
  const { version } = known;
  const answer = askProduct(
    connection,
    named,
    all(isAnyOf('version', [version]), happenedIn(first, last)),
    { facets: [{ key: 'bug', top: ALL, distinct: 'installation', days: false }], distinct: ['installation'] },
    now,
  );
  const named_ = askProduct(
    connection,
    named,
    all(isAnyOf('version', [version]), happenedIn(first, last), {
      is: 'not',
      of: isAnyOf('has', ['installation']),
    }),
    {},
    now,
  );
  let sessions: ComparedRelease['sessions'] = null;
  if (known.sessions !== null) {
    const users = usersWithin(connection).get(last, product, version, last);
    let [all_, crashed] = [0, 0];
    for (const release of known.releases) {
      const sums = sessionsWithin(connection).get(product, release, first, last);
      all_ += sums?.sessions ?? 0;
      crashed += sums?.crashed ?? 0;
    }
    sessions = {
      sessions: all_,
      crashed,
      users: users?.users ?? 0,
      crashedUsers: users?.crashedUsers ?? 0,
    };
  }
  return {
    release: {
      version,
      firstDay: dayText(first),
      lastDay: dayText(last),
      crashes: answer.crashes,
      crashedInstallations: answer.distinct[0] ?? 0,
      withoutInstallation: named_.crashes,
      sessions,
      exposure: 0,
    },
    bugs: new Map(
      answer.facets[0]?.values.map(({ value, crashes, distinct }) => [
        Number(value),
        { crashes, installations: distinct },
      ]),
    ),
    counted: leastCounted([answer, named_]),
  };
}

const versionsOfBug = query<[bugId: number], string>(`
  SELECT DISTINCT name FROM bug_series JOIN labels ON labels.id = version_id WHERE bug_id = ? AND count > 0`);

/** Whether a bug was ever seen in an older version, in reports that are stored no longer, too. */
function olderBugs(connection: Connection, product: number, version: string): (bugId: number) => boolean {
  const order = productVersionOrder(connection, product);
  return (bugId) =>
    versionsOfBug(connection)
      .pluck()
      .all(bugId)
      .some((name) => order(name, version) < 0);
}
